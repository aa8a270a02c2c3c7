#include "app/window/device_menu.h"

#include <QActionGroup>
#include <QLabel>
#include <QScreen>
#include <QWidgetAction>

#include "app/device_groups.h"
#include "app/image/background_job.h"

namespace convolab {

namespace {

constexpr int kNoteWidth = 340;

void setNote(QAction* note, const QString& text) {
    if (note->text() == text) return;
    note->setText(text);  // for screen readers
    auto* label = static_cast<QLabel*>(static_cast<QWidgetAction*>(note)->defaultWidget());
    label->setText(text);
    label->setMinimumHeight(label->heightForWidth(kNoteWidth));
}

}  // namespace

DeviceMenu::DeviceMenu(Finder gpus, QWidget* parent) : QMenu(parent), m_gpus(std::move(gpus)), m_job(new BackgroundJob(this)), m_choice(new QActionGroup(this)) {
    setObjectName(QStringLiteral("deviceMenu"));
    m_precisions = addSection(tr("Precision"));
    addPrecisions();
    for (const Device& device : devices()) addDevice(device);
    insertSeparator(m_precisions);
    m_looking = addNote(tr("Looking for GPUs\u2026"), m_precisions);  // as wide as what follows, so that the menu stays in its place
    showPrecisions();
    connect(this, &QMenu::aboutToShow, this, &DeviceMenu::look);
}

void DeviceMenu::addDevice(const Device& device) {
    auto* action = new QAction(QString::fromStdString(device.description), this);
    insertAction(m_precisions, action);
    action->setData(QString::fromStdString(device.id));
    action->setCheckable(true);
    action->setChecked(device.id == m_current.id);
    action->setEnabled(!device.problem);
    m_choice->addAction(action);
    connect(action, &QAction::triggered, this, [this, device] { emit chosen(device); });
    if (device.problem) addNote(QString::fromStdString(device.problem->sentence()), m_precisions);
}

void DeviceMenu::addPrecisions() {
    addNote(tr("Precision of convolutions and dense layers"), nullptr);  // not every style shows a section's title
    auto* choice = new QActionGroup(this);
    for (const Precision& precision : precisions()) {
        QAction* action = addAction(QString::fromUtf8(precision.title));
        action->setData(QString::fromUtf8(precision.word));
        action->setCheckable(true);
        choice->addAction(action);
        connect(action, &QAction::triggered, this, [this, value = precision.value] { emit precisionChosen(value); });
        m_entries.push_back({action, addNote(QString::fromUtf8(precision.line), nullptr)});
    }
}

void DeviceMenu::showPrecisions() {
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const Precision& precision = precisions()[i];
        const auto problem = precisionProblem(m_current, precision.value);
        m_entries[i].action->setEnabled(!problem);
        m_entries[i].action->setChecked(precision.value == m_current.precision);
        setNote(m_entries[i].note,
                !problem                ? QString::fromUtf8(precision.line)
                : m_current.ordinal < 0 ? tr("On a GPU; the CPU trains in float32")
                                        : tr("Needs compute capability %1.0; this GPU has %2.%3").arg(precision.leastMajor).arg(m_current.computeMajor).arg(m_current.computeMinor));
    }
}

void DeviceMenu::setCurrent(const Device& device) {
    m_current = device;
    for (QAction* action : m_choice->actions()) action->setChecked(action->data().toString().toStdString() == device.id);
    showPrecisions();
}

void DeviceMenu::look() {
    if (m_looking == nullptr || m_job->isRunning()) return;
    m_job->start<std::vector<Device>>(
        tr("Looking for GPUs"), [gpus = m_gpus](const BackgroundJob::Context&) -> Result<std::vector<Device>> {
            std::vector<Device> found = gpus();
            if (auto all = allGpus(found)) found.push_back(std::move(*all));
            return found;
        },
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

QAction* DeviceMenu::addNote(const QString& text, QAction* before) {
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
    insertAction(before, action);
    return action;
}

}  // namespace convolab
