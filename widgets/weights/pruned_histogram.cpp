#include "widgets/weights/pruned_histogram.h"

#include "widgets/plots/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace convolab {

long long PrunedHistogram::largest() const {
    long long most = 0;
    for (std::size_t i = 0; i < bins(); ++i)
        most = std::max(most, kept[i] + pruned[i]);
    return most;
}

long long PrunedHistogram::total() const {
    long long sum = 0;
    for (std::size_t i = 0; i < bins(); ++i)
        sum += kept[i] + pruned[i];
    return sum;
}

std::optional<std::size_t> PrunedHistogram::binOf(double value) const {
    if (!(limit > 0) || !(std::abs(value) <= limit) || bins() == 0)
        return std::nullopt;
    const auto bin = static_cast<std::size_t>((value / limit + 1.0) / 2.0 * static_cast<double>(bins()));
    return std::min(bin, bins() - 1);
}

PrunedHistogram prunedHistogram(std::span<const float> weights, std::span<const std::uint8_t> keep, std::size_t bins) {
    PrunedHistogram histogram;
    for (const float weight : weights) {
        if (std::isfinite(weight))
            histogram.limit = std::max(histogram.limit, static_cast<double>(std::abs(weight)));
    }
    histogram.kept.assign(bins, 0);
    histogram.pruned.assign(bins, 0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (const auto bin = histogram.binOf(weights[i]))
            ++(i < keep.size() && keep[i] == 0 ? histogram.pruned : histogram.kept)[*bin];
    }
    return histogram;
}

std::string histogramCsv(const PrunedHistogram& histogram) {
    // to_chars knows no locale: a decimal comma would split the columns.
    const auto number = [](double value) {
        char digits[32];
        const auto [end, problem] = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 9);
        return problem == std::errc() ? std::string(digits, end) : std::string();
    };
    std::string text = "from,to,kept,pruned\n";
    for (std::size_t i = 0; i < histogram.bins(); ++i)
        text += number(histogram.low(i)) + "," + number(histogram.low(i + 1)) + "," + std::to_string(histogram.kept[i]) + "," +
                std::to_string(histogram.pruned[i]) + "\n";
    return text;
}

std::string histogramText(const std::string& title, const PrunedHistogram& histogram) {
    long long pruned = 0;
    for (const long long count : histogram.pruned)
        pruned += count;
    return title + ": " + countText(histogram.total()) + " weights within ±" + valueText(histogram.limit, 3) + ", " + countText(pruned) +
           " of them pruned" + (histogram.levels.empty() ? "" : ", on " + countText(static_cast<long long>(histogram.levels.size())) + " levels");
}

}  // namespace convolab
