#include "core/cpu/int8/reference.h"

#include <algorithm>
#include <cmath>

namespace convolab::int8 {

namespace {

/// One real value in steps of the output's grid, onto that grid.
std::int32_t onGrid(float steps, const Requantization& to) {
    if (steps < 0.0F) steps *= to.slope;
    const auto low = static_cast<float>(to.low - to.zeroPoint);
    const auto high = static_cast<float>(to.high - to.zeroPoint);
    return static_cast<std::int32_t>(std::nearbyint(std::clamp(steps, low, high))) + to.zeroPoint;
}

/// Calls `visit(image, row, column)` for every output pixel.
template <class Visit>
void visitPixels(std::int64_t n, const Shape& output, Visit&& visit) {
    for (std::int64_t image = 0; image < n; ++image) {
        for (std::int64_t i = 0; i < output.height(); ++i) {
            for (std::int64_t j = 0; j < output.width(); ++j) visit(image, i, j);
        }
    }
}

std::int64_t at(const Shape& shape, std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t channel) {
    return ((image * shape.height() + row) * shape.width() + column) * shape.channels() + channel;
}

}  // namespace

std::int32_t requantize(std::int64_t sum, std::int64_t channel, const Requantization& to) {
    return onGrid(static_cast<float>(sum) * to.multiplierOf(channel), to);
}

void reference(const Convolution& c, std::int64_t n, const std::uint8_t* x, void* y) {
    const std::int64_t filters = c.output.channels();
    const std::int64_t depth = c.depth();
    const std::int64_t taps = c.window.taps();
    visitPixels(n, c.output, [&](std::int64_t image, std::int64_t i, std::int64_t j) {
        for (std::int64_t o = 0; o < filters; ++o) {
            const std::int64_t firstChannel = o / (filters / c.groups) * depth;
            std::int64_t sum = c.bias[static_cast<std::size_t>(o)];
            c.window.visitTaps(c.input, i, j, [&](auto u, auto v, auto row, auto column) {
                for (std::int64_t k = 0; k < depth; ++k) {
                    const std::int64_t value = x[at(c.input, image, row, column, firstChannel + k)] - c.inputZero;
                    const std::int64_t place = (o * depth + k) * taps + u * c.window.kernelWidth + v;
                    sum += value * c.weight[static_cast<std::size_t>(place)];
                }
            });
            const std::int64_t target = at(c.output, image, i, j, o);
            if (c.floatOutput) {
                const float value = static_cast<float>(sum) * c.requantization.multiplierOf(o);
                static_cast<float*>(y)[target] = value < 0.0F ? value * c.requantization.slope : value;
            } else {
                static_cast<std::uint8_t*>(y)[target] = static_cast<std::uint8_t>(requantize(sum, o, c.requantization));
            }
        }
    });
}

void reference(const MaxPool& pool, std::int64_t n, const std::uint8_t* x, std::uint8_t* y) {
    visitPixels(n, pool.output, [&](std::int64_t image, std::int64_t i, std::int64_t j) {
        for (std::int64_t c = 0; c < pool.output.channels(); ++c) {
            std::uint8_t largest = 0;
            pool.window.visitTaps(pool.input, i, j, [&](auto, auto, auto row, auto column) {
                largest = std::max(largest, x[at(pool.input, image, row, column, c)]);
            });
            y[at(pool.output, image, i, j, c)] = largest;
        }
    });
}

void reference(const AveragePool& pool, std::int64_t n, const std::uint8_t* x, std::uint8_t* y) {
    visitPixels(n, pool.output, [&](std::int64_t image, std::int64_t i, std::int64_t j) {
        for (std::int64_t c = 0; c < pool.output.channels(); ++c) {
            std::int64_t sum = 0, inside = 0;
            pool.window.visitTaps(pool.input, i, j, [&](auto, auto, auto row, auto column) {
                sum += x[at(pool.input, image, row, column, c)] - pool.inputZero;
                ++inside;
            });
            const auto divisor = static_cast<float>(pool.countPadding ? pool.window.taps() : inside);
            const float steps = static_cast<float>(sum) * (pool.requantization.multiplierOf(0) / divisor);
            y[at(pool.output, image, i, j, c)] = static_cast<std::uint8_t>(onGrid(steps, pool.requantization));
        }
    });
}

void reference(const Add& add, std::int64_t n, const std::vector<const std::uint8_t*>& x, std::uint8_t* y) {
    for (std::int64_t i = 0; i < n * add.shape.size(); ++i) {
        float steps = 0.0F;
        for (std::size_t k = 0; k < x.size(); ++k) {
            steps += static_cast<float>(x[k][i] - add.inputZero[k]) * add.inputMultiplier[k];
        }
        y[i] = static_cast<std::uint8_t>(onGrid(steps, add.requantization));
    }
}

void reference(const Table& table, std::int64_t n, const std::uint8_t* x, std::uint8_t* y) {
    const std::int64_t channels = table.shape.channels();
    for (std::int64_t i = 0; i < n * table.shape.size(); ++i) {
        const std::int64_t row = table.perChannel() ? i % channels : 0;
        y[i] = table.entries[static_cast<std::size_t>(row * 256 + x[i])];
    }
}

void reference(const Concat& concat, std::int64_t n, const std::vector<const std::uint8_t*>& x, std::uint8_t* y) {
    visitPixels(n, concat.output, [&](std::int64_t image, std::int64_t i, std::int64_t j) {
        std::int64_t target = at(concat.output, image, i, j, 0);
        for (std::size_t k = 0; k < x.size(); ++k) {
            for (std::int64_t c = 0; c < concat.inputs[k].channels(); ++c) {
                const std::uint8_t value = x[k][at(concat.inputs[k], image, i, j, c)];
                y[target++] = concat.tables[k].empty() ? value : concat.tables[k][value];
            }
        }
    });
}

void reference(const Flatten& flatten, std::int64_t n, const std::uint8_t* x, std::uint8_t* y) {
    const Shape& shape = flatten.input;
    visitPixels(n, shape, [&](std::int64_t image, std::int64_t i, std::int64_t j) {
        for (std::int64_t c = 0; c < shape.channels(); ++c) {
            y[image * shape.size() + (c * shape.height() + i) * shape.width() + j] = x[at(shape, image, i, j, c)];
        }
    });
}

}  // namespace convolab::int8
