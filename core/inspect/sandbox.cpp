#include <algorithm>
#include <cmath>

#include "core/inspect/window_arithmetic.h"

namespace convolab {

namespace {

Error refusal(std::string message, std::string hint) {
    return {ErrorCode::InvalidArgument, std::move(message), "", std::move(hint)};
}

Status checkWindow(const Window& window) {
    if (window.strideHeight < 1 || window.strideWidth < 1) {
        return refusal("a stride of " + pairText(window.strideHeight, window.strideWidth) + " never moves on",
                       "make it 1 or more");
    }
    if (window.dilationHeight < 1 || window.dilationWidth < 1) {
        return refusal(
            "a dilation of " + pairText(window.dilationHeight, window.dilationWidth) + " is not possible",
            "make it 1 or more");
    }
    if (std::min({window.padTop, window.padLeft, window.padBottom, window.padRight}) < 0) {
        return refusal("the padding is negative", "make it 0 or more");
    }
    return {};
}

Status checkInput(const Tensor& input) {
    if (!input.shape().isImage() || input.size() == 0) {
        const bool empty = input.shape().rank() == 0 || input.size() == 0;
        return refusal("the input is " + (empty ? "empty" : input.shape().text()),
                       "give channels, rows and columns");
    }
    return {};
}

/// (maps, H', W') of the arithmetic that `mapAt` gives for each map.
template <class MapAt>
Tensor filled(const Window& window, const Shape& input, std::int64_t maps, MapAt&& mapAt) {
    Tensor result(Shape{maps, window.outputHeight(input.height()), window.outputWidth(input.width())});
    float* next = result.data();
    for (std::int64_t i = 0; i < maps; ++i) {
        const auto map = mapAt(i);
        for (std::int64_t row = 0; row < result.shape().height(); ++row) {
            for (std::int64_t column = 0; column < result.shape().width(); ++column) {
                *next++ = static_cast<float>(map.value(row, column));
            }
        }
    }
    return result;
}

MapConvolution mapOf(const ConvolutionSandbox& sandbox, std::int64_t channel) {
    const std::int64_t depth = sandbox.kernels.shape()[1];
    const float* filter = sandbox.kernels.data() + channel * depth * sandbox.window.taps();
    std::optional<double> bias;
    if (!sandbox.bias.empty()) bias = sandbox.bias[static_cast<std::size_t>(channel)];
    return {sandbox.input.view(), filter, 0, depth, sandbox.window, bias, sandbox.flipped};
}

MapPooling mapOf(const PoolingSandbox& sandbox, std::int64_t channel) {
    return {sandbox.input.view(), channel, sandbox.window, sandbox.maximum, true};
}

ValueExplanation placed(ValueExplanation explanation, std::int64_t channel, std::int64_t row,
                        std::int64_t column) {
    explanation.value = {{}, channel, row, column};
    return explanation;
}

}  // namespace

Status ConvolutionSandbox::check() const {
    CONVOLAB_RETURN_IF_ERROR(checkInput(input));
    const Shape& shape = kernels.shape();
    if (shape.rank() != 4 || kernels.size() == 0 || shape[2] != window.kernelHeight ||
        shape[3] != window.kernelWidth) {
        return refusal("the kernels are " + shape.text() + ", the window is " +
                           pairText(window.kernelHeight, window.kernelWidth),
                       "give output maps, channels, rows and columns of the window's size");
    }
    if (shape[1] != input.shape().channels()) {
        return refusal("the kernels have " + std::to_string(shape[1]) + " channels, the input has " +
                           std::to_string(input.shape().channels()),
                       "give one kernel per channel of the input");
    }
    if (!bias.empty() && static_cast<std::int64_t>(bias.size()) != shape[0]) {
        return refusal(
            std::to_string(bias.size()) + " biases for " + std::to_string(shape[0]) + " output maps",
            "give one for each, or none");
    }
    CONVOLAB_RETURN_IF_ERROR(checkWindow(window));
    const auto fits = windowOutputShape(window, input.shape(), shape[0]);
    return fits.ok() ? Status{} : Status{fits.error()};
}

Tensor ConvolutionSandbox::output() const {
    return filled(window, input.shape(), kernels.shape()[0], [&](auto map) { return mapOf(*this, map); });
}

ValueExplanation ConvolutionSandbox::explain(std::int64_t channel, std::int64_t row,
                                             std::int64_t column) const {
    return placed(mapOf(*this, channel).explain(row, column), channel, row, column);
}

Status PoolingSandbox::check() const {
    CONVOLAB_RETURN_IF_ERROR(checkInput(input));
    if (window.kernelHeight < 1 || window.kernelWidth < 1) {
        return refusal("a window of " + pairText(window.kernelHeight, window.kernelWidth) + " is empty",
                       "make it 1\u00D71 or larger");
    }
    CONVOLAB_RETURN_IF_ERROR(checkWindow(window));
    const auto fits = poolingOutputShape(window, input.shape());
    return fits.ok() ? Status{} : Status{fits.error()};
}

Tensor PoolingSandbox::output() const {
    return filled(window, input.shape(), input.shape().channels(),
                  [&](auto map) { return mapOf(*this, map); });
}

ValueExplanation PoolingSandbox::explain(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return placed(mapOf(*this, channel).explain(row, column), channel, row, column);
}

}  // namespace convolab
