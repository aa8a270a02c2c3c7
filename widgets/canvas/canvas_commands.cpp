#include "widgets/canvas/canvas_commands.h"

#include "core/graph/block_edits.h"
#include "core/graph/blocks/block_kind.h"
#include "core/graph/kind_presets.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/spec_edits.h"
#include "widgets/canvas/spec_layout.h"

#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QMimeData>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

QString text(const char* source) { return QCoreApplication::translate("Canvas", source); }

QString labelOfKind(const std::string& id) {
    if (const BlockKind* block = findBlockKind(id)) return toQString(block->label);
    if (const KindPreset* preset = findKindPreset(id)) return toQString(preset->label);
    const LayerKind* kind = findLayerKind(id);
    return toQString(kind ? kind->label : id);
}

// Where a line ends, the next one goes on; before its first card the line above does.
NodeId neighbourInChain(const NetworkSpec& spec, const std::vector<NodeId>& chain, bool onward) {
    const auto edges = onward ? spec.edgesOutOf(chain.back()) : spec.edgesInto(chain.front());
    if (edges.empty()) return {};
    return cardChain(spec, onward ? edges.front()->to.node : edges.front()->from.node).front();
}

}  // namespace

QString CanvasCommands::nameOf(NodeId node) const {
    const Block* block = blockOf(m_editor.spec(), node);
    if (block && isFolded(m_editor.spec(), *block)) return toQString(block->name);
    const Node* found = m_editor.spec().node(node);
    return found ? toQString(found->name) : QString();
}

NodeId CanvasCommands::add(const std::string& kind, QPointF placeIfAlone) {
    NodeId added;
    const NodeId after = m_selection.nodes().size() == 1 ? m_selection.current() : NodeId{};
    m_editor.edit(text("Add %1").arg(labelOfKind(kind)),
                  [&](NetworkSpec& spec) { added = addBehind(spec, kind, after, placeIfAlone); });
    m_selection.only(added);
    return added;
}

NodeId CanvasCommands::drop(const DropPlan& plan) {
    NodeId added;
    m_editor.edit(text("Add %1").arg(labelOfKind(plan.preset.empty() ? plan.kind : plan.preset)),
                  [&](NetworkSpec& spec) { added = applyDrop(spec, plan); });
    m_selection.only(added);
    return added;
}

void CanvasCommands::removeSelected() {
    const auto nodes = m_selection.nodeList();
    const std::vector<EdgeId> edges(m_selection.edges().begin(), m_selection.edges().end());
    if (nodes.empty() && edges.empty()) return;
    const QString label = nodes.size() == 1 && edges.empty() ? text("Delete %1").arg(nameOf(nodes.front()))
                          : nodes.empty()                    ? text("Delete connection")
                                                             : text("Delete %1 layers").arg(nodes.size());
    m_editor.edit(label, [&](NetworkSpec& spec) {
        for (const EdgeId edge : edges) cutLink(spec, edge);
        removeNodes(spec, nodes);
    });
}

void CanvasCommands::remove(NodeId node) {
    m_editor.edit(text("Delete %1").arg(nameOf(node)), [&](NetworkSpec& spec) { removeNodes(spec, {node}); });
}

void CanvasCommands::duplicateSelected() {
    const auto nodes = m_selection.nodeList();
    if (nodes.empty()) return;
    const std::string fragment = fragmentToJson(m_editor.spec(), nodes);
    std::vector<NodeId> added;
    m_editor.edit(nodes.size() == 1 ? text("Duplicate %1").arg(nameOf(nodes.front())) : text("Duplicate %1 layers").arg(nodes.size()),
                  [&](NetworkSpec& spec) {
                      if (auto pasted = pasteFragment(spec, fragment, 24, 160); pasted.ok()) added = *pasted;
                  });
    m_selection.set({added.begin(), added.end()});
}

void CanvasCommands::copySelected() const {
    const auto nodes = m_selection.nodeList();
    if (nodes.empty()) return;
    const QByteArray json = QByteArray::fromStdString(fragmentToJson(m_editor.spec(), nodes));
    auto* mime = new QMimeData;
    mime->setData(kFragmentMime, json);
    mime->setText(QString::fromUtf8(json));
    QGuiApplication::clipboard()->setMimeData(mime);
}

void CanvasCommands::cutSelected() {
    copySelected();
    removeSelected();
}

bool CanvasCommands::canPaste() const {
    const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
    return mime && (mime->hasFormat(kFragmentMime) || mime->text().trimmed().startsWith(QLatin1Char('{')));
}

void CanvasCommands::paste() {
    if (!canPaste()) return;
    const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
    const std::string json = mime->hasFormat(kFragmentMime) ? mime->data(kFragmentMime).toStdString() : mime->text().toStdString();
    std::vector<NodeId> added;
    m_editor.edit(text("Paste"), [&](NetworkSpec& spec) {
        // Onto a card of the same place a copy would hide it: step aside until the place is free.
        double offset = 0;
        const auto occupied = [&](const Node& node) {
            return std::any_of(spec.nodes().begin(), spec.nodes().end(), [&](const Node& other) {
                return other.position.x == node.position.x + offset && other.position.y == node.position.y + offset;
            });
        };
        NetworkSpec trial;
        if (auto nodes = pasteFragment(trial, json, 0, 0); nodes.ok() && !trial.nodes().empty())
            while (occupied(trial.nodes().front())) offset += 24;
        if (auto pasted = pasteFragment(spec, json, offset, offset); pasted.ok()) added = *pasted;
    });
    if (!added.empty()) m_selection.set({added.begin(), added.end()});
}

void CanvasCommands::selectAll() {
    std::set<NodeId> nodes;
    for (const Node& node : m_editor.spec().nodes()) nodes.insert(node.id);
    m_selection.set(std::move(nodes), {}, m_selection.current());
}

void CanvasCommands::selectNeighbour(int dx, int dy) {
    const NetworkSpec& spec = m_editor.spec();
    if (spec.nodes().empty()) return;
    const NodeId current = m_selection.current();
    if (!current) {
        const auto order = spec.topologicalOrder();
        m_selection.only(order.empty() ? spec.nodes().front().id : order.front());
        return;
    }
    const auto chain = cardChain(spec, current);
    if (dy != 0 && chain.size() > 1) {
        const auto at = std::find(chain.begin(), chain.end(), current) - chain.begin() + dy;
        if (at >= 0 && at < static_cast<std::ptrdiff_t>(chain.size())) return m_selection.only(chain[static_cast<std::size_t>(at)]);
    }
    const Position here = spec.node(chain.front())->position;
    NodeId best;
    double nearest = 1e12;
    for (const Node& node : spec.nodes()) {
        if (cardHead(spec, node.id) != node.id || node.id == chain.front()) continue;
        const double along = dx * (node.position.x - here.x) + dy * (node.position.y - here.y);
        const double across = std::abs(dx != 0 ? node.position.y - here.y : node.position.x - here.x);
        if (along <= 0 || across > 3 * along + 40) continue;
        if (along + 2 * across < nearest) {
            nearest = along + 2 * across;
            best = node.id;
        }
    }
    if (!best && dx != 0) best = neighbourInChain(spec, chain, dx > 0);
    if (best) m_selection.only(best);
}

void CanvasCommands::nudge(double dx, double dy) {
    std::set<NodeId> heads;
    for (const NodeId node : m_selection.nodes()) heads.insert(cardChain(m_editor.spec(), node).front());
    if (heads.empty()) return;
    QString key = QStringLiteral("nudge");
    for (const NodeId head : heads) key += QStringLiteral(" %1").arg(head.value);
    m_editor.edit(text("Move %1").arg(nameOf(*heads.begin())), [&](NetworkSpec& spec) {
        for (const NodeId head : heads) {
            const Position at = spec.node(head)->position;
            moveCard(spec, head, at.x + dx, at.y + dy);
        }
    }, key);
}

Status CanvasCommands::rename(NodeId node, const QString& name) {
    NetworkSpec trial = m_editor.spec();
    const std::string wanted = name.trimmed().toStdString();
    if (const Block* block = blockOf(trial, node); block && isFolded(trial, *block)) {
        const std::string before = block->name;
        if (const Status status = renameBlock(trial, before, wanted); !status.ok()) return status;
        m_editor.edit(text("Rename %1").arg(nameOf(node)), [&](NetworkSpec& spec) { (void)renameBlock(spec, before, wanted); });
        return {};
    }
    if (const Status status = trial.rename(node, wanted); !status.ok()) return status;
    m_editor.edit(text("Rename %1").arg(nameOf(node)), [&](NetworkSpec& spec) { (void)spec.rename(node, wanted); });
    return {};
}

void CanvasCommands::connect(PortRef from, PortRef to) {
    m_editor.edit(text("Connect"), [&](NetworkSpec& spec) {
        connectLayers(spec, from, to);
    });
}

void CanvasCommands::groupSelected() {
    const std::vector<NodeId> nodes = m_selection.nodeList();
    NetworkSpec trial = m_editor.spec();
    if (nodes.size() < 2 || !groupNodes(trial, nodes).ok()) return;
    m_editor.edit(text("Group %1 layers").arg(nodes.size()), [&](NetworkSpec& spec) { (void)groupNodes(spec, nodes); });
    m_selection.set({nodes.begin(), nodes.end()}, {}, nodes.front());
}

void CanvasCommands::setFolded(const std::string& name, bool folded) {
    const Block* block = blockNamed(m_editor.spec(), name);
    if (!block) return;
    const std::vector<NodeId> nodes = block->nodes;
    m_editor.edit(folded ? text("Fold %1").arg(toQString(name)) : text("Open %1").arg(toQString(name)),
                  [&](NetworkSpec& spec) { convolab::setFolded(spec, name, folded); });
    folded ? m_selection.only(nodes.front()) : m_selection.set({nodes.begin(), nodes.end()}, {}, nodes.front());
}

void CanvasCommands::unfold(const std::string& name) {
    m_editor.edit(text("Unfold %1").arg(toQString(name)), [&](NetworkSpec& spec) { unfoldBlock(spec, name); });
}

NetworkSpec withFix(const NetworkSpec& spec, const Fix& fix) {
    NetworkSpec after = spec;
    fix.apply(after);
    placeNewNodes(spec, after);
    return after;
}

void CanvasCommands::apply(const Fix& fix) {
    const NetworkSpec after = withFix(m_editor.spec(), fix);
    m_editor.edit(toQString(fix.label), [&](NetworkSpec& spec) { spec = after; });
}

}  // namespace convolab
