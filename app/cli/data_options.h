#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "core/data/dataset.h"
#include "core/graph/network_spec.h"

namespace convolab {

struct DataOptions {
    std::string name;
    std::string dataDir;
};

/// --data and --data-dir.
void addDataOptions(CLI::App& app, DataOptions& options);
void addDataDir(CLI::App& app, std::string& folder);

/// The data set, padded to the network's input; an error if sizes, channels or the number of classes
/// disagree.
Result<DatasetPtr> openFor(const DataOptions& options, const NetworkSpec& spec);

/// As above for a data set that is open already.
Result<DatasetPtr> fittedTo(const NetworkSpec& spec, DatasetPtr dataset);

}  // namespace convolab
