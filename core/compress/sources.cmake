# Compression plans, pruning criteria, masks; shared weights, coders, the packed file; recipes.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/channel_map.cpp
  ${CMAKE_CURRENT_LIST_DIR}/constant_channels.cpp
  ${CMAKE_CURRENT_LIST_DIR}/masks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/plan_json.cpp
  ${CMAKE_CURRENT_LIST_DIR}/pruning_run.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quick_accuracy.cpp
  ${CMAKE_CURRENT_LIST_DIR}/removable_channels.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sensitivity.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sparsity.cpp
  ${CMAKE_CURRENT_LIST_DIR}/to_dense.cpp
  ${CMAKE_CURRENT_LIST_DIR}/weight_groups.cpp
  ${CMAKE_CURRENT_LIST_DIR}/criteria/magnitude.cpp
  ${CMAKE_CURRENT_LIST_DIR}/criteria/random.cpp
  ${CMAKE_CURRENT_LIST_DIR}/criteria/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sharing/codebook.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sharing/scalar_kmeans.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sharing/sharing_constraint.cpp)
