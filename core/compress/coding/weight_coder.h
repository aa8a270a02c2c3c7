#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/compress/sharing/codebook.h"
#include "core/util/result.h"

namespace convolab {

/// What a tensor of a network is for a coder: its values, and where they are shared, how.
struct TensorContent {
    std::vector<float> values;         ///< every one, 0 where pruned
    std::optional<Codebook> codebook;  ///< then each value is its codebook's
};

/// Where the bytes of a coded tensor go. Bits, since the streams share bytes at their borders.
struct CodedBits {
    std::int64_t indices = 0;   ///< where the kept weights lie
    std::int64_t values = 0;    ///< the codes of the kept weights, or their floats
    std::int64_t codebook = 0;  ///< the centroids
    std::int64_t tables = 0;    ///< code lengths, counts and widths
    int indexBits = 0;          ///< b of the relative indices; 0: every weight is kept, so that none are needed
};

/// One way of writing a tensor: a file in coders/. In the order of the registry each is a stage of compression: dense,
/// sparse, packed, huffman; a file written up to a stage takes for each tensor the smallest of the coders so far.
struct WeightCoder {
    std::string id, label, help;
    std::uint8_t tag = 0;        ///< in the packed file; given once and never to another coder
    bool needsCodebook = false;
    std::function<std::string(const TensorContent&, CodedBits& spent)> encode;
    /// The content of a tensor of `count` values; the reverse of encode to the bit. Whatever the bytes are, it ends with
    /// an error or a content of this size.
    std::function<Result<TensorContent>(std::string_view bytes, std::int64_t count)> decode;
};

const std::vector<const WeightCoder*>& weightCoders();
const WeightCoder* findWeightCoder(std::string_view id);
const WeightCoder* findWeightCoder(std::uint8_t tag);

struct CodedTensor {
    const WeightCoder* coder = nullptr;
    std::string bytes;
    CodedBits spent;
};
/// The smallest among the registry's coders up to and including `last` that can write this content.
CodedTensor encodeSmallest(const TensorContent& content, const WeightCoder& last);

}  // namespace convolab
