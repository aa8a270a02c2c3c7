#include "core/inspect/activations.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/inspect/image_check.h"
#include "core/util/check.h"

namespace convolab {

struct ActivationProbe::Impl {
    std::vector<NodeId> layers;
    std::unique_ptr<Model> model;
    WeightSetPtr weights;
    bool warm = false;  // has run before
};

namespace {

using Clock = std::chrono::steady_clock;

/// The only image of a batch of one.
Tensor copyOfFirst(View<const float> batch) {
    Tensor copy(
        Shape(std::vector<std::int64_t>(batch.shape.extents().begin() + 1, batch.shape.extents().end())));
    std::copy_n(batch.data, copy.size(), copy.data());
    return copy;
}

}  // namespace

std::vector<float> softmaxOf(std::span<const float> logits) {
    std::vector<float> result(logits.size());
    if (logits.empty()) return result;
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0;
    for (const float logit : logits) sum += std::exp(logit - largest);
    for (std::size_t i = 0; i < logits.size(); ++i) {
        result[i] = static_cast<float>(std::exp(logits[i] - largest) / sum);
    }
    return result;
}

ActivationProbe::ActivationProbe() : m_impl(std::make_unique<Impl>()) {}
ActivationProbe::~ActivationProbe() = default;

Result<std::unique_ptr<ActivationProbe>> ActivationProbe::create(const NetworkSpec& spec,
                                                                 std::vector<NodeId> layers, const CompileModel& compile) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    std::unique_ptr<ActivationProbe> probe(new ActivationProbe);
    CompileOptions options;
    options.maximumBatch = 1;
    options.taps = layers.empty() ? analysis.order : std::move(layers);
    probe->m_impl->layers = options.taps;
    CONVOLAB_ASSIGN(probe->m_impl->model, compile(spec, options));
    return probe;
}

Status ActivationProbe::bind(WeightSetPtr weights) {
    CONVOLAB_CHECK(weights != nullptr, "weights are needed");
    if (weights == m_impl->weights) return {};
    m_impl->weights = nullptr;
    CONVOLAB_RETURN_IF_ERROR(m_impl->model->bind(*weights));
    m_impl->weights = std::move(weights);
    return {};
}

Result<ActivationSnapshotPtr> ActivationProbe::run(View<const float> image) {
    CONVOLAB_CHECK(m_impl->weights != nullptr, "bind weights before running an image");
    Model& model = *m_impl->model;
    CONVOLAB_RETURN_IF_ERROR(requireImage(image, model.inputShape()));
    auto snapshot = std::make_shared<ActivationSnapshot>();
    snapshot->image = Tensor(image.shape);
    std::copy_n(image.data, image.size(), snapshot->image.data());
    const View<const float> batch{image.data, image.shape.withBatch(1)};
    if (!std::exchange(m_impl->warm, true)) model.forward(batch);  // threads and caches start up: not the network's time
    const auto start = Clock::now();
    model.forward(batch);
    snapshot->seconds = std::chrono::duration<double>(Clock::now() - start).count() - lastComputeWait();
    for (const NodeId layer : m_impl->layers) snapshot->outputs.emplace(layer, copyOfFirst(model.tap(layer)));
    const View<const float> logits = model.logits();
    if (logits.shape.rank() == 2) {
        snapshot->logits.assign(logits.data, logits.data + logits.size());
        if (snapshot->logits.size() > 1) snapshot->probabilities = softmaxOf(snapshot->logits);
        snapshot->predicted = static_cast<int>(
            std::max_element(snapshot->logits.begin(), snapshot->logits.end()) - snapshot->logits.begin());
    }
    snapshot->weights = m_impl->weights;
    return ActivationSnapshotPtr(std::move(snapshot));
}

std::map<NodeId, double> layerDivergence(const ActivationSnapshot& clean, const ActivationSnapshot& other) {
    std::map<NodeId, double> result;
    for (const auto& [layer, values] : clean.outputs) {
        const auto found = other.outputs.find(layer);
        if (found == other.outputs.end() || found->second.shape() != values.shape()) continue;
        double distance = 0.0;
        double norm = 0.0;
        for (std::size_t i = 0; i < values.span().size(); ++i) {
            const double value = values.span()[i];
            distance += std::pow(value - found->second.span()[i], 2);
            norm += value * value;
        }
        result[layer] = distance == 0.0 ? 0.0 : std::sqrt(distance / norm);
    }
    return result;
}

}  // namespace convolab
