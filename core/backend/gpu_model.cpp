#include "core/backend/gpu_model.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "core/backend/gpu_description.h"
#include "core/backend/gpu_session.h"
#include "core/backend/gpu_text.h"
#include "core/backend/gpu_update.h"
#include "core/backend/held_data.h"
#include "core/model/fusion.h"
#include "core/model/option_check.h"
#include "core/model/output_targets.h"
#include "core/util/check.h"
#include "core/util/device_lost.h"
#include "core/util/random.h"

namespace convolab {

namespace {

Status checkForDevice(const CompileOptions& options, const GpuSettings& settings) {
    if (!options.inputGradient) return {};
    if (settings.ordinals.size() > 1) return Error{ErrorCode::Unsupported, "several GPUs together do not give the gradient of the images", {}, "use one GPU"};
    const bool mixed = settings.precision == kGpuBf16 || settings.precision == kGpuFp16;
    return mixed ? Error{ErrorCode::Unsupported, "a training in mixed precision does not give the gradient of the images", {}, "use float32"} : Status{};
}

/// Models to look into, and to attack: on one device, with the numbers that the processor would have.
bool isInspected(const CompileOptions& options) { return options.differentiable || !options.taps.empty(); }

Status requireShares(const std::vector<int>& ordinals, std::int64_t batch) {
    const auto gpus = static_cast<std::int64_t>(ordinals.size());
    for (const int ordinal : ordinals) {
        if (std::ranges::count(ordinals, ordinal) > 1) {
            return Error{ErrorCode::InvalidArgument, "GPU " + std::to_string(ordinal) + " is named twice", {}, "name each GPU once"};
        }
    }
    if (batch >= gpus) return {};
    return Error{ErrorCode::InvalidArgument, "a batch of " + std::to_string(batch) + (batch == 1 ? " image" : " images") + " is too small for " + std::to_string(gpus) + " GPUs, which share it",
                 {}, "use batches of " + std::to_string(gpus) + " images or more, or fewer GPUs"};
}

class SessionModel final : public GpuModel, public TakesOutputTargets {
  public:
    SessionModel(const ConvolabGpuModule& module, GpuSessionPointer session, const NetworkSpec& spec, const Analysis& analysis, CompileOptions options,
                 std::shared_ptr<const ParameterLayout> layout, const ConvolabGpuNetwork& network, ConvolabGpuPrecision precision, bool ahead)
        : m_calls(module.session),
          m_session(std::move(session)),
          m_data(m_calls, m_session.get()),
          m_options(std::move(options)),
          m_layout(std::move(layout)),
          m_inputShape(*analysis.inputShape),
          m_outputShape(*analysis.find(lastLayer(analysis, m_options))->output),
          m_scoresShape(*analysis.find(NodeId{static_cast<std::int32_t>(network.ops[network.lossOp].node)})->output),
          m_classes(network.classes),
          m_scalesLoss(m_options.training && precision == kGpuFp16),
          m_inspector(module.inspection, m_session.get(), analysis, m_options, [this](const GpuInspector::Call& call) { require(call); }),
          m_ahead(ahead),
          m_parameters(m_layout->parameterCount),
          m_statistics(m_layout->statisticCount),
          m_gradients(m_options.training ? m_layout->parameterCount : 0),
          m_output(static_cast<std::size_t>(m_options.maximumBatch * m_outputShape.size())),
          m_scores(static_cast<std::size_t>(m_options.maximumBatch * m_classes)) {
        for (std::int32_t i = 0; i < network.opCount; ++i) m_nodes.push_back(NodeId{static_cast<std::int32_t>(network.ops[i].node)});
        for (const NodeId id : m_nodes) {
            if (m_names.empty() || m_names.back().first != id) m_names.emplace_back(id, spec.node(id)->name);
            if (spec.node(id)->kind == "input") m_inputNode = id;
        }
        const Status bound = bind(initialWeights(spec, analysis, m_options.seed));
        CONVOLAB_CHECK(bound.ok(), bound.error().sentence());
    }

    const std::shared_ptr<const ParameterLayout>& layout() const override { return m_layout; }
    const Shape& inputShape() const override { return m_inputShape; }
    const Shape& outputShape() const override { return m_outputShape; }
    const CompileOptions& options() const override { return m_options; }
    std::size_t arenaBytes() const override { return m_calls.bytes(m_session.get()); }

    std::vector<LayerPlan> plan() const override {
        std::vector<LayerPlan> rows;
        for (const auto& [node, name] : m_names) {
            const bool noted = node == m_inputNode && !m_data.note().empty();
            rows.push_back({node, name, Tier::Reference, noted ? "CUDA, " + m_data.note() : "CUDA"});
        }
        return rows;
    }

    std::span<float> parameters() override {
        fetchParameters();
        m_weightsChanged = true;
        return m_parameters.span();
    }
    std::span<float> statistics() override {
        fetchStatistics();
        m_weightsChanged = true;
        return m_statistics.span();
    }
    std::span<float> gradients() override {
        if (std::exchange(m_gradientsBehind, false)) require([&](auto* failure) { return m_calls.readGradients(m_session.get(), m_gradients.data(), failure); });
        return m_gradients.span();
    }

    Status bind(const WeightSet& weights) override {
        CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, *m_layout));
        bind(weights.parameters, weights.statistics);
        return {};
    }
    void bind(std::span<const float> values, std::span<const float> running) override {
        CONVOLAB_CHECK(values.size() == m_parameters.size() && running.size() == m_statistics.size(), "weights do not fill their layout");
        std::ranges::copy(values, m_parameters.data());
        std::ranges::copy(running, m_statistics.data());
        m_statisticsBehind = m_parametersBehind = false;
        m_weightsChanged = true;
    }
    WeightSet copyWeights(std::int64_t step) const override {
        fetchParameters();
        fetchStatistics();
        WeightSet weights;
        weights.layout = m_layout;
        weights.parameters.assign(m_parameters.span().begin(), m_parameters.span().end());
        weights.statistics.assign(m_statistics.span().begin(), m_statistics.span().end());
        weights.step = step;
        return weights;
    }

    void setLossTargets(LossTargets targets) override {
        const float* weights = targets.classWeights.empty() ? nullptr : targets.classWeights.data();
        require([&](auto* failure) { return m_calls.setTargets(m_session.get(), targets.smoothing, weights, failure); });
    }

    void setOutputTargets(std::vector<float> rows) override {
        CONVOLAB_CHECK(rows.size() % static_cast<std::size_t>(m_classes) == 0, "targets are not a row of outputs per label");
        const std::int64_t labels = static_cast<std::int64_t>(rows.size()) / m_classes;
        require([&](auto* failure) { return m_calls.setOutputTargets(m_session.get(), rows.empty() ? nullptr : rows.data(), labels, failure); });
        m_labelCount = rows.empty() ? m_classes : labels;
    }

    LossResult trainStep(View<const float> images, std::span<const int> labels, std::uint64_t step) override { return train(images, labels, step, nullptr, nullptr); }
    LossResult trainStep(View<const float> images, std::span<const int> labels, std::uint64_t step, const ConvolabGpuUpdate& update) override {
        return train(images, labels, step, &update, nullptr);
    }
    GpuTimedStep timedTrainStep(View<const float> images, std::span<const int> labels, std::uint64_t step, const ConvolabGpuUpdate* update) override {
        GpuTimedStep timed = untimed();
        timed.result = train(images, labels, step, update, &timed);
        return timed;
    }
    GpuTimedStep timedEvaluate(View<const float> images, std::span<const int> labels) override {
        GpuTimedStep timed = untimed();
        takeLabels(images, labels);
        sendWeights();
        timed.result = runTimed(images, nullptr, nullptr, timed);
        return timed;
    }

    void stage(View<const float> images, std::span<const int> labels, std::uint64_t step, const ConvolabGpuUpdate* update) override {
        CONVOLAB_CHECK(m_options.training, "stage needs a model that was compiled for training");
        takeLabels(images, labels);
        sendWeights();
        const auto key = randomKey(m_options.seed, RandomStreamId::Dropout, step);
        requireOn(images, [&](const float* pixels, auto* failure) { return m_calls.stage(m_session.get(), pixels, m_labels.data(), images.shape[0], key.data(), update, failure); });
        m_stagedUpdates = update != nullptr;
        m_stagedCount = images.shape[0];
    }
    bool stages() const override { return m_ahead; }
    void stageUpdate(View<const float> images, std::span<const int> labels, std::uint64_t step, const OptimizerSpec& optimizer, double rate,
                     double weightDecay, std::int64_t number) override {
        const ConvolabGpuUpdate update = describeGpuUpdate(optimizer, rate, weightDecay, number).value();
        stage(images, labels, step, &update);
    }
    void start() override {
        sendWeights();
        require([&](auto* failure) { return m_calls.start(m_session.get(), failure); });
        m_startedCounts.push_back(m_stagedCount);
        m_gradientsBehind = true;
        m_parametersBehind = m_parametersBehind || (m_stagedUpdates && m_parameters.size() > 0);
        m_statisticsBehind = m_statistics.size() > 0;
    }
    LossResult finish() override {
        ConvolabGpuLoss loss{};
        require([&](auto* failure) { return m_calls.finish(m_session.get(), &loss, failure); });
        const std::int64_t count = m_startedCounts.front();
        m_startedCounts.pop_front();
        m_skipped = loss.skipped != 0;
        return {loss.loss, loss.correct, count};
    }

    std::vector<ValueSummary> summaries(std::span<const ValueSlice> slices) override {
        sendWeights();
        return m_inspector.summaries(slices);
    }
    std::vector<std::int64_t> histogram(const ValueSlice& slice, std::span<const float> edges) override {
        sendWeights();
        return m_inspector.histogram(slice, edges);
    }
    std::vector<std::uint8_t> activeChannels(NodeId tap) override { return m_inspector.activeChannels(tap); }

    std::string attachTexture(std::uint32_t texture, std::uint32_t target) override { return m_inspector.attachTexture(texture, target); }
    void detachTexture(std::uint32_t texture) override { m_inspector.detachTexture(texture); }
    bool drawMaps(NodeId tap, const MapPicture& picture, std::uint32_t texture, std::span<float> pixels) override {
        return m_inspector.drawMaps(tap, picture, texture, pixels);
    }

    bool canAscend() const override { return m_options.differentiable || (m_options.inputGradient && m_options.loss == LossKind::CrossEntropy); }
    void beginAscent(const AscentRequest& request) override {
        takeLabels(request.clean, request.classes);
        sendWeights();
        m_n = request.clean.shape[0];
        m_inspector.beginAscent(request, m_labels);
    }
    void ascend() override { m_inspector.ascend(); }
    void readAscent(View<float> images, std::span<std::uint8_t> sawGradient) override { m_inspector.readAscent(images, sawGradient); }
    void keepAscended() override { m_trainsOnAscent = true; }

    bool knows(const OptimizerSpec& optimizer) const override { return describeGpuUpdate(optimizer, 0.0, 0.0, 1).ok(); }
    LossResult trainAndUpdate(View<const float> images, std::span<const int> labels, std::uint64_t step, const OptimizerSpec& optimizer, double rate,
                              double weightDecay, std::int64_t number) override {
        return trainStep(images, labels, step, describeGpuUpdate(optimizer, rate, weightDecay, number).value());
    }

    Posted postWeights(std::int64_t step) override {
        sendWeights();
        ConvolabGpuPosted posted = kGpuNotPosted;
        require([&](auto* failure) { return m_calls.postWeights(m_session.get(), step, &posted, failure); });
        return posted == kGpuPosted ? Posted::Yes : posted == kGpuOneIsComing ? Posted::OneIsComing : Posted::No;
    }
    std::optional<WeightSet> takeWeights() override {
        if (!m_room) {
            m_room.emplace().layout = m_layout;
            m_room->parameters.resize(m_parameters.size());
            m_room->statistics.resize(m_statistics.size());
        }
        require([&](auto* failure) { return m_calls.takeWeights(m_session.get(), &m_room->step, m_room->parameters.data(), m_room->statistics.data(), failure); });
        return m_room->step < 0 ? std::nullopt : std::exchange(m_room, std::nullopt);
    }

    void writeOptimizerState(std::span<const float> state) override {
        require([&](auto* failure) { return m_calls.writeState(m_session.get(), state.data(), static_cast<std::int64_t>(state.size()), failure); });
    }
    void readOptimizerState(std::span<float> state) const override {
        require([&](auto* failure) { return m_calls.readState(m_session.get(), state.data(), static_cast<std::int64_t>(state.size()), failure); });
    }

    void keepData(DatasetPtr dataset, const std::vector<AugmentationSpec>& augmentations, std::uint64_t seed) override {
        CONVOLAB_CHECK(dataset->info().imageShape == m_inputShape, "the data set has other images than the network's input");
        require([&](auto* failure) { return m_data.keep(std::move(dataset), augmentations, seed, failure); });
    }
    bool makesBatches(bool augmented) const override { return !m_lost && m_data.makesBatches(augmented); }
    std::string dataNote() const override { return m_data.note(); }
    void chooseImages(const ChosenImages& chosen) override {
        require([&](auto* failure) { return m_data.choose(chosen, failure); });
    }

    bool scalesLoss() const override { return m_scalesLoss; }
    bool skippedStep() const override { return m_skipped; }
    LossScaling lossScaling() const override {
        ConvolabGpuLossScaling scaling{};
        require([&](auto* failure) { return m_calls.readLossScaling(m_session.get(), &scaling, failure); });
        return {static_cast<double>(scaling.scale), scaling.goodSteps, scaling.skippedSteps};
    }
    void setLossScaling(const LossScaling& scaling) override {
        const ConvolabGpuLossScaling there{static_cast<float>(scaling.scale), static_cast<std::int32_t>(scaling.goodSteps), scaling.skippedSteps};
        require([&](auto* failure) { return m_calls.writeLossScaling(m_session.get(), &there, failure); });
    }

    View<const float> forward(View<const float> images) override {
        checkBatch(images);
        m_trainsOnAscent = false;
        sendWeights();
        m_n = images.shape[0];
        requireOn(images, [&](const float* pixels, auto* failure) {
            return m_calls.evaluate(m_session.get(), pixels, nullptr, m_n, nullptr, m_output.data(), m_scores.data(), failure);
        });
        m_inspector.evaluated(m_n);
        return {m_output.data(), m_outputShape.withBatch(m_n)};
    }
    View<const float> logits() const override { return {m_scores.data(), m_scoresShape.withBatch(m_n)}; }

    LossResult evaluate(View<const float> images, std::span<const int> labels) override {
        takeLabels(images, labels);
        sendWeights();
        m_n = images.shape[0];
        ConvolabGpuLoss loss{};
        requireOn(images, [&](const float* pixels, auto* failure) {
            return m_calls.evaluate(m_session.get(), pixels, m_labels.data(), m_n, &loss, m_output.data(), m_scores.data(), failure);
        });
        m_inspector.evaluated(m_n);
        return {loss.loss, loss.correct, m_n};
    }

    View<const float> tap(NodeId node) const override { return m_inspector.tap(node); }
    void backward(View<const float> logitsGradient) override {
        CONVOLAB_CHECK(m_options.differentiable, "backward needs a differentiable model");
        CONVOLAB_CHECK(m_n > 0 && logitsGradient.shape == logits().shape,
                       "the logits are " + logits().shape.text() + ", their gradient is " + logitsGradient.shape.text());
        m_inspector.backward(logitsGradient);
    }
    View<const float> inputGradient() const override { return m_inspector.imageGradient(); }
    View<const float> tapGradient(NodeId node) const override { return m_inspector.tapGradient(node); }

  private:
    /// After a failure the device's memory is gone; what main memory holds can still be read. Too little memory leaves all as it was.
    template <class Call>
    void require(Call&& call) const {
        if (m_lost) throw DeviceLost(*m_lost);
        ConvolabGpuFailure failure{};
        if (call(&failure) != 0) return;
        const Error error = gpuFailure(failure, m_options.maximumBatch);
        if (failure.state == kGpuOutOfMemory) throw DeviceLost(error);
        m_lost = error;
        m_parametersBehind = m_statisticsBehind = m_gradientsBehind = false;
        throw DeviceLost(*m_lost);
    }

    /// A call with what its images are: null where the device makes them. Should they be gone, they are made here.
    template <class Call>
    void requireOn(const View<const float>& images, Call&& call) {
        const float* pixels = images.data == nullptr && !m_data.chosenIsThere() ? m_data.makeHere() : images.data;
        require([&](ConvolabGpuFailure* failure) -> std::int32_t {
            if (call(pixels, failure) != 0) return 1;
            if (failure->state != kGpuNoImages) return 0;
            m_data.dropped();
            return call(m_data.makeHere(), failure);
        });
    }

    LossResult train(View<const float> images, std::span<const int> labels, std::uint64_t step, const ConvolabGpuUpdate* update, GpuTimedStep* timed) {
        CONVOLAB_CHECK(m_options.training, "trainStep needs a model that was compiled for training");
        takeLabels(images, labels);
        sendWeights();
        const auto key = randomKey(m_options.seed, RandomStreamId::Dropout, step);
        LossResult result;
        if (timed != nullptr) {
            result = runTimed(images, key.data(), update, *timed);
        } else {
            ConvolabGpuLoss loss{};
            const bool onAscent = std::exchange(m_trainsOnAscent, false);
            requireOn(images, [&](const float* pixels, auto* failure) {
                const auto call = onAscent ? m_inspector.calls().trainOnAscent : m_calls.trainStep;
                return call(m_session.get(), pixels, m_labels.data(), images.shape[0], key.data(), update, &loss, failure);
            });
            m_skipped = loss.skipped != 0;
            result = {loss.loss, loss.correct, images.shape[0]};
        }
        m_gradientsBehind = true;
        m_inspector.trained(result.count);
        m_parametersBehind = m_parametersBehind || (update != nullptr && m_parameters.size() > 0);
        m_statisticsBehind = m_statistics.size() > 0;
        return result;
    }

    GpuTimedStep untimed() const { return {.result = {}, .times = {}, .nodes = m_nodes, .layers = std::vector<ConvolabGpuLayerTimes>(m_nodes.size())}; }

    LossResult runTimed(View<const float> images, const std::uint32_t* dropoutKey, const ConvolabGpuUpdate* update, GpuTimedStep& timed) {
        ConvolabGpuLoss loss{};
        requireOn(images, [&](const float* pixels, auto* failure) {
            return m_calls.timedStep(m_session.get(), pixels, m_labels.data(), images.shape[0], dropoutKey, update, &loss, &timed.times, timed.layers.data(), failure);
        });
        if (dropoutKey != nullptr) m_skipped = loss.skipped != 0;
        return {loss.loss, loss.correct, images.shape[0]};
    }

    void fetchParameters() const {
        if (!std::exchange(m_parametersBehind, false)) return;
        require([&](auto* failure) { return m_calls.readParameters(m_session.get(), m_parameters.data(), failure); });
    }

    void fetchStatistics() const {
        if (!std::exchange(m_statisticsBehind, false)) return;
        require([&](auto* failure) { return m_calls.readStatistics(m_session.get(), m_statistics.data(), failure); });
    }

    void sendWeights() {
        if (!m_weightsChanged) return;
        fetchParameters();
        fetchStatistics();
        require([&](auto* failure) { return m_calls.writeWeights(m_session.get(), m_parameters.data(), m_statistics.data(), failure); });
        m_weightsChanged = false;
    }

    void checkBatch(const View<const float>& images) const {
        const std::int64_t n = images.shape[0];
        CONVOLAB_CHECK(n >= 1 && n <= m_options.maximumBatch, "the batch is empty or larger than the model was compiled for");
        CONVOLAB_CHECK(images.size() == n * m_inputShape.size(), "the images have another shape than the network's input");
        CONVOLAB_CHECK(images.data != nullptr || m_data.chosen() == n, "another number of images was chosen");
    }

    void takeLabels(const View<const float>& images, std::span<const int> labels) {
        checkBatch(images);
        CONVOLAB_CHECK(m_scoresShape.isVector(), "a loss needs an output that is a vector");
        CONVOLAB_CHECK(static_cast<std::int64_t>(labels.size()) >= images.shape[0], "there are fewer labels than images");
        m_labels.assign(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(images.shape[0]));
        const bool known = std::ranges::all_of(m_labels, [&](std::int32_t label) { return label >= 0 && label < m_labelCount; });
        CONVOLAB_CHECK(known, "a label is no class of the network");
    }

    const ConvolabGpuSessionCalls& m_calls;
    GpuSessionPointer m_session;
    HeldData m_data;
    CompileOptions m_options;
    std::shared_ptr<const ParameterLayout> m_layout;
    Shape m_inputShape, m_outputShape, m_scoresShape;
    std::int64_t m_classes, m_labelCount = m_classes;
    bool m_scalesLoss;
    bool m_skipped = false;
    mutable GpuInspector m_inspector;
    bool m_ahead;
    std::vector<std::pair<NodeId, std::string>> m_names;
    NodeId m_inputNode;
    std::vector<NodeId> m_nodes;      ///< of the session's ops
    mutable AlignedBuffer m_parameters, m_statistics;
    AlignedBuffer m_gradients, m_output, m_scores;
    std::vector<std::int32_t> m_labels;
    std::optional<WeightSet> m_room;  ///< for weights that come
    bool m_stagedUpdates = false;
    bool m_trainsOnAscent = false;  ///< the next step
    std::int64_t m_stagedCount = 0;
    std::deque<std::int64_t> m_startedCounts;  ///< images of the unfinished steps
    std::int64_t m_n = 0;             ///< of the latest evaluation
    bool m_weightsChanged = true;     ///< main memory may hold others than the device
    mutable bool m_parametersBehind = false, m_statisticsBehind = false, m_gradientsBehind = false;  ///< the device holds newer ones
    mutable std::optional<Error> m_lost;
};

}  // namespace

Result<std::unique_ptr<Model>> compileOnGpu(const ConvolabGpuModule& module, int ordinal, const NetworkSpec& spec, const CompileOptions& options) {
    return compileOnGpu(module, GpuSettings{.ordinals = {ordinal}}, spec, options);
}

Result<std::unique_ptr<Model>> compileOnGpu(const ConvolabGpuModule& module, const GpuSettings& settings, const NetworkSpec& spec, const CompileOptions& options) {
    CONVOLAB_CHECK(!settings.ordinals.empty(), "no GPU is named");
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(checkOptions(spec, analysis, options));
    CONVOLAB_RETURN_IF_ERROR(checkForDevice(options, settings));
    const auto layout = std::make_shared<const ParameterLayout>(makeParameterLayout(spec, analysis));
    const bool crossEntropy = options.loss == LossKind::CrossEntropy;
    CONVOLAB_ASSIGN(const GpuNetwork described, describeGpuNetwork(spec, analysis, *layout, options));
    std::vector<std::int32_t> taps;
    for (const NodeId tap : options.taps) {
        const auto isTap = [&](const ConvolabGpuOp& op) { return op.node == static_cast<std::uint64_t>(tap.value); };
        taps.push_back(static_cast<std::int32_t>(std::ranges::find_if(described.plain, isTap) - described.plain.begin()));
    }
    const ConvolabGpuPrecision precision = isInspected(options) ? kGpuFloat32 : settings.precision;
    const ConvolabGpuOptions wanted{.ordinal = settings.ordinals.front(),
                                    .maximumBatch = options.maximumBatch,
                                    .training = options.training ? 1 : 0,
                                    .crossEntropy = crossEntropy ? 1 : 0,
                                    .precision = precision,
                                    .updateStates = settings.updateStates,
                                    .imageGradient = options.differentiable || options.inputGradient ? 1 : 0,
                                    .tapCount = static_cast<std::int32_t>(taps.size()),
                                    .taps = taps.data()};
    const bool together = !isInspected(options) && (settings.group || settings.ordinals.size() > 1);
    if (together) CONVOLAB_RETURN_IF_ERROR(requireShares(settings.ordinals, options.maximumBatch));
    ConvolabGpuSession* opened = nullptr;
    ConvolabGpuFailure failure{};
    const std::vector<std::int32_t> ordinals(settings.ordinals.begin(), settings.ordinals.end());
    const bool done = together ? module.session.openGroup(&described.network, &wanted, ordinals.data(), static_cast<std::int32_t>(ordinals.size()), &opened, &failure) != 0
                               : module.session.open(&described.network, &wanted, &opened, &failure) != 0;
    if (!done) return gpuFailure(failure, options.maximumBatch);
    GpuSessionPointer session(opened, CloseGpuSession{&module.session});
    return std::unique_ptr<Model>(
        std::make_unique<SessionModel>(module, std::move(session), spec, analysis, options, layout, described.network, precision, settings.ahead && !together));
}

}  // namespace convolab
