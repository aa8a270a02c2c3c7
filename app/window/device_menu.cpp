#include "app/window/device_menu.h"

#include <QActionGroup>
#include <QLabel>
#include <QScreen>
#include <QWidgetAction>

#include "app/image/background_job.h"

namespace convolab {

namespace {

constexpr int kNoteWidth = 340;

}  // namespace

DeviceMenu::DeviceMenu(Finder gpus, QWidget* parent) : QMenu(parent), m_gpus(std::move(gpus)), m_job(new BackgroundJob(this)), m_choice(new QActionGroup(this)) {
    setObjectName(QStringLiteral("deviceMenu"));
    for (const Device& device : devices()) addDevice(device);
    addSeparator();
    m_looking = addNote(tr("Looking for GPUs\u2026"));  // as wide as what follows, so that the menu stays in its place
    connect(this, &QMenu::aboutToShow, this, &DeviceMenu::look);
}

void DeviceMenu::addDevice(const Device& device) {
    QAction* action = addAction(QString::fromStdString(device.description));
    action->setData(QString::fromStdString(device.id));
    action->setCheckable(true);
    action->setChecked(device.id == m_current);
    action->setEnabled(!device.problem);
    m_choice->addAction(action);
    connect(action, &QAction::triggered, this, [this, device] { emit chosen(device); });
    if (device.problem) addNote(QString::fromStdString(device.problem->sentence()));
}

void DeviceMenu::setCurrent(const std::string& id) {
    m_current = id;
    for (QAction* action : m_choice->actions()) action->setChecked(action->data().toString().toStdString() == id);
}

void DeviceMenu::look() {
    if (m_looking == nullptr || m_job->isRunning()) return;
    m_job->start<std::vector<Device>>(
        tr("Looking for GPUs"), [gpus = m_gpus](const BackgroundJob::Context&) -> Result<std::vector<Device>> { return gpus(); },
        [this](const std::vector<Device>& gpus) { fill(gpus); });
}

void DeviceMenu::fill(const std::vector<Device>& gpus) {
    removeAction(m_looking);
    m_looking->deleteLater();
    m_looking = nullptr;
    for (const Device& gpu : gpus) addDevice(gpu);
    if (!isVisible()) return;
    adjustSize();
    const int beyond = geometry().right() - screen()->availableGeometry().right();
    if (beyond > 0) move(x() - beyond, y());
}

QAction* DeviceMenu::addNote(const QString& text) {
    auto* label = new QLabel(text);
    label->setProperty("role", "muted");
    label->setWordWrap(true);
    label->setContentsMargins(26, 0, 12, 6);
    label->setFixedWidth(kNoteWidth);
    label->setMinimumHeight(label->heightForWidth(kNoteWidth));
    auto* action = new QWidgetAction(this);
    action->setDefaultWidget(label);
    action->setText(text);  // for screen readers
    action->setEnabled(false);
    addAction(action);
    return action;
}

}  // namespace convolab
