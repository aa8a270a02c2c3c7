#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/attack_output.h"
#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "app/devices.h"
#include "core/attack/attack_text.h"
#include "core/cpu/compute_team.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string model;
    DataOptions data;
    std::string split = "test";
    std::int64_t limit = 0;
    std::int64_t sample = 0;
    std::string norm = "linf";
    std::string epsilon;
    std::string step;
    std::string randomStart;
    std::optional<int> target;
    AttackSpec attack;
    std::string out;
    std::string device = "cpu";
    int threads = 0;
};

Json resultJson(const RobustnessResult& result) {
    return {{"clean_accuracy", result.cleanAccuracy()},
            {"robust_accuracy", result.robustAccuracy()},
            {"success_rate", result.successRate()},
            {"images", result.images},
            {"mean_linf", result.meanLinf},
            {"mean_l2", result.meanL2},
            {"max_linf", result.maxLinf},
            {"max_l2", result.maxL2},
            {"rho", result.rho},
            {"seconds", result.seconds}};
}

std::string attackName(const AttackSpec& attack) {
    const AttackMethod* method = findAttackMethod(attack.method);
    std::string name = method->label;
    if (method->iterative) name += ", " + withThousands(attack.steps) + (attack.steps == 1 ? " step" : " steps");
    if (attack.restarts > 1) name += " × " + withThousands(attack.restarts) + " restarts";
    return name + (attack.norm == AttackNorm::L2 ? ", L2" : ", L∞");
}

/// What was typed as a spec, ε apart.
Result<AttackSpec> attackFrom(const Options& options) {
    AttackSpec attack = options.attack;
    attack.norm = options.norm == "l2" ? AttackNorm::L2 : AttackNorm::Linf;
    if (!options.randomStart.empty()) attack.randomStart = options.randomStart == "true";
    attack.target = options.target;
    if (!options.step.empty()) {
        CONVOLAB_ASSIGN(attack.step, parseEpsilon(options.step, AttackNorm::L2));
    }
    CONVOLAB_RETURN_IF_ERROR(validateAttack(attack));
    return attack;
}

/// Empty: none was typed, and the method needs none.
Result<std::vector<double>> epsilonsFrom(const Options& options, const AttackSpec& attack) {
    if (!options.epsilon.empty()) return parseEpsilons(options.epsilon, attack.norm);
    if (!findAttackMethod(attack.method)->usesEpsilon) return std::vector<double>{};
    return Error{ErrorCode::InvalidArgument, "--eps is missing", {},
                 "say how far pixels may move, for example --eps 0.1 or --eps 8/255"};
}

/// What does not go together is bad usage, too.
void checkUsage(const Options& options) {
    const auto attack = attackFrom(options);
    if (!attack.ok()) throw CLI::ValidationError(attack.error().sentence());
    const auto epsilons = epsilonsFrom(options, *attack);
    if (!epsilons.ok()) throw CLI::ValidationError(epsilons.error().sentence());
}

/// One call of `convolab attack`.
class AttackRun {
  public:
    AttackRun(const Options& options, const Console& console) : m_options(options), m_console(console) {}

    int run() {
        watchInterrupts();
        setComputeThreads(m_options.threads);
        if (const Status prepared = prepare(); !prepared.ok()) return m_console.fail(prepared.error());
        const Status done = m_epsilons.size() == 1 ? measure() : measureCurve();
        if (!done.ok()) return m_console.fail(done.error());
        return m_cancelled ? kExitInterrupted : kExitDone;
    }

  private:
    Status prepare() {
        CONVOLAB_ASSIGN(const Device device, findDevice(m_options.device));
        m_compile = trainingDevice(device).compile;
        m_device = device.id;
        CONVOLAB_ASSIGN(m_source, openNetwork(m_options.model));
        CONVOLAB_RETURN_IF_ERROR(requireWeights(m_source, m_options.model, m_options.data.name));
        CONVOLAB_ASSIGN(m_dataset, openFor(m_options.data, m_source.spec));
        CONVOLAB_ASSIGN(m_sample.split, splitFromName(m_options.split));
        CONVOLAB_ASSIGN(m_attack, attackFrom(m_options));
        CONVOLAB_ASSIGN(m_epsilons, epsilonsFrom(m_options, m_attack));
        if (m_epsilons.empty()) m_epsilons = {largestEpsilon(m_attack.norm, m_dataset->info().imageShape)};
        m_attack.epsilon = m_epsilons.back();
        CONVOLAB_RETURN_IF_ERROR(validateAttack(m_attack, m_dataset->classes()));
        m_sample.limit = m_options.limit;
        if (m_options.sample > 0) {
            m_sample.indices = balancedSample(*m_dataset, m_sample.split, m_options.sample, m_attack.seed);
        }
        return {};
    }

    Progress watching(ProgressBar& bar) {
        return [&bar](double share) {
            bar.update(share, "");
            return !interrupted();
        };
    }

    Status measure() {
        AttackOutput files(*m_dataset, m_sample.split);
        const OutcomeSink keep = [&](std::span<const std::int64_t> indices, const AttackOutcome& outcome) {
            files.add(indices, outcome);
        };
        auto bar = std::make_unique<ProgressBar>(m_console, "attacking");
        CONVOLAB_ASSIGN(const RobustnessResult result,
                        measureRobustness(m_source.spec, *m_source.weights, *m_dataset, m_attack, m_sample,
                                          watching(*bar), m_options.out.empty() ? OutcomeSink{} : keep, m_compile));
        bar.reset();
        m_cancelled = result.cancelled;
        std::vector<fs::path> written;
        if (!m_options.out.empty()) {
            CONVOLAB_ASSIGN(written, files.write(m_options.out));
        }
        print(result);
        Json done = {{"event", "done"}};
        done.update(resultJson(result));
        finish(done, result.notes(), written);
        return {};
    }

    void print(const RobustnessResult& result) const {
        const std::string where =
            withThousands(result.images) + " " + splitName(result.split) + " images (95 % interval)";
        const std::string budget = m_options.epsilon.empty() ? "" : ", ε " + epsilonText(result.attack.epsilon);
        m_console.result(attackName(result.attack) + budget + ", on " + where);
        m_console.result("clean accuracy  " + accuracyText(result.cleanAccuracy(), result.images));
        m_console.result("robust accuracy " + accuracyText(result.robustAccuracy(), result.images));
        m_console.result("success rate    " + percentText(result.successRate()) + ": " + withThousands(result.fooled) +
                         " of " + withThousands(result.cleanCorrect) + " that were right before");
        m_console.result("perturbation    L∞ mean " + valueText(result.meanLinf) + ", largest " +
                         valueText(result.maxLinf) + " · L2 mean " + valueText(result.meanL2) + ", largest " +
                         valueText(result.maxL2));
        if (findAttackMethod(result.attack.method)->findsSmallest) {
            m_console.result("ρ̂               " + valueText(result.rho) + " (mean ‖r‖₂ / ‖x‖₂ of the fooled images)");
        }
        for (const std::string& note : result.notes()) m_console.result("note: " + note);
    }

    Status measureCurve() {
        auto bar = std::make_unique<ProgressBar>(m_console, "attacking");
        CONVOLAB_ASSIGN(const std::vector<CurvePoint> curve,
                        robustnessCurve(m_source.spec, *m_source.weights, *m_dataset, m_attack, m_epsilons, m_sample,
                                        watching(*bar), [&](const CurvePoint& point) {
                                            Json row = {{"event", "point"}, {"epsilon", point.epsilon}};
                                            row.update(resultJson(point.result));
                                            m_console.object(row);
                                        },
                                        m_compile));
        bar.reset();
        m_cancelled = curve.size() < m_epsilons.size() || curve.back().result.cancelled;
        std::vector<fs::path> written;
        if (!m_options.out.empty()) {
            CONVOLAB_RETURN_IF_ERROR(makeFolder(m_options.out));
            written = {fs::path(m_options.out) / "curve.csv"};
            CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(written.front(), curveCsv(curve)));
        }
        m_console.result(attackName(m_attack) + ", on " + splitName(m_sample.split) + " images (95 % interval)");
        Json points = Json::array();
        std::vector<std::string> notes;
        for (const auto& [epsilon, result] : curve) {
            m_console.result("ε " + epsilonText(epsilon) + "  robust accuracy " +
                             accuracyText(result.robustAccuracy(), result.images) + " on " +
                             withThousands(result.images));
            Json row = {{"epsilon", epsilon}};
            row.update(resultJson(result));
            points.push_back(row);
            for (const std::string& note : result.notes()) notes.push_back("ε " + epsilonText(epsilon) + ": " + note);
        }
        for (const std::string& note : notes) m_console.result("note: " + note);
        finish({{"event", "done"}, {"points", points}}, notes, written);
        return {};
    }

    void finish(Json done, const std::vector<std::string>& notes, const std::vector<fs::path>& written) const {
        Json files = Json::array();
        for (const fs::path& file : written) {
            m_console.result("  " + file.string());
            files.push_back(file.string());
        }
        done["attack"] = attackText(m_attack);
        done["device"] = m_device;
        done["notes"] = notes;
        done["files"] = files;
        m_console.object(done);
    }

    const Options& m_options;
    const Console& m_console;
    NetworkSource m_source;
    DatasetPtr m_dataset;
    CompileModel m_compile;
    std::string m_device;
    AttackSpec m_attack;
    std::vector<double> m_epsilons;
    RobustnessSample m_sample;
    bool m_cancelled = false;
};

void addAttack(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* takes) { option->group("Attack")->option_text(takes); };
    group(app.add_option("--method", options.attack.method, "Which attack (default pgd); they are listed below")
              ->check(attackWord()),
          "NAME");
    group(app.add_option("--eps", options.epsilon,
                         "How far: each pixel by at most this share of the range (linf), or all together (l2); 8/255 is "
                         "accepted; several with commas give a curve")
              ->check(epsilonList()),
          "X[,X…]");
    group(app.add_option("--norm", options.norm, "What --eps measures: linf or l2 (default linf)")
              ->check(oneOf({"linf", "l2"})),
          "NAME");
    group(app.add_option("--step", options.step, "Length of one step (default: by the method)")->check(lengthWord()),
          "X");
    group(app.add_option("--steps", options.attack.steps, "Steps of an iterative attack (default 20)")
              ->check(wholeNumber(1, 100'000)),
          "N");
    group(app.add_option("--restarts", options.attack.restarts,
                         "Attempts from random starts; an image counts as fooled if one of them does it (default 1)")
              ->check(wholeNumber(1, 10'000)),
          "N");
    group(app.add_option("--random-start", options.randomStart,
                         "Start at a random point of the ball: true or false (default: by the method)")
              ->check(oneOf({"true", "false"})),
          "BOOL");
    group(app.add_option("--target", options.target, "Have the images taken for this class (default: any other)")
              ->check(wholeNumber(0, 1'000'000)),
          "K");
    group(app.add_option("--seed", options.attack.seed, "Decides random starts, noise and --sample (default 0)")
              ->check(wholeNumber(0)),
          "N");
}

std::string attackHelp() {
    std::string text = "Attacks:\n";
    for (const AttackMethod* method : attackMethods()) text += "  " + method->id + "\n      " + method->help + "\n";
    return text +
           "\nrobust_accuracy counts all images (already wrong = fooled), success_rate those correct before the attack."
           "\nWith --out, one ε leaves adversarial.npy (float32, N x C x H x W), labels.npy, images.csv (index, label,"
           "\nclean_prediction, prediction, fooled, perturbed, linf, l2) and adversarial.png; several leave curve.csv.\n";
}

}  // namespace

std::function<int(const Console&)> setUpAttack(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model, "A trained .convolab document; its best weights by validation are used")
        ->required()
        ->check(modelWord());
    addDataOptions(app, options->data);
    const auto data = [](CLI::Option* option, const char* takes) { return option->group("Data")->option_text(takes); };
    data(app.add_option("--split", options->split,
                        "test, validation or train (default test; use validation to choose between networks)")
             ->check(oneOf({"test", "validation", "train"})),
         "NAME");
    CLI::Option* limit = data(app.add_option("--limit", options->limit, "Only the first N images of the split")
                                  ->check(wholeNumber(1)),
                              "N");
    data(app.add_option("--sample", options->sample, "A seeded sample of N images, balanced by class, instead")
             ->check(wholeNumber(1)),
         "N")
        ->excludes(limit);
    addAttack(app, *options);
    const auto running = [](CLI::Option* option, const char* takes) { option->group("Running")->option_text(takes); };
    app.add_option("--device", options->device,
                   "Where the network runs: cpu, cuda (the first GPU that works) or cuda:N; \"convolab devices\" lists them (default cpu)")
        ->group("Running")
        ->option_text("ID")
        ->check(deviceWord());
    running(app.add_option("--threads", options->threads, "Compute threads (default: one per physical core)")
                ->check(wholeNumber(1, 256)),
            "N");
    running(app.add_option("--out", options->out, "Folder for the adversarial images or the curve (default: none)"),
            "DIR");
    app.footer(attackHelp());
    app.callback([options] { checkUsage(*options); });
    return [options](const Console& console) { return AttackRun(*options, console).run(); };
}

}  // namespace convolab
