target_sources(convolab_widgets PRIVATE
  weights/pruned_histogram.cpp
  weights/weight_histogram_view.cpp weights/weight_histogram_view.h
  weights/weight_picture.cpp)
