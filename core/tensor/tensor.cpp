#include "core/tensor/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace convolab {

namespace {

/// Large buffers are read in long runs: pages of 2 MiB spare the processor most look-ups of addresses.
constexpr std::size_t kLargePage = std::size_t{2} << 20;

float* allocate(std::size_t bytes) {
#if defined(__linux__)
    if (bytes >= 2 * kLargePage) {
        const std::size_t whole = (bytes + kLargePage - 1) / kLargePage * kLargePage;
        void* memory = std::aligned_alloc(kLargePage, whole);
        if (memory != nullptr) madvise(memory, whole, MADV_HUGEPAGE);  // a wish: nothing depends on it
        return static_cast<float*>(memory);
    }
#endif
    return static_cast<float*>(std::aligned_alloc(kTensorAlignment, bytes));
}

}  // namespace

AlignedBuffer::AlignedBuffer(std::size_t count) : m_size(count) {
    if (count == 0) return;
    const std::size_t bytes = (count * sizeof(float) + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
    float* memory = allocate(bytes);
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
