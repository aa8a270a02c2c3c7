#include "core/measure/laser.h"

#include <algorithm>

#include "core/compress/quantization/integer_model.h"
#include "core/measure/timed_model.h"
#include "core/train/training_loop.h"

namespace convolab {

namespace {

/// The rough share of the whole that each part takes: what the progress shows.
struct Part {
    const char* what;
    double weight;
};
constexpr Part kRounding{"rounding", 0.05}, kSize{"size", 0.05}, kLatency{"latency", 0.35}, kAccuracy{"accuracy", 0.15},
    kEnergy{"energy", 0.1}, kRobustness{"robustness", 0.2}, kRho{"smallest perturbation", 0.1};

class LaserRun {
  public:
    LaserRun(const LaserRequest& request, const LaserProgress& progress) : m_request(request), m_progress(progress) {}

    Result<LaserCard> run() {
        const NetworkSpec& spec = m_request.spec;
        const Analysis analysis = analyze(spec);
        CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
        m_card.name = m_request.name;
        m_card.work = layerWork(spec, analysis);
        m_weights = m_request.weights;
        CONVOLAB_RETURN_IF_ERROR(quantize());
        m_card.priceEnergy(m_request.energy);
        begin(kSize);
        CONVOLAB_ASSIGN(m_card.size, measureSize(spec, m_weights.get()));
        m_card.size.packedBytes = m_packedBytes;
        m_card.size.bytesMoved = 0;
        for (const LayerWork& work : m_card.work) m_card.size.bytesMoved += work.bytesMoved(1);
        const Progress timing = begin(kLatency);
        CONVOLAB_ASSIGN(m_card.latency, m_integers ? measureLatency(*m_integers, m_request.latency, timing)
                                                   : measureLatency(spec, m_weights.get(), m_request.latency, timing));
        CONVOLAB_RETURN_IF_ERROR(measureAccuracy());
        CONVOLAB_RETURN_IF_ERROR(meterEnergy());
        CONVOLAB_RETURN_IF_ERROR(attack());
        if (m_progress) m_progress(1.0, "");
        return std::move(m_card);
    }

  private:
    Progress begin(const Part& part) {
        const double from = m_done;
        m_done += part.weight;
        return [this, from, part](double share) {
            return !m_progress || m_progress(std::min(1.0, from + share * part.weight), part.what);
        };
    }

    /// From here on m_weights are those on the grids, and m_integers what runs.
    Status quantize() {
        const Progress progress = begin(kRounding);
        if (!m_request.quantization || !m_request.quantization->plan.quantizes() || !m_weights) return {};
        const CompressionPlan& plan = m_request.quantization->plan;
        countWeightBits(m_card.work, plan);
        m_packedBytes = packedBytes(m_request.spec, *m_weights, plan);
        CONVOLAB_RETURN_IF_ERROR(lower(plan, progress));
        if (m_integers) countBits(m_card.work, *m_integers);
        m_card.arithmetic = m_integers ? "8-bit integers" : "float32 with rounded weights";
        CONVOLAB_ASSIGN(WeightSet rounded, dequantizedWeights(m_request.spec, *m_weights, plan));
        m_weights = std::make_shared<const WeightSet>(std::move(rounded));
        return {};
    }

    Status lower(const CompressionPlan& plan, const Progress& progress) {
        if (plan.quantization.activationBits >= kFloatBits) return {};
        ActivationRanges ranges = m_request.quantization->ranges;
        if (ranges.ranges.empty() && !m_request.dataset) {
            m_card.notes.emplace_back("activations need a data set for their ranges: they are measured as float32");
            return {};
        }
        if (ranges.ranges.empty()) {
            CONVOLAB_ASSIGN(const auto seen, observeActivations(m_request.spec, *m_weights, *m_request.dataset,
                                                                plan.quantization, plan.seed, progress));
            CONVOLAB_ASSIGN(ranges, chooseRanges(seen, plan.quantization));
        }
        CONVOLAB_ASSIGN(m_integers, makeIntegerNetwork(m_request.spec, *m_weights, plan, ranges));
        return {};
    }

    Result<Evaluation> evaluateIt(const Progress& progress) const {
        const Dataset& dataset = *m_request.dataset;
        if (!m_integers) return evaluate(m_request.spec, *m_weights, dataset, m_request.split, m_request.limit, progress);
        CONVOLAB_ASSIGN(const auto model, makeIntegerModel(*m_integers, {}));
        return evaluateQuantized(*model, dataset, m_request.split, m_request.limit, {}, progress);
    }

    Status measureAccuracy() {
        if (!m_request.weights) m_card.notes.emplace_back("the network is not trained: no accuracy, no robustness");
        else if (!m_request.dataset) m_card.notes.emplace_back("no data set was given: no accuracy, no robustness");
        if (!hasData()) return {};
        CONVOLAB_ASSIGN(const Evaluation evaluation, evaluateIt(begin(kAccuracy)));
        m_card.accuracy = AccuracyFigures{m_request.dataset->info().title, m_request.split, evaluation.images,
                                          evaluation.accuracy, evaluation.top5, evaluation.loss};
        return {};
    }

    Status meterEnergy() {
        const Progress progress = begin(kEnergy);
        if (!m_request.meterEnergy) {
            m_card.measuredEnergyNote = "not asked for";
            return {};
        }
        auto meter = EnergyMeter::open(m_request.meterFolder);
        if (!meter.ok()) {
            m_card.measuredEnergyNote = meter.error().sentence();
            return {};
        }
        const std::int64_t batch = std::max<std::int64_t>(1, m_request.energy.batch);
        CONVOLAB_ASSIGN(const auto model, modelFor(batch));
        Tensor images(model->inputShape().withBatch(batch));
        const auto work = [&] {
            model->forward(images.view());
            return batch;
        };
        auto measured = measureEnergy(*meter, work, 1.0, progress);
        if (measured.ok()) m_card.measuredEnergy = *measured;
        else if (measured.error().code == ErrorCode::Cancelled) return measured.error();
        else m_card.measuredEnergyNote = measured.error().sentence();
        return {};
    }

    Result<std::unique_ptr<TimedModel>> modelFor(std::int64_t batch) const {
        if (m_integers) {
            CONVOLAB_ASSIGN(auto model, makeIntegerModel(*m_integers, {.maximumBatch = batch}));
            return timed(std::move(model));
        }
        CompileOptions options;
        options.maximumBatch = batch;
        CONVOLAB_ASSIGN(auto model, Model::compile(m_request.spec, options));
        if (m_weights) CONVOLAB_RETURN_IF_ERROR(model->bind(*m_weights));
        return timed(std::move(model));
    }

    Status attack() {
        if (!hasData() || !m_request.attack) return {};
        const Dataset& dataset = *m_request.dataset;
        RobustnessSample sample{.split = m_request.split};
        sample.indices = balancedSample(dataset, m_request.split, m_request.attackImages, m_request.attack->seed);
        CONVOLAB_ASSIGN(const RobustnessResult result, measureRobustness(m_request.spec, *m_weights, dataset,
                                                                         *m_request.attack, sample, begin(kRobustness)));
        if (result.cancelled) return cancelled();
        m_card.robustness = RobustnessFigures{.attack = *m_request.attack, .split = m_request.split, .images = result.images,
                                              .cleanAccuracy = result.cleanAccuracy(),
                                              .robustAccuracy = result.robustAccuracy()};
        for (const std::string& note : result.notes()) m_card.notes.push_back("robustness: " + note);
        if (m_integers) m_card.notes.emplace_back("robustness: integers have no gradient; it is that of the rounded weights in float32");
        return m_request.rhoImages > 0 ? smallestPerturbation(dataset) : Status{};
    }

    Status smallestPerturbation(const Dataset& dataset) {
        AttackSpec deepfool{.method = "deepfool", .norm = AttackNorm::L2,
                            .epsilon = largestEpsilon(AttackNorm::L2, dataset.info().imageShape), .steps = 50};
        RobustnessSample sample{.split = m_request.split};
        sample.indices = balancedSample(dataset, m_request.split, m_request.rhoImages, m_request.attack->seed);
        CONVOLAB_ASSIGN(const RobustnessResult result, measureRobustness(m_request.spec, *m_weights, dataset,
                                                                         deepfool, sample, begin(kRho)));
        if (result.cancelled) return cancelled();
        if (result.fooled > 0) m_card.robustness->rho = result.rho;
        m_card.robustness->rhoImages = result.fooled;
        return {};
    }

    static Error cancelled() { return {ErrorCode::Cancelled, "the measurement was cancelled", {}, {}}; }
    bool hasData() const { return m_request.weights && m_request.dataset; }

    const LaserRequest& m_request;
    const LaserProgress& m_progress;
    LaserCard m_card;
    WeightSetPtr m_weights;
    std::optional<IntegerNetwork> m_integers;
    std::optional<std::int64_t> m_packedBytes;
    double m_done = 0.0;
};

}  // namespace

Result<LaserCard> measureLaser(const LaserRequest& request, const LaserProgress& progress) {
    return LaserRun(request, progress).run();
}

}  // namespace convolab
