#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/console.h"

namespace convolab {

/// One sub-command: adds its options to `app` and returns what runs it. A command is one file and one row in
/// the table of command_line.cpp.
struct Command {
    const char* name;
    const char* description;
    const char* example;
    std::function<int(const Console&)> (*setUp)(CLI::App& app);
};

std::function<int(const Console&)> setUpTrain(CLI::App& app);
std::function<int(const Console&)> setUpEval(CLI::App& app);
std::function<int(const Console&)> setUpQuantize(CLI::App& app);
std::function<int(const Console&)> setUpAttack(CLI::App& app);
std::function<int(const Console&)> setUpMeasure(CLI::App& app);
std::function<int(const Console&)> setUpPrune(CLI::App& app);
std::function<int(const Console&)> setUpCompress(CLI::App& app);
std::function<int(const Console&)> setUpSummary(CLI::App& app);
std::function<int(const Console&)> setUpInspect(CLI::App& app);
std::function<int(const Console&)> setUpExport(CLI::App& app);
std::function<int(const Console&)> setUpData(CLI::App& app);
std::function<int(const Console&)> setUpPresets(CLI::App& app);
std::function<int(const Console&)> setUpBench(CLI::App& app);
std::function<int(const Console&)> setUpDevices(CLI::App& app);

}  // namespace convolab
