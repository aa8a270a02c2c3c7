// The list of built-in networks on the start page: searched, walked through and opened, by keys and by mouse.
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QSignalSpy>
#include <QTest>

#include "app/window/preset_gallery.h"
#include "app/window/start_page.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

const PresetInfo& named(const std::string& name) {
    return *std::find_if(presets().begin(), presets().end(), [&](const PresetInfo& info) { return info.name == name; });
}

}  // namespace

class TestPresetGallery : public QObject {
    Q_OBJECT

    struct Bench {
        Bench() {
            theme.applyTo(*qApp);
            gallery.resize(900, 400);
            gallery.show();
            gallery.activateWindow();
            (void)QTest::qWaitForWindowActive(&gallery);
        }
        QStringList shown() const {
            QStringList texts;
            for (int row = 0; row < list->model()->rowCount(); ++row) texts << list->model()->index(row, 0).data().toString();
            return texts;
        }
        QString current() const { return list->currentIndex().data().toString(); }
        bool isSelectable(int row) const { return list->model()->flags(list->model()->index(row, 0)) & Qt::ItemIsSelectable; }
        int rowOf(const QString& title) const { return static_cast<int>(shown().indexOf(title)); }
        void key(Qt::Key key) { QTest::keyClick(search, key); }

        Theme theme;
        PresetGallery gallery{theme};
        QLineEdit* search = gallery.findChild<QLineEdit*>(QStringLiteral("presetSearch"));
        QListView* list = gallery.findChild<QListView*>(QStringLiteral("presetList"));
        QSignalSpy chosen{&gallery, &PresetGallery::presetChosen};
    };

  private slots:
    void everyPresetIsThereSmallOnesFirst() {
        const Bench bench;
        const QStringList shown = bench.shown();
        QStringList headings, titles;
        for (int row = 0; row < shown.size(); ++row) (bench.isSelectable(row) ? titles : headings) << shown[row];
        QCOMPARE(static_cast<std::size_t>(titles.size()), presets().size());
        QCOMPARE(headings, (QStringList{"First networks", "Digits", "Small pictures", "ImageNet"}));
        QCOMPARE(bench.gallery.findChild<QLabel*>(QStringLiteral("presetCount"))->text(), QString::number(presets().size()));
        for (const PresetInfo& preset : presets()) {
            const QModelIndex index = bench.list->model()->index(bench.rowOf(QString::fromStdString(preset.title)), 0);
            const QString read = index.data(Qt::AccessibleTextRole).toString();
            QVERIFY2(read.contains(QString::fromStdString(preset.input.text())) && read.contains(QString::fromStdString(preset.purpose)), qPrintable(read));
            QVERIFY(index.data(Qt::ToolTipRole).toString().contains(QString::fromStdString(preset.source)));
        }
    }

    void columnsStayWhileASearchShortensTheList() {
        Bench bench;
        const int before = bench.list->viewport()->width();
        bench.search->setText(QStringLiteral("xor"));
        QCoreApplication::processEvents();
        QCOMPARE(bench.list->viewport()->width(), before);
    }

    void wordsAreFoundAnywhere() {
        QVERIFY(presetMatches(named("vgg-16"), "simonyan 2015"));
        QVERIFY(presetMatches(named("vgg-16"), "  VGG  "));
        QVERIFY(presetMatches(named("xor"), "hidden layer"));
        QVERIFY(presetMatches(named("resnet-20"), "small pictures"));
        QVERIFY(!presetMatches(named("vgg-16"), "vgg batch"));
        QVERIFY(presetMatches(named("vgg-16"), ""));
    }

    void searchingShowsWhatMatches() {
        Bench bench;
        bench.gallery.startSearch();
        QTest::keyClicks(bench.search, QStringLiteral("mobile"));
        QCOMPARE(bench.shown(), (QStringList{"Small pictures", QString::fromUtf8("MobileNetV2, 32×32"), "ImageNet", "MobileNetV2"}));
        QCOMPARE(bench.current(), QString::fromUtf8("MobileNetV2, 32×32"));
        bench.key(Qt::Key_Down);  // over the heading
        QCOMPARE(bench.current(), "MobileNetV2");
        bench.key(Qt::Key_Down);
        QCOMPARE(bench.current(), "MobileNetV2");
        bench.key(Qt::Key_Up);
        bench.key(Qt::Key_Up);
        QCOMPARE(bench.current(), QString::fromUtf8("MobileNetV2, 32×32"));
        bench.key(Qt::Key_Return);
        QCOMPARE(bench.chosen.size(), 1);
        QCOMPARE(bench.chosen.front().front().toString(), "mobilenet-v2-32");
        QTest::keyClicks(bench.search, QStringLiteral(" zzz"));
        QVERIFY(bench.shown().isEmpty());
        QVERIFY(bench.gallery.findChild<QLabel*>(QStringLiteral("presetCount"))->text().contains("none"));
        bench.key(Qt::Key_Down);
        bench.key(Qt::Key_Return);
        QCOMPARE(bench.chosen.size(), 1);
        QSignalSpy left(&bench.gallery, &PresetGallery::searchLeft);
        bench.key(Qt::Key_Escape);
        QVERIFY(bench.search->text().isEmpty());
        QCOMPARE(left.size(), 0);
        QVERIFY(bench.shown().size() > 30);
        bench.key(Qt::Key_Return);  // nothing is marked
        QCOMPARE(bench.chosen.size(), 1);
        bench.key(Qt::Key_Escape);
        QCOMPARE(left.size(), 1);
    }

    void keysWalkThroughAll() {
        Bench bench;
        bench.gallery.startSearch();
        QStringList seen;
        for (std::size_t i = 0; i < presets().size(); ++i) {
            bench.key(Qt::Key_Down);
            seen << bench.current();
            QVERIFY(bench.list->viewport()->rect().contains(bench.list->visualRect(bench.list->currentIndex())));
        }
        QCOMPARE(seen.front(), QString::fromStdString(presets().front().title));
        QCOMPARE(seen.back(), QString::fromStdString(presets().back().title));
        seen.removeDuplicates();
        QCOMPARE(static_cast<std::size_t>(seen.size()), presets().size());
        bench.key(Qt::Key_PageUp);
        QVERIFY(bench.current() != QString::fromStdString(presets().back().title));
    }

    void aDoubleClickOpens() {
        Bench bench;
        const int row = bench.rowOf("XOR");
        bench.list->scrollTo(bench.list->model()->index(row, 0));
        const QPoint place = bench.list->visualRect(bench.list->model()->index(row, 0)).center();
        QTest::mouseClick(bench.list->viewport(), Qt::LeftButton, {}, place);
        QCOMPARE(bench.current(), "XOR");
        QCOMPARE(bench.chosen.size(), 0);
        QTest::mouseDClick(bench.list->viewport(), Qt::LeftButton, {}, place);
        QCOMPARE(bench.chosen.size(), 1);
        QCOMPARE(bench.chosen.front().front().toString(), "xor");
        const QPoint heading = bench.list->visualRect(bench.list->model()->index(0, 0)).center();
        QTest::mouseDClick(bench.list->viewport(), Qt::LeftButton, {}, heading);
        QCOMPARE(bench.chosen.size(), 1);
        // In the list, too, typing searches.
        bench.list->setFocus();
        QTest::keyClicks(bench.list, QStringLiteral("r"));
        QCOMPARE(bench.search->text(), "r");
    }

    void rowsArePaintedInBothThemes() {
        Bench bench;
        bench.gallery.startSearch(QStringLiteral("resnet-18"));
        for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
            bench.theme.setMode(mode);
            const QImage image = bench.list->viewport()->grab().toImage();
            const QRect row = bench.list->visualRect(bench.list->currentIndex());
            QCOMPARE(image.pixelColor(row.left(), row.center().y()), toQColor(bench.theme.current().accent));
            QCOMPARE(image.pixelColor(row.left() + 6, row.top() + 2), toQColor(bench.theme.current().bg4));
            int inked = 0;  // the three numbers at the right
            for (int x = row.right() - 240; x < row.right(); ++x)
                for (int y = row.top(); y < row.bottom() - 1; ++y) inked += image.pixelColor(x, y) != toQColor(bench.theme.current().bg4);
            QVERIFY(inked > 200);
        }
    }

    void typingOnTheStartPageSearches() {
        Theme theme;
        theme.applyTo(*qApp);
        StartPage page(theme);
        page.resize(1280, 652);
        page.show();
        page.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&page));
        page.setFocus();
        auto* search = page.findChild<QLineEdit*>(QStringLiteral("presetSearch"));
        QTest::keyClicks(page.focusWidget(), QStringLiteral("d"));
        QVERIFY(search->hasFocus());
        QTest::keyClicks(search, QStringLiteral("ense"));
        QCOMPARE(search->text(), "dense");
        QSignalSpy chosen(&page, &StartPage::presetChosen);
        QTest::keyClicks(search, QStringLiteral("net"));
        QTest::keyClick(search, Qt::Key_Return);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen.front().front().toString(), "densenet-121");
        // The field empties, then the cards have the keyboard again.
        QTest::keyClick(search, Qt::Key_Escape);
        QTest::keyClick(search, Qt::Key_Escape);
        QVERIFY(!search->hasFocus());
        QSignalSpy lenet(&page, &StartPage::lenetChosen);
        QTest::keyClick(page.focusWidget(), Qt::Key_Return);
        QCOMPARE(lenet.size(), 1);
        // In the smallest window, too, some rows are to be seen.
        QVERIFY(page.findChild<QListView*>(QStringLiteral("presetList"))->height() >= 110);
    }
};

QTEST_MAIN(TestPresetGallery)
#include "tst_preset_gallery.moc"
