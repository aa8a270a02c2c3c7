#include "gpu/session/session_table.h"

#include <algorithm>

#include "gpu/session/guarded.h"

namespace convolab::gpu {

namespace {

PlanOptions planOf(const ConvolabGpuOptions& options) {
    const FactorType factors = options.precision == kGpuBf16 ? FactorType::Bf16 : options.precision == kGpuFp16 ? FactorType::Fp16 : FactorType::Float32;
    return {.maximumBatch = options.maximumBatch,
            .training = options.training != 0,
            .crossEntropy = options.crossEntropy != 0,
            .updateStates = options.updateStates,
            .factors = factors,
            .imageGradient = options.imageGradient != 0,
            .taps = std::vector<std::int32_t>(options.taps, options.taps + options.tapCount)};
}

Answer onlyOne(const char* what) {
    return SessionFailure{.outcome = {kGpuDriverFailed, std::string(what) + " are there for one GPU alone, not for several together"}};
}

void addImageCalls(ConvolabGpuSessionCalls& calls) {
    using S = ConvolabGpuSession;
    using F = ConvolabGpuFailure;
    calls.holdImages = [](S* s, const ConvolabGpuImages* images, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->holdImages(images) : s->session->holdImages(images); });
    };
    calls.writeImages = [](S* s, std::int64_t first, std::int64_t count, const void* pixels, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->writeImages(first, count, pixels) : s->session->writeImages(first, count, pixels); });
    };
    calls.setAugmentations = [](S* s, const ConvolabGpuAugmentation* chain, std::int32_t count, F* failure) {
        const std::span given(chain, static_cast<std::size_t>(count));
        return guarded(failure, [&] { return s->group != nullptr ? s->group->setAugmentations(given) : s->session->setAugmentations(given); });
    };
    calls.chooseImages = [](S* s, const ConvolabGpuChoice* choice, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->chooseImages(*choice) : s->session->chooseImages(*choice); });
    };
}

}  // namespace

std::int32_t openGroup(MakeExecutor make, MakeCommunicator join, const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options,
                       std::span<const std::int32_t> ordinals, ConvolabGpuSession** session, ConvolabGpuFailure* failure) {
    return guarded(failure, [&]() -> Answer {
        std::vector<std::unique_ptr<Executor>> executors;
        for (const std::int32_t ordinal : ordinals) {
            if (std::ranges::count(ordinals, ordinal) > 1) return SessionFailure{.outcome = {kGpuDriverFailed, "GPU " + std::to_string(ordinal) + " is named twice"}};
            ConvolabGpuOptions own = *options;
            own.ordinal = ordinal;
            executors.emplace_back();
            if (Outcome outcome = make(own, executors.back()); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
        }
        if (executors.empty()) return SessionFailure{.outcome = {kGpuDriverFailed, "no GPU is named"}};
        std::unique_ptr<Communicator> communicator;
        if (Outcome outcome = join(ordinals, executors, communicator); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
        auto opened = std::make_unique<ConvolabGpuSession>();
        if (Answer answer = Group::open(std::move(executors), std::move(communicator), *network, planOf(*options), opened->group)) return answer;
        *session = opened.release();
        return {};
    });
}

std::int32_t openSession(MakeExecutor make, const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session,
                         ConvolabGpuFailure* failure) {
    return guarded(failure, [&]() -> Answer {
        std::unique_ptr<Executor> executor;
        if (Outcome outcome = make(*options, executor); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
        auto opened = std::make_unique<ConvolabGpuSession>();
        const PlanOptions plan = planOf(*options);
        if (Answer answer = Session::open(std::move(executor), *network, plan, opened->session)) return answer;
        *session = opened.release();
        return {};
    });
}

ConvolabGpuSessionCalls sessionCallsWithoutOpen() {
    using S = ConvolabGpuSession;
    using F = ConvolabGpuFailure;
    ConvolabGpuSessionCalls calls{};
    calls.close = [](S* s) { delete s; };
    calls.bytes = [](const S* s) { return static_cast<std::uint64_t>(s->group != nullptr ? s->group->bytes() : s->session->bytes()); };
    calls.note = [](const S* s) { return s->one().note().c_str(); };
    calls.writeWeights = [](S* s, const float* parameters, const float* statistics, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->writeWeights(parameters, statistics) : s->session->writeWeights(parameters, statistics); });
    };
    calls.readParameters = [](S* s, float* parameters, F* failure) { return guarded(failure, [&] { return s->one().readParameters(parameters); }); };
    calls.writeState = [](S* s, const float* state, std::int64_t count, F* failure) { return guarded(failure, [&] { return s->group != nullptr ? s->group->writeState(state, count) : s->session->writeState(state, count); }); };
    calls.readState = [](S* s, float* state, std::int64_t count, F* failure) { return guarded(failure, [&] { return s->one().readState(state, count); }); };
    calls.readStatistics = [](S* s, float* statistics, F* failure) { return guarded(failure, [&] { return s->one().readStatistics(statistics); }); };
    calls.readGradients = [](S* s, float* gradients, F* failure) { return guarded(failure, [&] { return s->one().readGradients(gradients); }); };
    calls.writeLossScaling = [](S* s, const ConvolabGpuLossScaling* scaling, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->writeLossScaling(*scaling) : s->session->writeLossScaling(*scaling); });
    };
    calls.readLossScaling = [](S* s, ConvolabGpuLossScaling* scaling, F* failure) { return guarded(failure, [&] { return s->one().readLossScaling(*scaling); }); };
    calls.postWeights = [](S* s, std::int64_t step, ConvolabGpuPosted* posted, F* failure) { return guarded(failure, [&] { return s->one().postWeights(step, posted); }); };
    calls.takeWeights = [](S* s, std::int64_t* step, float* parameters, float* statistics, F* failure) {
        return guarded(failure, [&] { return s->one().takeWeights(step, parameters, statistics); });
    };
    calls.setTargets = [](S* s, double smoothing, const float* weights, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->setTargets(smoothing, weights) : s->session->setTargets(smoothing, weights); });
    };
    calls.setOutputTargets = [](S* s, const float* rows, std::int64_t labels, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->setOutputTargets(rows, labels) : s->session->setOutputTargets(rows, labels); });
    };
    calls.trainStep = [](S* s, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* key, const ConvolabGpuUpdate* update,
                         ConvolabGpuLoss* loss, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->step({images, labels, n, key, update}, *loss) : s->session->step({images, labels, n, key, update}, *loss); });
    };
    calls.stage = [](S* s, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* key, const ConvolabGpuUpdate* update, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? onlyOne("staged batches") : s->session->stage({images, labels, n, key, update}); });
    };
    calls.start = [](S* s, F* failure) { return guarded(failure, [&] { return s->group != nullptr ? onlyOne("staged batches") : s->session->start(); }); };
    calls.finish = [](S* s, ConvolabGpuLoss* loss, F* failure) { return guarded(failure, [&] { return s->group != nullptr ? onlyOne("staged batches") : s->session->finish(*loss); }); };
    calls.timedStep = [](S* s, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* key, const ConvolabGpuUpdate* update,
                         ConvolabGpuLoss* loss, ConvolabGpuTimes* times, ConvolabGpuLayerTimes* layers, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? onlyOne("times of a step") : s->session->timedStep({images, labels, n, key, update}, *loss, *times, layers); });
    };
    calls.evaluate = [](S* s, const float* images, const std::int32_t* labels, std::int64_t n, ConvolabGpuLoss* loss, float* output, float* scores, F* failure) {
        return guarded(failure, [&] { return s->group != nullptr ? s->group->evaluate(images, labels, n, loss, output, scores) : s->session->evaluate(images, labels, n, loss, output, scores); });
    };
    addImageCalls(calls);
    return calls;
}

}  // namespace convolab::gpu
