#include "app/cli/command_line.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/cli/commands.h"
#include "app/cli/help_format.h"
#include "core/compress/coding/packed_file.h"
#include "core/util/check.h"
#include "core/util/left_out.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr Command kCommands[] = {
    {"train", "Train a network; leave the document, the ONNX file, the history and a report",
     "convolab train lenet-like --data digits --epochs 5\n"
     "          convolab train conv20-conv50 --data mnist --optimizer adamw --schedule "
     "cosine:warmup_steps=200 --out mnist-run",
     setUpTrain},
    {"eval", "Measure loss and accuracy of a trained network",
     "convolab eval convolab-out/lenet-like.convolab --data digits", setUpEval},
    {"attack", "Perturb images by a chosen amount and count how many still come out right",
     "convolab attack mnist-run/conv20-conv50.convolab --method pgd --eps 0.3 --steps 40 --data mnist --limit 1000\n"
     "          convolab attack net.convolab --method fgsm --eps 0,2/255,4/255,8/255 --data cifar-10 --out curve",
     setUpAttack},
    {"measure", "Measure latency, accuracy, size, energy and robustness (LASER), layer by layer",
     "convolab measure convolab-out/lenet-like.convolab --data digits --csv layers.csv\n"
     "          convolab measure lenet-like --batch 256 --weights-in by-size\n"
     "          convolab measure --experiment fewer-macs",
     setUpMeasure},
    {"prune", "Set the weights that matter least to zero, train on, and remove whole filters for good",
     "convolab prune net.convolab --sparsity 0.9 --global --finetune 3 --data mnist --out pruned.convolab\n"
     "          convolab prune net.convolab --granularity filter --sparsity 0.4 --to-dense --data mnist --out small.convolab",
     setUpPrune},
    {"compress", "Prune, share and code the weights as a recipe says; leave the packed file",
     "convolab compress mnist-run/conv20-conv50.convolab --recipe deep-compression.json --data mnist --out packed\n"
     "          convolab eval packed/conv20-conv50.packed --data mnist",
     setUpCompress},
    {"quantize", "Round weights and activations onto a grid, so that the network computes in integers",
     "convolab quantize mnist-run/conv20-conv50.convolab --calibrate mnist --out int8.convolab\n"
     "          convolab quantize net.convolab --weights 4 --range mse --calibrate mnist --qat 2 --out w4.convolab",
     setUpQuantize},
    {"summary", "List a network's layers with shapes, parameters and multiply-accumulates (MACs)",
     "convolab summary lenet-like --input 3,32,32 --classes 5", setUpSummary},
    {"inspect", "Show what a network does with an image, and why",
     "convolab inspect convolab-out/lenet-like.convolab --image digits:7 --what gradcam", setUpInspect},
    {"export", "Write a network as ONNX, quantised ONNX or JSON",
     "convolab export convolab-out/lenet-like.convolab --to onnx --out lenet.onnx", setUpExport},
    {"data", "List the data sets, or show one", "convolab data show digits --out digits.png", setUpData},
    {"presets", "List the networks that come with the program", "convolab presets", setUpPresets},
    {"bench", "Time training steps and inference on this computer, beside PyTorch and ONNX Runtime if wanted",
     "convolab bench\n"
     "          convolab bench --against pytorch,onnxruntime --python ~/bench/bin/python --network lenet-like --json",
     setUpBench},
    {"devices", "List the devices that can train, and why others cannot; check one", "convolab devices --check", setUpDevices},
};

/// One line, and one more for each library that is left out.
std::string versionText() {
    std::string text = std::string("convolab ") + CONVOLAB_VERSION;
    for (const LeftOut& row : leftOut()) text += "\nbuilt without " + row.library + " (" + row.packages + "): " + row.costs;
    return text;
}

struct CommonFlags {
    bool json = false;
    bool quiet = false;
    bool verbose = false;
};

void addHelpAndVersion(CLI::App& app) {
    app.set_help_flag("-h,--help", "This page")->group("General");
    app.set_version_flag("--version", versionText(), "The program's version, and what it was built without")->group("General");
}

void addCommonFlags(CLI::App& app, CommonFlags& flags) {
    app.add_flag("--json", flags.json,
                 "Results as one JSON object per line; the last has \"event\": \"done\"")
        ->group("General");
    app.add_flag("-q,--quiet", flags.quiet, "Results and errors only: no progress, no messages")
        ->group("General");
    app.add_flag("-v,--verbose", flags.verbose, "More messages")->group("General");
    addHelpAndVersion(app);
}

std::vector<std::string> optionNames(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

/// A usage error in at most three lines: what is wrong, the nearest valid word, where help is.
int failUsage(const CLI::App& app, const std::string& message, const std::string& hint) {
    std::fprintf(stderr, "convolab: %s%s\n", message.c_str(),
                 hint.empty() ? "" : (": did you mean " + hint + "?").c_str());
    std::fprintf(stderr, "\"%s --help\" explains it.\n", commandPath(app).c_str());
    return kExitUsage;
}

std::vector<std::string> commandNames() {
    std::vector<std::string> names;
    for (const Command& command : kCommands) names.emplace_back(command.name);
    return names;
}

std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The deepest command that the arguments name: "data show".
CLI::App* activeCommand(CLI::App& app, const std::vector<std::string>& arguments) {
    CLI::App* active = &app;
    for (const std::string& word : arguments) {
        const auto subs =
            active->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; });
        if (subs.empty()) break;
        active = subs.front();
    }
    return active;
}

std::vector<std::string> subcommandNames(CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
    return names;
}

int failExtras(CLI::App& app, CLI::App& active) {
    const std::vector<std::string> extras = app.remaining(true);
    const std::string word = extras.empty() ? "" : extras.front();
    if (word.starts_with('-')) {
        return failUsage(active, "unknown option " + word,
                         nearestWord(word.substr(0, word.find('=')), optionNames(active)));
    }
    const std::vector<std::string> commands = subcommandNames(active);
    if (!commands.empty())
        return failUsage(active, "unknown command \"" + word + "\"", nearestWord(word, commands));
    return failUsage(active, "unexpected argument \"" + word + "\"", "");
}

int failParse(const CLI::ParseError& error, CLI::App& app, CLI::App& active) {
    const std::string message = firstLine(error.what());
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ArgumentMismatch)) {
        return failUsage(active, message.substr(0, message.find(':')) + " needs a value", "");
    }
    const bool lacks = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
    if (!lacks) return failUsage(active, message, "");
    // A misspelt word is why something is missing.
    if (!app.remaining(true).empty()) return failExtras(app, active);
    const std::vector<std::string> commands = subcommandNames(active);
    if (!commands.empty()) return failUsage(active, "a command is missing: " + join(commands, ", "), "");
    return failUsage(active, message, "");
}

int parseAndRun(CLI::App& app, const std::vector<std::string>& arguments,
                const std::vector<std::function<int(const Console&)>>& runners, const CommonFlags& flags) {
    CLI::App& active = *activeCommand(app, arguments);
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        app.parse(reversed);
    } catch (const CLI::CallForHelp&) {
        std::printf("%s", active.help().c_str());
        return kExitDone;
    } catch (const CLI::CallForVersion&) {
        std::printf("%s\n", versionText().c_str());
        return kExitDone;
    } catch (const CLI::ExtrasError&) {
        return failExtras(app, active);
    } catch (const CLI::ParseError& error) {
        return failParse(error, app, active);
    }
    const Console console{flags.json, flags.quiet, flags.verbose};
    const auto subcommands = app.get_subcommands({});
    for (std::size_t i = 0; i < subcommands.size(); ++i) {
        if (subcommands[i]->parsed()) return runners[i](console);
    }
    return kExitUsage;
}

int guarded(const std::function<int()>& run) {
    try {
        return run();
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "convolab: not enough memory: use a smaller batch or network\n");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "convolab: internal error: %s\n", error.what());
    }
    return kExitFailed;
}

}  // namespace

bool isCommandLine(const std::vector<std::string>& arguments) {
    if (arguments.empty()) return false;
    const std::string& first = arguments.front();
    if (first.starts_with("-")) {
        // Qt's own options (-platform, -style …) belong to the window.
        return first == "-h" || first.starts_with("--");
    }
    const auto names = commandNames();
    if (std::find(names.begin(), names.end(), first) != names.end()) return true;
    const std::filesystem::path path(first);
    const bool opens = path.extension() == ".convolab" || path.extension() == ".json" || path.extension() == kPackedExtension;
    return !opens && !std::filesystem::exists(path);
}

int runCommandLine(const std::vector<std::string>& arguments) {
    CLI::App app(
        "Convolab: build, train and export convolutional networks.\n"
        "Without a command it opens the window, on FILE if there is one.",
        "convolab");
    app.formatter(std::make_shared<HelpFormat>());
    app.get_formatter()->label("Subcommands", "Commands");
    addHelpAndVersion(app);
    CommonFlags flags;
    std::vector<std::function<int(const Console&)>> runners;
    for (const Command& command : kCommands) {
        CLI::App* sub = app.add_subcommand(command.name, command.description);
        sub->group("Commands");
        runners.push_back(command.setUp(*sub));
        sub->footer((sub->get_footer().empty() ? "" : sub->get_footer() + "\n") +
                    "Example:  " + command.example);
        addCommonFlags(*sub, flags);
        for (CLI::App* inner : sub->get_subcommands({})) addCommonFlags(*inner, flags);
    }
    // Commands made after this would inherit it.
    app.footer(
        "Example:  convolab train lenet-like --data digits\n"
        "Each command explains itself: convolab train --help\n\n"
        "Results go to stdout, progress and messages to stderr.\n"
        "Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted (a checkpoint was written).");
    if (!arguments.empty() && !arguments.front().starts_with("-")) {
        const auto names = commandNames();
        if (std::find(names.begin(), names.end(), arguments.front()) == names.end()) {
            return failUsage(app, "unknown command or file \"" + arguments.front() + "\"",
                             nearestWord(arguments.front(), names));
        }
    }
    return guarded([&] { return parseAndRun(app, arguments, runners, flags); });
}

int runMainJob() {
    return runCommandLine(
        {"train", "lenet-like", "--data", "digits", "--epochs", "5", "--out", "convolab-out"});
}

}  // namespace convolab
