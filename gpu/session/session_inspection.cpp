// What a session answers besides training and evaluation: outputs of layers, gradients of images and layers.
#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

Answer refused(std::string words) { return answer({kGpuDriverFailed, std::move(words)}); }

}  // namespace

Answer Session::readValues(float* to, const float* from, Index count) {
    return answer(m_executor->download(to, from, sizeof(float) * static_cast<std::size_t>(count)));
}

Answer Session::requireTap(Index tap) const {
    return tap >= 0 && tap < static_cast<Index>(m_plan.options().taps.size()) ? Answer{} : refused("there is no tap " + std::to_string(tap));
}

Answer Session::readTap(Index tap, Index n, float* values) {
    if (Answer failure = requireTap(tap)) return failure;
    const auto index = static_cast<std::size_t>(tap);
    return readValues(values, m_plan.tap(index), n * m_plan.tapSize(index));
}

Answer Session::backward(const float* scoresGradient, Index n) {
    if (!m_plan.options().imageGradient || m_plan.options().training) return refused("the session was opened without a backward pass to the images");
    Outcome outcome = m_executor->upload(m_plan.scoresGradient(), scoresGradient, sizeof(float) * static_cast<std::size_t>(n * classes()));
    if (!outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    return runPass({.pass = Pass::Backward, .n = n});
}

Answer Session::readImageGradient(Index n, float* values) {
    if (!m_plan.options().imageGradient) return refused("the session was opened without the gradient of the images");
    return readValues(values, m_plan.imageGradient(), n * imageSize());
}

Answer Session::readTapGradient(Index tap, Index n, float* values) {
    if (Answer failure = requireTap(tap)) return failure;
    if (!m_plan.options().imageGradient) return refused("the session was opened without gradients of taps");
    const auto index = static_cast<std::size_t>(tap);
    return readValues(values, m_plan.tapGradient(index), n * m_plan.tapSize(index));
}

}  // namespace convolab::gpu
