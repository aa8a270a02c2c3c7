#include "widgets/maps/value_view.h"

#include "widgets/instruments/export_menu.h"
#include "widgets/theme/theme.h"

#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>

namespace convolab {

ValueView::ValueView(Theme& theme, const QString& name, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setAccessibleName(name);
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
    connect(&theme, &Theme::changed, this, QOverload<>::of(&QWidget::update));
}

std::unique_ptr<QMenu> ValueView::makeMenu() const {
    const auto source = exported();
    if (!source) return nullptr;
    auto menu = std::make_unique<QMenu>();
    addExportActions(*menu, *source, m_theme.mode());
    return menu;
}

void ValueView::contextMenuEvent(QContextMenuEvent* event) {
    std::unique_ptr<QMenu> menu = makeMenu();
    event->accept();
    if (!menu) return;
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    menu.release()->popup(byKey ? mapToGlobal(rect().center()) : event->globalPos());
}

void ValueView::paintFocus(QPainter& painter, const QRectF& around) const {
    if (!hasFocus()) return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(toQColor(tokens().accent), 1));
    painter.drawRect(around.adjusted(0.5, 0.5, -0.5, -0.5));
}

}  // namespace convolab
