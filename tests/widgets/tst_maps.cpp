// Maps as pictures: colours, mosaics and what stands where in them, and the large views that a person points at.
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QPainter>
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <limits>

#include "widgets/maps/map_mosaic.h"
#include "widgets/maps/map_view.h"
#include "widgets/maps/mosaic_view.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

QRgb rgb(ThemeColor color) { return qRgb(color.red, color.green, color.blue); }

/// (maps, rows, columns) in which map m is m everywhere, but for its upper left value, which is larger.
std::shared_ptr<Tensor> countingMaps(std::int64_t maps, std::int64_t rows, std::int64_t columns) {
    auto tensor = std::make_shared<Tensor>(Shape{maps, rows, columns});
    for (std::int64_t i = 0; i < tensor->size(); ++i) tensor->data()[i] = static_cast<float>(i / (rows * columns));
    for (std::int64_t map = 0; map < maps; ++map) tensor->data()[map * rows * columns] += 0.5F;
    return tensor;
}

QImage painted(const MapMosaic& mosaic, const QRectF& box, const MapMosaic::Marks& marks = {}) {
    QImage picture(box.size().toSize(), QImage::Format_RGB32);
    picture.fill(Qt::magenta);
    QPainter painter(&picture);
    mosaic.paint(painter, box, tokens(ThemeMode::Dark), marks);
    return picture;
}

}  // namespace

Q_DECLARE_METATYPE(convolab::MapMosaic::Place)

class TestMaps : public QObject {
    Q_OBJECT

    Theme m_theme;

  private slots:
    void initTestCase() {
        m_theme.applyTo(*qApp);
        qRegisterMetaType<MapMosaic::Place>();
    }

    void scaleFollowsTheSigns() {
        const std::vector<float> rectified{0.0F, 1.0F, 4.0F};
        const ValueScale up = ValueScale::of(rectified);
        QCOMPARE(up.kind, ValueScale::Kind::Sequential);
        QCOMPARE(up.limit, 4.0);
        QVERIFY(up.color(2.0) == sequentialColor(0.5));
        const std::vector<float> both{-3.0F, 1.0F, std::numeric_limits<float>::quiet_NaN()};
        const ValueScale around = ValueScale::of(both);
        QCOMPARE(around.kind, ValueScale::Kind::Diverging);
        QCOMPARE(around.limit, 3.0);  // NaN says nothing about the size
        QVERIFY(around.color(-3.0) == divergingColor(-1.0));
        QVERIFY(around.color(0.0) == divergingColor(0.0));
        QVERIFY(hasNonFinite(both) && !hasNonFinite(rectified));
        QCOMPARE(ValueScale::of(std::vector<float>{0.0F, 0.0F}).limit, 1.0);  // nothing to divide by
        const ValueScale pixels{ValueScale::Kind::Grey, 255.0};
        QCOMPARE(rgb(pixels.color(51.0)), qRgb(51, 51, 51));
        QCOMPARE(around.text(), QStringLiteral("±3"));
    }

    void inkCanBeRead() {
        for (int i = 0; i <= 20; ++i)
            for (const ThemeColor ground : {sequentialColor(i / 20.0), divergingColor(i / 10.0 - 1)}) QVERIFY(contrastRatio(inkOn(ground), ground) >= 4.5);
    }

    void columnsByTheNumberOfMaps() {
        const auto columns = [](std::int64_t maps) { return MapMosaic(countingMaps(maps, 4, 4)->view()).columns(); };
        QCOMPARE(columns(1), 1);
        QCOMPARE(columns(2), 2);
        QCOMPARE(columns(6), 2);
        QCOMPARE(columns(7), 4);
        QCOMPARE(columns(16), 4);
        QCOMPARE(columns(40), 4);
        QCOMPARE(unitColumns(120), 10);  // 10 × 12
        QCOMPARE(unitColumns(84), 7);    // 7 × 12
        QCOMPARE(unitColumns(64), 8);
        QCOMPARE(unitColumns(127), 11);  // a prime: a few cells stay empty
    }

    void strongestMapsInOrder() {
        const auto maps = countingMaps(20, 3, 3);
        const MapMosaic mosaic(maps->view());
        QCOMPARE(mosaic.shownMaps().size(), std::size_t{16});
        QCOMPARE(mosaic.shownMaps().front(), std::int64_t{4});  // 0 to 3 are the weakest
        QCOMPARE(mosaic.shownMaps().back(), std::int64_t{19});
        QCOMPARE(mosaic.hiddenMaps(), std::int64_t{4});
        QCOMPARE(mosaic.scale().limit, 19.5);
    }

    void tilesHaveTheirColours() {
        const auto maps = countingMaps(6, 5, 5);
        const MapMosaic mosaic(maps->view());
        const QRectF box(0, 0, 102, 160);
        const QImage picture = painted(mosaic, box);
        for (std::size_t tile = 0; tile < 6; ++tile) {
            const QRectF rect = mosaic.tileRect(box, tile);
            QCOMPARE(rect.width(), 50.0);  // two columns, a gap of 2
            QCOMPARE(picture.pixel(rect.center().toPoint()), rgb(mosaic.scale().color(static_cast<double>(tile))));
            QCOMPARE(picture.pixel(rect.topLeft().toPoint() + QPoint(2, 2)), rgb(mosaic.scale().color(static_cast<double>(tile) + 0.5)));
        }
        QCOMPARE(picture.pixel(QPoint(51, 20)), qRgb(255, 0, 255));  // between the tiles
    }

    void placesAreFoundAgain() {
        const auto maps = countingMaps(16, 7, 5);
        const MapMosaic mosaic(maps->view());
        const QRectF box(6, 10, 100, 200);
        for (const std::size_t tile : {0, 3, 9, 15}) {
            const QRectF rect = mosaic.tileRect(box, tile);
            QVERIFY(box.contains(rect));
            const auto place = mosaic.placeAt(box, {rect.left() + rect.width() * 3.5 / 5, rect.top() + rect.height() * 6.5 / 7});
            QVERIFY(place.has_value());
            QCOMPARE(place->map, static_cast<std::int64_t>(tile));
            QCOMPARE(place->row, std::int64_t{6});
            QCOMPARE(place->column, std::int64_t{3});
        }
        QVERIFY(!mosaic.placeAt(box, {box.left() - 3, box.top()}).has_value());
    }

    void vectorIsAGridOfCells() {
        Tensor units(Shape{84});
        for (std::int64_t i = 0; i < 84; ++i) units.data()[i] = i == 45 ? 2.0F : 0.0F;
        const MapMosaic mosaic(units.view());
        QVERIFY(mosaic.isVector());
        const QRectF box(0, 0, 100, 220);
        const QRectF cell = mosaic.tileRect(box, 45);
        QCOMPARE(painted(mosaic, box).pixel(cell.center().toPoint()), rgb(sequentialColor(1)));
        QCOMPARE(mosaic.placeAt(box, cell.center())->map, std::int64_t{45});
        const double high = mosaic.heightFor(100);
        QCOMPARE(high, MapMosaic::heightFor(Shape{84}, 100));
        QVERIFY(std::abs(high - 12 * 100.0 / 7) < 1e-9);
    }

    void scalePerMapThinningAndColour() {
        Tensor maps(Shape{2, 2, 2});
        const float values[] = {0, 1, 1, 1, 0, 10, 10, 10};
        std::copy(std::begin(values), std::end(values), maps.data());
        const QRectF box(0, 0, 100, 60);
        const MapMosaic common(maps.view()), own(maps.view(), {.scalePerMap = true});
        const QPoint inFirst = (common.tileRect(box, 0).center() + QPointF(8, 8)).toPoint();
        QCOMPARE(painted(common, box).pixel(inFirst), rgb(sequentialColor(0.1)));
        QCOMPARE(painted(own, box).pixel(inFirst), rgb(sequentialColor(1)));
        // 100 × 100 values thinned to 50 a side still answer with places of the whole map.
        Tensor large(Shape{1, 100, 100});
        const MapMosaic thinned(large.view(), {.largestSide = 50});
        QCOMPARE(thinned.placeAt(box, thinned.tileRect(box, 0).bottomRight() - QPointF(0.1, 0.1))->row, std::int64_t{99});
        // A filter on three planes: +limit bright, −limit dark.
        Tensor planes(Shape{3, 1, 1});
        planes.data()[0] = 1.0F;
        planes.data()[2] = -1.0F;
        Tensor wide(Shape{3, 1, 2});
        for (int i = 0; i < 2; ++i) {
            wide.data()[i] = 1.0F;
            wide.data()[4 + i] = -1.0F;
        }
        const MapMosaic colour(wide.view(), {.colour = true, .scale = ValueScale{ValueScale::Kind::Diverging, 1.0}});
        QCOMPARE(colour.total(), std::int64_t{1});
        QCOMPARE(painted(colour, box).pixel(colour.tileRect(box, 0).center().toPoint()), qRgb(255, 128, 0));
    }

    void marksAreSeen() {
        const auto maps = countingMaps(6, 5, 5);
        const MapMosaic mosaic(maps->view());
        const QRectF box(0, 0, 110, 170);
        const QImage plain = painted(mosaic, box), marked = painted(mosaic, box, {.selected = 1, .off = {4}});
        const QRectF chosen = mosaic.tileRect(box, 1), off = mosaic.tileRect(box, 4);
        const QColor line = marked.pixelColor((chosen.topLeft() + QPointF(20, -1)).toPoint());
        QVERIFY(line.green() > 90 && line.green() > line.red());  // accent
        QVERIFY(marked.pixelColor(off.center().toPoint()).red() > 150);  // the cross, amber
        QCOMPARE(marked.pixel(mosaic.tileRect(box, 0).center().toPoint()), plain.pixel(mosaic.tileRect(box, 0).center().toPoint()));
    }

    void mosaicViewAnswersMouseAndKeys() {
        MosaicView view(m_theme, QStringLiteral("Maps"));
        view.resize(280, 450);
        view.show();
        const auto maps = countingMaps(6, 10, 10);
        view.setMaps("Conv 1", maps, maps->view(), MapMosaic(maps->view()));
        view.setSelected(0);
        QSignalSpy chosen(&view, &MosaicView::chosen), toggled(&view, &MosaicView::toggled), pointed(&view, &MosaicView::pointed);
        const QRectF tile = view.tileRect(3);
        const QPoint at = (tile.topLeft() + QPointF(tile.width() * 0.25, tile.height() * 0.85)).toPoint();
        QTest::mouseClick(&view, Qt::LeftButton, {}, at);
        QCOMPARE(chosen.size(), 1);
        const auto place = chosen.front().front().value<MapMosaic::Place>();
        QCOMPARE(place.map, std::int64_t{3});
        QCOMPARE(place.row, std::int64_t{8});
        QCOMPARE(place.column, std::int64_t{2});
        QCOMPARE(view.valueAt(place), 3.0);
        QTest::mouseClick(&view, Qt::LeftButton, Qt::ControlModifier, at);
        QCOMPARE(toggled.size(), 1);
        QCOMPARE(toggled.front().front().toLongLong(), 3LL);
        QCOMPARE(chosen.size(), 1);
        QMouseEvent move(QEvent::MouseMove, at, view.mapToGlobal(QPointF(at)), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(&view, &move);
        QCOMPARE(pointed.size(), 1);
        view.setSelected(3);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(chosen.back().front().value<MapMosaic::Place>().map, std::int64_t{5});
        QTest::keyClick(&view, Qt::Key_O);
        QCOMPARE(toggled.size(), 2);
    }

    void mosaicCaptionsStandBelowTheirTiles() {
        MosaicView view(m_theme, QStringLiteral("Kernels"));
        view.resize(280, 450);
        const auto maps = countingMaps(6, 3, 3);
        view.setMaps("Conv 1", maps, maps->view(), MapMosaic(maps->view()));
        const double without = view.tileRect(4).top();
        const int height = view.heightForWidth(280);
        view.setCaptions([](std::int64_t map) { return QStringLiteral("map %1").arg(map); });
        QCOMPARE(view.tileRect(4).top(), without + 2 * 15);  // two rows of captions above the third row
        QCOMPARE(view.heightForWidth(280), height + 3 * 15);
        QCOMPARE(view.grab().toImage().pixel(view.tileRect(4).center().toPoint()), rgb(view.mosaic().scale().color(4)));
    }

    void mapViewPaintsWindowAndPadding() {
        MapView view(m_theme, QStringLiteral("Input"));
        view.resize(140, 140);
        view.show();
        std::vector<float> values(100);
        values[23] = 1.0F;  // row 2, column 3
        view.setMap("input", values, 10, 10, {ValueScale::Kind::Grey, 1.0});
        QCOMPARE(view.grab().toImage().pixel(view.cellRect(2, 3).center().toPoint()), qRgb(255, 255, 255));
        const double before = view.cellRect(0, 0).left();
        view.setPadding({1, 1, 1, 1});
        QVERIFY(view.cellRect(0, 0).left() > before);  // room for the padding
        view.setWindow(CellWindow{-1, -1, 3, 3});
        const QImage picture = view.grab().toImage();
        const QRectF corner = view.cellRect(-1, -1);
        const QPoint edge = (corner.topLeft() + QPointF(corner.width() * 1.5, 0)).toPoint();
        const ThemeColor orange = tokens(ThemeMode::Dark).series[1];
        bool outlined = false;
        for (int dy = -1; dy <= 1; ++dy) outlined = outlined || picture.pixel(edge + QPoint(0, dy)) == rgb(orange);
        QVERIFY(outlined);
        QVERIFY(picture.pixel(view.cellRect(5, 5).center().toPoint()) == qRgb(0, 0, 0));
    }

    void mapViewAnswersMouseAndKeys() {
        MapView view(m_theme, QStringLiteral("Output map"));
        view.resize(162, 162);
        view.show();
        std::vector<float> values(16);
        for (int i = 0; i < 16; ++i) values[static_cast<std::size_t>(i)] = static_cast<float>(i);
        view.setMap("map 2", values, 4, 4, ValueScale::of(values));
        QSignalSpy pointed(&view, &MapView::pointed), chosen(&view, &MapView::chosen);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.cellRect(2, 1).center().toPoint());
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen.front(), (QVariantList{2, 1}));
        QMouseEvent move(QEvent::MouseMove, view.cellRect(3, 0).center(), view.mapToGlobal(view.cellRect(3, 0).center()), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(&view, &move);
        QCOMPARE(pointed.back(), (QVariantList{3, 0}));
        view.setMark(QPoint(0, 3));
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(pointed.back(), (QVariantList{3, 1}));
        QTest::keyClick(&view, Qt::Key_Down);  // the lower edge
        QCOMPARE(pointed.back(), (QVariantList{3, 1}));
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("13")));
    }

    void valuesLeaveByTheMenu() {
        MapView view(m_theme, QStringLiteral("Map"));
        QVERIFY(view.makeMenu() == nullptr);
        const std::vector<float> values{0.1F, 2.0F, -3.5F, 4.0F};
        view.setMap("a map", values, 2, 2, ValueScale::of(values));
        const auto menu = view.makeMenu();
        QVERIFY(menu != nullptr);
        const auto trigger = [&](const char* name) { menu->findChild<QAction*>(QLatin1String(name))->trigger(); };
        trigger("copyCsv");
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("0.1,2\n-3.5,4\n"));
        trigger("copyText");
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("0.1\t2\n-3.5\t4\n"));
        trigger("copySvg");
        QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("<svg")));
        trigger("copyPng");
        QVERIFY(QGuiApplication::clipboard()->image().width() > 100);
    }

    void emptyViewSaysWhy() {
        MapView view(m_theme, QStringLiteral("Map"));
        view.resize(200, 60);
        view.clear(QStringLiteral("There is no image."));
        QCOMPARE(view.accessibleDescription(), QStringLiteral("There is no image."));
        const QImage picture = view.grab().toImage();
        bool ink = false;
        for (int x = 0; x < picture.width(); ++x) ink = ink || picture.pixel(x, 30) != picture.pixel(199, 0);
        QVERIFY(ink);
    }
};

QTEST_MAIN(TestMaps)
#include "tst_maps.moc"
