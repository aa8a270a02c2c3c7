target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/compute_team.cpp
  ${CMAKE_CURRENT_LIST_DIR}/conv2d.cpp
  ${CMAKE_CURRENT_LIST_DIR}/op_factory.cpp
  ${CMAKE_CURRENT_LIST_DIR}/reference_op.cpp)
if(CONVOLAB_HAS_ONEDNN)
  target_sources(convolab_core PRIVATE
    ${CMAKE_CURRENT_LIST_DIR}/onednn/call.cpp
    ${CMAKE_CURRENT_LIST_DIR}/onednn/conv2d.cpp
    ${CMAKE_CURRENT_LIST_DIR}/onednn/dense.cpp
    ${CMAKE_CURRENT_LIST_DIR}/onednn/engine.cpp)
  target_link_libraries(convolab_core PRIVATE DNNL::dnnl)
else()
  target_sources(convolab_core PRIVATE ${CMAKE_CURRENT_LIST_DIR}/onednn/missing.cpp)
endif()

# The loops of the portable tier are vectorised and may contract a·b + c; each kernel is built for several
# instruction sets and picked at start-up.
set(CONVOLAB_PORTABLE_SOURCES "")
foreach(name activations batch_norm channel_kernels columns conv2d conv_transpose2d dense depthwise depthwise_kernels dropout
        elementwise few_channel_gradient gemm group_norm layer_norm lenet5 loss lrn multiply pooling prelu rearrange rounding
        shape_ops softmax)
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
  COMPILE_OPTIONS "${CONVOLAB_FAST}")
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/portable/eigen_gemm_avx2.cpp PROPERTIES
  COMPILE_OPTIONS "${CONVOLAB_FAST};-mavx2;-mfma")

# Images side by side: the loops once per instruction set.
set(CONVOLAB_LANES_OPTIONS ${CONVOLAB_FAST} -ffp-contract=fast -fno-math-errno -fno-trapping-math)
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/lanes/conv2d.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lanes/kernels.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lanes/reorder.cpp)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/lanes/reorder.cpp PROPERTIES COMPILE_OPTIONS "${CONVOLAB_LANES_OPTIONS}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_sources(convolab_core PRIVATE
    ${CMAKE_CURRENT_LIST_DIR}/lanes/kernels_avx2.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lanes/kernels_avx512.cpp)
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/lanes/kernels_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "${CONVOLAB_LANES_OPTIONS};-mavx2;-mfma")
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/lanes/kernels_avx512.cpp PROPERTIES
    COMPILE_OPTIONS "${CONVOLAB_LANES_OPTIONS};-mavx512f")
endif()

# Integers. Floating point is not contracted, so that every instruction set rounds alike; the kernels are built once for
# each of them and picked at start-up.
set(CONVOLAB_INT8_SOURCES "")
foreach(name convolution depthwise elementwise grid output_block packing pooling reference tile_portable winograd)
  list(APPEND CONVOLAB_INT8_SOURCES ${CMAKE_CURRENT_LIST_DIR}/int8/${name}.cpp)
endforeach()
set_source_files_properties(${CONVOLAB_INT8_SOURCES} PROPERTIES
  COMPILE_OPTIONS "${CONVOLAB_FAST};-ffp-contract=off;-fno-math-errno;-fno-trapping-math")
target_sources(convolab_core PRIVATE ${CONVOLAB_INT8_SOURCES})
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_sources(convolab_core PRIVATE
    ${CMAKE_CURRENT_LIST_DIR}/int8/tile_avx2.cpp
    ${CMAKE_CURRENT_LIST_DIR}/int8/winograd_avx2.cpp
    ${CMAKE_CURRENT_LIST_DIR}/int8/depthwise_avx2.cpp
    ${CMAKE_CURRENT_LIST_DIR}/int8/tile_avx_vnni.cpp
    ${CMAKE_CURRENT_LIST_DIR}/int8/tile_avx512_vnni.cpp)
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/int8/tile_avx2.cpp
    ${CMAKE_CURRENT_LIST_DIR}/int8/winograd_avx2.cpp ${CMAKE_CURRENT_LIST_DIR}/int8/depthwise_avx2.cpp
    PROPERTIES COMPILE_OPTIONS "${CONVOLAB_FAST};-ffp-contract=off;-mavx2")
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/int8/tile_avx_vnni.cpp PROPERTIES
    COMPILE_OPTIONS "${CONVOLAB_FAST};-ffp-contract=off;-mavx2;-mavxvnni")
  # GCC 12 takes the "undefined" operands of its own AVX-512 intrinsics for mistakes.
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/int8/tile_avx512_vnni.cpp PROPERTIES
    COMPILE_OPTIONS
      "${CONVOLAB_FAST};-ffp-contract=off;-mavx512f;-mavx512bw;-mavx512vl;-mavx512vnni;-Wno-uninitialized;-Wno-maybe-uninitialized")
endif()
