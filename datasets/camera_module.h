#pragma once

/// What libconvolab_camera.so offers: OpenCV's video capture behind three C functions. A module of its own, loaded when a
/// person asks for the camera, since the capture brings a hundred libraries that every start would pay for.
extern "C" {

struct ConvolabCamera;

using ConvolabCameraOpen = ConvolabCamera* (*)(int device);  ///< null: no such device, or it gives no picture
/// The next frame in blue, green, red bytes without gaps, valid until the next call; 0 where none came.
using ConvolabCameraRead = int (*)(ConvolabCamera* camera, const unsigned char** pixels, int* width, int* height);
using ConvolabCameraClose = void (*)(ConvolabCamera* camera);

}  // extern "C"

inline constexpr const char* kCameraModule = "libconvolab_camera.so";
