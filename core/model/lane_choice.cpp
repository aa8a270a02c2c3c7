#include "core/model/lane_choice.h"

#include <algorithm>
#include <cmath>

#include "core/cpu/conv2d.h"
#include "core/cpu/lanes/ops.h"

namespace convolab {

namespace {

/// Work with blocks of channels, padding included, over the work that is needed: from here on lanes are faster.
constexpr double kPaddingThatPays = 1.15;

/// What may lie between the convolutions: takes image lanes, or comes behind the last map.
bool fitsIn(const std::string& kind, const Shape& input) {
    static const char* const kOnMaps[] = {"input", "max_pool", "avg_pool", "relu", "leaky_relu", "sigmoid", "tanh", "flatten"};
    if (input.isVector()) return true;
    return std::any_of(std::begin(kOnMaps), std::end(kOnMaps), [&](const char* known) { return kind == known; });
}

/// MACs of a convolution with channels in blocks. Few input channels, as images have, need no padding; but with blocks of 8
/// oneDNN can train them only as a matrix product of unfolded images, at about a quarter of the speed.
double blockedMacs(const Conv2dGeometry& g, int block, bool training) {
    constexpr double kUnfoldedCost = 4.0;
    const bool few = g.inChannels < block / 2;
    const std::int64_t in = few ? g.inChannels : paddedChannels(g.inChannels, block);
    const std::int64_t out = paddedChannels(g.outChannels, block);
    const double macs = static_cast<double>(in * out * g.kernelH * g.kernelW * g.outHeight * g.outWidth);
    return few && training && block == 8 ? kUnfoldedCost * macs : macs;
}

}  // namespace

bool prefersImageLanes(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options,
                       const std::vector<FusedLayer>& layers) {
    const int lanes = options.fastestTier == Tier::OneDnn ? imageLanes() : 0;
    if (lanes == 0 || options.maximumBatch < lanes || !options.rounded.empty()) return false;
    double useful = 0.0, blocked = 0.0;
    bool first = true;
    for (const FusedLayer& layer : layers) {
        const NodeAnalysis& shapes = *analysis.find(layer.node);
        const std::string& kind = spec.node(layer.node)->kind;
        const Shape& input = shapes.inputs.empty() ? *shapes.output : *shapes.inputs.front();
        if (kind != "conv2d") {
            if (!fitsIn(kind, input)) return false;
            continue;
        }
        if (std::isfinite(layer.activationTop)) return false;
        OpRequest request;
        request.attributes = attributesOf(spec, layer.node);
        request.inputs = {input};
        request.output = *shapes.output;
        request.backward = options.training || options.differentiable;
        request.wantInputGradient = {!first || options.inputGradient || options.differentiable};
        if (!lanesConv2dSuits(request)) return false;
        const Conv2dGeometry g(request);
        useful += static_cast<double>(g.weightCount() * g.outHeight * g.outWidth);
        blocked += blockedMacs(g, lanes, options.training);
        first = false;
    }
    return useful > 0.0 && blocked > kPaddingThatPays * useful;
}

}  // namespace convolab
