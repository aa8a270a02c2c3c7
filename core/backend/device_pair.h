#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/layers/layer_kind.h"
#include "core/model/compile_model.h"

namespace convolab {

/// The same network on the processor, in plain loops, and on a device, and in what they differ: in words, empty if in
/// nothing. Numbers may differ by rounding.
class DevicePair {
  public:
    static Result<DevicePair> make(const CompileModel& device, const NetworkSpec& spec, CompileOptions options);

    /// A training step's loss, gradients, running statistics; within kTolerance also which images count as correct.
    std::string stepDiffers(std::int64_t n, std::uint64_t step, double tolerance = kTolerance);
    std::string evaluationDiffers(std::int64_t n, double tolerance = kTolerance);

    View<const float> batchOf(std::int64_t n) const { return {images.data(), cpu->inputShape().withBatch(n)}; }
    std::span<const int> labelsOf(std::int64_t n) const { return std::span(labels).first(static_cast<std::size_t>(n)); }

    static constexpr double kTolerance = 1e-4;  ///< of relativeError
    std::unique_ptr<Model> cpu, device;
    std::vector<float> images;
    std::vector<int> labels;
    std::int64_t batch = 0;
};

/// Every example of a kind in a small network, three steps and an evaluation.
std::string kindDiffers(const CompileModel& device, const LayerKind& kind, double tolerance = DevicePair::kTolerance);

/// The losses of `steps` steps with momentum on the pair's images. (Adam would blow up the rounding that is the whole gradient
/// of a bias before a batch norm.)
std::vector<double> trainedLosses(Model& model, const DevicePair& pair, std::int64_t steps);

CompileOptions trainingOptions(std::int64_t batch);

}  // namespace convolab
