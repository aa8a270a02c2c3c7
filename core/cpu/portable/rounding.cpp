#include "core/cpu/op.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

// The addition leaves no bits below the point: half to even for everything within the grid's 256 steps.
constexpr float kRounder = 12582912.0F;  // 1.5 · 2^23

/// Steps from the zero point, rounded; what lies outside the grid is left one step outside.
CONVOLAB_INLINE float roundedSteps(float value, const RoundedActivation& grid) {
    const float least = grid.lowest - grid.zeroPoint - 1.0F;
    const float most = grid.highest - grid.zeroPoint + 1.0F;
    float steps = value / grid.scale;
    steps = steps < least ? least : steps;
    steps = steps > most ? most : steps;
    return (steps + kRounder) - kRounder;
}

CONVOLAB_CLONES void roundValues(const float* x, std::int64_t count, RoundedActivation grid, float* y) {
    const float least = grid.lowest - grid.zeroPoint, most = grid.highest - grid.zeroPoint;
    for (std::int64_t i = 0; i < count; ++i) {
        float steps = roundedSteps(x[i], grid);
        steps = steps < least ? least : steps;
        y[i] = grid.scale * (steps > most ? most : steps);
    }
}

CONVOLAB_CLONES void passInside(const float* x, const float* dy, std::int64_t count, RoundedActivation grid, float* dx) {
    const float least = grid.lowest - grid.zeroPoint, most = grid.highest - grid.zeroPoint;
    for (std::int64_t i = 0; i < count; ++i) {
        const float steps = roundedSteps(x[i], grid);
        dx[i] = (steps >= least) & (steps <= most) ? dy[i] : 0.0F;
    }
}

class RoundingOp final : public Op {
  public:
    RoundingOp(const Shape& shape, int block, const RoundedActivation& grid)
        : m_size(static_cast<std::int64_t>(floatsPerImage(shape, block))), m_grid(grid) {
        implementation = "loops";
        inputBlocks = {block};
        outputBlock = block;
        backwardReadsInput = true;
    }

    void forward(const StepContext& context) override {
        parallelFor(context.n * m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            roundValues(inputs[0] + begin, end - begin, m_grid, output + begin);
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        parallelFor(context.n * m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            passInside(inputs[0] + begin, outputGradient + begin, end - begin, m_grid, inputGradients[0] + begin);
        });
    }

  private:
    std::int64_t m_size;
    RoundedActivation m_grid;
};

}  // namespace

std::unique_ptr<Op> makeRoundingOp(const Shape& shape, int block, const RoundedActivation& grid) {
    return std::make_unique<RoundingOp>(shape, block, grid);
}

}  // namespace convolab
