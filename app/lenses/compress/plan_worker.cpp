#include "app/lenses/compress/plan_worker.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/compress/quick_accuracy.h"

namespace convolab {

/// What the worker's thread keeps between two requests.
struct PlanWorker::Bench {
    using Counts = std::map<std::int64_t, std::int64_t>;  // right answers on the first so many images

    explicit Bench(std::shared_ptr<CalibrationCache> cache) : calibration(std::move(cache)) {}

    Result<PlanAccuracy> measure(const PlanRequest& request, const LaidPlan& plan, std::int64_t images, const std::function<bool()>& keepGoing) {
        const std::int64_t all = request.dataset->size(Split::Validation);
        if (images >= all) return measurePlan(plan, request.dataset, Split::Validation, *calibration, keepGoing);
        if (usesIntegers(plan.plan)) {
            return measureIntegers(plan, request.dataset, Split::Validation, sampleOf(*request.dataset, Split::Validation, images), *calibration, keepGoing);
        }
        if (!quick || quickNetwork != request.ground.network || quickDataset != request.dataset) {
            quick.reset();
            CONVOLAB_ASSIGN(quick, QuickAccuracy::create(*request.ground.network, *request.dataset, images));
            quickNetwork = request.ground.network;
            quickDataset = request.dataset;
        }
        CONVOLAB_ASSIGN(const QuickAccuracy::Answer answer, quick->measure(*plan.weights, keepGoing));
        return PlanAccuracy{Split::Validation, answer.correct, answer.images, all, arithmeticOf(plan.plan)};
    }

    /// The uncompressed weights are measured once.
    Result<PlanAccuracy> original(const PlanRequest& request, std::int64_t images, const std::function<bool()>& keepGoing) {
        if (request.ground.base != base || request.dataset != dataset) known.clear();
        base = request.ground.base;
        dataset = request.dataset;
        const std::int64_t all = dataset->size(Split::Validation);
        if (const auto found = known.find(images); found != known.end()) return PlanAccuracy{Split::Validation, found->second, std::min(images, all), all};
        LaidPlan asItIs;
        asItIs.ground = request.ground;
        asItIs.weights = base;
        CONVOLAB_ASSIGN(const PlanAccuracy measured, measure(request, asItIs, images, keepGoing));
        known[images] = measured.correct;
        return measured;
    }

    std::shared_ptr<CalibrationCache> calibration;
    std::unique_ptr<QuickAccuracy> quick;
    std::shared_ptr<const NetworkSpec> quickNetwork;
    DatasetPtr quickDataset;
    WeightSetPtr base;
    DatasetPtr dataset;
    Counts known;
    WeightSetPtr finite;  // these have been looked through
    LaidPlanPtr laid;     // the newest
};

PlanWorker::PlanWorker(std::shared_ptr<CalibrationCache> calibration, std::function<void(PlanAnswer)> post)
    : m_post(std::move(post)), m_bench(std::make_unique<Bench>(std::move(calibration))), m_thread([this](std::stop_token stop) { loop(stop); }) {}

PlanWorker::~PlanWorker() {
    m_thread.request_stop();
    m_wake.notify_all();
    m_thread.join();
}

std::uint64_t PlanWorker::ask(PlanRequest request) {
    std::uint64_t ticket = 0;
    {
        const std::lock_guard lock(m_mutex);
        ticket = request.ticket = ++m_latest;
        m_waiting = std::move(request);
    }
    m_wake.notify_all();
    return ticket;
}

std::uint64_t PlanWorker::newest() const {
    const std::lock_guard lock(m_mutex);
    return m_latest;
}

void PlanWorker::loop(const std::stop_token& stop) {
    while (true) {
        PlanRequest request;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, stop, [this] { return m_waiting.has_value(); });
            if (stop.stop_requested()) return;
            request = std::move(*m_waiting);
            m_waiting.reset();
        }
        const auto keepGoing = [&] { return !stop.stop_requested() && (request.preview || newest() == request.ticket); };
        PlanAnswer answer{.ticket = request.ticket, .last = true};
        try {
            Status status = lay(request);
            if (status.ok()) {
                answer.laid = m_bench->laid;
                m_post({.ticket = request.ticket, .laid = answer.laid});
                status = measure(request, keepGoing);
            }
            if (!status.ok() && status.error().code != ErrorCode::Cancelled) answer.error = status.error();
        } catch (const std::exception& exception) {
            answer.error = Error{ErrorCode::Internal, std::string("the plan could not be computed (") + exception.what() + ")", {}, {}};
        }
        m_post(std::move(answer));
    }
}

Status PlanWorker::lay(const PlanRequest& request) {
    LaidPlanPtr& laid = m_bench->laid;
    if (m_bench->finite != request.ground.base) {
        const std::vector<float>& values = request.ground.base->parameters;
        if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
            return Error{ErrorCode::InvalidArgument, "the training diverged: its weights are not numbers any more", {}, "train again with a lower rate"};
        }
        m_bench->finite = request.ground.base;
    }
    if (!laid || !(laid->ground == request.ground) || !(laid->plan == request.plan)) {
        CONVOLAB_ASSIGN(laid, layPlan(request.ground, request.plan, laid));
    }
    return {};
}

Status PlanWorker::measure(const PlanRequest& request, const std::function<bool()>& keepGoing) {
    if (!request.dataset) return {};
    const LaidPlanPtr laid = m_bench->laid;
    const std::int64_t all = request.dataset->size(Split::Validation);
    if (all == 0) return Error{ErrorCode::InvalidArgument, "this data set has no validation images to judge a plan by", {}, "choose another one in Train"};
    const auto answer = [&](std::int64_t images) -> Status {
        PlanAnswer part{.ticket = request.ticket, .laid = laid};
        CONVOLAB_ASSIGN(part.accuracy, m_bench->measure(request, *laid, images, keepGoing));
        CONVOLAB_ASSIGN(part.original, m_bench->original(request, images, keepGoing));
        m_post(std::move(part));
        return {};
    };
    CONVOLAB_RETURN_IF_ERROR(answer(std::min(all, kSampleImages)));
    if (request.preview || all <= kSampleImages) return {};
    return answer(all);
}

}  // namespace convolab
