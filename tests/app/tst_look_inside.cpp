// The lens Look inside in the window: cards, list and tools with real mouse and keys, on three kinds of network.
#include <QClipboard>
#include <QComboBox>
#include <QListView>
#include <QPushButton>
#include <cmath>

#include "core/graph/layout.h"
#include "core/inspect/attribution.h"
#include "tests/app/look_inside_bench.h"
#include "widgets/maps/confusion_view.h"
#include "widgets/maps/contribution_view.h"
#include "widgets/maps/mosaic_view.h"
#include "widgets/maps/number_grid_view.h"
#include "widgets/maps/value_rows.h"
#include "widgets/pictures/picture_grid.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = LookInsideBench::kPatience;

/// Two paths of a colour image, one of them with a convolution of its own, joined by an add.
NetworkSpec twoPaths() {
    using I = std::vector<std::int64_t>;
    NetworkSpec spec;
    const auto layer = [&](NodeId from, const std::string& kind, Attributes attributes = {}, const std::string& name = {}) {
        const NodeId id = spec.addNode(kind, std::move(attributes), name);
        if (from) static_cast<void>(spec.connect({from, 0}, {id, 0}));
        return id;
    };
    const auto block = [&](NodeId from, const std::string& number) {
        const NodeId conv = layer(from, "conv2d", {{"filters", std::int64_t{4}}, {"pads", I{1, 1, 1, 1}}, {"bias", false}}, "Conv " + number);
        return layer(conv, "batch_norm", {}, "Norm " + number);
    };
    const NodeId input = layer({}, "input", {{"shape", I{3, 32, 32}}});
    const NodeId stem = layer(block(input, "1"), "relu");
    const NodeId inner = layer(block(stem, "2"), "relu");
    const NodeId sum = layer(block(inner, "3"), "add");
    const NodeId side = layer(stem, "conv2d", {{"filters", std::int64_t{4}}, {"kernel", I{1, 1}}}, "Side");
    static_cast<void>(spec.connect({side, 0}, {sum, 1}));
    const NodeId pooled = layer(layer(sum, "relu"), "global_avg_pool");
    layer(layer(layer(pooled, "dense", {{"units", std::int64_t{10}}}, "Dense 1"), "softmax"), "output");
    return spec;
}

}  // namespace

class TestLookInside : public QObject {
    Q_OBJECT

    Theme m_theme;
    std::unique_ptr<LookInsideBench> m_bench;

    void open(const char* preset, std::int64_t steps = 0, const char* dataset = "digits") { m_bench->open(preset, steps, dataset); }
    const ActivationSnapshot& snapshot() { return m_bench->snapshot(); }
    float outputOf(const ValueRef& value) { return m_bench->outputOf(value); }

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(1);
        m_theme.applyTo(*qApp);
    }
    void init() { m_bench = std::make_unique<LookInsideBench>(m_theme); }
    void cleanup() { m_bench.reset(); }

    void untrainedNetworkIsShownAndSaysSo() {
        open("lenet-like");
        QTRY_VERIFY(m_bench->text("weightsNote").contains(QStringLiteral("initial weights")));
        QCOMPARE(m_bench->lens().maps().picture(m_bench->node("Conv 1"))->mosaic.total(), std::int64_t{6});
        QVERIFY(m_bench->text("layerNumberTitle") == QStringLiteral("active share"));
    }

    void cardsGrowWithoutMovingSideways() {
        m_bench->open("lenet-like");
        CanvasScene& scene = m_bench->window().canvas().canvas();
        const NodeId conv = m_bench->node("Conv 2");
        const QPointF there = scene.cardItem(conv)->pos();
        const double high = scene.cardItem(conv)->card().height();
        m_bench->window().setLens(QStringLiteral("build"));
        QCOMPARE(scene.cardItem(conv)->pos(), there);
        QVERIFY(scene.cardItem(conv)->card().height() + 100 < high);
    }

    void mapIsChosenInItsCard() {
        open("lenet-like");
        const NodeId conv = m_bench->node("Conv 1");
        m_bench->clickMap(conv, 4);
        QCOMPARE(m_bench->focus().layer(), conv);
        QCOMPARE(m_bench->focus().map(), std::int64_t{4});
        QVERIFY(m_bench->window().canvas().selection().contains(conv));
        QCOMPARE(m_bench->text("inspectLayer"), QStringLiteral("Conv 1"));
        // The bars of the output: a class is a unit of the last layer.
        const NodeId dense = m_bench->node("Dense 3");
        const QPoint bar = m_bench->inSlot(dense, [](const QRectF& slot) { return QPointF(slot.center().x(), slot.center().y() + 4); });
        QTest::mouseClick(m_bench->window().canvas().viewport(), Qt::LeftButton, {}, bar);
        QCOMPARE(m_bench->focus().layer(), dense);
        QCOMPARE(m_bench->focus().map(), std::int64_t{5});
    }

    void theKeyboardGoesThroughACardsMaps() {
        open("lenet-like");
        const NodeId conv = m_bench->node("Conv 1");
        CanvasView& canvas = m_bench->window().canvas();
        m_bench->focus().setValue({conv, 4, 0, 0});
        QTest::keyClick(&canvas, Qt::Key_Period);
        QTest::keyClick(&canvas, Qt::Key_Period);
        QCOMPARE(m_bench->focus().map(), std::int64_t{5});  // the last one
        QVERIFY(canvas.accessibleDescription().contains(QStringLiteral("Conv 1, map 5")));
        QTest::keyClick(&canvas, Qt::Key_X);
        QVERIFY(m_bench->desk().probe.isChannelOff({conv, 5}));
        QTest::keyClick(&canvas, Qt::Key_X);
        QVERIFY(!m_bench->desk().probe.isChannelOff({conv, 5}));
        QTest::keyClick(&canvas, Qt::Key_Comma);
        QCOMPARE(m_bench->focus().map(), std::int64_t{4});
        m_bench->window().setLens(QStringLiteral("build"));
        QTest::keyClick(&canvas, Qt::Key_Comma);
        QCOMPARE(m_bench->focus().map(), std::int64_t{4});
    }

    void channelsAreSwitchedOffAndOn() {
        open("lenet-like", 40);
        auto* switches = m_bench->child<QWidget>("channelSwitches");
        QVERIFY(!switches->isVisible());
        const NodeId conv = m_bench->node("Conv 1");
        const std::vector<float> before = snapshot().logits;
        m_bench->clickMap(conv, 1, Qt::ControlModifier);
        QVERIFY(m_bench->desk().probe.isChannelOff({conv, 1}));
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->desk().probe.snapshot() && snapshot().logits != before, kPatience);
        const Tensor& rectified = snapshot().outputs.at(m_bench->node("ReLU 1"));
        for (std::int64_t i = 0; i < 900; ++i) QCOMPARE(rectified.data()[900 + i], 0.0F);
        QVERIFY(switches->isVisible());
        QCOMPARE(m_bench->text("switchesTitle"), QStringLiteral("1 channel off"));
        QVERIFY(m_bench->text("switchesWhich").contains(QStringLiteral("Conv 1 map 1")));
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->text("accuracyOff").contains(QStringLiteral("on the first 1,000 of 2,000 validation images")), kPatience);
        QVERIFY(m_bench->text("accuracyOff").contains(QStringLiteral("±")));
        QVERIFY(!m_bench->text("accuracyAllOn").endsWith(QStringLiteral("…")));
        // The same by the tool, then all on again.
        m_bench->choose("maps");
        m_bench->focus().setValue({conv, 3, 0, 0});
        QTest::mouseClick(m_bench->shown<QPushButton>("switchMap"), Qt::LeftButton);
        QCOMPARE(m_bench->desk().probe.channelsOff().size(), std::size_t{2});
        QTest::mouseClick(m_bench->child<QPushButton>("switchAllOn"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->desk().probe.snapshot() && snapshot().logits == before, kPatience);
        QVERIFY(!switches->isVisible());
        // The input has no channel that could be silent.
        m_bench->focus().setLayer(m_bench->node("Input"));
        QTRY_VERIFY(m_bench->shown<QPushButton>("switchMap")->isEnabled());
        QTest::mouseClick(m_bench->shown<QPushButton>("switchMap"), Qt::LeftButton);
        QVERIFY(m_bench->text("switchProblem").contains(QStringLiteral("Input")));
    }

    void mapsBeforeAndAfterTheActivation() {
        open("lenet-like", 10);
        m_bench->choose("maps");
        m_bench->focus().setValue({m_bench->node("Conv 1"), 2, 7, 7});
        auto* mosaic = m_bench->shown<MosaicView>("mapsMosaic");
        QTRY_COMPARE(mosaic->mosaic().total(), std::int64_t{6});
        QCOMPARE(mosaic->mosaic().scale().kind, ValueScale::Kind::Sequential);
        QTRY_COMPARE(mosaic->valueAt({2, 7, 7}), static_cast<double>(std::max(0.0F, outputOf(m_bench->focus().value()))));
        clickSegment(m_bench->child<QWidget>("mapsSide"), 0);
        QTRY_COMPARE(mosaic->mosaic().scale().kind, ValueScale::Kind::Diverging);
        QCOMPARE(mosaic->valueAt({2, 7, 7}), static_cast<double>(outputOf(m_bench->focus().value())));
        // The chosen map, enlarged, and the value under the pointer.
        auto* large = m_bench->shown<MapView>("chosenMap");
        QTRY_COMPARE(large->rows(), 30);
        QCOMPARE(large->mark().value(), QPoint(7, 7));
        QCOMPARE(large->valueAt(7, 7), static_cast<double>(outputOf(m_bench->focus().value())));
        m_bench->hover(*large, 3, 4);
        QVERIFY(m_bench->text("mapsValue").startsWith(QStringLiteral("row 3, column 4")));
        QTest::mouseClick(mosaic, Qt::LeftButton, {}, mosaic->tileRect(5).center().toPoint());
        QCOMPARE(m_bench->focus().map(), std::int64_t{5});
    }

    void kernelsAsPicturesAndNumbers() {
        open("lenet-like", 10);
        m_bench->choose("kernels");
        const NodeId conv = m_bench->node("Conv 2");
        m_bench->focus().setValue({conv, 9, 0, 0});
        auto* mosaic = m_bench->shown<MosaicView>("kernelMosaic");
        QTRY_COMPARE(mosaic->mosaic().total(), std::int64_t{16});
        auto* inputMap = m_bench->shown<QComboBox>("kernelInputMap");
        QCOMPARE(inputMap->count(), 6);
        inputMap->setCurrentIndex(4);
        emit inputMap->activated(4);
        const WeightSetPtr weights = m_bench->desk().probe.weights();
        const auto values = weights->values(*weights->layout->find(conv, "weight"));
        auto* numbers = m_bench->shown<NumberGridView>("kernelNumbers");
        QTRY_COMPARE(numbers->grid().at(1, 2), values[(9 * 6 + 4) * 9 + 5]);
        QCOMPARE(mosaic->valueAt({9, 1, 2}), static_cast<double>(values[(9 * 6 + 4) * 9 + 5]));
        QTest::mouseClick(m_bench->shown<QPushButton>("copyKernel"), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text().split(QLatin1Char('\n'))[1].split(QLatin1Char('\t'))[2].toFloat(), values[(9 * 6 + 4) * 9 + 5]);
        m_bench->focus().setLayer(m_bench->node("Pool 1"));
        QTRY_VERIFY(mosaic->accessibleDescription().contains(QStringLiteral("Pool 1 has no kernels")));
    }

    void whyShowsEveryMethod() {
        open("lenet-like", 20);
        m_bench->choose("why");
        auto* method = m_bench->shown<QComboBox>("whyMethod");
        QCOMPARE(method->count(), static_cast<int>(attributionMethods().size()));
        auto* alone = m_bench->shown<MapView>("whyMap");
        for (int i = 0; i < method->count(); ++i) {
            method->setCurrentIndex(i);
            emit method->activated(i);
            QTRY_VERIFY_WITH_TIMEOUT(m_bench->text("whyState").contains(QStringLiteral("logit")), kPatience);
            QTRY_COMPARE(alone->rows(), 32);
        }
        // Another class has another logit.
        const QString predicted = m_bench->text("whyState");
        auto* classes = m_bench->shown<QComboBox>("whyClass");
        QCOMPARE(classes->count(), 11);
        const int other = (snapshot().predicted + 1) % 10;
        classes->setCurrentIndex(other + 1);
        emit classes->activated(other + 1);
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->text("whyState") != predicted && m_bench->text("whyState").contains(QStringLiteral("for %1").arg(other)), kPatience);
    }

    void maximiseGrowsStopsAndGoesOn() {
        open("lenet-like", 20);
        m_bench->choose("maximise");
        m_bench->focus().setValue({m_bench->node("Dense 3"), 4, 0, 0});
        QTRY_COMPARE(m_bench->text("maximiseTarget"), QStringLiteral("Dense 3, unit 4"));
        auto* start = m_bench->shown<QPushButton>("maximiseStart");
        auto* rows = m_bench->shown<ValueRows>("maximiseRows");
        auto* image = m_bench->shown<MapView>("maximiseImage");
        QTest::mouseClick(start, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->text("maximiseState"), QStringLiteral("done"), kPatience);
        QTRY_COMPARE(image->rows(), 32);
        QVERIFY(numberIn(rows->rows().back().value) > snapshot().logits[4]);
        QTest::mouseClick(m_bench->shown<QPushButton>("maximiseReset"), Qt::LeftButton);
        QCOMPARE(image->rows(), 0);
        QCOMPARE(start->text(), QStringLiteral("Start"));
    }

    void receptiveFieldInWords() {
        open("lenet-like");
        m_bench->choose("field");
        m_bench->focus().setValue({m_bench->node("Conv 1"), 0, 10, 12});
        QTRY_VERIFY(m_bench->text("fieldWords").contains(QStringLiteral("3×3 pixels: rows 10 to 12, columns 12 to 14")));
        m_bench->focus().setValue({m_bench->node("Conv 2"), 0, 3, 5});
        QTRY_VERIFY(m_bench->text("fieldWords").contains(QStringLiteral("8×8 pixels: rows 6 to 13, columns 10 to 17")));
        auto* image = m_bench->shown<MapView>("fieldImage");
        QCOMPARE(image->window()->top, 6);
        QCOMPARE(image->window()->width, 8);
        m_bench->hover(*m_bench->shown<MapView>("fieldMap"), 0, 0);
        QTRY_COMPARE(image->window()->top, 0);
        m_bench->focus().setLayer(m_bench->node("Dense 1"));
        QTRY_VERIFY(m_bench->text("fieldWords").contains(QStringLiteral("rows 0 to 29")));  // what two poolings leave of 32 pixels
    }

    void confusionOpensItsImages() {
        open("lenet-like", 40);
        m_bench->choose("confusion");
        auto* view = m_bench->shown<ConfusionView>("confusionMatrix");
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->text("confusionAccuracy").contains(QStringLiteral("on 2,000 validation images")), kPatience);
        std::int64_t total = 0, right = 0;
        QPoint mistakes;
        for (int label = 0; label < 10; ++label)
            for (int predicted = 0; predicted < 10; ++predicted) {
                total += view->count(label, predicted);
                if (label == predicted) right += view->count(label, predicted);
                else if (view->count(label, predicted) > view->count(mistakes.y(), mistakes.x()) || mistakes.isNull()) mistakes = {predicted, label};
            }
        QCOMPARE(total, std::int64_t{2000});
        QVERIFY(m_bench->text("confusionAccuracy").startsWith(QString::number(static_cast<double>(right) / 20.0, 'f', 2)));
        QTest::mouseClick(view, Qt::LeftButton, {}, view->cellRect(mistakes.y(), mistakes.x()).center().toPoint());
        auto* images = m_bench->shown<PictureGrid>("confusionImages");
        QCOMPARE(images->count(), static_cast<qint64>(view->count(mistakes.y(), mistakes.x())));
        QTest::mouseClick(images->viewport(), Qt::LeftButton, {}, images->cellRect(0).center());
        QTRY_COMPARE(m_bench->desk().image.split(), Split::Validation);
        QCOMPARE(m_bench->desk().image.label(), std::optional(mistakes.y()));
        QTRY_VERIFY_WITH_TIMEOUT(!m_bench->desk().probe.isStale() && snapshot().predicted == mistakes.x(), kPatience);
    }

    void denseOnlyNetwork() {
        open("mlp-512-256", 5);
        QVERIFY(m_bench->choose("field") == nullptr);
        const QString why = m_bench->text("toolObstacle");
        QVERIFY(why.contains(QStringLiteral("no convolution")) && why.contains(QStringLiteral("Kernels, Maps, Microscope")));
        m_bench->choose("kernels");
        m_bench->focus().setValue({m_bench->node("Dense 1"), 7, 0, 0});
        auto* mosaic = m_bench->shown<MosaicView>("kernelMosaic");
        QTRY_COMPARE(mosaic->mosaic().total(), std::int64_t{64});  // a unit's weights are a picture of what it sees
        const WeightSetPtr weights = m_bench->desk().probe.weights();
        QCOMPARE(mosaic->valueAt({7, 2, 3}), static_cast<double>(weights->values(*weights->layout->find(m_bench->node("Dense 1"), "weight"))[7 * 784 + 2 * 28 + 3]));
        m_bench->choose("microscope");
        m_bench->focus().setValue({m_bench->node("Dense 2"), 3, 0, 0});
        QTRY_VERIFY(m_bench->shown<ContributionView>("termList")->summedUp() > 400);
        m_bench->choose("why");
        auto* method = m_bench->shown<QComboBox>("whyMethod");
        method->setCurrentIndex(method->findData(QStringLiteral("gradcam")));
        QVERIFY(method->currentIndex() >= 0);
        emit method->activated(method->currentIndex());
        QTRY_VERIFY(m_bench->text("whyProblem").contains(QStringLiteral("this network has none")));
        QVERIFY(m_bench->text("whyProblem").contains(QStringLiteral("Integrated gradients")));
    }

    void residualNetwork() {
        m_bench->openNetwork(twoPaths(), 3, "shapes");
        if (QTest::currentTestFailed()) return;
        m_bench->choose("microscope");
        auto* rows = m_bench->shown<ValueRows>("explanationRows");
        // An add writes out what it adds; what stands behind the batch norm is the fast tier's.
        m_bench->focus().setValue({m_bench->node("Add 1"), 1, 4, 4});
        QTRY_COMPARE(rows->rows()[0].label, QStringLiteral("Norm 3"));
        QCOMPARE(rows->rows().size(), std::size_t{4});
        QVERIFY(std::abs(numberIn(rows->rows()[0].value) + numberIn(rows->rows()[1].value) - outputOf(m_bench->focus().value())) < 2e-3);
        m_bench->focus().setValue({m_bench->node("Norm 2"), 3, 5, 5});
        QTRY_VERIFY(rows->rows().size() >= 8);
        QCOMPARE(rows->rows()[1].label, QStringLiteral("mean"));
        // A colour image: filters in colour, three terms in a value.
        m_bench->focus().setValue({m_bench->node("Conv 1"), 2, 10, 10});
        auto* terms = m_bench->shown<ContributionView>("termList");
        QTRY_COMPARE(terms->shown().size(), std::size_t{3});
        m_bench->choose("kernels");
        auto* mosaic = m_bench->shown<MosaicView>("kernelMosaic");
        QTRY_COMPARE(mosaic->mosaic().total(), std::int64_t{4});
        QCOMPARE(m_bench->shown<QComboBox>("kernelInputMap")->currentData().toInt(), -1);
        m_bench->choose("field");
        m_bench->focus().setValue({m_bench->node("Add 1"), 0, 8, 8});
        QTRY_VERIFY(m_bench->text("fieldWords").contains(QStringLiteral("7×7 pixels: rows 5 to 11")));  // through the longer branch
        for (const char* tool : {"why", "maximise", "confusion", "maps"}) QVERIFY(m_bench->choose(tool) != nullptr);
        auto* maps = m_bench->shown<MosaicView>("mapsMosaic");
        QTRY_COMPARE(maps->mosaic().total(), std::int64_t{4});
        // A channel of the sum has no filter of its own.
        QTest::mouseClick(m_bench->shown<QPushButton>("switchMap"), Qt::LeftButton);
        QVERIFY(m_bench->text("switchProblem").contains(QStringLiteral("Add 1")));
    }

    void cardsNeverRunIntoEachOther() {
        NetworkSpec spec = twoPaths();
        autoLayout(spec);
        m_bench->openNetwork(std::move(spec), 0, "shapes");
        if (QTest::currentTestFailed()) return;
        const CanvasModel& model = m_bench->window().canvas().canvas().model();
        for (const Card& a : model.cards)
            for (const Card& b : model.cards) QVERIFY(a.head == b.head || !a.rect().intersects(b.rect()));
    }

    void networkWithAnErrorKeepsItsPictures() {
        open("lenet-like");
        const NodeId conv = m_bench->node("Conv 2");
        m_bench->window().document().network().edit(QStringLiteral("Change"), [conv](NetworkSpec& spec) {
            spec.setAttribute(conv, "kernel", AttributeValue(std::vector<std::int64_t>{99, 99}));
        });
        QTRY_VERIFY(m_bench->desk().probe.snapshot() == nullptr);
        QTRY_VERIFY(m_bench->text("weightsNote").contains(QStringLiteral("Conv 2")));
        QVERIFY(m_bench->lens().maps().picture(m_bench->node("Conv 1")) != nullptr);  // the last pictures, faint
        m_bench->window().document().network().undoStack().undo();
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->desk().probe.snapshot() != nullptr, kPatience);
    }

    void eyeHidesAPicture() {
        open("lenet-like");
        CanvasScene& scene = m_bench->window().canvas().canvas();
        const NodeId conv = m_bench->node("Conv 1");
        const double high = scene.cardItem(conv)->card().slotHeight;
        QVERIFY(high > 60);
        auto* list = m_bench->shown<QListView>("layerListView");
        list->setCurrentIndex(list->model()->index(1, 0));
        QTest::keyClick(list, Qt::Key_H);
        QCOMPARE(scene.cardItem(conv)->card().slotHeight, 0.0);
        const QRect row = list->visualRect(list->model()->index(1, 0));
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, QPoint(row.right() - 16, row.center().y()));
        QCOMPARE(scene.cardItem(conv)->card().slotHeight, high);
    }

    void everythingHasAName() {
        open("lenet-like");
        for (const InspectToolEntry& entry : inspectTools()) {
            m_bench->choose(entry.id);
            for (QWidget* widget : m_bench->lens().panel().findChildren<QWidget*>()) {
                if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || qobject_cast<QLabel*>(widget) != nullptr) continue;
                const auto* button = qobject_cast<QAbstractButton*>(widget);
                const bool named = !widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()) || widget->inherits("QAbstractScrollArea");
                QVERIFY2(named, qPrintable(QStringLiteral("%1 %2 in %3").arg(QLatin1String(widget->metaObject()->className()), widget->objectName(), QLatin1String(entry.id))));
            }
        }
    }

};

QTEST_MAIN(TestLookInside)
#include "tst_look_inside.moc"
