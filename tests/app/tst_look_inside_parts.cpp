// Look inside without its window: what is drawn for an image, sums of partial maps, arithmetic in rows, typed matrices.
#include <QSignalSpy>
#include <QThread>
#include <atomic>
#include <cmath>

#include "app/lenses/look_inside/accuracy_text.h"
#include "app/lenses/look_inside/explanation_rows.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "app/lenses/look_inside/latest_task.h"
#include "app/lenses/look_inside/layer_pictures.h"
#include "core/graph/docking.h"
#include "app/lenses/look_inside/matrix_text.h"
#include "app/lenses/look_inside/partial_tiles.h"
#include "tests/app/image_bench.h"
#include "widgets/canvas/canvas_selection.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

struct Probed {
    NetworkSpec spec;
    Analysis analysis;
    ActivationSnapshotPtr snapshot;
    NodeId node(const char* name) const { return spec.nodeByName(name)->id; }
};

/// A preset with its initial weights on an image of a slope.
Probed probed(const char* preset) {
    Probed result{makePreset(preset).value(), {}, nullptr};
    result.analysis = analyze(result.spec);
    auto probe = ActivationProbe::create(result.spec).value();
    [[maybe_unused]] const Status bound = probe->bind(std::make_shared<const WeightSet>(initialWeights(result.spec, result.analysis, 7)));
    Tensor image(*result.analysis.inputShape);
    for (std::int64_t i = 0; i < image.size(); ++i) image.data()[i] = static_cast<float>(i % 32) / 32.0F;
    result.snapshot = probe->run(image.view()).value();
    return result;
}

QStringList labels(const std::vector<ValueRow>& rows) {
    QStringList result;
    for (const ValueRow& row : rows) result << row.label;
    return result;
}

}  // namespace

class TestLookInsideParts : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { prepareApplication(); }

    void cardsShowWhatLeavesTheActivation() {
        const Probed net = probed("lenet-like");
        QCOMPARE(layerName(net.spec, shownLayer(net.spec, net.analysis, net.node("Conv 1"))), QStringLiteral("ReLU 1"));
        QCOMPARE(layerName(net.spec, shownLayer(net.spec, net.analysis, net.node("Pool 2"))), QStringLiteral("Pool 2"));  // not the flatten
        const LayerPictures pictures = layerPictures(net.spec, net.analysis, net.snapshot);
        const LayerPicture& conv = pictures.byHead.at(net.node("Conv 1"));
        QCOMPARE(conv.mosaic.total(), std::int64_t{6});
        QCOMPARE(conv.mosaic.scale().kind, ValueScale::Kind::Sequential);
        const auto& rectified = net.snapshot->outputs.at(net.node("ReLU 1"));
        std::int64_t active = 0;
        for (const float value : rectified.span()) active += value > 0;
        QVERIFY(std::abs(conv.activeShare - static_cast<double>(active) / static_cast<double>(rectified.size())) < 1e-12);
        QVERIFY(!pictures.byHead.at(net.node("Input")).image.isNull());
        QCOMPARE(pictures.byHead.at(net.node("Dense 3")).probabilities.size(), std::size_t{10});
        QCOMPARE(pictures.byHead.at(net.node("Pool 1")).activeShare, -1.0);
        QVERIFY(!pictures.byHead.contains(net.node("ReLU 1")));  // docked: no card of its own
        QVERIFY(!pictures.hasNaN());
    }

    void partialMapsAddUp() {
        const Probed net = probed("lenet-like");
        const NodeId conv = net.node("Conv 2");
        const auto partials = partialMaps(net.spec, *net.snapshot, conv, 5);
        QVERIFY(partials.ok());
        const double bias = 0.25;  // the initial bias is 0: another one shows that it counts
        const PartialTiles tiles = partialTiles(*partials, 0, bias, 5, 4);
        // The four largest of six input maps, the two others in one, the bias, and the map.
        QCOMPARE(tiles.maps.shape()[0], std::int64_t{7});
        QCOMPARE(tiles.captions.mid(4), (QStringList{QStringLiteral("2 others"), QStringLiteral("+ bias"), QStringLiteral("= map 5")}));
        const Tensor& out = net.snapshot->outputs.at(conv);
        const std::int64_t area = out.shape()[1] * out.shape()[2];
        for (std::int64_t i = 0; i < area; ++i) {
            double sum = 0;
            for (std::int64_t tile = 0; tile < 6; ++tile) sum += tiles.maps.data()[tile * area + i];
            const double map = tiles.maps.data()[6 * area + i];
            QVERIFY(std::abs(sum - map) < 1e-5);
            QVERIFY(std::abs(map - bias - out.data()[5 * area + i]) < 1e-4);
        }
    }

    void convolutionInRows() {
        const Probed net = probed("lenet-like");
        const auto explanation = explainValue(net.spec, *net.snapshot, {net.node("Conv 1"), 2, 23, 16});
        QVERIFY(explanation.ok());
        const auto rows = explanationRows(*explanation);
        QCOMPARE(labels(rows), (QStringList{QStringLiteral("Sum of products"), QStringLiteral("+ bias"), QStringLiteral("Before ReLU 1"), QStringLiteral("After ReLU 1")}));
        QVERIFY(rows.back().strong && !rows.front().strong);
        // One number of decimals for all: they can be added by eye.
        for (const ValueRow& row : rows) QCOMPARE(row.value.section(QLatin1Char('.'), 1).size(), rows.front().value.section(QLatin1Char('.'), 1).size());
    }

    void poolingSoftmaxAndDenseInRows() {
        const Probed net = probed("lenet-like");
        const auto rowsOf = [&](const char* name, std::int64_t channel) { return explanationRows(explainValue(net.spec, *net.snapshot, {net.node(name), channel, 0, 0}).value()); };
        QCOMPARE(labels(rowsOf("Pool 1", 0)), (QStringList{QStringLiteral("sum"), QStringLiteral("count"), QStringLiteral("Mean")}));
        QCOMPARE(rowsOf("Pool 1", 0)[1].value, QStringLiteral("4"));
        QCOMPARE(labels(rowsOf("Softmax 1", 3)).last(), QStringLiteral("Probability"));
        QCOMPARE(labels(rowsOf("Dense 1", 3)).first(), QStringLiteral("Sum of products"));
    }

    void numbersOfEverySizeFit() {
        QCOMPARE(rowNumber(4.4372), QStringLiteral("4.437"));
        QCOMPARE(rowNumber(-25), QStringLiteral("−25"));
        QCOMPARE(rowNumber(36.5), QStringLiteral("36.50"));
        QCOMPARE(rowNumber(1e-5), QStringLiteral("1e−5"));
        QCOMPARE(rowNumber(7.459e21), QStringLiteral("7.46e21"));  // a diverged training
        QCOMPARE(rowNumber(std::nan("")), QStringLiteral("–"));
    }

    void typedMatrices() {
        const auto kernel = matrixFromText("0 -1 0 / -1 5 \u22121 / 0, -1, 0");
        QVERIFY(kernel.ok());
        QVERIFY(kernel->shape() == (Shape{1, 3, 3}));
        QCOMPARE(kernel->data()[4], 5.0F);
        QCOMPARE(kernel->data()[5], -1.0F);
        const auto blur = matrixFromText("1/9 1/9 1/9\n1/9 1/9 1/9\n1/9 1/9 1/9\n");
        QCOMPARE(blur->data()[8], 1.0F / 9.0F);
        const auto two = matrixFromText("1 2\n3 4\n\n5 6\n7 8");
        QVERIFY(two->shape() == (Shape{2, 2, 2}));
        QCOMPARE(two->data()[6], 7.0F);
        QCOMPARE(matrixFromText(matrixText(two->view()))->data()[7], 8.0F);
    }

    void wrongMatricesAreSentences() {
        const auto why = [](const char* text) { return QString::fromStdString(matrixFromText(text).error().sentence()); };
        QVERIFY(why("1 2 3\n4 5").contains(QStringLiteral("row 1 has 2 numbers, row 0 has 3")));
        QVERIFY(why("1 two 3").contains(QStringLiteral("\u201Ctwo\u201D in row 0")));
        QVERIFY(why("1/0 2").contains(QStringLiteral("1/0")));
        QVERIFY(why("nan 2").contains(QStringLiteral("nan")));
        QVERIFY(why("   \n ").contains(QStringLiteral("no numbers")));
        QVERIFY(why("1 2\n3 4\n\n1 2 3\n4 5 6").contains(QStringLiteral("channel 1 is 2×3, channel 0 is 2×2")));
    }

    void accuracySaysSplitNumberAndInterval() {
        QCOMPARE(accuracyText(9862, 10000, Split::Test, 10000), QStringLiteral("98.62 ± 0.23 % on 10,000 test images"));
        QCOMPARE(accuracyText(972, 1000, Split::Validation, 5000), QStringLiteral("97.20 ± 1.04 % on the first 1,000 of 5,000 validation images"));
    }

    void focusStaysInside() {
        ImageBench bench;
        CanvasSelection selection;
        InspectFocus focus(bench.document, selection);
        QVERIFY(!focus.layer());
        bench.openPreset("lenet-like");
        QCOMPARE(focus.layer(), bench.node("Conv 1"));  // the first convolution
        QSignalSpy changed(&focus, &InspectFocus::changed);
        focus.setValue({bench.node("Conv 1"), 99, 99, -3});
        QVERIFY(focus.value() == (ValueRef{bench.node("Conv 1"), 5, 29, 0}));
        selection.only(bench.node("Conv 2"));
        QCOMPARE(focus.layer(), bench.node("Conv 2"));
        QCOMPARE(focus.value().row, std::int64_t{12});
        focus.setLayer(bench.node("Dense 1"));
        QVERIFY(selection.contains(bench.node("Dense 1")));
        QCOMPARE(placeText(focus.value(), focus.shape()), QStringLiteral("unit 5"));
        QCOMPARE(changed.size(), 3);
        bench.document.network().edit(QStringLiteral("Delete"), [id = bench.node("Dense 1")](NetworkSpec& spec) { spec.removeNode(id, true); });
        QCOMPARE(focus.layer(), bench.node("Conv 1"));
    }

    void newestTaskWins() {
        LatestTask task;
        std::vector<int> results;
        std::atomic<bool> hold = true;
        const auto wish = [&](int number, bool waits) {
            task.start<int>([number, waits, &hold] {
                                while (waits && hold) QThread::msleep(1);
                                return number;
                            },
                            [&results](int result) { results.push_back(result); });
        };
        wish(1, true);
        wish(2, false);
        wish(3, false);
        wish(4, false);
        hold = false;
        QTRY_COMPARE(results.size(), std::size_t{2});
        QCOMPARE(results, (std::vector<int>{1, 4}));  // 2 and 3 had not begun
    }
};

QTEST_MAIN(TestLookInsideParts)
#include "tst_look_inside_parts.moc"
