#include "app/lenses/attack/robustness_session.h"

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

/// How long an attack takes beside others, roughly: calls of the model per image.
double effort(const AttackSpec& attack, double epsilon) {
    const AttackMethod* method = findAttackMethod(attack.method);
    if (epsilon <= 0 || method == nullptr || !method->usesGradient) return 1.0;
    return 2.0 * (method->iterative ? attack.steps : 1) * std::max(1, attack.restarts);
}

std::int64_t imagesOf(const RobustnessSample& sample, const Dataset& dataset) {
    if (!sample.indices.empty()) return static_cast<std::int64_t>(sample.indices.size());
    const std::int64_t all = dataset.size(sample.split);
    return sample.limit > 0 ? std::min(sample.limit, all) : all;
}

bool sameSample(const RobustnessSample& a, const RobustnessSample& b) {
    return a.split == b.split && a.limit == b.limit && a.indices == b.indices;
}

bool sameEpsilon(double a, double b) { return std::abs(a - b) < 1e-9; }

AttackSpec withEpsilon(AttackSpec spec, double epsilon) {
    spec.epsilon = epsilon;
    return spec;
}

}  // namespace

bool RobustnessCurve::sameAs(bool otherDefended, const AttackSpec& other) const {
    return defended == otherDefended && withEpsilon(attack, 0) == withEpsilon(other, 0);
}

const CurvePoint* RobustnessCurve::at(double epsilon) const {
    for (const CurvePoint& point : points) {
        if (sameEpsilon(point.epsilon, epsilon)) return &point;
    }
    return nullptr;
}

const CurvePoint* RobustnessCurve::nearest(double epsilon) const {
    const auto best = std::min_element(points.begin(), points.end(), [epsilon](const CurvePoint& a, const CurvePoint& b) {
        return std::abs(a.epsilon - epsilon) < std::abs(b.epsilon - epsilon);
    });
    return best == points.end() ? nullptr : &*best;
}

std::vector<double> curveEpsilons(double largest, const std::vector<double>& chosen) {
    std::vector<double> result;
    for (const double share : {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.25, 7.5, 8.75, 10.0, 12.5, 15.0}) result.push_back(largest * share / 15.0);
    for (const double epsilon : chosen) {
        const bool known = std::any_of(result.begin(), result.end(), [epsilon](double other) { return sameEpsilon(epsilon, other); });
        if (epsilon > 0 && !known) result.push_back(epsilon);
    }
    std::sort(result.begin(), result.end());
    return result;
}

RobustnessSession::RobustnessSession(QObject* parent) : QObject(parent) {}

const RobustnessCurve* RobustnessSession::curve(bool defended, const AttackSpec& attack) const {
    for (const RobustnessCurve& each : m_curves) {
        if (each.sameAs(defended, attack)) return &each;
    }
    return nullptr;
}

void RobustnessSession::clear() {
    m_job.cancel();
    m_curves.clear();
    m_hard.clear();
    m_images = 0;
    emit changed();
}

void RobustnessSession::dropDefended() {
    std::erase_if(m_curves, [](const RobustnessCurve& each) { return each.defended; });
    emit changed();
}

void RobustnessSession::run(RobustnessPlan plan) {
    if (!sameSample(plan.sample, m_sample)) {
        m_curves.clear();
        m_hard.clear();
    }
    m_sample = plan.sample;
    m_images = imagesOf(plan.sample, *plan.dataset);
    auto parts = std::make_shared<std::vector<Part>>();
    double total = 0.0;
    for (std::size_t subject = 0; subject < plan.subjects.size(); ++subject) {
        for (const AttackSpec& attack : plan.attacks) {
            const RobustnessCurve& curve = curveFor(plan.subjects[subject], attack);
            for (const double epsilon : plan.epsilons) {
                if (curve.at(epsilon) != nullptr) continue;
                parts->push_back({subject, withEpsilon(attack, epsilon), effort(attack, epsilon)});
                total += parts->back().effort;
            }
        }
    }
    emit changed();
    const auto shared = std::make_shared<const RobustnessPlan>(std::move(plan));
    m_job.start<bool>(
        tr("Measuring accuracy against ε"),
        [this, shared, parts, total](const BackgroundJob::Context& context) -> Result<bool> {
            double done = 0.0;
            for (const Part& part : *parts) {
                const Progress progress = [&](double share) { return context.progress((done + part.effort * share) / total); };
                CONVOLAB_RETURN_IF_ERROR(measure(*shared, part, progress, context));
                done += part.effort;
            }
            return true;
        },
        [](bool) {});
}

RobustnessCurve& RobustnessSession::curveFor(const RobustnessSubject& subject, const AttackSpec& attack) {
    for (RobustnessCurve& curve : m_curves) {
        if (!curve.sameAs(subject.defended, attack)) continue;
        if (curve.weights != subject.weights) {
            curve.points.clear();
            if (!subject.defended) m_hard.clear();
        }
        curve.weights = subject.weights;
        std::erase_if(curve.points, [](const CurvePoint& point) { return point.result.cancelled; });
        return curve;
    }
    m_curves.push_back({subject.defended, attack, subject.weights, {}});
    return m_curves.back();
}

/// One point, on the job's thread.
Status RobustnessSession::measure(const RobustnessPlan& plan, const Part& part, const Progress& progress, const BackgroundJob::Context& context) {
    const RobustnessSubject& subject = plan.subjects[part.subject];
    const double epsilon = part.attack.epsilon;
    std::vector<HardImage> fooled;
    const OutcomeSink sink = [&](std::span<const std::int64_t> indices, const AttackOutcome& outcome) {
        for (std::size_t i = 0; i < indices.size(); ++i) {
            const AttackedImage& image = outcome.images[i];
            if (image.fooled && image.perturbed) fooled.push_back({indices[i], epsilon, image.l2});
        }
    };
    CONVOLAB_ASSIGN(const RobustnessResult result,
                    measureRobustness(subject.network, *subject.weights, *plan.dataset, part.attack, plan.sample, progress, sink));
    if (result.images > 0) {
        context.toUi([this, defended = subject.defended, weights = subject.weights, attack = part.attack, point = CurvePoint{epsilon, result},
                      fooled] { addPoint(defended, attack, weights, point, fooled); });
    }
    if (result.cancelled) return Error{ErrorCode::Cancelled, "the measurement was cancelled", {}, {}};
    return {};
}

void RobustnessSession::addPoint(bool defended, const AttackSpec& attack, const WeightSetPtr& weights, const CurvePoint& point,
                                 const std::vector<HardImage>& fooled) {
    for (RobustnessCurve& curve : m_curves) {
        if (!curve.sameAs(defended, attack) || curve.weights != weights) continue;
        curve.points.insert(std::upper_bound(curve.points.begin(), curve.points.end(), point,
                                             [](const CurvePoint& a, const CurvePoint& b) { return a.epsilon < b.epsilon; }),
                            point);
        if (defended) continue;
        for (const HardImage& image : fooled) {
            const auto known = m_hard.find(image.index);
            if (known == m_hard.end() || image.l2 < known->second.l2) m_hard[image.index] = image;
        }
    }
    emit changed();
}

std::string RobustnessSession::flatteryNote(bool defended) const {
    std::vector<std::pair<AttackSpec, std::vector<CurvePoint>>> curves;
    for (const RobustnessCurve& curve : m_curves) {
        if (curve.defended == defended && !curve.points.empty()) curves.emplace_back(curve.attack, curve.points);
    }
    return convolab::flatteryNote(curves);
}

std::vector<std::string> RobustnessSession::notes() const {
    std::vector<std::string> all;
    for (const RobustnessCurve& curve : m_curves) {
        for (const CurvePoint& point : curve.points) {
            if (point.result.cancelled) continue;
            for (const std::string& note : point.result.notes()) {
                if (std::find(all.begin(), all.end(), note) == all.end()) all.push_back(note);
            }
        }
    }
    return all;
}

std::vector<RobustnessSession::HardImage> RobustnessSession::hardest(std::size_t count) const {
    std::vector<HardImage> images;
    for (const auto& [index, image] : m_hard) images.push_back(image);
    std::stable_sort(images.begin(), images.end(), [](const HardImage& a, const HardImage& b) { return a.l2 < b.l2; });
    if (images.size() > count) images.resize(count);
    return images;
}

}  // namespace convolab
