#pragma once

#include <cstdint>

namespace convolab::peak {

/// a[i] = b[i] + s · c[i]: moves 12 bytes per element.
void triad(float* a, const float* b, const float* c, float s, std::int64_t count);
/// `count` times eight multiplications and additions, one number at a time: 16 · count FLOP. Returns their sum, so that
/// nobody leaves them out.
float scalarProducts(std::int64_t count, float x);

}  // namespace convolab::peak
