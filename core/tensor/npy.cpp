#include "core/tensor/npy.h"

#include <bit>

#include "core/util/atomic_file.h"

namespace convolab {

namespace {

constexpr std::size_t kAlignment = 64;  // the data begin at a multiple of it
constexpr std::size_t kPrefix = 10;     // magic, version, length of the header

std::string textOf(const char* type, const Shape& extents, const void* values, std::size_t bytes) {
    static_assert(std::endian::native == std::endian::little, "the file is little-endian");
    std::string shape;
    for (const std::int64_t extent : extents.extents()) shape += std::to_string(extent) + ", ";
    if (extents.rank() > 1) shape.resize(shape.size() - 2);
    else if (extents.rank() == 1) shape.pop_back();
    std::string header = std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    const std::size_t unpadded = kPrefix + header.size() + 1;
    header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
    header += '\n';
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(header.size() & 0xFF);
    text += static_cast<char>(header.size() >> 8);
    text += header;
    text.append(static_cast<const char*>(values), bytes);
    return text;
}

}  // namespace

std::string npyText(View<const float> values) {
    return textOf("<f4", values.shape, values.data, values.span().size_bytes());
}

std::string npyText(std::span<const std::int64_t> values) {
    return textOf("<i8", Shape{static_cast<std::int64_t>(values.size())}, values.data(), values.size_bytes());
}

Status writeNpy(const std::filesystem::path& file, View<const float> values) {
    return writeFileAtomically(file, npyText(values));
}

Status writeNpy(const std::filesystem::path& file, std::span<const std::int64_t> values) {
    return writeFileAtomically(file, npyText(values));
}

}  // namespace convolab
