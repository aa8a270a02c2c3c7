#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/network_source.h"
#include "app/cli/packed_project.h"
#include "app/cli/range_test.h"
#include "app/cli/train_options.h"
#include "app/cli/train_words.h"
#include "app/devices.h"
#include "app/document_settings.h"
#include "app/report/regression.h"
#include "app/report/report.h"
#include "core/attack/attack_text.h"
#include "core/compress/coding/packed_file.h"
#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/graph/spec_json.h"
#include "core/data/targets.h"
#include "core/inspect/fitted_line.h"
#include "core/interop/onnx_export.h"
#include "core/layers/weight_attributes.h"
#include "core/train/preset_recipe.h"
#include "core/project/documents.h"
#include "core/project/project_file.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

/// "2026-01-31", local time.
std::string todayText() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &local);
    return text.data();
}

/// One call of `convolab train`, in the order in which things happen.
class TrainRun {
  public:
    TrainRun(const TrainOptions& options, const Console& console) : m_options(options), m_console(console) {}

    int run() {
        watchInterrupts();
        if (auto prepared = prepare(); !prepared.ok()) return m_console.fail(prepared.error());
        announce();
        if (auto trained = train(); !trained.ok()) {
            saveCheckpoint("failed");
            const auto unsaved = m_project->lastError();
            if (unsaved && unsaved->message != trained.error().message) (void)m_console.fail(*unsaved);
            return m_console.fail(trained.error());
        }
        if (interrupted()) {
            saveCheckpoint("paused");
            return endInterrupted();
        }
        if (auto finished = finish(); !finished.ok()) {
            return finished.error().code == ErrorCode::Cancelled ? endInterrupted()
                                                                 : m_console.fail(finished.error());
        }
        return kExitDone;
    }

  private:
    /// A preset's own training, on the data that it is meant for; else the usual one.
    Recipe presetRecipe() const {
        const auto own = recipeOfPreset(m_options.model);
        return own && own->dataset == m_options.data.name ? *own : Recipe{};
    }

    fs::path outFile(const std::string& name) const { return fs::path(m_options.out) / name; }

    int endInterrupted() {
        if (const auto error = m_project->lastError()) return m_console.fail(*error);
        m_console.message("interrupted at step " + withThousands(m_loop->step()) +
                          (documentsMissing() ? ": without documents there is no checkpoint to go on from"
                                              : ": checkpoint written; go on with --resume"));
        return kExitInterrupted;
    }

    Status prepare() {
        setComputeThreads(m_options.threads);
        CONVOLAB_ASSIGN(m_device, findDevice(m_options.device));
        CONVOLAB_ASSIGN(m_source, openNetwork(m_options.model, m_options.preset));
        CONVOLAB_RETURN_IF_ERROR(requireComplete(m_source.spec, analyze(m_source.spec)));
        m_limit = m_options.limit;
        m_sample = m_options.sample;
        const fs::path file = outFile(m_source.name + ".convolab");
        if (m_options.resume) {
            if (m_options.init) {
                return Error{ErrorCode::InvalidArgument, "a resumed run has its weights already", {}, "leave --init out"};
            }
            CONVOLAB_RETURN_IF_ERROR(resumeFrom(file));
        } else {
            CONVOLAB_ASSIGN(m_recipe, recipeFrom(m_options, m_source.recipe.value_or(presetRecipe())));
            if (m_options.init) drawWeightsBy(*m_options.init);
        }
        // What was asked for; else that of the run which goes on.
        CONVOLAB_ASSIGN(const ConvolabGpuPrecision precision, m_options.precision ? parsePrecision(*m_options.precision)
                                                                                  : Result(m_device.ordinal >= 0 ? m_startPrecision : kGpuFloat32));
        CONVOLAB_ASSIGN(m_device, inPrecision(m_device, precision));
        CONVOLAB_ASSIGN(m_dataset, openFor(m_options.data, m_source.spec));
        if (m_limit) m_dataset = limited(m_dataset, *m_limit);
        if (m_sample) m_dataset = sampled(m_dataset, *m_sample, m_recipe.seed);
        if (!m_options.resume) CONVOLAB_RETURN_IF_ERROR(openProject(file));
        CONVOLAB_ASSIGN(
            m_loop, TrainingLoop::create(m_source.spec, m_dataset, m_recipe, m_start ? &*m_start : nullptr, nullptr, {}, {},
                                         trainingDevice(m_device).compile));
        return beginRun();
    }

    void drawWeightsBy(const std::string& init) {
        std::vector<NodeId> weighted;
        for (const Node& node : m_source.spec.nodes()) {
            const LayerKind* kind = findLayerKind(node.kind);
            const bool draws = kind != nullptr && std::ranges::any_of(kind->attributes, [](const AttributeSchema& attribute) {
                return attribute.key == initAttribute().key;
            });
            if (draws) weighted.push_back(node.id);
        }
        for (const NodeId node : weighted) m_source.spec.setAttribute(node, initAttribute().key, init);
    }

    /// An earlier run stays in the document beside the new one.
    Status openProject(const fs::path& file) {
        CONVOLAB_RETURN_IF_ERROR(makeFolder(m_options.out));
        if (const auto missing = documentsMissing()) {
            fs::path packed = file;
            m_project = makePackedProject(packed.replace_extension(kPackedExtension));
            m_console.message("the trained network goes into " + m_project->path().string() + ": " + missing->message);
            return {};
        }
        std::error_code ignored;
        CONVOLAB_ASSIGN(m_project,
                        fs::exists(file, ignored) ? ProjectFile::open(file) : ProjectFile::create(file));
        return {};
    }

    /// A resumed run may go on on another device than before.
    void noteMove() {
        if (m_runDevice == runName(m_device)) return;
        History moved;
        moved.moves.push_back({m_start->step, m_earlier.steps.empty() ? 0.0 : m_earlier.steps.back().epoch, m_runDevice, runName(m_device)});
        m_earlier.append(moved);
        m_project->appendMetrics(m_run, moved);
    }

    Status beginRun() {
        m_project->writeRecipe(m_recipe);
        if (m_start) noteMove();
        if (!m_start) {
            m_project->writeSpec(m_source.spec);
            m_run = m_project->beginRun(m_source.spec, m_recipe, runName(m_device));
        }
        if (m_device.ordinal >= 0) m_project->writeSetting(settings::kPrecision, precisionOf(m_device.precision).word);
        // Not part of a recipe, but a resumed run has to see the same images.
        m_project->writeSetting(kLimitSetting, m_limit ? std::to_string(*m_limit) : "");
        m_project->writeSetting(kSampleSetting, m_sample ? std::to_string(*m_sample) : "");
        return m_project->flush();
    }

    Status resumeFrom(const fs::path& file) {
        const Error nothing{ErrorCode::NotFound,
                            "there is no checkpoint to resume in \"" + file.string() + "\"",
                            {},
                            "train without --resume first, or name another --out"};
        if (const auto missing = documentsMissing()) return *missing;
        std::error_code ignored;
        if (!fs::exists(file, ignored)) return nothing;
        CONVOLAB_ASSIGN(m_project, ProjectFile::open(file));
        CONVOLAB_ASSIGN(const auto runs, m_project->readRuns());
        for (auto run = runs.rbegin(); run != runs.rend() && !m_start; ++run) {
            m_run = run->id;
            m_runDevice = run->device;
            CONVOLAB_ASSIGN(m_start, m_project->readLastCheckpoint(run->id));
            if (m_start) {
                CONVOLAB_ASSIGN(m_source.spec, specFromJson(run->specJson));
                m_startPrecision = precisionOfRun(run->device);
            }
        }
        if (!m_start) return nothing;
        CONVOLAB_ASSIGN(const Recipe saved, m_project->readRecipe());
        CONVOLAB_ASSIGN(m_recipe, recipeFrom(m_options, saved));
        if (m_recipe.seed != saved.seed) {
            return Error{ErrorCode::InvalidArgument,
                         "the run to resume has seed " + std::to_string(saved.seed),
                         {},
                         "leave --seed out, or start a new run without --resume"};
        }
        if (m_recipe.adversarial != saved.adversarial) {  // "best" was measured otherwise
            m_start->best.reset();
            m_start->bestAccuracy = -1.0;
        }
        CONVOLAB_RETURN_IF_ERROR(restoreCount(kLimitSetting, m_limit));
        CONVOLAB_RETURN_IF_ERROR(restoreCount(kSampleSetting, m_sample));
        CONVOLAB_ASSIGN(m_earlier, m_project->readHistory(m_run));
        dropRowsAfter(m_start->step, m_earlier);
        if (!m_earlier.moves.empty()) m_runDevice = m_earlier.moves.back().to;
        return {};
    }

    Status restoreCount(const char* setting, std::optional<std::int64_t>& count) {
        CONVOLAB_ASSIGN(const auto text, m_project->readSetting(setting));
        if (!count && text && !text->empty()) count = std::strtoll(text->c_str(), nullptr, 10);
        return {};
    }

    void announce() {
        const Cost total = analyze(m_source.spec).total;
        m_console.message(m_source.name + " · " + withThousands(total.parameters) + " parameters · " +
                          m_dataset->info().title + " · " + withThousands(m_dataset->size(Split::Train)) +
                          " train, " + withThousands(m_dataset->size(Split::Validation)) + " validation, " +
                          withThousands(m_dataset->size(Split::Test)) + " test images");
        m_console.message(m_device.name + precisionSuffix(m_device) + " · seed " + std::to_string(m_recipe.seed) +
                          (m_start ? " · resumed at step " + withThousands(m_start->step) : ""));
    }

    /// New rows go to the document as they come; a full disk shows up here and ends the run.
    Status record() {
        const History& history = m_loop->history();
        const History rows = rowsSince(history, m_written);
        for (const auto& row : rows.validation) sayValidation(m_console, row, *m_dataset);
        for (const auto& row : rows.robust) sayRobustness(m_console, row);
        m_project->appendMetrics(m_run, rows);
        if (const auto error = m_project->lastError()) return *error;
        return {};
    }

    Status train() {
        if (m_loop->finished()) {
            m_console.message("nothing is left to train: for more, give a larger --epochs or --steps");
            return {};
        }
        ProgressBar progress(m_console, "training");
        while (!m_loop->finished()) {
            if (interrupted()) {
                CONVOLAB_RETURN_IF_ERROR(m_loop->settle());
                return record();
            }
            CONVOLAB_RETURN_IF_ERROR(m_loop->runStep());
            const History& history = m_loop->history();
            if (history.validation.size() > m_written.validation) {
                if (m_console.verbose) progress.clear();
                CONVOLAB_RETURN_IF_ERROR(record());
                if (history.steps.back().seconds - m_lastCheckpoint > kCheckpointSeconds) {
                    m_lastCheckpoint = history.steps.back().seconds;
                    m_project->writeCheckpoint(m_run, m_loop->checkpoint());
                }
            }
            const double share =
                static_cast<double>(m_loop->step()) / static_cast<double>(m_loop->totalSteps());
            progress.update(share, progressText(history, *m_dataset));
        }
        CONVOLAB_RETURN_IF_ERROR(record());
        progress.finish(progressText(m_loop->history(), *m_dataset));
        if (m_loop->stoppedEarly()) {
            m_console.message("stopped early at step " + withThousands(m_loop->step()) + ": the loss on the validation images "
                              "had not fallen for " + withThousands(m_recipe.earlyStopping) + " validations");
        }
        return {};
    }

    void saveCheckpoint(const std::string& state) {
        if (!m_project || !m_loop) return;
        m_project->writeCheckpoint(m_run, m_loop->checkpoint());
        if (m_loop->bestStep() > 0) m_project->writeBestWeights(m_run, *m_loop->bestWeights());
        m_project->endRun(m_run, state, bestAccuracy());
        (void)m_project->flush();  // what fails stays in lastError(), which every caller reports
    }

    double bestAccuracy() const {
        if (isRegression(*m_dataset)) return -1.0;
        double best = m_start ? m_start->bestAccuracy : -1.0;
        for (const auto& row : m_loop->history().validation) best = std::max(best, row.accuracy);
        return best;
    }

    Result<Evaluation> measure(const WeightSet& weights, Split split) const {
        return evaluate(m_source.spec, weights, *m_dataset, split, 0, [](double) { return !interrupted(); });
    }

    Status finish() {
        saveCheckpoint("done");
        if (const auto error = m_project->lastError()) return *error;
        const WeightSetPtr weights = m_loop->bestWeights();
        CONVOLAB_ASSIGN(const Evaluation validation, measure(*weights, Split::Validation));
        CONVOLAB_ASSIGN(const Evaluation test, measure(*weights, Split::Test));
        const History history = wholeHistory();
        const Totals totals = totalsOf(history);
        CONVOLAB_RETURN_IF_ERROR(writeFiles(*weights, history, totals, validation, test));
        const auto fit = reportTest(*weights, test);
        m_console.result("trained in " + durationText(totals.seconds) + ", " +
                         countText(std::llround(totals.imagesPerSecond)) + " images/s; weights of step " +
                         withThousands(m_loop->bestStep()) +
                         (!m_recipe.keepBest         ? " (the last)"
                          : m_recipe.adversarial ? " (best validation accuracy under PGD-10)"
                          : isRegression(*m_dataset) ? " (lowest validation loss)"
                                                 : " (best validation)") +
                         (m_recipe.averaging > 0 ? ", averaged" : ""));
        const std::optional<LossScaling> scaling = m_loop->lossScaling();
        if (scaling) m_console.result(lossScalingText(*scaling));
        const nlohmann::ordered_json robust = robustness(history);
        nlohmann::ordered_json files = nlohmann::ordered_json::array();
        for (const fs::path& file : m_files) {
            m_console.result("  " + file.string());
            files.push_back(file.string());
        }
        nlohmann::ordered_json done = {
            {"event", "done"},
            {"parameters", weights->layout->parameterCount},
            {"epochs", totals.epochs},
            {"steps", m_loop->step()},
            {"seconds", totals.seconds},
            {"images_per_second", totals.imagesPerSecond},
            {"train_loss", history.trainClean.empty() ? 0.0 : history.trainClean.back().loss},
            {"validation", measuredJson(validation, isRegression(*m_dataset))},
            {"test", measuredJson(test, isRegression(*m_dataset))},
            {"seed", m_recipe.seed},
            {"device", m_device.id}};
        if (m_device.ordinal >= 0) done["precision"] = precisionOf(m_device.precision).word;
        if (scaling) {
            done["loss_scale"] = scaling->scale;
            done["skipped_steps"] = scaling->skippedSteps;
        }
        for (const DeviceMove& move : history.moves) done["moves"].push_back({{"step", move.step}, {"from", move.from}, {"to", move.to}});
        if (m_recipe.earlyStopping > 0) done["stopped_early"] = m_loop->stoppedEarly();
        if (!robust.is_null()) done["robust"] = robust;
        if (fit) done["fit"] = {{"intercept", fit->intercept}, {"slope", fit->slopes.front()}};
        done["files"] = files;
        m_console.object(done);
        return {};
    }

    /// The lines about the test split; the line of a regression with one input, if the network is one.
    std::optional<FittedLine> reportTest(const WeightSet& weights, const Evaluation& test) const {
        if (!isRegression(*m_dataset)) {
            m_console.result("test accuracy " + accuracyText(test.accuracy, test.images) + " on " + withThousands(test.images) +
                             " images (95 % interval) · loss " + valueText(test.loss));
            return {};
        }
        m_console.result("test RMSE " + rootErrorText(test.loss, targetsOf(*m_dataset)->estimated.unit) + " on " + withThousands(test.images) +
                         " samples · MSE " + valueText(test.loss, 5));
        const auto line = fittedLine(m_source.spec, weights);
        if (!line || line->slopes.size() != 1) return {};
        m_console.result(fittedLineText(*line, *targetsOf(*m_dataset)) + " (" + targetsOf(*m_dataset)->measured.unit + ", " + targetsOf(*m_dataset)->estimated.unit + ")");
        return line;
    }

    /// What the kept weights stand under attack, on the sample of the validations; null after a plain training.
    nlohmann::ordered_json robustness(const History& history) const {
        const RobustMetrics* row = robustAt(history, m_loop->bestStep());
        if (row == nullptr || !m_recipe.adversarial) return nullptr;
        m_console.result("under attack " + accuracyText(row->pgd, row->images) + " (PGD-10), " +
                         accuracyText(row->fgsm, row->images) + " (FGSM) on " + withThousands(row->images) +
                         " validation images, ε " + epsilonText(m_recipe.adversarial->attack.epsilon));
        const std::string warning = catastrophicOverfitting(history);
        if (!warning.empty()) m_console.message("warning: " + warning);
        return {{"fgsm_accuracy", row->fgsm},
                {"pgd_accuracy", row->pgd},
                {"images", row->images},
                {"warning", warning}};
    }

    struct Totals {
        double epochs = 0.0;
        double seconds = 0.0;
        double imagesPerSecond = 0.0;
    };

    static Totals totalsOf(const History& history) {
        if (history.steps.empty()) return {};
        std::int64_t images = 0;
        for (const StepMetrics& row : history.steps) images += row.images;
        const StepMetrics& last = history.steps.back();
        return {last.epoch, last.seconds, static_cast<double>(images) / std::max(1e-9, last.seconds)};
    }

    History wholeHistory() const {
        History all = m_earlier;
        all.append(m_loop->history());
        return all;
    }

    Status writeFiles(const WeightSet& weights, const History& history, const Totals& totals,
                      const Evaluation& validation, const Evaluation& test) {
        const fs::path onnx = outFile(m_source.name + ".onnx");
        OnnxExportOptions options;
        options.metadata = {{"convolab.dataset", m_dataset->info().id},
                            {"convolab.seed", std::to_string(m_recipe.seed)},
                            {isRegression(*m_dataset) ? "convolab.test_rmse" : "convolab.test_accuracy",
                             formatNumber(isRegression(*m_dataset) ? std::sqrt(test.loss) : test.accuracy, 5)}};
        const auto noOnnx = onnxMissing();
        if (noOnnx) m_console.message("no ONNX file: " + noOnnx->message);
        else CONVOLAB_RETURN_IF_ERROR(exportOnnx(m_source.spec, weights, onnx, options));
        CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(outFile("history.csv"), historyCsv(history, isRegression(*m_dataset))));
        const ReportInput input{.name = m_source.name,
                                .spec = m_source.spec,
                                .weights = weights,
                                .recipe = m_recipe,
                                .history = history,
                                .validation = validation,
                                .test = test,
                                .dataset = *m_dataset,
                                .device = m_device.description + precisionSuffix(m_device),
                                .command = command(),
                                .date = todayText(),
                                .seconds = totals.seconds,
                                .imagesPerSecond = totals.imagesPerSecond,
                                .bestStep = m_loop->bestStep()};
        CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(outFile("report.html"), htmlReport(input)));
        m_files = {m_project->path(), onnx, outFile("history.csv"), outFile("report.html")};
        if (noOnnx) std::erase(m_files, onnx);
        return {};
    }

    /// What repeats this run from its start.
    std::string command() const {
        std::string text = trainCommandText(m_options.model, m_recipe) + m_options.preset.text();
        if (m_options.init) text += " --init " + *m_options.init;
        if (m_limit) text += " --limit " + std::to_string(*m_limit);
        if (m_sample) text += " --sample " + std::to_string(*m_sample);
        return text + deviceOptionsText(m_device);
    }

    static constexpr const char* kLimitSetting = "train_limit";
    static constexpr const char* kSampleSetting = "train_sample";
    static constexpr double kCheckpointSeconds = 10.0;

    const TrainOptions& m_options;
    const Console& m_console;
    Device m_device;
    ConvolabGpuPrecision m_startPrecision = kGpuFloat32;  ///< of the run that goes on
    NetworkSource m_source;
    Recipe m_recipe;
    DatasetPtr m_dataset;
    std::unique_ptr<ProjectFile> m_project;
    std::int64_t m_run = 0;
    std::optional<std::int64_t> m_limit, m_sample;
    std::optional<Checkpoint> m_start;
    std::string m_runDevice;  ///< of a resumed run, until now
    History m_earlier;
    std::unique_ptr<TrainingLoop> m_loop;
    HistoryMark m_written;
    double m_lastCheckpoint = 0.0;
    std::vector<fs::path> m_files;
};

}  // namespace

std::function<int(const Console&)> setUpTrain(CLI::App& app) {
    auto options = std::make_shared<TrainOptions>();
    addTrainOptions(app, *options);
    app.footer(trainHelp());
    return [options](const Console& console) {
        return options->wantsRangeTest() ? runRangeTest(*options, console) : TrainRun(*options, console).run();
    };
}

}  // namespace convolab
