#include "widgets/inspector/inspector_panel.h"

#include "core/graph/block_edits.h"
#include "core/graph/blocks.h"
#include "core/graph/padding.h"
#include "core/layers/layer_kind.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/spec_edits.h"
#include "widgets/diagnostics/diagnostics_list.h"
#include "widgets/inspector/shape_diagram.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace convolab {

InspectorPanel::InspectorPanel(SpecEditor& editor, CanvasSelection& selection, Theme& theme, QWidget* parent)
    : QWidget(parent), m_editor(editor), m_selection(selection), m_theme(theme), m_outer(new QVBoxLayout(this)),
      m_scroll(new QScrollArea(this)) {
    setObjectName(QStringLiteral("inspector"));
    setAccessibleName(tr("Inspector"));
    setProperty("role", "panel");
    setAttribute(Qt::WA_StyledBackground);
    setFixedWidth(metrics::kRightPanel);
    m_outer->setContentsMargins(0, 0, 0, 0);
    m_outer->setSpacing(0);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_outer->addWidget(m_scroll, 1);
    connect(&selection, &CanvasSelection::changed, this, [this] {
        if (shownNodes() != m_shown || shownBlock() != m_block) rebuild();
    });
    connect(&editor, &SpecEditor::specChanged, this, &InspectorPanel::refresh);
    connect(&theme, &Theme::changed, this, &InspectorPanel::rebuild);
    rebuild();
}

void InspectorPanel::setTierText(std::function<QString(NodeId)> tier) {
    m_tier = std::move(tier);
    refresh();
}

void InspectorPanel::focusName() {
    if (!m_name) return;
    m_name->setFocus();
    m_name->selectAll();
}

std::vector<NodeId> InspectorPanel::shownNodes() const {
    std::vector<NodeId> nodes;
    for (const NodeId node : m_selection.nodes())
        if (m_editor.spec().node(node)) nodes.push_back(node);
    return nodes;
}

std::string InspectorPanel::shownBlock() const {
    const Block* block = blockMeant(m_editor.spec(), shownNodes());
    return block ? block->name : std::string{};
}

// The layer that stands for a folded block is not meant by its own name.
QString InspectorPanel::presentName() const {
    const NetworkSpec& spec = m_editor.spec();
    if (!m_block.empty()) return toQString(m_block);
    if (m_shown.empty()) return toQString(spec.name);
    const Node* node = spec.node(m_shown.front());
    return node ? toQString(node->name) : QString();
}

void InspectorPanel::rebuild() {
    m_shown = shownNodes();
    m_block = shownBlock();
    const Block* block = blockNamed(m_editor.spec(), m_block);
    m_blockFolded = block && isFolded(m_editor.spec(), *block);
    m_name = nullptr;
    m_nameError = nullptr;
    m_form = nullptr;
    m_diagram = nullptr;
    m_costs = m_problems = nullptr;
    m_list = nullptr;
    if (m_header) {
        m_outer->removeWidget(m_header);
        m_header->hide();
        m_header->setParent(nullptr);
        m_header->deleteLater();
    }
    // What is edited may be inside the content that goes: it is deleted later.
    if (QWidget* old = m_scroll->takeWidget()) {
        old->hide();
        old->deleteLater();
    }
    auto* content = new QWidget;
    m_column = new QVBoxLayout(content);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(0);
    if (m_shown.empty())
        buildNetwork();
    else if (block)
        buildBlock(*block);
    else if (m_shown.size() == 1)
        buildLayer(m_shown.front());
    else
        buildSeveral(m_shown);
    m_column->addStretch(1);
    m_outer->insertWidget(0, m_header);
    m_header->show();
    m_scroll->setWidget(content);
    content->show();
    refresh();
}

void InspectorPanel::refresh() {
    const NetworkSpec& spec = m_editor.spec();
    const Block* block = blockNamed(spec, m_block);
    const bool folded = block && isFolded(spec, *block);
    // A changed parameter adds and removes layers of an open block: all of it stays selected.
    if (block && !folded && !m_blockFolded && shownBlock() != m_block) {
        const std::set<NodeId> nodes(block->nodes.begin(), block->nodes.end());
        m_shown.assign(nodes.begin(), nodes.end());
        m_selection.set(nodes, {}, block->nodes.front());
    }
    if (shownNodes() != m_shown || shownBlock() != m_block || (block && folded != m_blockFolded)) return rebuild();
    if (m_form) m_form->refresh();
    if (m_name && !m_name->hasFocus()) m_name->setText(presentName());
    if (m_costs) {
        std::vector<CostLine> lines = m_shown.empty() ? networkLines(spec, m_editor.analysis())
                                      : block         ? blockLines(spec, m_editor.analysis(), *block)
                                                      : costLines(spec, m_editor.analysis(), m_shown.front());
        if (m_tier && !block && !m_shown.empty() && !m_tier(m_shown.front()).isEmpty()) lines.push_back({tr("Runs on"), {}, m_tier(m_shown.front())});
        showCosts(lines);
    }
    if (m_problems) m_problems->setVisible(m_list->count() > 0);
    if (!m_diagram || m_shown.empty()) return;
    const Node& node = *spec.node(m_shown.front());
    const NodeAnalysis* result = m_editor.analysis().find(node.id);
    const auto window = windowOf(node);
    QString note;
    if (window && window->kernel.size() == 2) {
        note = QStringLiteral("%1×%2").arg(window->kernel[0]).arg(window->kernel[1]);
        if (!window->stride.empty() && window->stride[0] > 1) note += tr(", stride %1").arg(window->stride[0]);
    }
    m_diagram->show(result && !result->inputs.empty() ? result->inputs.front() : std::nullopt, result ? result->output : std::nullopt, window,
                    groupColorOfKind(node.kind), note);
}

void InspectorPanel::buildLayer(NodeId id) {
    const Node& node = *m_editor.spec().node(id);
    const LayerKind* kind = findLayerKind(node.kind);
    const GroupColor group = groupColorOfKind(node.kind);
    m_header = makeHeader(groupIconName(group), m_theme.current().group(group), toQString(node.name),
                          kind ? toQString(kind->title) : tr("unknown kind “%1”").arg(toQString(node.kind)), true);
    m_diagram = new ShapeDiagram(m_theme, this);
    m_column->addWidget(m_diagram);
    if (kind && !kind->attributes.empty()) addForm(layerOwner(m_editor, {id}));
    if (kind) addFormula(node);
    addCosts(tr("Costs"), tr("per image"));
    addProblems(id);
}

void InspectorPanel::buildBlock(const Block& block) {
    const NetworkSpec& spec = m_editor.spec();
    const auto source = borderOf(spec, block).source;
    const NodeAnalysis* before = source ? m_editor.analysis().find(source->node) : nullptr;
    const auto reading = readBlock(spec, block, before ? before->output : std::nullopt);
    const BlockKind* kind = reading ? reading->kind : nullptr;
    m_header = makeHeader(QStringLiteral("block"), m_theme.current().text3, toQString(block.name),
                          kind ? toQString(kind->title) : tr("Block of %1 layers").arg(block.nodes.size()), true);
    auto* buttons = section({});
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    const auto button = [&](const QString& text, const QString& name, const QString& tip) {
        auto* made = new QPushButton(text);
        made->setObjectName(name);
        made->setToolTip(tip);
        row->addWidget(made, 1);
        return made;
    };
    auto* fold = button(m_blockFolded ? tr("Open") : tr("Fold"), QStringLiteral("foldBlock"),
                        m_blockFolded ? tr("Shows the layers inside") : tr("Draws the block as one card"));
    auto* unfold = button(tr("Unfold"), QStringLiteral("unfoldBlock"), tr("Forgets the block and leaves its layers"));
    connect(fold, &QPushButton::clicked, this, [this] { emit blockFoldRequested(m_block, !m_blockFolded); });
    connect(unfold, &QPushButton::clicked, this, [this] { emit blockUnfoldRequested(m_block); });
    buttons->addLayout(row);
    if (kind) addForm(blockOwner(m_editor, block.nodes.front()));
    if (kind) addHelp(toQString(kind->help));
    addCosts(tr("Costs"), tr("per image"));
}

void InspectorPanel::buildSeveral(const std::vector<NodeId>& nodes) {
    const NetworkSpec& spec = m_editor.spec();
    const std::string& kindId = spec.node(nodes.front())->kind;
    const bool same = std::all_of(nodes.begin(), nodes.end(), [&](NodeId node) { return spec.node(node)->kind == kindId; });
    const LayerKind* kind = same ? findLayerKind(kindId) : nullptr;
    const GroupColor group = groupColorOfKind(kindId);
    m_header = makeHeader(kind ? groupIconName(group) : QStringLiteral("block"), kind ? m_theme.current().group(group) : m_theme.current().text3,
                          tr("%1 layers").arg(nodes.size()), kind ? toQString(kind->title) : tr("of several kinds"), false);
    if (kind && !kind->attributes.empty()) {
        addForm(layerOwner(m_editor, nodes));
    } else {
        auto* layout = section({});
        auto* label = new QLabel(kind ? tr("This kind has nothing to set.") : tr("Select layers of one kind to set them together."));
        label->setProperty("role", "muted");
        label->setWordWrap(true);
        layout->addWidget(label);
    }
}

void InspectorPanel::buildNetwork() {
    m_header = makeHeader(QStringLiteral("block"), m_theme.current().text3, toQString(m_editor.spec().name), tr("Network"), true);
    addCosts(tr("Costs"), tr("per image"));
    addProblems({});
}

void InspectorPanel::rename() {
    if (!m_name) return;
    const std::string wanted = m_name->text().trimmed().toStdString();
    if (m_shown.empty()) {
        m_editor.edit(tr("Rename network"), [&](NetworkSpec& spec) { spec.name = wanted; }, QStringLiteral("name network"));
        return;
    }
    NetworkSpec trial = m_editor.spec();
    const Status status = renameIn(trial, wanted);
    m_name->setProperty("invalid", !status.ok());
    m_name->style()->unpolish(m_name);
    m_name->style()->polish(m_name);
    m_nameError->setVisible(!status.ok());
    if (!status.ok()) {
        const Error& error = status.error();
        m_nameError->setText(toQString(error.message + (error.hint.empty() ? "" : ": " + error.hint)));
        return;
    }
    const QString key = QStringLiteral("name %1 %2").arg(m_block.empty() ? QStringLiteral("layer") : QStringLiteral("block")).arg(m_shown.front().value);
    const NetworkSpec renamed = std::move(trial);
    const QString text = tr("Rename %1").arg(presentName());
    if (!m_block.empty()) m_block = wanted;
    m_editor.edit(text, [&](NetworkSpec& spec) { spec = renamed; }, key);
}

Status InspectorPanel::renameIn(NetworkSpec& spec, const std::string& wanted) const {
    return m_block.empty() ? spec.rename(m_shown.front(), wanted) : renameBlock(spec, m_block, wanted);
}

}  // namespace convolab
