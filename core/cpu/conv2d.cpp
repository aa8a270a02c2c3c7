#include "core/cpu/conv2d.h"

#include <cmath>

namespace convolab {

Conv2dGeometry::Conv2dGeometry(const OpRequest& request) {
    const Shape& in = request.inputs.front();
    const auto& kernel = request.attributes.integers("kernel");
    const auto& stride = request.attributes.integers("stride");
    const auto& dilation = request.attributes.integers("dilation");
    const auto& pads = request.attributes.integers("pads");
    inChannels = in.channels();
    inHeight = in.height();
    inWidth = in.width();
    outChannels = request.output.channels();
    outHeight = request.output.height();
    outWidth = request.output.width();
    groups = request.attributes.integer("groups");
    kernelH = kernel[0];
    kernelW = kernel[1];
    strideH = stride[0];
    strideW = stride[1];
    dilationH = dilation[0];
    dilationW = dilation[1];
    top = pads[0];
    left = pads[1];
    bottom = pads[2];
    right = pads[3];
}

Conv2dWeights::Conv2dWeights(const OpRequest& request, const Conv2dGeometry& geometry)
    : m_hasBias(request.attributes.flag("bias")), m_filters(geometry.outChannels),
      m_filterSize(geometry.weightCount() / geometry.outChannels), m_epsilon(request.foldedEpsilon) {
    if (!m_epsilon) return;
    m_weight = AlignedBuffer(static_cast<std::size_t>(m_filters * m_filterSize));
    m_bias = AlignedBuffer(static_cast<std::size_t>(m_filters));
}

void Conv2dWeights::fold(const Op& op) {
    if (!m_epsilon) return;
    const auto& norm = op.foldedParameters;
    for (std::int64_t o = 0; o < m_filters; ++o) {
        const double scale = norm[0].value[o] / std::sqrt(norm[3].value[o] + *m_epsilon);
        const double bias = m_hasBias ? op.parameters[1].value[o] : 0.0;
        m_bias.data()[o] = static_cast<float>(norm[1].value[o] + (bias - norm[2].value[o]) * scale);
        for (std::int64_t i = o * m_filterSize; i < (o + 1) * m_filterSize; ++i) {
            m_weight.data()[i] = static_cast<float>(op.parameters[0].value[i] * scale);
        }
    }
}

}  // namespace convolab
