#include "core/compress/quantization/range_rule.h"

#include <algorithm>
#include <numeric>

#include "core/util/option_text.h"

namespace convolab {

double ValueDistribution::total() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

ValueDistribution ValueDistribution::of(std::span<const float> values, int bins) {
    ValueDistribution distribution;
    if (values.empty()) return distribution;
    const auto [low, high] = std::ranges::minmax(values);
    distribution.low = low;
    distribution.high = high;
    if (values.size() <= static_cast<std::size_t>(bins) || !(high > low)) {
        distribution.values.assign(values.begin(), values.end());
        std::ranges::sort(distribution.values);
        distribution.counts.assign(values.size(), 1.0);
        return distribution;
    }
    const double width = (static_cast<double>(high) - low) / bins;
    distribution.counts.assign(static_cast<std::size_t>(bins), 0.0);
    for (const float value : values) {
        const int bin = std::clamp(static_cast<int>((value - low) / width), 0, bins - 1);
        distribution.counts[static_cast<std::size_t>(bin)] += 1.0;
    }
    for (int bin = 0; bin < bins; ++bin) distribution.values.push_back(static_cast<float>(low + (bin + 0.5) * width));
    return distribution;
}

AffineQuantizer GridForm::over(ValueRange range) const {
    return symmetric ? weightQuantizer(std::max(-range.low, range.high), bits) : activationQuantizer(range, bits);
}

const std::vector<RangeRule>& rangeRules() {
    static const std::vector<RangeRule> rules{minmaxRange(), percentileRange(), mseRange()};
    return rules;
}

const RangeRule* findRangeRule(const std::string& id) {
    const auto& rules = rangeRules();
    const auto found = std::ranges::find(rules, id, &RangeRule::id);
    return found == rules.end() ? nullptr : &*found;
}

Result<const RangeRule*> rangeRuleNamed(const std::string& id) {
    if (const RangeRule* rule = findRangeRule(id)) return rule;
    std::vector<std::string> known;
    for (const RangeRule& rule : rangeRules()) known.push_back(rule.id);
    return unknownWord("range rule", id, known);
}

}  // namespace convolab
