#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/bench/contender.h"

namespace convolab {

struct ComparisonOptions {
    std::vector<Contender> peers = {};  ///< besides ours
    std::string python = "python3";
    int rounds = 7;          ///< in each, everybody runs once, in turn
    double seconds = 0.3;    ///< of one such run, about
    bool loud = false;       ///< children's messages go to stderr
};

/// One line of the table. Seconds of one step, the median over the rounds.
struct ComparisonRow {
    BenchCase what;
    double ours = 0.0;
    std::map<std::string, double> peers;
    std::optional<double> ratio;       ///< best peer / ours: the median over the rounds, each of which ran both
    std::int64_t ourBytes = 0;         ///< see Sample
    std::map<std::string, std::int64_t> peerBytes;
    std::map<std::string, std::string> versions;
    std::vector<std::string> notes;    ///< a peer that could not run this one, and why
};

/// Runs one case: everybody warms up, then the rounds. A peer that fails is left out with a note; a library that is not
/// installed is an error with the code NotFound and the engine's name as its node. Cancelled: an error. `progress`: share of this case in [0, 1].
Result<ComparisonRow> compare(const BenchCase& what, const ComparisonOptions& options,
                              const std::function<void(double)>& progress);

}  // namespace convolab
