#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/compress/coding/packed_file.h"

namespace convolab {

/// Bytes of a stage of compression: the whole packed file, written up to that coder; dense: 4 bytes a parameter, as papers
/// count it, without a file around them.
struct StageBytes {
    const WeightCoder* coder = nullptr;
    std::int64_t bytes = 0;
};

/// A layer's weight tensor.
struct LayerBytes {
    NodeId layer;
    std::string name;
    std::int64_t weights = 0;
    std::int64_t kept = 0;
    int bits = kFloatBits;               ///< of a code; 32 without a codebook or grid
    std::vector<std::int64_t> stages;    ///< bytes in the file, in the order of weightCoders()
    CodedBits spent;                     ///< of the last stage
};

/// Where the bytes of a packed file go: headerBytes + otherBytes + the last stage of each layer = bytes().
struct PackedSize {
    std::vector<LayerBytes> layers;
    std::vector<StageBytes> stages;
    std::int64_t parameters = 0;
    std::int64_t kept = 0;         ///< of all parameters: biases and batch norm stay
    std::int64_t headerBytes = 0;  ///< with the network's spec
    std::int64_t otherBytes = 0;   ///< biases, batch norm and its statistics

    std::int64_t denseBytes() const { return 4 * parameters; }
    std::int64_t bytes() const { return stages.back().bytes; }
    double ratio() const { return static_cast<double>(denseBytes()) / static_cast<double>(bytes()); }
};

/// To the byte: encodes everything with each coder.
Result<PackedSize> packedSize(const PackedNetwork& network);

/// What a plan will weigh, fast enough for a slider: the indices are counted exactly, the codes from k-means over a histogram
/// of the kept weights (512 bins for each sign) where they are many. Within a few per cent of packedSize
/// (2 % on conv20-conv50, 6 % on a small LeNet). A layer on a uniform grid
/// is counted as packed integers of its bits with a float32 scale for each grid, which packedSize does not know. Without
/// `masks`, weights that are 0 count as pruned.
Result<PackedSize> estimatedSize(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                 const Masks* masks = nullptr);

}  // namespace convolab
