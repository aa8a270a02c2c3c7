#include "app/window/presenter_marks.h"

#include <QKeyEvent>
#include <QKeySequence>
#include <QPainter>

#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kRing = 52;
constexpr double kStroke = 2.5;
constexpr int kCaptionMs = 1800;
constexpr int kAboveEdge = 16;

}  // namespace

PointerRing::PointerRing(Theme& theme, QWidget* window) : QWidget(window), m_theme(theme) {
    setObjectName(QStringLiteral("pointerRing"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    resize(kRing, kRing);
    hide();
}

void PointerRing::follow(QPoint position) {
    move(position - rect().center());
    if (isVisible()) return;
    raise();
    show();
}

void PointerRing::setPressed(bool pressed) {
    m_pressed = pressed;
    update();
}

void PointerRing::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const ThemeColor color = m_theme.current().accent;
    painter.setPen(QPen(toQColor(color), kStroke));
    painter.setBrush(toQColor(withAlpha(color, m_pressed ? 0.45 : 0.14)));
    painter.drawEllipse(QRectF(rect()).adjusted(kStroke, kStroke, -kStroke, -kStroke));
}

KeyCaption::KeyCaption(Theme& theme, QWidget* window) : QLabel(window), m_theme(theme) {
    setObjectName(QStringLiteral("keyCaption"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFont(theme.font(FontRole::KeyNumber));
    setAlignment(Qt::AlignCenter);
    m_away.setSingleShot(true);
    m_away.setInterval(kCaptionMs);
    QObject::connect(&m_away, &QTimer::timeout, this, &QWidget::hide);
    hide();
}

void KeyCaption::announce(const QString& keys, QPoint bottomCentre) {
    const Tokens& colors = m_theme.current();
    setStyleSheet(QStringLiteral("background: %1; color: %2; border: 1px solid %3; border-radius: 6px; padding: 6px 14px;")
                      .arg(toQColor(colors.pop).name(), toQColor(colors.text1).name(), toQColor(colors.line2).name()));
    setText(keys);
    adjustSize();
    move(bottomCentre - QPoint(width() / 2, height() + kAboveEdge));
    raise();
    show();
    m_away.start();
}

QString keyText(const QKeyEvent& event) {
    switch (event.key()) {
        case Qt::Key_Control:
        case Qt::Key_Shift:
        case Qt::Key_Alt:
        case Qt::Key_AltGr:
        case Qt::Key_Meta:
        case Qt::Key_CapsLock:
        case Qt::Key_NumLock:
        case Qt::Key_unknown:
            return {};
        default:
            return QKeySequence(QKeyCombination(event.modifiers() & ~Qt::KeypadModifier, static_cast<Qt::Key>(event.key())))
                .toString(QKeySequence::NativeText);
    }
}

}  // namespace convolab
