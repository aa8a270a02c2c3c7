// The display's own pointer over a window of this process, at a hand's speed: what a window manager and Qt really pass on.
#pragma once

#include <QPoint>
#include <QTest>
#include <QWidget>

#include "tests/app/real_window.h"

namespace convolab::testing {

inline void moveTo(QPoint global) {
    xdotool({QStringLiteral("mousemove"), QString::number(global.x()), QString::number(global.y())});
    QTest::qWait(60);
}

inline void pressPointer() {
    xdotool({QStringLiteral("mousedown"), QStringLiteral("1")});
    QTest::qWait(80);
}

inline void releasePointer() {
    xdotool({QStringLiteral("mouseup"), QStringLiteral("1")});
    QTest::qWait(80);
}

inline void clickAt(QPoint global) {
    moveTo(global);
    pressPointer();
    releasePointer();
}
inline void clickOn(const QWidget& widget) { clickAt(widget.mapToGlobal(widget.rect().center())); }

inline void dragPointer(QPoint from, QPoint to) {
    constexpr int kMoves = 8;
    moveTo(from);
    pressPointer();
    for (int i = 1; i <= kMoves; ++i) moveTo(from + (to - from) * i / kMoves);
    releasePointer();
}

}  // namespace convolab::testing
