#include "core/interop/npy.h"

#include <bit>

#include "core/util/atomic_file.h"

namespace convolab {

namespace {

static_assert(std::endian::native == std::endian::little, "the arrays are written as they lie in memory");

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kPreamble = 10;  // magic, version, length of the header

std::string headerFor(const std::string& type, const Shape& shape) {
    std::string extents;
    for (const std::int64_t extent : shape.extents()) extents += std::to_string(extent) + ", ";
    if (shape.rank() > 1) extents.resize(extents.size() - 2);
    std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + extents + "), }";
    while ((kPreamble + text.size() + 1) % kAlignment != 0) text += ' ';
    text += '\n';
    std::string header = "\x93NUMPY";
    header += '\x01';
    header += '\0';
    header += static_cast<char>(text.size() & 0xFF);
    header += static_cast<char>(text.size() >> 8);
    return header + text;
}

Status write(const std::filesystem::path& file, const std::string& type, const Shape& shape, const void* data,
             std::size_t bytes) {
    std::string content = headerFor(type, shape);
    content.append(static_cast<const char*>(data), bytes);
    return writeFileAtomically(file, content);
}

}  // namespace

Status writeNpy(const std::filesystem::path& file, View<const float> values) {
    return write(file, "<f4", values.shape, values.data, values.span().size_bytes());
}

Status writeNpy(const std::filesystem::path& file, std::span<const std::int64_t> values) {
    return write(file, "<i8", Shape{static_cast<std::int64_t>(values.size())}, values.data(), values.size_bytes());
}

}  // namespace convolab
