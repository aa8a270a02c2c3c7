# What a trained network does with one image, and why.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/ablation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/activations.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attribution/class_gradient.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attribution/grad_cam.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attribution/integrated_gradients.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attribution/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attribution/saliency.cpp
  ${CMAKE_CURRENT_LIST_DIR}/elementwise.cpp
  ${CMAKE_CURRENT_LIST_DIR}/explanation_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/maximization.cpp
  ${CMAKE_CURRENT_LIST_DIR}/microscope.cpp
  ${CMAKE_CURRENT_LIST_DIR}/fitted_line.cpp
  ${CMAKE_CURRENT_LIST_DIR}/predictions.cpp
  ${CMAKE_CURRENT_LIST_DIR}/receptive_field.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sandbox.cpp
  ${CMAKE_CURRENT_LIST_DIR}/scenes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/snapshot_reader.cpp
  ${CMAKE_CURRENT_LIST_DIR}/window_arithmetic.cpp)
