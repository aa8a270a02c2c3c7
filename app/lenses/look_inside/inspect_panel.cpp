#include "app/lenses/look_inside/inspect_panel.h"

#include <QButtonGroup>
#include <QCoreApplication>
#include <QGridLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kButtonsInRow = 4;
const QString kFirstTool = QStringLiteral("microscope");

QString titleOf(const InspectToolEntry& entry) { return QCoreApplication::translate("InspectTool", entry.title); }

const InspectToolEntry* findTool(const QString& id) {
    for (const InspectToolEntry& entry : inspectTools())
        if (id == QLatin1String(entry.id)) return &entry;
    return nullptr;
}

}  // namespace

InspectPanel::InspectPanel(const InspectContext& context, QWidget* parent)
    : LensPanel(context.theme, QStringLiteral("inspectPanel"), tr("Look inside"), parent), m_context(context) {
    state()->setObjectName(QStringLiteral("inspectLayer"));
    state()->setProperty("role", "muted");
    buildButtons();
    const auto label = [this](const char* object, const char* role) {
        auto* made = new QLabel;
        made->setObjectName(QLatin1String(object));
        made->setProperty("role", role);
        made->setFont(m_theme.font(FontRole::Caption));
        made->setWordWrap(true);
        made->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 10);
        made->hide();
        addToColumn(made);
        return made;
    };
    m_note = label("weightsNote", "warning");
    m_obstacle = label("toolObstacle", "caption");
    connect(&m_context.focus, &InspectFocus::changed, this, &InspectPanel::refresh);
    connect(&m_context.document.network(), &SpecEditor::specChanged, this, &InspectPanel::refresh);
    connect(&m_context.desk.probe, &ProbeSession::snapshotArrived, this, &InspectPanel::showNote);
    connect(&m_context.desk.probe, &ProbeSession::weightsChanged, this, &InspectPanel::showNote);
    connect(&m_theme, &Theme::changed, this, &InspectPanel::refreshIcons);
    refreshIcons();
    choose(kFirstTool);
}

void InspectPanel::buildButtons() {
    auto* box = new QWidget;
    auto* grid = new QGridLayout(box);
    grid->setContentsMargins(metrics::kPanelPadding, 10, metrics::kPanelPadding, 10);
    grid->setSpacing(6);
    m_buttons = new QButtonGroup(this);
    int at = 0;
    for (const InspectToolEntry& entry : inspectTools()) {
        auto* button = new QToolButton;
        button->setObjectName(QLatin1String(entry.id) + QStringLiteral("Button"));
        button->setProperty("role", "tool");
        button->setProperty("iconName", QLatin1String(entry.icon));
        button->setText(titleOf(entry));
        button->setToolTip(QCoreApplication::translate("InspectTool", entry.help));
        button->setAccessibleName(titleOf(entry));
        button->setAccessibleDescription(button->toolTip());
        button->setFont(m_theme.font(FontRole::Caption));
        button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
        button->setIconSize({metrics::kIcon, metrics::kIcon});
        button->setCheckable(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        m_buttons->addButton(button, at);
        grid->addWidget(button, at / kButtonsInRow, at % kButtonsInRow);
        connect(button, &QToolButton::clicked, this, [this, id = QLatin1String(entry.id)] { choose(id); });
        ++at;
    }
    addToColumn(box);
}

void InspectPanel::refreshIcons() {
    for (QAbstractButton* button : m_buttons->buttons()) button->setIcon(m_theme.icon(button->property("iconName").toString()));
}

// What makes no sense for this network says so and names what does.
QString InspectPanel::obstacle(const InspectToolEntry& entry) const {
    const NetworkSpec& spec = m_context.document.network().spec();
    const QString reason = entry.obstacle(spec);
    if (reason.isEmpty()) return {};
    QStringList others;
    for (const InspectToolEntry& other : inspectTools())
        if (other.obstacle(spec).isEmpty()) others << titleOf(other);
    return reason + QStringLiteral(" ") + tr("These work for it: %1.").arg(others.join(QStringLiteral(", ")));
}

InspectTool* InspectPanel::tool() const {
    const auto found = m_tools.find(m_chosen);
    return found == m_tools.end() || !found->second->isVisibleTo(this) ? nullptr : found->second;
}

void InspectPanel::choose(const QString& id) {
    const InspectToolEntry* entry = findTool(id);
    if (entry == nullptr) return;
    m_chosen = id;
    for (int i = 0; i < static_cast<int>(inspectTools().size()); ++i)
        if (&inspectTools()[static_cast<std::size_t>(i)] == entry) m_buttons->button(i)->setChecked(true);
    refresh();
}

void InspectPanel::refresh() {
    const InspectToolEntry* entry = findTool(m_chosen);
    const QString reason = obstacle(*entry);
    m_obstacle->setText(reason);
    m_obstacle->setVisible(!reason.isEmpty());
    if (reason.isEmpty() && !m_tools.contains(m_chosen)) {
        InspectTool* made = entry->make(m_context);
        m_tools[m_chosen] = made;
        addToColumn(made);
    }
    for (const auto& [id, each] : m_tools) {
        const bool shown = id == m_chosen && reason.isEmpty();
        each->setVisible(shown);
        each->setActive(shown && m_active);
    }
    const NetworkSpec& spec = m_context.document.network().spec();
    state()->setText(layerName(spec, m_context.focus.layer()));
    showNote();
}

void InspectPanel::setActive(bool active) {
    m_active = active;
    refresh();
}

void InspectPanel::setHasNaN(bool hasNaN) {
    if (hasNaN == m_hasNaN) return;
    m_hasNaN = hasNaN;
    showNote();
}

void InspectPanel::showProblem(const QString& sentence) {
    m_note->setText(sentence);
    m_note->show();
}

void InspectPanel::showNote() {
    const ProbeSession& probe = m_context.desk.probe;
    QString text;
    if (!probe.problem().isEmpty())
        text = probe.problem();
    else if (m_hasNaN)
        text = tr("Some values are not numbers (NaN): the training diverged. Restart it in Train with a smaller learning rate.");
    else if (probe.weights() && probe.untrained())
        text = tr("Not trained yet: these are the initial weights.");
    else if (!probe.weightsNote().isEmpty())
        text = probe.weightsNote() + QStringLiteral(".");
    m_note->setText(text);
    m_note->setVisible(!text.isEmpty());
}

}  // namespace convolab
