#pragma once

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

#include "core/util/check.h"

namespace convolab::onednn {

/// The process-wide CPU engine and its (synchronous) stream.
const dnnl::engine& engine();
dnnl::stream& stream();

/// Channels per block of the layouts that this processor's convolutions like: 16 with AVX-512, else 8.
int preferredBlock();

/// Winograd's algorithm where it pays; not with CONVOLAB_CONVOLUTION=direct in the environment (read once).
bool winogradAllowed();

/// Is this one of oneDNN's plain-loop implementations ("ref:any", "gemm:ref"), up to 50 times slower than the others?
bool isReference(const char* implementation);

/// (n, c, h, w) with channels in blocks (1: dense).
dnnl::memory::desc imageDescription(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w, int block);

/// Runs `body`; an error of the library becomes a broken invariant of ours.
template <class Body>
void guarded(const char* where, Body&& body) {
    try {
        body();
    } catch (const dnnl::error& error) {
        throw InvariantError(std::string(where) + ": oneDNN: " + error.what());
    }
}

}  // namespace convolab::onednn
