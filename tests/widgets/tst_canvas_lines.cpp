// A long network on the canvas: lines below one another, links that lead back between them, and "Arrange".
#include "tests/widgets/canvas_bench.h"

#include "core/graph/blocks.h"
#include "core/graph/layout.h"
#include "widgets/canvas/card_decorator.h"
#include "widgets/canvas/link_curve.h"
#include "widgets/canvas/spec_edits.h"

#include <QMenu>

using namespace convolab;

namespace {

NetworkSpec longNetwork() { return makePreset("vgg-16").value(); }

/// The links from the end of a line to the start of the next.
std::vector<Link> backLinks(const CanvasModel& model) {
    std::vector<Link> links;
    for (const Link& link : model.links)
        if (model.card(link.toCard)->position.x() < model.card(link.fromCard)->position.x()) links.push_back(link);
    return links;
}

QPainterPath curveOf(const CanvasModel& model, const Link& link) {
    const Card& from = *model.card(link.fromCard);
    const Card& to = *model.card(link.toCard);
    return linkCurve(from.position + from.outputPortPosition(), to.position + to.inputPort(link.toPort), link.route);
}

}  // namespace

class TestCanvasLines : public QObject {
    Q_OBJECT

private slots:
    // With the pictures of a lens as without them, no link runs behind a card.
    void linksLeadBackBetweenTheLines() {
        const NetworkSpec spec = longNetwork();
        const Analysis analysis = analyze(spec);
        for (const int slot : {0, 120, 300}) {
            const CanvasModel model = buildCanvasModel(spec, analysis, [slot](NodeId) { return slot; });
            const auto links = backLinks(model);
            QVERIFY(!links.empty());
            for (const Link& link : links) {
                QVERIFY(link.route.over.has_value());
                const QPainterPath curve = curveOf(model, link);
                for (const Card& card : model.cards) {
                    for (double along = 0; along <= 1; along += 0.002)
                        QVERIFY2(!card.rect().adjusted(1, 1, -1, -1).contains(curve.pointAtPercent(along)), qPrintable(card.name));
                }
            }
            for (const Card& card : model.cards) {
                for (const Card& other : model.cards)
                    if (other.head != card.head) QVERIFY(!card.rect().intersects(other.rect()));
                if (slot > 0) QVERIFY2(card.slotHeight >= std::min<double>(slot, kPictureRoom), "room for the picture");
            }
        }
    }

    void aLinkThatLeadsBackTakesADrop() {
        CanvasBench bench(longNetwork());
        bench.canvas.fit(false);
        const CanvasModel& model = bench.canvas.canvas().model();
        const Link link = backLinks(model).front();
        const QPointF middle((model.card(link.fromCard)->position.x() + model.card(link.toCard)->position.x()) / 2, *link.route.over);
        const DropPlan plan = planDrop(bench.spec(), model, "conv2d", middle);
        QCOMPARE(plan.target, DropTarget::OnEdge);
        QCOMPARE(plan.edge, link.edge);
        const QPointF end = model.card(link.fromCard)->position;
        const NetworkSpec before = bench.spec();
        const NodeId added = bench.canvas.commands().drop(plan);
        QCOMPARE(bench.spec().node(added)->position, (Position{end.x() + card::kPitch, end.y()}));
        for (const Node& node : before.nodes()) QCOMPARE(bench.spec().node(node.id)->position, node.position);
    }

    void aCardInALineMovesOnlyThatLine() {
        CanvasBench bench(longNetwork());
        const NetworkSpec before = bench.spec();
        bench.canvas.selection().only(before.topologicalOrder().front());
        bench.canvas.commands().add("max_pool");
        int moved = 0;
        for (const Node& node : before.nodes()) {
            const Position now = bench.spec().node(node.id)->position;
            if (now == node.position) continue;
            ++moved;
            QCOMPARE(now, (Position{node.position.x + card::kPitch, node.position.y}));
            QCOMPARE(before.node(cardHead(before, node.id))->position.y, 0.0);
        }
        QVERIFY(moved > 0);
    }

    void arrowKeysGoFromLineToLine() {
        CanvasBench bench(longNetwork());
        const Link link = backLinks(bench.canvas.canvas().model()).front();
        bench.canvas.selection().only(link.fromCard);
        bench.key(Qt::Key_Right);
        QCOMPARE(bench.canvas.selection().current(), link.toCard);
        bench.key(Qt::Key_Left);
        QCOMPARE(bench.canvas.selection().current(), link.fromCard);
    }

    void arrangeIsOneStep() {
        CanvasBench bench(longNetwork());
        const NetworkSpec first = bench.spec();
        bench.document.edit("scatter", [](NetworkSpec& spec) {
            double place = 0;
            for (const Node& node : std::vector<Node>(spec.nodes())) spec.setPosition(node.id, {place += 37, -place});
        });
        const NetworkSpec scattered = bench.spec();
        bench.key(Qt::Key_L);
        QVERIFY(bench.spec() == first);
        QCOMPARE(bench.document.undoStack().undoText(), QString("Arrange"));
        const QRectF shown = bench.canvas.mapToScene(bench.canvas.viewport()->rect()).boundingRect();
        QVERIFY(shown.contains(bench.canvas.canvas().cardBounds()));
        bench.document.undoStack().undo();
        QVERIFY(bench.spec() == scattered);
        const auto menu = bench.canvas.contextMenu({}, {5, 5});
        QAction* arrange = nullptr;
        for (QAction* action : menu->actions())
            if (action->text() == "Arrange") arrange = action;
        QVERIFY(arrange);
        arrange->trigger();
        QVERIFY(bench.spec() == first);
        // A network that stands as arranged is left alone.
        const int steps = bench.document.undoStack().index();
        bench.key(Qt::Key_L);
        QCOMPARE(bench.document.undoStack().index(), steps);
    }
};

QTEST_MAIN(TestCanvasLines)
#include "tst_canvas_lines.moc"
