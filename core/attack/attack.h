#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/util/result.h"

namespace convolab {

enum class AttackNorm { Linf, L2 };

/// What is asked of an attack. The same spec, weights, images and device give the same adversarial images.
struct AttackSpec {
    std::string method = "pgd";     ///< id in the registry
    AttackNorm norm = AttackNorm::Linf;
    double epsilon = 0.1;           ///< budget: ‖r‖ ≤ ε; L∞ as a share of the pixel range [0, 1], L2 in the same units
    double step = 0.0;              ///< 0: the method's own (PGD 2.5 ε / steps, BIM ε / steps)
    int steps = 20;                 ///< of iterative methods
    int restarts = 1;               ///< with random start; the best (fooled, else highest loss) is kept
    std::optional<bool> randomStart = {};  ///< uniform in the ball; absent: the method's own (PGD yes; FGSM no: only
                                           ///< where asked, as in fast adversarial training)
    std::optional<int> target = {}; ///< become this class; absent: any error
    std::uint64_t seed = 0;
    bool operator==(const AttackSpec&) const = default;
};

/// Unknown method, a norm or target it cannot do, ε negative, NaN or > 1 (L∞), steps 0, a target that is no class …:
/// a sentence each. `classes` 0: not known yet.
Status validateAttack(const AttackSpec& spec, int classes = 0);

/// A batch under attack: a differentiable model that is bound already, clean images and their true labels.
struct AttackBatch {
    Model& model;
    View<const float> images;          ///< (n, C, H, W) in [0, 1], n ≤ the model's maximum
    std::span<const int> labels;       ///< n
    std::span<const std::int64_t> ids; ///< n: which random numbers each image gets (its index in the split)
    std::uint64_t draw = 0;            ///< the restart; in adversarial training the step: random numbers are
                                       ///< f(seed, Attack, draw, id, element), whatever the batch and the threads
    std::span<std::uint8_t> sawGradient = {};  ///< n or empty: set to 1 where an image's gradient was not all zero
    /// With a model that ascends by itself: what it climbed to is left there, and `adversarial` is not written.
    bool staysThere = false;
    /// Called between calls of the model; false cancels. May be empty.
    std::function<bool()> keepGoing = {};
};

/// One way of attacking: a file in methods/.
struct AttackMethod {
    std::string id, label, help;
    bool usesEpsilon = true;      ///< DeepFool finds the smallest by itself: ε only caps it
    bool iterative = false;       ///< steps and step size matter
    bool supportsL2 = true;
    bool supportsTarget = true;
    bool supportsRandomStart = false;
    bool startsRandomly = false;  ///< unless asked otherwise
    bool findsSmallest = false;   ///< ρ̂ is of such a method
    bool usesGradient = true;
    bool ascends = false;         ///< step by step along the gradient of the goal, which a model may do by itself
    /// Writes adversarial images (n, C, H, W) to `adversarial`: inside [0, 1] and the budget, to the last bit.
    std::function<Status(const AttackSpec&, const AttackBatch&, View<float> adversarial)> run;
};
const std::vector<const AttackMethod*>& attackMethods();
const AttackMethod* findAttackMethod(const std::string& id);

/// As asked, else as the method does. For a valid spec.
bool startsRandomly(const AttackSpec& spec);
/// spec.step, else the method's own: PGD 2.5 ε / steps, BIM ε / steps, FGSM ε (1.25 ε from a random start).
double stepSize(const AttackSpec& spec);
/// As large as it can be: 1 for L∞, the diagonal of the box for L2. What a smallest-perturbation method is capped by
/// where a person names no ε.
double largestEpsilon(AttackNorm norm, const Shape& image);
const char* normName(AttackNorm norm);  ///< "linf", "l2"

}  // namespace convolab
