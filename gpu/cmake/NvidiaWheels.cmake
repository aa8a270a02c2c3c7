# The CUDA Toolkit and NVIDIA's libraries from the Python package index, inside the build folder: for machines without
# NVIDIA's own packages. Sets CUDAToolkit_ROOT and CONVOLAB_WHEEL_LIBRARIES (folders with cuDNN and the like, for dlopen).
set(CONVOLAB_GPU_WHEEL_CUDA 13.0 CACHE STRING "CUDA version of the wheels, 13.0 or newer")
set(_wheels ${CMAKE_BINARY_DIR}/nvidia-wheels)
set(_packages "nvidia-cuda-nvcc==${CONVOLAB_GPU_WHEEL_CUDA}.*" "nvidia-cuda-crt==${CONVOLAB_GPU_WHEEL_CUDA}.*"
    "nvidia-nvvm==${CONVOLAB_GPU_WHEEL_CUDA}.*" "nvidia-cuda-runtime==${CONVOLAB_GPU_WHEEL_CUDA}.*"
    "nvidia-cuda-cccl==${CONVOLAB_GPU_WHEEL_CUDA}.*" "nvidia-cublas==13.*" "nvidia-cudnn-cu13==9.*"
    "nvidia-nccl-cu13==2.*")

set(_brought "")
if(EXISTS ${_wheels}/packages.txt)
  file(READ ${_wheels}/packages.txt _brought)
endif()
if(NOT _brought STREQUAL "${_packages}")
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  message(STATUS "Bringing CUDA ${CONVOLAB_GPU_WHEEL_CUDA}, cuBLAS, cuDNN and NCCL into ${_wheels} (2 GB)")
  file(REMOVE_RECURSE ${_wheels})
  execute_process(COMMAND ${Python3_EXECUTABLE} -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all:
                          --target ${_wheels} ${_packages}
                  RESULT_VARIABLE _result ERROR_VARIABLE _words)
  if(_result)
    message(FATAL_ERROR "pip could not bring NVIDIA's wheels:\n${_words}\nCheck the network, or set CONVOLAB_GPU_WHEELS to OFF")
  endif()
  # Wheels carry lib/libcudart.so.13; CMake looks for libcudart.so in lib64.
  file(CREATE_LINK libcudart.so.13 ${_wheels}/nvidia/cu13/lib/libcudart.so SYMBOLIC)
  file(CREATE_LINK lib ${_wheels}/nvidia/cu13/lib64 SYMBOLIC)
  file(WRITE ${_wheels}/packages.txt "${_packages}")
endif()
set(CUDAToolkit_ROOT ${_wheels}/nvidia/cu13)
set(CMAKE_CUDA_COMPILER ${CUDAToolkit_ROOT}/bin/nvcc CACHE FILEPATH "nvcc of the wheels" FORCE)
set(CONVOLAB_WHEEL_LIBRARIES ${CUDAToolkit_ROOT}/lib ${_wheels}/nvidia/cudnn/lib ${_wheels}/nvidia/nccl/lib)
