#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/backend/gpu_module.h"
#include "core/util/result.h"

namespace convolab {

/// In which numbers the products of convolutions and dense layers are computed on a GPU (ConvolabGpuPrecision). Weights, optimizer,
/// normalisations, losses and sums are float32 in all of them: mixed precision as in Micikevicius et al., ICLR 2018. It changes the
/// curve of a run, as a device does.
struct Precision {
    ConvolabGpuPrecision value;
    const char* word;      ///< "fp16", in files and on the command line
    const char* title;     ///< "float16"
    const char* line;      ///< what it is, in one short line
    int leastMajor;        ///< compute capability that it needs
    bool scalesLoss;
};

/// float32, tf32, bf16, fp16.
std::span<const Precision> precisions();
const Precision& precisionOf(ConvolabGpuPrecision value);
/// An unknown word is an error with the nearest one.
Result<ConvolabGpuPrecision> parsePrecision(const std::string& word);

/// Why a GPU of this compute capability (0: the processor stands in for one, and can do all) does not compute in it.
std::optional<Error> precisionProblem(const Precision& precision, const std::string& device, int computeMajor, int computeMinor);
/// Why the processor does not: it trains in float32.
std::optional<Error> precisionProblemOfCpu(const Precision& precision);

}  // namespace convolab
