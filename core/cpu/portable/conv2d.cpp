#include "core/cpu/conv2d.h"

#include <algorithm>

#include "core/cpu/portable/columns.h"
#include "core/cpu/portable/gemm.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

/// Convolution as a matrix product: the windows of one image become the columns of a matrix (im2col), group by group.
/// Images are worked off one after the other, so sums over the batch have one order for any number of threads.
class PortableConv2dOp final : public Op {
  public:
    explicit PortableConv2dOp(const OpRequest& request)
        : m_geometry(request), m_columns(m_geometry), m_weights(request, m_geometry), m_slope(request.activationSlope), m_top(request.activationTop),
          m_masksGradient(m_slope && !request.activationMaskedByConsumer) {
        inputBlocks = {1};
        implementation = "im2col and blocked matrix product";
        backwardReadsOutput = m_masksGradient;
        overwritesOutputGradient = m_masksGradient;
        m_filters = m_geometry.outChannels / m_geometry.groups;
        scratchFloats = static_cast<std::size_t>(m_columns.rows * m_columns.pixels);
    }

    void bindWeights() override { m_weights.fold(*this); }

    void forward(const StepContext& context) override {
        const float* bias = m_weights.bias(*this);
        eachGroup(context.n, [&](std::int64_t image, std::int64_t group) {
            m_columns.gather(inputAt(inputs[0], image, group), scratch->data());
            float* y = outputAt(output, image, group);
            portableGemm(false, false, m_filters, m_columns.pixels, m_columns.rows, filters(m_weights.weight(*this), group),
                         scratch->data(), y, false);
            finish(y, bias == nullptr ? nullptr : bias + group * m_filters);
        });
    }

    void backward(const StepContext& context) override {
        if (m_masksGradient) {
            maskGradient(output, *m_slope, outputGradient, context.n * m_geometry.outChannels * m_columns.pixels, m_top);
        }
        float* weightGradient = parameters[0].gradient;  // null outside training
        if (weightGradient != nullptr) std::fill_n(weightGradient, m_geometry.weightCount(), 0.0F);
        eachGroup(context.n, [&](std::int64_t image, std::int64_t group) {
            const float* dy = outputAt(outputGradient, image, group);
            if (weightGradient != nullptr) {
                m_columns.gather(inputAt(inputs[0], image, group), scratch->data());
                portableGemm(false, true, m_filters, m_columns.rows, m_columns.pixels, dy, scratch->data(),
                             weightGradient + group * m_filters * m_columns.rows, true);
            }
            if (inputGradients[0] == nullptr) return;
            portableGemm(true, false, m_columns.rows, m_columns.pixels, m_filters, filters(parameters[0].value, group), dy,
                         scratch->data(), false);
            m_columns.scatter(scratch->data(), inputAt(inputGradients[0], image, group));
        });
        if (parameters.size() > 1 && weightGradient != nullptr) biasGradient(context.n);
    }

  private:
    template <class Body>
    void eachGroup(std::int64_t n, Body&& body) {
        for (std::int64_t image = 0; image < n; ++image) {
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) body(image, group);
        }
    }

    template <class T>
    T* inputAt(T* data, std::int64_t image, std::int64_t group) const {
        const Conv2dGeometry& g = m_geometry;
        return data + (image * g.inChannels + group * (g.inChannels / g.groups)) * g.inHeight * g.inWidth;
    }
    template <class T>
    T* outputAt(T* data, std::int64_t image, std::int64_t group) const {
        return data + (image * m_geometry.outChannels + group * m_filters) * m_columns.pixels;
    }
    const float* filters(const float* weight, std::int64_t group) const { return weight + group * m_filters * m_columns.rows; }

    void finish(float* y, const float* bias) const {
        if (bias == nullptr && !m_slope) return;
        for (std::int64_t o = 0; o < m_filters; ++o) {
            const float shift = bias == nullptr ? 0.0F : bias[o];
            for (std::int64_t p = o * m_columns.pixels; p < (o + 1) * m_columns.pixels; ++p) {
                const float v = y[p] + shift;
                y[p] = std::min(m_slope && v <= 0.0F ? *m_slope * v : v, m_top);
            }
        }
    }

    void biasGradient(std::int64_t n) {
        const std::int64_t channels = m_geometry.outChannels;
        parallelFor(channels, std::max<std::int64_t>(1, kElementGrain / (n * m_columns.pixels)), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t o = begin; o < end; ++o) {
                double sum = 0.0;
                for (std::int64_t image = 0; image < n; ++image) {
                    const float* dy = outputGradient + (image * channels + o) * m_columns.pixels;
                    for (std::int64_t p = 0; p < m_columns.pixels; ++p) sum += dy[p];
                }
                parameters[1].gradient[o] = static_cast<float>(sum);
            }
        });
    }

    Conv2dGeometry m_geometry;
    Columns m_columns;
    Conv2dWeights m_weights;
    std::optional<float> m_slope;
    float m_top;
    bool m_masksGradient;
    std::int64_t m_filters = 0;
};

}  // namespace

std::unique_ptr<Op> makePortableConv2dOp(const OpRequest& request) {
    if (Conv2dGeometry(request).isDepthwise()) {
        const int offered = request.offeredBlocks.front();
        return makeDepthwiseOp(request, offered > 1 ? offered : 8);
    }
    return std::make_unique<PortableConv2dOp>(request);
}

}  // namespace convolab
