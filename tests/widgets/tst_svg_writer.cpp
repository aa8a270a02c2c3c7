#include "widgets/plots/svg_writer.h"

#include <QFile>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>
#include <QTest>
#include <QXmlStreamReader>

#include <clocale>
#include <cmath>

using namespace convolab;

namespace {

PlotDescription lossPlot() {
    PlotDescription plot;
    plot.title = "Loss <train & \"test\">";
    plot.xAxis.label = "epoch";
    plot.yAxis.scale = PlotScale::Log;
    PlotSeries series{.name = "train", .colorIndex = 0, .x = {}, .y = {}, .rawX = {}, .rawY = {}};
    for (int i = 0; i < 200; ++i) {
        series.x.push_back(i * 0.05);
        series.y.push_back(2.3 * std::exp(-i * 0.02) + 0.04);
    }
    series.rawX = series.x;
    series.rawY = series.y;
    plot.series = {series};
    plot.events = {{5.0, "rate halved", PlotEventKind::Change}};
    plot.now = 9.9;
    return plot;
}

bool isWellFormed(const std::string& svg) {
    QXmlStreamReader reader(QByteArray::fromStdString(svg));
    while (!reader.atEnd())
        reader.readNext();
    return !reader.hasError();
}

QImage drawn(const std::string& svg) {
    QSvgRenderer renderer(QByteArray::fromStdString(svg));
    QImage image(renderer.defaultSize(), QImage::Format_RGB32);
    image.fill(Qt::magenta);
    QPainter painter(&image);
    renderer.render(&painter);
    return image;
}

int count(const std::string& text, const std::string& what) {
    int found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size()))
        ++found;
    return found;
}

}  // namespace

class SvgWriterTest : public QObject {
    Q_OBJECT

private slots:
    void plotIsWellFormedAndComplete();
    void plotIsDrawnInTheThemesColours();
    void noCommaUnderADecimalCommaLocale();
    void emptyPlotShowsItsSentence();
    void mosaicHasEveryPixelsColour();
    void confusionShowsCountsAndLabels();
};

void SvgWriterTest::plotIsWellFormedAndComplete() {
    const std::string svg = writeSvg(lossPlot(), {480, 300}, ThemeMode::Dark);
    QVERIFY(isWellFormed(svg));
    QVERIFY(svg.find("Loss &lt;train &amp; &quot;test&quot;&gt;") != std::string::npos);
    for (const char* text : {">epoch<", ">train<", ">rate halved<", ">0.1<", ">1<", "#63b7f2", "#3fd0b6"})
        QVERIFY2(svg.find(text) != std::string::npos, text);
    QVERIFY(svg.find("nan") == std::string::npos);
    QVERIFY(svg.find("http") == svg.rfind("http"));  // only the name space: nothing is loaded from elsewhere
}

void SvgWriterTest::plotIsDrawnInTheThemesColours() {
    for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
        const QImage image = drawn(writeSvg(lossPlot(), {480, 300}, mode));
        const Tokens& t = tokens(mode);
        QCOMPARE(image.size(), QSize(480, 300));
        QCOMPARE(image.pixelColor(2, 2), QColor(t.bg1.red, t.bg1.green, t.bg1.blue));
        bool accent = false;
        for (int x = 0; x < image.width(); ++x)
            accent = accent || image.pixelColor(x, 200) == QColor(t.accent.red, t.accent.green, t.accent.blue);
        QVERIFY(accent);
    }
}

void SvgWriterTest::noCommaUnderADecimalCommaLocale() {
    const std::string before = writeSvg(lossPlot(), {480, 300}, ThemeMode::Dark);
    const bool changed = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;
    const std::string after = writeSvg(lossPlot(), {480, 300}, ThemeMode::Dark);
    std::setlocale(LC_ALL, "C");
    if (!changed)
        QSKIP("The locale de_DE.UTF-8 is not installed.");
    QCOMPARE(after, before);
}

void SvgWriterTest::emptyPlotShowsItsSentence() {
    PlotDescription plot;
    plot.title = "Accuracy";
    plot.yAxis.scale = PlotScale::ErrorLog;
    const std::string svg = writeSvg(plot, {300, 200}, ThemeMode::Light);
    QVERIFY(isWellFormed(svg));
    QVERIFY(svg.find(">No training yet<") != std::string::npos);
}

void SvgWriterTest::mosaicHasEveryPixelsColour() {
    const PixelTile kernel{2, 2, {-1, 0, 0.5f, 1}, "0"};
    const std::string svg =
        writeMosaicSvg(std::vector{kernel, kernel, kernel}, {.map = PixelMap::Diverging, .columns = 2, .title = "Conv 1"}, ThemeMode::Dark);
    QVERIFY(isWellFormed(svg));
    QCOMPARE(count(svg, hexText(divergingColor(-1))), 3);
    QCOMPARE(count(svg, hexText(divergingColor(1))), 3);
    QVERIFY(svg.find(">\u00B1 1<") != std::string::npos);
    const PixelTile colour{1, 1, {1, 0, 0}, ""};
    QVERIFY(writeMosaicSvg(std::vector{colour}, {.map = PixelMap::Colour}, ThemeMode::Dark).find("#ff0000") != std::string::npos);
    const PixelTile digit{28, 28, std::vector<float>(784, 0.0f), ""};
    QVERIFY(count(writeMosaicSvg(std::vector{digit}, {}, ThemeMode::Dark), "<rect") <= 29);
    QVERIFY(isWellFormed(writeMosaicSvg({}, {}, ThemeMode::Dark)));
}

void SvgWriterTest::confusionShowsCountsAndLabels() {
    const ConfusionTable table{{"cat", "dog"}, {1950, 50, 3, 97}, "Confusion, test"};
    const std::string svg = writeConfusionSvg(table, ThemeMode::Light);
    QVERIFY(isWellFormed(svg));
    for (const char* text : {">1,950<", ">50<", ">3<", ">97<", ">predicted<", ">true<"})
        QVERIFY2(svg.find(text) != std::string::npos, text);
    QCOMPARE(count(svg, ">cat<"), 2);
}

QTEST_MAIN(SvgWriterTest)
#include "tst_svg_writer.moc"
