#include "core/compress/sensitivity.h"

#include <algorithm>
#include <functional>

#include "core/compress/quantization/integer_network.h"
#include "core/compress/sharing/codebook.h"
#include "core/compress/weight_groups.h"
#include "core/util/text.h"

namespace convolab {

namespace {

Status checkBits(const std::vector<int>& bits) {
    for (const int each : bits) {
        if (each < kFewestBits || each > kMostBits) {
            return Error{ErrorCode::InvalidArgument, "a number of bits to try is " + std::to_string(each), {}, "give numbers from 2 to 8"};
        }
    }
    return {};
}

Status checkSparsities(const std::vector<double>& sparsities) {
    if (sparsities.empty()) return Error{ErrorCode::InvalidArgument, "no sparsity to try", {}, "give some, such as 0.5 and 0.9"};
    for (const double sparsity : sparsities) {
        if (!(sparsity >= 0.0 && sparsity < 1.0)) {
            return Error{ErrorCode::InvalidArgument, "a sparsity to try is " + formatNumber(sparsity), {}, "give shares from 0 to below 1"};
        }
    }
    return {};
}

/// The whole measurement; what was done stays when it is cancelled.
class Measurement {
  public:
    Measurement(const NetworkSpec& spec, const WeightSet& weights, const SensitivityOptions& options, QuickAccuracy& quick,
                const std::function<bool(double)>& progress, const std::function<void(const SensitivityPoint&)>& onPoint)
        : m_spec(spec), m_weights(weights), m_options(options), m_quick(quick), m_progress(progress), m_onPoint(onPoint),
          m_layers(options.bits.empty() ? prunableLayers(spec, options.granularity) : compressibleLayers(spec)),
          m_sparsities(options.sparsities), m_bits(options.bits) {
        std::ranges::sort(m_sparsities);
        std::ranges::sort(m_bits, std::greater<>());
        m_total = 1 + m_layers.size() * (m_bits.empty() ? m_sparsities.size() : m_bits.size());
    }

    Result<Sensitivity> run() {
        auto baseline = m_quick.measure(m_weights, watch());
        if (!baseline.ok()) return stopped(baseline.error());
        m_result.baseline = *baseline;
        m_done = 1;
        for (const NodeId layer : m_layers) {
            m_result.curves.push_back({layer, {}});
            const Status status = m_bits.empty() ? prune(layer) : round(layer);
            if (!status.ok()) return stopped(status.error());
        }
        if (m_progress) m_progress(1.0);
        return std::move(m_result);
    }

  private:
    std::function<bool()> watch() {
        m_batches = 0;
        return [this] {
            const double within = static_cast<double>(m_batches++) * 100.0 / static_cast<double>(std::max<std::int64_t>(m_quick.images(), 100));
            return !m_progress || m_progress((static_cast<double>(m_done) + std::min(within, 1.0)) / static_cast<double>(m_total));
        };
    }

    Status prune(NodeId layer) {
        for (const double sparsity : m_sparsities) CONVOLAB_RETURN_IF_ERROR(point(layer, sparsity));
        return {};
    }

    Status round(NodeId layer) {
        for (const int bits : m_bits) {
            CompressionPlan plan;
            plan.seed = m_options.seed;
            plan.quantization = m_options.quantization;
            plan.layers[layer] = {.bits = bits, .levels = m_options.levels};
            CONVOLAB_ASSIGN(const Codebooks codebooks, makeCodebooks(m_spec, m_weights, plan));
            CONVOLAB_ASSIGN(const WeightSet rounded, dequantizedWeights(m_spec, shared(m_weights, codebooks), plan));
            SensitivityPoint point{.layer = layer, .sparsity = 0.0, .bits = bits, .answer = {}};
            CONVOLAB_ASSIGN(point.answer, m_quick.measure(rounded, watch()));
            take(point);
        }
        return {};
    }

    void take(const SensitivityPoint& point) {
        ++m_done;
        m_result.curves.back().points.push_back(point);
        if (m_onPoint) m_onPoint(point);
    }

    Status point(NodeId layer, double sparsity) {
        const ParameterEntry& entry = *weightEntry(*m_weights.layout, layer);
        const std::int64_t groups = groupCount(entry.spec.shape, m_options.granularity);
        const std::int64_t pruned = std::min(prunedGroups(sparsity, groups), groups - 1);
        SensitivityPoint point{.layer = layer, .sparsity = static_cast<double>(pruned) / static_cast<double>(groups), .answer = {}};
        CompressionPlan plan;
        plan.criterion = m_options.criterion;
        plan.seed = m_options.seed;
        plan.layers[layer] = {.sparsity = point.sparsity, .granularity = m_options.granularity};
        CONVOLAB_ASSIGN(const Masks masks, makeMasks(m_spec, m_weights, plan));
        CONVOLAB_ASSIGN(point.answer, m_quick.measure(m_weights, masks, watch()));
        take(point);
        return {};
    }

    Result<Sensitivity> stopped(const Error& error) {
        if (error.code != ErrorCode::Cancelled) return error;
        m_result.cancelled = true;
        return std::move(m_result);
    }

    const NetworkSpec& m_spec;
    const WeightSet& m_weights;
    const SensitivityOptions& m_options;
    QuickAccuracy& m_quick;
    const std::function<bool(double)>& m_progress;
    const std::function<void(const SensitivityPoint&)>& m_onPoint;
    std::vector<NodeId> m_layers;
    std::vector<double> m_sparsities;
    std::vector<int> m_bits;
    Sensitivity m_result;
    std::size_t m_total = 1;
    std::size_t m_done = 0;
    std::int64_t m_batches = 0;
};

}  // namespace

Result<Sensitivity> measureSensitivity(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                       const SensitivityOptions& options, const std::function<bool(double)>& progress,
                                       const std::function<void(const SensitivityPoint&)>& onPoint) {
    CONVOLAB_RETURN_IF_ERROR(requirePruningCriterion(options.criterion));
    CONVOLAB_RETURN_IF_ERROR(options.bits.empty() ? checkSparsities(options.sparsities) : checkBits(options.bits));
    CONVOLAB_ASSIGN(const auto quick, QuickAccuracy::create(spec, dataset, options.images, options.seed));
    return Measurement(spec, weights, options, *quick, progress, onPoint).run();
}

}  // namespace convolab
