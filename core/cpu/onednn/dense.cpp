#include <string_view>

#include "core/cpu/compute_team.h"
#include "core/cpu/onednn/call.h"
#include "core/cpu/onednn/ops.h"
#include "core/cpu/portable/dense.h"

namespace convolab {

namespace {

using dnnl::memory;
using onednn::at;
constexpr auto kFloat = memory::data_type::f32;

/// The product of inference models, with a second copy of the weights in the order that the library's blocked product
/// reads; the copy is made when the first batch large enough comes.
class PackedProduct {
  public:
    /// Batches below this read each weight once anyway; the plain order serves them better.
    static constexpr std::int64_t kSmallestBatch = 8;

    PackedProduct(std::int64_t in, std::int64_t out, bool bias, std::optional<float> activationSlope)
        : m_in(in), m_out(out), m_bias(bias), m_slope(activationSlope) {}

    /// False where the library has no blocked product for these sizes (AVX2). `op` has its pointers.
    bool prepare(std::int64_t n, const Op& op) {
        onednn::guarded("preparing a dense layer", [&] { m_products.use(n, [&](std::int64_t images) { return build(images, op); }); });
        return m_products.current().call.has_value();
    }

    void weightsChanged() { m_current = false; }

    /// For the batch size of the last prepare().
    void run(Scratch* scratch) {
        onednn::guarded("a dense layer", [&] {
            if (!m_current) (*m_pack)(scratch);
            m_current = true;
            (*m_products.current().call)(scratch);
        });
    }

  private:
    struct Product {
        std::int64_t n = 0;
        std::optional<onednn::Call> call;
    };

    Product build(std::int64_t n, const Op& op) {
        useComputeTeam();
        using Tag = memory::format_tag;
        const memory::desc input({n, m_in}, kFloat, Tag::ab), result({n, m_out}, kFloat, Tag::ab);
        const memory::desc bias = m_bias ? memory::desc({m_out}, kFloat, Tag::a) : memory::desc();
        const memory::desc order = m_pack ? m_weight.get_desc() : memory::desc({m_out, m_in}, kFloat, Tag::any);

        dnnl::primitive_attr attributes;
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        if (m_slope) {
            dnnl::post_ops fused;
            fused.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, *m_slope, 0.0F);
            attributes.set_post_ops(fused);
        }
        const dnnl::inner_product_forward::desc layer =
            m_bias ? dnnl::inner_product_forward::desc(dnnl::prop_kind::forward_inference, input, order, bias, result)
                   : dnnl::inner_product_forward::desc(dnnl::prop_kind::forward_inference, input, order, result);
        const dnnl::inner_product_forward::primitive_desc description(layer, attributes, onednn::engine(), true);
        Product product{n, std::nullopt};
        // Only its batched small products gain from an order of their own.
        if (description.get(true) == nullptr || std::string_view(description.impl_info_str()).find("brgemm") == std::string_view::npos) {
            return product;
        }
        const auto scratchpad = description.scratchpad_desc();
        op.scratch->require((scratchpad.get_size() + sizeof(float) - 1) / sizeof(float));
        if (!m_pack) {
            m_weight = memory(description.weights_desc(), onednn::engine());
            m_pack = onednn::makeReorder(at({{m_out, m_in}, kFloat, Tag::ab}, op.parameters[0].value), m_weight);
        }
        product.call = onednn::Call{dnnl::inner_product_forward(description),
                                    {{DNNL_ARG_SRC, at(input, op.inputs[0])}, {DNNL_ARG_WEIGHTS, m_weight},
                                     {DNNL_ARG_DST, at(result, op.output)}, {DNNL_ARG_SCRATCHPAD, at(scratchpad, nullptr)}}};
        if (m_bias) product.call->arguments.emplace(DNNL_ARG_BIAS, at(bias, op.parameters[1].value));
        return product;
    }

    std::int64_t m_in, m_out;
    bool m_bias;
    std::optional<float> m_slope;
    memory m_weight;
    std::optional<onednn::Call> m_pack;
    bool m_current = false;
    onednn::ByBatch<Product> m_products;
};

class OneDnnDenseOp final : public DenseOp {
  public:
    explicit OneDnnDenseOp(const OpRequest& request)
        : DenseOp(request, onednn::gemm), m_turns(onednn::preferredBlock() == 16) {
        tier = Tier::OneDnn;
        implementation = "sgemm";
        if (m_turns) scratchFloats = static_cast<std::size_t>(request.maximumBatch * m_out);
        if (!request.backward && request.maximumBatch >= PackedProduct::kSmallestBatch) {
            m_packed.emplace(m_in, m_out, request.attributes.flag("bias"), m_slope);
        }
    }

    void prepare(std::int64_t n) override {
        m_usesPacked = m_packed && n >= PackedProduct::kSmallestBatch && m_packed->prepare(n, *this);
    }

    void bindWeights() override {
        if (m_packed) m_packed->weightsChanged();
    }

    void forward(const StepContext& context) override {
        if (m_usesPacked) return m_packed->run(scratch);
        if (m_turns && context.n >= kTurnedBatch) return forwardTurned(context.n, scratch->data());
        DenseOp::forward(context);
    }

  private:
    /// With AVX-512, the library multiplies weight · xᵀ up to five times as fast as x · weightᵀ from this batch on.
    static constexpr std::int64_t kTurnedBatch = 16;

    bool m_turns;
    std::optional<PackedProduct> m_packed;
    bool m_usesPacked = false;
};

}  // namespace

std::unique_ptr<Op> makeOneDnnDenseOp(const OpRequest& request) { return std::make_unique<OneDnnDenseOp>(request); }

}  // namespace convolab
