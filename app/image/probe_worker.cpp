#include "app/image/probe_worker.h"

#include <vector>

#include "app/training_session.h"
#include "core/graph/analysis.h"
#include "core/util/device_lost.h"

namespace convolab {

/// What the thread keeps between two requests.
struct ProbeWorker::State {
    std::shared_ptr<const NetworkSpec> spec;
    std::unique_ptr<ActivationProbe> probe;
    ParameterLayout layout;
    WeightSetPtr fresh, trained, weights, effective;
    std::uint64_t seed = 0;
    std::set<ChannelRef> off;
    int layers = 0, kept = 0;
    bool resolved = false;
    std::string device;            ///< of the probe
    std::optional<std::string> failed;  ///< a device that is not tried again, until another one is asked for

    Status takeNetwork(const ProbeRequest& request) {
        if (failed && *failed != request.device.id) failed.reset();
        const TrainingDevice here, &wanted = failed ? here : request.device;
        if (probe && wanted.id != device) probe.reset();
        if (probe && request.spec == spec) return {};
        if (probe && sameStructure(*spec, *request.spec)) {
            spec = request.spec;  // moved or renamed
            return {};
        }
        probe.reset();
        fresh.reset();
        resolved = false;
        const Analysis analysis = analyze(*request.spec);
        CONVOLAB_RETURN_IF_ERROR(requireComplete(*request.spec, analysis));
        auto made = ActivationProbe::create(*request.spec, {}, wanted.compile);
        if (!made.ok() && wanted.id != here.id) {  // no room, a layer that it does not know
            failed = wanted.id;
            return takeNetwork(request);
        }
        CONVOLAB_ASSIGN(probe, std::move(made));
        device = wanted.id;
        layout = makeParameterLayout(*request.spec, analysis);
        spec = request.spec;
        return {};
    }

    WeightSetPtr freshWeights(std::uint64_t wanted) {
        if (!fresh || wanted != seed) fresh = std::make_shared<WeightSet>(initialWeights(*spec, analyze(*spec), wanted));
        return fresh;
    }

    /// Counts the layers whose weights the trained set has, and says whether it has all of them.
    bool countKept(const WeightSet& old) {
        layers = kept = 0;
        NodeId previous;
        bool all = old.layout != nullptr && old.parameters.size() == layout.parameterCount && old.statistics.size() == layout.statisticCount;
        bool whole = false;
        for (const ParameterEntry& entry : layout.entries) {
            const ParameterEntry* found = old.layout != nullptr ? old.layout->find(entry.node, entry.spec.name) : nullptr;
            const bool same = found != nullptr && found->spec.shape == entry.spec.shape;
            all = all && same && found->offset == entry.offset;
            if (entry.node != previous) {
                kept += whole ? 1 : 0;
                ++layers;
                whole = true;
                previous = entry.node;
            }
            whole = whole && same;
        }
        kept += whole ? 1 : 0;
        return all;
    }

    Status takeWeights(const ProbeRequest& request) {
        const bool sameWeights = resolved && request.trained == trained && request.seed == seed;
        if (sameWeights && request.off == off) return {};
        if (!sameWeights) {
            const bool fits = countKept(request.trained ? *request.trained : WeightSet{});
            if (request.trained && fits) {
                weights = request.trained;
            } else if (kept > 0) {
                weights = std::make_shared<WeightSet>(carriedOver(*request.trained, *freshWeights(request.seed)));
            } else {
                weights = freshWeights(request.seed);
            }
            trained = request.trained;
            seed = request.seed;
        }
        off = request.off;
        effective = weights;
        if (!off.empty()) {
            const std::vector<ChannelRef> channels(off.begin(), off.end());
            CONVOLAB_ASSIGN(WeightSet silent, withChannelsOff(*spec, *weights, channels));
            effective = std::make_shared<WeightSet>(std::move(silent));
        }
        CONVOLAB_RETURN_IF_ERROR(probe->bind(effective));
        resolved = true;
        return {};
    }

    Status answer(const ProbeRequest& request, ProbeAnswer& answer) {
        try {
            return answerThere(request, answer);
        } catch (const DeviceLost&) {
            probe.reset();
            failed = request.device.id;
            return answerThere(request, answer);
        }
    }

    Status answerThere(const ProbeRequest& request, ProbeAnswer& answer) {
        CONVOLAB_RETURN_IF_ERROR(takeNetwork(request));
        CONVOLAB_RETURN_IF_ERROR(takeWeights(request));
        answer.weights = weights;
        answer.effective = effective;
        answer.layers = layers;
        answer.kept = kept;
        answer.device = device;
        if (!request.image) return {};
        CONVOLAB_ASSIGN(answer.snapshot, probe->run(request.image->view()));
        return {};
    }
};

ProbeWorker::ProbeWorker(std::function<void()> notify)
    : m_notify(std::move(notify)), m_thread([this](const std::stop_token& stop) { loop(stop); }) {}

ProbeWorker::~ProbeWorker() {
    m_thread.request_stop();
    m_thread.join();
}

void ProbeWorker::ask(ProbeRequest request) {
    {
        const std::lock_guard lock(m_mutex);
        // The time counts from the first of the requests that this one replaces.
        if (m_next) request.asked = m_next->asked;
        m_next = std::move(request);
    }
    m_wake.notify_one();
}

std::optional<ProbeAnswer> ProbeWorker::take() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_answer, std::nullopt);
}

void ProbeWorker::loop(const std::stop_token& stop) {
    State state;
    while (true) {
        ProbeRequest request;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_next.has_value(); })) return;
            request = std::move(*m_next);
            m_next.reset();
        }
        ProbeAnswer answer{.spec = request.spec, .weights = {}, .effective = {}, .snapshot = {}, .device = {}, .asked = request.asked, .error = {}};
        try {
            if (const Status status = state.answer(request, answer); !status.ok()) answer.error = status.error();
        } catch (const std::exception& failure) {
            answer.error = Error{ErrorCode::Internal, failure.what(), {}, {}};
            state = {};
        }
        {
            const std::lock_guard lock(m_mutex);
            m_answer = std::move(answer);
        }
        m_notify();
    }
}

}  // namespace convolab
