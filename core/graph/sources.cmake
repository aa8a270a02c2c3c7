target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/attributes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/network_spec.cpp
  ${CMAKE_CURRENT_LIST_DIR}/graph_index.cpp
  ${CMAKE_CURRENT_LIST_DIR}/structure_check.cpp
  ${CMAKE_CURRENT_LIST_DIR}/analysis.cpp
  ${CMAKE_CURRENT_LIST_DIR}/fixes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/edits.cpp
  ${CMAKE_CURRENT_LIST_DIR}/padding.cpp
  ${CMAKE_CURRENT_LIST_DIR}/docking.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layout.cpp
  ${CMAKE_CURRENT_LIST_DIR}/chain_builder.cpp
  ${CMAKE_CURRENT_LIST_DIR}/presets.cpp
  ${CMAKE_CURRENT_LIST_DIR}/spec_json.cpp)
