#include <algorithm>
#include <cmath>

#include "core/attack/gradient.h"
#include "core/attack/perturbation.h"
#include "core/util/random.h"

namespace convolab {

namespace {

constexpr int kBisections = 60;

void addSigns(RandomSequence& random, float epsilon, std::span<const float> clean, float* image) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < clean.size(); ++k) {
        if (k % 32 == 0) bits = random.next();
        image[k] = clean[k] + ((bits >> (k % 32)) & 1U ? epsilon : -epsilon);
    }
}

/// Along a normal direction as far as ε goes: what the box cuts off some pixels, the others have to make up for.
void addDirection(RandomSequence& random, double epsilon, std::span<const float> clean, float* image) {
    std::vector<double> direction(clean.size());
    double square = 0.0;
    for (double& value : direction) {
        value = static_cast<double>(random.normal());
        square += value * value;
    }
    const auto place = [&](double scale) {
        for (std::size_t k = 0; k < clean.size(); ++k) {
            image[k] = std::clamp(static_cast<float>(static_cast<double>(clean[k]) + scale * direction[k]), 0.0F, 1.0F);
        }
        return perturbationOf(clean, {image, clean.size()}).l2;
    };
    double inside = 0.0;
    double outside = epsilon / std::sqrt(std::max(square, 1e-30));
    for (int i = 0; i < kBisections && place(outside) <= epsilon; ++i) {
        inside = outside;
        outside *= 2.0;
    }
    for (int i = 0; i < kBisections; ++i) {
        const double middle = (inside + outside) / 2.0;
        (place(middle) <= epsilon ? inside : outside) = middle;
    }
    place(inside);
}

Status run(const AttackSpec& spec, const AttackBatch& batch, View<float> adversarial) {
    CONVOLAB_RETURN_IF_ERROR(goOn(batch));
    const AllowedRegion region(spec, batch.images);
    const auto pixels = static_cast<std::size_t>(batch.images.size() / batch.images.shape[0]);
    for (std::size_t i = 0; i < batch.ids.size(); ++i) {
        RandomSequence random(spec.seed, RandomStreamId::Attack, batch.draw, static_cast<std::uint64_t>(batch.ids[i]));
        const std::span<const float> clean(batch.images.data + i * pixels, pixels);
        float* image = adversarial.data + i * pixels;
        if (spec.norm == AttackNorm::Linf) addSigns(random, static_cast<float>(spec.epsilon), clean, image);
        else addDirection(random, spec.epsilon, clean, image);
    }
    region.project(adversarial);
    return {};
}

}  // namespace

/// The control: as large as the others' perturbations, but it does not look at the network.
AttackMethod noiseAttack() {
    AttackMethod method;
    method.id = "noise";
    method.label = "Random noise";
    method.help = "The control: ±ε at random per pixel (L∞) or a random direction of length ε (L2); blind to the network.";
    method.supportsTarget = false;
    method.startsRandomly = true;
    method.usesGradient = false;
    method.run = run;
    return method;
}

}  // namespace convolab
