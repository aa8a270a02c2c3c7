#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/inspect/predictions.h"
#include "core/measure/spread.h"
#include "core/model/model.h"

namespace convolab {

struct IntegerNetwork;

struct LatencyOptions {
    std::vector<std::int64_t> batches{1, 64};
    double seconds = 0.5;           ///< per batch size: measure about so long …
    std::int64_t minimumRuns = 10;  ///< … but at least so often
    std::int64_t maximumRuns = 500;
    std::int64_t warmUpRuns = 5;    ///< not counted: first touches of memory, primitives, the team's start-up
    bool perLayer = true;
    /// Batch sizes after the first that would take longer than so many seconds in all, or more memory than there is, are
    /// left out of the answer. Absent: all are measured, and a lack of memory is an error.
    std::optional<double> patience = {};
};

struct LayerTime {
    NodeId node = {};   ///< where it runs; layers that are fused into it are part of it
    Spread seconds = {};
};

/// One batch size. Seconds per batch, not per image. The clock is the monotonic one; waiting for another user of the
/// compute team is left out.
struct BatchLatency {
    std::int64_t batch = 1;
    std::int64_t runs = 0;
    std::int64_t warmUpRuns = 0;
    Spread seconds = {};                 ///< of a forward pass as everybody else runs it
    std::vector<LayerTime> layers = {};  ///< in execution order, timed in runs of their own (alternating with the others)
    double layoutChanges = 0.0;     ///< median of all reorders between layers together
    bool shared = false;            ///< something else (a training) used the team meanwhile: caches were not ours alone

    double perImage() const { return seconds.median / static_cast<double>(batch); }
    /// What the layers' medians leave of the whole: reorders, calls, the thread team's starts. At least 0.
    double betweenLayers() const;
    const LayerTime* find(NodeId node) const;
};

struct Latency {
    int threads = 1;
    std::vector<BatchLatency> batches = {};  ///< in the order asked for

    const BatchLatency* find(std::int64_t batch) const;
};

/// Runs an inference model of its own on random images (values do not change the time). Where a training uses the compute
/// team, takes at most a third of the time and says so (`shared`). Cancelled: an error.
Result<Latency> measureLatency(const NetworkSpec& spec, const WeightSet* weights, const LatencyOptions& options = {},
                               const Progress& progress = {});
/// The same of a network that computes in integers.
Result<Latency> measureLatency(const IntegerNetwork& network, const LatencyOptions& options = {},
                               const Progress& progress = {});

}  // namespace convolab
