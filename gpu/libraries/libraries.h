#pragma once

#include <memory>
#include <span>

#include "gpu/launch/launch.h"
#include "gpu/libraries/convolution_library.h"
#include "gpu/libraries/layer_library.h"
#include "gpu/libraries/matrix_library.h"

namespace convolab::gpu {

/// Which calls of libraries a plan may use; bits.
enum LibraryBits : std::uint32_t { kNoLibrary = 0, kMatrixLibrary = 1, kConvolutionLibrary = 2, kLayerLibrary = 4 };

/// The libraries of one device; null where one is missing.
struct Libraries {
    std::unique_ptr<MatrixLibrary> matrices;
    std::unique_ptr<ConvolutionLibrary> convolutions;
    std::unique_ptr<LayerLibrary> layers;

    std::uint32_t available() const {
        return (matrices != nullptr ? kMatrixLibrary : 0U) | (convolutions != nullptr ? kConvolutionLibrary : 0U) | (layers != nullptr ? kLayerLibrary : 0U);
    }
    /// Of all calls among the launches: whether the libraries take them. Before the launches are run or recorded; writes results of
    /// the launches where algorithms are tried.
    Outcome prepare(std::span<const Launch> launches, void* stream);
    /// Nothing if the launch is a kernel of ours.
    std::optional<Outcome> run(const Launch& launch, void* stream);
};

/// The units that a launch's products run on (ConvolabGpuUnits): tensor cores are the libraries', for factors of 16 bits, and for float32 ones
/// if they may be rounded to TF32.
std::int32_t unitsOf(const Launch& launch, Precision precision);

}  // namespace convolab::gpu
