#include "core/inspect/window_arithmetic.h"

#include <algorithm>
#include <cmath>

#include "core/inspect/explanation_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::size_t kWrittenTerms = 9;  // more are added up first

const float* mapOf(const View<const float>& input, std::int64_t channel) {
    return input.data + channel * input.shape.height() * input.shape.width();
}

/// What lies under the window; cells outside the input hold 0 and are marked.
NumberGrid patchOf(const View<const float>& input, std::int64_t channel, const Window& window,
                   std::int64_t row, std::int64_t column) {
    const auto taps = static_cast<std::size_t>(window.taps());
    NumberGrid patch{window.kernelHeight, window.kernelWidth, std::vector<float>(taps),
                     std::vector<bool>(taps, true)};
    const float* map = mapOf(input, channel);
    window.visitTaps(input.shape, row, column, [&](auto u, auto v, auto y, auto x) {
        const auto cell = static_cast<std::size_t>(u * window.kernelWidth + v);
        patch.values[cell] = map[y * input.shape.width() + x];
        patch.padding[cell] = false;
    });
    return patch;
}

/// The terms of the sum as far as they can be taken in: products of a single kernel, else one sum per
/// channel.
std::vector<double> writtenTerms(const ValueExplanation& explanation) {
    std::vector<double> terms;
    if (explanation.channels.size() == 1) {
        for (const float product : explanation.channels.front().products.values) {
            if (product != 0.0F) terms.push_back(product);
        }
    } else {
        for (const ChannelTerm& term : explanation.channels) terms.push_back(term.sum);
    }
    if (terms.size() > kWrittenTerms) terms = {explanation.sum};
    if (explanation.bias) terms.push_back(*explanation.bias);
    return terms;
}

std::string listText(const std::vector<double>& values) {
    std::vector<std::string> words;
    for (const double value : values) words.push_back(termText(value));
    return join(words, ", ");
}

}  // namespace

double MapConvolution::weight(std::int64_t c, std::int64_t u, std::int64_t v) const {
    const std::int64_t height = window.kernelHeight;
    const std::int64_t width = window.kernelWidth;
    const std::int64_t row = flipped ? height - 1 - u : u;
    const std::int64_t column = flipped ? width - 1 - v : v;
    return filter[(c * height + row) * width + column];
}

double MapConvolution::partialSum(std::int64_t c, std::int64_t row, std::int64_t column) const {
    const float* map = mapOf(input, firstChannel + c);
    double sum = 0.0;
    window.visitTaps(input.shape, row, column, [&](auto u, auto v, auto y, auto x) {
        sum += weight(c, u, v) * static_cast<double>(map[y * input.shape.width() + x]);
    });
    return sum;
}

double MapConvolution::value(std::int64_t row, std::int64_t column) const {
    double sum = 0.0;
    for (std::int64_t c = 0; c < depth; ++c) sum += partialSum(c, row, column);
    return sum + bias.value_or(0.0);
}

ValueExplanation MapConvolution::explain(std::int64_t row, std::int64_t column) const {
    ValueExplanation explanation;
    explanation.kind = ValueExplanation::Kind::Convolution;
    explanation.window = window;
    for (std::int64_t c = 0; c < depth; ++c) {
        ChannelTerm term;
        term.inputChannel = firstChannel + c;
        term.patch = patchOf(input, term.inputChannel, window, row, column);
        term.kernel = term.products = {window.kernelHeight, window.kernelWidth, {}, {}};
        for (std::int64_t u = 0; u < window.kernelHeight; ++u) {
            for (std::int64_t v = 0; v < window.kernelWidth; ++v) {
                const double w = weight(c, u, v);
                term.kernel.values.push_back(static_cast<float>(w));
                term.products.values.push_back(
                    static_cast<float>(w * static_cast<double>(term.patch.at(u, v))));
            }
        }
        term.sum = partialSum(c, row, column);
        explanation.sum += term.sum;
        explanation.channels.push_back(std::move(term));
    }
    explanation.bias = bias;
    explanation.result = explanation.sum + bias.value_or(0.0);
    explanation.sentence = sumText(writtenTerms(explanation)) + " = " + termText(explanation.result);
    return explanation;
}

double MapPooling::value(std::int64_t row, std::int64_t column) const {
    const float* map = mapOf(input, channel);
    double largest = -INFINITY;
    double sum = 0.0;
    std::int64_t inside = 0;
    window.visitTaps(input.shape, row, column, [&](auto, auto, auto y, auto x) {
        const double value = map[y * input.shape.width() + x];
        largest = std::max(largest, value);
        sum += value;
        ++inside;
    });
    if (maximum) return largest;
    const std::int64_t count = countPadding ? window.taps() : inside;
    return count > 0 ? sum / static_cast<double>(count) : 0.0;
}

ValueExplanation MapPooling::explain(std::int64_t row, std::int64_t column) const {
    ValueExplanation explanation;
    explanation.kind = maximum ? ValueExplanation::Kind::MaxPool : ValueExplanation::Kind::AveragePool;
    explanation.window = window;
    ChannelTerm term;
    term.inputChannel = channel;
    term.patch = patchOf(input, channel, window, row, column);
    std::vector<double> inside;
    std::size_t winner = 0;
    for (std::size_t i = 0; i < term.patch.values.size(); ++i) {
        if (term.patch.padding[i]) continue;
        inside.push_back(term.patch.values[i]);
        if (term.patch.padding[winner] || term.patch.values[i] > term.patch.values[winner]) winner = i;
        term.sum += inside.back();
    }
    explanation.result = value(row, column);
    const bool many = inside.size() > kWrittenTerms;
    if (maximum) {
        const auto at = static_cast<std::int64_t>(winner);
        const std::int64_t y =
            row * window.strideHeight + at / window.kernelWidth * window.dilationHeight - window.padTop;
        const std::int64_t x =
            column * window.strideWidth + at % window.kernelWidth * window.dilationWidth - window.padLeft;
        explanation.sum = explanation.result;
        explanation.steps = {{"row of the largest", static_cast<double>(y)},
                             {"column of the largest", static_cast<double>(x)}};
        explanation.sentence =
            "largest of " +
            (many ? withThousands(static_cast<std::int64_t>(inside.size())) + " values" : listText(inside));
    } else {
        const auto count = static_cast<double>(countPadding ? term.patch.values.size() : inside.size());
        explanation.sum = term.sum;
        explanation.steps = {{"sum", term.sum}, {"count", count}};
        explanation.sentence =
            (many ? termText(term.sum) : "(" + sumText(inside) + ")") + " / " + termText(count);
    }
    explanation.sentence += " = " + termText(explanation.result);
    explanation.channels.push_back(std::move(term));
    return explanation;
}

}  // namespace convolab
