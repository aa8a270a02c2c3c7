#include <algorithm>
#include <utility>

#include "core/cpu/portable/columns.h"
#include "core/cpu/portable/gemm.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

/// The convolution that maps the output's shape to the input's: what it does backward, the transposed one does forward.
Conv2dGeometry reversed(const OpRequest& request) {
    Conv2dGeometry g(request);
    std::swap(g.inChannels, g.outChannels);
    std::swap(g.inHeight, g.outHeight);
    std::swap(g.inWidth, g.outWidth);
    return g;
}

/// Per image and group, with x (C/g, pixels) and weights (C/g, F/g · taps): columns = weightsᵀ · x, added up on the
/// output. Images are worked off one after the other, so sums over the batch have one order for any number of threads.
class ConvTranspose2dOp final : public Op {
  public:
    explicit ConvTranspose2dOp(const OpRequest& request) : m_geometry(reversed(request)), m_columns(m_geometry) {
        inputBlocks = {1};
        implementation = "blocked matrix product and col2im";
        scratchFloats = static_cast<std::size_t>(m_columns.rows * m_columns.pixels);
    }

    void forward(const StepContext& context) override {
        eachGroup(context.n, [&](std::int64_t image, std::int64_t group) {
            portableGemm(true, false, m_columns.rows, m_columns.pixels, depth(), weightsOf(group), at(inputs[0], image, group),
                         scratch->data(), false);
            m_columns.scatter(scratch->data(), mapsAt(output, image, group));
        });
        if (parameters.size() > 1) addBias(context.n);
    }

    void backward(const StepContext& context) override {
        float* weightGradient = parameters[0].gradient;  // null outside training
        if (weightGradient != nullptr) std::fill_n(weightGradient, parameters[0].shape.size(), 0.0F);
        eachGroup(context.n, [&](std::int64_t image, std::int64_t group) {
            m_columns.gather(mapsAt(outputGradient, image, group), scratch->data());
            if (weightGradient != nullptr) {
                portableGemm(false, true, depth(), m_columns.rows, m_columns.pixels, at(inputs[0], image, group), scratch->data(),
                             weightGradient + group * depth() * m_columns.rows, true);
            }
            if (inputGradients[0] == nullptr) return;
            portableGemm(false, false, depth(), m_columns.pixels, m_columns.rows, weightsOf(group), scratch->data(),
                         at(inputGradients[0], image, group), false);
        });
        if (parameters.size() > 1 && parameters[1].gradient != nullptr) biasGradient(context.n);
    }

  private:
    std::int64_t depth() const { return m_geometry.outChannels / m_geometry.groups; }  // of x
    std::int64_t plane() const { return m_geometry.inHeight * m_geometry.inWidth; }    // of y
    const float* weightsOf(std::int64_t group) const { return parameters[0].value + group * depth() * m_columns.rows; }

    template <class T>
    T* at(T* data, std::int64_t image, std::int64_t group) const {
        return data + (image * m_geometry.outChannels + group * depth()) * m_columns.pixels;
    }
    template <class T>
    T* mapsAt(T* data, std::int64_t image, std::int64_t group) const {
        return data + (image * m_geometry.inChannels + group * (m_geometry.inChannels / m_geometry.groups)) * plane();
    }

    template <class Body>
    void eachGroup(std::int64_t n, Body&& body) {
        for (std::int64_t image = 0; image < n; ++image) {
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) body(image, group);
        }
    }

    void addBias(std::int64_t n) {
        const std::int64_t filters = m_geometry.inChannels;
        parallelFor(n * filters, std::max<std::int64_t>(1, kElementGrain / plane()), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t map = begin; map < end; ++map) {
                const float shift = parameters[1].value[map % filters];
                float* y = output + map * plane();
                for (std::int64_t p = 0; p < plane(); ++p) y[p] += shift;
            }
        });
    }

    void biasGradient(std::int64_t n) {
        const std::int64_t filters = m_geometry.inChannels;
        parallelFor(filters, std::max<std::int64_t>(1, kElementGrain / (n * plane())), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t f = begin; f < end; ++f) {
                double sum = 0.0;
                for (std::int64_t image = 0; image < n; ++image) {
                    const float* dy = outputGradient + (image * filters + f) * plane();
                    for (std::int64_t p = 0; p < plane(); ++p) sum += dy[p];
                }
                parameters[1].gradient[f] = static_cast<float>(sum);
            }
        });
    }

    Conv2dGeometry m_geometry;
    Columns m_columns;
};

}  // namespace

std::unique_ptr<Op> makeConvTranspose2dOp(const OpRequest& request) { return std::make_unique<ConvTranspose2dOp>(request); }

}  // namespace convolab
