#pragma once

#include <map>
#include <memory>
#include <string>

#include "gpu/kernels/convolution_call.h"
#include "gpu/launch/outcome.h"
#include "gpu/libraries/algorithm_cache.h"
#include "gpu/libraries/dnn_table.h"
#include "gpu/libraries/matrix_library.h"

namespace convolab::gpu {

/// Convolutions by cuDNN on one device. `prepare` tries the library's algorithms on a call of a new size and keeps the fastest
/// that gives the same bits at every run, in memory and on disk.
class ConvolutionLibrary {
  public:
    /// `workspace` on the device, for all calls.
    ConvolutionLibrary(const DnnTable& table, Precision precision, AlgorithmCache cache, void* workspace, std::size_t workspaceBytes);
    ~ConvolutionLibrary();
    ConvolutionLibrary(const ConvolutionLibrary&) = delete;
    ConvolutionLibrary& operator=(const ConvolutionLibrary&) = delete;

    Outcome start();  ///< first of all
    /// Says whether the library takes the call. Writes the call's result if it has to try; not while a stream is recorded.
    Outcome prepare(const ConvolutionCall& call, void* stream);
    /// Puts the call on a stream. Prepared before.
    Outcome run(const ConvolutionCall& call, void* stream);

  private:
    struct Described;  // descriptors and algorithm of one size
    std::string keyOf(const ConvolutionCall& call) const;
    Outcome words(int status, const char* function) const;
    Outcome describe(const ConvolutionCall& call, Described& made) const;
    /// The algorithm of the cache, if it takes the call in the room that there is.
    bool takesCached(const ConvolutionCall& call, const std::string& key, Described& made) const;
    Outcome tryAll(const ConvolutionCall& call, Described& made) const;
    Outcome workspaceOf(const ConvolutionCall& call, const Described& made, int algorithm, std::size_t* bytes) const;

    const DnnTable& m_table;
    Precision m_precision;
    AlgorithmCache m_cache;
    void* m_workspace;
    std::size_t m_workspaceBytes;
    void* m_handle = nullptr;
    std::map<std::string, std::unique_ptr<Described>> m_described;
};

}  // namespace convolab::gpu
