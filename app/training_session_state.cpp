// Runs that are put aside, brought back, or made by a command: the part of the session that reads and writes them whole.
#include <algorithm>

#include "app/document_settings.h"
#include "app/training_session.h"
#include "core/graph/spec_json.h"

namespace convolab {

namespace {

bool isSet(ProjectFile& file, const std::string& key) {
    const auto value = file.readSetting(key);
    return value.ok() && *value && **value == settings::kYes;
}

}  // namespace

void TrainingSession::restoreLastRun() {
    ProjectFile* file = m_document.file();
    if (file == nullptr) return;
    const auto runs = file->readRuns();
    if (!runs.ok() || runs->empty()) return;
    // The newest run, or one that an undo has brought back.
    const auto current = file->readSetting(settings::kCurrentRun);
    const auto chosen = std::ranges::find_if(*runs, [&](const RunInfo& run) {
        return current.ok() && *current && std::to_string(run.id) == **current;
    });
    const RunInfo& last = chosen != runs->end() ? *chosen : runs->back();
    auto history = file->readHistory(last.id);
    auto checkpoint = file->readLastCheckpoint(last.id);
    if (!history.ok() || !checkpoint.ok() || !*checkpoint) return;
    m_run = last.id;
    m_history = std::move(history).value();
    m_beganOn = last.device;
    keepCheckpoint(std::move(**checkpoint));
    // The network may have been edited since: what was trained is kept with the run.
    auto trained = specFromJson(last.specJson);
    m_trainedSpec = trained.ok() ? std::move(trained).value() : m_document.network().spec();
    auto recipe = recipeFromJson(last.recipeJson);
    m_trainedRecipe = recipe.ok() ? std::move(recipe).value() : m_document.recipe();
    m_started = true;
    m_restored = true;
    m_restoredDone = last.state == "done";
    m_adopted = isSet(*file, settings::made(m_run));
    m_keepsZeros = isSet(*file, settings::keepsZeros(m_run));
    m_structureChanged = !sameStructure(m_trainedSpec, m_document.network().spec());
}

void TrainingSession::rememberCurrentRun() {
    ProjectFile* file = m_document.file();
    if (file == nullptr) return;
    file->writeSetting(settings::kCurrentRun, std::to_string(m_run));
    if (m_keepsZeros) file->writeSetting(settings::keepsZeros(m_run), settings::kYes);
}

TrainingSession::RunState TrainingSession::runState() {
    settle();
    return {m_trainedSpec, m_trainedRecipe, m_history, m_lastCheckpoint, bestWeights(), m_run, m_started,
            m_restored ? m_restoredDone : m_trainer.status().state == TrainerState::Done, m_adopted, m_keepsZeros, m_beganOn};
}

TrainingSession::RunState TrainingSession::newState(const NetworkSpec& spec, const WeightSetPtr& weights, const std::string& title,
                                                    bool keepsZeros) {
    RunState state{spec, m_document.recipe(), m_history, Checkpoint{}, weights, 0, true, true, true, keepsZeros, runName(m_trainsOn)};
    state.checkpoint->weights = *weights;
    state.checkpoint->step = weights->step;
    ProjectFile* file = m_document.file();
    if (file == nullptr) return state;
    state.run = file->beginRun(spec, state.recipe, runName(m_trainsOn), title);
    file->appendMetrics(state.run, state.history);
    file->writeCheckpoint(state.run, *state.checkpoint);
    file->writeBestWeights(state.run, *weights);
    file->endRun(state.run, "done", -1.0);
    file->writeSetting(settings::made(state.run), settings::kYes);
    if (keepsZeros) file->writeSetting(settings::keepsZeros(state.run), settings::kYes);
    return state;
}

void TrainingSession::adopt(RunState state) {
    settle();
    m_trainer.stop();
    m_trainerRun = -1;
    m_trainedSpec = std::move(state.spec);
    m_trainedRecipe = std::move(state.recipe);
    m_history = std::move(state.history);
    m_run = state.run;
    m_started = state.started;
    m_restored = true;
    m_restoredDone = state.done;
    m_adopted = state.made;
    m_keepsZeros = state.keepsZeros;
    m_beganOn = std::move(state.device);
    if (ProjectFile* file = m_document.file(); file != nullptr && m_run > 0 && !state.checkpoint) {
        auto read = file->readLastCheckpoint(m_run);
        if (read.ok()) state.checkpoint = std::move(*read);
    }
    keepCheckpoint(std::move(state.checkpoint));
    m_restoredBest = std::move(state.best);
    rememberCurrentRun();
    // Until the document shows the same network, nobody binds these weights to another one.
    m_structureChanged = !sameStructure(m_trainedSpec, m_document.network().spec());
    emit metricsArrived();
    emit weightsArrived();
    emit changed();
}

}  // namespace convolab
