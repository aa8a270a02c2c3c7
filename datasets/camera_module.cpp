#include "datasets/camera_module.h"

#include <algorithm>
#include <memory>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

namespace {

constexpr int kShortSide = 256;

}  // namespace

struct ConvolabCamera {
    cv::VideoCapture capture;
    cv::Mat frame, small;

    bool read() {
        if (!capture.read(frame) || frame.empty() || frame.type() != CV_8UC3) return false;
        const double scale = static_cast<double>(kShortSide) / std::min(frame.cols, frame.rows);
        if (scale < 1.0) {
            cv::resize(frame, small, {}, scale, scale, cv::INTER_AREA);
        } else {
            frame.copyTo(small);
        }
        return true;
    }
};

// No exception may cross a C function.
extern "C" {

__attribute__((visibility("default"))) ConvolabCamera* convolab_camera_open(int device) try {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    auto camera = std::make_unique<ConvolabCamera>();
    const bool gives = camera->capture.open(device, cv::CAP_V4L2) && camera->read();
    return gives ? camera.release() : nullptr;
} catch (...) {
    return nullptr;
}

__attribute__((visibility("default"))) int convolab_camera_read(ConvolabCamera* camera, const unsigned char** pixels, int* width, int* height) try {
    if (!camera->read()) return 0;
    *pixels = camera->small.data;
    *width = camera->small.cols;
    *height = camera->small.rows;
    return 1;
} catch (...) {
    return 0;
}

__attribute__((visibility("default"))) void convolab_camera_close(ConvolabCamera* camera) { delete camera; }

}  // extern "C"
