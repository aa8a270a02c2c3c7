#pragma once

#include <map>
#include <memory>
#include <vector>

#include "core/cpu/op.h"
#include "core/graph/analysis.h"
#include "core/model/fusion.h"
#include "core/model/memory_plan.h"

namespace convolab {

/// One op with its place in the network. Values are the outputs of ops, numbered like them.
struct PlannedOp {
    std::unique_ptr<Op> op;
    FusedLayer layer;               ///< node 0 for reorders
    Shape output;                   ///< per image
    std::vector<int> inputs;        ///< ops whose outputs it reads; −1: the images
    std::vector<Shape> inputShapes;
    bool wantsGradient = false;     ///< of its output: something before it is trained
    bool skippedInTraining = false; ///< behind the logits
    int value = -1;                 ///< arena buffer of the output; shared with the input by aliases
    int gradient = -1;              ///< arena buffer of the output's gradient; −1: nothing to do in backward
    std::vector<int> gradientSources;   ///< to be summed into `gradient` first; empty: it is written by its only source
    std::vector<int> inputGradients;    ///< arena buffers; −1: not wanted
    int workspace = -1;
};

/// What to run in which order and where everything lies. Built once per model; knows nothing of weights.
struct OpPlan {
    std::int64_t images = 0;  ///< at once, at most
    std::vector<PlannedOp> ops;
    std::vector<ArenaBuffer> buffers;
    std::size_t arenaFloats = 0;
    std::size_t scratchFloats = 0;
    int logits = -1;        ///< op whose output are the logits
    int output = -1;        ///< op whose output is the network's
    int loss = -1;          ///< op whose output the loss reads
    int lossGradient = -1;  ///< arena buffer
    int imageGradient = -1; ///< arena buffer
    std::map<NodeId, int> taps;  ///< op (dense layout) per tapped node
    struct TapGradient {
        int op = -1;        ///< whose output the node's is
        int buffer = -1;    ///< arena buffer, dense layout
    };
    std::map<NodeId, TapGradient> tapGradients;  ///< differentiable models
};

OpPlan makeOpPlan(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options);

}  // namespace convolab
