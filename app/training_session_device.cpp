// Where a run trains: chosen before it, changed while it runs, lost.
#include "app/document_settings.h"
#include "app/training_session.h"

namespace convolab {

void TrainingSession::setDevice(const Device& device) {
    auto made = inPrecision(device, m_precision);
    useDevice(made.ok() ? *made : inPrecision(device, kGpuFloat32).value());
}

void TrainingSession::setPrecision(ConvolabGpuPrecision precision) {
    if (precision == m_precision) return;
    m_precision = precision;
    if (m_document.file() != nullptr) m_document.file()->writeSetting(settings::kPrecision, precisionOf(precision).word);
    setDevice(m_device);
    emit changed();
}

void TrainingSession::restorePrecision() {
    m_precision = kGpuFloat32;
    if (ProjectFile* file = m_document.file()) {
        const auto word = file->readSetting(settings::kPrecision);
        if (word.ok() && *word) {
            if (const auto kept = parsePrecision(**word); kept.ok()) m_precision = *kept;
        }
    }
    if (auto made = inPrecision(m_device, m_precision); made.ok()) m_device = *made;
    else m_device.precision = kGpuFloat32;
}

void TrainingSession::useDevice(const Device& device) {
    if (device.problem || runName(device) == runName(m_device)) return;
    m_device = m_chosen[runName(device)] = device;
    m_moveProblem.reset();
    const TrainerState state = status().state;
    m_moving = state == TrainerState::Preparing || state == TrainerState::Running || state == TrainerState::Paused;
    if (m_moving) m_trainer.moveTo(trainingDevice(device));
    emit changed();
}

void TrainingSession::followMove() {
    if (!m_moving) return;
    const TrainerStatus now = status();
    const bool ended = now.state != TrainerState::Preparing && now.state != TrainerState::Running && now.state != TrainerState::Paused;
    if (now.moving && !ended) return;
    m_moving = false;
    if (const auto there = m_chosen.find(now.device); there != m_chosen.end()) m_trainsOn = there->second;
    if (!now.moveProblem) return;
    m_moveProblem = now.moveProblem;
    m_device = m_trainsOn;
}

// A run that was read from its document, or whose device was lost.
void TrainingSession::noteWhereItGoesOn(std::int64_t step) {
    const std::string before = m_history.moves.empty() ? m_beganOn : m_history.moves.back().to;
    const std::string now = runName(m_device);
    if (before.empty() || before == now) return;
    History moved;
    moved.moves.push_back({step, m_history.steps.empty() ? 0.0 : m_history.steps.back().epoch, before, now});
    m_history.append(moved);
    if (m_run > 0 && m_document.file() != nullptr) m_document.file()->appendMetrics(m_run, moved);
}

void TrainingSession::forgetMoveProblem() {
    m_moveProblem.reset();
    emit changed();
}

bool TrainingSession::deviceLost() const {
    const TrainerStatus now = status();
    if (now.state != TrainerState::Failed || !now.error || m_trainsOn.ordinal < 0) return false;
    const ErrorCode code = now.error->code;
    return code == ErrorCode::DeviceUnavailable || code == ErrorCode::OutOfMemory || code == ErrorCode::Unsupported;
}

void TrainingSession::goOnOnCpu() {
    if (!deviceLost()) return;
    m_device = devices().front();
    play();
}

}  // namespace convolab
