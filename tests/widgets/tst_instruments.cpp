#include "widgets/instruments/cost_bars_instrument.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/plots/plot_layout.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QPainterPath>
#include <QTest>

#include <cmath>

using namespace convolab;

namespace {

PlotDescription plotOf(const char* title, int points, PlotScale scale) {
    PlotDescription plot;
    plot.title = title;
    plot.xAxis.label = "epoch";
    plot.yAxis.scale = scale;
    for (int s = 0; s < 2; ++s) {
        PlotSeries series;
        series.name = s == 0 ? "train" : "validation";
        series.colorIndex = s;
        for (int i = 0; i < points; ++i) {
            const double x = 12.0 * i / points, falling = 2.3 * std::exp(-x) + 0.05 + 0.01 * std::sin(i * 0.7);
            series.x.push_back(x);
            series.y.push_back(scale == PlotScale::ErrorLog ? 1 - falling / 3 : falling);
        }
        if (s == 0) {
            series.rawX = series.x;
            for (int i = 0; i < points; ++i)
                series.rawY.push_back(series.y[static_cast<std::size_t>(i)] * (1 + 0.3 * std::sin(i * 12.9)));
        }
        plot.series.push_back(series);
    }
    return plot;
}

int pixelsOf(const QImage& image, ThemeColor color, QRect area) {
    int found = 0;
    for (int y = area.top(); y <= area.bottom(); ++y) {
        for (int x = area.left(); x <= area.right(); ++x)
            found += image.pixelColor(x, y) == toQColor(color);
    }
    return found;
}

double processorMilliseconds() { return 1000.0 * static_cast<double>(clock()) / CLOCKS_PER_SEC; }

}  // namespace

class InstrumentsTest : public QObject {
    Q_OBJECT

private slots:
    void curvesShowTheirColours();
    void hundredThousandPointsDraw();
    void hoverShowsHairLineAndValues();
    void narrowViewsDropPlots();
    void emptyPlotSaysSo();
    void menuCopies();
    void costBarsShowRowsAndClicks();
    void frameTime();

private:
    Theme m_theme;
};

void InstrumentsTest::curvesShowTheirColours() {
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    view.resize(1080, 270);
    auto curves = std::make_unique<CurvesInstrument>();
    curves->setPlots({plotOf("Loss", 500, PlotScale::Log), plotOf("Accuracy", 500, PlotScale::ErrorLog)});
    view.setInstrument(std::move(curves));
    const QImage image = view.grabImage();
    const Tokens& t = m_theme.current();
    for (const QRect half : {QRect(0, 0, 540, 270), QRect(540, 0, 540, 270)}) {
        QVERIFY(pixelsOf(image, t.series[1], half) > 100);
        QVERIFY(pixelsOf(image, t.grid, half) > 300);
        QVERIFY(pixelsOf(image, t.line2, half) > 300);
    }
    QVERIFY(QString::fromStdString(view.instrument()->accessibleText()).contains(QStringLiteral("validation: ")));
}

void InstrumentsTest::hundredThousandPointsDraw() {
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    view.resize(1600, 300);
    auto curves = std::make_unique<CurvesInstrument>();
    PlotDescription plot = plotOf("Loss", 100000, PlotScale::Log);
    plot.series[1].dashed = true;
    curves->setPlots({plot, plot}, {plot, plot});
    view.setInstrument(std::move(curves));
    const QImage image = view.grabImage();
    QVERIFY(pixelsOf(image, m_theme.current().series[0], image.rect()) > 300);
    qInfo("frame with 4 x 300,000 points: %.1f ms", view.lastFrameMilliseconds());
}

void InstrumentsTest::hoverShowsHairLineAndValues() {
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    view.resize(1080, 270);
    auto curves = std::make_unique<CurvesInstrument>();
    curves->setPlots({plotOf("Loss", 500, PlotScale::Log), plotOf("Accuracy", 500, PlotScale::ErrorLog)});
    view.setInstrument(std::move(curves));
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QCOMPARE(pixelsOf(view.grabImage(), m_theme.current().pop, view.rect()), 0);
    // The press carries the position; moves are not reliable on every platform.
    QTest::mouseClick(&view, Qt::LeftButton, {}, {250, 120});
    const QImage image = view.grabImage();
    QVERIFY(pixelsOf(image, m_theme.current().pop, QRect(0, 0, 540, 270)) > 1000);
    QCOMPARE(pixelsOf(image, m_theme.current().pop, QRect(540, 0, 540, 270)), 0);
    QVERIFY(pixelsOf(image, m_theme.current().text3, QRect(560, 40, 500, 200)) > 120);  // the hair line of the other plot
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(&view, &leave);
    QCOMPARE(pixelsOf(view.grabImage(), m_theme.current().pop, view.rect()), 0);
}

void InstrumentsTest::narrowViewsDropPlots() {
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    auto owned = std::make_unique<CurvesInstrument>();
    CurvesInstrument& curves = *owned;
    curves.setPlots({plotOf("Loss", 50, PlotScale::Log), plotOf("Accuracy", 50, PlotScale::ErrorLog)},
                    {plotOf("Learning rate", 50, PlotScale::Linear), plotOf("Throughput", 50, PlotScale::Linear)});
    view.setInstrument(std::move(owned));
    const auto shown = [&](int width, int height) {
        view.resize(width, height);
        view.grabImage();
        QStringList titles;
        for (int x = 20; x < width; x += 40) {
            for (const int y : {20, height - 30}) {
                const auto found = curves.exportAt(x, y);
                if (found && !titles.contains(QString::fromStdString(found->name)))
                    titles << QString::fromStdString(found->name);
            }
        }
        return titles.size();
    };
    QCOMPARE(shown(1080, 270), 4);
    QCOMPARE(shown(1080, 160), 3);
    QCOMPARE(shown(700, 270), 2);
    QCOMPARE(shown(400, 270), 1);
    QCOMPARE(shown(60, 20) <= 1, true);
}

void InstrumentsTest::emptyPlotSaysSo() {
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    view.resize(500, 170);
    auto curves = std::make_unique<CurvesInstrument>();
    PlotDescription plot;
    plot.title = "Loss";
    curves->setPlots({plot});
    view.setInstrument(std::move(curves));
    const QImage image = view.grabImage();
    QVERIFY(pixelsOf(image, m_theme.current().bg1, QRect(210, 70, 120, 30)) < 120 * 30);
    QCOMPARE(view.instrument()->accessibleText(), std::string("Loss: No training yet"));

    // A sentence that is wider than the plot goes on in the next line, not over the edge.
    plot.emptyText = "Press Measure for a curve";
    auto narrow = std::make_unique<CurvesInstrument>();
    narrow->setPlots({plot});
    view.setInstrument(std::move(narrow));
    view.resize(170, 170);
    const QRect edge(167, 50, 3, 90);
    QCOMPARE(pixelsOf(view.grabImage(), m_theme.current().bg1, edge), edge.width() * edge.height());
}

void InstrumentsTest::menuCopies() {
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    view.resize(600, 270);
    auto curves = std::make_unique<CurvesInstrument>();
    curves->setPlots({plotOf("Loss", 100, PlotScale::Log)});
    view.setInstrument(std::move(curves));
    view.grabImage();
    const auto menu = view.makeMenu({100, 100});
    QVERIFY(menu);
    const auto trigger = [&](const char* name) { menu->findChild<QAction*>(QLatin1String(name))->trigger(); };
    trigger("copyText");
    QVERIFY(QApplication::clipboard()->text().startsWith(QLatin1String("Loss\ntrain: ")));
    trigger("copyCsv");
    QVERIFY(QApplication::clipboard()->text().startsWith(QLatin1String("epoch,train,train (raw),validation\n0,")));
    trigger("copySvg");
    QVERIFY(QApplication::clipboard()->text().startsWith(QLatin1String("<svg ")));
    QVERIFY(QApplication::clipboard()->mimeData()->hasFormat(QStringLiteral("image/svg+xml")));
    trigger("copyPng");
    const QImage image = QApplication::clipboard()->image();
    QVERIFY(image.width() >= 960);
    QVERIFY(pixelsOf(image.convertToFormat(QImage::Format_RGB32), m_theme.current().series[1], image.rect()) > 100);
    QVERIFY(!view.makeMenu({-5, -5}));
}

void InstrumentsTest::costBarsShowRowsAndClicks() {
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    view.resize(640, 168);
    auto owned = std::make_unique<CostBarsInstrument>();
    owned->setRows({{"Conv 1", 60, 48600, 21600, false}, {"Conv 2", 880, 146016, 10816, true}, {"Dense", 69240, 69120, 480, false}});
    std::size_t clicked = 99;
    owned->setRowClicked([&clicked](std::size_t row) { clicked = row; });
    view.setInstrument(std::move(owned));
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    const QImage image = view.grabImage();
    QVERIFY(pixelsOf(image, m_theme.current().accent, image.rect()) > 300);
    QVERIFY(pixelsOf(image, m_theme.current().edge, image.rect()) > 300);
    QTest::mouseClick(&view, Qt::LeftButton, {}, {60, 28 + 22 + 11});
    QTRY_COMPARE(clicked, std::size_t(1));
    QVERIFY(view.instrument()->exportAt(10, 10)->csv().find("\"Dense\",69240,69120,480") != std::string::npos);
    QVERIFY(view.instrument()->exportAt(10, 10)->svg(ThemeMode::Light).find(">146,016<") != std::string::npos);
}

void InstrumentsTest::frameTime() {
    constexpr int kFrames = 60;
    InstrumentView view(m_theme, nullptr, Renderer::Raster);
    view.resize(1080, 270);
    auto owned = std::make_unique<CurvesInstrument>();
    const auto loss = plotOf("Loss", 5000, PlotScale::Log), accuracy = plotOf("Accuracy", 5000, PlotScale::ErrorLog);
    owned->setPlots({loss, accuracy});
    view.setInstrument(std::move(owned));
    view.grabImage();
    double start = processorMilliseconds();
    for (int i = 0; i < kFrames / 3; ++i)
        view.grabImage();  // three frames each
    const double raster = (processorMilliseconds() - start) / kFrames;

    // The same lines with QPainter's anti-aliased pen of width 1, its fast path.
    QImage image(1080, 270, QImage::Format_RGB32);
    start = processorMilliseconds();
    for (int i = 0; i < kFrames; ++i) {
        image.fill(Qt::black);
        QPainter painter(&image);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(Qt::white, 1));
        for (const PlotDescription* plot : {&loss, &accuracy}) {
            const PlotLayout layout = layoutPlot(*plot, {12, 4, 519, 262}, [](const std::string&) { return 30.0; }, 40);
            for (const PlotSeries& series : plot->series) {
                for (const auto* y : {&series.y, &series.rawY}) {
                    for (const auto& piece : linePieces(layout, series.x, *y)) {
                        QPolygonF line;
                        for (const PlotPoint& point : piece)
                            line << QPointF(point.x, point.y);
                        painter.drawPolyline(line);
                    }
                }
            }
        }
    }
    const double painter = (processorMilliseconds() - start) / kFrames;
    qInfo("curves, 1080 x 270, 30,000 points: raster %.2f ms of CPU a frame, QPainter (lines only) %.2f ms", raster, painter);
    QVERIFY2(raster < 60, "Frames take so long that the window would stutter.");
}

QTEST_MAIN(InstrumentsTest)
#include "tst_instruments.moc"
