#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "gpu/driver/driver_table.h"
#include "gpu/graphics/graphics_table.h"

namespace convolab::gpu {

/// From the memory of one device into textures of the OpenGL context that is current. What the driver refuses once is not tried again:
/// reason() then says why. A texture that OpenGL has deleted is forgotten, and another one may be attached.
class TextureBridge {
  public:
    /// Tables may be null: the driver cannot do it. ordinal −1: there is no GPU. `stream`: behind what runs there.
    TextureBridge(const DriverTable* driver, const GraphicsTable* graphics, int ordinal, void* stream);
    ~TextureBridge();  ///< with the OpenGL context current if textures are attached
    TextureBridge(const TextureBridge&) = delete;
    TextureBridge& operator=(const TextureBridge&) = delete;

    /// GL_TEXTURE_2D and the like, with one float per texel (GL_R32F). False: not possible, values have to be read.
    bool attach(std::uint32_t texture, std::uint32_t target);
    void detach(std::uint32_t texture);
    /// width · height floats of the device's memory to an attached texture's level 0. False: it was not written.
    bool write(std::uint32_t texture, const float* pixels, std::int64_t width, std::int64_t height);

    const std::string& reason() const { return m_reason; }  ///< why nothing is attached any more; empty: it may be

  private:
    class Current;  ///< the device's context, while it lives
    bool refuse(std::string reason);
    bool refuse(const char* function, int result);
    bool drawsHere();
    void forget(std::uint32_t texture);
    int copy(void* resource, const float* pixels, std::int64_t width, std::int64_t height, const char** failed) const;

    const DriverTable* m_driver;
    const GraphicsTable* m_graphics;
    int m_device = -1;
    void* m_stream;
    void* m_context = nullptr;
    bool m_known = false;  ///< that OpenGL runs on the same GPU
    std::map<std::uint32_t, void*> m_resources;
    std::string m_reason;
};

}  // namespace convolab::gpu
