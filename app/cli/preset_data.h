#pragma once

#include <CLI/CLI.hpp>

#include "app/cli/data_options.h"

namespace convolab {

/// Where MODEL (`model`, as typed) is a preset that brings its own training, --data may be left out.
void letPresetsBringData(CLI::App& app, DataOptions& options, const std::string& model);

}  // namespace convolab
