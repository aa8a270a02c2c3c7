#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace convolab {

/// One half of a Gaussian of that width in pixels, the centre first, with weights that sum to 1 over both sides; cut off at
/// 3 · sigma, or at kMostTaps.
struct Gaussian {
    static constexpr int kMostTaps = 64;  ///< on each side of the centre

    std::array<float, kMostTaps + 1> weights{};
    int radius = 0;

    explicit Gaussian(double sigma) : radius(std::min(kMostTaps, static_cast<int>(std::ceil(3.0 * sigma)))) {
        double sum = 0.0;
        for (int i = 0; i <= radius; ++i) {
            const double weight = std::exp(-0.5 * i * i / (sigma * sigma));
            weights[static_cast<std::size_t>(i)] = static_cast<float>(weight);
            sum += i == 0 ? weight : 2.0 * weight;
        }
        for (float& weight : weights) weight = static_cast<float>(static_cast<double>(weight) / sum);
    }
};

}  // namespace convolab
