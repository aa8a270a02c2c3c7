// The canvas: what it computes and paints from a spec, in the same call as the edit; random edits; time to paint.
#include "tests/widgets/canvas_bench.h"

#include "widgets/canvas/card_decorator.h"
#include "widgets/canvas/spec_edits.h"

#include <QAccessible>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QScrollBar>
#include <QSignalSpy>

using namespace convolab;

namespace {

bool near(QColor a, QColor b, int tolerance = 12) {
    return std::abs(a.red() - b.red()) <= tolerance && std::abs(a.green() - b.green()) <= tolerance && std::abs(a.blue() - b.blue()) <= tolerance;
}

void randomEdit(CanvasBench& bench, QRandomGenerator& dice) {
    const NetworkSpec& spec = bench.spec();
    const auto anyNode = [&] { return spec.nodes()[dice.bounded(quint32(spec.nodes().size()))].id; };
    const auto anyKind = [&] { return layerKinds()[dice.bounded(quint32(layerKinds().size()))]->id; };
    if (spec.nodes().size() < 4) {
        bench.canvas.addLayer(anyKind());
        return;
    }
    switch (dice.bounded(9)) {
        case 0: bench.canvas.commands().add(anyKind()); break;
        case 1: {
            const QPointF at(dice.bounded(1400) - 100, dice.bounded(500) - 100);
            bench.canvas.commands().drop(planDrop(spec, bench.canvas.canvas().model(), anyKind(), at));
            break;
        }
        case 2:
            bench.canvas.selection().only(anyNode());
            bench.canvas.commands().removeSelected();
            break;
        case 3: {
            const NodeId from = anyNode(), to = anyNode();
            const ConnectVerdict verdict = connectVerdict(spec, {from, 0}, freeInputPort(spec, to));
            if (verdict.allowed) bench.canvas.commands().connect({from, 0}, verdict.to);
            break;
        }
        case 4:
            if (!spec.edges().empty()) {
                bench.canvas.selection().set({}, {spec.edges()[dice.bounded(quint32(spec.edges().size()))].id});
                bench.canvas.commands().removeSelected();
            }
            break;
        case 5:
            bench.canvas.selection().only(anyNode());
            bench.canvas.commands().nudge(4 * dice.bounded(-9, 9), 4);
            break;
        case 6:
            if (spec.nodes().size() < 40) {
                bench.canvas.selection().set({anyNode(), anyNode()});
                bench.canvas.commands().duplicateSelected();
            }
            break;
        case 7: (void)bench.canvas.commands().rename(anyNode(), QStringLiteral("Name %1").arg(dice.bounded(1000))); break;
        default: {
            const auto& problems = bench.document.analysis().diagnostics;
            for (const Diagnostic& problem : problems)
                if (!problem.fixes.empty()) {
                    bench.canvas.applyFix(Fix(problem.fixes[dice.bounded(quint32(problem.fixes.size()))]));
                    break;
                }
        }
    }
}

}  // namespace

class TestCanvas : public QObject {
    Q_OBJECT

private slots:
    void layersDockInTheCardBeforeThem() {
        const NetworkSpec spec = smallChain();
        const CanvasModel model = buildCanvasModel(spec, analyze(spec));
        QCOMPARE(model.cards.size(), std::size_t(4));
        QCOMPARE(model.links.size(), std::size_t(3));
        const Card* conv = model.card(spec.nodeByName("Conv")->id);
        QCOMPARE(conv->rows.size(), std::size_t(1));
        QCOMPARE(conv->shape, QString::fromUtf8("16×26×26"));
        QCOMPARE(conv->parameters, "160 par.");
        const Card* dense = model.card(spec.nodeByName("Dense")->id);
        QCOMPARE(dense->rows.size(), std::size_t(2));
        QVERIFY(!dense->outputPort);
    }

    void aBranchUndocks() {
        NetworkSpec spec = smallChain();
        const NodeId add = spec.addNode("add", {}, "Add");
        QVERIFY(spec.connect({spec.nodeByName("Conv")->id, 0}, {add, 0}).ok());
        const CanvasModel model = buildCanvasModel(spec, analyze(spec));
        QVERIFY(model.card(spec.nodeByName("ReLU")->id));
    }

    void whatFollowsAnErrorIsFadedAndUnknown() {
        NetworkSpec spec = smallChain();
        spec.setAttribute(spec.nodeByName("Conv")->id, "kernel", std::vector<std::int64_t>{31, 31});
        const CanvasModel model = buildCanvasModel(spec, analyze(spec));
        QCOMPARE(model.card(spec.nodeByName("Conv")->id)->trouble, std::optional(Severity::Error));
        const Card* dense = model.card(spec.nodeByName("Dense")->id);
        QVERIFY(dense->faded);
        QCOMPARE(dense->shape, "?");
    }

    void everythingFollowsInTheSameCall() {
        CanvasBench bench(smallChain());
        QSignalSpy changed(&bench.document, &SpecEditor::specChanged);
        const NodeId conv = bench.id("Conv");
        bench.document.edit("filters", [&](NetworkSpec& spec) { spec.setAttribute(conv, "filters", std::int64_t{32}); });
        QCOMPARE(changed.size(), 1);
        QCOMPARE(bench.item("Conv").card().shape, QString::fromUtf8("32×26×26"));
        QCOMPARE(bench.item("Conv").card().parameters, "320 par.");
        const EdgeId edge = bench.spec().edgesOutOf(bench.id("ReLU")).front()->id;
        QCOMPARE(bench.canvas.canvas().linkItem(edge)->link().shape, QString::fromUtf8("32×26×26"));
    }

    void aCardIsPaintedInItsColours() {
        CanvasBench bench(smallChain());
        bench.canvas.selection().only(bench.id("Conv"));
        for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
            bench.theme.setMode(mode);
            const Tokens& t = bench.theme.current();
            const QImage image = bench.canvas.viewport()->grab().toImage();
            const QPoint corner = bench.at(bench.item("Conv").pos());
            QVERIFY(near(image.pixelColor(corner + QPoint(56, 1)), toQColor(t.group(GroupColor::Convolution))));
            QVERIFY(near(image.pixelColor(corner + QPoint(-1, 60)), toQColor(t.accent)));
            QVERIFY(near(image.pixelColor(corner + QPoint(100, 9)), toQColor(t.bg3)));
            const QPoint pool = bench.at(bench.item("Pool").pos());
            QVERIFY(!near(image.pixelColor(pool + QPoint(-1, 60)), toQColor(t.accent)));
            QVERIFY(near(image.pixelColor(corner + QPoint(56, -40)), toQColor(t.bg2), 14));
        }
    }

    void anErrorIsPaintedRed() {
        NetworkSpec spec = smallChain();
        spec.setAttribute(spec.nodeByName("Conv")->id, "kernel", std::vector<std::int64_t>{31, 31});
        CanvasBench bench(spec);
        const QImage image = bench.canvas.viewport()->grab().toImage();
        const QPoint disc = bench.at(bench.item("Conv").pos() + bench.item("Conv").card().disc());
        QVERIFY(near(image.pixelColor(disc + QPoint(-6, 0)), toQColor(bench.theme.current().error)));
    }

    void aLensDrawsIntoItsSlot() {
        struct Lens : CardDecorator {
            int slotHeight(NodeId) const override { return 40; }
            void paint(QPainter& painter, const QRectF& slot, NodeId) const override { painter.fillRect(slot, Qt::magenta); }
        } lens;
        CanvasBench bench(smallChain());
        const double before = bench.item("Conv").card().height();
        bench.canvas.setDecorator(&lens);
        QCOMPARE(bench.item("Conv").card().height(), before + 40);
        const QImage image = bench.canvas.viewport()->grab().toImage();
        const QPoint slot = bench.at(bench.item("Conv").pos() + bench.item("Conv").card().slotRect().center());
        QCOMPARE(image.pixelColor(slot), QColor(Qt::magenta));
        bench.canvas.setDecorator(nullptr);
        QCOMPARE(bench.item("Conv").card().height(), before);
    }

    void aFittedViewStaysFittedUntilSomebodyMovesIt() {
        CanvasBench bench(smallChain());
        CanvasView& canvas = bench.canvas;
        const auto allInView = [&] { return canvas.mapToScene(canvas.viewport()->rect()).boundingRect().contains(canvas.canvas().cardBounds()); };
        const auto resizeTo = [&](int width, int height) {
            canvas.resize(width, height);
            QCoreApplication::processEvents();
        };
        canvas.fit(false);
        const double wide = canvas.zoom();
        resizeTo(400, 640);
        QVERIFY(canvas.zoom() < wide && allInView());
        resizeTo(1200, 640);
        QCOMPARE(canvas.zoom(), wide);
        QVERIFY(allInView());

        // A lens that makes the cards high: all of them again, and without it as before.
        struct Lens : CardDecorator {
            int slotHeight(NodeId) const override { return height; }
            void paint(QPainter&, const QRectF&, NodeId) const override {}
            int height = 900;
        } lens;
        canvas.setDecorator(&lens);
        QVERIFY(canvas.zoom() < wide && allInView());
        canvas.setDecorator(nullptr);
        QCOMPARE(canvas.zoom(), wide);
        // One that fits moves no card.
        const QPoint before = bench.header("Conv");
        lens.height = 60;
        canvas.setDecorator(&lens);
        QCOMPARE(bench.header("Conv"), before);
        canvas.setDecorator(nullptr);

        canvas.horizontalScrollBar()->setValue(canvas.horizontalScrollBar()->value() + 30);
        resizeTo(400, 640);
        QCOMPARE(canvas.zoom(), wide);
        canvas.fit(false);
        canvas.setZoom(0.9, {0, 0});
        resizeTo(1200, 640);
        QCOMPARE(canvas.zoom(), 0.9);
    }

    void theMapIsThereOnlyWhenNeeded() {
        CanvasBench bench(smallChain());
        auto* map = bench.canvas.findChild<QWidget*>("minimap");
        QVERIFY(!map->isVisible());
        bench.canvas.setZoom(4, {0, 0});
        QVERIFY(map->isVisible());
    }

    void screenReadersFindTheLayers() {
        CanvasBench bench(smallChain());
        bench.canvas.selection().only(bench.id("Pool"));
        QAccessibleInterface* canvas = QAccessible::queryAccessibleInterface(&bench.canvas);
        QVERIFY(canvas->text(QAccessible::Name).contains("8"));
        QAccessibleInterface* pool = nullptr;
        for (int i = 0; i < canvas->childCount(); ++i)
            if (canvas->child(i)->text(QAccessible::Name) == "Pool") pool = canvas->child(i);
        QVERIFY(pool);
        QVERIFY(pool->text(QAccessible::Description).contains(QString::fromUtf8("16×13×13")));
        QVERIFY(pool->state().selected);
        QCOMPARE(canvas->child(canvas->indexOfChild(pool)), pool);
        const QPoint middle = pool->rect().center();
        QCOMPARE(canvas->childAt(middle.x(), middle.y()), pool);
        bench.canvas.commands().removeSelected();
        QVERIFY(!pool->isValid());
    }

    void anEditThatChangesNothingIsNoStep() {
        CanvasBench bench(smallChain());
        bench.document.edit("nothing", [](NetworkSpec&) {});
        QVERIFY(!bench.document.undoStack().canUndo());
    }

    void randomEditsUndoAndRedo() {
        CanvasBench bench(smallChain());
        const NetworkSpec first = bench.spec();
        QRandomGenerator dice(7);
        std::vector<NetworkSpec> history;
        for (int i = 0; i < 1000; ++i) randomEdit(bench, dice);
        const NetworkSpec last = bench.spec();
        auto& stack = bench.document.undoStack();
        QVERIFY(stack.count() > 500);
        const auto itemsMatch = [&] {
            const CanvasModel model = buildCanvasModel(bench.spec(), bench.document.analysis());
            return bench.canvas.canvas().items().size() == qsizetype(model.cards.size() + model.links.size());
        };
        QVERIFY(itemsMatch());
        while (stack.canUndo()) stack.undo();
        QVERIFY(bench.spec() == first);
        QVERIFY(itemsMatch());
        while (stack.canRedo()) stack.redo();
        QVERIFY(bench.spec() == last);
        QVERIFY(itemsMatch());
    }

    void aHundredLayersPanQuickly() {
        NetworkSpec spec;
        NodeId before = spec.addNode("input", {{"shape", std::vector<std::int64_t>{3, 64, 64}}}, "Input");
        for (int i = 0; i < 99; ++i) {
            const NodeId node = spec.addNode("conv2d", {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}, {},
                                             {card::kPitch * (i % 14), 160.0 * (i / 14)});
            QVERIFY(spec.connect({before, 0}, {node, 0}).ok());
            before = node;
        }
        CanvasBench bench(spec);
        bench.canvas.resize(1400, 900);
        bench.canvas.fit(false);
        QImage target(bench.canvas.viewport()->size(), QImage::Format_RGB32);
        bench.canvas.viewport()->render(&target);
        QElapsedTimer timer;
        timer.start();
        constexpr int kFrames = 20;
        for (int i = 0; i < kFrames; ++i) {
            bench.canvas.centerOn(bench.canvas.mapToScene(bench.canvas.viewport()->rect().center()) + QPointF(8, 3));
            bench.canvas.viewport()->render(&target);
        }
        const double paint = double(timer.nsecsElapsed()) / 1e6 / kFrames;
        timer.start();
        for (int i = 0; i < kFrames; ++i)
            bench.document.edit("filters", [&](NetworkSpec& changed) { changed.setAttribute(before, "filters", std::int64_t{8 + i}); });
        const double edit = double(timer.nsecsElapsed()) / 1e6 / kFrames;
        qInfo("100 layers: one full repaint %.1f ms, one edit with analysis and sync %.1f ms", paint, edit);
        QVERIFY2(paint < 100 && edit < 100, "far from interactive, whatever else the machine does");
    }
};

QTEST_MAIN(TestCanvas)
#include "tst_canvas.moc"
