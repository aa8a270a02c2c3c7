#pragma once

// What the loops of the lanes tier share: a vector of one pixel of L images. The loops are written once for all widths, and each
// file that includes them is built for another instruction set, so nothing here may be shared between those: everything has
// internal linkage.

#include <cstring>

#include "core/cpu/lanes/kernels.h"

// Before loops over the sums of a tile: GCC keeps an array in registers only if such loops are gone early.
#define CONVOLAB_UNROLL _Pragma("GCC unroll 16")

namespace convolab::lanes {
namespace {

template <int L>
struct Lanes {
    typedef float Vector __attribute__((vector_size(4 * L)));
    static Vector load(const float* from) {
        Vector v;
        std::memcpy(&v, from, sizeof v);
        return v;
    }
    /// Loaded once into a register: GCC would rather read it again for every product.
    static Vector loadOnce(const float* from) {
        Vector v = load(from);
        asm("" : "+v"(v));
        return v;
    }
    static void store(Vector v, float* to) { std::memcpy(to, &v, sizeof v); }
    static float sum(Vector v) {
        float values[L];
        store(v, values);
        for (int width = L / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; ++i) values[i] += values[i + width];
        }
        return values[0];
    }
};

inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
inline std::int64_t larger(std::int64_t a, std::int64_t b) { return a > b ? a : b; }

}  // namespace
}  // namespace convolab::lanes
