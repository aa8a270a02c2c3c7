// Tables of numbers, sums and confusion matrices: what they show, say, and hand on.
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>

#include "widgets/maps/confusion_view.h"
#include "widgets/maps/contribution_view.h"
#include "widgets/maps/number_grid_view.h"
#include "widgets/maps/scale_bar.h"
#include "widgets/maps/value_rows.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

QRgb rgb(ThemeColor color) { return qRgb(color.red, color.green, color.blue); }

QString copied(const ValueView& view, const char* action) {
    const auto menu = view.makeMenu();
    menu->findChild<QAction*>(QLatin1String(action))->trigger();
    return QGuiApplication::clipboard()->text();
}

void hover(QWidget& widget, QPointF at) {
    QMouseEvent move(QEvent::MouseMove, at, widget.mapToGlobal(at), Qt::NoButton, Qt::NoButton, {});
    QApplication::sendEvent(&widget, &move);
}

}  // namespace

class TestValueViews : public QObject {
    Q_OBJECT

    Theme m_theme;

  private slots:
    void initTestCase() { m_theme.applyTo(*qApp); }

    void gridShowsItsNumbers() {
        NumberGridView view(m_theme, QStringLiteral("Kernel"));
        const NumberGrid grid{2, 2, {-0.071F, 0.6F, 0.72F, 0.0F}, {}};
        const ValueScale scale = ValueScale::diverging(grid.values);
        view.setGrid(grid, scale);
        view.setCellSize(32);
        view.resize(view.sizeHint());
        QCOMPARE(view.sizeHint(), QSize(66, 66));
        QCOMPARE(view.cellText(0, 0), QStringLiteral("\u22120.07"));
        QCOMPARE(view.cellText(1, 0), QStringLiteral("0.72"));
        const QImage picture = view.grab().toImage();
        QCOMPARE(picture.pixel((view.cellRect(1, 0).topLeft() + QPointF(2, 2)).toPoint()), rgb(divergingColor(1)));
        view.setGrid({1, 3, {60, 113, -7}, {}}, scale);
        QCOMPARE(view.cellText(0, 1), QStringLiteral("113"));  // whole numbers have no decimals
        QCOMPARE(copied(view, "copyCsv"), QStringLiteral("60,113,-7\n"));
    }

    void paddingIsNotANumberOfTheInput() {
        NumberGridView view(m_theme, QStringLiteral("Input patch"));
        view.setGrid({1, 2, {0.0F, 1.0F}, {true, false}}, {ValueScale::Kind::Grey, 1.0});
        view.resize(view.sizeHint());
        const QImage picture = view.grab().toImage();
        const QPoint inset(4, 4);
        QCOMPARE(picture.pixel(view.cellRect(0, 0).topLeft().toPoint() + inset), rgb(tokens(ThemeMode::Dark).bg1));
        QCOMPARE(picture.pixel(view.cellRect(0, 1).topLeft().toPoint() + inset), qRgb(255, 255, 255));
    }

    void gridsLightUpTogether() {
        NumberGridView a(m_theme, QStringLiteral("a")), b(m_theme, QStringLiteral("b"));
        for (NumberGridView* view : {&a, &b}) {
            view->setGrid({3, 3, std::vector<float>(9, 1.0F), {}}, {});
            view->resize(view->sizeHint());
        }
        connect(&a, &NumberGridView::pointed, &b, [&](int row, int column) { b.setLit(QPoint(column, row)); });
        hover(a, a.cellRect(2, 1).center());
        QVERIFY(b.lit().has_value());
        QCOMPARE(*b.lit(), QPoint(1, 2));
        const QColor frame = b.grab().toImage().pixelColor((b.cellRect(2, 1).topLeft() + QPointF(10, 0)).toPoint());
        QVERIFY(frame.green() > frame.red());  // accent
        b.setLit(QPoint(7, 7));                // there is no such cell
        QVERIFY(!b.lit().has_value());
    }

    void largestContributionsFirst() {
        ContributionView view(m_theme, QStringLiteral("Terms"));
        std::vector<Contribution> terms;
        for (int i = 0; i < 20; ++i) terms.push_back({i, i == 7 ? -9.0 : i == 3 ? 4.0 : 0.25});
        view.setMostRows(4);
        view.setTerms(terms, [](std::int64_t i) { return QStringLiteral("input %1").arg(i); });
        QCOMPARE(view.shown().size(), std::size_t{4});
        QCOMPARE(view.shown()[0].index, std::int64_t{7});
        QCOMPARE(view.shown()[1].index, std::int64_t{3});
        QCOMPARE(view.summedUp(), std::size_t{17});
        double sum = 0;
        for (const Contribution& term : view.shown()) sum += term.value;
        QCOMPARE(sum, -9.0 + 4.0 + 18 * 0.25);  // nothing gets lost
        QCOMPARE(view.label(view.shown().back()), QStringLiteral("17 others"));
        view.resize(280, view.sizeHint().height());
        QSignalSpy pointed(&view, &ContributionView::pointed), chosen(&view, &ContributionView::chosen);
        hover(view, {20, 30});
        QCOMPARE(pointed.front().front().toLongLong(), 3LL);
        QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(20, 10));
        QCOMPARE(chosen.front().front().toLongLong(), 7LL);
        QVERIFY(copied(view, "copyCsv").contains(QStringLiteral("input 19,,0.25")));
    }

    void rowsSayWhatTheyShow() {
        ValueRows view(m_theme, QStringLiteral("Arithmetic"));
        view.setRows({{QStringLiteral("Sum of products"), QStringLiteral("4.31"), false}, {QStringLiteral("After ReLU"), QStringLiteral("4.44"), true}});
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("After ReLU 4.44")));
        QCOMPARE(copied(view, "copyText"), QStringLiteral("Sum of products\t4.31\nAfter ReLU\t4.44\n"));
        view.resize(160, view.sizeHint().height());
        const QImage picture = view.grab().toImage();
        const ThemeColor strong = tokens(ThemeMode::Dark).series[1];
        int inked = 0;
        for (int x = 100; x < 160; ++x)
            for (int y = 24; y < picture.height(); ++y) inked += picture.pixel(x, y) == rgb(strong);
        QVERIFY(inked > 10);  // the result, in the strong colour
    }

    void confusionByClickAndKeys() {
        ConfusionView view(m_theme, QStringLiteral("Confusion"));
        view.setTable(QStringLiteral("Test"), {QStringLiteral("cat"), QStringLiteral("dog"), QStringLiteral("owl")}, {{90, 9, 1}, {0, 100, 0}, {30, 0, 70}});
        view.resize(280, view.heightForWidth(280));
        QSignalSpy chosen(&view, &ConfusionView::chosen);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.cellRect(2, 0).center().toPoint());
        QCOMPARE(chosen.front(), (QVariantList{2, 0}));
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("30")));
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("owl")));
        QTest::keyClick(&view, Qt::Key_Up);
        QCOMPARE(chosen.back(), (QVariantList{1, 0}));
        QVERIFY(view.cellColor(1, 0) == tokens(ThemeMode::Dark).bg3);  // none
        const auto brightness = [&](int label, int predicted) {
            const ThemeColor c = view.cellColor(label, predicted);
            return c.red + c.green + c.blue;
        };
        QVERIFY(brightness(0, 2) > brightness(1, 0));  // a single mistake is seen
        QVERIFY(brightness(0, 1) > brightness(0, 2));
        QVERIFY(brightness(0, 0) > brightness(0, 1));
        QCOMPARE(view.grab().toImage().pixel((view.cellRect(1, 1).topLeft() + QPointF(4, 4)).toPoint()), rgb(view.cellColor(1, 1)));
        QCOMPARE(copied(view, "copyCsv"), QStringLiteral("label,cat,dog,owl\ncat,90,9,1\ndog,0,100,0\nowl,30,0,70\n"));
    }

    void legendShowsBothEnds() {
        ScaleBar bar(m_theme);
        bar.setScale({ValueScale::Kind::Diverging, 0.72});
        bar.resize(200, 26);
        const QImage picture = bar.grab().toImage();
        QCOMPARE(picture.pixel(100, 3), rgb(divergingColor(0.005)));
        QVERIFY(qBlue(picture.pixel(1, 3)) > 150 && qRed(picture.pixel(198, 3)) > 150);
        QCOMPARE(bar.accessibleDescription(), QStringLiteral("±0.72"));
    }
};

QTEST_MAIN(TestValueViews)
#include "tst_value_views.moc"
