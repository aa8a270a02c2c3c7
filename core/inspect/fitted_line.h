#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data/targets.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"

namespace convolab {

/// y = intercept + Σ slopes[i] · x[i], for x in the data's own units: the input's normalisation is undone, w = w′ / std and
/// b = b′ − Σ w′ · mean / std.
struct FittedLine {
    double intercept = 0.0;
    std::vector<double> slopes;

    double at(double x) const { return intercept + slopes.front() * x; }  ///< for one input
};

/// What a network of an input of a vector (or one value), one dense layer of one unit and the output computes; nothing for
/// other networks, and for weights of another one.
std::optional<FittedLine> fittedLine(const NetworkSpec& spec, const WeightSet& weights);

/// "price = −42.783 + 0.22962 · size", of a regression with one input.
std::string fittedLineText(const FittedLine& line, const Targets& targets);

}  // namespace convolab
