#include <cmath>

#include "core/cpu/portable/channel_kernels.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

enum Role { kWeight, kBias };

/// Group and instance normalisation. Sums are taken channel by channel, which any layout of the maps allows, and put
/// together for each group. The workspace keeps mean and 1 / √(variance + ε) of every image and padded channel; the
/// scratch holds three rows of coefficients and two of sums like them.
class GroupNormOp final : public Op {
  public:
    explicit GroupNormOp(const OpRequest& request)
        : m_block(request.offeredBlocks.front()), m_epsilon(request.attributes.real("epsilon")) {
        const Shape& shape = request.inputs.front();
        m_channels = shape.channels();
        m_pixels = shape.height() * shape.width();
        m_padded = paddedChannels(m_channels, m_block);
        m_groups = request.kind->id == "instance_norm" ? m_channels : request.attributes.integer("groups");
        m_rows = request.maximumBatch * m_padded;
        inputBlocks = {m_block};
        outputBlock = m_block;
        implementation = "loops";
        workspaceFloats = static_cast<std::size_t>(2 * m_rows);
        scratchFloats = static_cast<std::size_t>(5 * m_rows);
    }

    void forward(const StepContext& context) override {
        float* scale = scratch->data();
        float* shift = scale + m_rows;
        float* center = scale + 2 * m_rows;
        float* sum = scale + 3 * m_rows;
        float* squares = scale + 4 * m_rows;
        eachMap(context.n, [&](std::int64_t item, std::int64_t at) {
            // A shift by the first pixel keeps the variance exact where the mean is large.
            std::copy_n(inputs[0] + at, m_block, center + item * m_block);
            channelSums(m_block, inputs[0] + at, center + item * m_block, m_pixels, sum + item * m_block, squares + item * m_block);
        });
        std::fill_n(scale, context.n * m_padded, 0.0F);
        std::fill_n(shift, context.n * m_padded, 0.0F);
        std::fill_n(mean(), context.n * m_padded, 0.0F);
        std::fill_n(inverse(), context.n * m_padded, 0.0F);
        eachGroup(context.n, [&](std::int64_t first, std::int64_t c) {
            const auto [average, variance] = statistics(first, center, sum, squares);
            const double factor = 1.0 / std::sqrt(variance + m_epsilon);
            for (std::int64_t i = 0; i < each(); ++i) {
                mean()[first + i] = static_cast<float>(average);
                inverse()[first + i] = static_cast<float>(factor);
                scale[first + i] = static_cast<float>(factor * weight(c + i));
                shift[first + i] = parameters.empty() ? 0.0F : parameters[kBias].value[c + i];
            }
        });
        eachMap(context.n, [&](std::int64_t item, std::int64_t at) {
            const std::int64_t row = item * m_block;
            channelAffine(m_block, inputs[0] + at, mean() + row, scale + row, shift + row, m_pixels, false, 0.0F, 0.0F, output + at);
        });
    }

    void backward(const StepContext& context) override {
        float* a = scratch->data();
        float* b = a + m_rows;
        float* c = a + 2 * m_rows;
        float* sum = a + 3 * m_rows;
        float* product = a + 4 * m_rows;
        eachMap(context.n, [&](std::int64_t item, std::int64_t at) {
            const std::int64_t row = item * m_block;
            channelGradientSums(m_block, inputs[0] + at, outputGradient + at, mean() + row, inverse() + row, nullptr, m_pixels, sum + row, product + row);
        });
        if (!parameters.empty() && parameters[kWeight].gradient != nullptr) parameterGradients(context.n, sum, product);
        if (inputGradients[0] == nullptr) return;
        for (float* row : {a, b, c}) std::fill_n(row, context.n * m_padded, 0.0F);
        // dx = r (g − Σ g / m − x̂ Σ g x̂ / m) with g = w dy and x̂ = (x − mean) r, written as a·dy + b·(x − mean) + c.
        eachGroup(context.n, [&](std::int64_t first, std::int64_t channel) {
            double total = 0.0, dot = 0.0;
            for (std::int64_t i = 0; i < each(); ++i) {
                total += weight(channel + i) * sum[first + i];
                dot += weight(channel + i) * product[first + i];
            }
            const double count = static_cast<double>(each() * m_pixels);
            const double r = inverse()[first];
            for (std::int64_t i = 0; i < each(); ++i) {
                a[first + i] = static_cast<float>(weight(channel + i) * r);
                b[first + i] = static_cast<float>(-r * r * dot / count);
                c[first + i] = static_cast<float>(-r * total / count);
            }
        });
        eachMap(context.n, [&](std::int64_t item, std::int64_t at) {
            const std::int64_t row = item * m_block;
            channelInputGradient(m_block, inputs[0] + at, outputGradient + at, mean() + row, a + row, b + row, c + row, nullptr, m_pixels,
                                 inputGradients[0] + at);
        });
    }

  private:
    struct Moments {
        double mean, variance;
    };

    float* mean() const { return workspace; }
    float* inverse() const { return workspace + m_rows; }
    std::int64_t each() const { return m_channels / m_groups; }
    double weight(std::int64_t channel) const { return parameters.empty() ? 1.0 : parameters[kWeight].value[channel]; }

    /// Of the group whose first channel has its values at `first`, from sums around each channel's centre.
    Moments statistics(std::int64_t first, const float* center, const float* sum, const float* squares) const {
        const double pixels = static_cast<double>(m_pixels), count = pixels * static_cast<double>(each());
        double mean = 0.0;
        for (std::int64_t i = first; i < first + each(); ++i) mean += center[i] * pixels + sum[i];
        mean /= count;
        double deviations = 0.0;
        for (std::int64_t i = first; i < first + each(); ++i) {
            const double shift = center[i] - mean;
            deviations += squares[i] + 2.0 * shift * sum[i] + shift * shift * pixels;
        }
        return {mean, std::max(0.0, deviations / count)};
    }

    void parameterGradients(std::int64_t n, const float* sum, const float* product) const {
        for (std::int64_t c = 0; c < m_channels; ++c) {
            double total = 0.0, dot = 0.0;
            for (std::int64_t image = 0; image < n; ++image) {
                total += sum[image * m_padded + c];
                dot += product[image * m_padded + c];
            }
            parameters[kBias].gradient[c] = static_cast<float>(total);
            parameters[kWeight].gradient[c] = static_cast<float>(dot);
        }
    }

    /// body(block of maps, first float of it)
    template <class Body>
    void eachMap(std::int64_t n, Body&& body) const {
        const std::int64_t blocks = m_padded / m_block;
        const std::int64_t floats = m_pixels * m_block;
        parallelFor(n * blocks, std::max<std::int64_t>(1, kElementGrain / floats), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) body(item, item * floats);
        });
    }

    /// body(place of the group's first channel in a row of coefficients, that channel)
    template <class Body>
    void eachGroup(std::int64_t n, Body&& body) const {
        for (std::int64_t image = 0; image < n; ++image) {
            for (std::int64_t g = 0; g < m_groups; ++g) body(image * m_padded + g * each(), g * each());
        }
    }

    int m_block;
    double m_epsilon;
    std::int64_t m_channels = 0, m_pixels = 0, m_padded = 0, m_groups = 1, m_rows = 0;
};

}  // namespace

std::unique_ptr<Op> makeGroupNormOp(const OpRequest& request) { return std::make_unique<GroupNormOp>(request); }

}  // namespace convolab
