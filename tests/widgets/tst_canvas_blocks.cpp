// Blocks on the canvas: one card while folded, a frame around their layers while open; every gesture means the whole.
#include "tests/widgets/canvas_bench.h"

#include "core/graph/block_edits.h"
#include "core/graph/blocks.h"
#include "widgets/canvas/quick_add.h"
#include "widgets/canvas/spec_edits.h"
#include "widgets/inspector/inspector_panel.h"

#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>

using namespace convolab;

namespace {

const Block* onlyBlock(const CanvasBench& bench) { return bench.spec().blocks().size() == 1 ? &bench.spec().blocks().front() : nullptr; }

bool folded(const CanvasBench& bench) { return isFolded(bench.spec(), *onlyBlock(bench)); }

std::int64_t filtersOf(const CanvasBench& bench) {
    const auto reading = readBlock(bench.spec(), *onlyBlock(bench), {});
    return reading ? reading->parameters.integer("filters") : 0;
}

const Card& cardOf(const CanvasBench& bench, const Block& block) { return *bench.canvas.canvas().model().cardOf(block.nodes.front()); }

}  // namespace

class TestCanvasBlocks : public QObject {
    Q_OBJECT

    struct Bench : CanvasBench {
        Bench() : CanvasBench(smallChain()), inspector(document, canvas.selection(), theme) {
            inspector.resize(312, 900);
            inspector.show();
            QObject::connect(&inspector, &InspectorPanel::blockFoldRequested, &canvas,
                             [this](const std::string& block, bool folded) { canvas.commands().setFolded(block, folded); });
            QObject::connect(&inspector, &InspectorPanel::blockUnfoldRequested, &canvas, [this](const std::string& block) { canvas.commands().unfold(block); });
        }
        QPoint cardBody(const Block& block) const {
            return at(canvas.canvas().cardItemOf(block.nodes.front())->pos() + QPointF(50, card::kBar + card::kHeader + 12));
        }
        QPoint frameTitleOf(const Block& block) const {
            for (const BlockFrame& frame : canvas.canvas().model().frames)
                if (frame.name == QString::fromStdString(block.name)) return at(frameTitle(frame.rect).center());
            return {};
        }
        InspectorPanel inspector;
    };

private slots:
    void aBlockIsDroppedOnAnEdge() {
        Bench bench;
        const NetworkSpec before = bench.spec();
        bench.drop("fire", bench.middleOf("Conv", "Pool"));
        const Block* block = onlyBlock(bench);
        QVERIFY(block && folded(bench));
        const Card& card = cardOf(bench, *block);
        QCOMPARE(card.block, QString("Fire 1"));
        QCOMPARE(card.nodes.size(), block->nodes.size());
        QCOMPARE(card.shape, QString("128×26×26"));
        QCOMPARE(card.parameters, QString("10,640 par."));  // 16·16 + 16, 16·64 + 64, 16·64·9 + 64
        QVERIFY(!bench.document.analysis().hasErrors());
        QVERIFY(bench.spec().edgeInto({bench.id("Pool"), 0})->from.node == card.tail());
        const CanvasModel& model = bench.canvas.canvas().model();
        QCOMPARE(std::count_if(model.links.begin(), model.links.end(), [&](const Link& link) { return link.toCard == card.head; }), 1);
        for (const Card& each : model.cards) QVERIFY(each.head == card.head || !each.rect().intersects(card.rect()));
        bench.key(Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(bench.spec() == before);
    }

    void quickAddFindsBlocks() {
        Bench bench;
        bench.canvas.selection().only(bench.id("Conv"));
        bench.canvas.openQuickAdd({300, 300});
        auto* search = bench.canvas.findChild<QLineEdit*>("quickAddSearch");
        QTest::keyClicks(search, "basic res");
        QTest::keyClick(search, Qt::Key_Return);
        const Block* block = onlyBlock(bench);
        QVERIFY(block);
        QCOMPARE(filtersOf(bench), std::int64_t(16));  // as many as arrive
        QVERIFY(!bench.document.analysis().hasErrors());
        QVERIFY(bench.canvas.selection().contains(block->nodes.front()));
    }

    void doubleClickOpensAndFolds() {
        Bench bench;
        bench.drop("inception_v1", bench.middleOf("Conv", "Pool"));
        const NetworkSpec asCard = bench.spec();
        const Block block = *onlyBlock(bench);
        QTest::mouseDClick(bench.canvas.viewport(), Qt::LeftButton, {}, bench.cardBody(block));
        QVERIFY(!folded(bench));
        const CanvasModel& model = bench.canvas.canvas().model();
        QCOMPARE(model.frames.size(), std::size_t(1));
        for (std::size_t i = 0; i < model.cards.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) QVERIFY2(!model.cards[i].rect().intersects(model.cards[j].rect()), "cards overlap");
            const bool inside = std::count(block.nodes.begin(), block.nodes.end(), model.cards[i].head) > 0;
            QCOMPARE(model.frames.front().rect.intersects(model.cards[i].rect()), inside);
        }
        bench.canvas.fit(false);
        QTest::mouseDClick(bench.canvas.viewport(), Qt::LeftButton, {}, bench.frameTitleOf(block));
        QVERIFY(bench.spec() == asCard);
        bench.document.undoStack().undo();
        QVERIFY(!folded(bench));
    }

    void movingMovesAllOfIt() {
        Bench bench;
        bench.drop("fire", bench.middleOf("Conv", "Pool"));
        const Block block = *onlyBlock(bench);
        const Position before = bench.spec().node(block.nodes.front())->position;
        bench.drag(bench.cardBody(block), bench.cardBody(block) + QPoint(0, 120));
        for (const NodeId id : block.nodes) QCOMPARE(bench.spec().node(id)->position, (Position{before.x, before.y + 120}));
        bench.canvas.commands().setFolded(block.name, false);
        bench.canvas.fit(false);
        const Position inside = bench.spec().node(block.nodes.back())->position;
        const QPoint title = bench.frameTitleOf(block);
        bench.drag(title, title + QPoint(0, 40));
        QVERIFY(bench.spec().node(block.nodes.back())->position.y > inside.y);
        QCOMPARE(bench.spec().node(block.nodes.back())->position.x, inside.x);
    }

    void deletingHealsAndCopiesKeepTheirParameters() {
        Bench bench;
        const NetworkSpec before = bench.spec();
        bench.drop("basic_residual", bench.middleOf("Conv", "Pool"));
        const Block block = *onlyBlock(bench);
        bench.click(bench.cardBody(block));
        bench.key(Qt::Key_D, Qt::ControlModifier);
        QCOMPARE(bench.spec().blocks().size(), std::size_t(2));
        const Block copy = bench.spec().blocks()[1];
        QCOMPARE(copy.name, std::string("Residual 2"));
        QCOMPARE(readBlock(bench.spec(), copy, {})->parameters, readBlock(bench.spec(), block, {})->parameters);
        QVERIFY(isFolded(bench.spec(), copy));
        bench.key(Qt::Key_Delete);
        QCOMPARE(bench.spec().blocks().size(), std::size_t(1));
        bench.canvas.selection().only(block.nodes.front());
        bench.key(Qt::Key_Delete);
        QCOMPARE(bench.spec().nodes().size(), before.nodes().size());
        QCOMPARE(bench.spec().edgeInto({bench.id("Pool"), 0})->from.node, bench.id("ReLU"));
    }

    // The shortcut of a residual block is fed with the first convolution.
    void anEdgeFeedsAllThatTheBlockReads() {
        Bench bench;
        bench.drop("basic_residual", bench.middleOf("Conv", "Pool"));
        const Block block = *onlyBlock(bench);
        const auto link = [&] {
            for (const Link& each : bench.canvas.canvas().model().links)
                if (each.toCard == block.nodes.front()) return each.edge;
            return EdgeId{};
        };
        bench.canvas.selection().set({}, {link()});
        bench.key(Qt::Key_Delete);
        QVERIFY(!borderOf(bench.spec(), *onlyBlock(bench)).source);
        QVERIFY(!link());
        bench.canvas.commands().connect({bench.id("ReLU"), 0}, {block.nodes.front(), 0});
        QCOMPARE(borderOf(bench.spec(), *onlyBlock(bench)).source->node, bench.id("ReLU"));
        QVERIFY(!bench.document.analysis().hasErrors());
        const ConnectVerdict loop = connectVerdict(bench.spec(), {bench.id("Pool"), 0}, {block.nodes.front(), 0});
        QVERIFY(!loop.allowed && !loop.reason.isEmpty());
    }

    void theInspectorShowsParametersAndSums() {
        Bench bench;
        bench.drop("basic_residual", bench.middleOf("Conv", "Pool"));
        const std::vector<NodeId> nodes = onlyBlock(bench)->nodes;
        bench.canvas.selection().only(nodes.front());
        AttributeForm* form = bench.inspector.form();
        QVERIFY(form);
        QCOMPARE(form->rows().size(), findBlockKind("basic_residual")->parameters.size());
        QCOMPARE(bench.inspector.findChild<QLineEdit*>("inspectorName")->text(), QString("Residual 1"));
        const int steps = bench.document.undoStack().count();
        auto* field = form->row("filters")->findChild<QLineEdit*>();
        field->selectAll();
        QTest::keyClicks(field, "24");
        QCOMPARE(bench.document.undoStack().count(), steps + 1);
        QCOMPARE(filtersOf(bench), std::int64_t(24));
        QCOMPARE(onlyBlock(bench)->nodes.front(), nodes.front());
        QVERIFY(!bench.document.analysis().hasErrors());
        QVERIFY(bench.inspector.form() == form);
        bench.document.undoStack().undo();
        QCOMPARE(onlyBlock(bench)->nodes, nodes);

        auto* name = bench.inspector.findChild<QLineEdit*>("inspectorName");
        name->selectAll();
        QTest::keyClicks(name, "Body");
        QCOMPARE(onlyBlock(bench)->name, std::string("Body"));
        QTest::mouseClick(bench.inspector.findChild<QPushButton*>("foldBlock"), Qt::LeftButton);
        QVERIFY(!folded(bench));
        QVERIFY(bench.inspector.form());
        QTest::mouseClick(bench.inspector.findChild<QPushButton*>("unfoldBlock"), Qt::LeftButton);
        QVERIFY(bench.spec().blocks().empty());
        QVERIFY(!bench.document.analysis().hasErrors());
    }

    void selectedLayersBecomeABlock() {
        Bench bench;
        bench.canvas.selection().set({bench.id("Conv"), bench.id("ReLU"), bench.id("Pool")});
        bench.key(Qt::Key_G, Qt::ControlModifier);
        const Block* block = onlyBlock(bench);
        QVERIFY(block);
        QCOMPARE(block->nodes.size(), std::size_t(3));
        bench.canvas.commands().setFolded(block->name, true);
        QCOMPARE(cardOf(bench, *onlyBlock(bench)).summary, QString("3 layers"));
        QCOMPARE(bench.canvas.canvas().model().cards.size(), std::size_t(4));  // the flatten behind it stands alone
        const CanvasModel model = bench.canvas.canvas().model();
        bench.canvas.openRename(onlyBlock(bench)->nodes.front());
        auto* field = bench.canvas.findChild<QLineEdit*>("renameField");
        field->setText("Stem");
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(onlyBlock(bench)->name, std::string("Stem"));
    }

    // Every preset stands on the canvas as readable cards, at once.
    void largePresetsOpenQuickly() {
        for (const PresetInfo& info : presets()) {
            const NetworkSpec spec = makePreset(info.name).value();
            QElapsedTimer timer;
            timer.start();
            const CanvasModel model = buildCanvasModel(spec, analyze(spec));
            QVERIFY2(timer.elapsed() < 2000, info.name.c_str());
            for (std::size_t i = 0; i < model.cards.size(); ++i)
                for (std::size_t j = 0; j < i; ++j)
                    QVERIFY2(!model.cards[i].rect().intersects(model.cards[j].rect()), (info.name + ": cards overlap").c_str());
            QVERIFY2(model.cards.size() < 80, info.name.c_str());
        }
    }
};

QTEST_MAIN(TestCanvasBlocks)
#include "tst_canvas_blocks.moc"
