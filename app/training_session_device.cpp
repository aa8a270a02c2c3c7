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
    if (const auto there = m_chosen.find(now.device); there != m_chosen.end() && now.device != runName(m_trainsOn)) {
        m_trainsOn = there->second;
        m_moves.push_back({now.movedAtEpoch, m_trainsOn.name + precisionSuffix(m_trainsOn)});
    }
    if (!now.moveProblem) return;
    m_moveProblem = now.moveProblem;
    m_device = m_trainsOn;
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
