#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "app/lenses/compress/plan_meter.h"

namespace convolab {

/// A plan as it is asked for.
struct PlanRequest {
    std::uint64_t ticket = 0;
    PlanGround ground;
    CompressionPlan plan;
    DatasetPtr dataset;     ///< fits the network's input; null: figures only
    bool preview = false;   ///< a hand moves: the sample is enough
};

/// What is known of it so far. Several of them answer one request.
struct PlanAnswer {
    std::uint64_t ticket = 0;
    LaidPlanPtr laid = {};
    std::optional<PlanAccuracy> accuracy = {};  ///< of `laid`, on the sample or on the whole split
    std::optional<PlanAccuracy> original = {};  ///< of the ground's base on the same images
    std::optional<Error> error = {};             ///< with `laid`: it stands, and its accuracy cannot be measured
    bool last = false;
};

/// Lays plans and measures them on a thread of its own; the latest wish wins. A preview is always finished, so that a hand
/// that never rests sees numbers, too; all else is given up when a newer wish comes.
class PlanWorker {
  public:
    static constexpr std::int64_t kSampleImages = 1000;  ///< of the validation split, balanced by class; always the same

    /// `post` is called on the worker's thread.
    PlanWorker(std::shared_ptr<CalibrationCache> calibration, std::function<void(PlanAnswer)> post);
    ~PlanWorker();

    std::uint64_t ask(PlanRequest request);  ///< returns its ticket
    std::uint64_t newest() const;

  private:
    struct Bench;
    void loop(const std::stop_token& stop);
    Status lay(const PlanRequest& request);
    Status measure(const PlanRequest& request, const std::function<bool()>& keepGoing);

    std::function<void(PlanAnswer)> m_post;
    std::unique_ptr<Bench> m_bench;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<PlanRequest> m_waiting;
    std::uint64_t m_latest = 0;
    std::jthread m_thread;  // last: it starts when all else is there
};

}  // namespace convolab
