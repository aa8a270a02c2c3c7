#pragma once

#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace convolab {

/// A number with what it measures: "price" in "k$".
struct Quantity {
    std::string name = {};
    std::string unit = {};  ///< may be empty

    std::string text() const { return name + (unit.empty() ? "" : ", " + unit); }  ///< "price, k$"
};

/// What a network's outputs aim at where it is not "1 for the class, else 0".
struct Targets {
    /// A row of as many numbers as there are outputs for each label. The nearest row is the class that the network says.
    std::vector<float> values;
    Quantity estimated = {};  ///< a regression: what the one output is; the labels then only tell the rows apart
    Quantity measured = {};   ///< a regression: what the one input is. Images then are in this unit, not in [0, 1]

    bool isRegression() const { return !estimated.name.empty(); }
};

/// What a data set with targets is besides: ask by targetsOf().
class TargetedDataset {
  public:
    virtual ~TargetedDataset() = default;
    virtual const Targets* targets() const = 0;
};

/// The data set's targets, also through `limited`, `sampled` and `fitted`; null where labels are places among the outputs.
const Targets* targetsOf(const Dataset& dataset);
bool isRegression(const Dataset& dataset);
/// Outputs that a network for it has: one per class, or as many as a row of targets.
int outputsOf(const Dataset& dataset);

/// `dataset` with targets: a whole number of values for each of its classes.
DatasetPtr withTargets(DatasetPtr dataset, Targets targets);

}  // namespace convolab
