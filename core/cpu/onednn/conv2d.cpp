#include "core/cpu/conv2d.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/cpu/compute_team.h"
#include "core/cpu/onednn/call.h"
#include "core/cpu/onednn/ops.h"
#include "core/cpu/portable/few_channel_gradient.h"
#include "core/cpu/portable/ops.h"

namespace convolab {

namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using onednn::at;
using onednn::Call;
using onednn::makeReorder;

struct Descriptions {
    dnnl::convolution_forward::primitive_desc forward;
    dnnl::convolution_forward::primitive_desc turned;  // in place of backwardData
    dnnl::convolution_backward_data::primitive_desc backwardData;
    dnnl::convolution_backward_weights::primitive_desc backwardWeights;
    memory::desc input, output, weight, bias;  // weight: PyTorch's order
    bool usable = false;
};

/// Everything for one batch size.
struct Primitives {
    std::int64_t n = 0;
    Call forward, backwardData, backwardWeights;
    std::optional<Call> weightForward, weightBackwardData, gradientBack;
    memory privateForward, privateBackwardData, privateGradient;
    bool weightsCurrent = false;          // private copies of the weights, outside training
    bool backwardWeightsCurrent = false;
};

class OneDnnConv2dOp final : public Op {
  public:
    explicit OneDnnConv2dOp(const OpRequest& request)
        : m_geometry(request), m_weights(request, m_geometry), m_training(request.training),
          m_backward(request.backward), m_wantInputGradient(request.wantInputGradient.front()), m_slope(request.activationSlope), m_top(request.activationTop),
          m_masksGradient(m_slope && !request.activationMaskedByConsumer) {
        for (const auto& [in, out] : layouts(request.offeredBlocks.front())) {
            m_inBlock = in;
            m_outBlock = out;
            const Descriptions found = describe(request.maximumBatch);
            if (!found.usable) continue;
            m_usable = true;
            implementation = found.forward.impl_info_str();
            scratchFloats = scratchNeed(found);
            if (ownGradient()) {
                m_imageGradient.emplace(m_geometry, m_outBlock);
                scratchFloats = std::max(scratchFloats, m_imageGradient->scratchFloats(request.maximumBatch));
            }
            break;
        }
        tier = Tier::OneDnn;
        inputBlocks = {m_inBlock};
        outputBlock = m_outBlock;
        backwardReadsOutput = m_masksGradient;
        overwritesOutputGradient = m_masksGradient;
        if (m_slope) implementation += " with activation";
    }

    bool usable() const { return m_usable; }

    void prepare(std::int64_t n) override {
        onednn::guarded("preparing a convolution", [&] { m_cache.use(n, [this](std::int64_t images) { return build(images); }); });
    }

    void bindWeights() override {
        m_weights.fold(*this);
        m_imageGradientCurrent = false;
        for (Primitives& primitives : m_cache) primitives.weightsCurrent = primitives.backwardWeightsCurrent = false;
    }

    void forward(const StepContext&) override {
        onednn::guarded("a convolution", [&] {
            Primitives& now = m_cache.current();
            if (m_training || !now.weightsCurrent) {
                if (now.weightForward) (*now.weightForward)(scratch);
                now.weightsCurrent = true;
            }
            now.forward(scratch);
        });
    }

    void backward(const StepContext& context) override {
        if (m_masksGradient) {
            const std::int64_t image = paddedChannels(m_geometry.outChannels, m_outBlock) * m_geometry.outHeight * m_geometry.outWidth;
            maskGradient(output, *m_slope, outputGradient, context.n * image, m_top);
        }
        onednn::guarded("a convolution's gradient", [&] {
            Primitives& now = m_cache.current();
            if (m_training) {
                now.backwardWeights(scratch);
                if (now.gradientBack) (*now.gradientBack)(scratch);
            }
            if (inputGradients[0] == nullptr) return;
            if (m_imageGradient) return imageGradient(context.n);
            if (m_training || !now.backwardWeightsCurrent) {
                if (m_turnedWeight.size() > 0) turnKernels();
                if (now.weightBackwardData) (*now.weightBackwardData)(scratch);
            }
            now.backwardWeightsCurrent = true;
            now.backwardData(scratch);
        });
    }

  private:
    /// Layouts to try, fastest first.
    std::vector<std::pair<int, int>> layouts(int offered) const {
        const int block = onednn::preferredBlock();
        if (m_geometry.isDepthwise()) return {{block, block}};  // dense, every map would be a matrix product of its own
        if (m_geometry.groups > 1) return {{block, block}, {1, 1}};
        if (offered == 1 && m_geometry.inChannels < 8) return {{1, block}, {block, block}, {1, 1}};
        return {{block, block}, {1, 1}};
    }

    bool ownGradient() const {
        return m_backward && m_wantInputGradient && m_inBlock == 1 && FewChannelGradient::suits(m_geometry, m_outBlock);
    }

    /// Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016: F(4 × 4, 3 × 3) multiplies 4 times
    /// less often, at about ten times the rounding error of float32. The library has it for AVX-512. Its transforms pay
    /// from 32 channels on both sides and 64 tiles of 4 × 4 values on (measured: 1.5 to 2.8 times as fast).
    bool suitsWinograd(std::int64_t n) const {
        const Conv2dGeometry& g = m_geometry;
        const std::int64_t tiles = n * ((g.outHeight + 3) / 4) * ((g.outWidth + 3) / 4);
        return onednn::winogradAllowed() && m_inBlock == 16 && m_outBlock == 16 && g.groups == 1 && g.kernelH == 3 && g.kernelW == 3 && g.strideH == 1 &&
               g.strideW == 1 && g.dilationH == 1 && g.dilationW == 1 && std::min(g.inChannels, g.outChannels) >= 32 && tiles >= 64;
    }

    /// With stride 1, each map's gradient is the output gradient convolved with the kernel turned by 180°. The library's
    /// forward loops do that faster than its backward loops on maps of up to 16 × 16.
    bool turnsKernels() const {
        const Conv2dGeometry& g = m_geometry;
        return g.isDepthwise() && g.strideH == 1 && g.strideW == 1 && std::max(g.top, g.bottom) <= (g.kernelH - 1) * g.dilationH &&
               std::max(g.left, g.right) <= (g.kernelW - 1) * g.dilationW;
    }

    void turnKernels() {
        const std::int64_t taps = m_geometry.kernelH * m_geometry.kernelW;
        const float* weight = m_weights.weight(*this);
        for (std::int64_t c = 0; c < m_geometry.inChannels; ++c) {
            std::reverse_copy(weight + c * taps, weight + (c + 1) * taps, m_turnedWeight.data() + c * taps);
        }
    }

    void imageGradient(std::int64_t n) {
        if (m_training || !m_imageGradientCurrent) m_imageGradient->setWeights(m_weights.weight(*this));
        m_imageGradientCurrent = true;
        m_imageGradient->run(n, outputGradient, inputGradients[0], scratch->data());
    }

    std::size_t scratchNeed(const Descriptions& d) const {
        std::size_t bytes = d.forward.scratchpad_desc().get_size();
        if (m_training) bytes = std::max(bytes, d.backwardWeights.scratchpad_desc().get_size());
        if (d.backwardData.get(true) != nullptr) bytes = std::max(bytes, d.backwardData.scratchpad_desc().get_size());
        if (d.turned.get(true) != nullptr) bytes = std::max(bytes, d.turned.scratchpad_desc().get_size());
        return (bytes + sizeof(float) - 1) / sizeof(float);
    }

    Descriptions describe(std::int64_t n) const {
        useComputeTeam();
        const Conv2dGeometry& g = m_geometry;
        constexpr auto f32 = memory::data_type::f32;
        using Tag = memory::format_tag;
        Descriptions d;
        d.input = onednn::imageDescription(n, g.inChannels, g.inHeight, g.inWidth, m_inBlock);
        d.output = onednn::imageDescription(n, g.outChannels, g.outHeight, g.outWidth, m_outBlock);
        const memory::dims sizes =
            g.groups == 1 ? memory::dims{g.outChannels, g.inChannels, g.kernelH, g.kernelW}
                          : memory::dims{g.groups, g.outChannels / g.groups, g.inChannels / g.groups, g.kernelH, g.kernelW};
        d.weight = {sizes, f32, g.groups == 1 ? Tag::oihw : Tag::goihw};
        const memory::desc anyWeight(sizes, f32, Tag::any);
        if (m_weights.hasBias()) d.bias = {{g.outChannels}, f32, Tag::x};
        const memory::dims strides{g.strideH, g.strideW}, dilations{g.dilationH - 1, g.dilationW - 1};
        const memory::dims before{g.top, g.left}, after{g.bottom, g.right};
        dnnl::primitive_attr attributes, plain;
        plain.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        if (m_slope) {
            dnnl::post_ops fused;
            if (std::isfinite(m_top)) fused.append_eltwise(1.0F, algorithm::eltwise_clip, 0.0F, m_top);
            else fused.append_eltwise(1.0F, algorithm::eltwise_relu, *m_slope, 0.0F);
            attributes.set_post_ops(fused);
        }
        const auto& engine = onednn::engine();
        const auto good = [](const auto& description) {
            return description.get(true) != nullptr && !onednn::isReference(description.impl_info_str());
        };
        // describeBy(algorithm) makes the description; it is empty or "ref" where the library has nothing good.
        const bool winograd = suitsWinograd(n);
        const auto best = [&](const auto& describeBy) {
            if (winograd) {
                if (auto found = describeBy(algorithm::convolution_winograd); good(found)) return found;
            }
            return describeBy(algorithm::convolution_direct);
        };
        d.forward = best([&](algorithm way) -> dnnl::convolution_forward::primitive_desc {
            return {{m_backward ? prop_kind::forward_training : prop_kind::forward_inference, way, d.input, anyWeight, d.bias,
                     d.output, strides, dilations, before, after}, attributes, engine, true};
        });
        d.usable = good(d.forward);
        if (d.usable && m_training) {
            d.backwardWeights = best([&](algorithm way) -> dnnl::convolution_backward_weights::primitive_desc {
                return {{way, d.input, anyWeight, d.bias, d.output, strides, dilations, before, after}, plain, engine,
                        d.forward, true};
            });
            d.usable = good(d.backwardWeights);
        }
        if (!d.usable || !m_backward || !m_wantInputGradient || ownGradient()) return d;
        if (turnsKernels()) {
            const std::int64_t coveredH = (g.kernelH - 1) * g.dilationH, coveredW = (g.kernelW - 1) * g.dilationW;
            d.turned = {{prop_kind::forward_inference, algorithm::convolution_direct, d.output, anyWeight, d.input, strides,
                         dilations, {coveredH - g.top, coveredW - g.left}, {coveredH - g.bottom, coveredW - g.right}},
                        plain, engine, true};
            if (good(d.turned)) return d;
            d.turned = {};
        }
        d.backwardData = best([&](algorithm way) -> dnnl::convolution_backward_data::primitive_desc {
            return {{way, d.input, anyWeight, d.output, strides, dilations, before, after}, plain, engine, d.forward, true};
        });
        d.usable = good(d.backwardData);
        return d;
    }

    /// Weights as a primitive wants them: in place, or a private copy that `reorder` fills.
    memory wanted(const memory::desc& wish, const memory& plain, std::optional<Call>& reorder, memory& copy) {
        if (wish == plain.get_desc()) return plain;
        copy = memory(wish, onednn::engine());
        reorder = makeReorder(plain, copy);
        return copy;
    }

    Primitives build(std::int64_t n) {
        const Descriptions d = describe(n);
        CONVOLAB_CHECK(d.forward.get(true) != nullptr, "no convolution for this batch size");
        scratch->require(scratchNeed(d));
        Primitives p;
        p.n = n;
        const memory weight = at(d.weight, m_weights.weight(*this));
        const memory input = at(d.input, inputs[0]);
        const memory forwardWeight = wanted(d.forward.weights_desc(), weight, p.weightForward, p.privateForward);
        p.forward = {dnnl::convolution_forward(d.forward),
                     {{DNNL_ARG_SRC, input}, {DNNL_ARG_WEIGHTS, forwardWeight}, {DNNL_ARG_DST, at(d.output, output)},
                      {DNNL_ARG_SCRATCHPAD, at(d.forward.scratchpad_desc(), nullptr)}}};
        if (m_weights.hasBias()) p.forward.arguments.emplace(DNNL_ARG_BIAS, at(d.bias, m_weights.bias(*this)));
        if (!m_backward || outputGradient == nullptr) return p;

        const memory gradient = at(d.output, outputGradient);
        if (m_training) buildBackwardWeights(d, input, gradient, p);
        if (inputGradients[0] == nullptr || m_imageGradient) return p;
        if (d.turned.get(true) != nullptr) {
            if (m_turnedWeight.size() == 0) m_turnedWeight = AlignedBuffer(static_cast<std::size_t>(m_geometry.weightCount()));
            const memory turned = wanted(d.turned.weights_desc(), at(d.weight, m_turnedWeight.data()), p.weightBackwardData,
                                         p.privateBackwardData);
            p.backwardData = {dnnl::convolution_forward(d.turned),
                              {{DNNL_ARG_SRC, gradient}, {DNNL_ARG_WEIGHTS, turned},
                               {DNNL_ARG_DST, at(d.input, inputGradients[0])},
                               {DNNL_ARG_SCRATCHPAD, at(d.turned.scratchpad_desc(), nullptr)}}};
            return p;
        }
        // Backward data often wants the same order of weights as forward; then one copy serves both.
        memory backwardWeight = forwardWeight;
        if (d.backwardData.weights_desc() != d.forward.weights_desc()) {
            backwardWeight = wanted(d.backwardData.weights_desc(), weight, p.weightBackwardData, p.privateBackwardData);
        }
        p.backwardData = {dnnl::convolution_backward_data(d.backwardData),
                          {{DNNL_ARG_DIFF_DST, gradient}, {DNNL_ARG_WEIGHTS, backwardWeight},
                           {DNNL_ARG_DIFF_SRC, at(d.input, inputGradients[0])},
                           {DNNL_ARG_SCRATCHPAD, at(d.backwardData.scratchpad_desc(), nullptr)}}};
        return p;
    }

    void buildBackwardWeights(const Descriptions& d, const memory& input, const memory& gradient, Primitives& p) {
        const memory plain = at(d.weight, parameters[0].gradient);
        memory target = plain;
        if (d.backwardWeights.diff_weights_desc() != d.weight) {
            p.privateGradient = memory(d.backwardWeights.diff_weights_desc(), onednn::engine());
            target = p.privateGradient;
            p.gradientBack = makeReorder(target, plain);
        }
        p.backwardWeights = {dnnl::convolution_backward_weights(d.backwardWeights),
                             {{DNNL_ARG_SRC, input}, {DNNL_ARG_DIFF_DST, gradient}, {DNNL_ARG_DIFF_WEIGHTS, target},
                              {DNNL_ARG_SCRATCHPAD, at(d.backwardWeights.scratchpad_desc(), nullptr)}}};
        if (m_weights.hasBias()) {
            p.backwardWeights.arguments.emplace(DNNL_ARG_DIFF_BIAS, at(d.bias, parameters[1].gradient));
        }
    }

    Conv2dGeometry m_geometry;
    Conv2dWeights m_weights;
    bool m_training, m_backward, m_wantInputGradient;
    std::optional<float> m_slope;
    float m_top;  // finite: the slope is 0
    bool m_masksGradient;
    bool m_usable = false;
    std::optional<FewChannelGradient> m_imageGradient;  // in place of oneDNN's
    bool m_imageGradientCurrent = false;
    AlignedBuffer m_turnedWeight;  // empty unless turnsKernels()
    int m_inBlock = 1, m_outBlock = 1;
    onednn::ByBatch<Primitives> m_cache;
};

}  // namespace

std::unique_ptr<Op> makeOneDnnConv2dOp(const OpRequest& request) {
    std::unique_ptr<OneDnnConv2dOp> op;
    onednn::guarded("planning a convolution", [&] { op = std::make_unique<OneDnnConv2dOp>(request); });
    if (!op->usable()) return nullptr;
    return op;
}

}  // namespace convolab
