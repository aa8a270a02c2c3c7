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
    PeerOptions process = {};
    std::string device = {};  ///< name of the GPU; empty: the processor
    int rounds = 7;        ///< in each, everybody runs once, in turn
    double seconds = 0.3;  ///< of one such run, about
};

/// One who is not in a row, and why.
struct LeftOut {
    std::string name;  ///< empty: ours
    std::string why;
    bool failed;       ///< else it is only that it cannot run this network
    std::string text() const;  ///< "pytorch eager: no answer within 10 min 00 s"
};

/// One line of the table. Seconds of one step, the median over the rounds.
struct ComparisonRow {
    BenchCase what;
    int rounds = 0;                  ///< that all took part in; 0: nothing was measured
    bool interrupted = false;
    double ours = 0.0;               ///< 0: not measured
    std::map<std::string, double> peers = {};
    std::optional<double> ratio = {};  ///< best peer / ours: the median over the rounds, each of which ran both
    std::int64_t ourBytes = 0;       ///< see Sample
    std::map<std::string, std::int64_t> peerBytes = {};
    std::map<std::string, std::string> versions = {};
    std::vector<LeftOut> leftOut = {};

    bool complete() const;           ///< nobody failed or stopped
    std::string name() const;        ///< "resnet-20, train, batch 128"
};

/// Runs one case: everybody warms up, then the rounds. Whoever fails is left out of the row, and without ours it ends; an
/// interrupted one has the rounds until then. The only error is a library that is not installed: NotFound, with the engine's
/// name as its node. `progress`: share of this case in [0, 1].
Result<ComparisonRow> compare(const BenchCase& what, const ComparisonOptions& options,
                              const std::function<void(double)>& progress);

}  // namespace convolab
