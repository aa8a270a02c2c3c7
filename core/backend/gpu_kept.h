#pragma once

#include <utility>

#include "core/tensor/tensor.h"

namespace convolab {

/// Values of a batch that lie on a device, fetched when somebody asks for them.
class GpuKept {
  public:
    GpuKept() = default;
    GpuKept(Shape image, std::int64_t maximumBatch) : m_image(std::move(image)), m_values(static_cast<std::size_t>(maximumBatch * m_image.size())) {}

    const Shape& image() const { return m_image; }
    void forget() { m_behind = true; }  ///< the device holds newer ones
    /// (n, …); `read` fills them.
    template <class Read>
    View<const float> ofBatch(std::int64_t n, Read&& read) {
        if (std::exchange(m_behind, false)) read(m_values.data());
        return {m_values.data(), m_image.withBatch(n)};
    }

  private:
    Shape m_image;
    AlignedBuffer m_values;
    bool m_behind = false;
};

}  // namespace convolab
