// Every gesture of the canvas, by mouse and keyboard events; each must change the document as it says, and undo must bring
// back exactly what was there.
#include "tests/widgets/canvas_bench.h"

#include "widgets/canvas/spec_edits.h"
#include "widgets/diagnostics/diagnostic_popover.h"

#include <QClipboard>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>

using namespace convolab;

class TestCanvasGestures : public QObject {
    Q_OBJECT

    // Undo leads back to `before`, redo to what is there now; one step.
    static void checkOneStep(CanvasBench& bench, const NetworkSpec& before, int steps = 1) {
        const NetworkSpec after = bench.spec();
        QVERIFY(!(after == before));
        QCOMPARE(bench.document.undoStack().index(), steps);
        for (int i = 0; i < steps; ++i) bench.document.undoStack().undo();
        QVERIFY(bench.spec() == before);
        for (int i = 0; i < steps; ++i) bench.document.undoStack().redo();
        QVERIFY(bench.spec() == after);
        QCOMPARE(bench.canvas.canvas().model().cards.size(), buildCanvasModel(after, bench.document.analysis()).cards.size());
    }

private slots:
    void dropOnEdgeInserts() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        const double pool = bench.item("Pool").pos().x();
        bench.drop("conv2d", bench.middleOf("ReLU", "Pool"));
        QCOMPARE(bench.chain("Input"), "Input > Conv > ReLU > Conv 1 > Pool > Flatten > Dense > Softmax > Output");
        QCOMPARE(bench.item("Pool").pos().x(), pool + card::kPitch);  // made room
        QCOMPARE(bench.item("Conv 1").pos().x(), pool);
        QVERIFY(bench.canvas.selection().contains(bench.id("Conv 1")));
        checkOneStep(bench, before);
    }

    void hoveringShowsWhatWouldHappen() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.hover("conv2d", bench.middleOf("ReLU", "Pool"));
        const auto& preview = bench.canvas.canvas().preview();
        QVERIFY(preview.has_value());
        QCOMPARE(preview->cards.size(), std::size_t(1));
        QCOMPARE(preview->cards[0].shape, QString::fromUtf8("16×24×24"));
        QCOMPARE(preview->label, "between ReLU and Pool");
        QVERIFY(bench.spec() == before);
        QDragLeaveEvent leave;
        QApplication::sendEvent(bench.canvas.viewport(), &leave);
        QVERIFY(!bench.canvas.canvas().preview().has_value());
    }

    void dropBehindTheEndAppendsBeforeTheOutput() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.drop("dense", bench.output("Dense") + QPoint(120, 0));
        QCOMPARE(bench.chain("Input"), "Input > Conv > ReLU > Pool > Flatten > Dense > Dense 1 > Softmax > Output");
        checkOneStep(bench, before);
    }

    void dropNearALooseEndAppends() {
        NetworkSpec spec;
        spec.addNode("input", {}, "Input", {0, 0});
        CanvasBench bench(spec);
        bench.drop("conv2d", bench.output("Input") + QPoint(110, 0));
        QCOMPARE(bench.chain("Input"), "Input > Conv 1");
        checkOneStep(bench, spec);
    }

    void dropOnEmptyCanvasAddsUnconnected() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.drop("conv2d", bench.header("Conv") + QPoint(0, 220));
        const NodeId added = bench.id("Conv 1");
        QVERIFY(added);
        QVERIFY(bench.spec().edgesInto(added).empty() && bench.spec().edgesOutOf(added).empty());
        checkOneStep(bench, before);
    }

    void dropOfADockingLayerOnACardDocks() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.drop("batch_norm", bench.header("Conv"));
        QVERIFY(bench.chain("Input").startsWith("Input > Conv > ReLU > Batch"));
        QCOMPARE(bench.item("Conv").card().rows.size(), std::size_t(2));
        checkOneStep(bench, before);
    }

    void unknownDragIsIgnored() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.drop("no_such_kind", bench.header("Conv"));
        QVERIFY(bench.spec() == before);
    }

    void dragBetweenPortsConnects() {
        NetworkSpec spec;
        spec.addNode("input", {}, "Input", {0, 0});
        spec.addNode("conv2d", {}, "Conv", {200, 40});
        CanvasBench bench(spec);
        bench.drag(bench.output("Input"), bench.input("Conv"));
        QCOMPARE(bench.chain("Input"), "Input > Conv");
        checkOneStep(bench, spec);
        bench.document.undoStack().undo();
        bench.drag(bench.input("Conv"), bench.output("Input"));  // and backwards
        QCOMPARE(bench.chain("Input"), "Input > Conv");
    }

    void refusalsGiveAReason() {
        CanvasBench bench(smallChain());
        const NetworkSpec& spec = bench.spec();
        auto cycle = connectVerdict(spec, {bench.id("Flatten"), 0}, {bench.id("Conv"), 0});
        QVERIFY(!cycle.allowed);
        QVERIFY2(cycle.reason.contains("cycle"), qPrintable(cycle.reason));
        QVERIFY(connectVerdict(spec, {bench.id("Conv"), 0}, {bench.id("Conv"), 0}).reason.contains("itself"));
        QVERIFY(connectVerdict(spec, {bench.id("Conv"), 0}, {bench.id("Input"), 0}).reason.contains("takes no input"));
        const auto replaces = connectVerdict(spec, {bench.id("Input"), 0}, {bench.id("Pool"), 0});
        QVERIFY(replaces.allowed);
        QCOMPARE(replaces.reason, "replaces ReLU");
        // Drawn: the edge into a refused card changes nothing, and the card is greyed meanwhile.
        const NetworkSpec before = spec;
        bench.press(bench.output("Flatten"));
        bench.moveTo(bench.output("Flatten") + QPoint(10, 10));
        bench.moveTo(bench.header("Conv"));
        QVERIFY(bench.item("Conv").look().greyed);
        bench.release(bench.header("Conv"));
        QVERIFY(bench.spec() == before);
        QVERIFY(!bench.item("Conv").look().greyed);
    }

    void mergesAcceptMore() {
        NetworkSpec spec = smallChain();
        const NodeId add = spec.addNode("add", {}, "Add", {400, 200});
        CanvasBench bench(spec);
        bench.drag(bench.output("Conv"), bench.header("Add"));
        bench.drag(bench.output("Pool"), bench.header("Add"));
        bench.drag(bench.output("Input"), bench.header("Add"));
        QCOMPARE(bench.spec().edgesInto(add).size(), std::size_t(3));
        checkOneStep(bench, spec, 3);
    }

    void draggingAnEdgesEndAwayDisconnectsOrReconnects() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.drag(bench.input("Pool"), bench.input("Pool") + QPoint(-10, 200));
        QVERIFY(bench.spec().edgesInto(bench.id("Pool")).empty());
        checkOneStep(bench, before);
        bench.document.undoStack().undo();
        bench.drag(bench.input("Pool"), bench.input("Dense"));  // Conv's edge goes to Dense instead
        QVERIFY(bench.spec().edgesInto(bench.id("Pool")).empty());
        QCOMPARE(bench.spec().edgesInto(bench.id("Dense")).front()->from.node, bench.id("ReLU"));
    }

    void cardsMoveOnTheGridTogether() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.click(bench.header("Conv"));
        bench.click(bench.header("Pool"), Qt::ControlModifier);
        bench.drag(bench.header("Conv"), bench.header("Conv") + QPoint(13, 101));
        QCOMPARE(bench.spec().node(bench.id("Conv"))->position, (Position{card::kPitch + 12, 100}));
        QCOMPARE(bench.spec().node(bench.id("Pool"))->position, (Position{2 * card::kPitch + 12, 100}));
        checkOneStep(bench, before);
    }

    void escapeCancelsAMove() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        const QPoint start = bench.header("Conv");
        bench.press(start);
        bench.moveTo(start + QPoint(40, 60));
        bench.key(Qt::Key_Escape);
        bench.release(start + QPoint(40, 60));
        QVERIFY(bench.spec() == before);
        QCOMPARE(bench.item("Conv").pos(), QPointF(card::kPitch, 0));
    }

    void aLooseCardCanBeDroppedOnAnEdge() {
        NetworkSpec spec = smallChain();
        spec.addNode("conv2d", {}, "Loose", {card::kPitch, 300});
        CanvasBench bench(spec);
        bench.drag(bench.header("Loose"), bench.middleOf("ReLU", "Pool"));
        QVERIFY(bench.chain("Input").startsWith("Input > Conv > ReLU > Loose > Pool"));
        checkOneStep(bench, spec);
    }

    void aRowCanBeUndocked() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        const NodeId relu = bench.id("ReLU");
        bench.drag(bench.row("ReLU"), bench.row("ReLU") + QPoint(0, 240));
        QCOMPARE(bench.chain("Input"), "Input > Conv > Pool > Flatten > Dense > Softmax > Output");
        QCOMPARE(bench.id("ReLU"), relu);
        QVERIFY(bench.spec().edgesInto(relu).empty());
        checkOneStep(bench, before);
    }

    void aRowCanBeReordered() {
        CanvasBench bench(smallChain());
        bench.drop("batch_norm", bench.header("Conv"));
        const NetworkSpec before = bench.spec();
        const char* norm = "Batch norm 1";
        QVERIFY(bench.id(norm));
        bench.canvas.selection().clear();
        bench.drag(bench.row(norm), bench.row("ReLU") - QPoint(0, 30));
        QVERIFY(bench.chain("Input").startsWith("Input > Conv > Batch norm 1 > ReLU > Pool"));
        bench.document.undoStack().undo();
        QVERIFY(bench.spec() == before);
    }

    void deleteHeals() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.click(bench.header("Pool"));
        bench.key(Qt::Key_Delete);
        QCOMPARE(bench.chain("Input"), "Input > Conv > ReLU > Flatten > Dense > Softmax > Output");
        QVERIFY(bench.canvas.selection().empty());
        checkOneStep(bench, before);
    }

    void anEdgeCanBeDeleted() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.click(bench.middleOf("Input", "Conv"));
        QCOMPARE(bench.canvas.selection().edges().size(), std::size_t(1));
        bench.key(Qt::Key_Backspace);
        QVERIFY(bench.spec().edgesOutOf(bench.id("Input")).empty());
        checkOneStep(bench, before);
    }

    void rubberBandSelects() {
        CanvasBench bench(smallChain());
        bench.drag(bench.at({card::kPitch - 20, -30}), bench.at({2 * card::kPitch + 40, 40}));
        QCOMPARE(bench.canvas.selection().nodes(), (std::set<NodeId>{bench.id("Conv"), bench.id("ReLU"), bench.id("Pool"), bench.id("Flatten")}));
    }

    void copyPasteAndDuplicate() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.canvas.selection().set({bench.id("Conv"), bench.id("ReLU")});
        bench.key(Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QGuiApplication::clipboard()->mimeData()->hasFormat(kFragmentMime));
        bench.key(Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(bench.spec().nodes().size(), before.nodes().size() + 2);
        QCOMPARE(bench.chain("Conv 1"), "Conv 1 > ReLU 1");
        bench.key(Qt::Key_D, Qt::ControlModifier);
        QCOMPARE(bench.chain("Conv 2"), "Conv 2 > ReLU 2");
        checkOneStep(bench, before, 2);
    }

    void pastingRubbishChangesNothing() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        QGuiApplication::clipboard()->setText("{ \"no\": spec");
        bench.key(Qt::Key_V, Qt::ControlModifier);
        QVERIFY(bench.spec() == before);
        QVERIFY(!bench.document.undoStack().canUndo());
    }

    void selectAllArrowsAndNudge() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.key(Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(bench.canvas.selection().nodes().size(), before.nodes().size());
        bench.canvas.selection().only(bench.id("Conv"));
        bench.key(Qt::Key_Right);
        QCOMPARE(bench.canvas.selection().current(), bench.id("Pool"));
        bench.key(Qt::Key_Down);
        QCOMPARE(bench.canvas.selection().current(), bench.id("Flatten"));
        bench.key(Qt::Key_Up);
        bench.key(Qt::Key_Left);
        QCOMPARE(bench.canvas.selection().current(), bench.id("Conv"));
        for (int i = 0; i < 3; ++i) bench.key(Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(bench.spec().node(bench.id("Conv"))->position, (Position{card::kPitch, 12}));
        checkOneStep(bench, before);  // merged
    }

    void renameInPlace() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.canvas.selection().only(bench.id("Conv"));
        bench.key(Qt::Key_F2);
        auto* field = bench.canvas.findChild<QLineEdit*>("renameField");
        QVERIFY(field);
        field->setText("Edges");
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(bench.id("Edges"));
        checkOneStep(bench, before);
        bench.key(Qt::Key_Return);
        field = bench.canvas.findChild<QLineEdit*>("renameField");
        QVERIFY(field);
        field->setText("Pool");  // taken: the old name stays
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(bench.id("Edges"));
    }

    void quickAddInsertsBehindTheSelection() {
        CanvasBench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.canvas.selection().only(bench.id("ReLU"));
        bench.key(Qt::Key_A, Qt::ShiftModifier);
        auto* search = bench.canvas.findChild<QLineEdit*>("quickAddSearch");
        QVERIFY(search && search->isVisible());
        QTest::keyClicks(search, "zzz");
        QCOMPARE(bench.canvas.findChild<QListWidget*>("quickAddList")->item(0)->text(), "No layer matches");
        search->clear();
        QTest::keyClicks(search, "batch");
        QTest::keyClick(search, Qt::Key_Return);
        QVERIFY(!search->isVisible());
        QVERIFY(!bench.canvas.findChild<QLineEdit*>("renameField"));
        QVERIFY(bench.chain("Input").startsWith("Input > Conv > ReLU > Batch"));
        checkOneStep(bench, before);
    }

    void tabGoesThroughThePorts() {
        CanvasBench bench(smallChain());
        bench.canvas.selection().only(bench.id("Conv"));
        bench.key(Qt::Key_Tab);
        QCOMPARE(bench.canvas.canvas().highlights().focusedPort, 0);
        bench.key(Qt::Key_Tab);
        QCOMPARE(bench.canvas.canvas().highlights().focusedPort, 1);
        bench.key(Qt::Key_Return);
        auto* menu = bench.canvas.findChild<QMenu*>("connectMenu");
        QVERIFY(menu);
        QVERIFY(menu->actions().size() >= 3);
        menu->close();
    }

    void wheelZoomsAroundThePointer() {
        CanvasBench bench(smallChain());
        const QPoint pointer(300, 200);
        const QPointF under = bench.canvas.mapToScene(pointer);
        QWheelEvent wheel(pointer, bench.canvas.viewport()->mapToGlobal(pointer), {}, {0, 120}, Qt::NoButton, {}, Qt::NoScrollPhase, false);
        QApplication::sendEvent(bench.canvas.viewport(), &wheel);
        QVERIFY(std::abs(bench.canvas.zoom() - 1.2) < 1e-9);
        const QPointF now = bench.canvas.mapToScene(pointer);
        QVERIFY((now - under).manhattanLength() < 2);
        bench.canvas.setZoom(100, pointer);
        QCOMPARE(bench.canvas.zoom(), 4.0);
        bench.canvas.setZoom(0.001, pointer);
        QCOMPARE(bench.canvas.zoom(), 0.25);
        bench.canvas.fit(false);
        QVERIFY(bench.canvas.mapToScene(bench.canvas.viewport()->rect()).boundingRect().contains(bench.canvas.canvas().cardBounds()));
    }

    void middleDragPans() {
        CanvasBench bench(smallChain());
        const QPointF before = bench.canvas.mapToScene(QPoint(0, 0));
        QTest::mousePress(bench.canvas.viewport(), Qt::MiddleButton, {}, {300, 300});
        bench.moveTo({260, 330});
        QTest::mouseRelease(bench.canvas.viewport(), Qt::MiddleButton, {}, {260, 330});
        QCOMPARE(bench.canvas.mapToScene(QPoint(0, 0)), before + QPointF(40, -30));
    }

    void theDiscOpensThePopoverAndTheFixRepairs() {
        NetworkSpec spec;
        const NodeId input = spec.addNode("input", {}, "Input", {0, 0});
        const NodeId dense = spec.addNode("dense", {}, "Dense", {card::kPitch, 0});
        const NodeId output = spec.addNode("output", {}, "Output");
        (void)spec.connect({input, 0}, {dense, 0});
        (void)spec.connect({dense, 0}, {output, 0});
        CanvasBench bench(spec);
        QCOMPARE(bench.item("Dense").card().trouble, std::optional(Severity::Error));
        bench.click(bench.at(bench.item("Dense").pos() + bench.item("Dense").card().disc()));
        DiagnosticPopover& popover = bench.canvas.popover();
        QVERIFY(popover.isVisible());
        QVERIFY(!popover.accessibleName().isEmpty());
        auto* fix = popover.findChild<QPushButton*>("mainFix");
        QVERIFY(fix);
        QEnterEvent enter({2, 2}, {2, 2}, {2, 2});
        QApplication::sendEvent(fix, &enter);
        QVERIFY(bench.canvas.canvas().preview() && !bench.canvas.canvas().preview()->cards.empty());
        QVERIFY(bench.spec() == spec);
        fix->click();
        QVERIFY(!bench.document.analysis().hasErrors());
        QVERIFY(!popover.isVisible());
        QVERIFY(!bench.canvas.canvas().preview());
        QVERIFY(!bench.item("Dense").card().trouble);
        checkOneStep(bench, spec);
    }
};

QTEST_MAIN(TestCanvasGestures)
#include "tst_canvas_gestures.moc"
