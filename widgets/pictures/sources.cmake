target_sources(convolab_widgets PRIVATE
  pictures/picture_grid.cpp pictures/picture_grid.h
  pictures/pixel_picture.cpp
  pictures/prediction_bars.cpp pictures/prediction_bars.h)
