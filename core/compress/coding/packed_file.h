#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/compress/coding/weight_coder.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/util/result.h"

namespace convolab {

/// A network as a packed file holds it. Where a layer has a codebook, its weights are that codebook's.
struct PackedNetwork {
    NetworkSpec spec;
    WeightSet weights;
    Codebooks codebooks;
};

constexpr int kPackedVersion = 1;
inline constexpr const char* kPackedExtension = ".packed";

/// The whole network as bytes: "CLPK", the version (1 byte), the CRC-32 of everything behind it (4), then numbers of 7 bits
/// a byte: the size of the spec's JSON, the size of it under zlib and those bytes, the step of the weights; then for each
/// tensor of the network's ParameterLayout the tag of its coder (1), its size and its bytes. Biases and batch norm are
/// float32. `last`: the stage of compression to go to; each tensor takes the smallest of the coders so far.
/// Refuses weights that do not fit the spec or the codebooks.
Result<std::string> packNetwork(const PackedNetwork& network, const WeightCoder& last = *weightCoders().back());

/// The way back, to the bit. Bytes that are cut short, altered, of a newer version or of something else are a sentence;
/// no allocation is larger than 16 MiB or a thousand times the bytes.
Result<PackedNetwork> unpackNetwork(std::string_view bytes);

/// Atomically. Answers with the bytes written.
Result<std::int64_t> writePackedFile(const PackedNetwork& network, const std::filesystem::path& file);
Result<PackedNetwork> readPackedFile(const std::filesystem::path& file);

}  // namespace convolab
