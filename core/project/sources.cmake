# The .convolab document.
if(NOT CONVOLAB_HAS_SQLITE)
  target_sources(convolab_core PRIVATE ${CMAKE_CURRENT_LIST_DIR}/documents_missing.cpp)
  return()
endif()
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/checkpoint_rows.cpp
  ${CMAKE_CURRENT_LIST_DIR}/move_rows.cpp
  ${CMAKE_CURRENT_LIST_DIR}/project_file.cpp
  ${CMAKE_CURRENT_LIST_DIR}/project_schema.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sqlite_connection.cpp
  ${CMAKE_CURRENT_LIST_DIR}/version_rows.cpp
  ${CMAKE_CURRENT_LIST_DIR}/write_queue.cpp)
target_link_libraries(convolab_core PRIVATE SQLite::SQLite3)
