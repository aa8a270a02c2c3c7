#include "datasets/camera.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <thread>
#include <vector>

namespace convolab {

namespace {

constexpr int kShortSide = 256;
constexpr int kDevices = 16;          // /dev/video0 …
constexpr int kMissedFrames = 10;     // in a row, then the camera counts as gone
constexpr auto kPatience = std::chrono::milliseconds(50);

std::string deviceName(int number) { return "/dev/video" + std::to_string(number); }

/// 0 where this user may read it, else errno.
int openFailure(int number) {
    const int file = ::open(deviceName(number).c_str(), O_RDWR | O_NONBLOCK);
    if (file < 0) return errno;
    ::close(file);
    return 0;
}

std::vector<int> readableDevices() {
    std::vector<int> found;
    for (int number = 0; number < kDevices; ++number) {
        if (openFailure(number) == 0) found.push_back(number);
    }
    return found;
}

Picture toPicture(const cv::Mat& frame) {
    cv::Mat rgb;
    const double scale = static_cast<double>(kShortSide) / std::min(frame.cols, frame.rows);
    if (scale < 1.0) {
        cv::resize(frame, rgb, {}, scale, scale, cv::INTER_AREA);
    } else {
        rgb = frame;
    }
    cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
    rgb.convertTo(rgb, CV_16U, 257.0);
    const auto* first = rgb.ptr<std::uint16_t>(0);
    return {.width = rgb.cols, .height = rgb.rows, .channels = 3, .bits = 8, .animated = false,
            .values = {first, first + rgb.total() * 3}};
}

/// The first device that gives a picture; laptops list a second one for the sensor's data.
bool openFirst(cv::VideoCapture& capture, cv::Mat& frame) {
    for (const int number : readableDevices()) {
        if (capture.open(number, cv::CAP_V4L2) && capture.read(frame) && !frame.empty()) return true;
        capture.release();
    }
    return false;
}

}  // namespace

/// Shared with the thread, which may outlive the camera while a device hangs.
struct Camera::Impl {
    struct Shared {
        std::mutex mutex;
        std::condition_variable ended;
        FrameHandler frame;
        EndHandler end;
        bool closed = false, finished = false;

        bool give(const cv::Mat& picture) {
            Picture converted = toPicture(picture);
            const std::lock_guard lock(mutex);
            if (!closed) frame(std::move(converted));
            return !closed;
        }
        void fail(const Error& error) {
            const std::lock_guard lock(mutex);
            if (!closed) end(error);
        }
    };

    static void read(Shared& shared) {
        if (const Status ready = available(); !ready.ok()) return shared.fail(ready.error());
        cv::VideoCapture capture;
        cv::Mat frame;
        if (!openFirst(capture, frame)) {
            return shared.fail(Error{ErrorCode::DeviceUnavailable, "the camera gives no picture", {},
                                     "close other programs that use it, or plug it in again"});
        }
        for (int missed = 0; missed < kMissedFrames;) {
            if (!frame.empty() && !shared.give(frame)) return;
            missed = capture.read(frame) && !frame.empty() ? 0 : missed + 1;
        }
        shared.fail(Error{ErrorCode::DeviceUnavailable, "the camera stopped giving pictures", {}, "plug it in again"});
    }

    static void run(const std::shared_ptr<Shared>& shared) {
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
        try {
            read(*shared);
        } catch (const std::exception&) {
            shared->fail(Error{ErrorCode::DeviceUnavailable, "the camera cannot be read", {}, "plug it in again"});
        }
        const std::lock_guard lock(shared->mutex);
        shared->finished = true;
        shared->ended.notify_all();
    }

    std::shared_ptr<Shared> shared = std::make_shared<Shared>();
    std::thread thread;
};

Camera::Camera(FrameHandler frame, EndHandler end) : m_impl(std::make_unique<Impl>()) {
    m_impl->shared->frame = std::move(frame);
    m_impl->shared->end = std::move(end);
    m_impl->thread = std::thread([shared = m_impl->shared] { Impl::run(shared); });
}

Camera::~Camera() {
    std::unique_lock lock(m_impl->shared->mutex);
    m_impl->shared->closed = true;
    const bool finished = m_impl->shared->ended.wait_for(lock, kPatience, [this] { return m_impl->shared->finished; });
    lock.unlock();
    if (finished) {
        m_impl->thread.join();
    } else {
        m_impl->thread.detach();
    }
}

Status Camera::available() {
    int failure = ENOENT;
    std::string name;
    for (int number = 0; number < kDevices; ++number) {
        const int reason = openFailure(number);
        if (reason == 0) return {};
        if (reason != ENOENT && name.empty()) {
            failure = reason;
            name = deviceName(number);
        }
    }
    if (name.empty()) {
        return Error{ErrorCode::DeviceUnavailable, "this computer has no camera", {}, "plug one in, or open a picture from a file"};
    }
    if (failure == EACCES || failure == EPERM) {
        return Error{ErrorCode::DeviceUnavailable, "you may not read the camera " + name, {},
                     "ask to be added to the group video, then log in again"};
    }
    return Error{ErrorCode::DeviceUnavailable, "the camera " + name + " cannot be opened (" + std::strerror(failure) + ")", {},
                 "close other programs that use it"};
}

}  // namespace convolab
