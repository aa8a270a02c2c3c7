#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/measure/energy.h"
#include "core/measure/laser.h"

namespace convolab {

/// What an experiment may look at: the open network and a data set to train on.
struct ExperimentContext {
    NetworkSpec spec = {};        ///< may be half built or empty: experiments then do without
    WeightSetPtr weights = {};
    DatasetPtr dataset = {};      ///< any: each experiment fits it to its networks; null: those that train are refused
    std::uint64_t seed = 0;
};

struct ExperimentColumn {
    std::string label = {};   ///< "Energy, batch 1"
    std::string unit = {};    ///< "s", "J", "" (count), "share"
    bool modelled = false;
};

struct ExperimentRow {
    std::string label = {};   ///< "Conv 20, conv 50"
    std::vector<std::optional<double>> values = {};  ///< per column
};

/// A table of numbers and what they say about the statement.
struct ExperimentResult {
    std::vector<ExperimentColumn> columns = {};
    std::vector<ExperimentRow> rows = {};
    bool holds = false;      ///< the statement, here
    std::string verdict = {};     ///< one or two sentences with the numbers
};

/// A statement about networks that a person can test: one file in experiments/.
struct Experiment {
    std::string id = {};          ///< "fewer-macs"
    std::string statement = {};   ///< "Fewer MACs, more energy"
    std::string expectation = {}; ///< what will be done and what to expect
    bool needsDataset = false;
    std::function<Result<ExperimentResult>(const ExperimentContext&, const LaserProgress&)> run;
};
const std::vector<const Experiment*>& experiments();
const Experiment* findExperiment(const std::string& id);

std::string experimentCsv(const ExperimentResult& result);
std::string experimentJson(const Experiment& experiment, const ExperimentResult& result, int indent = -1);

}  // namespace convolab
