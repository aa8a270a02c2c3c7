#include "app/lenses/look_inside/inspect_tool.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "app/training_session.h"
#include "widgets/maps/map_view.h"
#include "widgets/theme/theme.h"

namespace convolab {

InspectTool::InspectTool(const InspectContext& context, QWidget* parent) : QWidget(parent), m_context(context) {
    m_column = new QVBoxLayout(this);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(0);
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(0);
    connect(&m_refresh, &QTimer::timeout, this, [this] { if (m_active) refresh(); });
    const auto again = [this] { scheduleRefresh(); };
    const auto otherNetwork = [this] {
        m_current.reset();
        scheduleRefresh();
    };
    connect(&m_context.desk.probe, &ProbeSession::snapshotArrived, this, otherNetwork);
    connect(&m_context.desk.probe, &ProbeSession::weightsChanged, this, again);
    connect(&m_context.desk.probe, &ProbeSession::channelsOffChanged, this, again);
    connect(&m_context.focus, &InspectFocus::changed, this, again);
    connect(&m_context.document.network(), &SpecEditor::specChanged, this, otherNetwork);
}

void InspectTool::setActive(bool active) {
    if (active == m_active) return;
    m_active = active;
    activated(active);
    if (active) refresh();
}

void InspectTool::scheduleRefresh() {
    if (m_active && !m_refresh.isActive()) m_refresh.start();
}

MapView* InspectTool::addPicture(QHBoxLayout& row, const QString& name, const char* object, const QString& caption) {
    auto* box = new QVBoxLayout;
    box->setSpacing(2);
    auto* made = new MapView(m_context.theme, name);
    made->setObjectName(QLatin1String(object));
    made->setLargestSide(220);
    auto* label = new QLabel(caption);
    label->setProperty("role", "muted");
    label->setFont(m_context.theme.font(FontRole::Caption));
    box->addWidget(made);
    box->addWidget(label);
    box->addStretch(1);
    row.addLayout(box, 1);
    return made;
}

PanelSection* InspectTool::addSection(const QString& title, const QString& note) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* line = new QFrame;
    line->setProperty("role", "separator");
    column->addWidget(line);
    auto* section = new PanelSection(m_context.theme, title, note);
    column->addWidget(section);
    m_column->addWidget(box);
    return section;
}

void InspectTool::add(QWidget* widget) { m_column->addWidget(widget); }

const NetworkSpec& InspectTool::spec() const { return m_context.document.network().spec(); }
const Analysis& InspectTool::analysis() const { return m_context.document.network().analysis(); }

ActivationSnapshotPtr InspectTool::snapshot() const {
    const ActivationSnapshotPtr newest = m_context.desk.probe.snapshot();
    if (!newest) return nullptr;
    if (!m_current) m_current = sameStructure(m_context.desk.probe.spec(), spec());
    return *m_current ? newest : nullptr;
}

QString InspectTool::whyNothing() const {
    const QString problem = m_context.desk.probe.problem();
    return problem.isEmpty() ? tr("Waiting for the network's answer …") : problem;
}

const Tensor* InspectTool::output(NodeId layer) const {
    const ActivationSnapshotPtr newest = snapshot();
    if (!newest) return nullptr;
    const auto found = newest->outputs.find(layer);
    return found == newest->outputs.end() ? nullptr : &found->second;
}

NodeId InspectTool::inputOf(NodeId layer, int port) const {
    const Edge* edge = spec().edgeInto({layer, port});
    return edge != nullptr ? edge->from.node : NodeId{};
}

}  // namespace convolab
