#pragma once

#include <map>
#include <memory>
#include <tuple>

#include "gpu/kernels/dense_product.h"
#include "gpu/launch/outcome.h"
#include "gpu/libraries/blas_table.h"

namespace convolab::gpu {

/// How exact products of float32 are; calls whose factors have 16 bits say so themselves.
enum class Precision : std::int32_t {
    Float32 = 0,
    Tf32 = 1,  ///< factors are rounded to 10 bits behind the point, on devices with tensor cores (compute capability 8.0 and newer)
};

/// Products of matrices by cuBLASLt on one device. What a product of one size needs (descriptors, the algorithm that the
/// library's heuristic ranks first) is worked out by `prepare` and kept.
class MatrixLibrary {
  public:
    /// `workspace` on the device, for all calls.
    MatrixLibrary(const BlasTable& table, Precision precision, void* workspace, std::size_t workspaceBytes);
    ~MatrixLibrary();
    MatrixLibrary(const MatrixLibrary&) = delete;
    MatrixLibrary& operator=(const MatrixLibrary&) = delete;

    Outcome start();  ///< first of all
    /// Says whether the library takes the call.
    Outcome prepare(const MatrixCall& call);
    /// Puts the call on a stream. Prepared before.
    Outcome run(const MatrixCall& call, void* stream);

  private:
    struct Product;  // descriptors of one size
    /// Sizes, order in memory, type of the factors, bias and ReLU, and how the four pointers are aligned: what an algorithm depends on.
    using Key = std::tuple<Index, Index, Index, int, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
    static Key keyOf(const MatrixCall& call);

    Outcome words(int status, const char* function) const;
    Outcome describe(const MatrixCall& call, Product& product) const;
    Outcome choose(const MatrixCall& call, Product& product) const;

    const BlasTable& m_table;
    Precision m_precision;
    void* m_workspace;
    std::size_t m_workspaceBytes;
    void* m_handle = nullptr;
    std::map<Key, std::unique_ptr<Product>> m_products;
};

}  // namespace convolab::gpu
