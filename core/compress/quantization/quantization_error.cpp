#include "core/compress/quantization/quantization_error.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/layers/softmax_kinds.h"
#include "core/model/dataset_fit.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 32;

/// Power of a signal and of what was added to it.
struct Powers {
    double signal = 0.0, noise = 0.0, largest = 0.0;

    void add(std::span<const float> exact, std::span<const float> rounded) {
        for (std::size_t i = 0; i < exact.size(); ++i) {
            const double error = double{exact[i]} - rounded[i];
            signal += double{exact[i]} * exact[i];
            noise += error * error;
            largest = std::max(largest, std::abs(error));
        }
    }
    double decibels() const {
        if (noise == 0.0) return std::numeric_limits<double>::infinity();
        return 10.0 * std::log10(std::max(signal, 1e-300) / noise);
    }
};

/// The same images through the exact and the rounded network.
class Comparison {
  public:
    Comparison(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan, const ActivationRanges& ranges,
               const WeightSet* exact)
        : m_spec(spec), m_weights(weights), m_before(exact != nullptr ? *exact : weights), m_plan(plan), m_ranges(ranges) {}

    Status prepare(std::int64_t batch) {
        const Analysis analysis = analyze(m_spec);
        CompileOptions options;
        options.maximumBatch = batch;
        for (const FusedLayer& layer : inferenceLayers(m_spec, analysis)) {
            const std::string& kind = m_spec.node(layer.node)->kind;
            if (kind == "output" || isSoftmax(kind) || kind == "dropout" || kind == "flatten" || kind == "max_pool") continue;
            m_layers.push_back(layer);
            options.taps.push_back(layer.last());
        }
        CONVOLAB_ASSIGN(m_exact, Model::compile(m_spec, options));
        CONVOLAB_RETURN_IF_ERROR(m_exact->bind(m_before));
        CONVOLAB_ASSIGN(m_rounded, dequantizedWeights(m_spec, m_weights, m_plan));
        if (m_plan.quantization.activationBits < kFloatBits) {
            CONVOLAB_ASSIGN(m_integers, QuantizedModel::make(m_spec, m_weights, m_plan, m_ranges,
                                                             {.maximumBatch = batch, .keepValues = true}));
        } else {
            CONVOLAB_ASSIGN(m_weightsOnly, Model::compile(m_spec, options));
            CONVOLAB_RETURN_IF_ERROR(m_weightsOnly->bind(m_rounded));
        }
        m_powers.resize(m_layers.size());
        return {};
    }

    void add(View<const float> images) {
        m_exact->forward(images);
        if (m_integers) m_integers->forward(images);
        else m_weightsOnly->forward(images);
        for (std::size_t i = 0; i < m_layers.size(); ++i) {
            const NodeId node = m_layers[i].last();
            const View<const float> exact = m_exact->tap(node);
            if (m_integers) {
                const Tensor rounded = m_integers->valueOf(node);
                m_powers[i].add(exact.span(), rounded.span());
            } else {
                m_powers[i].add(exact.span(), m_weightsOnly->tap(node).span());
            }
        }
    }

    std::vector<LayerQuantizationError> result() const {
        std::vector<LayerQuantizationError> rows;
        for (std::size_t i = 0; i < m_layers.size(); ++i) {
            LayerQuantizationError row;
            row.node = m_layers[i].node;
            row.output = m_layers[i].last();
            row.name = m_spec.node(row.node)->name;
            row.bits = m_plan.of(row.node).bits;
            row.outputSqnr = m_powers[i].decibels();
            row.outputMaxError = m_powers[i].largest;
            Powers weights;
            if (const ParameterEntry* entry = m_weights.layout->find(row.node, "weight")) {
                weights.add(m_before.values(*entry), m_rounded.values(*entry));
            }
            row.weightSqnr = weights.decibels();
            row.weightMaxError = weights.largest;
            rows.push_back(std::move(row));
        }
        return rows;
    }

  private:
    const NetworkSpec& m_spec;
    const WeightSet& m_weights;  // that are rounded
    const WeightSet& m_before;   // what they are compared with
    const CompressionPlan& m_plan;
    const ActivationRanges& m_ranges;
    WeightSet m_rounded;
    std::vector<FusedLayer> m_layers;
    std::vector<Powers> m_powers;
    std::unique_ptr<Model> m_exact, m_weightsOnly;
    std::unique_ptr<QuantizedModel> m_integers;
};

}  // namespace

Result<std::vector<LayerQuantizationError>> quantizationErrors(const NetworkSpec& spec, const WeightSet& weights,
                                                               const CompressionPlan& plan, const ActivationRanges& ranges,
                                                               const Dataset& dataset, Split split,
                                                               std::span<const std::int64_t> indices,
                                                               const std::function<bool(double)>& progress, const WeightSet* exact) {
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analyze(spec), dataset));
    const auto count = static_cast<std::int64_t>(indices.size());
    if (count == 0) return Error{ErrorCode::InvalidArgument, "no images were chosen to compare the layers on", "", "choose some"};
    const std::int64_t batch = std::min(kBatch, count);
    Comparison comparison(spec, weights, plan, ranges, exact);
    CONVOLAB_RETURN_IF_ERROR(comparison.prepare(batch));
    const Shape& shape = dataset.info().imageShape;
    const auto pixels = static_cast<std::size_t>(shape.size());
    Tensor images(shape.withBatch(batch));
    for (std::int64_t first = 0; first < count; first += batch) {
        if (progress && !progress(static_cast<double>(first) / static_cast<double>(count))) {
            return Error{ErrorCode::Cancelled, "the comparison was cancelled", {}, {}};
        }
        const std::int64_t n = std::min(batch, count - first);
        for (std::int64_t i = 0; i < n; ++i) {
            dataset.image(split, indices[static_cast<std::size_t>(first + i)],
                          images.span().subspan(static_cast<std::size_t>(i) * pixels, pixels));
        }
        comparison.add({images.data(), shape.withBatch(n)});
    }
    if (progress) progress(1.0);
    return comparison.result();
}

Result<WeightHistogram> weightHistogram(const WeightSet& weights, NodeId layer, int bits,
                                        const QuantizationSettings& settings, std::int64_t output, int bins) {
    const ParameterEntry* entry = weights.layout->find(layer, "weight");
    if (entry == nullptr) return Error{ErrorCode::NotFound, "there is no layer with weights of that number", "", ""};
    std::span<const float> values = weights.values(*entry);
    const std::int64_t outputs = entry->spec.shape[0];
    if (output >= outputs) {
        return Error{ErrorCode::InvalidArgument, "it has no output " + withThousands(output), entry->nodeName,
                     "choose one from 0 to " + withThousands(outputs - 1)};
    }
    if (output >= 0) {
        const std::size_t each = values.size() / static_cast<std::size_t>(outputs);
        values = values.subspan(static_cast<std::size_t>(output) * each, each);
    }
    WeightHistogram histogram;
    histogram.counts.assign(static_cast<std::size_t>(std::max(bins, 1)), 0);
    QuantizationSettings whole = settings;
    whole.perChannel = false;
    CONVOLAB_ASSIGN(const WeightGrids grids, weightGrids(values, 1, std::min(bits, kMostBits), whole));
    histogram.grid = grids.grids.front();
    const float limit = std::max({-std::ranges::min(values), std::ranges::max(values), histogram.limits().high});
    histogram.low = -limit;
    histogram.high = limit;
    for (const float value : values) {
        const float place = limit > 0.0F ? (value + limit) / (2.0F * limit) : 0.5F;
        const auto bin = std::min(static_cast<std::size_t>(place * static_cast<float>(histogram.counts.size())), histogram.counts.size() - 1);
        ++histogram.counts[bin];
        // The last step reaches half a step beyond the end.
        histogram.clipped += std::abs(value) > histogram.limits().high + 0.5F * histogram.grid.scale ? 1 : 0;
    }
    return histogram;
}

Result<Evaluation> quantizedAccuracy(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                     const ActivationStatistics& statistics, const Dataset& dataset, Split split,
                                     std::span<const std::int64_t> indices, const std::function<bool(double)>& progress) {
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analyze(spec), dataset));
    CONVOLAB_ASSIGN(const ActivationRanges ranges, chooseRanges(statistics, plan.quantization));
    CONVOLAB_ASSIGN(const auto model, QuantizedModel::make(spec, weights, plan, ranges, {.maximumBatch = 128}));
    return evaluateQuantized(*model, dataset, split, 0, indices, progress);
}

}  // namespace convolab
