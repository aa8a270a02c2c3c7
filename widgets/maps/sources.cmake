target_sources(convolab_widgets PRIVATE
  maps/confusion_view.cpp maps/confusion_view.h
  maps/contribution_view.cpp maps/contribution_view.h
  maps/map_mosaic.cpp
  maps/map_view.cpp maps/map_view.h
  maps/mosaic_view.cpp maps/mosaic_view.h
  maps/number_grid_view.cpp maps/number_grid_view.h
  maps/scale_bar.cpp maps/scale_bar.h
  maps/value_export.cpp
  maps/value_rows.cpp maps/value_rows.h
  maps/value_scale.cpp
  maps/value_view.cpp maps/value_view.h)
