// How numbers become colours, and which ink can be read on them.
#pragma once

#include "widgets/theme/tokens.h"

#include <QImage>
#include <QString>

#include <span>

namespace convolab {

struct ValueScale {
    // Grey and Sequential: 0 … limit. Diverging: −limit … limit, symmetric about 0.
    enum class Kind { Grey, Sequential, Diverging };
    Kind kind = Kind::Sequential;
    double limit = 1.0;

    ThemeColor color(double value) const;
    QImage picture(std::span<const float> values, int width, int height) const;
    QString text() const;  // "0 … 4.44", "±0.72"

    // Sequential where nothing is negative, else diverging. The limit is the largest finite magnitude; 1 where all are 0.
    static ValueScale of(std::span<const float> values);
    static ValueScale diverging(std::span<const float> values);
    bool operator==(const ValueScale&) const = default;
};

// Black or white, whichever stands out more.
ThemeColor inkOn(ThemeColor background);
bool hasNonFinite(std::span<const float> values);

}  // namespace convolab
