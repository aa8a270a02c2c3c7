#pragma once

#include <QStringList>

#include "app/lenses/attack/attack_bench.h"

namespace convolab {

/// STEM-clean.npy, STEM-r.npy and STEM-adversarial.npy in `folder`: float32 in the network's input shape. Returns the
/// names of the files.
Result<QStringList> saveAttackNumbers(const AttackPicture& picture, const QString& folder, const QString& stem);
/// The same three as PNG, a pixel of the file per pixel of the image; r in diverging colours, `factor` times.
Result<QStringList> saveAttackPictures(const AttackPicture& picture, const Shape& pictureShape, double factor, const QString& folder,
                                       const QString& stem);

}  // namespace convolab
