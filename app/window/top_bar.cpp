#include "app/window/top_bar.h"

#include <QAction>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QUndoStack>
#include <QVBoxLayout>
#include <cmath>

#include "app/devices.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "app/window/device_menu.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kNamesFrom = 1440;  // narrower, what has an icon goes without its name

}  // namespace

TopBar::TopBar(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_document(document), m_session(session) {
    setObjectName(QStringLiteral("topBar"));
    setProperty("role", "bar");
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(metrics::kTopBar);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 0, 12, 1);
    row->setSpacing(4);

    m_menu = iconButton("menuButton", "menu", tr("Menu"));
    m_menu->setPopupMode(QToolButton::InstantPopup);
    row->addWidget(m_menu);
    m_name = new QLabel;
    m_name->setObjectName(QStringLiteral("documentName"));
    m_name->setFont(m_theme.font(FontRole::Name));
    row->addSpacing(4);
    row->addWidget(m_name);
    row->addSpacing(4);
    m_undo = iconButton("undoButton", "undo", tr("Undo (Ctrl+Z)"));
    m_redo = iconButton("redoButton", "redo", tr("Redo (Ctrl+Shift+Z)"));
    row->addWidget(m_undo);
    row->addWidget(m_redo);
    connect(m_undo, &QToolButton::clicked, this, &TopBar::undoRequested);
    connect(m_redo, &QToolButton::clicked, this, &TopBar::redoRequested);

    m_lensRow = new QWidget;
    auto* lenses = new QHBoxLayout(m_lensRow);
    lenses->setContentsMargins(8, 0, 0, 0);
    lenses->setSpacing(0);
    m_lenses = new QButtonGroup(this);
    row->addWidget(separator());
    row->addWidget(m_lensRow);
    row->addStretch(1);
    buildTransport(*row);

    connect(&m_theme, &Theme::changed, this, &TopBar::refreshIcons);
    connect(&m_document, &LabDocument::nameChanged, this, &TopBar::refresh);
    connect(&m_document.network(), &SpecEditor::specChanged, this, &TopBar::refresh);
    connect(&m_document.network().undoStack(), &QUndoStack::indexChanged, this, &TopBar::refresh);
    connect(&m_session, &TrainingSession::changed, this, &TopBar::refresh);
    refreshIcons();
    refresh();
}

QToolButton* TopBar::iconButton(const char* objectName, const char* icon, const QString& tip) {
    auto* button = new QToolButton(this);
    button->setObjectName(QLatin1String(objectName));
    button->setProperty("role", "icon");
    button->setProperty("iconName", QLatin1String(icon));
    button->setIconSize({metrics::kIcon, metrics::kIcon});
    button->setToolTip(tip);
    button->setAccessibleName(tip.section(QLatin1Char('('), 0, 0).trimmed());
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

QWidget* TopBar::separator() {
    auto* line = new QFrame;
    line->setFixedSize(1, 24);
    line->setProperty("role", "separator");
    line->setStyleSheet(QStringLiteral("min-height:24px;max-height:24px;max-width:1px"));
    auto* holder = new QWidget;
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(8, 0, 8, 0);
    row->addWidget(line);
    return holder;
}

QWidget* TopBar::counter(const char* objectName, const QString& caption, QLabel*& value, int width) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(8, 0, 0, 0);
    column->setSpacing(0);
    auto* label = new QLabel(caption);
    label->setFont(m_theme.font(FontRole::Axis));
    label->setProperty("role", "muted");
    value = new QLabel;
    value->setObjectName(QLatin1String(objectName));
    value->setFont(m_theme.font(FontRole::BodyStrong));
    value->setAccessibleName(caption);
    column->addStretch(1);
    column->addWidget(label);
    column->addWidget(value);
    column->addStretch(1);
    box->setFixedWidth(width);
    return box;
}

void TopBar::buildTransport(QHBoxLayout& row) {
    m_transport = new QWidget;
    auto* transport = new QHBoxLayout(m_transport);
    transport->setContentsMargins(0, 0, 0, 0);
    transport->setSpacing(4);
    m_restart = iconButton("restartButton", "restart", tr("Restart: a new run from fresh weights"));
    m_step = iconButton("stepButton", "step", tr("One step: train one batch (F10)"));
    m_play = iconButton("playButton", "play", tr("Train (F5)"));
    connect(m_restart, &QToolButton::clicked, &m_session, &TrainingSession::restart);
    connect(m_step, &QToolButton::clicked, &m_session, &TrainingSession::stepOnce);
    connect(m_play, &QToolButton::clicked, this, [this] {
        if (m_session.isRunning()) {
            m_session.pause();
        } else {
            m_session.play();
        }
    });
    transport->addWidget(m_restart);
    transport->addWidget(m_step);
    transport->addWidget(m_play);
    transport->addWidget(counter("epochCounter", tr("epoch"), m_epoch, 76));
    transport->addWidget(counter("stepCounter", tr("step"), m_stepCount, 72));
    transport->addWidget(counter("speedCounter", tr("images/s"), m_speed, 72));
    transport->addWidget(separator());
    m_device = new QPushButton;
    m_device->setObjectName(QStringLiteral("deviceButton"));
    m_device->setAccessibleName(tr("Device"));
    m_device->setIconSize({metrics::kIcon, metrics::kIcon});
    m_devices = new DeviceMenu(gpuDevices, m_device);
    connect(m_devices, &DeviceMenu::chosen, &m_session, &TrainingSession::setDevice);
    connect(m_devices, &DeviceMenu::precisionChosen, &m_session, &TrainingSession::setPrecision);
    m_device->setMenu(m_devices);
    transport->addWidget(m_device);
    row.addWidget(m_transport);
}

void TopBar::setMenu(QMenu* menu) { m_menu->setMenu(menu); }

void TopBar::setPresentAction(QAction* action) {
    m_present = new QToolButton(this);
    m_present->setObjectName(QStringLiteral("presentButton"));
    action->setIconVisibleInMenu(false);
    m_present->setDefaultAction(action);
    m_present->setProperty("role", "flat");
    m_present->setIconSize({metrics::kIcon, metrics::kIcon});
    m_present->setAccessibleName(action->text());
    m_present->setFocusPolicy(Qt::TabFocus);
    layout()->addWidget(m_present);
    refreshIcons();
}

void TopBar::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (m_present != nullptr) m_present->setToolButtonStyle(width() >= kNamesFrom ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
}

void TopBar::addLens(const QString& id, const QString& title) {
    auto* button = new QPushButton(title);
    button->setObjectName(id + QStringLiteral("Lens"));
    button->setProperty("role", "lens");
    button->setCheckable(true);
    button->setFont(m_theme.font(FontRole::LensName));
    m_lenses->addButton(button, static_cast<int>(m_lensIds.size()));
    m_lensIds.push_back(id);
    if (id == QStringLiteral("train")) m_trainLens = button;
    m_lensRow->layout()->addWidget(button);
    connect(button, &QPushButton::clicked, this, [this, id] { emit lensChosen(id); });
}

void TopBar::setLens(const QString& id) {
    for (std::size_t i = 0; i < m_lensIds.size(); ++i) {
        if (m_lensIds[i] == id) m_lenses->button(static_cast<int>(i))->setChecked(true);
    }
}

void TopBar::stepLens(int by) {
    const int next = m_lenses->checkedId() + by;
    if (m_lensRow->isVisible() && m_lenses->button(next) != nullptr) emit lensChosen(m_lensIds[static_cast<std::size_t>(next)]);
}

void TopBar::setLabVisible(bool visible) {
    m_lensRow->setVisible(visible);
    m_transport->setVisible(visible);
    m_undo->setVisible(visible);
    m_redo->setVisible(visible);
    m_name->setVisible(visible);
}

void TopBar::refreshIcons() {
    for (QToolButton* button : findChildren<QToolButton*>()) {
        const QString icon = button->property("iconName").toString();
        const bool live = button == m_play && m_playShowsPause;
        if (!icon.isEmpty()) button->setIcon(m_theme.icon(icon, live ? m_theme.current().onAccent : m_theme.current().text2));
    }
    m_device->setIcon(m_theme.icon(QStringLiteral("cpu")));
    if (m_present != nullptr) m_present->defaultAction()->setIcon(m_theme.icon(QStringLiteral("present")));
}

void TopBar::refresh() {
    m_name->setText(m_document.isOpen() ? m_document.name() + (m_document.isNamed() ? QString() : QStringLiteral(" •")) : QString());
    m_name->setToolTip(m_document.isNamed() ? QString::fromStdString(m_document.file()->path().string())
                                            : tr("No name yet: kept in your data folder until you save it"));
    m_undo->setEnabled(m_document.network().undoStack().canUndo());
    m_redo->setEnabled(m_document.network().undoStack().canRedo());
    m_undo->setToolTip(tr("Undo %1 (Ctrl+Z)").arg(m_document.network().undoStack().undoText()));
    m_redo->setToolTip(tr("Redo %1 (Ctrl+Shift+Z)").arg(m_document.network().undoStack().redoText()));

    const Device& device = m_session.device();
    m_device->setText(QString::fromStdString(device.name + precisionSuffix(device)));
    const TrainerStatus status = m_session.status();
    const bool scales = device.precision == kGpuFp16 && status.lossScaling;
    m_device->setToolTip(QString::fromStdString(device.description + precisionSuffix(device) + (scales ? "\n" + lossScalingText(*status.lossScaling) : std::string{})));
    m_devices->setCurrent(device);
    const bool running = m_session.isRunning();
    QString reason;
    const bool playable = m_session.canPlay(&reason);
    m_play->setEnabled(running || playable);
    m_play->setToolTip(running ? tr("Pause (F5)") : playable ? tr("Train (F5)") : tr("Cannot train: %1").arg(reason));
    m_play->setAccessibleName(running ? tr("Pause") : tr("Train"));
    m_step->setEnabled(!running && playable);
    m_restart->setEnabled(m_session.hasRun() && playable);
    if (running != m_playShowsPause) {
        m_playShowsPause = running;
        m_play->setProperty("iconName", running ? QStringLiteral("pause") : QStringLiteral("play"));
        m_play->setProperty("role", running ? QStringLiteral("liveIcon") : QStringLiteral("icon"));
        m_play->style()->unpolish(m_play);
        m_play->style()->polish(m_play);
        refreshIcons();
    }
    if (m_trainLens != nullptr) {
        const QIcon dot = running ? m_theme.icon(QStringLiteral("dot"), m_theme.current().accent) : QIcon();
        if (m_trainLens->icon().isNull() == running) m_trainLens->setIcon(dot);
    }
    const double planned = m_session.plannedEpochs();
    const bool counted = m_session.hasRun() && !m_session.history().steps.empty();
    const auto epoch = counted ? static_cast<long long>(std::ceil(m_session.history().steps.back().epoch - 1e-9)) : 0;
    m_epoch->setText(counted ? QStringLiteral("%1 / %2").arg(epoch).arg(QString::fromStdString(valueText(planned, 3)))
                             : QStringLiteral("–"));
    m_stepCount->setText(counted ? QString::fromStdString(countText(m_session.history().steps.back().step)) : QStringLiteral("–"));
    m_speed->setText(running && status.imagesPerSecond > 0
                         ? QString::fromStdString(countText(std::llround(status.imagesPerSecond)))
                     : counted && status.state == TrainerState::Paused ? tr("paused")
                                                                       : QStringLiteral("–"));
}

}  // namespace convolab
