#pragma once

#include "core/graph/analysis.h"
#include "core/model/model.h"

namespace convolab {

/// How many images of a batch an inference model carries through all its layers at once: as many as keep the values between
/// the layers in the processor's last cache, where they would not fit with the whole batch and where the weights, which each
/// pass reads anew, are smaller than these values. Otherwise maximumBatch.
std::int64_t imagesPerPass(const Analysis& analysis, const CompileOptions& options);

/// The same for a cache of `cacheBytes`.
std::int64_t imagesPerPass(const Analysis& analysis, const CompileOptions& options, double cacheBytes);

}  // namespace convolab
