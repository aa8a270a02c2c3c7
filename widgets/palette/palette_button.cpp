#include "widgets/palette/palette_button.h"

#include "widgets/canvas/canvas_commands.h"
#include "widgets/canvas/card_painter.h"
#include "widgets/canvas/layer_group_style.h"

#include <QApplication>
#include <QDrag>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

namespace convolab {

PaletteButton::PaletteButton(const LayerKind& kind, const Theme& theme, QWidget* parent)
    : QAbstractButton(parent), m_kindId(kind.id), m_group(kind.group), m_theme(theme) {
    describe(kind.label, kind.title, kind.help);
}

PaletteButton::PaletteButton(const KindPreset& preset, const Theme& theme, QWidget* parent)
    : QAbstractButton(parent), m_kindId(preset.id), m_group(findLayerKind(preset.kind)->group), m_theme(theme) {
    describe(preset.label, preset.title, preset.help);
}

PaletteButton::PaletteButton(const BlockKind& kind, const Theme& theme, QWidget* parent)
    : QAbstractButton(parent), m_kindId(kind.id), m_theme(theme) {
    describe(kind.label, kind.title, kind.help);
}

void PaletteButton::describe(const std::string& label, const std::string& title, const std::string& help) {
    setText(toQString(label));
    setObjectName(QStringLiteral("kind_") + toQString(m_kindId));
    setAccessibleName(tr("Add %1").arg(toQString(title)));
    setAccessibleDescription(toQString(help));
    setToolTip(QStringLiteral("<b>%1</b><br>%2").arg(toQString(title).toHtmlEscaped(), toQString(help).toHtmlEscaped()));
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setFont(m_theme.font(FontRole::Caption));
    setFixedHeight(24);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void PaletteButton::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath outline;
    outline.addRoundedRect(box, metrics::kFieldRadius, metrics::kFieldRadius);
    painter.fillPath(outline, toQColor(isDown() ? mixColors(t.bg4, hexColor(0), 0.06) : underMouse() ? t.bg4 : t.bg3));
    painter.save();
    painter.setClipPath(outline);
    painter.fillRect(QRectF(0, 0, 2.5, height()), toQColor(m_group ? t.group(groupColor(*m_group)) : t.text3));
    painter.restore();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(toQColor(hasFocus() ? t.accent : t.line), 1));
    painter.drawPath(outline);
    painter.setFont(font());
    painter.setPen(toQColor(t.text1));
    const QString label = fontMetrics().elidedText(text(), Qt::ElideRight, width() - 14);
    painter.drawText(rect().adjusted(9, 0, -4, 0), Qt::AlignVCenter | Qt::AlignLeft, label);
}

void PaletteButton::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    m_pressedAt = event->position().toPoint();
    setDown(true);
    setFocus();
}

void PaletteButton::mouseMoveEvent(QMouseEvent* event) {
    if (!(event->buttons() & Qt::LeftButton) || !isDown()) return;
    if ((event->position().toPoint() - m_pressedAt).manhattanLength() >= QApplication::startDragDistance()) startDrag();
}

// A single press only takes the focus, so that a drag that was not meant adds nothing; a double click adds.
void PaletteButton::mouseReleaseEvent(QMouseEvent*) { setDown(false); }

void PaletteButton::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) emit addRequested();
}

void PaletteButton::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
        emit addRequested();
    else
        event->ignore();
}

void PaletteButton::startDrag() {
    setDown(false);
    auto* mime = new QMimeData;
    mime->setData(kLayerKindMime, QByteArray::fromStdString(m_kindId));
    auto* drag = new QDrag(this);
    drag->setMimeData(mime);
    const CardPainter painter(m_theme);
    drag->setPixmap(painter.picture(CardPainter::plainCard(m_kindId), devicePixelRatioF()));
    // The card hangs at the pointer as its ghost on the canvas does.
    drag->setHotSpot({int(CardPainter::kMargin + card::kWidth / 2), int(CardPainter::kMargin + card::kBar + card::kHeader / 2)});
    drag->exec(Qt::CopyAction);
    update();
}

}  // namespace convolab
