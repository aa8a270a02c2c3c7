target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/compiled_model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/divergence.cpp
  ${CMAKE_CURRENT_LIST_DIR}/fusion.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lane_choice.cpp
  ${CMAKE_CURRENT_LIST_DIR}/memory_plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/op_plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/operation_times.cpp
  ${CMAKE_CURRENT_LIST_DIR}/pass_size.cpp
  ${CMAKE_CURRENT_LIST_DIR}/split_logits.cpp
  ${CMAKE_CURRENT_LIST_DIR}/value_summary.cpp
  ${CMAKE_CURRENT_LIST_DIR}/weights.cpp)
