#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "core/inspect/ablation.h"
#include "core/inspect/activations.h"
#include "core/train/trainer.h"

namespace convolab {

/// What is to be computed. Without `trained` (or as far as it does not fit the network) fresh weights stand in.
struct ProbeRequest {
    std::shared_ptr<const NetworkSpec> spec;
    WeightSetPtr trained;
    std::uint64_t seed = 0;
    std::set<ChannelRef> off;
    std::shared_ptr<const Tensor> image;  ///< may be null: weights only
    TrainingDevice device = {};           ///< where to compute; the processor steps in for one that fails or has no room
    std::chrono::steady_clock::time_point asked;
};

struct ProbeAnswer {
    std::shared_ptr<const NetworkSpec> spec;
    WeightSetPtr weights, effective;
    ActivationSnapshotPtr snapshot;
    int layers = 0;  ///< with weights
    int kept = 0;    ///< of them that have the trained ones
    std::string device;  ///< the id of the one that computed it
    std::chrono::steady_clock::time_point asked;
    std::optional<Error> error;
};

/// A thread with an ActivationProbe. It compiles when the structure changes, binds when the weights change, and runs per
/// image; of the requests that wait only the newest is answered. Thread-safe; knows nothing of Qt.
class ProbeWorker {
  public:
    /// `notify` is called on the worker's thread when an answer can be taken.
    explicit ProbeWorker(std::function<void()> notify);
    ~ProbeWorker();  ///< waits for the request in hand

    void ask(ProbeRequest request);
    std::optional<ProbeAnswer> take();  ///< the newest answer, once

  private:
    struct State;
    void loop(const std::stop_token& stop);

    std::function<void()> m_notify;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<ProbeRequest> m_next;
    std::optional<ProbeAnswer> m_answer;
    std::jthread m_thread;
};

}  // namespace convolab
