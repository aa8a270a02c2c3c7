// What the canvas shows, computed from a spec: cards with their docked rows, links between cards, shapes and states.
// Plain values and plain functions; no painting and no widgets, so tests read them directly.
#pragma once

#include "core/graph/analysis.h"
#include "core/graph/docking.h"
#include "widgets/canvas/link_curve.h"
#include "widgets/canvas/picture_room.h"
#include "widgets/theme/tokens.h"

#include <QPointF>
#include <QRectF>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace convolab {

// Sizes of a card in logical pixels.
namespace card {
inline constexpr double kWidth = 112, kGap = 56, kPitch = kWidth + kGap;
inline constexpr double kBar = 3, kHeader = 26, kBody = 38, kRow = 20, kFooter = 20;
inline constexpr double kFirstPort = kBar + kHeader + kBody / 2, kPortStep = 24;
inline constexpr double kDisc = 20;
}  // namespace card

// A layer that is drawn as a row in the card before it.
struct CardRow {
    NodeId node;
    QString name;
    QString value;  // parameters, "64"; for flatten the width that leaves it
    GroupColor group = GroupColor::Shape;
    std::optional<Severity> trouble;
    bool operator==(const CardRow&) const = default;
};

struct Card {
    NodeId head;
    std::vector<NodeId> nodes;  // the head, then the docked layers in order
    std::vector<CardRow> rows;  // of the docked layers
    GroupColor group = GroupColor::Shape;
    QString name, summary, shape, parameters, macs;
    QString block;              // of this name, folded; its layers are `nodes`, the one that feeds what follows is last
    QPointF position;           // upper left corner, with what pictures above need of room
    int inputPorts = 0;         // including free ones
    bool outputPort = false;
    double slotHeight = 0;      // for what a lens draws
    std::optional<Severity> trouble;  // the worst diagnostic of any of its nodes
    NodeId troubledNode;
    bool faded = false;         // lies behind an error

    NodeId tail() const { return nodes.back(); }
    double bodyHeight() const;
    double height() const;
    QRectF rect() const { return {position.x(), position.y(), card::kWidth, height()}; }
    QPointF inputPort(int port) const { return {0, card::kFirstPort + port * card::kPortStep}; }  // in the card
    QPointF outputPortPosition() const { return {card::kWidth, card::kFirstPort}; }
    QRectF rowRect(std::size_t row) const;  // in the card
    QRectF slotRect() const;                // in the card
    QPointF disc() const { return {card::kWidth - 4, 2}; }  // centre, in the card
    bool operator==(const Card&) const = default;
};

// An edge between two cards; edges inside a card are not drawn.
struct Link {
    EdgeId edge;
    NodeId fromCard, toCard;  // heads
    int toPort = 0;
    QString shape{};          // "?" where unknown
    bool shapeChanges = false;
    bool wrong = false;       // leads into a layer that refuses it
    bool faded = false;
    LinkRoute route{};        // past the cards between
    bool operator==(const Link&) const = default;
};

// An open block: a frame with its name around the cards of its layers.
struct BlockFrame {
    QString name, title;
    std::vector<NodeId> nodes, heads;
    QRectF rect;
    bool operator==(const BlockFrame&) const = default;
};
QRectF frameAround(const QRectF& cards);
QRectF frameTitle(const QRectF& frame);  // the strip that is pressed and dragged

struct CanvasModel {
    std::vector<Card> cards;  // in the order of the spec's nodes
    std::vector<Link> links;
    std::vector<BlockFrame> frames;
    PictureRoom room;         // between the spec's positions and those of the cards

    const Card* cardOf(NodeId node) const;  // the card in which a node is drawn
    const Card* card(NodeId head) const;
    QRectF bounds() const;
    QPointF inSpec(QPointF shown) const { return {shown.x(), room.meant(shown.y())}; }
};

using SlotHeight = std::function<int(NodeId)>;
PictureRoom roomOf(const CanvasModel& model, const NetworkSpec& moved);  // with its cards where `moved` has them
CanvasModel buildCanvasModel(const NetworkSpec& spec, const Analysis& analysis, const SlotHeight& slotHeight = {});

// The layers of the card in which `node` is drawn, head first; of a folded block the one that feeds what follows last.
std::vector<NodeId> cardChain(const NetworkSpec& spec, NodeId node);
bool hasOutputPort(const NetworkSpec& spec, NodeId node);  // everything but an output layer

// The layer that stands for a card in pictures of single layers: its head; of a folded block the head of its last layer.
NodeId pictureHead(const NetworkSpec& spec, NodeId head);
const Block* foldedBlock(const NetworkSpec& spec, NodeId head);  // that the card shows; none: a layer's card

}  // namespace convolab
