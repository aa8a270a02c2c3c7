#pragma once

#include "core/train/optimizer.h"

namespace convolab {

/// The update that Adam and AdamW share (Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm
/// 2), in PyTorch's order of operations. `l2` is added to the gradient as l2 · w; `shrink` multiplies the
/// weight first. The state is the first moments, then the second moments.
struct AdamDecay {
    double l2 = 0.0;
    double shrink = 1.0;
};
bool adamUpdate(const OptimizerSpec& spec, const OptimizerStep& step, const AdamDecay& decay);

/// Options that both show.
std::vector<RecipeOption<OptimizerSpec>> adamOptions();

}  // namespace convolab
