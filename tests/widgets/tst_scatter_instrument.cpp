// Points in a plot that can be pointed at: hover, click, double click, keys, copies.
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/scatter_instrument.h"
#include "widgets/plots/svg_writer.h"

#include <QTest>

#include <cstdlib>

using namespace convolab;

namespace {

PlotDescription threePoints() {
    PlotDescription plot;
    plot.title = "Accuracy against size";
    plot.xAxis = {.label = "size", .unit = "KiB", .scale = PlotScale::Log, .minimum = 5.0, .maximum = 400.0};
    plot.yAxis = {.label = "", .unit = "%", .scale = PlotScale::ErrorLog, .minimum = 0.2, .maximum = 0.995};
    PlotSeries cut;
    cut.name = "cut only";
    cut.colorIndex = 5;
    cut.marker = PlotMarker::Ring;
    cut.line = cut.ringAtNewest = false;
    cut.x = {10, 40};
    cut.y = {0.34, 0.95};
    PlotSeries tuned = cut;
    tuned.name = "fine-tuned";
    tuned.colorIndex = 3;
    tuned.marker = PlotMarker::Diamond;
    tuned.x = {10};
    tuned.y = {0.977};
    plot.series = {cut, tuned};
    return plot;
}

// Edges are smoothed: what a line only partly covers is a little paler than its colour.
bool isLike(const QColor& pixel, const QColor& wanted) {
    constexpr int kPaler = 48;
    return std::abs(pixel.red() - wanted.red()) <= kPaler && std::abs(pixel.green() - wanted.green()) <= kPaler &&
           std::abs(pixel.blue() - wanted.blue()) <= kPaler;
}

int pixelsNear(const QImage& image, ThemeColor color, QPoint centre, int reach) {
    int found = 0;
    for (int y = centre.y() - reach; y <= centre.y() + reach; ++y) {
        for (int x = centre.x() - reach; x <= centre.x() + reach; ++x)
            found += image.rect().contains(x, y) && isLike(image.pixelColor(x, y), toQColor(color));
    }
    return found;
}

}  // namespace

class ScatterInstrumentTest : public QObject {
    Q_OBJECT

private slots:
    void init() {
        m_view = std::make_unique<InstrumentView>(m_theme, nullptr, Renderer::Raster);
        m_view->resize(520, 280);
        auto owned = std::make_unique<ScatterInstrument>();
        m_scatter = owned.get();
        m_scatter->setPlot(threePoints());
        m_view->setInstrument(std::move(owned));
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
        static_cast<void>(m_view->grabImage());
    }
    void cleanup() { m_view.reset(); }

    void everyPointIsDrawn() {
        const QImage image = m_view->grabImage();
        QVERIFY(pixelsNear(image, m_theme.current().seriesColor(3), at({1, 0}), 4) > 10);
        QVERIFY(pixelsNear(image, m_theme.current().seriesColor(5), at({0, 0}), 5) > 3);
        // A ring is hollow.
        QVERIFY(image.pixelColor(at({0, 0})) != toQColor(m_theme.current().seriesColor(5)));
        QVERIFY(at({0, 0}).y() > at({1, 0}).y());
        QVERIFY(at({0, 1}).x() > at({0, 0}).x());
    }

    void clicksChooseAndDoubleClicksRestore() {
        std::vector<ScatterInstrument::Point> clicked, doubled;
        m_scatter->setClicked([&](ScatterInstrument::Point point) { clicked.push_back(point); });
        m_scatter->setDoubleClicked([&](ScatterInstrument::Point point) { doubled.push_back(point); });
        const QPoint place = at({0, 1});
        QTest::mouseMove(m_view.get(), place);
        QTRY_COMPARE(m_scatter->hovered(), std::optional(ScatterInstrument::Point{0, 1}));
        QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, place);
        QTRY_COMPARE(clicked.size(), std::size_t{1});
        QCOMPARE(clicked[0], (ScatterInstrument::Point{0, 1}));
        QTest::mouseDClick(m_view.get(), Qt::LeftButton, {}, place);
        QTRY_COMPARE(doubled.size(), std::size_t{1});
        QCOMPARE(doubled[0], (ScatterInstrument::Point{0, 1}));
        // Far from any point nothing is meant.
        const std::size_t before = clicked.size();
        QTest::mouseMove(m_view.get(), place + QPoint(60, -60));
        QTRY_VERIFY(!m_scatter->hovered());
        QTest::mouseClick(m_view.get(), Qt::LeftButton, {}, place + QPoint(60, -60));
        QTest::qWait(60);
        QCOMPARE(clicked.size(), before);
    }

    void theCurrentPointHasARingAndCanBeMovedByKeys() {
        m_scatter->setCurrent(ScatterInstrument::Point{1, 0}, ScatterInstrument::Point{0, 0}, "34.0 % before");
        m_view->requestRepaint();
        const QImage image = m_view->grabImage();
        QVERIFY(pixelsNear(image, m_theme.current().text1, at({1, 0}), 9) > 8);
        const QPoint between = (at({1, 0}) + at({0, 0})) / 2;
        QVERIFY(pixelsNear(image, m_theme.current().accent, between, 8) > 3);  // the way up
        std::vector<ScatterInstrument::Point> clicked;
        m_scatter->setClicked([&](ScatterInstrument::Point point) {
            clicked.push_back(point);
            m_scatter->setCurrent(point);
        });
        m_view->setFocus();
        QTest::keyClick(m_view.get(), Qt::Key_Right);
        QTRY_COMPARE(clicked.size(), std::size_t{1});
        QCOMPARE(clicked[0], (ScatterInstrument::Point{0, 1}));
    }

    void copiesHoldEveryPoint() {
        const auto copied = m_scatter->exportAt(10, 10);
        QVERIFY(copied.has_value());
        const std::string csv = copied->csv();
        QVERIFY(csv.find("0.977") != std::string::npos && csv.find("0.34") != std::string::npos && csv.find("0.95") != std::string::npos);
        const std::string svg = copied->svg(ThemeMode::Light);
        QVERIFY(svg.find("cut only") != std::string::npos);
        // Points are not joined: a line would add a stroke.
        PlotDescription joined = threePoints();
        joined.series[0].line = true;
        const auto strokes = [](const std::string& picture) { return QString::fromStdString(picture).count(QStringLiteral("<polyline")); };
        QCOMPARE(strokes(writeSvg(joined, {520, 300}, ThemeMode::Light)), strokes(writeSvg(threePoints(), {520, 300}, ThemeMode::Light)) + 2);  // curve and legend
        m_scatter->setPlot({});
        QVERIFY(!m_scatter->exportAt(10, 10));
    }

private:
    QPoint at(ScatterInstrument::Point point) const {
        const auto place = m_scatter->position(point);
        return place ? QPointF(place->x, place->y).toPoint() : QPoint();
    }

    Theme m_theme{ThemeMode::Dark};
    std::unique_ptr<InstrumentView> m_view;
    ScatterInstrument* m_scatter = nullptr;
};

QTEST_MAIN(ScatterInstrumentTest)
#include "tst_scatter_instrument.moc"
