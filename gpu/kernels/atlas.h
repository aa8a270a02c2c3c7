#pragma once

#include "gpu/kernels/body.h"

/// Maps side by side in one picture, as a texture takes them.
namespace convolab::gpu {

/// Maps (maps, height, width), `columns` in a row with `gap` texels between them, row by row; one thread per texel. What is no map's is
/// `blank`.
struct Atlas {
    const float* x;
    float* y;
    Index maps, height, width;
    Index columns, gap;
    float blank;

    CONVOLAB_BODY Index rows() const { return (maps + columns - 1) / columns; }
    CONVOLAB_BODY Index pictureWidth() const { return columns * (width + gap) - gap; }
    CONVOLAB_BODY Index pictureHeight() const { return rows() * (height + gap) - gap; }
    CONVOLAB_BODY void operator()(Index i) const {
        const Index row = i / pictureWidth(), column = i % pictureWidth();
        const Index map = row / (height + gap) * columns + column / (width + gap);
        const Index v = row % (height + gap), u = column % (width + gap);
        y[i] = map < maps && v < height && u < width ? x[(map * height + v) * width + u] : blank;
    }
};

}  // namespace convolab::gpu
