#pragma once

#include <map>
#include <memory>
#include <vector>

#include "gpu/kernels/layer_calls.h"
#include "gpu/launch/outcome.h"
#include "gpu/libraries/dnn_table.h"

namespace convolab::gpu {

/// Poolings and batch norms by cuDNN on one device; of the library's variants only those that give the same bits at every run.
/// What a call of one size needs (descriptors) is worked out by `prepare` and kept.
class LayerLibrary {
  public:
    explicit LayerLibrary(const DnnTable& table);
    ~LayerLibrary();
    LayerLibrary(const LayerLibrary&) = delete;
    LayerLibrary& operator=(const LayerLibrary&) = delete;

    Outcome start();  ///< first of all
    /// Says whether the library takes the call.
    Outcome prepare(const PoolingCall& call);
    Outcome prepare(const BatchNormCall& call);
    /// Puts the call on a stream. Prepared before.
    Outcome run(const PoolingCall& call, void* stream);
    Outcome run(const BatchNormCall& call, void* stream);

  private:
    struct Described;  // descriptors of one size
    using Key = std::vector<Index>;
    static Key keyOf(const PoolingCall& call);
    static Key keyOf(const BatchNormCall& call);
    Outcome describeMaps(void*& tensor, Index n, Index channels, Index height, Index width) const;
    Outcome describe(const PoolingCall& call, Described& made) const;
    Outcome describe(const BatchNormCall& call, Described& made) const;
    template <class Call>
    Outcome prepareCall(const Call& call);
    Outcome find(const Key& key, void* stream, const Described** found) const;

    const DnnTable& m_table;
    void* m_handle = nullptr;
    std::map<Key, std::unique_ptr<Described>> m_described;
};

}  // namespace convolab::gpu
