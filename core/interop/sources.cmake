if(NOT CONVOLAB_HAS_ONNX)
  target_sources(convolab_core PRIVATE ${CMAKE_CURRENT_LIST_DIR}/onnx_missing.cpp)
  return()
endif()
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/onnx_builder.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onnx_codebook.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onnx_export.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onnx_file.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onnx_qdq.cpp)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/onnx_file.cpp PROPERTIES
  COMPILE_DEFINITIONS CONVOLAB_VERSION="${PROJECT_VERSION}")
target_link_libraries(convolab_core PRIVATE onnx onnx_proto)
