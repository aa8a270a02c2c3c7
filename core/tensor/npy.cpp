#include "core/tensor/npy.h"

#include <bit>
#include <cstring>

#include "core/util/atomic_file.h"

namespace convolab {

namespace {

constexpr std::size_t kAlignment = 64;  // the data begin at a multiple of it
constexpr std::size_t kPrefix = 10;     // magic, version, length of the header

}  // namespace

std::string npyText(View<const float> values) {
    static_assert(std::endian::native == std::endian::little, "the file is little-endian");
    std::string shape;
    for (const std::int64_t extent : values.shape.extents()) shape += std::to_string(extent) + ", ";
    if (values.shape.rank() > 1) shape.resize(shape.size() - 2);
    else if (values.shape.rank() == 1) shape.pop_back();
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    const std::size_t unpadded = kPrefix + header.size() + 1;
    header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
    header += '\n';
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(header.size() & 0xFF);
    text += static_cast<char>(header.size() >> 8);
    text += header;
    const std::size_t data = text.size();
    text.resize(data + values.span().size_bytes());
    std::memcpy(text.data() + data, values.data, values.span().size_bytes());
    return text;
}

Status writeNpy(const std::filesystem::path& file, View<const float> values) { return writeFileAtomically(file, npyText(values)); }

}  // namespace convolab
