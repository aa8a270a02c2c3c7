#pragma once

#include <cmath>

#include "gpu/kernels/body.h"

/// Simulated quantisation: float32 values that are only those of a grid (Jacob et al. 2018, section 3).
namespace convolab::gpu {

/// real = scale · steps with whole steps from low to high.
struct RoundGrid {
    float scale, low, high;
    /// Rounded half to even; what lies outside is left one step outside.
    CONVOLAB_BODY float steps(float x) const {
        float steps = x / scale;
        steps = steps < low - 1.0F ? low - 1.0F : steps;
        steps = steps > high + 1.0F ? high + 1.0F : steps;
        return rintf(steps);
    }
};

struct Round {
    RoundGrid grid;
    const float* x;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const {
        float steps = grid.steps(x[i]);
        steps = steps < grid.low ? grid.low : steps;
        y[i] = grid.scale * (steps > grid.high ? grid.high : steps);
    }
};

/// The gradient passes straight through inside the grid's range, and is 0 outside.
struct RoundGradient {
    RoundGrid grid;
    const float *x, *dy;
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const {
        const float steps = grid.steps(x[i]);
        dx[i] = steps >= grid.low && steps <= grid.high ? dy[i] : 0.0F;
    }
};

}  // namespace convolab::gpu
