#include "gpu/session/step_timer.h"

#include <algorithm>

namespace convolab::gpu {

namespace {

// Marks: before the copies, before the kernels, behind each stretch, behind the loss.
constexpr std::size_t kBegin = 0, kKernels = 1, kFirstStretch = 2;

}  // namespace

Outcome StepTimer::begin() {
    m_begun = Clock::now();
    return m_executor.mark(kBegin);
}

Outcome StepTimer::run(std::span<const Launch> launches) {
    if (Outcome outcome = m_executor.mark(kKernels); !outcome.ok()) return outcome;
    const auto started = Clock::now();
    for (std::size_t from = 0; from < launches.size();) {
        const Launch& first = launches[from];
        std::size_t to = from + 1;
        while (to < launches.size() && launches[to].op == first.op && launches[to].part == first.part) ++to;
        const Stretch stretch = launches.subspan(from, to - from);
        if (Outcome outcome = m_executor.run(stretch); !outcome.ok()) return outcome;
        if (Outcome outcome = m_executor.mark(kFirstStretch + m_stretches.size()); !outcome.ok()) return outcome;
        m_stretches.push_back(stretch);
        from = to;
    }
    m_launchSeconds = std::chrono::duration<double>(Clock::now() - started).count();
    return {};
}

void StepTimer::readLayer(const Stretch& stretch, double seconds, ConvolabGpuTimes& times, std::span<ConvolabGpuLayerTimes> layers) const {
    const Launch& first = stretch.front();
    if (first.op < 0) {
        (first.part == Part::Update ? times.update : first.part == Part::Batch ? times.batch : times.loss) += seconds;
        return;
    }
    ConvolabGpuLayerTimes& layer = layers[static_cast<std::size_t>(first.op)];
    const bool backward = first.part == Part::Backward, longest = seconds > std::max(layer.forward, layer.backward);
    (backward ? layer.backward : layer.forward) += seconds;
    (backward ? layer.backwardKernels : layer.forwardKernels) += static_cast<std::int32_t>(stretch.size());
    for (const Launch& launch : stretch) layer.units = std::max(layer.units, m_executor.units(launch));
    if (!longest) return;
    // Kernels of one stretch are not timed apart: the one with the most results stands for it.
    const auto most = std::ranges::max_element(stretch, {}, &Launch::count);
    layer.occupancy = m_executor.occupancy(*most);
}

Outcome StepTimer::end(ConvolabGpuTimes& times, std::span<ConvolabGpuLayerTimes> layers) {
    const std::size_t lastStretch = kKernels + m_stretches.size(), last = lastStretch + 1;
    if (Outcome outcome = m_executor.mark(last); !outcome.ok()) return outcome;
    times = {};
    std::ranges::fill(layers, ConvolabGpuLayerTimes{});
    times.clock = m_executor.clock();
    if (Outcome outcome = m_executor.seconds(lastStretch, last, &times.fromDevice); !outcome.ok()) return outcome;
    if (Outcome outcome = m_executor.seconds(kBegin, kKernels, &times.toDevice); !outcome.ok()) return outcome;
    if (Outcome outcome = m_executor.seconds(kKernels, lastStretch, &times.allKernels); !outcome.ok()) return outcome;
    for (std::size_t i = 0; i < m_stretches.size(); ++i) {
        double seconds = 0.0;
        if (Outcome outcome = m_executor.seconds(kKernels + i, kFirstStretch + i, &seconds); !outcome.ok()) return outcome;
        readLayer(m_stretches[i], seconds, times, layers);
        times.kernels += static_cast<std::int32_t>(m_stretches[i].size());
    }
    if (times.clock == kGpuDeviceClock) times.launch = m_launchSeconds;
    times.step = std::chrono::duration<double>(Clock::now() - m_begun).count();
    return {};
}

}  // namespace convolab::gpu
