#pragma once

#include <string>
#include <vector>

namespace convolab {

/// True if the arguments (without the program's name) are for the command line rather than for the window.
bool isCommandLine(const std::vector<std::string>& arguments);

/// Runs one command; returns the process's exit code: 0 done, 1 failed (one sentence on stderr), 2 bad usage
/// (with the nearest valid word), 130 interrupted.
int runCommandLine(const std::vector<std::string>& arguments);

/// The main job without a display: trains the first preset on the built-in digits into ./convolab-out.
int runMainJob();

}  // namespace convolab
