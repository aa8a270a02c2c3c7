#pragma once

#include <QSize>

class QScreen;

namespace convolab {

/// How much larger Present draws on a screen of this size (logical pixels): what 1280 × 720 would fill, from 1 to 1.5.
double presentScale(QSize screen);

/// Draws everything on the screen `factor` times as large as at the program's start, while it runs: open windows keep their
/// place in device pixels and are laid out anew, text and icons stay crisp. On top of QT_SCALE_FACTOR and the desktop's own
/// scale; 1 takes it back. UI thread.
void setScreenScale(QScreen& screen, double factor);

}  // namespace convolab
