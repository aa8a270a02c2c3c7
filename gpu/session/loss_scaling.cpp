// The loss scale of a session that trains in fp16, for checkpoints and moves between devices.
#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

SessionFailure notScaled() { return {.outcome = {kGpuDriverFailed, "the loss is scaled in trainings with fp16 alone"}}; }

}  // namespace

Answer Session::writeLossScaling(const ConvolabGpuLossScaling& scaling) {
    if (m_plan.lossScaling() == nullptr) return notScaled();
    const LossScaling there{.scale = scaling.scale, .goodSteps = scaling.goodSteps, .skippedSteps = scaling.skippedSteps};
    if (Outcome outcome = m_executor->upload(m_plan.lossScaling(), &there, sizeof there); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    return {};
}

Answer Session::readLossScaling(ConvolabGpuLossScaling& scaling) {
    if (m_plan.lossScaling() == nullptr) return notScaled();
    LossScaling there;
    if (Outcome outcome = m_executor->download(&there, m_plan.lossScaling(), sizeof there); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    scaling = {there.scale, there.goodSteps, there.skippedSteps};
    return {};
}

}  // namespace convolab::gpu
