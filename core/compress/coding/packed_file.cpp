#include "core/compress/coding/packed_file.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/compress/coding/bit_stream.h"
#include "core/compress/coding/packed_frame.h"
#include "core/compress/coding/tensor_contents.h"
#include "core/graph/analysis.h"
#include "core/graph/spec_json.h"
#include "core/util/atomic_file.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::string_view kMagic = "CLPK";
constexpr std::size_t kHeader = 9;                         // magic, version, checksum
constexpr std::uint64_t kLargestSpec = std::uint64_t{16} << 20;
constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{16} << 20;
constexpr std::uint64_t kLargestRatio = 1000;              // floats to file; Deep Compression reaches 49
constexpr std::uintmax_t kLargestFile = std::uintmax_t{4} << 30;

Error damaged(const std::string& what, const std::string& node = {}) {
    return {ErrorCode::CorruptFile, what, node, "the file is damaged: pack the network again"};
}

std::uint32_t checksum(std::string_view bytes) {
    uLong sum = crc32(0, nullptr, 0);
    while (!bytes.empty()) {
        const auto part = static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
        sum = crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), part);
        bytes.remove_prefix(part);
    }
    return static_cast<std::uint32_t>(sum);
}

std::string deflated(const std::string& text) {
    uLongf size = compressBound(static_cast<uLong>(text.size()));
    std::string bytes(size, '\0');
    const int result = compress2(reinterpret_cast<Bytef*>(bytes.data()), &size,
                                 reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()), 9);
    CONVOLAB_CHECK(result == Z_OK, "zlib could not compress a text");
    bytes.resize(size);
    return bytes;
}

Result<std::string> inflated(std::string_view bytes, std::uint64_t size) {
    // zlib packs at most 1,032 times.
    if (size > kLargestSpec || size > 1032 * (bytes.size() + 1)) {
        return damaged("its network would be a text of " + formatBytes(static_cast<double>(size)));
    }
    std::string text(size, '\0');
    auto written = static_cast<uLongf>(size);
    const int result = uncompress(reinterpret_cast<Bytef*>(text.data()), &written,
                                  reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
    if (result != Z_OK || written != size) return damaged("its network cannot be unpacked");
    return text;
}

/// Without the indentation of files that people read.
std::string compactJson(const NetworkSpec& spec) { return nlohmann::ordered_json::parse(specToJson(spec)).dump(); }

/// What stands before the first tensor, the header apart.
void writeNetwork(BitWriter& body, const NetworkSpec& spec, std::int64_t step) {
    const std::string json = compactJson(spec);
    const std::string packed = deflated(json);
    body.number(json.size());
    body.number(packed.size());
    body.text(packed);
    body.number(static_cast<std::uint64_t>(std::max<std::int64_t>(0, step)));
}

std::uint64_t floatBytes(const ParameterLayout& layout) {
    return sizeof(float) * (static_cast<std::uint64_t>(layout.parameterCount) + layout.statisticCount);
}

bool tooDense(const ParameterLayout& layout, std::size_t fileBytes) {
    const std::uint64_t bytes = floatBytes(layout);
    return bytes > kAlwaysAllowed && bytes / kLargestRatio > fileBytes;
}

Result<NetworkSpec> readSpec(BitReader& reader) {
    const std::uint64_t size = reader.number();
    const std::uint64_t packed = reader.number();
    if (!reader.ok() || packed > reader.bytesLeft()) return damaged("it ends within its network");
    CONVOLAB_ASSIGN(const std::string json, inflated(reader.text(packed), size));
    auto spec = specFromJson(json);
    if (!spec.ok()) return damaged("its network makes no sense (" + spec.error().message + ")");
    return spec;
}

class Unpacking {
  public:
    Unpacking(BitReader& reader, PackedNetwork& network) : m_reader(reader), m_network(network) {}

    Status run(std::shared_ptr<const ParameterLayout> layout) {
        m_network.weights.layout = layout;
        m_network.weights.parameters.resize(layout->parameterCount);
        m_network.weights.statistics.resize(layout->statisticCount);
        for (const ParameterEntry& entry : layout->entries) CONVOLAB_RETURN_IF_ERROR(readTensor(entry));
        if (!m_reader.atEnd()) return damaged("there is something behind its last tensor");
        return {};
    }

  private:
    Status readTensor(const ParameterEntry& entry) {
        const std::uint8_t tag = m_reader.byte();
        const std::uint64_t size = m_reader.number();
        if (!m_reader.ok() || size > m_reader.bytesLeft()) {
            return damaged("it ends within the " + entry.spec.name, entry.nodeName);
        }
        const WeightCoder* coder = findWeightCoder(tag);
        if (coder == nullptr) {
            return damaged("the " + entry.spec.name + " has the unknown coder " + std::to_string(tag), entry.nodeName);
        }
        auto content = coder->decode(m_reader.text(size), entry.spec.shape.size());
        if (!content.ok()) {
            return damaged("the " + entry.spec.name + " cannot be read: " + content.error().message, entry.nodeName);
        }
        auto& buffer = entry.spec.trainable ? m_network.weights.parameters : m_network.weights.statistics;
        std::ranges::copy(content->values, buffer.begin() + static_cast<std::ptrdiff_t>(entry.offset));
        if (!content->codebook) return {};
        if (entry.spec.role != ParameterRole::Weight) {
            return damaged("the " + entry.spec.name + " has a codebook", entry.nodeName);
        }
        m_network.codebooks.emplace(entry.node, std::move(*content->codebook));
        return {};
    }

    BitReader& m_reader;
    PackedNetwork& m_network;
};

Result<PackedNetwork> unpackBody(std::string_view bytes) {
    BitReader reader(bytes);
    PackedNetwork network;
    CONVOLAB_ASSIGN(network.spec, readSpec(reader));
    const std::uint64_t step = reader.number();
    if (!reader.ok()) return damaged("it ends behind its network");
    network.weights.step = static_cast<std::int64_t>(step);
    const Analysis analysis = analyze(network.spec);
    if (const Status complete = requireComplete(network.spec, analysis); !complete.ok()) {
        return damaged("its network cannot run (" + complete.error().message + ")", complete.error().node);
    }
    auto layout = std::make_shared<const ParameterLayout>(makeParameterLayout(network.spec, analysis));
    if (tooDense(*layout, bytes.size() + kHeader)) {
        return damaged("its network needs " + formatBytes(static_cast<double>(floatBytes(*layout))) +
                       " of weights, more than its " + formatBytes(static_cast<double>(bytes.size())) + " can hold");
    }
    CONVOLAB_RETURN_IF_ERROR(Unpacking(reader, network).run(std::move(layout)));
    return network;
}

}  // namespace

std::int64_t packedHeaderBytes(const NetworkSpec& spec, std::int64_t step) {
    BitWriter body;
    writeNetwork(body, spec, step);
    return static_cast<std::int64_t>(kHeader + body.size());
}

Result<std::string> packNetwork(const PackedNetwork& network, const WeightCoder& last) {
    CONVOLAB_ASSIGN(const std::vector<TensorContent> contents, tensorContents(network));
    BitWriter body;
    writeNetwork(body, network.spec, network.weights.step);
    for (const TensorContent& content : contents) {
        const CodedTensor coded = encodeSmallest(content, last);
        body.byte(coded.coder->tag);
        body.number(coded.bytes.size());
        body.text(coded.bytes);
    }
    const std::string rest = body.take();
    if (tooDense(*network.weights.layout, rest.size() + kHeader)) {
        return Error{ErrorCode::Unsupported,
                     "the network would be packed more than " + std::to_string(kLargestRatio) + " times", {},
                     "prune less: hardly any weight is left"};
    }
    BitWriter file;
    file.text(kMagic);
    file.byte(kPackedVersion);
    const std::uint32_t sum = checksum(rest);
    for (int shift = 0; shift < 32; shift += 8) file.byte(static_cast<std::uint8_t>(sum >> shift));
    file.text(rest);
    return file.take();
}

Result<PackedNetwork> unpackNetwork(std::string_view bytes) {
    if (bytes.size() < kMagic.size() || bytes.substr(0, kMagic.size()) != kMagic) {
        return Error{ErrorCode::CorruptFile, "it is no packed network", {},
                     "give a file that \"convolab compress\" or the Compress lens has written"};
    }
    if (bytes.size() < kHeader) return damaged("it ends within its header");
    const int version = static_cast<std::uint8_t>(bytes[kMagic.size()]);
    if (version > kPackedVersion) {
        return Error{ErrorCode::UnsupportedVersion,
                     "it was written by a newer version (format " + std::to_string(version) + ", this one reads up to " +
                         std::to_string(kPackedVersion) + ")",
                     {}, "open it with a newer Convolab"};
    }
    if (version < 1) return damaged("its format is 0, which there never was");
    std::uint32_t stored = 0;
    for (int i = 0; i < 4; ++i) {
        const char part = bytes[kMagic.size() + 1 + static_cast<std::size_t>(i)];
        stored |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(part)) << (8 * i);
    }
    if (checksum(bytes.substr(kHeader)) != stored) return damaged("its checksum is wrong: it is cut short or altered");
    return unpackBody(bytes.substr(kHeader));
}

Result<std::int64_t> writePackedFile(const PackedNetwork& network, const std::filesystem::path& file) {
    CONVOLAB_ASSIGN(const std::string bytes, packNetwork(network));
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(file, bytes));
    return static_cast<std::int64_t>(bytes.size());
}

Result<PackedNetwork> readPackedFile(const std::filesystem::path& file) {
    std::error_code problem;
    const std::uintmax_t size = std::filesystem::file_size(file, problem);
    std::ifstream stream(file, std::ios::binary);
    if (problem || !stream) {
        return Error{ErrorCode::NotFound, "cannot read \"" + file.string() + "\"", {}, "check the path and its permissions"};
    }
    if (size > kLargestFile) {
        return Error{ErrorCode::CorruptFile,
                     file.string() + ": " + formatBytes(static_cast<double>(size)) + " is too large for a packed network",
                     {}, {}};
    }
    std::string bytes(size, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
    auto network = unpackNetwork(bytes);
    if (network.ok()) return network;
    Error error = network.error();
    error.message = file.string() + ": " + error.message;
    return error;
}

}  // namespace convolab
