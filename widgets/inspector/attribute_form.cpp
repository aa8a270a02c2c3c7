#include "widgets/inspector/attribute_form.h"

#include "core/graph/padding.h"
#include "core/layers/layer_kind.h"
#include "widgets/canvas/layer_group_style.h"

#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace convolab {

namespace {

constexpr int kPauseMs = 1500;  // a change after such a pause is an undo step of its own

std::optional<Shape> inputOf(const Analysis& analysis, NodeId node) {
    const NodeAnalysis* result = analysis.find(node);
    return result && !result->inputs.empty() ? result->inputs.front() : std::nullopt;
}

}  // namespace

AttributeForm::AttributeForm(SpecEditor& editor, std::vector<NodeId> nodes, const Theme& theme, QWidget* parent)
    : QWidget(parent), m_editor(editor), m_nodes(std::move(nodes)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    const LayerKind* kind = findLayerKind(editor.spec().node(m_nodes.front())->kind);
    if (!kind) return;
    std::vector<std::string> sections;
    for (const AttributeSchema& schema : kind->attributes)
        if (std::find(sections.begin(), sections.end(), schema.section) == sections.end()) sections.push_back(schema.section);
    for (const std::string& section : sections) {
        auto* heading = new QLabel(section.empty() ? tr("Settings") : toQString(section), this);
        heading->setFont(theme.font(FontRole::BodyStrong));
        heading->setContentsMargins(0, column->isEmpty() ? 0 : 12, 0, 4);
        column->addWidget(heading);
        for (const AttributeSchema& schema : kind->attributes) {
            if (schema.section != section) continue;
            auto* row = new AttributeRow(schema, theme, this);
            connect(row, &AttributeRow::accepted, this, [this, schema](const AttributeValue& value) { change(schema, value); });
            connect(row, &AttributeRow::resetRequested, this, [this, schema] { reset(schema); });
            column->addWidget(row);
            m_rows.push_back(row);
        }
    }
    refresh();
}

void AttributeForm::refresh() {
    const Node* node = m_editor.spec().node(m_nodes.front());
    if (!node) return;
    for (AttributeRow* row : m_rows) {
        row->setSurroundings(inputOf(m_editor.analysis(), node->id), windowOf(*node));
        const AttributeValue* value = node->attributes.find(row->schema().key);
        row->setValue(normalizedAttribute(row->schema(), value ? *value : row->schema().defaultValue));
    }
}

AttributeRow* AttributeForm::row(const std::string& key) const {
    const auto found = std::find_if(m_rows.begin(), m_rows.end(), [&](const AttributeRow* each) { return each->schema().key == key; });
    return found == m_rows.end() ? nullptr : *found;
}

// Dragging a slider or typing is one step; coming back later is another.
QString AttributeForm::mergeKey(const std::string& key) {
    if (key != m_lastKey || !m_sinceEdit.isValid() || m_sinceEdit.elapsed() > kPauseMs) ++m_group;
    m_lastKey = key;
    m_sinceEdit.start();
    return QStringLiteral("attribute %1 %2 %3").arg(m_nodes.front().value).arg(toQString(key)).arg(m_group);
}

void AttributeForm::change(const AttributeSchema& schema, const AttributeValue& value) {
    const Node* first = m_editor.spec().node(m_nodes.front());
    if (!first) return;
    const QString label = toQString(schema.label).toLower();
    const QString text = m_nodes.size() == 1 ? tr("Change %1 of %2").arg(label, toQString(first->name))
                                             : tr("Change %1 of %2 layers").arg(label).arg(m_nodes.size());
    const Analysis analysis = m_editor.analysis();
    m_editor.edit(text, [&](NetworkSpec& spec) {
        for (const NodeId node : m_nodes)
            if (spec.node(node)) setAttributeKeepingSame(spec, node, schema.key, value, inputOf(analysis, node));
    }, mergeKey(schema.key));
}

void AttributeForm::reset(const AttributeSchema& schema) {
    change(schema, schema.defaultValue);
    refresh();
}

}  // namespace convolab
