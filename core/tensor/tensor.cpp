#include "core/tensor/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace convolab {

AlignedBuffer::AlignedBuffer(std::size_t count) : m_size(count) {
    if (count == 0) return;
    const std::size_t bytes = (count * sizeof(float) + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
    auto* memory = static_cast<float*>(std::aligned_alloc(kTensorAlignment, bytes));
    if (memory == nullptr) throw std::bad_alloc();
    std::fill_n(memory, bytes / sizeof(float), 0.0F);
    m_data.reset(memory);
}

void AlignedBuffer::Free::operator()(float* pointer) const { std::free(pointer); }

Tensor::Tensor(Shape shape) : m_shape(std::move(shape)), m_buffer(static_cast<std::size_t>(m_shape.size())) {}

Tensor Tensor::clone() const {
    Tensor copy(m_shape);
    std::copy_n(data(), size(), copy.data());
    return copy;
}

}  // namespace convolab
