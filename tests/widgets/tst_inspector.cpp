// The inspector is built from the schema for every kind; only valid values reach the document.
#include "tests/widgets/canvas_bench.h"

#include "widgets/diagnostics/diagnostics_list.h"
#include "widgets/inspector/inspector_panel.h"
#include "widgets/theme/segmented_control.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>

using namespace convolab;

namespace {

void type(QLineEdit* field, const QString& text) {
    field->selectAll();
    QTest::keyClicks(field, text);
}

}  // namespace

class TestInspector : public QObject {
    Q_OBJECT

    struct Bench : CanvasBench {
        explicit Bench(NetworkSpec spec) : CanvasBench(std::move(spec)), inspector(document, canvas.selection(), theme) {
            inspector.resize(312, 900);
            inspector.show();
        }
        InspectorPanel inspector;
    };

private slots:
    void everyKindIsShown() {
        for (const LayerKind* kind : layerKinds()) {
            NetworkSpec spec;
            const NodeId node = spec.addNode(kind->id);
            Bench bench(spec);
            bench.canvas.selection().only(node);
            const AttributeForm* form = bench.inspector.form();
            QCOMPARE(form ? form->rows().size() : 0, kind->attributes.size());
            for (const AttributeSchema& schema : kind->attributes) {
                QVERIFY2(form->row(schema.key), schema.key.c_str());
                QVERIFY2(form->row(schema.key)->errorText().isEmpty(), schema.key.c_str());
            }
            QCOMPARE(bench.inspector.findChild<QLineEdit*>("inspectorName")->text(), QString::fromStdString(spec.node(node)->name));
            QVERIFY(bench.spec() == spec);
        }
    }

    void typingChangesAtEveryKeystroke() {
        Bench bench(smallChain());
        const NetworkSpec before = bench.spec();
        bench.canvas.selection().only(bench.id("Conv"));
        auto* field = bench.inspector.form()->row("filters")->findChild<QLineEdit*>();
        type(field, "64");
        QCOMPARE(bench.spec().node(bench.id("Conv"))->attributes.integer("filters"), 64);
        QCOMPARE(bench.item("Conv").card().shape, QString::fromUtf8("64×26×26"));
        QVERIFY(bench.inspector.findChild<QLabel*>("cost1")->text().contains(QString::fromUtf8("64 × (1·3·3 + 1)")));
        QVERIFY(bench.inspector.findChild<QLabel*>("cost1")->text().endsWith("640"));
        bench.document.undoStack().undo();  // one step for the typing
        QVERIFY(bench.spec() == before);
    }

    void invalidValuesStayOut() {
        Bench bench(smallChain());
        bench.canvas.selection().only(bench.id("Conv"));
        AttributeRow* row = bench.inspector.form()->row("filters");
        auto* field = row->findChild<QLineEdit*>();
        const NetworkSpec before = bench.spec();
        for (const char* bad : {"0", "x", "-", ".", "99999999"}) {
            field->setText(QString::fromLatin1(bad));
            emit field->textEdited(field->text());
            QVERIFY2(!row->errorText().isEmpty(), bad);
            QVERIFY(field->property("invalid").toBool());
            QVERIFY2(bench.spec() == before, bad);
        }
        field->selectAll();
        QTest::keyClick(field, Qt::Key_Delete);
        QVERIFY(!row->errorText().isEmpty());
        type(field, "24");
        QVERIFY(row->errorText().isEmpty());
        QCOMPARE(bench.spec().node(bench.id("Conv"))->attributes.integer("filters"), 24);
    }

    void segmentsSwitchesAndChoices() {
        Bench bench(smallChain());
        const NodeId conv = bench.id("Conv");
        bench.canvas.selection().only(conv);
        AttributeForm* form = bench.inspector.form();
        form->row("kernel")->findChild<QPushButton*>("segment2")->click();
        QCOMPARE(bench.spec().node(conv)->attributes.integers("kernel"), (std::vector<std::int64_t>{5, 5}));
        form->row("pads")->findChild<QPushButton*>("segment1")->click();
        QCOMPARE(bench.spec().node(conv)->attributes.integers("pads"), (std::vector<std::int64_t>{2, 2, 2, 2}));
        form->row("kernel")->findChild<QPushButton*>("segment1")->click();  // *same* stays *same*
        QCOMPARE(bench.spec().node(conv)->attributes.integers("pads"), (std::vector<std::int64_t>{1, 1, 1, 1}));
        QCOMPARE(form->row("pads")->findChild<SegmentedControl*>()->currentIndex(), 1);
        form->row("bias")->findChild<QCheckBox*>()->click();
        QCOMPARE(bench.spec().node(conv)->attributes.flag("bias"), false);
        auto* init = form->row("init")->findChild<QComboBox*>();
        QCOMPARE(init->currentText(), "He uniform");
        init->setCurrentIndex(1);
        emit init->activated(1);
        QCOMPARE(bench.spec().node(conv)->attributes.text("init"), "he_normal");
        form->row("filters")->findChild<QSlider*>()->setValue(20);
        QVERIFY(bench.spec().node(conv)->attributes.integer("filters") > 100);
        while (bench.document.undoStack().canUndo()) bench.document.undoStack().undo();
        QVERIFY(bench.spec() == smallChain());
    }

    void severalLayersOfOneKindChangeTogether() {
        NetworkSpec spec = smallChain();
        const NodeId other = spec.addNode("conv2d", {}, "Other", {0, 300});
        Bench bench(spec);
        bench.canvas.selection().set({bench.id("Conv"), other});
        QVERIFY(bench.inspector.form());
        type(bench.inspector.form()->row("filters")->findChild<QLineEdit*>(), "9");
        QCOMPARE(bench.spec().node(other)->attributes.integer("filters"), 9);
        QCOMPARE(bench.spec().node(bench.id("Conv"))->attributes.integer("filters"), 9);
        bench.canvas.selection().set({bench.id("Conv"), bench.id("Pool")});
        QVERIFY(!bench.inspector.form());
    }

    void theNetworkIsShownWhenNothingIsSelected() {
        Bench bench(smallChain());
        QVERIFY(!bench.inspector.form());
        QVERIFY(bench.inspector.findChild<QLabel*>("cost3"));
        const std::int64_t parameters = bench.document.analysis().total.parameters;
        QCOMPARE(bench.inspector.findChild<QLabel*>("cost3")->text(), QLocale(QLocale::English).toString(qlonglong(parameters)));
    }

    void namesAreCheckedWhileTyping() {
        Bench bench(smallChain());
        bench.canvas.selection().only(bench.id("Conv"));
        auto* name = bench.inspector.findChild<QLineEdit*>("inspectorName");
        name->setText({});
        type(name, "Pool");
        QVERIFY(name->property("invalid").toBool());
        QVERIFY(bench.inspector.findChild<QLabel*>("nameError")->isVisible());
        type(name, "Edges");
        QVERIFY(bench.id("Edges"));
        bench.canvas.selection().clear();
    }

    void receptiveFieldsAddUp() {
        const NetworkSpec spec = smallChain();  // 3×3, then 2×2 with stride 2
        const Analysis analysis = analyze(spec);
        const auto line = [&](const char* name) {
            const auto lines = costLines(spec, analysis, spec.nodeByName(name)->id);
            return lines.back().label == "Receptive field" ? lines.back() : CostLine{};
        };
        QCOMPARE(line("Conv").value, QString::fromUtf8("3×3 px"));
        QCOMPARE(line("Pool").value, QString::fromUtf8("4×4 px"));
        QVERIFY(line("Pool").note.contains("rows 12 to 15"));
        QCOMPARE(line("Dense").value, "whole image");
    }

    // Kinds that move, enlarge or cut up maps have a line as well, and what follows them.
    void everyKindHasAReceptiveField() {
        NetworkSpec spec;
        NodeId last = spec.addNode("input", {{"shape", std::vector<std::int64_t>{1, 12, 12}}});
        for (const char* kind : {"conv2d", "resize", "conv2d", "conv_transpose2d", "crop", "pad", "permute", "reshape", "dense", "relu"}) {
            const NodeId next = spec.addNode(kind);
            QVERIFY(spec.connect({last, 0}, {next, 0}).ok());
            last = next;
        }
        spec.setAttribute(spec.nodeByName("Transposed conv 1")->id, "kernel", std::vector<std::int64_t>{3, 3});
        spec.setAttribute(spec.nodeByName("Transposed conv 1")->id, "stride", std::vector<std::int64_t>{2, 2});
        const Analysis analysis = analyze(spec);
        for (const Node& node : spec.nodes()) {
            const auto lines = costLines(spec, analysis, node.id);
            QVERIFY2(lines.back().label == "Receptive field" && !lines.back().value.isEmpty(), node.name.c_str());
        }
        QCOMPARE(costLines(spec, analysis, spec.nodeByName("Resize 1")->id).back().value, QString::fromUtf8("3×3 px"));
        QVERIFY(costLines(spec, analysis, spec.nodeByName("Transposed conv 1")->id).back().value.contains(" to "));
        QVERIFY(costLines(spec, analysis, last).back().note.contains("Dense 1"));
    }

    void problemsAreListedWithTheirRepairs() {
        NetworkSpec spec;
        const NodeId input = spec.addNode("input", {}, "Input"), dense = spec.addNode("dense", {}, "Dense");
        QVERIFY(spec.connect({input, 0}, {dense, 0}).ok());
        Bench bench(spec);
        bench.canvas.selection().only(dense);
        auto* list = bench.inspector.findChild<DiagnosticsList*>();
        QVERIFY(list && list->count() > 0);
        QSignalSpy chosen(&bench.inspector, &InspectorPanel::nodeChosen);
        list->findChild<QPushButton*>("showNode")->click();
        QCOMPARE(chosen.size(), 1);
        connect(&bench.inspector, &InspectorPanel::fixChosen, &bench.canvas, &CanvasView::applyFix);
        auto* fix = list->findChild<QPushButton*>("otherFix");
        QVERIFY(fix);
        fix->click();
        QVERIFY(bench.document.undoStack().canUndo());
    }

    void numbersAreReadAsTyped() {
        QCOMPARE(readInteger("1,024"), std::optional<std::int64_t>(1024));
        QVERIFY(!readInteger("1.5"));
        QCOMPARE(readReal("1e-3"), std::optional(0.001));
        QVERIFY(!readReal("0,5"));
        QVERIFY(!readReal("nan"));
        QCOMPARE(readReals(QString::fromUtf8("1×28×28")), std::optional(std::vector<double>{1, 28, 28}));
        QVERIFY(!readReals("1x"));
    }
};

QTEST_MAIN(TestInspector)
#include "tst_inspector.moc"
