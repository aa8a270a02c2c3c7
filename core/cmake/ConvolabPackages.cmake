# Finds the third-party packages. Debian 12 has each of them; `run` installs those that are missing. Others: anywhere that
# CMAKE_PREFIX_PATH names.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
if(CONVOLAB_GUI)
  find_package(PkgConfig REQUIRED)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets OpenGL Svg Test)
  pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui)
  find_package(OpenGL REQUIRED COMPONENTS OpenGL EGL)
elseif(CONVOLAB_TESTS)
  find_package(Qt6 6.4 QUIET COMPONENTS Core Test)
endif()

include(ConvolabOptional)
convolab_option(ONEDNN oneDNN)
if(CONVOLAB_WANTS_ONEDNN)
  # oneDNN's CMake files ask for the OpenCL headers, which only its GPU engine needs.
  find_path(CONVOLAB_DNNL_INCLUDE oneapi/dnnl/dnnl.hpp)
  find_library(CONVOLAB_DNNL_LIBRARY dnnl)
endif()
convolab_settle(ONEDNN oneDNN PACKAGES libdnnl-dev FOUND CONVOLAB_DNNL_INCLUDE CONVOLAB_DNNL_LIBRARY
  COSTS "convolutions and dense layers run on the program's own loops and Eigen, slower on wide networks")
if(CONVOLAB_HAS_ONEDNN)
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(DNNL::dnnl PROPERTIES IMPORTED_LOCATION ${CONVOLAB_DNNL_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${CONVOLAB_DNNL_INCLUDE})
endif()

convolab_option(ONNX ONNX)
if(CONVOLAB_WANTS_ONNX)
  find_package(Protobuf QUIET)  # before ONNX: its config file needs protobuf's targets
  if(Protobuf_FOUND)
    find_package(ONNX QUIET CONFIG)
  endif()
endif()
convolab_settle(ONNX ONNX PACKAGES libonnx-dev libprotobuf-dev FOUND Protobuf_FOUND ONNX_FOUND
  COSTS "no ONNX files are written")

convolab_option(SQLITE SQLite)
if(CONVOLAB_WANTS_SQLITE)
  find_package(SQLite3 QUIET)
endif()
convolab_settle(SQLITE SQLite PACKAGES libsqlite3-dev FOUND SQLite3_FOUND
  COSTS "no .convolab documents: train keeps the trained network as a .packed file")

convolab_option(OPENCV OpenCV)
set(convolab_opencv_modules core imgproc imgcodecs)
if(CONVOLAB_GUI)
  list(APPEND convolab_opencv_modules videoio)  # of the camera's module only
endif()
set(convolab_opencv_found CONVOLAB_OPENCV_INCLUDE)
foreach(module IN LISTS convolab_opencv_modules)
  list(APPEND convolab_opencv_found CONVOLAB_OPENCV_${module})
endforeach()
if(CONVOLAB_WANTS_OPENCV)
  # OpenCV's CMake files come only with the full libopencv-dev; the small packages suffice.
  find_path(CONVOLAB_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4)
  foreach(module IN LISTS convolab_opencv_modules)
    find_library(CONVOLAB_OPENCV_${module} opencv_${module})
  endforeach()
endif()
convolab_settle(OPENCV OpenCV PACKAGES libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev FOUND ${convolab_opencv_found}
  COSTS "no image files are read or written: no folders of images, no contact sheets, no pictures of inspect")
if(CONVOLAB_HAS_OPENCV)
  add_library(convolab_opencv INTERFACE)
  target_include_directories(convolab_opencv SYSTEM INTERFACE ${CONVOLAB_OPENCV_INCLUDE})
  target_link_libraries(convolab_opencv INTERFACE ${CONVOLAB_OPENCV_core} ${CONVOLAB_OPENCV_imgproc} ${CONVOLAB_OPENCV_imgcodecs})
endif()

if(CONVOLAB_GUI AND NOT (CONVOLAB_HAS_SQLITE AND CONVOLAB_HAS_OPENCV))
  message(FATAL_ERROR "The window needs SQLite for its documents and OpenCV for pictures and the camera: install libsqlite3-dev, "
    "libopencv-core-dev, libopencv-imgproc-dev, libopencv-imgcodecs-dev and libopencv-videoio-dev, or build the command line alone "
    "with -DCONVOLAB_GUI=OFF")
endif()
convolab_left_out_table(${CMAKE_BINARY_DIR}/generated/left_out_table.cpp ${CONVOLAB_LEFT_OUT})
