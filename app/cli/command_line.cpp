#include "app/cli/command_line.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/cli/commands.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr Command kCommands[] = {
    {"train", "Train a network and leave the document, ONNX file, history and report", "convolab train lenet-like --data digits --epochs 5", setUpTrain},
    {"eval", "Measure loss and accuracy of a trained network", "convolab eval convolab-out/lenet-like.convolab --data digits", setUpEval},
    {"summary", "List a network's layers with shapes, parameters and MACs", "convolab summary conv20-conv50", setUpSummary},
    {"export", "Write a network as ONNX or JSON", "convolab export convolab-out/lenet-like.convolab --to onnx --out lenet.onnx", setUpExport},
    {"data", "List the data sets, or show one", "convolab data show digits --out digits.png", setUpData},
    {"presets", "List the networks that come with the program", "convolab presets", setUpPresets},
    {"devices", "List the devices that can train", "convolab devices", setUpDevices},
};

struct CommonFlags {
    bool json = false;
    bool quiet = false;
    bool verbose = false;
};

void addCommonFlags(CLI::App& app, CommonFlags& flags) {
    app.add_flag("--json", flags.json, "One JSON object per line on stdout; the last has \"event\": \"done\"");
    app.add_flag("--quiet,-q", flags.quiet, "No progress, no messages");
    app.add_flag("--verbose,-v", flags.verbose, "More messages");
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
    std::fprintf(stderr, "convolab: %s%s\n", message.c_str(), hint.empty() ? "" : (": did you mean " + hint + "?").c_str());
    const std::string command = app.get_parent() != nullptr ? "convolab " + app.get_name() : "convolab";
    std::fprintf(stderr, "\"%s --help\" lists what it takes.\n", command.c_str());
    return kExitUsage;
}

std::vector<std::string> commandNames() {
    std::vector<std::string> names;
    for (const Command& command : kCommands) names.emplace_back(command.name);
    return names;
}

std::string firstLine(std::string text) { return text.substr(0, text.find('\n')); }

int parseAndRun(CLI::App& app, const std::vector<std::string>& arguments,
                const std::vector<std::function<int(const Console&)>>& runners, const CommonFlags& flags) {
    CLI::App* active = &app;
    for (CLI::App* sub : app.get_subcommands({})) {
        if (!arguments.empty() && sub->get_name() == arguments.front()) active = sub;
    }
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        app.parse(reversed);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ExtrasError&) {
        std::vector<std::string> extras = app.remaining(true);
        const std::string word = extras.empty() ? "" : extras.front();
        const bool isOption = word.starts_with('-');
        const std::string name = word.substr(0, word.find('='));
        return failUsage(*active, (isOption ? "unknown option " : "unexpected argument ") + word,
                         isOption ? nearestWord(name, optionNames(*active)) : "");
    } catch (const CLI::ParseError& error) {
        return failUsage(*active, firstLine(error.what()), "");
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
        return first == "-h" || first.starts_with("--") ;
    }
    const auto names = commandNames();
    if (std::find(names.begin(), names.end(), first) != names.end()) return true;
    const std::filesystem::path path(first);
    return path.extension() != ".convolab" && path.extension() != ".json" && !std::filesystem::exists(path);
}

int runCommandLine(const std::vector<std::string>& arguments) {
    CLI::App app("Convolab: build, train and export convolutional networks.\nWithout a command it opens the window: convolab [FILE]",
                 "convolab");
    app.set_version_flag("--version", std::string("convolab ") + CONVOLAB_VERSION);
    app.footer("Example: convolab train lenet-like --data digits\nEach command explains itself: convolab train --help");
    CommonFlags flags;
    std::vector<std::function<int(const Console&)>> runners;
    for (const Command& command : kCommands) {
        CLI::App* sub = app.add_subcommand(command.name, command.description);
        sub->footer(std::string("Example: ") + command.example);
        runners.push_back(command.setUp(*sub));
        addCommonFlags(*sub, flags);
    }
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
    return runCommandLine({"train", "lenet-like", "--data", "digits", "--epochs", "5", "--out", "convolab-out"});
}

}  // namespace convolab
