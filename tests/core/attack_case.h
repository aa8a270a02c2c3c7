// A network with weights, and images that it gets right.
#pragma once

#include "core/attack/attack_text.h"
#include "core/attack/attacker.h"
#include "tests/core/network_examples.h"

namespace convolab::testing {

inline AttackSpec attackOf(const std::string& text) {
    auto spec = parseAttack(text);
    if (!spec.ok()) qFatal("%s", spec.error().sentence().c_str());
    return *spec;
}

struct Victim {
    NetworkSpec spec;
    WeightSet weights;
    std::unique_ptr<Attacker> attacker;
    Images images;
    std::vector<std::int64_t> ids;

    // Labels are what the network says, so that every image is attacked.
    explicit Victim(NetworkSpec network, std::int64_t n = 12, std::uint64_t seed = 5)
        : spec(std::move(network)), weights(initialWeights(spec, analyze(spec), seed)) {
        auto made = Attacker::create(spec, n);
        if (!made.ok()) qFatal("%s", made.error().sentence().c_str());
        attacker = std::move(made).value();
        if (!attacker->bind(weights).ok()) qFatal("the weights do not fit");
        images = randomImages(attacker->model().inputShape(), n, 2, seed);
        attacker->model().forward(images.view());
        const View<const float> logits = attacker->model().logits();
        const std::int64_t classes = logits.shape[1];
        for (std::int64_t i = 0; i < n; ++i) {
            const float* row = logits.data + i * classes;
            images.labels[static_cast<std::size_t>(i)] = static_cast<int>(std::max_element(row, row + classes) - row);
            ids.push_back(100 + 7 * i);
        }
    }

    AttackOutcome attack(const AttackSpec& attack) {
        auto outcome = attacker->run(attack, images.view(), images.labels, ids);
        if (!outcome.ok()) qFatal("%s", outcome.error().sentence().c_str());
        return std::move(outcome).value();
    }
    AttackOutcome attack(const std::string& text) { return attack(attackOf(text)); }

    std::span<const float> clean(std::size_t i) const { return pixelsOf(images.tensor, i); }
    std::span<const float> pixelsOf(const Tensor& tensor, std::size_t i) const {
        const std::size_t pixels = static_cast<std::size_t>(tensor.size()) / ids.size();
        return tensor.span().subspan(i * pixels, pixels);
    }
};

inline QString errorOf(const Result<AttackOutcome>& outcome) {
    return outcome.ok() ? QString() : QString::fromStdString(outcome.error().sentence());
}

}  // namespace convolab::testing
