#pragma once

#include "core/cpu/int8/ops.h"

namespace convolab::int8 {

// The integer operations as plain loops, one image after the other: the oracle of the fast ones. Inputs and outputs as
// in ops.h.

std::int32_t requantize(std::int64_t sum, std::int64_t channel, const Requantization& to);

void reference(const Convolution& convolution, std::int64_t n, const std::uint8_t* x, void* y);
void reference(const MaxPool& pool, std::int64_t n, const std::uint8_t* x, std::uint8_t* y);
void reference(const AveragePool& pool, std::int64_t n, const std::uint8_t* x, std::uint8_t* y);
void reference(const Add& add, std::int64_t n, const std::vector<const std::uint8_t*>& x, std::uint8_t* y);
void reference(const Table& table, std::int64_t n, const std::uint8_t* x, std::uint8_t* y);
void reference(const Concat& concat, std::int64_t n, const std::vector<const std::uint8_t*>& x, std::uint8_t* y);
void reference(const Flatten& flatten, std::int64_t n, const std::uint8_t* x, std::uint8_t* y);

}  // namespace convolab::int8
