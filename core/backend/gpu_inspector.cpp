#include "core/backend/gpu_inspector.h"

#include <algorithm>

#include "core/util/check.h"
#include "core/util/random.h"

namespace convolab {

GpuInspector::GpuInspector(const ConvolabGpuInspectionCalls& calls, ConvolabGpuSession* session, const Analysis& analysis, const CompileOptions& options,
                           std::function<void(const Call&)> require)
    : m_calls(calls),
      m_session(session),
      m_differentiable(options.differentiable),
      m_hasImageGradient(options.differentiable || options.inputGradient),
      m_require(std::move(require)) {
    const auto room = [&](const Shape& shape, bool wanted) { return wanted ? GpuKept(shape, options.maximumBatch) : GpuKept(); };
    for (std::size_t i = 0; i < options.taps.size(); ++i) {
        const Shape& shape = *analysis.find(options.taps[i])->output;
        m_taps.emplace(options.taps[i], Tap{static_cast<std::int32_t>(i), room(shape, true), room(shape, m_differentiable)});
    }
    m_imageGradient = room(*analysis.inputShape, m_hasImageGradient);
}

void GpuInspector::evaluated(std::int64_t images) {
    m_evaluated = images;
    for (auto& [node, tap] : m_taps) tap.values.forget();
}

void GpuInspector::trained(std::int64_t images) {
    m_gradientImages = images;
    m_imageGradient.forget();
}

GpuInspector::Tap& GpuInspector::tapOf(NodeId node) {
    const auto found = m_taps.find(node);
    CONVOLAB_CHECK(found != m_taps.end(), "this layer's output is not kept: name it in CompileOptions::taps");
    return found->second;
}

View<const float> GpuInspector::tap(NodeId node) {
    Tap& tap = tapOf(node);
    return tap.values.ofBatch(m_evaluated, [&](float* to) {
        m_require([&](auto* failure) { return m_calls.readTap(m_session, tap.place, m_evaluated, to, failure); });
    });
}

View<const float> GpuInspector::tapGradient(NodeId node) {
    CONVOLAB_CHECK(m_differentiable, "gradients of layers need a differentiable model");
    Tap& tap = tapOf(node);
    return tap.gradient.ofBatch(m_evaluated, [&](float* to) {
        m_require([&](auto* failure) { return m_calls.readTapGradient(m_session, tap.place, m_evaluated, to, failure); });
    });
}

View<const float> GpuInspector::imageGradient() {
    CONVOLAB_CHECK(m_hasImageGradient, "the model was not compiled with the input gradient");
    return m_imageGradient.ofBatch(m_gradientImages, [&](float* to) {
        m_require([&](auto* failure) { return m_calls.readImageGradient(m_session, m_gradientImages, to, failure); });
    });
}

void GpuInspector::backward(View<const float> scoresGradient) {
    m_require([&](auto* failure) { return m_calls.backward(m_session, scoresGradient.data, m_evaluated, failure); });
    for (auto& [node, tap] : m_taps) tap.gradient.forget();
    trained(m_evaluated);
}

ConvolabGpuSlice GpuInspector::sliceOf(const ValueSlice& slice) {
    using Source = ValueSlice::Source;
    if (slice.source == Source::Tap || slice.source == Source::TapGradient) {
        const Tap& tap = tapOf(slice.tap);
        return {slice.source == Source::Tap ? kGpuTap : kGpuTapGradient, tap.place, 0, m_evaluated * tap.values.image().size()};
    }
    return {slice.source == Source::Parameters ? kGpuParameters : kGpuGradients, 0, static_cast<std::int64_t>(slice.first), static_cast<std::int64_t>(slice.count)};
}

std::vector<ValueSummary> GpuInspector::summaries(std::span<const ValueSlice> slices) {
    std::vector<ConvolabGpuSlice> asked;
    for (const ValueSlice& slice : slices) asked.push_back(sliceOf(slice));
    std::vector<ConvolabGpuSummary> sums(asked.size());
    m_require([&](auto* failure) { return m_calls.summarise(m_session, asked.data(), static_cast<std::int32_t>(asked.size()), sums.data(), failure); });
    std::vector<ValueSummary> summaries(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
        ValueSummary& summary = summaries[i];
        summary.count = asked[i].count;
        summary.zeros = sums[i].zeros;
        summary.lowest = sums[i].lowest;
        summary.highest = sums[i].highest;
        summary.take(sums[i].finite, sums[i].sum, sums[i].square);
    }
    return summaries;
}

std::vector<std::int64_t> GpuInspector::histogram(const ValueSlice& slice, std::span<const float> edges) {
    CONVOLAB_CHECK(edges.size() >= 2 && std::ranges::is_sorted(edges), "a histogram needs edges that ascend");
    const ConvolabGpuSlice asked = sliceOf(slice);
    std::vector<std::int64_t> counts(edges.size() - 1);
    m_require([&](auto* failure) { return m_calls.histogram(m_session, &asked, edges.data(), static_cast<std::int32_t>(counts.size()), counts.data(), failure); });
    return counts;
}

std::vector<std::uint8_t> GpuInspector::activeChannels(NodeId node) {
    const Tap& tap = tapOf(node);
    std::vector<std::uint8_t> active(static_cast<std::size_t>(tap.values.image()[0]));
    m_require([&](auto* failure) { return m_calls.activeChannels(m_session, tap.place, m_evaluated, active.data(), failure); });
    return active;
}

std::string GpuInspector::attachTexture(std::uint32_t texture, std::uint32_t target) {
    std::int32_t attached = 0;
    std::string reason;
    m_require([&](ConvolabGpuFailure* failure) {
        const std::int32_t answered = m_calls.attachTexture(m_session, texture, target, &attached, failure);
        reason = failure->detail;
        return answered;
    });
    return attached != 0 ? std::string{} : reason;
}

void GpuInspector::detachTexture(std::uint32_t texture) { m_calls.detachTexture(m_session, texture); }

bool GpuInspector::drawMaps(NodeId node, const MapPicture& picture, std::uint32_t texture, std::span<float> pixels) {
    const Tap& tap = tapOf(node);
    const Shape& shape = tap.values.image();
    CONVOLAB_CHECK(pixels.empty() || static_cast<std::int64_t>(pixels.size()) >= picture.width(shape.width()) * picture.height(shape.height()), "the picture is larger than the room for it");
    const ConvolabGpuAtlas atlas{.tap = tap.place, .columns = picture.columns, .gap = picture.gap, .blank = picture.blank, .image = picture.image, .first = picture.first, .maps = picture.maps};
    std::int32_t written = 0;
    m_require([&](auto* failure) { return m_calls.drawMaps(m_session, &atlas, texture, pixels.empty() ? nullptr : pixels.data(), &written, failure); });
    return written != 0;
}

void GpuInspector::beginAscent(const AscentRequest& request, std::span<const std::int32_t> classes) {
    const std::int64_t n = request.clean.shape[0];
    CONVOLAB_CHECK(request.clean.data != nullptr && static_cast<std::int64_t>(request.ids.size()) >= n, "an attack needs images, and a number for each");
    const auto key = randomKey(request.seed, RandomStreamId::Attack, request.draw);
    const ConvolabGpuAscent ascent{.byLength = request.byLength ? 1 : 0,
                                   .towards = request.towards ? 1 : 0,
                                   .startsAtRandom = request.startsAtRandom ? 1 : 0,
                                   .projectsStart = request.projectsStart ? 1 : 0,
                                   .epsilon = request.epsilon,
                                   .step = request.step,
                                   .key = {key[0], key[1]}};
    m_require([&](auto* failure) { return m_calls.beginAscent(m_session, &ascent, request.clean.data, classes.data(), request.ids.data(), n, failure); });
}

void GpuInspector::ascend() {
    m_require([&](auto* failure) { return m_calls.ascend(m_session, failure); });
    evaluated(m_evaluated);
}

void GpuInspector::readAscent(View<float> images, std::span<std::uint8_t> sawGradient) {
    m_require([&](auto* failure) { return m_calls.readAscent(m_session, images.data, sawGradient.empty() ? nullptr : sawGradient.data(), failure); });
}

}  // namespace convolab
