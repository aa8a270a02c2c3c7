// The strip of an attack: clean + r = adversarial, logits before and after, accuracy over ε with a line that can be dragged.
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/logit_bars_instrument.h"
#include "widgets/instruments/perturbation_instrument.h"
#include "widgets/plots/plot_layout.h"
#include "widgets/plots/svg_writer.h"

#include <QTest>

#include <cmath>

using namespace convolab;

namespace {

int pixelsIn(const QImage& image, ThemeColor color, QRect area) {
    int found = 0;
    area &= image.rect();
    for (int y = area.top(); y <= area.bottom(); ++y) {
        for (int x = area.left(); x <= area.right(); ++x)
            found += image.pixelColor(x, y) == toQColor(color);
    }
    return found;
}

QRect rectOf(const PlotRect& rect) {
    return QRectF(rect.left, rect.top, rect.width, rect.height).toAlignedRect();
}

// 4 × 4: the top left pixel is white and gets darker by 0.125; the bottom right one is black and gets lighter by 0.125.
PerturbationPicture fourByFour() {
    PerturbationPicture picture;
    picture.title = "Test image 5";
    picture.note = "of 200";
    picture.clean = {4, 4, 1, std::vector<float>(16, 0.5f)};
    picture.clean.values[0] = 1;
    picture.clean.values[15] = 0;
    picture.perturbation = {4, 4, 1, std::vector<float>(16, 0.0f)};
    picture.perturbation.values[0] = -0.125f;
    picture.perturbation.values[15] = 0.125f;
    picture.adversarial = picture.clean;
    for (std::size_t i = 0; i < 16; ++i)
        picture.adversarial.values[i] += picture.perturbation.values[i];
    picture.cleanClass = "4";
    picture.cleanShare = "99.98 %";
    picture.adversarialClass = "9";
    picture.adversarialShare = "99.60 %";
    picture.bound = "|r| ≤ 0.125";
    picture.fooled = true;
    return picture;
}

LogitPicture tenLogits() {
    LogitPicture picture;
    for (int i = 0; i < 10; ++i) {
        const std::string name = std::to_string(i);
        picture.rows.push_back({name, i == 4 ? 10.0 : -5.0 - i, i == 9 ? 8.0 : -4.0, i == 4 ? 0.99 : 0.001, i == 9 ? 0.98 : 0.002});
    }
    picture.cleanClass = 4;
    picture.adversarialClass = 9;
    return picture;
}

PlotDescription accuracyPlot() {
    PlotDescription plot;
    plot.title = "Accuracy against ε";
    plot.note = "test, 1,000 images";
    plot.xAxis = {.label = "ε", .unit = "", .minimum = 0.0, .maximum = 0.3};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.emptyText = "No curve yet";
    for (int s = 0; s < 2; ++s) {
        PlotSeries series;
        series.name = s == 0 ? "FGSM" : "PGD 20";
        series.colorIndex = s;
        series.marker = s == 0 ? PlotMarker::Circle : PlotMarker::Square;
        for (int i = 0; i <= 6; ++i) {
            series.x.push_back(0.05 * i);
            series.y.push_back(98.0 * std::exp(-(s + 1) * 0.5 * i));
            series.low.push_back(series.y.back() - 3);
            series.high.push_back(series.y.back() + 3);
        }
        plot.series.push_back(series);
    }
    plot.now = 0.15;
    plot.nowHandle = true;
    plot.legendInside = true;
    return plot;
}

const TextWidth kSixPixelLetters = [](const std::string& text) { return 6.0 * static_cast<double>(text.size()); };

}  // namespace

class AttackInstrumentsTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_theme.setMode(ThemeMode::Dark); }

    void perturbationsAreDivergingAndScaled() {
        const ValueImage r{2, 1, 1, {0.05f, -0.1f}};
        const PixelImage pixels = differencePixels(r, 8);
        const ThemeColor plus = divergingColor(0.4), minus = divergingColor(-0.8);
        QCOMPARE(pixels.channels, 3);
        QCOMPARE((ThemeColor{pixels.pixels[0], pixels.pixels[1], pixels.pixels[2], 255}), plus);
        QCOMPARE((ThemeColor{pixels.pixels[3], pixels.pixels[4], pixels.pixels[5], 255}), minus);
        // Colour images: about middle grey, each channel by itself.
        const PixelImage colour = differencePixels({1, 1, 3, {0.0f, 0.1f, -0.2f}}, 5);
        QCOMPARE(int(colour.pixels[0]), 128);
        QCOMPARE(int(colour.pixels[1]), 191);
        QCOMPARE(int(colour.pixels[2]), 0);
    }

    void threePicturesStandSideBySide() {
        InstrumentView view(m_theme, nullptr, Renderer::Raster);
        view.resize(560, 250);
        auto owned = std::make_unique<PerturbationInstrument>();
        PerturbationInstrument& instrument = *owned;
        instrument.setPicture(fourByFour());
        instrument.setFactor(4);
        view.setInstrument(std::move(owned));
        const QImage image = view.grabImage();
        const auto where = instrument.places(560, 250);
        const auto pixelOf = [&](const PlotRect& place, int row, int column) {
            return image.pixelColor(int(place.left + place.width * (column + 0.5) / 4), int(place.top + place.height * (row + 0.5) / 4));
        };
        QCOMPARE(pixelOf(where.clean, 0, 0), QColor(255, 255, 255));
        QCOMPARE(pixelOf(where.clean, 3, 3), QColor(0, 0, 0));
        QCOMPARE(pixelOf(where.perturbation, 0, 0), toQColor(divergingColor(-0.5)));
        QCOMPARE(pixelOf(where.perturbation, 1, 1), toQColor(divergingColor(0)));
        QCOMPARE(pixelOf(where.perturbation, 3, 3), toQColor(divergingColor(0.5)));
        QCOMPARE(pixelOf(where.adversarial, 0, 0), QColor(223, 223, 223));
        QCOMPARE(pixelOf(where.adversarial, 3, 3), QColor(32, 32, 32));
        // The frame of a fooled network's image.
        QVERIFY(pixelsIn(image, m_theme.current().series[1], rectOf(where.adversarial).adjusted(-3, -3, 3, 3)) > 100);
        instrument.setFactor(10);
        const QImage stronger = view.grabImage();
        QCOMPARE(stronger.pixelColor(int(where.perturbation.left + 4), int(where.perturbation.top + 4)), toQColor(divergingColor(-1)));
    }

    void picturesStayReadableInALowStrip() {
        PerturbationInstrument instrument;
        instrument.setPicture(fourByFour());
        const auto low = instrument.places(400, 168);
        QVERIFY(low.clean.width >= 96);
        QVERIFY(low.adversarial.right() <= 400);
        QVERIFY(low.clean.bottom() + 36 <= 168);
        // An image of another shape keeps it.
        PerturbationPicture wide = fourByFour();
        wide.clean.width = 8;
        wide.clean.height = 2;
        instrument.setPicture(wide);
        const auto flat = instrument.places(560, 250);
        QVERIFY(std::abs(flat.clean.width / flat.clean.height - 4) < 0.1);
    }

    void pixelValuesAreShownAndCopied() {
        InstrumentView view(m_theme, nullptr, Renderer::Raster);
        view.resize(560, 250);
        auto owned = std::make_unique<PerturbationInstrument>();
        PerturbationInstrument& instrument = *owned;
        instrument.setPicture(fourByFour());
        view.setInstrument(std::move(owned));
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        const auto where = instrument.places(560, 250);
        QCOMPARE(pixelsIn(view.grabImage(), m_theme.current().pop, view.rect()), 0);
        QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(int(where.clean.left) + 8, int(where.clean.top) + 8));
        QVERIFY(pixelsIn(view.grabImage(), m_theme.current().pop, view.rect()) > 500);
        const auto source = instrument.exportAt(10, 10);
        QVERIFY(source);
        QCOMPARE(source->csv().substr(0, source->csv().find("\n0,0,1,")),
                 std::string("channel,row,column,clean,r,adversarial\n0,0,0,1,-0.125,0.875"));
        QVERIFY(source->svg(ThemeMode::Light).find("#dfdfdf") != std::string::npos);
        QCOMPARE(instrument.accessibleText(),
                 std::string("Test image 5 of 200. Clean: 4, 99.98 %. Adversarial, |r| ≤ 0.125: 9, 99.60 %"));
        instrument.setPicture({});
        QVERIFY(!instrument.exportAt(10, 10));
        QCOMPARE(instrument.accessibleText(), std::string("No image"));
    }

    void logitBarsStandAboutZero() {
        InstrumentView view(m_theme, nullptr, Renderer::Raster);
        view.resize(240, 250);
        auto owned = std::make_unique<LogitBarsInstrument>();
        LogitBarsInstrument& instrument = *owned;
        instrument.setPicture(tenLogits());
        view.setInstrument(std::move(owned));
        const QImage image = view.grabImage();
        const auto nine = instrument.bar(9, 240, 250), four = instrument.bar(4, 240, 250);
        QVERIFY(nine && four);
        QVERIFY(nine->adversarial.width > 5 * 8);
        // Filled for the adversarial class, to the right of zero; dashed for the clean one.
        const QRect inside = rectOf(nine->adversarial).adjusted(2, 2, -2, -2);
        QCOMPARE(pixelsIn(image, m_theme.current().series[1], inside), inside.width() * inside.height());
        QVERIFY(pixelsIn(image, m_theme.current().series[0], rectOf(four->clean).adjusted(-2, -2, 2, 2)) > 20);
        QVERIFY(four->adversarial.right() <= nine->adversarial.left + 1);
        QVERIFY(std::abs(four->clean.width / nine->adversarial.width - 10.0 / 8.0) < 0.05);
        QVERIFY(instrument.exportAt(5, 5)->csv().find("\"4\",10.000000,0.990000,-4.000000,0.002000\n") != std::string::npos);
    }

    void manyClassesShowTheLikeliest() {
        LogitPicture picture = tenLogits();
        for (int i = 10; i < 200; ++i)
            picture.rows.push_back({"class " + std::to_string(i), -1, -1, 1e-4, 1e-4});
        picture.rows[150].adversarialShare = 0.5;
        LogitBarsInstrument instrument;
        instrument.setPicture(picture);
        QVERIFY(instrument.bar(4, 240, 200));
        QVERIFY(instrument.bar(9, 240, 200));
        QVERIFY(instrument.bar(150, 240, 200));
        QVERIFY(!instrument.bar(151, 240, 200));
    }

    void aPointsIntervalIsShownAndWritten() {
        const PlotDescription plot = accuracyPlot();
        QCOMPARE(hoverValues(plot, 0.0)[0].text, std::string("98.00 ± 3.00 %"));
        QVERIFY(plotText(plot).find("FGSM: 4.88 ± 3.00 % at ε 0.3") != std::string::npos);
        QVERIFY(plotCsv(plot).starts_with("ε,FGSM,FGSM (low),FGSM (high),PGD 20,PGD 20 (low),PGD 20 (high)\n0,98,95,101,98,95,101\n"));
        PlotDescription shares = plot;
        shares.yAxis.scale = PlotScale::ErrorLog;
        shares.series[0].y[0] = 0.9862;
        shares.series[0].low[0] = 0.9839;
        shares.series[0].high[0] = 0.9885;
        QCOMPARE(hoverValues(shares, 0.0)[0].text, std::string("98.62 ± 0.23 %"));
        PlotDescription bare = plot;
        for (PlotSeries& series : bare.series)
            series.low = series.high = {};
        const auto strokes = [](const PlotDescription& description) {
            const std::string svg = writeSvg(description, {480, 300}, ThemeMode::Dark);
            int found = 0;
            for (std::size_t at = svg.find("<polyline"); at != std::string::npos; at = svg.find("<polyline", at + 1))
                ++found;
            return found;
        };
        QCOMPARE(strokes(plot) - strokes(bare), 2 * 7 * 3);  // a stem and two ends a point
    }

    void perCentStandOnTheLastTick() {
        const PlotLayout layout = layoutPlot(accuracyPlot(), {0, 0, 300, 220}, kSixPixelLetters, 90);
        QCOMPARE(layout.yTicks.back().label, std::string("100 %"));
        QCOMPARE(layout.yTicks.front().label, std::string("0"));
        QVERIFY(layout.yCaption.empty());
    }

    void theLegendKeepsClearOfTheCurves() {
        const PlotDescription falling = accuracyPlot();
        const PlotLayout layout = layoutPlot(falling, {0, 0, 300, 220}, kSixPixelLetters, 90);
        QVERIFY(layout.legendBox);
        QCOMPARE(layout.legend.size(), std::size_t(2));
        QVERIFY(layout.legendBox->left > layout.area.left + layout.area.width / 2);
        for (const PlotSeries& series : falling.series) {
            for (std::size_t i = 0; i < series.x.size(); ++i) {
                const double x = layout.pixelX(series.x[i]), y = layout.pixelY(series.y[i]);
                const PlotRect& box = *layout.legendBox;
                QVERIFY(x < box.left || x > box.right() || y < box.top || y > box.bottom());
            }
        }
        PlotDescription rising = falling;
        for (PlotSeries& series : rising.series)
            std::reverse(series.y.begin(), series.y.end());
        const PlotLayout other = layoutPlot(rising, {0, 0, 300, 220}, kSixPixelLetters, 90);
        QVERIFY(other.legendBox->bottom() > other.area.top + other.area.height / 2 || other.legendBox->left < 150);
    }

    void theLineOfNowIsDragged() {
        InstrumentView view(m_theme, nullptr, Renderer::Raster);
        view.resize(320, 240);
        auto owned = std::make_unique<CurvesInstrument>();
        CurvesInstrument& curves = *owned;
        PlotDescription plot = accuracyPlot();
        curves.setPlots({plot});
        std::vector<double> moves;
        curves.setNowDragged([&](double x) {
            moves.push_back(x);
            plot.now = x;
            curves.setPlots({plot});
        });
        view.setInstrument(std::move(owned));
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        const QImage before = view.grabImage();
        const QRect line = accentLine(before);
        QVERIFY2(line.width() >= 8 && line.width() <= 12, qPrintable(QString::number(line.width())));  // the grip
        QVERIFY2(line.height() > 150, qPrintable(QString::number(line.height())));
        const QPoint at(line.center().x(), line.center().y());
        QTest::mousePress(&view, Qt::LeftButton, {}, at);
        view.grabImage();
        QTest::mouseMove(&view, at + QPoint(40, 0));
        view.grabImage();
        QTRY_VERIFY(!moves.empty());
        QVERIFY2(moves.back() > 0.17 && moves.back() < 0.23, qPrintable(QString::number(moves.back())));
        QTest::mouseMove(&view, at + QPoint(900, 0));
        view.grabImage();
        QTRY_COMPARE(moves.back(), 0.3);
        QTest::mouseRelease(&view, Qt::LeftButton, {}, at + QPoint(900, 0));
        const QRect after = accentLine(view.grabImage());
        QVERIFY(after.center().x() > line.center().x() + 80);
        const std::size_t count = moves.size();
        QTest::mouseMove(&view, at);
        view.grabImage();
        QCOMPARE(moves.size(), count);
        QVERIFY(!curves.isDragging());
    }

private:
    // Where the grip stands, grown by the line above it.
    QRect accentLine(const QImage& image) const {
        const QColor accent = toQColor(m_theme.current().accent);
        QRect bounds;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                if (image.pixelColor(x, y) == accent)
                    bounds |= QRect(x, y, 1, 1);
            }
        }
        const auto tinted = [&](int y) {
            for (int x = bounds.center().x() - 1; x <= bounds.center().x() + 2; ++x) {
                const QColor pixel = image.pixelColor(x, y);
                if (pixel.green() > pixel.red() + 40 && pixel.blue() > pixel.red() + 30)
                    return true;
            }
            return false;
        };
        while (bounds.top() > 0 && tinted(bounds.top() - 1))
            bounds.setTop(bounds.top() - 1);
        return bounds;
    }

    Theme m_theme;
};

QTEST_MAIN(AttackInstrumentsTest)
#include "tst_attack_instruments.moc"
