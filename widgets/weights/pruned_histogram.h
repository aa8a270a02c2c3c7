// The weights of one layer in bins, and how many of each bin are pruned.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convolab {

struct PrunedHistogram {
    double limit = 0;                 // the bins cover -limit … limit evenly; a bin's upper end belongs to the next one
    std::vector<long long> kept, pruned;
    std::vector<double> levels;       // the grid or codebook, ascending; empty: float32

    std::size_t bins() const { return kept.size(); }
    double low(std::size_t bin) const { return limit * (2.0 * static_cast<double>(bin) / static_cast<double>(bins()) - 1.0); }
    long long largest() const;        // count of the fullest bin
    long long total() const;
    std::optional<std::size_t> binOf(double value) const;  // nothing outside
};

// `keep`: a byte per weight, 0 = pruned; empty: all stay. An odd number of bins has 0 in the middle of one. Weights that are
// not finite are left out.
PrunedHistogram prunedHistogram(std::span<const float> weights, std::span<const std::uint8_t> keep, std::size_t bins);

std::string histogramCsv(const PrunedHistogram& histogram);
std::string histogramText(const std::string& title, const PrunedHistogram& histogram);

}  // namespace convolab
