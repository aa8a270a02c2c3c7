#include "datasets/camera.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "datasets/camera_module.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr int kDevices = 16;       // /dev/video0 …
constexpr int kMissedFrames = 10;  // in a row, then the camera counts as gone
constexpr auto kPatience = std::chrono::milliseconds(50);

Error unavailable(const std::string& message, const std::string& hint) {
    return Error{ErrorCode::DeviceUnavailable, message, {}, hint};
}

std::string deviceName(int number) { return "/dev/video" + std::to_string(number); }

/// 0 where this user may read it, else errno.
int openFailure(int number) {
    const int file = ::open(deviceName(number).c_str(), O_RDWR | O_NONBLOCK);
    if (file < 0) return errno;
    ::close(file);
    return 0;
}

/// The functions of the module; it is loaded once and stays.
struct Module {
    ConvolabCameraOpen open = nullptr;
    ConvolabCameraRead read = nullptr;
    ConvolabCameraClose close = nullptr;
    std::string problem;

    Module() {
        std::error_code failure;
        const fs::path folder = fs::read_symlink("/proc/self/exe", failure).parent_path();
        void* library = nullptr;
        for (const fs::path& place : {folder, folder.parent_path() / "bin", folder.parent_path() / "lib"}) {
            if (library == nullptr && fs::exists(place / kCameraModule, failure)) library = ::dlopen((place / kCameraModule).c_str(), RTLD_NOW | RTLD_LOCAL);
        }
        if (library == nullptr) {
            const char* reason = ::dlerror();
            problem = reason != nullptr ? reason : std::string(kCameraModule) + " is not beside the program";
            return;
        }
        open = reinterpret_cast<ConvolabCameraOpen>(::dlsym(library, "convolab_camera_open"));
        read = reinterpret_cast<ConvolabCameraRead>(::dlsym(library, "convolab_camera_read"));
        close = reinterpret_cast<ConvolabCameraClose>(::dlsym(library, "convolab_camera_close"));
        if (open == nullptr || read == nullptr || close == nullptr) problem = std::string(kCameraModule) + " is of another version";
    }
};

const Module& module() {
    static const Module instance;
    return instance;
}

Picture toPicture(const unsigned char* bgr, int width, int height) {
    Picture picture{.width = width, .height = height, .channels = 3, .bits = 8, .animated = false, .values = {}};
    const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    picture.values.resize(3 * count);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t c = 0; c < 3; ++c) picture.values[3 * i + c] = static_cast<std::uint16_t>(bgr[3 * i + 2 - c] * 257);
    }
    return picture;
}

/// An open device.
struct Device {
    ConvolabCamera* camera = nullptr;
    ~Device() {
        if (camera != nullptr) module().close(camera);
    }
    /// The first that gives a picture: laptops list a second one for the sensor's data.
    bool openFirst() {
        for (int number = 0; number < kDevices && camera == nullptr; ++number) {
            if (openFailure(number) == 0) camera = module().open(number);
        }
        return camera != nullptr;
    }
};

}  // namespace

/// Shared with the thread, which may outlive the camera while a device hangs.
struct Camera::Impl {
    struct Shared {
        std::mutex mutex;
        std::condition_variable ended;
        FrameHandler frame;
        EndHandler end;
        bool closed = false, finished = false;

        bool isClosed() {
            const std::lock_guard lock(mutex);
            return closed;
        }
        void give(Picture picture) {
            const std::lock_guard lock(mutex);
            if (!closed) frame(std::move(picture));
        }
        void fail(const Error& error) {
            const std::lock_guard lock(mutex);
            if (!closed) end(error);
        }
    };

    static Status read(Shared& shared) {
        CONVOLAB_RETURN_IF_ERROR(available());
        CONVOLAB_RETURN_IF_ERROR(support());
        Device device;
        if (!device.openFirst()) return unavailable("the camera gives no picture", "close other programs that use it, or plug it in again");
        for (int missed = 0; missed < kMissedFrames && !shared.isClosed();) {
            const unsigned char* pixels = nullptr;
            int width = 0, height = 0;
            const bool came = module().read(device.camera, &pixels, &width, &height) != 0;
            missed = came ? 0 : missed + 1;
            if (came) shared.give(toPicture(pixels, width, height));
        }
        return unavailable("the camera stopped giving pictures", "plug it in again");
    }

    static void run(const std::shared_ptr<Shared>& shared) {
        if (const Status status = read(*shared); !status.ok()) shared->fail(status.error());
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

Status Camera::support() {
    if (module().problem.empty()) return {};
    return Error{ErrorCode::DeviceUnavailable, "the program's part for cameras cannot be loaded (" + module().problem + ")", {}, "install libopencv-videoio406, or build anew"};
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
    if (name.empty()) return unavailable("this computer has no camera", "plug one in, or open a picture from a file");
    if (failure == EACCES || failure == EPERM) {
        return unavailable("you may not read the camera " + name, "ask to be added to the group video, then log in again");
    }
    return unavailable("the camera " + name + " cannot be opened (" + std::strerror(failure) + ")", "close other programs that use it");
}

}  // namespace convolab
