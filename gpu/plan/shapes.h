#pragma once

#include "gpu/plan/op_rules.h"

/// The shapes that bodies work with, out of what the program says of a layer.
namespace convolab::gpu {

inline ConvolutionShape convolutionShapeOf(const ConvolabGpuOp& op, const ConvolabGpuShape& in, const ConvolabGpuShape& out) {
    const ConvolabGpuWindow& w = op.window;
    return {.in = mapsOf(in), .out = mapsOf(out),
            .kernelHeight = w.kernelHeight, .kernelWidth = w.kernelWidth,
            .strideHeight = w.strideHeight, .strideWidth = w.strideWidth,
            .padTop = w.padTop, .padLeft = w.padLeft,
            .dilationHeight = w.dilationHeight, .dilationWidth = w.dilationWidth,
            .groups = op.groups};
}

inline ConvolutionShape convolutionShapeOf(const ConvolabGpuOp& op) { return convolutionShapeOf(op, op.inputShapes[0], op.output); }

inline PoolShape poolShapeOf(const ConvolabGpuOp& op) {
    const ConvolabGpuShape &in = op.inputShapes[0], &out = op.output;
    const ConvolabGpuWindow& w = op.window;
    return {.rows = {in.height, out.height, w.kernelHeight, w.strideHeight, w.padTop},
            .columns = {in.width, out.width, w.kernelWidth, w.strideWidth, w.padLeft}};
}

}  // namespace convolab::gpu
