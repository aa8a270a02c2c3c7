#include "widgets/canvas/canvas_controls.h"

#include "widgets/canvas/canvas_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include <cmath>

namespace convolab {

CanvasControls::CanvasControls(CanvasView& view, const Theme& theme)
    : QFrame(&view), m_theme(theme), m_fit(new QToolButton(this)), m_zoom(new QToolButton(this)), m_add(new QToolButton(this)) {
    setObjectName(QStringLiteral("canvasControls"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->setSpacing(0);
    for (QToolButton* button : {m_fit, m_zoom, m_add}) {
        button->setProperty("role", "flat");
        button->setFocusPolicy(Qt::TabFocus);
        layout->addWidget(button);
    }
    m_fit->setObjectName(QStringLiteral("zoomToFit"));
    m_fit->setToolTip(tr("Zoom to fit (F)"));
    m_fit->setAccessibleName(tr("Zoom to fit"));
    m_zoom->setObjectName(QStringLiteral("zoomLabel"));
    m_zoom->setToolTip(tr("Zoom; click for 100 % (1). The wheel zooms around the pointer"));
    m_zoom->setText(QStringLiteral("100 %"));
    m_zoom->setMinimumWidth(58);
    m_add->setObjectName(QStringLiteral("addLayer"));
    m_add->setText(tr("Add layer"));
    m_add->setToolTip(tr("Add a layer (Shift+A, or double-click on the canvas)"));
    m_add->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    auto* keys = new QLabel(QStringLiteral("Shift A"), this);
    keys->setObjectName(QStringLiteral("keyCap"));
    keys->setAttribute(Qt::WA_TransparentForMouseEvents);
    keys->setFixedHeight(18);
    layout->addWidget(keys, 0, Qt::AlignVCenter);
    layout->addSpacing(6);
    connect(m_fit, &QToolButton::clicked, &view, [&view] { view.fit(); });
    connect(m_zoom, &QToolButton::clicked, &view, [&view] { view.setZoom(1, view.viewport()->rect().center()); });
    connect(m_add, &QToolButton::clicked, &view, [&view, this] { view.openQuickAdd(geometry().topLeft() + QPoint(m_add->x(), -8)); });
    connect(&view, &CanvasView::zoomChanged, this, [this](double zoom) {
        m_zoom->setText(tr("%1 %").arg(std::lround(100 * zoom)));
        m_zoom->setAccessibleName(tr("Zoom %1 per cent, click for 100").arg(std::lround(100 * zoom)));
    });
    connect(&theme, &Theme::changed, this, &CanvasControls::restyle);
    restyle();
}

void CanvasControls::restyle() {
    const Tokens& t = m_theme.current();
    m_fit->setIcon(m_theme.icon(QStringLiteral("fit")));
    m_add->setIcon(m_theme.icon(QStringLiteral("plus")));
    setStyleSheet(QStringLiteral("#canvasControls { background: %1; border: 1px solid %2; border-radius: 5px; }"
                                 "#canvasControls QToolButton { border-radius: 4px; min-height: 24px; }"
                                 "#zoomLabel { border-left: 1px solid %2; border-right: 1px solid %2; border-radius: 0; }"
                                 "#keyCap { border: 1px solid %2; border-radius: 3px; color: %3; padding: 0 4px; font-size: 10px; }")
                      .arg(toQColor(t.bg1).name(), toQColor(t.line2).name(), toQColor(t.text3).name()));
}

}  // namespace convolab
