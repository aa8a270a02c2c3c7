#include "core/graph/presets.h"
#include "core/measure/experiments/list.h"
#include "core/train/training_loop.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr double kEpsilon = 0.1;
constexpr std::int64_t kEpochs = 4;
constexpr std::int64_t kAttacked = 300;
constexpr std::int64_t kForRho = 100;
constexpr double kTrainingShare = 0.4;  // of one network's progress

Result<NetworkSpec> networkFor(const Dataset& dataset) {
    const Shape& image = dataset.info().imageShape;
    const Shape input{image.channels(), std::max<std::int64_t>(32, image.height()), std::max<std::int64_t>(32, image.width())};
    PresetOptions options;
    options.input = input;
    options.classes = dataset.classes();
    return makePreset("lenet-like", options);
}

Result<WeightSetPtr> train(const NetworkSpec& spec, const DatasetPtr& dataset, bool adversarial, std::uint64_t seed,
                           const Progress& progress) {
    Recipe recipe;
    recipe.epochs = kEpochs;
    recipe.seed = seed;
    if (adversarial) {
        CONVOLAB_ASSIGN(recipe.adversarial, parseAdversarial("fgsm:eps=0.1,step=0.125,random_start=true"));
    }
    CONVOLAB_ASSIGN(const auto loop, TrainingLoop::create(spec, dataset, recipe));
    while (!loop->finished()) {
        const double share = static_cast<double>(loop->step()) / static_cast<double>(std::max<std::int64_t>(1, loop->totalSteps()));
        if (!progress(share)) return Error{ErrorCode::Cancelled, "the experiment was cancelled", {}, {}};
        CONVOLAB_RETURN_IF_ERROR(loop->runStep());
    }
    return loop->publish();
}

Result<ExperimentRow> measureOne(const NetworkSpec& spec, const DatasetPtr& dataset, bool adversarial, std::uint64_t seed,
                                 const LaserProgress& progress) {
    const std::string label = adversarial ? "Trained on attacked images" : "Trained on clean images";
    const auto part = [&](double from, double width, const std::string& what) {
        return [&progress, from, width, what](double share) { return !progress || progress(from + width * share, what); };
    };
    CONVOLAB_ASSIGN(const WeightSetPtr weights, train(spec, dataset, adversarial, seed, part(0.0, kTrainingShare, label)));
    LaserRequest request{.name = label, .spec = spec, .weights = weights, .dataset = dataset};
    request.attack = AttackSpec{.method = "pgd", .epsilon = kEpsilon, .steps = 20, .seed = seed};
    request.attackImages = kAttacked;
    request.rhoImages = kForRho;
    request.meterEnergy = false;
    request.latency = {.batches = {1}, .seconds = 0.05, .perLayer = false};
    const auto measuring = part(kTrainingShare, 1.0 - kTrainingShare, label);
    CONVOLAB_ASSIGN(const LaserCard card, measureLaser(request, [&](double share, const std::string&) { return measuring(share); }));
    return ExperimentRow{label, {card.accuracy->top1, card.robustness->robustAccuracy, card.robustness->rho}};
}

std::string percent(double share) { return formatNumber(100.0 * share, 3) + " %"; }

Result<ExperimentResult> run(const ExperimentContext& context, const LaserProgress& progress) {
    if (!context.dataset) {
        return Error{ErrorCode::InvalidArgument, "this experiment trains two networks and has no data set", {}, "choose a data set"};
    }
    CONVOLAB_ASSIGN(const NetworkSpec spec, networkFor(*context.dataset));
    CONVOLAB_ASSIGN(const DatasetPtr dataset, fitted(context.dataset, *analyze(spec).inputShape));
    ExperimentResult result;
    result.columns = {{"Accuracy, test", "share", false}, {"Under PGD, ε 0.1", "share", false}, {"ρ̂", "", false}};
    for (const bool adversarial : {false, true}) {
        const double from = adversarial ? 0.5 : 0.0;
        CONVOLAB_ASSIGN(ExperimentRow row, measureOne(spec, dataset, adversarial, context.seed,
                                                      [&](double share, const std::string& what) {
                                                          return !progress || progress(from + 0.5 * share, what);
                                                      }));
        result.rows.push_back(std::move(row));
    }
    const double clean = *result.rows[0].values[0] - *result.rows[1].values[0];
    const double robust = *result.rows[1].values[1] - *result.rows[0].values[1];
    result.holds = clean > 0.0 && robust > 0.0;
    result.verdict = "The clean training is right on " + percent(*result.rows[0].values[0]) + " and keeps " +
                     percent(*result.rows[0].values[1]) + " under attack; the other one is right on " +
                     percent(*result.rows[1].values[0]) + " and keeps " + percent(*result.rows[1].values[1]) + ". " +
                     (result.holds ? "The more accurate network is the less robust one here."
                      : robust > 0.0 ? "Here robustness cost no accuracy."
                                     : "Here the attack shows no difference.") +
                     " Same network, same size: how it was trained decides.";
    return result;
}

}  // namespace

const Experiment& accurateLessRobustExperiment() {
    static const Experiment experiment{
        .id = "accurate-less-robust",
        .statement = "The more accurate network is the less robust",
        .expectation = "Trains one small network twice, on clean and on attacked images (FGSM, ε 0.1), then attacks both with "
                       "PGD. Expect the first to be a little more accurate and to keep almost nothing under attack.",
        .needsDataset = true,
        .run = run};
    return experiment;
}

}  // namespace convolab
