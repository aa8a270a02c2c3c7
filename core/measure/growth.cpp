#include "core/measure/growth.h"

#include <algorithm>
#include <functional>

#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/graph/chain_builder.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 32;
constexpr std::int64_t kFewestSteps = 3;
constexpr std::int64_t kMostSteps = 500;

NetworkSpec denseLayers(std::int64_t units) {
    return ChainBuilder("dense").input({units}).dense(units).relu().dense(units).relu().classifier(10).build();
}

NetworkSpec convolutions(std::int64_t filters, std::int64_t depth, std::int64_t side) {
    ChainBuilder builder("convolutions");
    builder.input({3, side, side});
    for (std::int64_t i = 0; i < depth; ++i) {
        builder.conv({.filters = filters, .kernel = 3, .stride = 1, .pads = ChainBuilder::Pads::Same}).relu();
    }
    return builder.add("global_avg_pool").classifier(10).build();
}

struct Plan {
    const char* quantity;
    std::string network;
    std::vector<std::int64_t> sizes;
    std::function<NetworkSpec(std::int64_t)> make;
    bool isBatch = false;
};

std::vector<Plan> plansFor(const std::vector<GrowthNetwork>& networks) {
    std::vector<Plan> plans = {
        {"width", "two dense layers of n units", {256, 512, 1024, 2048}, denseLayers},
        {"width", "four 3×3 convolutions of n filters, 16×16", {16, 32, 64, 128}, [](auto n) { return convolutions(n, 4, 16); }},
        {"depth", "n 3×3 convolutions of 32 filters, 16×16", {2, 4, 8, 16, 32}, [](auto n) { return convolutions(32, n, 16); }},
        {"input size", "four 3×3 convolutions of 32 filters, n×n", {8, 16, 32, 64}, [](auto n) { return convolutions(32, 4, n); }},
    };
    for (const GrowthNetwork& network : networks) {
        plans.push_back({"batch", network.name + ", n images at once", {1, 4, 16, 64}, [&](auto) { return network.spec; }, true});
    }
    return plans;
}

class GrowthRun {
  public:
    GrowthRun(const std::vector<GrowthNetwork>& networks, double seconds, const Progress& progress)
        : m_networks(networks), m_plans(plansFor(networks)), m_seconds(seconds), m_progress(progress) {
        for (const Plan& plan : m_plans) m_toDo += static_cast<double>(plan.sizes.size());
        m_toDo += 2.0 * static_cast<double>(networks.size());
    }

    Result<Growth> run() {
        const Status done = measureAll();
        if (!done.ok() && done.error().code != ErrorCode::Cancelled) return done.error();
        m_result.whole = done.ok();
        return std::move(m_result);
    }

  private:
    Status measureAll() {
        for (const Plan& plan : m_plans) CONVOLAB_RETURN_IF_ERROR(measure(plan));
        const int threads = computeThreads();
        for (const GrowthNetwork& network : m_networks) {
            const Status done = measureThreads(network, threads);
            setComputeThreads(threads);
            CONVOLAB_RETURN_IF_ERROR(done);
        }
        return {};
    }

    Result<double> secondsOf(const NetworkSpec& spec, std::int64_t batch) {
        if (m_progress && !m_progress(m_done / m_toDo)) return Error{ErrorCode::Cancelled, "the measurement was cancelled", {}, {}};
        m_done += 1.0;
        CONVOLAB_ASSIGN(TimedSteps steps, TimedSteps::make(spec, StepTask::Train, batch));
        const double first = std::min(steps.run(1), steps.run(2));
        return steps.run(std::clamp(static_cast<std::int64_t>(m_seconds / std::max(first, 1e-7)), kFewestSteps, kMostSteps));
    }

    Status measure(const Plan& plan) {
        GrowthSeries series{.quantity = plan.quantity, .network = plan.network};
        std::vector<double> macs;
        for (const std::int64_t size : plan.sizes) {
            const NetworkSpec spec = plan.make(size);
            const std::int64_t batch = plan.isBatch ? size : kBatch;
            CONVOLAB_ASSIGN(const double seconds, secondsOf(spec, batch));
            series.sizes.push_back(static_cast<double>(size));
            series.seconds.push_back(seconds / static_cast<double>(batch));
            macs.push_back(static_cast<double>(analyze(spec).total.macs));
        }
        series.arithmetic = logLogSlope(series.sizes, macs);
        m_result.series.push_back(std::move(series));
        return {};
    }

    Status measureThreads(const GrowthNetwork& network, int threads) {
        ThreadGain gain{.network = network.name, .batch = network.batch, .threads = threads};
        setComputeThreads(1);
        CONVOLAB_ASSIGN(gain.one, secondsOf(network.spec, gain.batch));
        setComputeThreads(threads);
        CONVOLAB_ASSIGN(gain.all, secondsOf(network.spec, gain.batch));
        m_result.threads.push_back(gain);
        return {};
    }

    const std::vector<GrowthNetwork>& m_networks;
    std::vector<Plan> m_plans;
    double m_seconds;
    const Progress& m_progress;
    double m_toDo = 0.0, m_done = 0.0;
    Growth m_result;
};

}  // namespace

Result<Growth> measureGrowth(const std::vector<GrowthNetwork>& networks, double seconds, const Progress& progress) {
    return GrowthRun(networks, seconds, progress).run();
}

}  // namespace convolab
