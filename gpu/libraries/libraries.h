#pragma once

#include <memory>
#include <span>

#include "gpu/launch/launch.h"
#include "gpu/libraries/matrix_library.h"

namespace convolab::gpu {

/// Which calls of libraries a plan may use; bits.
enum LibraryBits : std::uint32_t { kNoLibrary = 0, kMatrixLibrary = 1 };

/// The libraries of one device.
class Libraries {
  public:
    /// Null where the library is missing.
    explicit Libraries(std::unique_ptr<MatrixLibrary> matrices = nullptr) : m_matrices(std::move(matrices)) {}

    std::uint32_t available() const { return m_matrices != nullptr ? kMatrixLibrary : kNoLibrary; }
    /// Of all calls among the launches: whether the libraries take them. Before the launches are run or recorded.
    Outcome prepare(std::span<const Launch> launches);
    /// Nothing if the launch is a kernel of ours.
    std::optional<Outcome> run(const Launch& launch, void* stream);

  private:
    std::unique_ptr<MatrixLibrary> m_matrices;
};

}  // namespace convolab::gpu
