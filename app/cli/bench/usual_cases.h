#pragma once

#include <string>
#include <vector>

#include "app/cli/bench/contender.h"
#include "app/cli/network_source.h"

namespace convolab {

struct CaseChoice {
    std::vector<std::string> networks = {};  ///< MODELs; none: the usual ones
    PresetChoice preset = {};                ///< --input, --classes, --width: with one named network
    std::vector<StepTask> tasks = {};        ///< none: both
    std::int64_t batch = 0;                  ///< 0: the usual batch of each
    int threads = 1;
    std::string device = "cpu";              ///< "cuda:0": other usual networks and batches, larger ones
};

/// What is measured: training at each network's usual batch, inference at batch 1 and 64.
Result<std::vector<BenchCase>> benchCases(const CaseChoice& choice);

}  // namespace convolab
