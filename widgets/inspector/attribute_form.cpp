#include "widgets/inspector/attribute_form.h"

#include "core/graph/block_edits.h"
#include "core/graph/blocks.h"
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

AttributeOwner layerOwner(SpecEditor& editor, std::vector<NodeId> nodes) {
    AttributeOwner owner;
    const NodeId first = nodes.front();
    if (const LayerKind* kind = findLayerKind(editor.spec().node(first)->kind)) owner.schemas = kind->attributes;
    owner.key = QString::number(first.value);
    owner.value = [&editor, first](const std::string& key) -> std::optional<AttributeValue> {
        const Node* node = editor.spec().node(first);
        const AttributeValue* value = node ? node->attributes.find(key) : nullptr;
        return value ? std::optional(*value) : std::nullopt;
    };
    owner.change = [&editor, nodes](const AttributeSchema& schema, const AttributeValue& value, const QString& mergeKey) {
        const Node* node = editor.spec().node(nodes.front());
        if (!node) return;
        const QString label = toQString(schema.label).toLower();
        const QString text = nodes.size() == 1 ? AttributeForm::tr("Change %1 of %2").arg(label, toQString(node->name))
                                               : AttributeForm::tr("Change %1 of %2 layers").arg(label).arg(nodes.size());
        const Analysis analysis = editor.analysis();
        editor.edit(text, [&](NetworkSpec& spec) {
            for (const NodeId each : nodes)
                if (spec.node(each)) setAttributeKeepingSame(spec, each, schema.key, value, inputOf(analysis, each));
        }, mergeKey);
    };
    owner.surround = [&editor, first](AttributeRow& row) {
        if (const Node* node = editor.spec().node(first)) row.setSurroundings(inputOf(editor.analysis(), first), windowOf(*node));
    };
    return owner;
}

AttributeOwner blockOwner(SpecEditor& editor, NodeId member) {
    AttributeOwner owner;
    const auto reading = [&editor, member]() -> std::optional<BlockReading> {
        const Block* block = blockOf(editor.spec(), member);
        if (!block) return std::nullopt;
        const auto source = borderOf(editor.spec(), *block).source;
        const NodeAnalysis* before = source ? editor.analysis().find(source->node) : nullptr;
        return readBlock(editor.spec(), *block, before ? before->output : std::nullopt);
    };
    const auto present = reading();
    if (present) owner.schemas = present->kind->parameters;
    owner.key = QStringLiteral("block of %1").arg(member.value);
    owner.value = [reading](const std::string& key) -> std::optional<AttributeValue> {
        const auto now = reading();
        const AttributeValue* value = now ? now->parameters.find(key) : nullptr;
        return value ? std::optional(*value) : std::nullopt;
    };
    owner.change = [&editor, member](const AttributeSchema& schema, const AttributeValue& value, const QString& mergeKey) {
        const Block* block = blockOf(editor.spec(), member);
        if (!block) return;
        const std::string name = block->name;
        editor.edit(AttributeForm::tr("Change %1 of %2").arg(toQString(schema.label).toLower(), toQString(name)),
                    [&](NetworkSpec& spec) { (void)setBlockParameter(spec, name, schema.key, value); }, mergeKey);
    };
    return owner;
}

AttributeForm::AttributeForm(AttributeOwner owner, const Theme& theme, QWidget* parent) : QWidget(parent), m_owner(std::move(owner)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    std::vector<std::string> sections;
    for (const AttributeSchema& schema : m_owner.schemas)
        if (std::find(sections.begin(), sections.end(), schema.section) == sections.end()) sections.push_back(schema.section);
    for (const std::string& section : sections) {
        auto* heading = new QLabel(section.empty() ? tr("Settings") : toQString(section), this);
        heading->setFont(theme.font(FontRole::BodyStrong));
        heading->setContentsMargins(0, column->isEmpty() ? 0 : 12, 0, 4);
        column->addWidget(heading);
        for (const AttributeSchema& schema : m_owner.schemas) {
            if (schema.section != section) continue;
            auto* row = new AttributeRow(schema, theme, this);
            connect(row, &AttributeRow::accepted, this,
                    [this, schema](const AttributeValue& value) { m_owner.change(schema, value, mergeKey(schema.key)); });
            connect(row, &AttributeRow::resetRequested, this, [this, schema] {
                m_owner.change(schema, schema.defaultValue, mergeKey(schema.key));
                refresh();
            });
            column->addWidget(row);
            m_rows.push_back(row);
        }
    }
    refresh();
}

void AttributeForm::refresh() {
    for (AttributeRow* row : m_rows) {
        if (m_owner.surround) m_owner.surround(*row);
        const std::optional<AttributeValue> value = m_owner.value(row->schema().key);
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
    return QStringLiteral("attribute %1 %2 %3").arg(m_owner.key, toQString(key)).arg(m_group);
}

}  // namespace convolab
