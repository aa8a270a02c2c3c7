#include "core/model/fusion.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/util/check.h"

namespace convolab {

namespace {

std::set<NodeId> neededNodes(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options) {
    std::set<NodeId> needed(options.taps.begin(), options.taps.end());
    needed.insert(lastLayer(analysis, options));
    needed.insert(analysis.input);
    for (auto id = analysis.order.rbegin(); id != analysis.order.rend(); ++id) {
        if (!needed.contains(*id)) continue;
        for (const Edge* edge : spec.edgesInto(*id)) needed.insert(edge->from.node);
    }
    return needed;
}

class Fuser {
  public:
    Fuser(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options, bool joinClipping)
        : m_spec(spec), m_options(options), m_joinClipping(joinClipping), m_needed(neededNodes(spec, analysis, options)) {
        for (const NodeId id : analysis.order) {
            if (m_needed.contains(id) && !m_absorbed.contains(id)) m_layers.push_back(startAt(id));
        }
        if ((options.training || options.differentiable) && options.fastestTier != Tier::Reference) maskInPoolings();
    }

    std::vector<FusedLayer> take() { return std::move(m_layers); }

  private:
    FusedLayer startAt(NodeId id) {
        FusedLayer layer;
        layer.node = id;
        if (m_options.fastestTier == Tier::Reference) return layer;
        const std::string& kind = m_spec.node(id)->kind;
        if (!m_options.training && !m_options.differentiable && kind == "conv2d") {
            const Node* next = onlyConsumer(id);
            if (next != nullptr && next->kind == "batch_norm") absorb(layer.batchNorm, *next);
        }
        if (kind != "conv2d" && kind != "dense" && kind != "batch_norm" && kind != "add") return layer;
        const Node* next = onlyConsumer(layer.last());
        if (next == nullptr) return layer;
        if (m_joinClipping && next->kind == "relu6" && (kind == "conv2d" || kind == "batch_norm")) {
            absorb(layer.activation, *next);
            layer.activationSlope = 0.0F;
            layer.activationTop = 6.0F;
            return layer;
        }
        const std::optional<float> slope = signKeepingSlope(*next);
        if (!slope) return layer;
        absorb(layer.activation, *next);
        layer.activationSlope = slope;
        return layer;
    }

    void absorb(std::optional<NodeId>& member, const Node& node) {
        member = node.id;
        m_absorbed.insert(node.id);
    }

    /// The layer behind `id` if nobody else sees that output.
    const Node* onlyConsumer(NodeId id) const {
        if (id == m_options.end || m_options.rounded.contains(id)) return nullptr;
        if (std::find(m_options.taps.begin(), m_options.taps.end(), id) != m_options.taps.end()) return nullptr;
        const Node* found = nullptr;
        for (const Edge* edge : m_spec.edgesOutOf(id)) {
            if (!m_needed.contains(edge->to.node)) continue;
            if (found != nullptr) return nullptr;
            found = m_spec.node(edge->to.node);
        }
        return found;
    }

    std::optional<float> signKeepingSlope(const Node& node) const {
        if (node.kind == "relu") return 0.0F;
        if (node.kind != "leaky_relu") return std::nullopt;
        const double slope = attributesOf(m_spec, node.id).real("slope");
        if (slope < 0.0) return std::nullopt;
        return static_cast<float>(slope);
    }

    void maskInPoolings() {
        for (FusedLayer& layer : m_layers) {
            if (!layer.activation || m_spec.node(layer.node)->kind != "conv2d") continue;
            if (std::isfinite(layer.activationTop)) continue;
            const Node* next = onlyConsumer(*layer.activation);
            if (next == nullptr || next->kind != "max_pool") continue;
            const auto pool = std::find_if(m_layers.begin(), m_layers.end(),
                                           [&](const FusedLayer& other) { return other.node == next->id; });
            CONVOLAB_CHECK(pool != m_layers.end(), "a pooling is never absorbed");
            layer.activationMaskedByConsumer = true;
            pool->producerSlope = layer.activationSlope;
        }
    }

    const NetworkSpec& m_spec;
    const CompileOptions& m_options;
    bool m_joinClipping;
    std::set<NodeId> m_needed;
    std::set<NodeId> m_absorbed;
    std::vector<FusedLayer> m_layers;
};

}  // namespace

NodeId lastLayer(const Analysis& analysis, const CompileOptions& options) {
    return options.end ? options.end : analysis.output;
}

Attributes attributesOf(const NetworkSpec& spec, NodeId id) {
    const Node* node = spec.node(id);
    CONVOLAB_CHECK(node != nullptr, "no such node");
    const LayerKind* kind = findLayerKind(node->kind);
    CONVOLAB_CHECK(kind != nullptr, "unknown kind " + node->kind);
    auto attributes = completeAttributes(kind->attributes, node->attributes);
    CONVOLAB_CHECK(attributes.ok(), attributes.error().sentence());
    return std::move(attributes).value();
}

std::vector<FusedLayer> fuseLayers(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options,
                                   bool joinClipping) {
    return Fuser(spec, analysis, options, joinClipping).take();
}

}  // namespace convolab
