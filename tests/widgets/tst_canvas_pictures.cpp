// The pictures of a lens in the cards: they push what stands below, never vanish, and cover neither cards nor shapes.
#include "tests/widgets/canvas_bench.h"

#include "core/graph/block_edits.h"
#include "core/graph/blocks.h"
#include "core/graph/layout.h"
#include "widgets/canvas/card_decorator.h"
#include "widgets/canvas/picture_room.h"
#include "widgets/canvas/spec_layout.h"

#include <QPainter>

using namespace convolab;

namespace {

constexpr int kSlot = 240;

struct Lens : CardDecorator {
    int slotHeight(NodeId) const override { return kSlot; }
    void paint(QPainter& painter, const QRectF& slot, NodeId) const override { painter.fillRect(slot, Qt::magenta); }
};

// A residual and an inception block between the layers of the small chain, open.
NetworkSpec branched() {
    NetworkSpec spec = smallChain();
    const auto residual = insertBlockBehind(spec, "basic_residual", spec.nodeByName("ReLU")->id, {{"filters", std::int64_t{32}}});
    const auto inception = insertBlockBehind(spec, "inception_v1", borderOf(spec, *blockNamed(spec, *residual)).exit);
    autoLayout(spec);
    setFolded(spec, *residual, false);
    setFolded(spec, *inception, false);
    return spec;
}

// Two branches by hand, one card below the other, closer than any picture is high.
NetworkSpec twoBranches() {
    NetworkSpec spec;
    const NodeId input = spec.addNode("input", {}, "Input", {0, 0});
    const NodeId upper = spec.addNode("conv2d", {}, "Upper", {168, 0}), lower = spec.addNode("conv2d", {}, "Lower", {168, 140});
    const NodeId add = spec.addNode("add", {}, "Add", {336, 0});
    for (const NodeId conv : {upper, lower}) {
        (void)spec.connect({input, 0}, {conv, 0});
        spec.setAttribute(conv, "filters", std::int64_t{4});
    }
    (void)spec.connect({upper, 0}, {add, 0});
    (void)spec.connect({lower, 0}, {add, 1});
    return spec;
}

void verifyApart(const CanvasScene& scene, const std::string& which) {
    const std::vector<Card>& cards = scene.model().cards;
    for (std::size_t i = 0; i < cards.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const QString both = cards[i].name + QStringLiteral(" and ") + cards[j].name;
            QVERIFY2(!cards[i].rect().intersects(cards[j].rect()), qPrintable(QString::fromStdString(which) + ": " + both));
        }
    }
    for (const Link& link : scene.model().links) {
        if (!link.shapeChanges) continue;
        const QRectF shape = scene.linkItem(link.edge)->labelBox();
        // Between two cards of a row there is room for 56 px; a longer text touches both.
        if (shape.width() > card::kGap) continue;
        for (const Card& each : cards) QVERIFY2(!each.rect().intersects(shape), qPrintable(each.name + " covers " + link.shape));
    }
}

}  // namespace

class TestCanvasPictures : public QObject {
    Q_OBJECT

private slots:
    void aCardWithAnotherBelowKeepsItsPicture() {
        CanvasBench bench(twoBranches());
        Lens lens;
        bench.canvas.setDecorator(&lens);
        bench.canvas.fit(false);
        for (const char* name : {"Upper", "Lower"}) {
            QCOMPARE(bench.item(name).card().slotHeight, double(kSlot));
            const QImage image = bench.canvas.viewport()->grab().toImage();
            const QPoint middle = bench.at(bench.item(name).pos() + bench.item(name).card().slotRect().center());
            QCOMPARE(image.pixelColor(middle), QColor(Qt::magenta));
        }
        verifyApart(bench.canvas.canvas(), "by hand");
        QCOMPARE(bench.spec().node(bench.id("Lower"))->position, (Position{168, 140}));  // only drawn lower
        bench.canvas.setDecorator(nullptr);
        QCOMPARE(bench.item("Lower").pos(), QPointF(168, 140));
    }

    void rowsStayRows() {
        CanvasBench bench(branched());
        const auto rowsOf = [&] {
            std::map<double, std::set<double>> shown;  // by the spec's row
            for (const Card& each : bench.canvas.canvas().model().cards) shown[bench.spec().node(each.head)->position.y].insert(each.position.y());
            return shown;
        };
        const auto plain = rowsOf();
        QVERIFY(plain.size() >= 4);
        Lens lens;
        bench.canvas.setDecorator(&lens);
        double before = -1e9;
        for (const auto& [row, shown] : rowsOf()) {
            QCOMPARE(shown.size(), std::size_t(1));
            QVERIFY(*shown.begin() > before + kSlot || before < -1e8);
            before = *shown.begin();
        }
        for (const Card& each : bench.canvas.canvas().model().cards) {
            QCOMPARE(each.position.x(), bench.spec().node(each.head)->position.x);  // switching lens moves nothing sideways
            QCOMPARE(each.slotHeight, double(kSlot));
        }
        verifyApart(bench.canvas.canvas(), "branched");
    }

    void openedPresets_data() {
        QTest::addColumn<QString>("preset");
        for (const char* name : {"resnet-20", "resnet-18", "resnet-50", "googlenet", "squeezenet-1.1", "mobilenet-v2-32"}) QTest::newRow(name) << name;
    }
    void openedPresets() {
        QFETCH(QString, preset);
        NetworkSpec spec = makePreset(preset.toStdString()).value();
        for (const Block& block : std::vector<Block>(spec.blocks())) setFolded(spec, block.name, false);
        CanvasBench bench(std::move(spec));
        Lens lens;
        bench.canvas.setDecorator(&lens);
        verifyApart(bench.canvas.canvas(), preset.toStdString());
        bench.canvas.setDecorator(nullptr);
        verifyApart(bench.canvas.canvas(), preset.toStdString());
    }

    void aFoldedBlockHasAPicture() {
        NetworkSpec spec = branched();
        for (const Block& block : std::vector<Block>(spec.blocks())) setFolded(spec, block.name, true);
        CanvasBench bench(spec);
        Lens lens;
        bench.canvas.setDecorator(&lens);
        int blocks = 0;
        for (const Card& each : bench.canvas.canvas().model().cards) {
            if (each.block.isEmpty()) continue;
            ++blocks;
            QCOMPARE(each.slotHeight, double(kSlot));
            // The layer that stands for it is the one whose output leaves the block, or the card that it docks to.
            const NodeId stands = pictureHead(bench.spec(), each.head);
            QVERIFY(bench.spec().node(stands)->kind == "add" || bench.spec().node(stands)->kind == "concat");
            QCOMPARE(pictureHead(bench.spec(), bench.id("Pool")), bench.id("Pool"));
        }
        QCOMPARE(blocks, 2);
    }

    // The picture on a block's card is of another layer than its first: a press on it may select that one.
    void aPressOnABlocksPictureSelectsWhatItShows() {
        NetworkSpec spec = branched();
        for (const Block& block : std::vector<Block>(spec.blocks())) setFolded(spec, block.name, true);
        CanvasBench bench(spec);
        struct Selecting : Lens {
            bool press(const QRectF&, NodeId head, QPointF, Qt::KeyboardModifiers) override {
                if (selects) selection->only(pictureHead(*network, head));
                return true;
            }
            CanvasSelection* selection = nullptr;
            const NetworkSpec* network = nullptr;
            bool selects = true;
        } lens;
        lens.selection = &bench.canvas.selection();
        lens.network = &bench.spec();
        bench.canvas.setDecorator(&lens);
        const Block block = bench.spec().blocks().front();
        const CardItem& item = *bench.canvas.canvas().cardItemOf(block.nodes.front());
        bench.canvas.centerOn(item.rect().center());
        const QPoint place = bench.at(item.pos() + item.card().slotRect().center());
        bench.click(place);
        QCOMPARE(bench.canvas.selection().nodeList(), std::vector<NodeId>{pictureHead(bench.spec(), block.nodes.front())});
        bench.canvas.selection().clear();
        lens.selects = false;
        bench.click(place);
        QCOMPARE(bench.canvas.selection().nodeList(), std::vector<NodeId>{block.nodes.front()});
    }

    void aCardStaysWhereItIsDropped() {
        CanvasBench bench(twoBranches());
        Lens lens;
        bench.canvas.setDecorator(&lens);
        bench.canvas.fit(false);
        bench.canvas.setZoom(1, {0, 0});
        bench.canvas.centerOn(bench.item("Lower").rect().center());
        const NetworkSpec before = bench.spec();
        const QPointF from = bench.item("Lower").pos();
        bench.drag(bench.header("Lower"), bench.header("Lower") + QPoint(0, 20));
        QCOMPARE(bench.item("Lower").pos(), from + QPointF(0, 20));
        QCOMPARE(bench.spec().node(bench.id("Lower"))->position, (Position{168, 160}));  // as far as it was seen to go
        bench.key(Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(bench.spec() == before);
        // Far below, the picture takes what room there is: then it is pushed less.
        bench.drag(bench.header("Lower"), bench.header("Lower") + QPoint(0, 120));
        QCOMPARE(bench.item("Lower").pos(), from + QPointF(0, 120));
        bench.key(Qt::Key_Z, Qt::ControlModifier);
        // Beside all others nothing pushes it any more.
        bench.drag(bench.header("Lower"), bench.header("Lower") + QPoint(336, 60));
        QCOMPARE(bench.item("Lower").pos(), from + QPointF(336, 60));
        bench.key(Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(bench.item("Lower").pos(), from);
        // Onto the picture of another one: it cannot stay there.
        bench.drag(bench.header("Lower"), bench.header("Lower") - QPoint(0, 100));
        verifyApart(bench.canvas.canvas(), "dropped on a picture");
    }

    void aNewLayerLandsWhereItIsDropped() {
        CanvasBench bench(twoBranches());
        Lens lens;
        bench.canvas.setDecorator(&lens);
        bench.canvas.centerOn(bench.item("Lower").rect().center() + QPointF(100, 0));
        const QPointF wanted = bench.item("Lower").pos() + QPointF(336, 40);
        bench.drop("conv2d", bench.at(wanted + QPointF(card::kWidth / 2, card::kBar + card::kHeader / 2)));
        const Node& added = bench.spec().nodes().back();
        QCOMPARE(added.kind, std::string("conv2d"));
        QVERIFY(bench.spec().edgesInto(added.id).empty());
        QVERIFY(std::abs(bench.canvas.canvas().cardItemOf(added.id)->pos().y() - wanted.y()) <= kSnap);
        QCOMPARE(added.position.y, 180.0);
    }

    void roomIsThereAndBack() {
        PictureRoom room;
        QVERIFY(room.isEmpty());
        QCOMPARE(room.meant(12.0), 12.0);
        room.open(100, 50);
        room.open(300, 20);
        room.open(100, 10);
        room.open(-40, 5);
        for (double y = -100; y < 500; y += 4) QCOMPARE(room.meant(room.shown(y)), y);
        QCOMPARE(room.shown(-44), -44.0);
        QCOMPARE(room.shown(99), 104.0);
        QCOMPARE(room.shown(100), 165.0);
        QCOMPARE(room.shown(300), 385.0);
        QCOMPARE(room.meant(130), 100.0);  // inside the opened room
        double last = -1e9;
        for (double y = -100; y < 600; y += 1) {
            QVERIFY(room.meant(y) >= last);
            last = room.meant(y);
        }
    }

    // A shape that a card stands on moves along its edge.
    void shapesStandBesideTheCards() {
        NetworkSpec spec = twoBranches();
        spec.setPosition(spec.nodeByName("Add")->id, {560, 0});
        const NodeId wall = spec.addNode("conv2d", {}, "Wall", {364, 900});
        CanvasBench bench(spec);
        // The line runs below it, the shape would stand above the line.
        const double line = bench.item("Lower").outputPort().y(), height = bench.item("Wall").card().height();
        bench.document.edit("above", [&](NetworkSpec& edited) { edited.setPosition(wall, {364, line - 6 - height}); });
        const EdgeId edge = bench.spec().edgesOutOf(bench.id("Lower")).front()->id;
        const LinkItem& link = *bench.canvas.canvas().linkItem(edge);
        QCOMPARE(link.link().route.turn, LinkRoute::Turn::AtEnd);
        const QRectF middle = shapeLabelBox(link.link(), link.from(), link.to(), 0.5);
        QVERIFY(bench.item("Wall").rect().intersects(middle));
        QVERIFY(!bench.item("Wall").rect().intersects(link.labelBox()));
        QVERIFY(link.boundingRect().contains(link.labelBox()));
        bench.document.edit("away", [&](NetworkSpec& edited) { edited.setPosition(wall, {364, 900}); });
        QCOMPARE(link.labelBox(), shapeLabelBox(link.link(), link.from(), link.to(), 0.5));
    }
};

QTEST_MAIN(TestCanvasPictures)
#include "tst_canvas_pictures.moc"
