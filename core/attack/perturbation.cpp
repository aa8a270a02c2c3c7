#include "core/attack/perturbation.h"

#include <algorithm>
#include <cmath>

#include "core/util/random.h"

namespace convolab {

namespace {

constexpr float kAbove = 2.0F;   // directions for nextafter, outside the box
constexpr float kBelow = -1.0F;

double distance(const float* a, const float* b, std::int64_t count) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum += difference * difference;
    }
    return std::sqrt(sum);
}

}  // namespace

AllowedRegion::AllowedRegion(const AttackSpec& spec, View<const float> clean)
    : m_norm(spec.norm), m_epsilon(spec.epsilon), m_clean(clean), m_pixels(clean.size() / clean.shape[0]) {
    if (m_norm == AttackNorm::L2) return;
    m_low = Tensor(clean.shape);
    m_high = Tensor(clean.shape);
    const auto epsilon = static_cast<float>(m_epsilon);
    for (std::int64_t i = 0; i < clean.size(); ++i) {
        // x − ε is rounded and may lie a little outside: then the next float inwards is inside.
        float low = clean[i] - epsilon;
        if (clean[i] - low > epsilon) low = std::nextafter(low, kAbove);
        float high = clean[i] + epsilon;
        if (high - clean[i] > epsilon) high = std::nextafter(high, kBelow);
        m_low.data()[i] = std::max(low, 0.0F);
        m_high.data()[i] = std::min(high, 1.0F);
    }
}

void AllowedRegion::project(View<float> images) const {
    if (m_norm == AttackNorm::L2) {
        for (std::int64_t i = 0; i < images.shape[0]; ++i) {
            projectL2(m_clean.data + i * m_pixels, images.data + i * m_pixels);
        }
        return;
    }
    const float* low = m_low.data();
    const float* high = m_high.data();
    float* values = images.data;
    const std::int64_t count = images.size();
    for (std::int64_t i = 0; i < count; ++i) values[i] = std::min(std::max(values[i], low[i]), high[i]);
}

void AllowedRegion::projectL2(const float* clean, float* image) const {
    const double length = distance(clean, image, m_pixels);
    const auto scaleTo = [&](double scale, const float* from) {
        for (std::int64_t i = 0; i < m_pixels; ++i) {
            const double r = static_cast<double>(from[i]) - static_cast<double>(clean[i]);
            image[i] = std::clamp(static_cast<float>(static_cast<double>(clean[i]) + scale * r), 0.0F, 1.0F);
        }
    };
    scaleTo(length > m_epsilon ? m_epsilon / length : 1.0, image);
    // Rounding to float can leave the result a little outside; pull it in by more and more of its own length.
    for (int bits = 23; distance(clean, image, m_pixels) > m_epsilon; --bits) {
        scaleTo(bits > 0 ? 1.0 - std::ldexp(1.0, -bits) : 0.0, image);
    }
}

void AllowedRegion::startAtRandom(View<float> images, std::uint64_t seed, std::uint64_t draw,
                                  std::span<const std::int64_t> ids) const {
    const auto epsilon = static_cast<float>(m_epsilon);
    for (std::int64_t i = 0; i < images.shape[0]; ++i) {
        RandomSequence random(seed, RandomStreamId::Attack, draw,
                              static_cast<std::uint64_t>(ids[static_cast<std::size_t>(i)]));
        const float* clean = m_clean.data + i * m_pixels;
        float* image = images.data + i * m_pixels;
        if (m_norm == AttackNorm::Linf) {
            for (std::int64_t k = 0; k < m_pixels; ++k) image[k] = clean[k] + random.uniform(-epsilon, epsilon);
            continue;
        }
        // A normal direction, and a radius whose d-th power is uniform.
        const double radius =
            m_epsilon * std::pow(static_cast<double>(random.uniform()), 1.0 / static_cast<double>(m_pixels));
        double square = 0.0;
        for (std::int64_t k = 0; k < m_pixels; ++k) {
            image[k] = random.normal();
            square += static_cast<double>(image[k]) * static_cast<double>(image[k]);
        }
        const double scale = square > 0.0 ? radius / std::sqrt(square) : 0.0;
        for (std::int64_t k = 0; k < m_pixels; ++k) {
            image[k] = static_cast<float>(static_cast<double>(clean[k]) + scale * static_cast<double>(image[k]));
        }
    }
}

void stepAlong(AttackNorm norm, View<const float> gradient, double step, View<float> images) {
    const auto length = static_cast<float>(step);
    if (norm == AttackNorm::Linf) {
        const float* g = gradient.data;
        float* values = images.data;
        const std::int64_t count = images.size();
        for (std::int64_t i = 0; i < count; ++i) {
            values[i] += g[i] > 0.0F ? length : (g[i] < 0.0F ? -length : 0.0F);
        }
        return;
    }
    const std::int64_t pixels = images.size() / images.shape[0];
    for (std::int64_t i = 0; i < images.shape[0]; ++i) {
        const float* g = gradient.data + i * pixels;
        float* values = images.data + i * pixels;
        double square = 0.0;
        for (std::int64_t k = 0; k < pixels; ++k) square += static_cast<double>(g[k]) * static_cast<double>(g[k]);
        if (!(square > 0.0) || !std::isfinite(square)) continue;
        const double scale = step / std::sqrt(square);
        for (std::int64_t k = 0; k < pixels; ++k) {
            values[k] += static_cast<float>(scale * static_cast<double>(g[k]));
        }
    }
}

PerturbationSize perturbationOf(std::span<const float> clean, std::span<const float> adversarial) {
    PerturbationSize size;
    double square = 0.0;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        size.linf = std::max(size.linf, static_cast<double>(std::abs(adversarial[i] - clean[i])));
        square += static_cast<double>(clean[i]) * static_cast<double>(clean[i]);
    }
    size.l2 = distance(clean.data(), adversarial.data(), static_cast<std::int64_t>(clean.size()));
    size.relativeL2 = square > 0.0 ? size.l2 / std::sqrt(square) : 0.0;
    return size;
}

}  // namespace convolab
