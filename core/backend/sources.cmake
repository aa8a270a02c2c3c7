target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/augmentation_check.cpp
  ${CMAKE_CURRENT_LIST_DIR}/device_checks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/device_inspection.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_augmentation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_description.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_inspector.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_loader.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_mix.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_precision.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_quantized.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_quantized_model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gpu_update.cpp
  ${CMAKE_CURRENT_LIST_DIR}/held_data.cpp
  ${CMAKE_CURRENT_LIST_DIR}/integer_check.cpp
  ${CMAKE_CURRENT_LIST_DIR}/device_pair.cpp)
# Program and module must come from the same sources.
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/gpu_loader.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_text.cpp
  PROPERTIES COMPILE_DEFINITIONS CONVOLAB_VERSION="${PROJECT_VERSION}")
target_link_libraries(convolab_core PRIVATE ${CMAKE_DL_LIBS})
