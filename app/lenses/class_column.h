#pragma once

#include <QFontMetricsF>
#include <QStringList>
#include <algorithm>

namespace convolab {

/// Width of the column of class names before a card's bars, in logical pixels: as the widest name asks for, digits little
/// and words more, at most `most`.
inline double classColumn(const QFontMetricsF& metrics, const QStringList& names, double least, double most) {
    double widest = least;
    for (const QString& name : names) widest = std::max(widest, metrics.horizontalAdvance(name) + 5.0);
    return std::min(widest, most);
}

}  // namespace convolab
