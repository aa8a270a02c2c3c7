#include "app/window/screen_scale.h"

#include <QGuiApplication>
#include <QScreen>
#include <QVariant>
#include <QWindow>
#include <algorithm>

// Qt changes a screen's scale while a program runs (a desktop's settings do), but has no public call for it.
#include <private/qhighdpiscaling_p.h>
#include <qpa/qplatformwindow.h>
#include <qpa/qwindowsysteminterface.h>

namespace convolab {

namespace {

constexpr const char* kOwnScale = "convolabOwnScale";

/// The screen's scale at the start of the program, without QT_SCALE_FACTOR, which setScreenFactor multiplies by itself.
double ownScale(QScreen& screen) {
    if (const QVariant known = screen.property(kOwnScale); known.isValid()) return known.toDouble();
    const double total = QHighDpiScaling::factor(&screen);
    QHighDpiScaling::setScreenFactor(&screen, 1);
    const double own = total / QHighDpiScaling::factor(&screen);
    screen.setProperty(kOwnScale, own);
    return own;
}

}  // namespace

double presentScale(QSize screen) {
    return std::clamp(std::min(screen.width() / 1280.0, screen.height() / 720.0), 1.0, 1.5);
}

void setScreenScale(QScreen& screen, double factor) {
    QHighDpiScaling::setScreenFactor(&screen, ownScale(screen) * factor);
    // A window learns its size in logical pixels from the window system only; nothing changed there.
    for (QWindow* window : QGuiApplication::topLevelWindows()) {
        if (window->screen() == &screen && window->handle() != nullptr)
            QWindowSystemInterface::handleGeometryChange<QWindowSystemInterface::SynchronousDelivery>(window, window->handle()->geometry());
    }
}

}  // namespace convolab
