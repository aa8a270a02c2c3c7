target_sources(convolab_widgets PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/diagnostic_popover.cpp ${CMAKE_CURRENT_LIST_DIR}/diagnostic_popover.h
  ${CMAKE_CURRENT_LIST_DIR}/diagnostics_list.cpp ${CMAKE_CURRENT_LIST_DIR}/diagnostics_list.h)
