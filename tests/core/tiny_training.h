// A training that takes milliseconds: three classes of 8×8 pictures, and a network with everything that has
// state.
#pragma once

#include <cstring>
#include <memory>

#include "core/data/dataset.h"
#include "core/graph/network_spec.h"
#include "core/train/training_loop.h"
#include "core/util/random.h"

namespace convolab::testing {

inline constexpr int kTinyClasses = 3;
inline constexpr std::int64_t kTinyTrain = 70;  // with batches of 16: four whole ones and one of 6

inline ImageStore tinyImages(std::int64_t count, std::uint64_t seed) {
    constexpr int kSide = 8;
    RandomSequence random(seed, RandomStreamId::Data);
    ImageStore store;
    for (std::int64_t i = 0; i < count; ++i) {
        const int label = static_cast<int>(i % kTinyClasses);
        for (int y = 0; y < kSide; ++y) {
            for (int x = 0; x < kSide; ++x) {
                // A horizontal bar, a vertical bar, a diagonal.
                const bool lit = label == 0 ? y == 3 : label == 1 ? x == 4 : x == y;
                store.pixels.push_back(static_cast<std::uint8_t>((lit ? 150 : 20) + random.below(60)));
            }
        }
        store.labels.push_back(static_cast<std::uint8_t>(label));
    }
    return store;
}

inline DatasetPtr tinyDataset(std::int64_t validation = 21) {
    DatasetInfo info;
    info.id = "tiny";
    info.title = "Tiny bars";
    info.imageShape = {1, 8, 8};
    info.classNames = {"horizontal", "vertical", "diagonal"};
    return std::make_shared<MemoryDataset>(info, tinyImages(kTinyTrain, 1), tinyImages(validation, 2),
                                           tinyImages(20, 3));
}

using Layer = std::pair<std::string, Attributes>;

inline NetworkSpec chain(const std::vector<Layer>& layers) {
    NetworkSpec spec;
    NodeId previous;
    for (const auto& [kind, attributes] : layers) {
        const NodeId node = spec.addNode(kind, attributes);
        if (previous) static_cast<void>(spec.connect({previous, 0}, {node, 0}));
        previous = node;
    }
    return spec;
}

inline NetworkSpec tinyNetwork(int classes = kTinyClasses) {
    using Integers = std::vector<std::int64_t>;
    return chain({{"input", {{"shape", Integers{1, 8, 8}}}},
                  {"conv2d", {{"filters", std::int64_t{4}}, {"kernel", Integers{3, 3}}}},
                  {"batch_norm", {}},
                  {"relu", {}},
                  {"max_pool", {}},
                  {"flatten", {}},
                  {"dropout", {{"rate", 0.25}}},
                  {"dense", {{"units", std::int64_t{classes}}}},
                  {"softmax", {}},
                  {"output", {}}});
}

inline Recipe tinyRecipe() {
    Recipe recipe;
    recipe.dataset = "tiny";
    recipe.batchSize = 16;
    recipe.steps = 30;
    recipe.rate = 0.01;
    recipe.validationEvery = 5;
    return recipe;
}

inline bool sameBits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

inline bool sameWeights(const WeightSet& a, const WeightSet& b) {
    return a.step == b.step && sameBits(a.parameters, b.parameters) && sameBits(a.statistics, b.statistics);
}

/// Weights, optimizer state, position and best; `seconds` is a measurement and differs.
/// Everything that a run has to remember or to draw again, with a schedule of that name.
inline Recipe thoroughRecipe(const std::string& schedule) {
    Recipe recipe = tinyRecipe();
    recipe.optimizer = *parseOptimizer("rmsprop:momentum=0.5,centered=true");
    recipe.schedule = *parseSchedule(schedule);
    recipe.l1 = 1e-5;
    recipe.l2 = 1e-4;
    recipe.clipNorm = 0.5;
    recipe.clipValue = 0.2;
    recipe.averaging = 0.9;
    recipe.labelSmoothing = 0.1;
    recipe.classWeights.balanced = true;
    recipe.earlyStopping = 20;
    for (const char* text : {"shift", "rotate", "flip", "elastic:alpha=10,sigma=2", "erase", "noise"}) {
        recipe.augmentations.push_back(*parseAugmentation(text));
    }
    return recipe;
}

inline bool sameState(const Checkpoint& a, const Checkpoint& b) {
    const bool sameBest = (!a.best && !b.best) || (a.best && b.best && sameWeights(*a.best, *b.best));
    return sameWeights(a.weights, b.weights) && sameBits(a.optimizerState, b.optimizerState) &&
           a.step == b.step && a.position == b.position && a.bestAccuracy == b.bestAccuracy &&
           a.bestStep == b.bestStep && sameBest && sameBits(a.averaged, b.averaged) && a.plateau == b.plateau &&
           a.stopping == b.stopping;
}

}  // namespace convolab::testing
