#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/tensor/shape.h"

namespace convolab {

inline constexpr std::size_t kTensorAlignment = 64;

/// A dense, row-major view of somebody else's memory. T is float or double, possibly const.
template <class T>
struct View {
    T* data = nullptr;
    Shape shape;

    std::int64_t size() const { return shape.size(); }
    std::span<T> span() const { return {data, static_cast<std::size_t>(shape.size())}; }
    T& operator[](std::int64_t i) const { return data[i]; }
    /// Element of a rank-4 view (N, C, H, W) or (O, I, H, W).
    T& at(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) const {
        return data[((n * shape[1] + c) * shape[2] + h) * shape[3] + w];
    }
    operator View<const T>() const { return {data, shape}; }
};

/// 64-byte aligned, zero-initialised float memory with an owner.
class AlignedBuffer {
  public:
    AlignedBuffer() = default;
    explicit AlignedBuffer(std::size_t count);

    float* data() { return m_data.get(); }
    const float* data() const { return m_data.get(); }
    std::size_t size() const { return m_size; }
    std::span<float> span() { return {data(), m_size}; }
    std::span<const float> span() const { return {data(), m_size}; }

  private:
    struct Free {
        void operator()(float* pointer) const;
    };
    std::unique_ptr<float[], Free> m_data;
    std::size_t m_size = 0;
};

/// A float32 tensor that owns its memory. Move-only: copies are explicit (`clone`).
class Tensor {
  public:
    Tensor() = default;
    explicit Tensor(Shape shape);

    const Shape& shape() const { return m_shape; }
    std::int64_t size() const { return m_shape.size(); }
    float* data() { return m_buffer.data(); }
    const float* data() const { return m_buffer.data(); }
    std::span<float> span() { return {data(), static_cast<std::size_t>(size())}; }
    std::span<const float> span() const { return {data(), static_cast<std::size_t>(size())}; }
    View<float> view() { return {data(), m_shape}; }
    View<const float> view() const { return {data(), m_shape}; }
    Tensor clone() const;

  private:
    Shape m_shape;
    AlignedBuffer m_buffer;
};

}  // namespace convolab
