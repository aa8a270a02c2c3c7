#pragma once

#include <string>
#include <vector>

#include "tests/core/op_case.h"

namespace convolab::testing {

/// A case beside the examples of its kind.
struct Extra {
    std::string kind;
    LayerExample example;
};

/// Sizes at which fast kernels take other paths than at the examples' few channels.
inline std::vector<Extra> extraCases() {
    using I = std::vector<std::int64_t>;
    const Shape one{1, 12, 12}, many{20, 9, 8}, wide{32, 7, 7};
    return {
        {"conv2d", {"1 to 20, 5x5", {{"filters", std::int64_t{20}}, {"kernel", I{5, 5}}}, {one}, 3}},
        {"conv2d", {"20 to 50, 5x5", {{"filters", std::int64_t{50}}, {"kernel", I{5, 5}}}, {many}, 3}},
        {"conv2d", {"32 to 32 same", {{"filters", std::int64_t{32}}, {"pads", I{1, 1, 1, 1}}}, {wide}, 2}},
        // With AVX-512 by Winograd's algorithm: whole and cut tiles, uneven padding.
        {"conv2d", {"32 to 64 same, many tiles", {{"filters", std::int64_t{64}}, {"pads", I{1, 1, 1, 1}}}, {Shape{32, 16, 16}}, 4}},
        {"conv2d", {"48 to 32, cut tiles", {{"filters", std::int64_t{32}}, {"pads", I{1, 0, 1, 0}}, {"bias", false}}, {Shape{48, 15, 21}}, 5}},
        {"conv2d", {"32 stride 2 no bias", {{"filters", std::int64_t{48}}, {"stride", I{2, 2}}, {"bias", false}}, {wide}, 2}},
        {"conv2d", {"dilated", {{"filters", std::int64_t{16}}, {"dilation", I{2, 2}}, {"pads", I{2, 2, 2, 2}}}, {wide}, 2}},
        {"conv2d", {"depthwise", {{"filters", std::int64_t{32}}, {"groups", std::int64_t{32}}}, {wide}, 2}},
        {"conv2d", {"depthwise same", {{"filters", std::int64_t{32}}, {"groups", std::int64_t{32}}, {"pads", I{1, 1, 1, 1}}, {"bias", false}}, {wide}, 3}},
        {"conv2d", {"depthwise uneven pads", {{"filters", std::int64_t{32}}, {"groups", std::int64_t{32}}, {"kernel", I{5, 3}}, {"pads", I{0, 1, 3, 2}}}, {wide}, 2}},
        {"conv2d", {"depthwise stride 2", {{"filters", std::int64_t{32}}, {"groups", std::int64_t{32}}, {"stride", I{2, 2}}, {"pads", I{1, 1, 1, 1}}}, {wide}, 2}},
        {"conv2d", {"4 groups", {{"filters", std::int64_t{24}}, {"groups", std::int64_t{4}}}, {many}, 2}},
        {"dense", {"200 to 130", {{"units", std::int64_t{130}}}, {Shape{200}}, 5}},
        // Batches from 16 on may be multiplied the other way round.
        {"dense", {"200 to 130, 19 images", {{"units", std::int64_t{130}}}, {Shape{200}}, 19}},
        {"dense", {"33 to 9 no bias, 16 images", {{"units", std::int64_t{9}}, {"bias", false}}, {Shape{33}}, 16}},
        {"max_pool", {"20 maps", {{"kernel", I{3, 3}}, {"stride", I{2, 2}}, {"pads", I{1, 1, 1, 1}}}, {many}, 3}},
        {"avg_pool", {"20 maps", {{"kernel", I{3, 3}}, {"stride", I{2, 2}}, {"pads", I{1, 1, 1, 1}}}, {many}, 3}},
        {"global_avg_pool", {"20 maps", {}, {many}, 3}},
        {"batch_norm", {"20 maps", {}, {many}, 3}},
        {"batch_norm", {"40 maps of 96x96, group by group", {}, {Shape{40, 96, 96}}, 3}},
        {"add", {"three of 20 maps", {}, {many, many, many}, 3}},
        {"concat", {"32 and 16 maps", {}, {wide, Shape{16, 7, 7}}, 2}},
        {"concat", {"20 and 32 maps", {}, {many, Shape{32, 9, 8}}, 2}},
        {"tanh", {"20 maps", {}, {many}, 2}},
        {"sigmoid", {"20 maps", {}, {many}, 2}},
    };
}

/// The plain loops, as in training.
inline LayerCase<float> referenceCase(const LayerKind& kind, const LayerExample& example, std::int64_t batch) {
    LayerCase<float> reference(kind, example.attributes, example.inputs, batch);
    reference.training = true;
    return reference;
}

}  // namespace convolab::testing
