// A network that knows three classes of 8×8 bars, trained in milliseconds, for the parts of the attack lens.
#pragma once

#include "core/attack/attack_text.h"
#include "tests/core/tiny_training.h"

namespace convolab::testing {

struct TrainedTiny {
    std::shared_ptr<const NetworkSpec> network = std::make_shared<NetworkSpec>(tinyNetwork());
    DatasetPtr dataset = tinyDataset(120);
    WeightSetPtr weights;

    TrainedTiny() {
        Recipe recipe = tinyRecipe();
        recipe.steps = 60;
        auto loop = TrainingLoop::create(*network, dataset, recipe);
        if (!loop.ok()) qFatal("%s", loop.error().sentence().c_str());
        while (!(*loop)->finished()) {
            if (!(*loop)->runStep().ok()) qFatal("the training failed");
        }
        weights = (*loop)->publish();
    }

    std::shared_ptr<const Tensor> image(Split split, std::int64_t index) const {
        auto tensor = std::make_shared<Tensor>(dataset->info().imageShape);
        dataset->image(split, index, tensor->span());
        return tensor;
    }
};

inline const TrainedTiny& trainedTiny() {
    static const TrainedTiny instance;
    return instance;
}

inline AttackSpec attackFrom(const std::string& text) {
    auto spec = parseAttack(text);
    if (!spec.ok()) qFatal("%s", spec.error().sentence().c_str());
    return *spec;
}

}  // namespace convolab::testing
