#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/compress/plan.h"
#include "core/compress/quantization/calibration.h"

namespace convolab {

class ProjectFile;

/// What makes a document a quantised one, beside its float32 weights: enough to build the integer network again.
struct DocumentQuantization {
    CompressionPlan plan;
    ActivationRanges ranges;
};

/// {"format": 1, "images": 512, "ranges": {"Conv 1": [low, high], …}}, layers by name.
std::string rangesToJson(const ActivationRanges& ranges, const NetworkSpec& spec);
/// A layer that the network does not have, numbers that are none, a newer format: a sentence.
Result<ActivationRanges> rangesFromJson(std::string_view json, const NetworkSpec& spec);

// Settings "compression_plan", "quantization" and "quantization_run" of the document: it belongs to the weights of a run, and
// is absent for whoever reads once another run has begun.
Result<std::optional<DocumentQuantization>> readQuantization(ProjectFile& project, const NetworkSpec& spec);
void writeQuantization(ProjectFile& project, const NetworkSpec& spec, std::int64_t run, const DocumentQuantization& quantization);

}  // namespace convolab
