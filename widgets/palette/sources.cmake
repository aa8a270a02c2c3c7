target_sources(convolab_widgets PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/palette_button.cpp ${CMAKE_CURRENT_LIST_DIR}/palette_button.h
  ${CMAKE_CURRENT_LIST_DIR}/palette_panel.cpp ${CMAKE_CURRENT_LIST_DIR}/palette_panel.h)
