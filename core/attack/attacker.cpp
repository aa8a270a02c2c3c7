#include "core/attack/attacker.h"

#include <algorithm>
#include <cmath>

#include "core/attack/gradient.h"
#include "core/attack/perturbation.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

/// Images that are still to be fooled, without gaps, as one batch.
struct Remaining {
    std::vector<std::size_t> indices;  // into the whole batch
    Tensor clean, adversarial;
    std::vector<int> labels;
    std::vector<std::int64_t> ids;
    std::vector<std::uint8_t> sawGradient;

    void gather(View<const float> images, std::span<const int> allLabels, std::span<const std::int64_t> allIds,
                const Shape& imageShape) {
        const std::int64_t pixels = imageShape.size();
        const Shape shape = imageShape.withBatch(static_cast<std::int64_t>(indices.size()));
        if (clean.shape() == shape) return;  // images only ever leave
        clean = Tensor(shape);
        adversarial = Tensor(shape);
        labels.clear();
        ids.clear();
        for (std::size_t slot = 0; slot < indices.size(); ++slot) {
            std::copy_n(images.data + static_cast<std::int64_t>(indices[slot]) * pixels, pixels,
                        clean.data() + static_cast<std::int64_t>(slot) * pixels);
            labels.push_back(allLabels[indices[slot]]);
            ids.push_back(allIds[indices[slot]]);
        }
        sawGradient.assign(indices.size(), 0);
    }
};

Status checkImages(View<const float> images) {
    const auto inside = [](float value) { return value >= 0.0F && value <= 1.0F; };
    if (std::ranges::all_of(images.span(), inside)) return {};
    return Error{ErrorCode::InvalidArgument, "the images to attack have values outside [0, 1]", {},
                 "scale them to the pixel range; mean and standard deviation belong into the input layer"};
}

}  // namespace

struct Attacker::Impl {
    std::unique_ptr<Model> model;

    struct Job {
        const AttackSpec& spec;
        View<const float> images;
        std::span<const int> labels;
        std::span<const std::int64_t> ids;
        const std::function<bool()>& keepGoing;
        AttackOutcome outcome;
        std::vector<double> goals;  // reached so far
        std::vector<std::uint8_t> sawGradient;
        Remaining remaining;
    };

    Status checkBatch(const Job& job) const;
    void start(Job& job);
    Status attackOnce(Job& job, std::uint64_t restart);
    void finish(Job& job) const;
};

Status Attacker::Impl::checkBatch(const Job& job) const {
    const std::int64_t n = job.images.shape[0];
    CONVOLAB_CHECK(static_cast<std::int64_t>(job.labels.size()) == n && static_cast<std::int64_t>(job.ids.size()) == n,
                   "one label and one id for each image");
    const auto classes = static_cast<int>(model->outputShape().size());
    CONVOLAB_RETURN_IF_ERROR(validateAttack(job.spec, classes));
    for (const int label : job.labels) {
        CONVOLAB_CHECK(label >= 0 && label < classes, "label " + std::to_string(label) + " is no class of the network");
        if (job.spec.target != label) continue;
        return Error{ErrorCode::InvalidArgument,
                     "the target is class " + std::to_string(label) + ", which the image belongs to", {},
                     "choose another class as the target"};
    }
    return checkImages(job.images);
}

void Attacker::Impl::start(Job& job) {
    model->forward(job.images);
    const std::vector<int> predictions = predictedClasses(model->logits());
    job.goals = goalValues(job.spec, model->logits(), job.labels);
    job.outcome.adversarial = Tensor(job.images.shape);
    std::ranges::copy(job.images.span(), job.outcome.adversarial.data());
    job.outcome.images.resize(predictions.size());
    job.sawGradient.assign(predictions.size(), 0);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        AttackedImage& image = job.outcome.images[i];
        image.label = job.labels[i];
        image.cleanPrediction = image.prediction = predictions[i];
        image.fooled = job.spec.target ? predictions[i] == *job.spec.target : predictions[i] != image.label;
        image.perturbed = !image.fooled && job.spec.epsilon > 0.0;
        if (image.perturbed) job.remaining.indices.push_back(i);
    }
}

Status Attacker::Impl::attackOnce(Job& job, std::uint64_t restart) {
    const Shape& shape = model->inputShape();
    Remaining& remaining = job.remaining;
    remaining.gather(job.images, job.labels, job.ids, shape);
    const AttackBatch batch{.model = *model, .images = remaining.clean.view(), .labels = remaining.labels,
                            .ids = remaining.ids, .draw = restart, .sawGradient = remaining.sawGradient,
                            .keepGoing = job.keepGoing};
    CONVOLAB_RETURN_IF_ERROR(findAttackMethod(job.spec.method)->run(job.spec, batch, remaining.adversarial.view()));
    CONVOLAB_RETURN_IF_ERROR(goOn(batch));
    model->forward(remaining.adversarial.view());
    const std::vector<int> predictions = predictedClasses(model->logits());
    const std::vector<double> goals = goalValues(job.spec, model->logits(), remaining.labels);
    std::vector<std::size_t> left;
    for (std::size_t slot = 0; slot < predictions.size(); ++slot) {
        const std::size_t i = remaining.indices[slot];
        AttackedImage& image = job.outcome.images[i];
        image.fooled = job.spec.target ? predictions[slot] == *job.spec.target : predictions[slot] != image.label;
        job.sawGradient[i] |= remaining.sawGradient[slot];
        if (!image.fooled) left.push_back(i);
        if (!image.fooled && restart > 0 && !(goals[slot] > job.goals[i])) continue;
        job.goals[i] = goals[slot];
        image.prediction = predictions[slot];
        std::copy_n(remaining.adversarial.data() + static_cast<std::int64_t>(slot) * shape.size(), shape.size(),
                    job.outcome.adversarial.data() + static_cast<std::int64_t>(i) * shape.size());
    }
    remaining.indices = std::move(left);
    return {};
}

void Attacker::Impl::finish(Job& job) const {
    const auto pixels = static_cast<std::size_t>(model->inputShape().size());
    const bool looks = findAttackMethod(job.spec.method)->usesGradient;
    for (std::size_t i = 0; i < job.outcome.images.size(); ++i) {
        AttackedImage& image = job.outcome.images[i];
        const PerturbationSize size = perturbationOf(job.images.span().subspan(i * pixels, pixels),
                                                     job.outcome.adversarial.span().subspan(i * pixels, pixels));
        image.linf = size.linf;
        image.l2 = size.l2;
        image.relativeL2 = size.relativeL2;
        image.gradientVanished = looks && image.perturbed && job.sawGradient[i] == 0;
    }
}

Attacker::Attacker() : m_impl(std::make_unique<Impl>()) {}
Attacker::~Attacker() = default;

Result<std::unique_ptr<Attacker>> Attacker::create(const NetworkSpec& spec, std::int64_t maximumBatch, const CompileModel& compile) {
    std::unique_ptr<Attacker> attacker(new Attacker);
    CompileOptions options;
    options.maximumBatch = maximumBatch;
    options.differentiable = true;
    CONVOLAB_ASSIGN(attacker->m_impl->model, compile(spec, options));
    const Shape& output = attacker->m_impl->model->outputShape();
    if (output.size() < 2) {
        return Error{ErrorCode::InvalidSpec, "the network has one output only", {},
                     "attacks need a classifier with at least two classes"};
    }
    return attacker;
}

Status Attacker::bind(const WeightSet& weights) { return m_impl->model->bind(weights); }

Result<AttackOutcome> Attacker::run(const AttackSpec& spec, View<const float> images, std::span<const int> labels,
                                    std::span<const std::int64_t> ids, const std::function<bool()>& keepGoing) {
    Impl::Job job{.spec = spec, .images = images, .labels = labels, .ids = ids, .keepGoing = keepGoing,
                  .outcome = {}, .goals = {}, .sawGradient = {}, .remaining = {}};
    CONVOLAB_RETURN_IF_ERROR(m_impl->checkBatch(job));
    m_impl->start(job);
    for (int restart = 0; restart < spec.restarts && !job.remaining.indices.empty(); ++restart) {
        CONVOLAB_RETURN_IF_ERROR(m_impl->attackOnce(job, static_cast<std::uint64_t>(restart)));
    }
    m_impl->finish(job);
    return std::move(job.outcome);
}

Model& Attacker::model() { return *m_impl->model; }

}  // namespace convolab
