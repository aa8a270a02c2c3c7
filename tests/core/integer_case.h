// Random operations in integers and their inputs, for whoever has to give the plain loops' bits.
#pragma once

#include <QString>

#include <cmath>

#include "core/cpu/int8/reference.h"
#include "core/util/random.h"

namespace convolab::testing {

using namespace int8;

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : m_random(seed, RandomStreamId::Data) {}
    std::int64_t from(std::int64_t low, std::int64_t high) {
        return low + m_random.below(static_cast<std::uint32_t>(high - low + 1));
    }
    bool flip() { return from(0, 1) == 1; }
    float real(float low, float high) { return m_random.uniform(low, high); }

  private:
    RandomSequence m_random;
};

inline std::vector<std::uint8_t> randomBytes(Dice& dice, std::int64_t count) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count + kSlack));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(dice.from(0, 255));
    return bytes;
}

inline Window randomWindow(Dice& dice, bool dilated) {
    Window w;
    w.kernelHeight = dice.from(1, 5);
    w.kernelWidth = dice.from(1, 5);
    w.strideHeight = dice.from(1, 3);
    w.strideWidth = dice.from(1, 3);
    if (dilated && dice.flip()) w.dilationHeight = dice.from(1, 3);
    if (dilated && dice.flip()) w.dilationWidth = dice.from(1, 3);
    w.padTop = dice.from(0, w.kernelHeight - 1);
    w.padLeft = dice.from(0, w.kernelWidth - 1);
    w.padBottom = dice.from(0, w.kernelHeight - 1);
    w.padRight = dice.from(0, w.kernelWidth - 1);
    return w;
}

inline Shape randomImage(Dice& dice, const Window& w, std::int64_t channels) {
    return {channels, w.coveredHeight() + dice.from(0, 9), w.coveredWidth() + dice.from(0, 9)};
}

inline Shape outputOf(const Window& w, const Shape& input, std::int64_t channels) {
    return {channels, w.outputHeight(input.height()), w.outputWidth(input.width())};
}

inline Requantization randomGrid(Dice& dice, std::int64_t channels, float typicalSum) {
    Requantization to;
    for (std::int64_t c = 0; c < channels; ++c) to.multiplier.push_back(dice.real(0.2F, 2.0F) * 100.0F / typicalSum);
    to.zeroPoint = static_cast<std::int32_t>(dice.from(0, 255));
    to.high = dice.flip() ? 255 : static_cast<std::int32_t>(dice.from(to.zeroPoint, 255));
    to.low = dice.flip() ? 0 : to.zeroPoint;
    if (dice.from(0, 3) == 0) to.slope = 0.125F;
    return to;
}

// Weights of all kinds: extreme ones (two products in 16 bits would saturate), small ones, sparse ones.
inline void fillWeights(Dice& dice, std::vector<std::int8_t>& weights) {
    const std::int64_t kind = dice.from(0, 4);
    for (auto& weight : weights) {
        const std::int64_t largest = kind == 0 ? 127 : (kind == 1 ? 7 : 127);
        std::int64_t value = dice.from(-largest, largest);
        if (kind == 0) value = value < 0 ? -127 : 127;
        if (kind == 3 && dice.from(0, 3) != 0) value = 0;
        if (kind == 4) value = value < 0 ? -128 : 127;
        weight = static_cast<std::int8_t>(value);
    }
}

inline Convolution randomConvolution(Dice& dice) {
    Convolution c;
    c.window = randomWindow(dice, true);
    c.groups = dice.from(0, 2) == 0 ? dice.from(2, 6) : 1;
    std::int64_t depth = dice.from(1, 40), perGroup = dice.from(1, 40);
    if (c.groups > 1 && dice.flip()) depth = perGroup = 1;  // depthwise
    c.input = randomImage(dice, c.window, c.groups * depth);
    c.output = outputOf(c.window, c.input, c.groups * perGroup);
    c.weight.resize(static_cast<std::size_t>(c.output.channels() * depth * c.window.taps()));
    fillWeights(dice, c.weight);
    for (std::int64_t o = 0; o < c.output.channels(); ++o) c.bias.push_back(static_cast<std::int32_t>(dice.from(-5000, 5000)));
    c.inputZero = static_cast<std::int32_t>(dice.from(0, 255));
    c.requantization = randomGrid(dice, c.output.channels(), 1000.0F * std::sqrt(static_cast<float>(depth * c.window.taps())));
    c.floatOutput = dice.from(0, 4) == 0;
    return c;
}

inline Convolution randomDense(Dice& dice) {
    Convolution c;
    const std::int64_t units = dice.from(1, 70), inputs = dice.from(1, 300);
    c.input = {inputs, 1, 1};
    c.output = {units, 1, 1};
    c.weight.resize(static_cast<std::size_t>(units * inputs));
    fillWeights(dice, c.weight);
    for (std::int64_t o = 0; o < units; ++o) c.bias.push_back(static_cast<std::int32_t>(dice.from(-5000, 5000)));
    c.inputZero = static_cast<std::int32_t>(dice.from(0, 255));
    c.requantization = randomGrid(dice, units, 1000.0F * std::sqrt(static_cast<float>(inputs)));
    c.floatOutput = dice.flip();
    return c;
}

inline QString describe(const Convolution& c) {
    return QString("%1 → %2, kernel %3×%4, groups %5").arg(QString::fromStdString(c.input.text()), QString::fromStdString(c.output.text()))
        .arg(c.window.kernelHeight).arg(c.window.kernelWidth).arg(c.groups);
}

}  // namespace convolab::testing
