#include "core/inspect/fitted_line.h"

#include <cmath>

#include "core/graph/analysis.h"
#include "core/model/fusion.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kDigits = 5;

struct Chain {
    const Node* input = nullptr;
    const Node* dense = nullptr;
};

/// Input, dense and output in a row, flattened where the input is an image of one value.
std::optional<Chain> chainOf(const NetworkSpec& spec) {
    Chain chain;
    for (const Node& node : spec.nodes()) {
        if (node.kind == "input" && chain.input == nullptr) chain.input = &node;
        else if (node.kind == "dense" && chain.dense == nullptr) chain.dense = &node;
        else if (node.kind != "flatten" && node.kind != "output") return {};
    }
    if (chain.input == nullptr || chain.dense == nullptr) return {};
    return chain;
}

double entryOf(const std::vector<double>& list, std::size_t index) { return list.size() == 1 ? list.front() : list[index]; }

}  // namespace

std::optional<FittedLine> fittedLine(const NetworkSpec& spec, const WeightSet& weights) {
    const auto chain = chainOf(spec);
    if (!chain || !weights.layout || !requireComplete(spec, analyze(spec)).ok()) return {};
    const ParameterEntry* weight = weights.layout->find(chain->dense->id, "weight");
    const ParameterEntry* bias = weights.layout->find(chain->dense->id, "bias");
    if (weight == nullptr || weight->spec.shape[0] != 1) return {};
    const Attributes input = attributesOf(spec, chain->input->id);
    const Shape shape(input.integers("shape"));
    const auto count = static_cast<std::size_t>(shape.size());
    const bool oneEach = shape.isVector() || count == 1;
    const auto values = weights.values(*weight);
    if (!oneEach || values.size() != count) return {};

    FittedLine line;
    line.intercept = bias == nullptr ? 0.0 : static_cast<double>(weights.values(*bias).front());
    for (std::size_t i = 0; i < count; ++i) {
        line.slopes.push_back(static_cast<double>(values[i]) / entryOf(input.reals("std"), i));
        line.intercept -= line.slopes.back() * entryOf(input.reals("mean"), i);
    }
    return line;
}

std::string fittedLineText(const FittedLine& line, const Targets& targets) {
    const auto number = [](double value) { return (value < 0.0 ? "−" : "") + formatNumber(std::abs(value), kDigits); };
    const double slope = line.slopes.front();
    return targets.estimated.name + " = " + number(line.intercept) + (slope < 0.0 ? " − " : " + ") + formatNumber(std::abs(slope), kDigits) + " · " +
           targets.measured.name;
}

}  // namespace convolab
