#include "app/window/presenter.h"

#include <QAction>
#include <QApplication>
#include <QKeyEvent>
#include <QMainWindow>
#include <QMouseEvent>
#include <QSettings>
#include <QWindow>

#include "app/window/presenter_marks.h"
#include "app/window/screen_scale.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

const QString kKeysSetting = QStringLiteral("present/keys");

}  // namespace

Presenter::Presenter(QMainWindow& window, Theme& theme, const Parts& parts)
    : QObject(&window), m_window(window), m_theme(theme), m_parts(parts), m_ring(new PointerRing(theme, &window)),
      m_caption(new KeyCaption(theme, &window)) {
    m_present = new QAction(tr("Present"), this);
    m_present->setObjectName(QStringLiteral("presentAction"));
    m_present->setShortcut(Qt::Key_F11);
    m_present->setToolTip(tr("Present: full screen and larger, without panels (F11; Esc leaves)"));
    m_present->setCheckable(true);
    connect(m_present, &QAction::toggled, this, &Presenter::setOn);
    m_keys = new QAction(tr("Show keystrokes in Present"), this);
    m_keys->setObjectName(QStringLiteral("keystrokesAction"));
    m_keys->setCheckable(true);
    m_keys->setChecked(QSettings().value(kKeysSetting).toBool());
    connect(m_keys, &QAction::toggled, this, [this](bool on) {
        QSettings().setValue(kKeysSetting, on);
        if (!on) m_caption->hide();
    });
    m_panels = {panelAction(tr("Left panel"), "leftPanelAction", Qt::Key_F7, m_parts.left),
                panelAction(tr("Right panel"), "rightPanelAction", Qt::Key_F8, m_parts.right),
                panelAction(tr("Instruments"), "instrumentsAction", Qt::Key_F9, m_parts.strip)};
    for (QAction* action : actions()) window.addAction(action);
}

Presenter::~Presenter() {
    if (m_on && m_screen) setScreenScale(*m_screen, 1);
}

QAction* Presenter::panelAction(const QString& text, const char* objectName, const QKeySequence& key, QWidget* panel) {
    auto* action = new QAction(text, this);
    action->setObjectName(QLatin1String(objectName));
    action->setShortcut(key);
    action->setCheckable(true);
    action->setChecked(true);
    connect(action, &QAction::toggled, panel, &QWidget::setVisible);
    return action;
}

std::vector<QAction*> Presenter::actions() const { return {m_present, m_keys, m_panels[0], m_panels[1], m_panels[2]}; }

void Presenter::setOn(bool on) {
    if (on == m_on) return;
    m_on = on;
    m_present->setChecked(on);
    if (on) {
        emit entering();
        enter();
    } else {
        leave();
        emit left();
    }
    // Icons and pictures that were drawn for the former scale.
    emit m_theme.changed();
}

void Presenter::enter() {
    m_before = m_window.windowState();
    for (std::size_t i = 0; i < m_panels.size(); ++i) m_shownBefore[i] = m_panels[i]->isChecked();
    m_screen = m_window.screen();
    setScreenScale(*m_screen, presentScale(m_screen->size()));
    m_window.showFullScreen();
    showPanels({false, false, m_shownBefore[2]});
    qApp->installEventFilter(this);
}

void Presenter::leave() {
    qApp->removeEventFilter(this);
    m_ring->hide();
    m_caption->hide();
    if (m_screen) setScreenScale(*m_screen, 1);
    m_window.setWindowState(m_before & ~Qt::WindowMinimized);
    showPanels(m_shownBefore);
}

void Presenter::showPanels(const std::array<bool, 3>& shown) {
    for (std::size_t i = 0; i < m_panels.size(); ++i) m_panels[i]->setChecked(shown[i]);
}

bool Presenter::isOwnWindow(QObject* watched) const { return watched == m_window.windowHandle(); }

void Presenter::showKeys(const QString& keys) {
    const QWidget* stage = m_parts.stage->isVisible() ? m_parts.stage : &m_window;
    m_caption->announce(keys, stage->mapTo(&m_window, QPoint(stage->width() / 2, stage->height())));
}

// Events reach the QWindow before any widget: there the pointer and the keys are seen once, and nothing has taken them yet.
bool Presenter::eventFilter(QObject* watched, QEvent* event) {
    if (watched == &m_window && event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        setOn(false);  // nobody else wanted it
        return true;
    }
    if (!watched->isWindowType()) return false;
    switch (event->type()) {
        case QEvent::MouseMove:
            // Over another window, or over a child of its own on which only OpenGL draws, there is no place for the ring.
            if (isOwnWindow(watched)) m_ring->follow(static_cast<QMouseEvent*>(event)->position().toPoint());
            else m_ring->hide();
            break;
        case QEvent::MouseButtonPress:
        case QEvent::MouseButtonRelease:
            m_ring->setPressed(static_cast<QMouseEvent*>(event)->buttons() != Qt::NoButton);
            break;
        case QEvent::Leave:
            if (isOwnWindow(watched)) m_ring->hide();
            break;
        case QEvent::ShortcutOverride:  // comes for every key, also for those that a shortcut takes
            if (const QString keys = keyText(*static_cast<QKeyEvent*>(event)); m_keys->isChecked() && !keys.isEmpty()) showKeys(keys);
            break;
        case QEvent::KeyPress: {
            const int key = static_cast<QKeyEvent*>(event)->key();
            if (!isOwnWindow(watched) || (key != Qt::Key_PageDown && key != Qt::Key_PageUp)) break;
            emit lensStepped(key == Qt::Key_PageDown ? 1 : -1);
            return true;
        }
        default: break;
    }
    return false;
}

}  // namespace convolab
