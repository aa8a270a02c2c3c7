# What a trained network does with one image, and why.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/activations.cpp
  ${CMAKE_CURRENT_LIST_DIR}/predictions.cpp)
