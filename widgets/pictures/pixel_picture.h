#pragma once

#include <QImage>
#include <QRectF>

#include "core/tensor/tensor.h"

class QPainter;

namespace convolab {

/// (C, H, W) in [0, 1] as a picture: one channel grey, three or more as red, green, blue; a vector of n² values as a
/// square, of any other length as one row.
QImage pixelPicture(View<const float> image);
/// One map through the sequential colours: low … high → 0 … 1.
QImage sequentialPicture(std::span<const float> values, int width, int height, double low, double high);
/// One map through the diverging colours, symmetric about 0: −limit … limit.
QImage divergingPicture(std::span<const float> values, int width, int height, double limit);

/// Nearest neighbour, with its aspect kept, centred in `box`; returns the rectangle that it covers. Never smoothed.
QRectF drawPixels(QPainter& painter, const QImage& picture, const QRectF& box);

}  // namespace convolab
