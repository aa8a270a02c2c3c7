#include "gpu/session/guarded.h"

namespace convolab::gpu {

namespace {

template <class Call>
std::int32_t onOne(ConvolabGpuSession* session, ConvolabGpuFailure* failure, Call&& call) {
    return guarded(failure, [&]() -> Answer {
        if (session->group != nullptr) return SessionFailure{.outcome = {kGpuDriverFailed, "inspection is there for one GPU alone, not for several together"}};
        return call(*session->session);
    });
}

}  // namespace

ConvolabGpuInspectionCalls inspectionCalls() {
    using S = ConvolabGpuSession;
    using F = ConvolabGpuFailure;
    ConvolabGpuInspectionCalls calls{};
    calls.readTap = [](S* s, std::int32_t tap, std::int64_t n, float* values, F* failure) {
        return onOne(s, failure, [&](Session& one) { return one.readTap(tap, n, values); });
    };
    calls.backward = [](S* s, const float* gradient, std::int64_t n, F* failure) {
        return onOne(s, failure, [&](Session& one) { return one.backward(gradient, n); });
    };
    calls.readImageGradient = [](S* s, std::int64_t n, float* values, F* failure) {
        return onOne(s, failure, [&](Session& one) { return one.readImageGradient(n, values); });
    };
    calls.readTapGradient = [](S* s, std::int32_t tap, std::int64_t n, float* values, F* failure) {
        return onOne(s, failure, [&](Session& one) { return one.readTapGradient(tap, n, values); });
    };
    calls.summarise = [](S* s, const ConvolabGpuSlice* slices, std::int32_t count, ConvolabGpuSummary* summaries, F* failure) {
        return guarded(failure, [&] { return s->one().summarise({slices, static_cast<std::size_t>(count)}, summaries); });
    };
    calls.histogram = [](S* s, const ConvolabGpuSlice* slice, const float* edges, std::int32_t bins, std::int64_t* counts, F* failure) {
        return guarded(failure, [&] { return s->one().histogram(*slice, edges, bins, counts); });
    };
    calls.activeChannels = [](S* s, std::int32_t tap, std::int64_t n, std::uint8_t* active, F* failure) {
        return guarded(failure, [&] { return s->one().activeChannels(tap, n, active); });
    };
    calls.attachTexture = [](S* s, std::uint32_t texture, std::uint32_t target, std::int32_t* attached, F* failure) {
        return onOne(s, failure, [&](Session& one) {
            const std::string reason = one.attachTexture(texture, target);
            fill(*failure, {.outcome = {kGpuReady, reason}});
            *attached = reason.empty() ? 1 : 0;
            return Answer{};
        });
    };
    calls.detachTexture = [](S* s, std::uint32_t texture) { s->one().detachTexture(texture); };
    calls.drawMaps = [](S* s, const ConvolabGpuAtlas* atlas, std::uint32_t texture, float* pixels, std::int32_t* written, F* failure) {
        return onOne(s, failure, [&](Session& one) {
            bool done = false;
            Answer answer = one.drawMaps(*atlas, texture, pixels, &done);
            *written = done ? 1 : 0;
            return answer;
        });
    };
    calls.beginAscent = [](S* s, const ConvolabGpuAscent* ascent, const float* images, const std::int32_t* classes, const std::int64_t* ids, std::int64_t n, F* failure) {
        return onOne(s, failure, [&](Session& one) { return one.beginAscent(*ascent, {.images = images, .labels = classes, .n = n}, ids); });
    };
    calls.ascend = [](S* s, F* failure) { return onOne(s, failure, [](Session& one) { return one.ascend(); }); };
    calls.readAscent = [](S* s, float* images, std::uint8_t* saw, F* failure) { return onOne(s, failure, [&](Session& one) { return one.readAscent(images, saw); }); };
    calls.trainOnAscent = [](S* s, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* key, const ConvolabGpuUpdate* update,
                             ConvolabGpuLoss* loss, F* failure) {
        return onOne(s, failure, [&](Session& one) { return one.stepOnAscent({.images = images, .labels = labels, .n = n, .dropoutKey = key, .update = update}, *loss); });
    };
    return calls;
}

}  // namespace convolab::gpu
