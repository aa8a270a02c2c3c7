#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/layers/window.h"
#include "core/tensor/shape.h"

/// Inference in integers: uint8 activations, int8 weights, int32 sums. Values between operations are (N, H, W, C): the
/// channels of a pixel lie side by side; vectors are (N, n). Every buffer has kSlack readable bytes behind its end.
namespace convolab::int8 {

inline constexpr std::int64_t kSlack = 64;
/// Longest dot product and largest bias whose sum fits int32 for certain: 35,000 · 255 · 127 + 10^9 < 2^31.
inline constexpr std::int64_t kLongestSum = 35'000;
inline constexpr std::int32_t kLargestBias = 1'000'000'000;

/// From an int32 sum to the next activation: q = ⌊clamp(sum · multiplier[o], …)⌉ + zeroPoint, in float32, rounded half to
/// even. That is one multiplication by s_x · s_w / s_y, as ONNX Runtime and FBGEMM do it; relu is a `low` equal to the
/// zero point.
struct Requantization {
    std::vector<float> multiplier;  ///< one, or one per channel
    float slope = 1.0F;             ///< multiplies negative values (leaky relu)
    std::int32_t zeroPoint = 0;
    std::int32_t low = 0;     ///< of q
    std::int32_t high = 255;  ///< of q

    float multiplierOf(std::int64_t channel) const {
        return multiplier.size() == 1 ? multiplier[0] : multiplier[static_cast<std::size_t>(channel)];
    }
};

/// sum[o] = Σ (x − inputZero) · w + bias[o]. A dense layer is one whose window covers a 1 × 1 image of n channels.
struct Convolution {
    Shape input, output;  ///< (C, H, W) per image; dense: (n, 1, 1)
    Window window;
    std::int64_t groups = 1;
    std::vector<std::int8_t> weight;  ///< (O, I / groups, kernel height, kernel width)
    std::vector<std::int32_t> bias;   ///< in units of input scale · weight scale
    std::int32_t inputZero = 0;       ///< also what padding is made of
    Requantization requantization;
    bool floatOutput = false;  ///< then the outputs are sum · multiplier, float32, with the slope, unclamped

    std::int64_t depth() const { return input.channels() / groups; }
    bool isDense() const { return input.height() * input.width() * window.taps() == 1 && groups == 1; }
};

struct MaxPool {
    Shape input, output;
    Window window;
};

/// q = requantised (Σ x − count · inputZero) / divisor; multiplier: one, without the division.
struct AveragePool {
    Shape input, output;
    Window window;
    bool countPadding = true;
    std::int32_t inputZero = 0;
    Requantization requantization;
};

/// q = ⌊clamp(Σ (x_k − zero_k) · multiplier_k)⌉ + zeroPoint, summed in float32 in the order of the inputs.
struct Add {
    Shape shape;
    std::vector<float> inputMultiplier;
    std::vector<std::int32_t> inputZero;
    Requantization requantization;  ///< its multiplier is not used
};

/// Any function of one value: 256 entries, or 256 per channel.
struct Table {
    Shape shape;
    std::vector<std::uint8_t> entries;
    bool perChannel() const { return entries.size() > 256; }
};

/// The inputs side by side, each through a table that moves it to the output's grid (empty: it is there already).
struct Concat {
    std::vector<Shape> inputs;
    Shape output;
    std::vector<std::vector<std::uint8_t>> tables;
};

/// (H, W, C) → (C, H, W): what a dense layer behind expects.
struct Flatten {
    Shape input;
};

/// Which instructions multiply: each gives the same integers.
enum class Isa { Portable, Avx2, AvxVnni, Avx512Vnni };
const char* isaName(Isa isa);  ///< "portable", "AVX2", "AVX-VNNI", "AVX-512 VNNI"
Isa fastestIsa();              ///< that this processor has
bool isaAvailable(Isa isa);

/// One operation, ready to run. Parallel over images or channels on the compute team; no two calls at a time.
class IntegerOp {
  public:
    virtual ~IntegerOp() = default;
    /// `n` images; inputs and output are uint8, or float32 where the operation says so.
    virtual void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) = 0;
    std::string implementation;
};

std::unique_ptr<IntegerOp> makeOp(const Convolution& convolution, Isa isa);
std::unique_ptr<IntegerOp> makeOp(const MaxPool& pool);
std::unique_ptr<IntegerOp> makeOp(const AveragePool& pool);
std::unique_ptr<IntegerOp> makeOp(const Add& add);
std::unique_ptr<IntegerOp> makeOp(const Table& table);
std::unique_ptr<IntegerOp> makeOp(const Concat& concat);
std::unique_ptr<IntegerOp> makeOp(const Flatten& flatten);

}  // namespace convolab::int8
