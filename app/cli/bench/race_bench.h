#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/console.h"
#include "app/cli/data_options.h"
#include "app/cli/network_source.h"

namespace convolab {

/// `bench --race`.
struct RaceBenchOptions {
    std::string network = "dense-n";
    PresetChoice preset;
    std::string data;           ///< empty: MNIST where it is, else the built-in digits
    std::string dataDir;
    std::string device = "cuda", precision = "float32";
    std::int64_t batch = 0;     ///< 0: the usual
    std::int64_t steps = 200;
    bool reference = false;     ///< also the plain loops of the reference
    double seconds = 0.3;       ///< per size and device of a sweep
    std::vector<std::int64_t> widths, batches;  ///< of the sweeps; empty: SweepOptions' own
};

/// The processor against a GPU: both losses from one seed, where both times go, and from which width and batch of the dense
/// n-n-10 network on the GPU is faster. Without a GPU: why, and the exit status of a failure.
int runRaceBench(const RaceBenchOptions& options, const Console& console);

}  // namespace convolab
