#include "widgets/plots/axis_map.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"
#include "widgets/plots/plot_layout.h"

#include <QTest>

#include <cmath>

using namespace convolab;

namespace {

std::string labels(const std::vector<AxisTick>& ticks) {
    std::string text;
    for (const AxisTick& tick : ticks)
        text += (text.empty() ? "" : " ") + tick.label;
    return text;
}

PlotSeries ramp(int count) {
    PlotSeries series;
    series.name = "train";
    for (int i = 0; i < count; ++i) {
        series.x.push_back(i);
        series.y.push_back(i % 1000 == 500 ? 9.0 : 1.0 + 0.1 * std::sin(i));
    }
    return series;
}

}  // namespace

class PlotsTest : public QObject {
    Q_OBJECT

private slots:
    void numbersReadAsPeopleWriteThem();
    void linearTicksAreNice();
    void logTicksAreNice();
    void accuracyTicksStandOnTheErrorsLogarithm();
    void everyRangeGetsTwoToSevenTicks();
    void positionsAndValuesAreInverse();
    void decimationKeepsExtremesAndGaps();
    void linesAreClippedToTheArea();
    void theWordOfAnAxisKeepsClearOfItsFirstTick();
    void hoverFindsTheNearestPoint();
    void csvJoinsSeriesOnX();
    void textNamesNewestAndExtremes();
    void emptyPlotsSaySo();
};

void PlotsTest::numbersReadAsPeopleWriteThem() {
    QCOMPARE(countText(81194), std::string("81,194"));
    QCOMPARE(countText(-1234567), std::string("\u22121,234,567"));
    QCOMPARE(countText(999), std::string("999"));
    QCOMPARE(valueText(0), std::string("0"));
    QCOMPARE(valueText(0.0731), std::string("0.0731"));
    QCOMPARE(valueText(1e-3), std::string("1e\u22123"));
    QCOMPARE(valueText(3.04e-4), std::string("3.04e\u22124"));
    QCOMPARE(valueText(-4.0), std::string("\u22124"));
    QCOMPARE(valueText(12345.6), std::string("12,346"));
    QCOMPARE(valueText(NAN), std::string("\u2013"));
    QCOMPARE(fixedText(-0.001, 1), std::string("0.0"));
    QCOMPARE(percentText(0.98524), std::string("98.52 %"));
    QCOMPARE(compactText(20000), std::string("20 k"));
    QCOMPARE(compactText(9437184), std::string("9.44 M"));
    QCOMPARE(compactText(999999), std::string("1 M"));
    QCOMPARE(siText(38.24e-6, "s"), std::string("38.2 µs"));
    QCOMPARE(siText(4.56e-3, "J"), std::string("4.56 mJ"));
    QCOMPARE(siText(999.9e-6, "s"), std::string("1 ms"));
    QCOMPARE(siText(48.0e9, "FLOP/s"), std::string("48 GFLOP/s"));
    QCOMPARE(siText(2.5, "s"), std::string("2.5 s"));
    QCOMPARE(siText(0.0, "J"), std::string("0 J"));
    QCOMPARE(siText(std::nan(""), "J"), std::string("–"));
    QCOMPARE(bytesText(324776), std::string("317 KiB"));
    QCOMPARE(bytesText(1.29 * 1024 * 1024), std::string("1.29 MiB"));
    QCOMPARE(bytesText(192), std::string("192 B"));
}

void PlotsTest::linearTicksAreNice() {
    QCOMPARE(labels(AxisMap(PlotScale::Linear, 0, 12).ticks(330, 52)), std::string("0 2 4 6 8 10 12"));
    QCOMPARE(labels(AxisMap(PlotScale::Linear, 0, 0.001).ticks(80, 27)), std::string("0 5e\u22124 1e\u22123"));
    QCOMPARE(labels(AxisMap(PlotScale::Linear, 0, 20000).ticks(80, 27)), std::string("0 10 k 20 k"));
    QCOMPARE(labels(AxisMap(PlotScale::Linear, -1, 1).ticks(200, 40)), std::string("\u22121.0 \u22120.5 0.0 0.5 1.0"));
}

void PlotsTest::logTicksAreNice() {
    QCOMPARE(labels(AxisMap(PlotScale::Log, 0.04, 2.4).ticks(200, 27)), std::string("0.05 0.1 0.2 0.5 1 2"));
    QCOMPARE(labels(AxisMap(PlotScale::Log, 1e-4, 1e4).ticks(140, 27)), std::string("1e\u22124 0.01 1 100 10 k"));
    QVERIFY(AxisMap(PlotScale::Log, 0.61, 0.68).ticks(200, 27).size() >= 2);
}

void PlotsTest::accuracyTicksStandOnTheErrorsLogarithm() {
    const AxisMap map(PlotScale::ErrorLog, 0.5, 0.9995);
    const auto ticks = map.ticks(200, 27);
    QVERIFY(labels(ticks).find("90") != std::string::npos);
    QVERIFY(labels(ticks).find("99.9") != std::string::npos);
    // From 90 to 99 % is as far as from 99 to 99.9 %.
    QVERIFY(std::abs((map.position(0.99) - map.position(0.9)) - (map.position(0.999) - map.position(0.99))) < 1e-9);
    QVERIFY(std::isfinite(map.position(1.0)));
}

void PlotsTest::everyRangeGetsTwoToSevenTicks() {
    for (const PlotScale scale : {PlotScale::Linear, PlotScale::Log}) {
        for (double low = 1e-6; low < 1e6; low *= 3.7) {
            for (double factor = 1.01; factor < 1e8; factor *= 2.3) {
                const auto ticks = AxisMap(scale, low, low * factor).ticks(200, 27);
                QVERIFY2(ticks.size() >= 2 && ticks.size() <= 8, qPrintable(QString::number(low) + " x " + QString::number(factor)));
                for (const AxisTick& tick : ticks)
                    QVERIFY(tick.position > -1e-6 && tick.position < 1 + 1e-6);
            }
        }
    }
    for (double low = 0; low < 0.9989; low += 0.0371) {
        for (const double high : {low + 0.001, (1 + low) / 2, 0.9999, 1.0})
            QVERIFY(AxisMap(PlotScale::ErrorLog, low, high).ticks(200, 27).size() <= 7);
    }
}

void PlotsTest::positionsAndValuesAreInverse() {
    for (const PlotScale scale : {PlotScale::Linear, PlotScale::Log, PlotScale::ErrorLog}) {
        const AxisMap map(scale, 0.1, 0.99);
        for (const double value : {0.1, 0.3, 0.9, 0.99})
            QVERIFY(std::abs(map.value(map.position(value)) - value) < 1e-9);
    }
    QVERIFY(AxisMap(PlotScale::Log, 0.1, 1).position(0) < -1000);
}

void PlotsTest::decimationKeepsExtremesAndGaps() {
    PlotSeries series = ramp(100000);
    series.y[42000] = NAN;
    const auto kept = decimateColumns(series.x, series.y, 0, 99999, 400);
    QVERIFY(kept.size() <= 4 * 401 + 3);
    QVERIFY(std::is_sorted(kept.begin(), kept.end()));
    QCOMPARE(kept.front(), 0u);
    QCOMPARE(kept.back(), 99999u);
    int peaks = 0;
    for (const std::size_t i : kept)
        peaks += series.y[i] == 9.0;
    QCOMPARE(peaks, 100);
    QVERIFY(std::find(kept.begin(), kept.end(), 42000u) != kept.end());
    QVERIFY(decimateColumns({}, {}, 0, 1, 100).empty());
}

void PlotsTest::linesAreClippedToTheArea() {
    PlotDescription plot;
    plot.yAxis.minimum = 0.5;
    plot.yAxis.maximum = 2;
    plot.series = {ramp(5000)};
    const PlotLayout layout = layoutPlot(plot, {0, 0, 400, 200}, [](const std::string& text) { return 6.0 * static_cast<double>(text.size()); }, 30);
    const auto pieces = linePieces(layout, plot.series[0].x, plot.series[0].y);
    QVERIFY(pieces.size() >= 5);
    for (const auto& piece : pieces) {
        for (const PlotPoint& point : piece) {
            QVERIFY(point.x >= layout.area.left - 1e-6 && point.x <= layout.area.right() + 1e-6);
            QVERIFY(point.y >= layout.area.top - 1e-6 && point.y <= layout.area.bottom() + 1e-6);
        }
    }
}

void PlotsTest::theWordOfAnAxisKeepsClearOfItsFirstTick() {
    PlotDescription plot;
    plot.xAxis = {.label = "epoch", .unit = "", .minimum = 0.0, .maximum = 2.0};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.series.push_back({});
    plot.series.back().x = {0.0, 2.0};
    plot.series.back().y = {10.0, 90.0};
    const auto width = [](const std::string& text) { return 6.0 * static_cast<double>(text.size()); };
    const PlotLayout layout = layoutPlot(plot, {0, 0, 300, 200}, width, 30);
    QVERIFY(!layout.xTicks.empty());
    const double tickLeft = layout.area.left + layout.xTicks.front().position * layout.area.width - width(layout.xTicks.front().label) / 2;
    QVERIFY2(layout.xCaptionRight < tickLeft, qPrintable(QStringLiteral("%1, %2").arg(layout.xCaptionRight).arg(tickLeft)));
    QVERIFY(layout.xCaptionRight - width(layout.xCaption) >= layout.whole.left);
}

void PlotsTest::hoverFindsTheNearestPoint() {
    QCOMPARE(*nearestIndex({0, 1, 2, 4}, 2.9), 2u);
    QCOMPARE(*nearestIndex({0, 1, 2, 4}, 3.1), 3u);
    QCOMPARE(*nearestIndex({0, 1}, -5), 0u);
    QCOMPARE(*nearestIndex({0, 1}, 9), 1u);
    QVERIFY(!nearestIndex({}, 0));
    PlotDescription plot;
    plot.yAxis.scale = PlotScale::ErrorLog;
    plot.series.resize(2);
    plot.series[0].x = {0, 1, 2};
    plot.series[0].y = {0.5, 0.9, 0.9862};
    const auto values = hoverValues(plot, 1.9);
    QCOMPARE(values.size(), 1u);
    QCOMPARE(values[0].text, std::string("98.62 %"));
}

void PlotsTest::csvJoinsSeriesOnX() {
    PlotDescription plot;
    plot.xAxis.label = "epoch";
    plot.series.resize(2);
    plot.series[0].name = "train, running";
    plot.series[0].x = {0, 1};
    plot.series[0].y = {2.3, 0.5};
    plot.series[1].name = "validation";
    plot.series[1].x = {1, 2};
    plot.series[1].y = {0.25, NAN};
    QCOMPARE(plotCsv(plot), std::string("epoch,\"train, running\",validation\n0,2.3,\n1,0.5,0.25\n2,,\n"));
}

void PlotsTest::textNamesNewestAndExtremes() {
    PlotDescription plot;
    plot.title = "Loss";
    plot.xAxis.label = "epoch";
    plot.series.resize(1);
    plot.series[0].name = "train";
    plot.series[0].x = {0, 1, 2};
    plot.series[0].y = {2.3, 0.25, 0.5};
    QCOMPARE(plotText(plot), std::string("Loss\ntrain: 0.5 at epoch 2, lowest 0.25, highest 2.3"));
}

void PlotsTest::emptyPlotsSaySo() {
    PlotDescription plot;
    plot.title = "Loss";
    QVERIFY(isEmpty(plot));
    QCOMPARE(plotText(plot), std::string("Loss: No training yet"));
    plot.series.resize(1);
    plot.series[0].x = {0};
    plot.series[0].y = {NAN};
    QVERIFY(isEmpty(plot));
}

QTEST_GUILESS_MAIN(PlotsTest)
#include "tst_plots.moc"
