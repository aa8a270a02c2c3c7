#include "core/backend/gpu_precision.h"

#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

// bf16 and TF32 came with compute capability 8.0, tensor cores for fp16 with 7.0 (CUDA C++ Programming Guide, "Compute capabilities").
constexpr Precision kPrecisions[] = {
    {kGpuFloat32, "float32", "float32", "As exact as on the processor", 0, false},
    {kGpuTf32, "tf32", "TF32", "Factors of 11 bits, in the range of float32", 8, false},
    {kGpuBf16, "bf16", "bf16", "Factors of 8 bits, in the range of float32", 8, false},
    {kGpuFp16, "fp16", "fp16", "Factors of 11 bits, up to 65504; scales the loss", 7, true},
};

}  // namespace

std::span<const Precision> precisions() { return kPrecisions; }

const Precision& precisionOf(ConvolabGpuPrecision value) {
    for (const Precision& precision : kPrecisions) {
        if (precision.value == value) return precision;
    }
    failCheck("a known precision", __FILE__, __LINE__, "there is no such precision");
}

Result<ConvolabGpuPrecision> parsePrecision(const std::string& word) {
    std::vector<std::string> words;
    for (const Precision& precision : kPrecisions) {
        if (word == precision.word) return precision.value;
        words.emplace_back(precision.word);
    }
    return Error{ErrorCode::InvalidArgument, "unknown precision \"" + word + "\"", {},
                 "did you mean \"" + nearestWord(word, words) + "\"? There are float32, tf32, bf16 and fp16; \"convolab devices\" says which a device has"};
}

std::optional<Error> precisionProblem(const Precision& precision, const std::string& device, int computeMajor, int computeMinor) {
    if (computeMajor == 0 || computeMajor >= precision.leastMajor) return {};
    return Error{ErrorCode::Unsupported,
                 device + " does not compute in " + precision.word + ": that needs compute capability " + std::to_string(precision.leastMajor) + ".0, and it has " +
                     std::to_string(computeMajor) + "." + std::to_string(computeMinor),
                 {},
                 computeMajor >= 7 ? "use float32 or fp16" : "use float32"};
}

std::optional<Error> precisionProblemOfCpu(const Precision& precision) {
    if (precision.value == kGpuFloat32) return {};
    return Error{ErrorCode::Unsupported, std::string("the CPU trains in float32, not in ") + precision.word, {}, "leave --precision out, or train on a GPU with --device cuda"};
}

}  // namespace convolab
