#pragma once

#include "core/cpu/conv2d.h"

namespace convolab {

/// The windows of one image, or of one group of its maps, as the columns of a matrix (im2col): row (c, u, v), column (y, x).
class Columns {
  public:
    explicit Columns(const Conv2dGeometry& geometry)
        : rows(geometry.inChannels / geometry.groups * geometry.kernelH * geometry.kernelW),
          pixels(geometry.outHeight * geometry.outWidth), m_geometry(geometry) {}

    const std::int64_t rows, pixels;

    /// Maps of one group → columns (rows, pixels), 0 where a tap lies outside.
    void gather(const float* maps, float* columns) const;
    /// The reverse: each map is set to the sum of what all taps give to its pixels. Parallel over maps, each of which one
    /// thread owns.
    void scatter(const float* columns, float* maps) const;

  private:
    void gatherRow(const float* maps, std::int64_t row, float* target) const;
    void scatterRow(const float* source, std::int64_t row, float* maps) const;

    Conv2dGeometry m_geometry;
};

}  // namespace convolab
