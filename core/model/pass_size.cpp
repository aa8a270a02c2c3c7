#include "core/model/pass_size.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

/// Of the last cache; the rest is for weights and for other programs.
constexpr double kShare = 0.75;
/// Virtual machines tell of a whole processor's cache that they share.
constexpr double kMostBytes = 32e6;
/// A multiple of the images that some convolutions put side by side.
constexpr std::int64_t kStep = 16;

double lastCacheBytes() {
    double bytes = 0.0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
    bytes = static_cast<double>(sysconf(_SC_LEVEL3_CACHE_SIZE));
#endif
    return bytes > 0.0 ? std::min(bytes, kMostBytes) : 0.0;
}

/// Values that are alive at once, of one image: the most that a layer reads and writes.
double liveBytes(const Analysis& analysis) {
    double most = 0.0;
    for (const NodeId id : analysis.order) {
        const NodeAnalysis& node = *analysis.find(id);
        double values = static_cast<double>(node.output->size());
        for (const auto& input : node.inputs) values += static_cast<double>(input->size());
        most = std::max(most, values);
    }
    return sizeof(float) * most;
}

}  // namespace

std::int64_t imagesPerPass(const Analysis& analysis, const CompileOptions& options, double cacheBytes) {
    const std::int64_t all = options.maximumBatch;
    const bool plainInference = !options.training && !options.differentiable && options.taps.empty() && !options.end;
    if (!plainInference || cacheBytes <= 0.0) return all;
    const double perImage = liveBytes(analysis);
    const double fitting = kShare * cacheBytes / perImage;
    if (fitting >= static_cast<double>(all) || fitting < static_cast<double>(kStep)) return all;
    const std::int64_t most = static_cast<std::int64_t>(fitting) / kStep * kStep;
    if (sizeof(float) * static_cast<double>(analysis.total.parameters) > 0.5 * perImage * static_cast<double>(most)) return all;
    const std::int64_t passes = (all + most - 1) / most;
    const std::int64_t even = (all + passes - 1) / passes;
    return std::min(all, (even + kStep - 1) / kStep * kStep);
}

std::int64_t imagesPerPass(const Analysis& analysis, const CompileOptions& options) {
    static const double cache = lastCacheBytes();
    return imagesPerPass(analysis, options, cache);
}

}  // namespace convolab
