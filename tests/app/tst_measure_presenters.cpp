// From measured cards to what is drawn: the five rows, the table, roofline, devices, plots, and the cards on the canvas.
#include <QImage>
#include <QPainter>
#include <QTest>
#include <cmath>

#include "app/lenses/measure/hatch.h"
#include "app/lenses/measure/heat_decorator.h"
#include "app/lenses/measure/measure_presenters.h"
#include "core/graph/presets.h"
#include "widgets/canvas/spec_document.h"
#include "widgets/plots/svg_writer.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

/// A card with numbers that a person can check: layer i takes (i + 1) µs at batch 1 and 32 times that at batch 64.
LaserCard inventedCard(const NetworkSpec& spec) {
    const Analysis analysis = analyze(spec);
    LaserCard card;
    card.name = "this";
    card.work = layerWork(spec, analysis);
    card.priceEnergy({});
    for (const std::int64_t batch : {1, 64}) {
        BatchLatency latency;
        latency.batch = batch;
        latency.runs = 100;
        latency.warmUpRuns = 5;
        double sum = 0.0;
        for (std::size_t i = 0; i < card.work.size(); ++i) {
            const double seconds = 1e-6 * static_cast<double>(i + 1) * (batch == 1 ? 1.0 : 32.0);
            latency.layers.push_back({card.work[i].node, spreadOf({seconds})});
            sum += seconds;
        }
        latency.seconds = spreadOf({sum + 5e-6});
        card.latency.batches.push_back(std::move(latency));
    }
    card.accuracy = AccuracyFigures{"digits", Split::Test, 1000, 0.9862, 0.9998, 0.05};
    card.size.parameters = analysis.total.parameters;
    card.size.macs = analysis.total.macs;
    card.size.weightBytes = 4 * analysis.total.parameters;
    card.robustness = RobustnessFigures{.attack = AttackSpec{}, .images = 300, .cleanAccuracy = 0.98, .robustAccuracy = 0.132, .rho = 0.125, .rhoImages = 100};
    return card;
}

MeasuredNetwork measured(LaserCard card, std::int64_t version = 0) {
    const QString name = version == 0 ? QStringLiteral("this") : QStringLiteral("copy");
    return {version, name, nullptr, std::make_shared<const LaserCard>(std::move(card))};
}

MachinePeak somePeak() { return {"A processor", "AVX2", 2, 100e9, 5e9, 20e9, 200e9}; }

}  // namespace

class MeasurePresentersTest : public QObject {
    Q_OBJECT

    NetworkSpec m_spec = *makePreset("lenet-like");

  private slots:
    void fiveLetters() {
        const auto rows = laserRows({measured(inventedCard(m_spec))}, 1);
        QCOMPARE(rows.size(), std::size_t{5});
        QString letters;
        for (const LaserRow& row : rows) letters += row.letter;
        QCOMPARE(letters, QStringLiteral("LASER"));
        QCOMPARE(rows[0].value, QStringLiteral("50 µs"));  // 1 + … + 9, and 5 between
        QVERIFY(rows[1].value.startsWith(QStringLiteral("98.62 ± 0.7")));
        QVERIFY(rows[1].caption.contains(QStringLiteral("test, 1,000")));
        QCOMPARE(rows[2].value, QStringLiteral("317 KiB"));
        QVERIFY(rows[2].caption.contains(QStringLiteral("81,194")) && rows[2].caption.contains(QStringLiteral("549 k")));
        QVERIFY(rows[3].how.contains(QStringLiteral("modelled (45 nm, arithmetic + memory, not this computer)")));
        QVERIFY(rows[3].bars[0].modelled && !rows[0].bars[0].modelled);
        QCOMPARE(rows[4].value, QStringLiteral("13.2 %"));
        QVERIFY(rows[4].caption.contains(QStringLiteral("ρ̂ 0.125")));
        QVERIFY(!rows[0].bars[0].best);  // alone, nobody wins
        QVERIFY(rows[0].caption.contains(QStringLiteral("p95")));
        LaserCard integers = inventedCard(m_spec);
        integers.arithmetic = "8-bit integers";
        QVERIFY(laserRows({measured(std::move(integers))}, 1)[0].caption.endsWith(QStringLiteral("8-bit integers")));
    }

    void versionsStandBesideOneAnother() {
        LaserCard better = inventedCard(m_spec);
        better.accuracy->top1 = 0.9772;
        better.size.packedBytes = 10'600;
        better.robustness.reset();
        const auto rows = laserRows({measured(inventedCard(m_spec)), measured(std::move(better), 7)}, 1);
        QVERIFY(rows[1].bars[0].best && !rows[1].bars[1].best);
        QVERIFY(!rows[2].bars[0].best && rows[2].bars[1].best);
        QCOMPARE(rows[2].bars[0].fraction, 1.0);
        QVERIFY(rows[0].bars[0].best && rows[0].bars[1].best);  // a draw
        QVERIFY(!rows[4].bars[1].known);
        QCOMPARE(rows[4].bars[1].text, QStringLiteral("–"));
        QVERIFY(laserText(rows).contains(QStringLiteral("copy")));
    }

    void missingNumbersAreDashes() {
        LaserCard card = inventedCard(m_spec);
        card.accuracy.reset();
        card.robustness.reset();
        card.latency.batches.clear();
        const auto rows = laserRows({measured(std::move(card))}, 1);
        QCOMPARE(rows[1].value, QStringLiteral("–"));
        QCOMPARE(rows[4].value, QStringLiteral("–"));
        QVERIFY(laserRows({}, 1).empty());
    }

    void theTableSumsUp() {
        const LaserCard card = inventedCard(m_spec);
        const auto rows = layerRows(card, 1);
        QCOMPARE(rows.size(), card.work.size() + 2);
        const auto column = [](const char* id) {
            const auto& all = layerMetrics();
            return static_cast<std::size_t>(std::find(all.begin(), all.end(), findLayerMetric(id)) - all.begin());
        };
        const LayerRowFigures &between = rows[rows.size() - 2], &network = rows.back();
        QCOMPARE(*network.values[column("parameters")], 81'194.0);
        QCOMPARE(*network.values[column("macs")], 274'656.0);
        QVERIFY(std::abs(*between.values[column("time")] - 5e-6) < 1e-12);
        QVERIFY(std::abs(*network.values[column("time")] - 50e-6) < 1e-12);
        QVERIFY(std::abs(*network.values[column("energy")] - card.energy.total()) < 1e-15);
        QVERIFY(!between.values[column("macs")]);
        QVERIFY(!rows[0].values[column("macs")]);  // the input has none
    }

    void metricsSpeak() {
        QCOMPARE(metricText(*findLayerMetric("time"), 38e-6), QStringLiteral("38 µs"));
        QCOMPARE(metricText(*findLayerMetric("energy"), 45.3e-6), QStringLiteral("45.3 µJ"));
        QCOMPARE(metricText(*findLayerMetric("moved"), 279'757.0), QStringLiteral("273 KiB"));
        QCOMPARE(metricText(*findLayerMetric("macs"), 146'016.0), QStringLiteral("146,016"));
        QCOMPARE(metricText(*findLayerMetric("macs"), std::nullopt), QStringLiteral("–"));
        const FigureText figure = figureText(*findLayerMetric("time"), 38e-6);
        QCOMPARE(figure.number + QLatin1Char('|') + figure.unit, QStringLiteral("38|µs"));
    }

    void theRooflineHasLayersWithMacs() {
        const LaserCard card = inventedCard(m_spec);
        const NodeId conv = m_spec.nodeByName("Conv 1")->id;
        const RooflinePicture picture = rooflinePicture(&card, somePeak(), {conv}, QStringLiteral("none"));
        QCOMPARE(picture.layers.size(), std::size_t{5});
        QCOMPARE(picture.roofs.size(), std::size_t{3});  // memory, caches, scalar
        const auto& first = picture.layers.front();
        QVERIFY(first.selected && !picture.layers[1].selected);
        QCOMPARE(first.first->flops, 2.0 * 48'600 / 2e-6);
        QVERIFY(first.second->flopPerByte > first.first->flopPerByte);
        QVERIFY(rooflinePicture(nullptr, somePeak(), {}, QStringLiteral("none")).layers.empty());
        QCOMPARE(rooflinePicture(&card, std::nullopt, {}, QStringLiteral("none")).emptyText, std::string("none"));
        RooflineInstrument instrument;
        instrument.setPicture(picture);
        QVERIFY(QString::fromStdString(instrument.accessibleText()).contains("Conv 1"));
        const auto exported = instrument.exportAt(0, 0);
        QVERIFY(exported && QString::fromStdString(exported->csv()).contains("\"Conv 1\",\"batch 1\""));
        QVERIFY(QString::fromStdString(exported->svg(ThemeMode::Dark)).contains("Dense 1"));
        instrument.setPicture({});
        QVERIFY(!instrument.exportAt(0, 0));
    }

    void devicesSayWhichAreMeasured() {
        const LaserCard card = inventedCard(m_spec);
        const auto bars = deviceBars(card, 64, somePeak());
        QCOMPARE(bars.size(), std::size_t{7});
        QVERIFY(bars[0].measured && bars[0].here);
        QCOMPARE(bars[0].imagesPerSecond, 64.0 / card.latency.find(64)->seconds.median);
        for (std::size_t i = 1; i < bars.size(); ++i) QVERIFY(!bars[i].measured && bars[i].how.startsWith(QStringLiteral("modelled")));
        const auto arria = std::find_if(bars.begin(), bars.end(), [](const DeviceBar& bar) { return bar.name.startsWith("Arria"); });
        QVERIFY(arria->how.contains("37.3"));
    }

    void plots() {
        const std::vector<MeasuredNetwork> networks{measured(inventedCard(m_spec))};
        const PlotDescription batch = batchPlot(networks, 64);
        QCOMPARE(batch.series.size(), std::size_t{1});
        QCOMPARE(batch.series[0].x, (std::vector<double>{1, 64}));
        QVERIFY(std::abs(batch.series[0].y[0] - 50.0) < 1e-9);
        QCOMPARE(*batch.now, 64.0);
        LaserCard smaller = inventedCard(m_spec);
        smaller.size.packedBytes = 10'000;
        smaller.accuracy->top1 = 0.97;
        const PlotDescription pareto = paretoPlot({networks[0], measured(std::move(smaller), 3)}, *findLaserAxis("size"), *findLaserAxis("accuracy"));
        QCOMPARE(pareto.series.size(), std::size_t{3});  // both, and the line between
        QVERIFY(pareto.series[0].dashed && pareto.series[0].x.size() == 2);
        QVERIFY(pareto.series[0].x[0] < pareto.series[0].x[1]);
        QVERIFY(isEmpty(paretoPlot({}, *findLaserAxis("size"), *findLaserAxis("accuracy"))));
        QVERIFY(!writeSvg(pareto, {400, 300}, ThemeMode::Light).empty());
    }

    void cardsAreColouredByTheirShare() {
        Theme theme(ThemeMode::Dark);
        SpecDocument document;
        document.setSpec(m_spec);
        HeatDecorator heat(theme, document);
        const LayerMetric& time = *findLayerMetric("time");
        const NodeId dense3 = m_spec.nodeByName("Dense 3")->id, conv = m_spec.nodeByName("Conv 1")->id;
        heat.show(nullptr, time, 1, 1, QStringLiteral("not measured"));
        QVERIFY(!heat.cardValue(conv, time));
        QCOMPARE(heat.largest(time), 0.0);
        heat.show(std::make_shared<const LaserCard>(inventedCard(m_spec)), time, 1, 1, {});
        QCOMPARE(*heat.cardValue(conv, time), 2e-6);
        QCOMPARE(*heat.cardValue(dense3, time), 17e-6);  // with its softmax
        QCOMPARE(*heat.layerValue(dense3, time), 8e-6);
        QCOMPARE(heat.largest(time), 17e-6);
        QVERIFY(std::abs(heat.total(time) - 50e-6) < 1e-12);
        QVERIFY(heat.heat(dense3) == sequentialColor(1.0));
        QImage image(132, 240, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::black);
        QPainter painter(&image);
        heat.paint(painter, QRectF(0, 0, 132, 240), dense3);
        painter.end();
        QCOMPARE(image.pixelColor(20, 20), toQColor(sequentialColor(1.0)));
        const QString hint = heat.hint(QRectF(0, 0, 132, 240), conv, {50, 50});
        QVERIFY(hint.contains(QStringLiteral("2 µs (measured, batch 1)")) && hint.contains(QStringLiteral("modelled")));
    }

    void modelledBarsAreNotSolid() {
        const auto filled = [](bool modelled) {
            QImage image(60, 12, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::black);
            QPainter painter(&image);
            fillBar(painter, QRectF(0, 0, 60, 12), Qt::white, modelled);
            painter.end();
            int light = 0;
            for (int x = 4; x < 56; ++x) light += image.pixelColor(x, 6).lightness() > 128 ? 1 : 0;
            return light;
        };
        QCOMPARE(filled(false), 52);
        QVERIFY(filled(true) > 5 && filled(true) < 40);
    }
};

QTEST_MAIN(MeasurePresentersTest)
#include "tst_measure_presenters.moc"
