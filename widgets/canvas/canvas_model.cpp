#include "widgets/canvas/canvas_model.h"

#include "core/graph/blocks.h"
#include "core/graph/layout.h"
#include "core/layers/layer_kind.h"
#include "core/util/text.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/link_route.h"
#include "widgets/plots/number_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <set>

namespace convolab {

namespace {

std::optional<Severity> worst(const Analysis& analysis, NodeId node) {
    std::optional<Severity> result;
    for (const Diagnostic& diagnostic : analysis.diagnostics) {
        if (diagnostic.node != node) continue;
        if (diagnostic.severity == Severity::Error) return Severity::Error;
        result = Severity::Warning;
    }
    return result;
}

bool refusesItsInputs(const Analysis& analysis, NodeId node) {
    return std::any_of(analysis.diagnostics.begin(), analysis.diagnostics.end(), [node](const Diagnostic& diagnostic) {
        return diagnostic.node == node && diagnostic.severity == Severity::Error &&
               (diagnostic.code == DiagnosticCode::BadShape || diagnostic.code == DiagnosticCode::ShapesDisagree ||
                diagnostic.code == DiagnosticCode::Cycle);
    });
}

std::set<NodeId> nodesBehindErrors(const NetworkSpec& spec, const Analysis& analysis) {
    std::set<NodeId> behind, wrong;
    for (const Diagnostic& diagnostic : analysis.diagnostics)
        if (diagnostic.node && diagnostic.severity == Severity::Error) wrong.insert(diagnostic.node);
    std::vector<NodeId> open(wrong.begin(), wrong.end());
    while (!open.empty()) {
        const NodeId node = open.back();
        open.pop_back();
        for (const Edge* edge : spec.edgesOutOf(node))
            if (behind.insert(edge->to.node).second) open.push_back(edge->to.node);
    }
    for (const NodeId node : wrong) behind.erase(node);
    std::erase_if(behind, [&](NodeId node) {
        const NodeAnalysis* result = analysis.find(node);
        return result && result->output;
    });
    return behind;
}

QString shapeText(const Analysis& analysis, NodeId node) {
    const NodeAnalysis* result = analysis.find(node);
    return result && result->output ? toQString(result->output->text()) : QStringLiteral("?");
}

// For an input, whose summary would only repeat the shape below it.
QString contentText(const Analysis& analysis, NodeId node) {
    const NodeAnalysis* result = analysis.find(node);
    if (!result || !result->output) return {};
    if (!result->output->isImage()) return QCoreApplication::translate("Card", "vector");
    return result->output->channels() == 1 ? QCoreApplication::translate("Card", "1 channel")
                                           : QCoreApplication::translate("Card", "%1 channels").arg(result->output->channels());
}

std::string summaryOf(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    if (!kind) return "unknown kind";
    const auto attributes = completeAttributes(kind->attributes, node.attributes);
    return attributes.ok() ? kind->summary(*attributes) : std::string{};
}

LayerGroup groupOf(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    return kind ? kind->group : LayerGroup::Shape;
}

CardRow makeRow(const NetworkSpec& spec, const Analysis& analysis, NodeId id) {
    const Node& node = *spec.node(id);
    CardRow row{.node = id, .name = toQString(node.name), .value = {}, .group = groupColorOfKind(node.kind),
                .trouble = worst(analysis, id)};
    const NodeAnalysis* result = analysis.find(id);
    if (!result) return row;
    if (result->cost.parameters > 0)
        row.value = toQString(withThousands(result->cost.parameters));
    else if (node.kind == "output" || groupOf(node) == LayerGroup::Shape)
        row.value = shapeText(analysis, id);
    else
        row.value = toQString(summaryOf(node));
    return row;
}

int inputPortCount(const NetworkSpec& spec, const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    int ports = kind ? kind->minInputs : 1;
    for (const Edge* edge : spec.edgesInto(node.id)) ports = std::max(ports, edge->to.port + 1);
    return ports;
}

// The worst diagnostic of any of the card's nodes.
void markTrouble(Card& card, const Analysis& analysis) {
    for (const NodeId id : card.nodes) {
        const auto trouble = worst(analysis, id);
        if (!trouble || (card.trouble && *card.trouble == Severity::Error)) continue;
        if (card.trouble && *trouble == Severity::Warning) continue;
        card.trouble = trouble;
        card.troubledNode = id;
    }
}

std::optional<BlockReading> readingOf(const NetworkSpec& spec, const Analysis& analysis, const Block& block) {
    const auto source = borderOf(spec, block).source;
    const NodeAnalysis* before = source ? analysis.find(source->node) : nullptr;
    return readBlock(spec, block, before ? before->output : std::nullopt);
}

Card makeBlockCard(const NetworkSpec& spec, const Analysis& analysis, const Block& block, const std::set<NodeId>& behind) {
    Card result;
    result.head = block.nodes.front();
    result.nodes = cardChain(spec, result.head);
    result.block = result.name = toQString(block.name);
    const auto reading = readingOf(spec, analysis, block);
    result.summary = reading ? toQString(reading->kind->summary(reading->parameters))
                             : QCoreApplication::translate("Card", "%1 layers").arg(block.nodes.size());
    result.shape = shapeText(analysis, result.tail());
    const Position at = spec.node(result.head)->position;
    result.position = {at.x, at.y};
    result.inputPorts = 1;
    result.outputPort = hasOutputPort(spec, result.tail());
    result.faded = behind.contains(result.tail());
    Cost total;
    for (const NodeId id : block.nodes) {
        const NodeAnalysis* layer = analysis.find(id);
        if (!layer) continue;
        total.parameters += layer->cost.parameters;
        total.macs += layer->cost.macs;
    }
    if (total.parameters > 0)
        result.parameters = QCoreApplication::translate("Card", "%1 par.").arg(toQString(withThousands(total.parameters)));
    if (total.macs > 0) result.macs = toQString(compactText(static_cast<double>(total.macs)));
    markTrouble(result, analysis);
    return result;
}

Card makeCard(const NetworkSpec& spec, const Analysis& analysis, const Node& node, const std::set<NodeId>& behind) {
    Card result;
    result.head = node.id;
    result.nodes = cardChain(spec, node.id);
    result.group = groupColorOfKind(node.kind);
    result.name = toQString(node.name);
    result.summary = toQString(summaryOf(node));
    result.shape = shapeText(analysis, node.id);
    if (result.summary == result.shape) result.summary = contentText(analysis, node.id);
    if (result.summary.isEmpty() && result.group == GroupColor::Merge)
        result.summary = QCoreApplication::translate("Card", "%1 inputs").arg(spec.edgesInto(node.id).size());
    result.position = {node.position.x, node.position.y};
    result.inputPorts = inputPortCount(spec, node);
    result.outputPort = hasOutputPort(spec, result.tail());
    result.faded = behind.contains(node.id);
    if (const NodeAnalysis* cost = analysis.find(node.id)) {
        if (cost->cost.parameters > 0)
            result.parameters = QCoreApplication::translate("Card", "%1 par.").arg(toQString(withThousands(cost->cost.parameters)));
        if (cost->cost.macs > 0) result.macs = toQString(compactText(static_cast<double>(cost->cost.macs)));
    }
    for (std::size_t i = 1; i < result.nodes.size(); ++i) result.rows.push_back(makeRow(spec, analysis, result.nodes[i]));
    markTrouble(result, analysis);
    return result;
}

std::vector<BlockFrame> makeFrames(const NetworkSpec& spec, const Analysis& analysis, const CanvasModel& model) {
    std::vector<BlockFrame> frames;
    for (const Block& block : spec.blocks()) {
        if (isFolded(spec, block)) continue;
        const auto reading = readingOf(spec, analysis, block);
        BlockFrame frame{.name = toQString(block.name), .title = reading ? toQString(reading->kind->label) : QString(), .nodes = block.nodes, .heads = {}, .rect = {}};
        QRectF cards;
        for (const NodeId id : block.nodes) {
            const Card* card = model.card(id);
            if (!card) continue;
            frame.heads.push_back(id);
            cards |= card->rect();
        }
        frame.rect = frameAround(cards);
        frames.push_back(std::move(frame));
    }
    return frames;
}

// A shape stands on an edge where the card before it made it.
bool changesShape(const NetworkSpec& spec, const Analysis& analysis, const Card& from) {
    const NodeAnalysis* head = analysis.find(from.head);
    const NodeAnalysis* tail = analysis.find(from.tail());
    if (!tail || !tail->output) return true;
    if (!head || spec.edgesInto(from.head).empty() || head->inputs.empty() || !head->inputs.front()) return true;
    return *head->inputs.front() != *tail->output;
}

// The upper edges of the lines that a link leads back to.
std::set<double> lineTops(const NetworkSpec& spec, const std::map<NodeId, NodeId>& headOf) {
    std::set<double> tops;
    for (const Edge& edge : spec.edges()) {
        if (!headOf.contains(edge.from.node) || !headOf.contains(edge.to.node)) continue;
        const Position from = spec.node(headOf.at(edge.from.node))->position, to = spec.node(headOf.at(edge.to.node))->position;
        if (beginsLine(from, to)) tops.insert(to.y);
    }
    return tops;
}

}  // namespace

double Card::bodyHeight() const { return card::kBody + std::max(0, inputPorts - 1) * card::kPortStep; }

double Card::height() const {
    const bool footer = !parameters.isEmpty() || !macs.isEmpty();
    return card::kBar + card::kHeader + bodyHeight() + slotHeight + card::kRow * static_cast<double>(rows.size()) +
           (footer ? card::kFooter : 0);
}

QRectF Card::slotRect() const { return {0, card::kBar + card::kHeader + bodyHeight(), card::kWidth, slotHeight}; }

QRectF Card::rowRect(std::size_t row) const {
    return {0, slotRect().bottom() + card::kRow * static_cast<double>(row), card::kWidth, card::kRow};
}

const Card* CanvasModel::cardOf(NodeId node) const {
    for (const Card& each : cards)
        if (std::find(each.nodes.begin(), each.nodes.end(), node) != each.nodes.end()) return &each;
    return nullptr;
}

const Card* CanvasModel::card(NodeId head) const {
    const auto found = std::find_if(cards.begin(), cards.end(), [head](const Card& each) { return each.head == head; });
    return found == cards.end() ? nullptr : &*found;
}

QRectF CanvasModel::bounds() const {
    QRectF result;
    for (const Card& each : cards) result |= each.rect();
    for (const BlockFrame& each : frames) result |= each.rect;
    return result;
}

QRectF frameAround(const QRectF& cards) { return cards.adjusted(-16, -34, 16, 16); }

QRectF frameTitle(const QRectF& frame) { return {frame.left(), frame.top(), frame.width(), 22}; }

bool hasOutputPort(const NetworkSpec& spec, NodeId id) {
    const Node* node = spec.node(id);
    return node && node->kind != "output";
}

std::vector<NodeId> cardChain(const NetworkSpec& spec, NodeId node) {
    if (const Block* block = foldedBlock(spec, node)) {
        std::vector<NodeId> nodes = block->nodes;
        const auto exit = std::find(nodes.begin() + 1, nodes.end(), borderOf(spec, *block).exit);
        if (exit != nodes.end()) std::rotate(exit, exit + 1, nodes.end());
        return nodes;
    }
    std::vector<NodeId> chain{dockHead(spec, node)};
    const auto rows = dockedLayers(spec, chain.front());
    chain.insert(chain.end(), rows.begin(), rows.end());
    return chain;
}

const Block* foldedBlock(const NetworkSpec& spec, NodeId head) {
    const Block* block = blockOf(spec, head);
    return block && isFolded(spec, *block) ? block : nullptr;
}

NodeId pictureHead(const NetworkSpec& spec, NodeId head) {
    const Block* block = foldedBlock(spec, head);
    return block ? dockHead(spec, borderOf(spec, *block).exit) : head;
}

PictureRoom roomOf(const CanvasModel& model, const NetworkSpec& moved) {
    std::vector<Card> cards = model.cards;
    std::map<NodeId, NodeId> headOf;
    for (Card& each : cards) {
        const Position at = moved.node(each.head)->position;
        each.position = {at.x, at.y};
        for (const NodeId node : each.nodes) headOf[node] = each.head;
    }
    return roomForPictures(cards, lineTops(moved, headOf));
}

CanvasModel buildCanvasModel(const NetworkSpec& spec, const Analysis& analysis, const SlotHeight& slotHeight) {
    CanvasModel model;
    const std::set<NodeId> behind = nodesBehindErrors(spec, analysis);
    std::map<NodeId, NodeId> headOf;
    for (const Node& node : spec.nodes()) {
        if (cardHead(spec, node.id) != node.id) continue;
        const Block* block = foldedBlock(spec, node.id);
        model.cards.push_back(block ? makeBlockCard(spec, analysis, *block, behind) : makeCard(spec, analysis, node, behind));
        if (slotHeight) model.cards.back().slotHeight = slotHeight(node.id);
        for (const NodeId each : model.cards.back().nodes) headOf[each] = node.id;
    }
    model.room = roomForPictures(model.cards, lineTops(spec, headOf));
    for (Card& each : model.cards) each.position.setY(model.room.shown(each.position.y()));
    model.frames = makeFrames(spec, analysis, model);
    std::set<std::pair<NodeId, NodeId>> intoBlocks;  // several edges of one layer into a folded block are one link
    for (const Edge& edge : spec.edges()) {
        if (!headOf.contains(edge.from.node) || !headOf.contains(edge.to.node)) continue;
        Link link{.edge = edge.id, .fromCard = headOf[edge.from.node], .toCard = headOf[edge.to.node], .toPort = edge.to.port};
        const Card& target = *model.card(link.toCard);
        if (target.block.isEmpty() ? isDocked(spec, edge.to.node) : link.fromCard == link.toCard) continue;
        if (!target.block.isEmpty()) {
            link.toPort = 0;
            if (!intoBlocks.emplace(edge.from.node, link.toCard).second) continue;
        }
        link.shape = shapeText(analysis, edge.from.node);
        link.shapeChanges = changesShape(spec, analysis, *model.card(link.fromCard));
        link.wrong = refusesItsInputs(analysis, edge.to.node);
        link.faded = behind.contains(edge.from.node) || behind.contains(edge.to.node);
        link.route = linkRoute(model, *model.card(link.fromCard), target, link.toPort);
        model.links.push_back(std::move(link));
    }
    return model;
}

}  // namespace convolab
