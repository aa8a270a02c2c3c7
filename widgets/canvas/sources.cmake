target_sources(convolab_widgets PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/arrange.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_accessible.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_commands.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_controls.cpp ${CMAKE_CURRENT_LIST_DIR}/canvas_controls.h
  ${CMAKE_CURRENT_LIST_DIR}/canvas_gesture.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_items.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_keys.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_minimap.cpp ${CMAKE_CURRENT_LIST_DIR}/canvas_minimap.h
  ${CMAKE_CURRENT_LIST_DIR}/canvas_model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_mouse.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_preview.cpp
  ${CMAKE_CURRENT_LIST_DIR}/canvas_scene.cpp ${CMAKE_CURRENT_LIST_DIR}/canvas_scene.h
  ${CMAKE_CURRENT_LIST_DIR}/canvas_selection.cpp ${CMAKE_CURRENT_LIST_DIR}/canvas_selection.h
  ${CMAKE_CURRENT_LIST_DIR}/canvas_view.cpp ${CMAKE_CURRENT_LIST_DIR}/canvas_view.h
  ${CMAKE_CURRENT_LIST_DIR}/card_painter.cpp
  ${CMAKE_CURRENT_LIST_DIR}/connect_gesture.cpp
  ${CMAKE_CURRENT_LIST_DIR}/drop_plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_group_style.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_search.cpp
  ${CMAKE_CURRENT_LIST_DIR}/link_curve.cpp
  ${CMAKE_CURRENT_LIST_DIR}/link_route.cpp
  ${CMAKE_CURRENT_LIST_DIR}/picture_room.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quick_add.cpp ${CMAKE_CURRENT_LIST_DIR}/quick_add.h
  ${CMAKE_CURRENT_LIST_DIR}/spec_document.cpp ${CMAKE_CURRENT_LIST_DIR}/spec_document.h
  ${CMAKE_CURRENT_LIST_DIR}/spec_edits.cpp
  ${CMAKE_CURRENT_LIST_DIR}/spec_editor.h
  ${CMAKE_CURRENT_LIST_DIR}/spec_layout.cpp)
