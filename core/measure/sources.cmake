# The LASER numbers: measurements, models, and statements to test.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/energy.cpp
  ${CMAKE_CURRENT_LIST_DIR}/energy_meter.cpp
  ${CMAKE_CURRENT_LIST_DIR}/laser.cpp
  ${CMAKE_CURRENT_LIST_DIR}/laser_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/latency.cpp
  ${CMAKE_CURRENT_LIST_DIR}/layer_work.cpp
  ${CMAKE_CURRENT_LIST_DIR}/machine_peak.cpp
  ${CMAKE_CURRENT_LIST_DIR}/pareto.cpp
  ${CMAKE_CURRENT_LIST_DIR}/peak_kernels.cpp
  ${CMAKE_CURRENT_LIST_DIR}/platforms.cpp
  ${CMAKE_CURRENT_LIST_DIR}/published_networks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/roofline.cpp
  ${CMAKE_CURRENT_LIST_DIR}/size.cpp
  ${CMAKE_CURRENT_LIST_DIR}/spread.cpp
  ${CMAKE_CURRENT_LIST_DIR}/metrics/energy.cpp
  ${CMAKE_CURRENT_LIST_DIR}/metrics/macs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/metrics/moved.cpp
  ${CMAKE_CURRENT_LIST_DIR}/metrics/parameters.cpp
  ${CMAKE_CURRENT_LIST_DIR}/metrics/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/metrics/time.cpp
  ${CMAKE_CURRENT_LIST_DIR}/experiments/accurate_less_robust.cpp
  ${CMAKE_CURRENT_LIST_DIR}/experiments/convolution_against_dense.cpp
  ${CMAKE_CURRENT_LIST_DIR}/experiments/cost_comparison.cpp
  ${CMAKE_CURRENT_LIST_DIR}/experiments/deeper.cpp
  ${CMAKE_CURRENT_LIST_DIR}/experiments/fewer_macs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/experiments/list.cpp)
