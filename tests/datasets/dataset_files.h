#pragma once

#include <zlib.h>

#include <QTemporaryDir>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset.h"

namespace convolab::test {

using Bytes = std::vector<std::uint8_t>;

/// A folder that vanishes with the test.
class TemporaryFolder {
  public:
    std::filesystem::path path() const { return m_folder.path().toStdString(); }
    std::filesystem::path operator/(std::string_view name) const { return path() / name; }

  private:
    QTemporaryDir m_folder;
};

inline void writeFile(const std::filesystem::path& file, const Bytes& bytes) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline Bytes readFile(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline Bytes gzipped(const Bytes& bytes) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    Bytes result(deflateBound(&stream, bytes.size()) + 64);
    stream.next_in = const_cast<std::uint8_t*>(bytes.data());
    stream.avail_in = static_cast<unsigned>(bytes.size());
    stream.next_out = result.data();
    stream.avail_out = static_cast<unsigned>(result.size());
    deflate(&stream, Z_FINISH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

/// An IDX file of unsigned bytes with any header, honest or not.
inline Bytes idxBytes(const std::vector<std::uint32_t>& extents, const Bytes& values,
                      std::uint32_t magicType = 0x08) {
    Bytes bytes;
    const auto append = [&](std::uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    };
    append(magicType << 8 | static_cast<std::uint32_t>(extents.size()));
    for (const std::uint32_t extent : extents) append(extent);
    bytes.insert(bytes.end(), values.begin(), values.end());
    return bytes;
}

/// `count` values 0, 1, 2, …, each modulo `modulus`.
inline Bytes ramp(std::size_t count, unsigned modulus = 256) {
    Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i % modulus);
    return bytes;
}

/// A set in memory: `count` training images of `shape` whose first pixel is the image's index modulo 256,
/// labels index modulo `classes`, and half as many for validation and test.
inline DatasetPtr smallSet(std::int64_t count, int classes, const Shape& shape = Shape{1, 2, 3}) {
    const auto make = [&](std::int64_t images) {
        ImageStore store;
        for (std::int64_t i = 0; i < images; ++i) {
            store.labels.push_back(static_cast<std::uint8_t>(i % classes));
            for (std::int64_t p = 0; p < shape.size(); ++p) {
                store.pixels.push_back(static_cast<std::uint8_t>((i + p) % 256));
            }
        }
        return store;
    };
    DatasetInfo info{
        .id = "small", .title = "Small", .imageShape = shape, .classNames = {}, .source = "a test"};
    for (int c = 0; c < classes; ++c) info.classNames.push_back("class " + std::to_string(c));
    return std::make_shared<MemoryDataset>(info, make(count), make(count / 2), make(count / 2));
}

inline std::vector<float> imageOf(const Dataset& dataset, Split split, std::int64_t index) {
    std::vector<float> pixels(static_cast<std::size_t>(dataset.info().imageShape.size()));
    dataset.image(split, index, pixels);
    return pixels;
}

}  // namespace convolab::test

/// Fails unless `result` is an error whose sentence holds `part`.
#define COMPARE_ERROR(result, part)                                                     \
    do {                                                                                \
        QVERIFY2(!(result).ok(), "an error was expected");                              \
        const std::string sentence = (result).error().sentence();                       \
        QVERIFY2(sentence.find(part) != std::string::npos,                              \
                 (std::string("expected \"") + (part) + "\" in: " + sentence).c_str()); \
    } while (false)
