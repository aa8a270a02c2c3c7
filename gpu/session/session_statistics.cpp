// A few numbers for many values, computed where the values lie.
#include <algorithm>

#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

constexpr Index kMostParts = 128;      // enough blocks for the largest GPUs; a constant, so that all devices add in the same order
constexpr Index kLeastEach = 4096;     // values of a part
constexpr Index kSlicesAtOnce = 256, kChannelsAtOnce = 4096;

/// Room on the device.
struct Statistics {
    ConvolabGpuSummary parts[kMostParts];
    ConvolabGpuSummary summaries[kSlicesAtOnce];
    std::int64_t partCounts[kMostParts * Histogram::kRoom];
    std::int64_t counts[Histogram::kRoom];
    std::int32_t active[kChannelsAtOnce];
    float edges[Histogram::kRoom];
};
static_assert(kGpuMostBins < Histogram::kRoom);

Parts partsOf(Index count) { return {count, std::max(kLeastEach, (count + kMostParts - 1) / kMostParts)}; }

Answer refused(std::string words) { return answer({kGpuDriverFailed, std::move(words)}); }

}  // namespace

Answer Session::requireStatisticsMemory() {
    return m_statisticsMemory != nullptr ? Answer{} : answer(m_executor->allocate(sizeof(Statistics), &m_statisticsMemory));
}

Answer Session::valuesOf(const ConvolabGpuSlice& slice, const float** values) const {
    const bool isTap = slice.source == kGpuTap || slice.source == kGpuTapGradient;
    if (isTap) {
        if (Answer failure = requireTap(slice.tap)) return failure;
    }
    const auto tap = static_cast<std::size_t>(slice.tap);
    Index most = m_plan.network().parameterCount;
    switch (slice.source) {
        case kGpuParameters: *values = m_plan.parameters(); break;
        case kGpuGradients: *values = m_plan.gradients(); break;
        case kGpuTap: *values = m_plan.tap(tap); break;
        default: *values = m_plan.tapGradient(tap); break;
    }
    if (isTap) most = m_plan.options().maximumBatch * m_plan.tapSize(tap);
    if ((slice.source == kGpuGradients && !m_plan.options().training) || (slice.source == kGpuTapGradient && !m_plan.options().imageGradient)) {
        return refused("the session has no such gradients");
    }
    if (slice.first < 0 || slice.count < 0 || slice.first + slice.count > most) return refused("there are fewer values than were asked for");
    *values += slice.first;
    return {};
}

Answer Session::summarise(std::span<const ConvolabGpuSlice> slices, ConvolabGpuSummary* summaries) {
    if (Answer failure = requireStatisticsMemory()) return failure;
    auto* room = reinterpret_cast<Statistics*>(m_statisticsMemory);
    for (Index done = 0; done < static_cast<Index>(slices.size()); done += kSlicesAtOnce) {
        const auto now = slices.subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(std::min(kSlicesAtOnce, static_cast<Index>(slices.size()) - done)));
        std::vector<Launch> launches;
        for (std::size_t i = 0; i < now.size(); ++i) {
            const float* values = nullptr;
            if (Answer failure = valuesOf(now[i], &values)) return failure;
            const Parts parts = partsOf(now[i].count);
            const Summarise body{values, parts, room->parts};
            launches.push_back(sumsByBlocks(m_plan.options().kernels, parts.each) ? launchOf(BlockSum<SummaryTerms>{SummaryTerms{body}}, parts.number())
                                                                                  : launchOf(body, parts.number()));
            launches.push_back(launchOf(JoinSummaries{room->parts, parts.number(), room->summaries + i}, 1));
        }
        Outcome outcome = m_executor->run(launches);
        if (outcome.ok()) outcome = m_executor->download(summaries + done, room->summaries, sizeof(ConvolabGpuSummary) * now.size());
        if (!outcome.ok()) return answer(std::move(outcome));
    }
    return {};
}

Answer Session::histogram(const ConvolabGpuSlice& slice, const float* edges, Index bins, std::int64_t* counts) {
    if (bins < 1 || bins > kGpuMostBins) return refused("a histogram has 1 to 255 bins");
    if (Answer failure = requireStatisticsMemory()) return failure;
    auto* room = reinterpret_cast<Statistics*>(m_statisticsMemory);
    const float* values = nullptr;
    if (Answer failure = valuesOf(slice, &values)) return failure;
    Outcome outcome = m_executor->upload(room->edges, edges, sizeof(float) * static_cast<std::size_t>(bins + 1));
    const Parts parts = partsOf(slice.count);
    const Histogram body{values, parts, {room->edges, bins}, room->partCounts};
    const Launch launches[] = {sumsByBlocks(m_plan.options().kernels, parts.each) ? launchOf(HistogramByBlocks{body}, parts.number())
                                                                                  : launchOf(body, parts.number() * Histogram::kRoom),
                               launchOf(JoinCounts{room->partCounts, parts.number(), room->counts}, bins)};
    if (outcome.ok()) outcome = m_executor->run(launches);
    if (outcome.ok()) outcome = m_executor->download(counts, room->counts, sizeof(std::int64_t) * static_cast<std::size_t>(bins));
    return answer(std::move(outcome));
}

Answer Session::activeChannels(Index tap, Index n, std::uint8_t* active) {
    if (Answer failure = requireTap(tap)) return failure;
    if (Answer failure = requireStatisticsMemory()) return failure;
    auto* room = reinterpret_cast<Statistics*>(m_statisticsMemory);
    const auto index = static_cast<std::size_t>(tap);
    const ConvolabGpuShape& shape = m_plan.tapShape(index);
    const Index plane = planeOf(shape);
    std::vector<std::int32_t> found(static_cast<std::size_t>(kChannelsAtOnce));
    for (Index first = 0; first < shape.channels; first += kChannelsAtOnce) {
        const Index count = std::min(kChannelsAtOnce, shape.channels - first);
        const ActiveChannels body{m_plan.tap(index), n, shape.channels, plane, first, room->active};
        const Launch launch = sumsByBlocks(m_plan.options().kernels, n * plane) ? launchOf(BlockSum<ActiveChannelTerms>{ActiveChannelTerms{body}}, count) : launchOf(body, count);
        Outcome outcome = m_executor->run({&launch, 1});
        if (outcome.ok()) outcome = m_executor->download(found.data(), room->active, sizeof(std::int32_t) * static_cast<std::size_t>(count));
        if (!outcome.ok()) return answer(std::move(outcome));
        for (Index c = 0; c < count; ++c) active[first + c] = static_cast<std::uint8_t>(found[static_cast<std::size_t>(c)]);
    }
    return {};
}

}  // namespace convolab::gpu
