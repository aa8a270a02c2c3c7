#include "core/compress/to_dense.h"

#include <algorithm>
#include <cmath>

#include "core/compress/removable_channels.h"
#include "core/compress/weight_groups.h"
#include "core/model/model.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 64;

/// The smaller network and its weights, once it is decided which channels go.
class Thinning {
  public:
    Thinning(const NetworkSpec& spec, const Analysis& analysis, const WeightSet& weights, const ChannelMap& map,
             const ConstantChannels& constants, const RemovableChannels& channels)
        : m_spec(spec), m_analysis(analysis), m_weights(weights), m_map(map), m_constants(constants), m_channels(channels) {}

    Result<DenseNetwork> run() {
        for (const NodeId id : m_analysis.order) {
            if (const ParameterEntry* entry = filterEntry(m_spec, *m_weights.layout, id)) findFolded(id, *entry);
        }
        m_dense.spec = smallerSpec();
        const Analysis after = analyze(m_dense.spec);
        CONVOLAB_RETURN_IF_ERROR(requireComplete(m_dense.spec, after));
        fillWeights(after);
        report(after);
        return std::move(m_dense);
    }

  private:
    bool depthwise(NodeId id) const { return isDepthwise(*m_spec.node(id), *m_analysis.find(id)->inputs.front()); }

    /// What the removed channels still add to each filter, where that is anything.
    void findFolded(NodeId id, const ParameterEntry& entry) {
        if (depthwise(id)) return;
        const std::vector<int>& classes = m_map.input(id);
        const auto& constants = m_constants.at(m_spec.edgesInto(id).front()->from.node);
        const std::span<const float> weights = m_weights.values(entry);
        const auto count = static_cast<std::size_t>(entry.spec.shape[0]);
        const auto depth = static_cast<std::size_t>(entry.spec.shape[1]);
        const std::size_t taps = weights.size() / (count * depth);
        const std::size_t perGroup = count / (classes.size() / depth);
        std::vector<double> sums(count, 0.0);
        bool any = false;
        for (std::size_t f = 0; f < count; ++f) {
            for (std::size_t d = 0; d < depth; ++d) {
                const std::size_t c = f / perGroup * depth + d;
                const double value = m_channels.isRemoved(classes[c]) ? constants[c].value_or(0.0) : 0.0;
                if (value == 0.0) continue;
                for (const float weight : weights.subspan((f * depth + d) * taps, taps)) sums[f] += value * static_cast<double>(weight);
            }
            any = any || (sums[f] != 0.0 && !m_channels.isRemoved(m_map.output(id)[f]));
        }
        if (any) m_folded[id] = std::move(sums);
    }

    NetworkSpec smallerSpec() const {
        NetworkSpec spec = m_spec;
        for (const NodeId id : m_analysis.order) {
            if (filterEntry(m_spec, *m_weights.layout, id) == nullptr) continue;
            const Node& node = *m_spec.node(id);
            const auto filters = static_cast<std::int64_t>(m_channels.kept(m_map.output(id)).size());
            const auto inputs = static_cast<std::int64_t>(m_channels.kept(m_map.input(id)).size());
            const bool dense = node.kind == "dense";
            spec.setAttribute(id, dense ? "units" : "filters", filters);
            if (depthwise(id)) spec.setAttribute(id, "groups", inputs);
            const AttributeValue* stated = node.attributes.find("inputs");
            if (stated != nullptr && *stated != AttributeValue(std::int64_t{0})) spec.setAttribute(id, "inputs", inputs);
            if (m_folded.contains(id)) spec.setAttribute(id, "bias", true);
        }
        return spec;
    }

    void fillWeights(const Analysis& after) {
        WeightSet& weights = m_dense.weights;
        weights.layout = std::make_shared<const ParameterLayout>(makeParameterLayout(m_dense.spec, after));
        weights.parameters.assign(weights.layout->parameterCount, 0.0F);
        weights.statistics.assign(weights.layout->statisticCount, 0.0F);
        weights.step = m_weights.step;
        for (const ParameterEntry& entry : weights.layout->entries) {
            auto& buffer = entry.spec.trainable ? weights.parameters : weights.statistics;
            const std::span<float> target = std::span(buffer).subspan(entry.offset, static_cast<std::size_t>(entry.spec.shape.size()));
            const ParameterEntry* source = m_weights.layout->find(entry.node, entry.spec.name);
            const bool whole = entry.spec.role == ParameterRole::Weight && !hasFilters(*m_spec.node(entry.node));
            if (whole) std::ranges::copy(m_weights.values(*source), target.begin());
            else if (entry.spec.role == ParameterRole::Weight) copyFilters(*source, target);
            else copyVector(entry.node, source, target);
            if (entry.spec.role == ParameterRole::Bias && m_folded.contains(entry.node)) addFolded(entry.node, target);
        }
    }

    void copyFilters(const ParameterEntry& source, std::span<float> target) const {
        const std::span<const float> values = m_weights.values(source);
        const auto count = static_cast<std::size_t>(source.spec.shape[0]);
        const auto depth = static_cast<std::size_t>(source.spec.shape[1]);
        const std::size_t taps = values.size() / (count * depth);
        const std::vector<int>& inputs = m_map.input(source.node);
        const std::size_t perGroup = count / (inputs.size() / depth);
        const bool whole = depthwise(source.node);  // its one map per filter is the filter's own
        std::size_t written = 0;
        for (const std::int64_t kept : m_channels.kept(m_map.output(source.node))) {
            const auto f = static_cast<std::size_t>(kept);
            for (std::size_t d = 0; d < depth; ++d) {
                if (!whole && m_channels.isRemoved(inputs[f / perGroup * depth + d])) continue;
                std::ranges::copy(values.subspan((f * depth + d) * taps, taps), target.begin() + static_cast<std::ptrdiff_t>(written));
                written += taps;
            }
        }
        CONVOLAB_CHECK(written == target.size(), "weights lost in " + source.nodeName);
    }

    /// One value per output channel: biases, all of batch norm, slopes. A bias that is new begins at 0. Other tensors
    /// belong to the whole layer (one slope for all) or to one whose channels all stay.
    void copyVector(NodeId node, const ParameterEntry* source, std::span<float> target) const {
        if (source == nullptr) return;
        if (source->spec.shape.size() != static_cast<std::int64_t>(m_map.output(node).size())) {
            const std::span<const float> values = m_weights.values(*source);
            CONVOLAB_CHECK(values.size() == target.size(), "weights lost in " + source->nodeName);
            std::ranges::copy(values, target.begin());
            return;
        }
        const std::vector<std::int64_t> kept = m_channels.kept(m_map.output(node));
        CONVOLAB_CHECK(kept.size() == target.size(), "channels lost in " + source->nodeName);
        for (std::size_t i = 0; i < kept.size(); ++i) target[i] = m_weights.values(*source)[static_cast<std::size_t>(kept[i])];
    }

    void addFolded(NodeId node, std::span<float> bias) {
        const std::vector<std::int64_t> kept = m_channels.kept(m_map.output(node));
        const std::vector<double>& sums = m_folded.at(node);
        for (std::size_t i = 0; i < kept.size(); ++i) {
            bias[i] = static_cast<float>(static_cast<double>(bias[i]) + sums[static_cast<std::size_t>(kept[i])]);
        }
        m_dense.foldedInto.push_back(node);
    }

    void report(const Analysis& after) {
        for (const NodeId id : m_analysis.order) {
            const ParameterEntry* entry = filterEntry(m_spec, *m_weights.layout, id);
            if (entry == nullptr) continue;
            const Cost& before = m_analysis.find(id)->cost;
            const Cost& now = after.find(id)->cost;
            m_dense.layers.push_back({.node = id,
                                      .filtersBefore = entry->spec.shape[0],
                                      .filtersAfter = after.find(id)->output->channels(),
                                      .parametersBefore = before.parameters,
                                      .parametersAfter = now.parameters,
                                      .macsBefore = before.macs,
                                      .macsAfter = now.macs});
            reportHeld(id, *entry);
        }
        m_dense.parametersBefore = m_analysis.total.parameters;
        m_dense.parametersAfter = after.total.parameters;
        m_dense.macsBefore = m_analysis.total.macs;
        m_dense.macsAfter = after.total.macs;
    }

    void reportHeld(NodeId id, const ParameterEntry& entry) {
        const GroupedWeights filters{.layer = id, .weights = m_weights.values(entry), .groupSize = groupSize(entry.spec.shape, Granularity::Filter)};
        const std::vector<int>& classes = m_map.output(id);
        const std::size_t first = m_dense.held.size();
        for (std::int64_t f = 0; f < filters.groups(); ++f) {
            const int channel = classes[static_cast<std::size_t>(f)];
            if (m_channels.isRemoved(channel) || std::ranges::any_of(filters.group(f), [](float w) { return w != 0.0F; })) continue;
            std::string reason = m_channels.reasons[static_cast<std::size_t>(channel)];
            if (reason.empty()) reason = "its bias or what comes behind it still depends on the image";
            const auto known = std::find_if(m_dense.held.begin() + static_cast<std::ptrdiff_t>(first), m_dense.held.end(),
                                            [&](const DenseNetwork::Held& held) { return held.reason == reason; });
            if (known != m_dense.held.end()) ++known->filters;
            else m_dense.held.push_back({id, 1, std::move(reason)});
        }
    }

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    const WeightSet& m_weights;
    const ChannelMap& m_map;
    const ConstantChannels& m_constants;
    const RemovableChannels& m_channels;
    std::map<NodeId, std::vector<double>> m_folded;
    DenseNetwork m_dense;
};

Result<std::unique_ptr<Model>> boundModel(const NetworkSpec& spec, const WeightSet& weights, std::int64_t batch) {
    CompileOptions options;
    options.maximumBatch = batch;
    CONVOLAB_ASSIGN(std::unique_ptr<Model> model, Model::compile(spec, options));
    CONVOLAB_RETURN_IF_ERROR(model->bind(weights));
    return model;
}

}  // namespace

std::int64_t DenseNetwork::filtersRemoved() const {
    std::int64_t removed = 0;
    for (const Layer& layer : layers) removed += layer.filtersBefore - layer.filtersAfter;
    return removed;
}

Result<DenseNetwork> toDense(const NetworkSpec& spec, const WeightSet& weights, const Masks& masks) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, makeParameterLayout(spec, analysis)));
    if (masks.keep.size() != weights.parameters.size()) {
        return Error{ErrorCode::ShapeMismatch, "the masks belong to another network", {}, "make them for these weights"};
    }
    const WeightSet pruned = masked(weights, masks);
    const ChannelMap map(spec, analysis);
    CONVOLAB_ASSIGN(const ConstantChannels constants, constantChannels(spec, analysis, pruned));
    const RemovableChannels channels = removableChannels(spec, analysis, map, constants, pruned);
    return Thinning(spec, analysis, pruned, map, constants, channels).run();
}

Result<double> maxAbsDifference(const NetworkSpec& a, const WeightSet& weightsA, const NetworkSpec& b, const WeightSet& weightsB,
                                View<const float> images) {
    const std::int64_t count = images.shape[0];
    const std::int64_t pixels = count > 0 ? images.size() / count : 0;
    const std::int64_t batch = std::clamp(count, std::int64_t{1}, kBatch);
    CONVOLAB_ASSIGN(const auto modelA, boundModel(a, weightsA, batch));
    CONVOLAB_ASSIGN(const auto modelB, boundModel(b, weightsB, batch));
    double largest = 0.0;
    for (std::int64_t first = 0; first < count; first += batch) {
        Shape shape = images.shape;
        shape[0] = std::min(batch, count - first);
        const View<const float> part{images.data + first * pixels, shape};
        modelA->forward(part);
        modelB->forward(part);
        const View<const float> x = modelA->logits();
        const View<const float> y = modelB->logits();
        CONVOLAB_CHECK(x.shape == y.shape, "networks with different outputs");
        for (std::int64_t i = 0; i < x.size(); ++i) {
            const double difference = std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i]));
            // Written so that NaN counts as a difference.
            if (!(difference <= largest)) largest = difference;
        }
    }
    return largest;
}

}  // namespace convolab
