#include "gpu/graphics/texture_bridge.h"

#include <algorithm>
#include <array>

namespace convolab::gpu {

class TextureBridge::Current {
  public:
    explicit Current(const TextureBridge& bridge) : m_driver(*bridge.m_driver), m_pushed(m_driver.pushContext(bridge.m_context) == kDriverSuccess) {}
    ~Current() {
        void* popped = nullptr;
        if (m_pushed) m_driver.popContext(&popped);
    }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;

  private:
    const DriverTable& m_driver;
    bool m_pushed;
};

TextureBridge::TextureBridge(const DriverTable* driver, const GraphicsTable* graphics, int ordinal, void* stream)
    : m_driver(driver), m_graphics(graphics), m_stream(stream) {
    if (ordinal < 0) m_reason = "no GPU computes";
    else if (driver == nullptr || graphics == nullptr) m_reason = "the driver has no functions for OpenGL";
    else if (const int result = driver->device(&m_device, ordinal); result != kDriverSuccess) refuse("cuDeviceGet", result);
    else if (const int retained = driver->retainContext(&m_context, m_device); retained != kDriverSuccess) refuse("cuDevicePrimaryCtxRetain", retained);
}

TextureBridge::~TextureBridge() {
    while (!m_resources.empty()) forget(m_resources.begin()->first);
    if (m_context != nullptr) m_driver->releaseContext(m_device);
}

bool TextureBridge::refuse(std::string reason) {
    while (!m_resources.empty()) forget(m_resources.begin()->first);
    m_reason = std::move(reason);
    return false;
}

bool TextureBridge::refuse(const char* function, int result) {
    const char* name = nullptr;
    const bool named = m_driver->errorName(result, &name) == kDriverSuccess && name != nullptr;
    return refuse(std::string(function) + ": " + (named ? name : "CUresult " + std::to_string(result)));
}

bool TextureBridge::drawsHere() {
    if (m_known) return true;
    std::array<int, 16> devices{};
    unsigned count = 0;
    const int result = m_graphics->glDevices(&count, devices.data(), static_cast<unsigned>(devices.size()), kAllGlDevices);
    if (result == kDriverNoDevice) return refuse("OpenGL does not run on an NVIDIA GPU");
    if (result != kDriverSuccess) return refuse("cuGLGetDevices", result);
    const auto end = devices.begin() + std::min<std::ptrdiff_t>(count, devices.size());
    m_known = std::find(devices.begin(), end, m_device) != end;
    return m_known || refuse("OpenGL runs on another GPU");
}

bool TextureBridge::attach(std::uint32_t texture, std::uint32_t target) {
    if (!m_reason.empty()) return false;
    const Current current(*this);
    if (!drawsHere()) return false;
    forget(texture);
    void* resource = nullptr;
    if (const int result = m_graphics->registerImage(&resource, texture, target, kOnlyWritten); result != kDriverSuccess) return refuse("cuGraphicsGLRegisterImage", result);
    m_resources[texture] = resource;
    return true;
}

void TextureBridge::detach(std::uint32_t texture) {
    if (m_resources.contains(texture)) forget(texture);
}

void TextureBridge::forget(std::uint32_t texture) {
    const auto found = m_resources.find(texture);
    if (found == m_resources.end()) return;
    const Current current(*this);
    m_graphics->unregisterResource(found->second);  // of a deleted texture this fails, and there is nothing left to do
    m_resources.erase(found);
}

bool TextureBridge::write(std::uint32_t texture, const float* pixels, std::int64_t width, std::int64_t height) {
    const auto found = m_resources.find(texture);
    if (found == m_resources.end()) return false;
    const char* failed = nullptr;
    int result = kDriverSuccess;
    {
        const Current current(*this);
        result = copy(found->second, pixels, width, height, &failed);
    }
    if (result == kDriverSuccess) return true;
    if (result != kDriverInvalidHandle) return refuse(failed, result);
    forget(texture);
    return false;
}

int TextureBridge::copy(void* resource, const float* pixels, std::int64_t width, std::int64_t height, const char** failed) const {
    const auto ask = [&](const char* function, int result) {
        if (result != kDriverSuccess && *failed == nullptr) *failed = function;
        return result;
    };
    if (const int result = ask("cuGraphicsMapResources", m_graphics->mapResources(1, &resource, m_stream)); result != kDriverSuccess) return result;
    void* array = nullptr;
    int result = ask("cuGraphicsSubResourceGetMappedArray", m_graphics->mappedArray(&array, resource, 0, 0));
    if (result == kDriverSuccess) {
        ArrayCopy copy;
        copy.fromType = kMemoryOfDevice;
        copy.fromDevice = reinterpret_cast<std::uint64_t>(pixels);
        copy.fromPitch = copy.widthBytes = sizeof(float) * static_cast<std::size_t>(width);
        copy.toType = kMemoryOfArray;
        copy.toArray = array;
        copy.height = static_cast<std::size_t>(height);
        result = ask("cuMemcpy2DAsync", m_graphics->copyToArray(&copy, m_stream));
    }
    const int unmapped = ask("cuGraphicsUnmapResources", m_graphics->unmapResources(1, &resource, m_stream));
    return result != kDriverSuccess ? result : unmapped;
}

}  // namespace convolab::gpu
