#include <algorithm>

#include "core/train/optimizer.h"

namespace convolab {

const Optimizer& sgdOptimizer();
const Optimizer& adamOptimizer();
const Optimizer& adamwOptimizer();
const Optimizer& rmspropOptimizer();
const Optimizer& adagradOptimizer();

const std::vector<const Optimizer*>& optimizers() {
    static const std::vector<const Optimizer*> all{&sgdOptimizer(), &adamOptimizer(), &adamwOptimizer(),
                                                  &rmspropOptimizer(), &adagradOptimizer()};
    return all;
}

const Optimizer* findOptimizer(const std::string& id) {
    const auto& all = optimizers();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Optimizer* o) { return o->id == id; });
    return found == all.end() ? nullptr : *found;
}

}  // namespace convolab
