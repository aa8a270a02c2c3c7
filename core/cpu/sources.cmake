target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/compute_team.cpp
  ${CMAKE_CURRENT_LIST_DIR}/conv2d.cpp
  ${CMAKE_CURRENT_LIST_DIR}/op_factory.cpp
  ${CMAKE_CURRENT_LIST_DIR}/reference_op.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onednn/conv2d.cpp
  ${CMAKE_CURRENT_LIST_DIR}/onednn/engine.cpp)

# The loops of the portable tier are vectorised and may contract a·b + c; each kernel is built for several
# instruction sets and picked at start-up.
set(CONVOLAB_PORTABLE_SOURCES "")
foreach(name batch_norm conv2d dense dropout elementwise few_channel_gradient gemm loss pooling shape_ops softmax)
  list(APPEND CONVOLAB_PORTABLE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/portable/${name}.cpp)
endforeach()
target_sources(convolab_core PRIVATE ${CONVOLAB_PORTABLE_SOURCES})
if(NOT CONVOLAB_SANITIZE)
  set_source_files_properties(${CONVOLAB_PORTABLE_SOURCES} PROPERTIES
    COMPILE_OPTIONS "-O3;-ffp-contract=fast;-fno-math-errno;-fno-trapping-math")
endif()

# Eigen's matrix product, once for every processor and once for those with AVX2.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/portable/eigen_gemm_baseline.cpp
  ${CMAKE_CURRENT_LIST_DIR}/portable/eigen_gemm_avx2.cpp)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/portable/eigen_gemm_baseline.cpp PROPERTIES
  COMPILE_OPTIONS "-O3")
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/portable/eigen_gemm_avx2.cpp PROPERTIES
  COMPILE_OPTIONS "-O3;-mavx2;-mfma")
