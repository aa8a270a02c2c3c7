#pragma once

#include <optional>

#include "core/inspect/microscope.h"

namespace convolab {

/// One output map of a convolution, in double, tap by tap. The views belong to somebody else.
struct MapConvolution {
    View<const float> input;    ///< (C, H, W)
    const float* filter;        ///< (depth, kH, kW): the weights of this output map
    std::int64_t firstChannel;  ///< of the group
    std::int64_t depth;         ///< input channels of the group
    Window window;
    std::optional<double> bias;
    bool flipped;  ///< kernel turned by 180°: what mathematics calls a convolution

    double weight(std::int64_t c, std::int64_t u, std::int64_t v) const;
    double partialSum(std::int64_t c, std::int64_t row, std::int64_t column) const;
    /// Σ over the group plus the bias.
    double value(std::int64_t row, std::int64_t column) const;
    /// Kind, window, channels, sum, bias, result and sentence.
    ValueExplanation explain(std::int64_t row, std::int64_t column) const;
};

/// One map of a pooling.
struct MapPooling {
    View<const float> input;  ///< (C, H, W)
    std::int64_t channel;
    Window window;
    bool maximum;
    bool countPadding;  ///< average: divide by the whole window

    double value(std::int64_t row, std::int64_t column) const;
    ValueExplanation explain(std::int64_t row, std::int64_t column) const;
};

}  // namespace convolab
