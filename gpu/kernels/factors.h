#pragma once

#include "gpu/kernels/sixteen_bits.h"

namespace convolab::gpu {

/// What the factors of a product are rounded to before they are multiplied. Products are added up in float32 whatever they are.
enum class FactorType : std::int32_t { Float32, Bf16, Fp16 };

CONVOLAB_BODY inline std::uint16_t to16(FactorType type, float value) { return type == FactorType::Bf16 ? toBf16(value) : toFp16(value); }
CONVOLAB_BODY inline float from16(FactorType type, std::uint16_t value) { return type == FactorType::Bf16 ? fromBf16(value) : fromFp16(value); }

CONVOLAB_BODY inline float roundedTo(FactorType type, float value) { return type == FactorType::Float32 ? value : from16(type, to16(type, value)); }

/// Values as factors: float32 that are rounded when they are read, or numbers of 16 bits.
struct ProductFactors {
    const void* values = nullptr;
    FactorType type = FactorType::Float32;
    bool stored = false;  ///< in 16 bits; else as float32

    ProductFactors() = default;
    CONVOLAB_BODY ProductFactors(const float* from, FactorType as = FactorType::Float32) : values(from), type(as) {}
    CONVOLAB_BODY ProductFactors(const std::uint16_t* from, FactorType as) : values(from), type(as), stored(true) {}
    CONVOLAB_BODY float operator[](Index i) const {
        if (stored) return from16(type, static_cast<const std::uint16_t*>(values)[i]);
        return roundedTo(type, static_cast<const float*>(values)[i]);
    }
};

}  // namespace convolab::gpu
