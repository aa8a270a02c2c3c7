# Finds the third-party packages. Debian 12 has each of them; `run` installs those that are missing.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Protobuf REQUIRED)      # before ONNX: its config file needs protobuf's targets
find_package(ONNX REQUIRED CONFIG)
if(CONVOLAB_GUI)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets OpenGL Svg Test)
  pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui)
  find_package(OpenGL REQUIRED COMPONENTS OpenGL EGL)
endif()

# OpenCV's CMake files come only with the full libopencv-dev; the four small packages suffice.
find_path(CONVOLAB_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
add_library(convolab_opencv INTERFACE)
target_include_directories(convolab_opencv SYSTEM INTERFACE ${CONVOLAB_OPENCV_INCLUDE})
foreach(module core imgproc imgcodecs)
  find_library(CONVOLAB_OPENCV_${module} opencv_${module} REQUIRED)
  target_link_libraries(convolab_opencv INTERFACE ${CONVOLAB_OPENCV_${module}})
endforeach()
if(CONVOLAB_GUI)
  find_library(CONVOLAB_OPENCV_videoio opencv_videoio REQUIRED)  # of the camera's module only
endif()

# oneDNN's CMake files ask for the OpenCL headers, which only its GPU engine needs.
find_path(CONVOLAB_DNNL_INCLUDE oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(CONVOLAB_DNNL_LIBRARY dnnl REQUIRED)
add_library(DNNL::dnnl UNKNOWN IMPORTED)
set_target_properties(DNNL::dnnl PROPERTIES IMPORTED_LOCATION ${CONVOLAB_DNNL_LIBRARY}
                      INTERFACE_INCLUDE_DIRECTORIES ${CONVOLAB_DNNL_INCLUDE})
