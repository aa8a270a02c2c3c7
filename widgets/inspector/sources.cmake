target_sources(convolab_widgets PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/attribute_editors.cpp ${CMAKE_CURRENT_LIST_DIR}/attribute_editors.h
  ${CMAKE_CURRENT_LIST_DIR}/attribute_form.cpp ${CMAKE_CURRENT_LIST_DIR}/attribute_form.h
  ${CMAKE_CURRENT_LIST_DIR}/attribute_row.cpp ${CMAKE_CURRENT_LIST_DIR}/attribute_row.h
  ${CMAKE_CURRENT_LIST_DIR}/inspector_panel.cpp ${CMAKE_CURRENT_LIST_DIR}/inspector_panel.h
  ${CMAKE_CURRENT_LIST_DIR}/inspector_sections.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_costs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/shape_diagram.cpp ${CMAKE_CURRENT_LIST_DIR}/shape_diagram.h)
