#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/attack/gradient.h"
#include "core/attack/perturbation.h"

namespace convolab {

namespace {

constexpr double kOvershoot = 0.02;   // beyond the border, as in the paper
constexpr std::size_t kCandidates = 9;  // borders tried: those to the most likely other classes
constexpr double kNudge = 1e-6;       // in logits: a point on the border moves, too

/// DeepFool on one batch: linearises the borders around each image, steps to the nearest, repeats until the class
/// changes a little beyond it. Images leave the batch once they are across. In the box only the pixels that can still
/// move count.
class DeepFool {
  public:
    DeepFool(const AttackSpec& spec, const AttackBatch& batch, View<float> adversarial)
        : m_spec(spec), m_batch(batch), m_adversarial(adversarial), m_pixels(batch.images.size() / batch.images.shape[0]),
          m_classes(static_cast<std::size_t>(batch.model.outputShape().size())), m_border(batch.images.shape),
          m_current(batch.images.shape), m_nearest(batch.images.shape), m_active(batch.ids.size()) {
        std::ranges::copy(batch.images.span(), adversarial.data);
        std::ranges::copy(batch.images.span(), m_border.data());
        std::iota(m_active.begin(), m_active.end(), std::size_t{0});
    }

    Status run() {
        for (int step = 0; step < m_spec.steps && !m_active.empty(); ++step) {
            CONVOLAB_RETURN_IF_ERROR(forward(m_border.data()));
            if (step == 0) m_from = predictions();
            if (dropCrossed(m_border.data())) {
                if (m_active.empty()) break;
                CONVOLAB_RETURN_IF_ERROR(forward(m_border.data()));
            }
            CONVOLAB_RETURN_IF_ERROR(findNearest());
            for (std::size_t slot = 0; slot < m_active.size(); ++slot) approach(slot);
            CONVOLAB_RETURN_IF_ERROR(forward(m_adversarial.data));
            dropCrossed(m_adversarial.data);
        }
        AllowedRegion(m_spec, m_batch.images).project(m_adversarial);
        return {};
    }

  private:
    struct Border {
        double distance = 0.0;  // in the norm of the attack; 0: none found
        double dualNorm = 0.0;  // of the gradient of the gap between the logits: ‖w‖₂ for L2, ‖w‖₁ for L∞
    };

    /// The logits of the active ones among `images`.
    Status forward(const float* images) {
        CONVOLAB_RETURN_IF_ERROR(goOn(m_batch));
        for (std::size_t slot = 0; slot < m_active.size(); ++slot) {
            std::copy_n(images + offset(m_active[slot]), m_pixels, m_current.data() + offset(slot));
        }
        m_batch.model.forward({m_current.data(), m_batch.model.inputShape().withBatch(count())});
        const auto logits = m_batch.model.logits().span();
        m_logits.assign(logits.begin(), logits.end());
        return {};
    }

    std::vector<int> predictions() {
        return predictedClasses({m_logits.data(), Shape{count(), static_cast<std::int64_t>(m_classes)}});
    }

    /// After forward(images): those that are across stay as they are there. True if there were any.
    bool dropCrossed(const float* images) {
        const std::vector<int> now = predictions();
        std::vector<std::size_t> left;
        for (std::size_t slot = 0; slot < m_active.size(); ++slot) {
            const std::size_t i = m_active[slot];
            const bool crossed = m_spec.target ? now[slot] == *m_spec.target : now[slot] != m_from[i];
            if (!crossed) left.push_back(i);
            else if (images != m_adversarial.data) std::copy_n(images + offset(i), m_pixels, m_adversarial.data + offset(i));
        }
        const bool dropped = left.size() < m_active.size();
        m_active = std::move(left);
        return dropped;
    }

    /// The classes whose border an image may cross, the most likely first.
    std::vector<std::size_t> candidates(std::size_t slot) const {
        if (m_spec.target) return {static_cast<std::size_t>(*m_spec.target)};
        const auto own = static_cast<std::size_t>(m_from[m_active[slot]]);
        std::vector<std::size_t> order;
        for (std::size_t k = 0; k < m_classes; ++k) {
            if (k != own) order.push_back(k);
        }
        const float* logits = m_logits.data() + slot * m_classes;
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
        order.resize(std::min(order.size(), kCandidates));
        return order;
    }

    /// One backward pass per rank: every image looks at its own rank-th candidate.
    Status findNearest() {
        m_borders.assign(m_active.size(), {});
        std::vector<std::vector<std::size_t>> classes;
        for (std::size_t slot = 0; slot < m_active.size(); ++slot) classes.push_back(candidates(slot));
        for (std::size_t rank = 0; rank < classes.front().size(); ++rank) {
            CONVOLAB_RETURN_IF_ERROR(goOn(m_batch));
            Tensor direction(Shape{count(), static_cast<std::int64_t>(m_classes)});
            for (std::size_t slot = 0; slot < m_active.size(); ++slot) {
                float* row = direction.data() + slot * m_classes;
                row[classes[slot][rank]] += 1.0F;
                row[static_cast<std::size_t>(m_from[m_active[slot]])] -= 1.0F;
            }
            m_batch.model.backward(direction.view());
            const View<const float> gradient = m_batch.model.inputGradient();
            for (std::size_t slot = 0; slot < m_active.size(); ++slot) {
                consider(slot, classes[slot][rank], gradient.data + static_cast<std::int64_t>(slot) * m_pixels);
            }
        }
        return {};
    }

    void consider(std::size_t slot, std::size_t candidate, const float* gradient) {
        const float* logits = m_logits.data() + slot * m_classes;
        const float* now = m_border.data() + offset(m_active[slot]);
        bool anything = false;
        double sum = 0.0;
        for (std::int64_t k = 0; k < m_pixels; ++k) {
            anything = anything || gradient[k] != 0.0F;
            const double value = movable(now[k], gradient[k]);
            sum += m_spec.norm == AttackNorm::L2 ? value * value : std::abs(value);
        }
        if (anything && !m_batch.sawGradient.empty()) m_batch.sawGradient[m_active[slot]] = 1;
        const double dualNorm = m_spec.norm == AttackNorm::L2 ? std::sqrt(sum) : sum;
        if (!(dualNorm > 0.0) || !std::isfinite(dualNorm)) return;
        const double gap = static_cast<double>(logits[static_cast<std::size_t>(m_from[m_active[slot]])]) -
                           static_cast<double>(logits[candidate]);
        const double distance = (std::abs(gap) + kNudge) / dualNorm;
        Border& best = m_borders[slot];
        if (best.distance > 0.0 && best.distance <= distance) return;
        best = {distance, dualNorm};
        std::copy_n(gradient, m_pixels, m_nearest.data() + offset(slot));
    }

    /// The gradient of a pixel, 0 where it would only push against the box.
    static double movable(float pixel, float gradient) {
        const bool stuck = (pixel <= 0.0F && gradient < 0.0F) || (pixel >= 1.0F && gradient > 0.0F);
        return stuck ? 0.0 : static_cast<double>(gradient);
    }

    /// To the linearised border; the adversarial image lies a little beyond it.
    void approach(std::size_t slot) {
        const Border& border = m_borders[slot];
        if (!(border.distance > 0.0)) return;
        const float* w = m_nearest.data() + offset(slot);
        const float* clean = m_batch.images.data + offset(m_active[slot]);
        float* at = m_border.data() + offset(m_active[slot]);
        float* beyond = m_adversarial.data + offset(m_active[slot]);
        for (std::int64_t k = 0; k < m_pixels; ++k) {
            const double value = movable(at[k], w[k]);
            const double unit = m_spec.norm == AttackNorm::L2 ? value / border.dualNorm
                                                              : (value > 0.0 ? 1.0 : (value < 0.0 ? -1.0 : 0.0));
            const double moved = static_cast<double>(at[k]) + border.distance * unit;
            at[k] = std::clamp(static_cast<float>(moved), 0.0F, 1.0F);
            const double from = static_cast<double>(clean[k]);
            beyond[k] = std::clamp(static_cast<float>(from + (1.0 + kOvershoot) * (moved - from)), 0.0F, 1.0F);
        }
    }

    std::int64_t count() const { return static_cast<std::int64_t>(m_active.size()); }
    std::int64_t offset(std::size_t image) const { return static_cast<std::int64_t>(image) * m_pixels; }

    const AttackSpec& m_spec;
    const AttackBatch& m_batch;
    View<float> m_adversarial;
    std::int64_t m_pixels;
    std::size_t m_classes;
    Tensor m_border;   // where each image's way to the border has come, without the overshoot
    Tensor m_current;  // the active images, without gaps
    Tensor m_nearest;  // per active image: gradient of the gap to the nearest class
    std::vector<std::size_t> m_active;
    std::vector<int> m_from;  // what the network says of the clean images, right or wrong
    std::vector<float> m_logits;
    std::vector<Border> m_borders;
};

}  // namespace

/// Moosavi-Dezfooli, Fawzi, Frossard, "DeepFool: a simple and accurate method to fool deep neural networks", CVPR 2016,
/// Algorithm 2; its L∞ variant with p = ∞ in equations 10 and 11.
AttackMethod deepFoolAttack() {
    AttackMethod method;
    method.id = "deepfool";
    method.label = "DeepFool";
    method.help = "Looks for the smallest perturbation: steps over the nearest linearised border until the class changes.";
    method.usesEpsilon = false;
    method.iterative = true;
    method.findsSmallest = true;
    method.run = [](const AttackSpec& spec, const AttackBatch& batch, View<float> adversarial) {
        return DeepFool(spec, batch, adversarial).run();
    };
    return method;
}

}  // namespace convolab
