#include "core/train/adversarial_training.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/model/own_ascent.h"

namespace convolab {

namespace {

constexpr std::int64_t kSampleImages = 256;
constexpr int kYardstickSteps = 10;

}  // namespace

Result<std::unique_ptr<AdversarialTraining>> AdversarialTraining::create(const NetworkSpec& spec, const Dataset& dataset,
                                                                         const Recipe& recipe,
                                                                         std::int64_t largestBatch, const CompileModel& compile) {
    std::unique_ptr<AdversarialTraining> training(new AdversarialTraining);
    training->m_recipe = recipe;
    CONVOLAB_ASSIGN(training->m_attacker, Attacker::create(spec, largestBatch, compile));
    const Shape& image = dataset.info().imageShape;
    training->m_batch = Tensor(image.withBatch(largestBatch));
    const Split split = dataset.size(Split::Validation) > 0 ? Split::Validation : Split::Train;
    const std::int64_t count = std::min(kSampleImages, dataset.size(split));
    training->m_sample = Tensor(image.withBatch(count));
    const auto pixels = static_cast<std::size_t>(image.size());
    for (std::int64_t i = 0; i < count; ++i) {
        dataset.image(split, i, training->m_sample.span().subspan(static_cast<std::size_t>(i) * pixels, pixels));
        training->m_sampleLabels.push_back(dataset.label(split, i));
    }
    training->m_ids.resize(static_cast<std::size_t>(std::max(largestBatch, count)));
    std::iota(training->m_ids.begin(), training->m_ids.end(), std::int64_t{0});
    return training;
}

void AdversarialTraining::bind(Model& live) { m_attacker->model().bind(live.parameters(), live.statistics()); }

Result<View<const float>> AdversarialTraining::attack(Model& live, View<const float> images,
                                                      std::span<const int> labels, std::int64_t step,
                                                      std::int64_t totalSteps) {
    const std::int64_t n = images.shape[0];
    const auto attacked = static_cast<std::int64_t>(std::ceil(m_recipe.adversarial->mix * static_cast<double>(n)));
    const Shape shape = m_attacker->model().inputShape().withBatch(attacked);
    AttackSpec spec = m_recipe.adversarial->attack;
    spec.seed = m_recipe.seed;
    const double growing = m_recipe.adversarial->warmup * static_cast<double>(totalSteps);
    if (static_cast<double>(step + 1) < growing) {
        const double share = static_cast<double>(step + 1) / growing;
        spec.step = stepSize(spec) * share;
        spec.epsilon *= share;
    }
    const AttackMethod& method = *findAttackMethod(spec.method);
    auto* there = dynamic_cast<AscendsByItself*>(&live);
    const bool staysThere = there != nullptr && there->canAscend() && method.ascends;
    if (!staysThere) bind(live);
    const AttackBatch batch{.model = staysThere ? live : m_attacker->model(), .images = {images.data, shape},
                            .labels = labels.first(static_cast<std::size_t>(attacked)),
                            .ids = std::span(m_ids).first(static_cast<std::size_t>(attacked)),
                            .draw = static_cast<std::uint64_t>(step), .staysThere = staysThere};
    CONVOLAB_RETURN_IF_ERROR(method.run(spec, batch, {m_batch.data(), shape}));
    if (staysThere) {
        there->keepAscended();
        return images;
    }
    std::copy(images.data + shape.size(), images.data + images.size(), m_batch.data() + shape.size());
    return View<const float>{m_batch.data(), images.shape};
}

Result<RobustMetrics> AdversarialTraining::measure(Model& live) {
    bind(live);
    AttackSpec weak;
    weak.method = "fgsm";
    weak.norm = m_recipe.adversarial->attack.norm;
    weak.epsilon = m_recipe.adversarial->attack.epsilon;
    weak.seed = m_recipe.seed;
    AttackSpec strong = weak;
    strong.method = "pgd";
    strong.steps = kYardstickSteps;
    RobustMetrics metrics;
    metrics.images = static_cast<std::int64_t>(m_sampleLabels.size());
    const auto images = static_cast<double>(metrics.images);
    CONVOLAB_ASSIGN(const std::int64_t underWeak, correctUnder(weak));
    CONVOLAB_ASSIGN(const std::int64_t underStrong, correctUnder(strong));
    metrics.fgsm = static_cast<double>(underWeak) / images;
    metrics.pgd = static_cast<double>(underStrong) / images;
    return metrics;
}

Result<std::int64_t> AdversarialTraining::correctUnder(const AttackSpec& attack) {
    std::int64_t correct = 0;
    const std::int64_t pixels = m_attacker->model().inputShape().size();
    const auto largest = static_cast<std::size_t>(m_batch.shape()[0]);
    for (std::size_t first = 0; first < m_sampleLabels.size(); first += largest) {
        const std::size_t count = std::min(largest, m_sampleLabels.size() - first);
        const Shape shape = m_attacker->model().inputShape().withBatch(static_cast<std::int64_t>(count));
        CONVOLAB_ASSIGN(const AttackOutcome outcome,
                        m_attacker->run(attack, {m_sample.data() + static_cast<std::int64_t>(first) * pixels, shape},
                                        std::span<const int>(m_sampleLabels).subspan(first, count),
                                        std::span<const std::int64_t>(m_ids).subspan(first, count)));
        correct += std::ranges::count_if(outcome.images, [](const AttackedImage& image) { return !image.fooled; });
    }
    return correct;
}

}  // namespace convolab
