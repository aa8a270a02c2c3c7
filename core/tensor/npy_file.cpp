#include "core/tensor/npy_file.h"

#include <bit>
#include <string>

#include "core/util/atomic_file.h"

namespace convolab {

static_assert(std::endian::native == std::endian::little, "the values are written as they lie in memory");

namespace {

constexpr std::size_t kAlignment = 64;  // of where the values begin
constexpr std::size_t kPrefix = 10;     // magic, version, length of the header

/// "(6, 5, 5)", "(6,)"
std::string tupleText(const Shape& shape) {
    std::string text = "(";
    for (int axis = 0; axis < shape.rank(); ++axis) {
        text += (axis > 0 ? " " : "") + std::to_string(shape[axis]) + ",";
    }
    if (shape.rank() > 1) text.pop_back();
    return text + ")";
}

}  // namespace

Status writeNpy(const std::filesystem::path& file, const View<const float>& values) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + tupleText(values.shape) + ", }";
    header.append((kAlignment - (kPrefix + header.size() + 1) % kAlignment) % kAlignment, ' ');
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xFFU);
    bytes += static_cast<char>(header.size() >> 8U);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(values.data), static_cast<std::size_t>(values.size()) * sizeof(float));
    return writeFileAtomically(file, bytes);
}

}  // namespace convolab
