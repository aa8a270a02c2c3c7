#include "core/compress/sharing/tidied_codebook.h"

#include <algorithm>

namespace convolab {

Codebook tidied(const Codebook& codebook) {
    Codebook tidy{codebook.bits, {}, codebook.codes};
    const std::vector<std::int64_t> counts = codebook.counts();
    for (std::size_t k = 0; k < counts.size(); ++k) {
        if (counts[k] > 0) tidy.centroids.push_back(codebook.centroids[k]);
    }
    std::ranges::sort(tidy.centroids);
    tidy.centroids.erase(std::unique(tidy.centroids.begin(), tidy.centroids.end()), tidy.centroids.end());
    std::vector<std::int16_t> place(counts.size(), kPrunedCode);
    for (std::size_t k = 0; k < counts.size(); ++k) {
        const auto found = std::ranges::lower_bound(tidy.centroids, codebook.centroids[k]);
        if (counts[k] > 0) place[k] = static_cast<std::int16_t>(found - tidy.centroids.begin());
    }
    for (std::int16_t& code : tidy.codes) {
        if (code != kPrunedCode) code = place[static_cast<std::size_t>(code)];
    }
    return tidy;
}

}  // namespace convolab
