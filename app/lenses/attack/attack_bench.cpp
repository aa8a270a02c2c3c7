#include "app/lenses/attack/attack_bench.h"

#include <algorithm>
#include <chrono>

#include "core/attack/robustness.h"

namespace convolab {

namespace {

constexpr int kBisections = 4;
constexpr std::size_t kCoarse = 4;  // every fourth ε first
constexpr int kSmallestSteps = 50;
constexpr std::uint64_t kSampleSeed = 0;

Error cancelled() { return {ErrorCode::Cancelled, "the attack was cancelled", {}, {}}; }

bool stopped(const KeepGoing& keepGoing) { return keepGoing && !keepGoing(); }

int argMax(std::span<const float> values) {
    return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

template <class Wanted>
std::string methodThat(const Wanted& wanted) {
    const auto& all = attackMethods();
    const auto found = std::find_if(all.begin(), all.end(), [&](const AttackMethod* method) { return wanted(*method); });
    return found == all.end() ? std::string{} : (*found)->id;
}

AttackSpec noiseLike(const AttackSpec& spec) {
    AttackSpec noise;
    noise.method = methodThat([](const AttackMethod& method) { return !method.usesGradient; });
    noise.norm = spec.norm;
    noise.epsilon = spec.epsilon;
    noise.seed = spec.seed;
    return noise;
}

AttackSpec smallestSpec(const Shape& image) {
    AttackSpec smallest;
    smallest.method = methodThat([](const AttackMethod& method) { return method.findsSmallest; });
    smallest.norm = AttackNorm::L2;
    smallest.epsilon = largestEpsilon(AttackNorm::L2, image);
    smallest.steps = kSmallestSteps;
    return smallest;
}

/// `shares`: the probabilities of all classes by ε.
EpsilonSweep sweepOf(const AttackSpec& spec, int label, const std::map<double, std::vector<float>>& shares) {
    EpsilonSweep result;
    result.spec = spec;
    result.label = label;
    if (shares.empty()) return result;
    // The class that it becomes; where it stays what it was, the one that comes closest at the largest ε.
    std::vector<float> last = shares.rbegin()->second;
    for (const auto& [epsilon, row] : shares) {
        if (argMax(row) == label) continue;
        result.flipsAt = epsilon;
        last = row;
        break;
    }
    last[static_cast<std::size_t>(label)] = -1.0F;
    result.adversarialClass = argMax(last);
    for (const auto& [epsilon, row] : shares) {
        result.epsilons.push_back(epsilon);
        result.labelShare.push_back(row[static_cast<std::size_t>(label)]);
        result.adversarialShare.push_back(row[static_cast<std::size_t>(result.adversarialClass)]);
    }
    return result;
}

}  // namespace

AttackSpec previewOf(const AttackSpec& spec) {
    AttackSpec preview;
    preview.method = "fgsm";
    preview.norm = spec.norm;
    preview.epsilon = spec.epsilon;
    preview.target = spec.target;
    preview.seed = spec.seed;
    return preview;
}

bool isItsOwnPreview(const AttackSpec& spec) { return spec.method == "fgsm" && !startsRandomly(spec); }

std::vector<float> AttackPicture::perturbation() const {
    std::vector<float> r(adversarial.span().begin(), adversarial.span().end());
    for (std::size_t i = 0; i < r.size(); ++i) r[i] -= clean->image.span()[i];
    return r;
}

Status AttackBench::prepare(std::shared_ptr<const NetworkSpec> network, WeightSetPtr weights) {
    if (network != m_network || !m_attacker) {
        m_weights.reset();
        m_network.reset();
        CONVOLAB_ASSIGN(m_attacker, Attacker::create(*network, kBatch));
        CONVOLAB_ASSIGN(m_probe, ActivationProbe::create(*network));
        m_network = std::move(network);
    }
    if (weights != m_weights) {
        m_weights.reset();
        CONVOLAB_RETURN_IF_ERROR(m_attacker->bind(*weights));
        CONVOLAB_RETURN_IF_ERROR(m_probe->bind(weights));
        m_weights = std::move(weights);
    }
    return {};
}

Result<std::vector<float>> AttackBench::probabilities(View<const float> images) {
    Model& model = m_attacker->model();
    model.forward(images);
    const View<const float> logits = model.logits();
    const auto n = static_cast<std::size_t>(images.shape[0]);
    const std::size_t classes = logits.span().size() / std::max<std::size_t>(1, n);
    std::vector<float> result;
    for (std::size_t i = 0; i < n; ++i) {
        const auto row = softmaxOf(logits.span().subspan(i * classes, classes));
        result.insert(result.end(), row.begin(), row.end());
    }
    return result;
}

Result<int> AttackBench::labelOf(const AttackTask& task) {
    if (task.label) return *task.label;
    CONVOLAB_ASSIGN(const auto shares, probabilities({task.image->data(), task.image->shape().withBatch(1)}));
    return argMax(shares);
}

Result<AttackBench::Attacked> AttackBench::attackOne(const AttackTask& task, const AttackSpec& spec, int label,
                                                     const KeepGoing& keepGoing) {
    const std::int64_t id = task.id;
    CONVOLAB_ASSIGN(AttackOutcome outcome, m_attacker->run(spec, {task.image->data(), task.image->shape().withBatch(1)},
                                                           {&label, 1}, {&id, 1}, keepGoing));
    if (stopped(keepGoing)) return cancelled();
    Attacked result{std::make_shared<Tensor>(task.image->shape()), outcome.images.front()};
    std::copy_n(outcome.adversarial.data(), result.adversarial->size(), result.adversarial->data());
    return result;
}

Result<AttackPicturePtr> AttackBench::picture(const AttackTask& task, const KeepGoing& keepGoing) {
    const auto began = std::chrono::steady_clock::now();
    const AttackSpec spec = task.preview ? previewOf(task.spec) : task.spec;
    auto result = std::make_shared<AttackPicture>();
    result->spec = task.spec;
    result->preview = task.preview && !isItsOwnPreview(task.spec);
    result->labelled = task.label.has_value();
    CONVOLAB_ASSIGN(result->clean, m_probe->run(task.image->view()));
    const int label = task.label.value_or(result->clean->predicted);
    CONVOLAB_ASSIGN(Attacked attacked, attackOne(task, spec, label, keepGoing));
    result->outcome = attacked.outcome;
    CONVOLAB_ASSIGN(result->attacked, m_probe->run(attacked.adversarial->view()));
    result->divergence = layerDivergence(*result->clean, *result->attacked);
    CONVOLAB_ASSIGN(Attacked noise, attackOne(task, noiseLike(task.spec), label, keepGoing));
    CONVOLAB_ASSIGN(result->noise, m_probe->run(noise.adversarial->view()));
    result->noiseDivergence = layerDivergence(*result->clean, *result->noise);
    result->adversarial = std::move(*attacked.adversarial);
    result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return AttackPicturePtr(std::move(result));
}

Result<std::vector<float>> AttackBench::sharesAt(const AttackTask& task, double epsilon, int label, const KeepGoing& keepGoing) {
    if (epsilon <= 0) return probabilities({task.image->data(), task.image->shape().withBatch(1)});
    AttackSpec spec = task.spec;
    spec.epsilon = epsilon;
    CONVOLAB_ASSIGN(const Attacked attacked, attackOne(task, spec, label, keepGoing));
    return probabilities({attacked.adversarial->data(), task.image->shape().withBatch(1)});
}

Result<EpsilonSweepPtr> AttackBench::sweep(const AttackTask& task, const std::vector<double>& epsilons, const KeepGoing& keepGoing,
                                           const std::function<void(EpsilonSweepPtr)>& coarse) {
    CONVOLAB_ASSIGN(const int label, labelOf(task));
    std::map<double, std::vector<float>> shares;
    for (std::size_t i = 0; i < epsilons.size(); i += kCoarse) {
        CONVOLAB_ASSIGN(shares[epsilons[i]], sharesAt(task, epsilons[i], label, keepGoing));
    }
    if (coarse) {
        EpsilonSweep first = sweepOf(task.spec, label, shares);
        first.coarse = true;
        coarse(std::make_shared<const EpsilonSweep>(std::move(first)));
    }
    for (const double epsilon : epsilons) {
        if (shares.contains(epsilon)) continue;
        CONVOLAB_ASSIGN(shares[epsilon], sharesAt(task, epsilon, label, keepGoing));
    }
    EpsilonSweep whole = sweepOf(task.spec, label, shares);
    if (whole.flipsAt && *whole.flipsAt > 0) {
        double high = *whole.flipsAt, low = std::prev(shares.find(high))->first;
        for (int step = 0; step < kBisections; ++step) {
            const double middle = (low + high) / 2;
            CONVOLAB_ASSIGN(const auto row, sharesAt(task, middle, label, keepGoing));
            (argMax(row) != label ? high : low) = middle;
        }
        whole.flipsAt = high;
    }
    return EpsilonSweepPtr(std::make_shared<const EpsilonSweep>(std::move(whole)));
}

Result<SmallestPerturbation> AttackBench::smallest(const AttackTask& task, const KeepGoing& keepGoing) {
    CONVOLAB_ASSIGN(const int label, labelOf(task));
    CONVOLAB_ASSIGN(const Attacked attacked, attackOne(task, smallestSpec(task.image->shape()), label, keepGoing));
    const AttackedImage& image = attacked.outcome;
    return SmallestPerturbation{image.fooled, image.prediction, image.linf, image.l2, image.relativeL2};
}

Result<SampleDivergencePtr> AttackBench::sample(const Dataset& dataset, Split split, std::int64_t count, const AttackSpec& spec,
                                                const KeepGoing& keepGoing) {
    auto result = std::make_shared<SampleDivergence>();
    result->split = split;
    std::vector<std::int64_t> ids = balancedSample(dataset, split, count, kSampleSeed);
    std::erase_if(ids, [&](std::int64_t id) { return spec.target == dataset.label(split, id); });
    const Shape& shape = dataset.info().imageShape;
    const auto pixels = static_cast<std::size_t>(shape.size());
    double rho = 0.0;
    for (std::size_t first = 0; first < ids.size(); first += static_cast<std::size_t>(kBatch)) {
        const std::size_t n = std::min(ids.size() - first, static_cast<std::size_t>(kBatch));
        const std::span<const std::int64_t> chosen(&ids[first], n);
        Tensor images(shape.withBatch(static_cast<std::int64_t>(n)));
        std::vector<int> labels;
        for (std::size_t i = 0; i < n; ++i) {
            dataset.image(split, chosen[i], images.span().subspan(i * pixels, pixels));
            labels.push_back(dataset.label(split, chosen[i]));
        }
        CONVOLAB_ASSIGN(const AttackOutcome attacked, m_attacker->run(spec, images.view(), labels, chosen, keepGoing));
        CONVOLAB_ASSIGN(const AttackOutcome fooled, m_attacker->run(smallestSpec(shape), images.view(), labels, chosen, keepGoing));
        for (std::size_t i = 0; i < n; ++i) {
            if (stopped(keepGoing)) return cancelled();
            if (attacked.images[i].cleanPrediction != labels[i]) continue;
            CONVOLAB_ASSIGN(const auto clean, m_probe->run({images.data() + i * pixels, shape}));
            CONVOLAB_ASSIGN(const auto changed, m_probe->run({attacked.adversarial.data() + i * pixels, shape}));
            for (const auto& [node, value] : layerDivergence(*clean, *changed)) result->mean[node] += value;
            ++result->images;
            if (!fooled.images[i].fooled) continue;
            rho += fooled.images[i].relativeL2;
            ++result->rhoImages;
        }
    }
    for (auto& [node, value] : result->mean) value /= static_cast<double>(std::max<std::int64_t>(1, result->images));
    result->rho = result->rhoImages > 0 ? rho / static_cast<double>(result->rhoImages) : 0.0;
    return SampleDivergencePtr(std::move(result));
}

}  // namespace convolab
