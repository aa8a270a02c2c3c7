// The strip: choosing, drawing, dropping, pasting, the dial, and what it says when something is missing.
#include <QAbstractButton>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QUrl>

#include "app/image/dial_popover.h"
#include "app/image/image_bar.h"
#include "app/image/image_picker.h"
#include "app/image/pad_panel.h"
#include "datasets/camera.h"
#include "tests/app/image_bench.h"
#include "widgets/pad/drawing_pad.h"
#include "widgets/pictures/picture_grid.h"
#include "widgets/pictures/prediction_bars.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

using namespace convolab;
using namespace convolab::testing;

class TestImageBar : public QObject {
    Q_OBJECT

    Theme m_theme;
    std::unique_ptr<ImageBench> m_bench;
    std::unique_ptr<ImageBar> m_bar;

    CurrentImage& image() { return m_bench->desk.image; }
    ProbeSession& probe() { return m_bench->desk.probe; }
    template <class Widget>
    Widget* child(const char* name) {
        return m_bar->findChild<Widget*>(QLatin1String(name));
    }
    void click(const char* name) { QTest::mouseClick(child<QAbstractButton>(name), Qt::LeftButton); }
    QString textOf(const char* name) { return child<QLabel>(name)->text(); }

    void show(QSize size = {1080, 310}) {
        m_bar = std::make_unique<ImageBar>(m_theme, m_bench->document, m_bench->session, m_bench->desk);
        m_bar->resize(size);
        m_bar->show();
        m_bar->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_bar.get()));
    }
    void open(const char* preset = "lenet-like") {
        m_bench->openPreset(preset);
        QTRY_VERIFY_WITH_TIMEOUT(image().image() != nullptr, kPatience);
        probe().setActive(true);
        show();
        m_bar->setActive(true);
        QTRY_VERIFY_WITH_TIMEOUT(probe().snapshot() != nullptr, kPatience);
    }
    bool drop(QWidget* target, QMimeData* data) {
        QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &enter);
        if (!enter.isAccepted()) return false;
        QDropEvent event(QPointF(5, 5), Qt::CopyAction, data, Qt::LeftButton, Qt::NoModifier);
        event.setAccepted(false);
        QApplication::sendEvent(target, &event);
        return event.isAccepted();
    }

  private slots:
    void initTestCase() {
        prepareApplication();
        m_theme.applyTo(*qApp);
    }
    void init() { m_bench = std::make_unique<ImageBench>(); }
    void cleanup() {
        m_bar.reset();
        m_bench.reset();
    }

    void showsTheDataSetAndTheAnswer() {
        open();
        auto* all = child<PictureGrid>("allImages");
        QCOMPARE(all->count(), 2000);
        QCOMPARE(all->selected(), 0);
        QTest::mouseClick(all->viewport(), Qt::LeftButton, {}, all->cellRect(5).center());
        QCOMPARE(image().index(), 5);
        QVERIFY(textOf("imageCaption").contains(QStringLiteral("test image 5 of 2,000")));
        QTRY_VERIFY_WITH_TIMEOUT(!probe().isStale(), kPatience);
        auto* bars = child<PredictionBars>("predictionBars");
        QCOMPARE(bars->top(), probe().snapshot()->predicted);
        QCOMPARE(textOf("weightsNote"), QStringLiteral("untrained weights"));
        QTest::keyClick(all, Qt::Key_Right);
        QCOMPARE(image().index(), 6);
    }

    void wrongOnesAreCountedAndShown() {
        open();
        QTRY_VERIFY_WITH_TIMEOUT(textOf("wrongLabel").contains(QStringLiteral(" of 2,000, accuracy ")), kPatience);
        const auto table = m_bench->desk.predictions.table(Split::Test);
        const auto wrong = table->wrong();
        QVERIFY(textOf("wrongLabel").startsWith(QStringLiteral("Wrong on the test set: %1 of 2,000, accuracy ").arg(QString::fromStdString(countText(static_cast<long long>(wrong.size()))))));
        QVERIFY(textOf("wrongLabel").contains(QChar(0xB1)));
        auto* grid = child<PictureGrid>("wrongImages");
        QCOMPARE(grid->count(), static_cast<qint64>(wrong.size()));
        QTest::mouseClick(grid->viewport(), Qt::LeftButton, {}, grid->cellRect(1).center());
        QCOMPARE(image().index(), wrong[1]);
        QTRY_VERIFY_WITH_TIMEOUT(textOf("predictionTitle").contains(QStringLiteral("wrong")), kPatience);
        QCOMPARE(child<PictureGrid>("allImages")->selected(), wrong[1]);
    }

    void theFilterChoosesClassAndSplit() {
        open();
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->desk.predictions.table(Split::Test) != nullptr, kPatience);
        auto* menu = child<QMenu>("filterMenu");
        emit menu->aboutToShow();
        QAction* four = nullptr;
        for (QAction* action : menu->actions()) {
            if (action->text() == QStringLiteral("4")) four = action;
        }
        QVERIFY(four != nullptr);
        four->trigger();
        auto* all = child<PictureGrid>("allImages");
        QCOMPARE(all->count(), 200);  // the generated set holds every class equally often
        QTest::keyClick(all, Qt::Key_End);
        QCOMPARE(*image().label(), 4);
        QVERIFY(textOf("allLabel").contains(QStringLiteral("of class 4: 200")));
        QVERIFY(textOf("wrongLabel").contains(QStringLiteral("of 200 of class 4")));
        m_bar->picker().setFilter(Split::Validation, -1);
        QCOMPARE(all->count(), 2000);
        QVERIFY(textOf("allLabel").startsWith(QStringLiteral("All of the validation set")));
        QTest::keyClick(all, Qt::Key_Home);
        QCOMPARE(image().split(), Split::Validation);
    }

    void drawingAnswersPerStroke() {
        open();
        auto* pad = child<DrawingPad>("drawingPad");
        const QRectF field = pad->field();
        QSignalSpy answers(&probe(), &ProbeSession::snapshotArrived);
        QTest::mousePress(pad, Qt::LeftButton, {}, field.center().toPoint());
        QCOMPARE(image().source(), ImageSource::Pad);
        QTRY_VERIFY_WITH_TIMEOUT(!answers.isEmpty(), kPatience);  // while the button is still down
        QTest::mouseMove(pad, (field.center() + QPointF(0, field.height() / 3)).toPoint());
        QTest::mouseRelease(pad, Qt::LeftButton, {}, (field.center() + QPointF(0, field.height() / 3)).toPoint());
        QVERIFY(!child<QLabel>("seenByNetwork")->pixmap().isNull());
        QVERIFY(textOf("imageCaption").contains(QStringLiteral("your drawing")));
        click("padUndo");
        QVERIFY(pad->isBlank());
        QVERIFY(!child<QAbstractButton>("padUndo")->isEnabled());
        click("padEraser");
        QCOMPARE(pad->tool(), DrawingPad::Tool::Eraser);
        auto* all = child<PictureGrid>("allImages");
        QTest::mouseClick(all->viewport(), Qt::LeftButton, {}, all->cellRect(1).center());
        QCOMPARE(image().source(), ImageSource::Dataset);
    }

    void filesAreDroppedAndPasted() {
        open();
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("white.png"));
        QImage white(50, 50, QImage::Format_Grayscale8);
        white.fill(255);
        QVERIFY(white.save(file));
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(file)});
        QVERIFY(drop(m_bar.get(), &data));
        QTRY_COMPARE(image().source(), ImageSource::File);
        QCOMPARE(image().caption(), QStringLiteral("white.png"));

        QImage grey(28, 28, QImage::Format_RGB32);
        grey.fill(qRgb(51, 51, 51));
        QApplication::clipboard()->setImage(grey);
        child<PictureGrid>("allImages")->setFocus();
        QTest::keyClick(child<PictureGrid>("allImages"), Qt::Key_V, Qt::ControlModifier);
        QTRY_COMPARE(image().source(), ImageSource::Clipboard);
        QVERIFY(std::abs(image().image()->data()[16 * 32 + 16] - 0.2F) < 1e-4F);
        QApplication::clipboard()->setText(QStringLiteral("words"));
        QTest::keyClick(child<PictureGrid>("allImages"), Qt::Key_V, Qt::ControlModifier);
        QTRY_COMPARE(image().problem(), QStringLiteral("The clipboard holds no picture."));
        QVERIFY(child<QLabel>("imageProblem")->isVisible());
        QCOMPARE(image().source(), ImageSource::Clipboard);
    }

    void networksAreNotTakenForPictures() {
        open();
        QWidget canvas;
        m_bar->acceptPicturesOn(&canvas);
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(QStringLiteral("/tmp/net.convolab"))});
        QVERIFY(!drop(&canvas, &data));
        QMimeData words;
        words.setText(QStringLiteral("conv2d"));
        QVERIFY(!drop(&canvas, &words));
        QMimeData picture;
        picture.setImageData(QImage(8, 8, QImage::Format_RGB32));
        QVERIFY(drop(&canvas, &picture));
        QCOMPARE(image().source(), ImageSource::Clipboard);
        m_bar->setActive(false);
        QVERIFY(!drop(&canvas, &picture));
    }

    void noCameraIsOnePlainLine() {
        if (Camera::available().ok()) QSKIP("this computer has a camera");
        open();
        const auto before = image().image();
        click("cameraButton");
        QTRY_VERIFY_WITH_TIMEOUT(textOf("imageProblem").contains(QStringLiteral("camera")), kPatience);
        QVERIFY(child<QLabel>("imageProblem")->isVisible());
        QVERIFY(child<QPushButton>("imageProblemAction")->isVisible());
        QVERIFY(!child<QPushButton>("cameraButton")->isChecked());
        QCOMPARE(image().image(), before);
        auto* all = child<PictureGrid>("allImages");
        QTest::mouseClick(all->viewport(), Qt::LeftButton, {}, all->cellRect(2).center());
        QVERIFY(!child<QLabel>("imageProblem")->isVisible());
    }

    void aMissingDataSetOffersTheBuiltInOne() {
        Recipe recipe;
        recipe.dataset = "/nonexistent/folder";
        m_bench->openPreset("lenet-like", recipe);
        show();
        m_bar->setActive(true);
        QTRY_VERIFY_WITH_TIMEOUT(textOf("imageProblem").contains(QStringLiteral("/nonexistent/folder")), kPatience);
        QCOMPARE(child<QPushButton>("imageProblemAction")->text(), QStringLiteral("Use the built-in digits"));
        click("imageProblemAction");
        QCOMPARE(m_bench->document.recipe().dataset, std::string("digits"));
        QTRY_COMPARE_WITH_TIMEOUT(child<PictureGrid>("allImages")->count(), 2000, kPatience);
        QVERIFY(!child<QLabel>("imageProblem")->isVisible());
    }

    void aBrokenNetworkSaysWhyThereIsNoAnswer() {
        open();
        m_bench->set("Conv 1", "kernel", std::vector<std::int64_t>{99, 99});
        QCOMPARE(child<PredictionBars>("predictionBars")->top(), -1);
        QVERIFY(child<PredictionBars>("predictionBars")->accessibleDescription().contains(QStringLiteral("Conv 1")));
    }

    void theDialTurnsTheImage() {
        open();
        click("dialButton");
        auto* dial = m_bar->findChild<DialPopover*>(QStringLiteral("dialPopover"));
        QVERIFY(dial != nullptr && dial->isVisible());
        const auto field = [&](const char* name) { return dial->findChild<QWidget*>(QLatin1String(name))->findChild<QLineEdit*>(); };
        field("dial0")->selectAll();
        QTest::keyClicks(field("dial0"), QStringLiteral("-3"));
        QCOMPARE(image().dial().shiftX, -3.0);
        field("dial2")->selectAll();
        QTest::keyClicks(field("dial2"), QStringLiteral("500"));  // 500 degrees are refused, what was typed on the way is 50
        QCOMPARE(image().dial().rotation, 50.0);
        QVERIFY(field("dial2")->property("invalid").toBool());
        QVERIFY(field("dial2")->toolTip().contains(QStringLiteral("180")));
        dial->findChild<QCheckBox*>(QStringLiteral("dialInvert"))->setChecked(true);
        QVERIFY(image().dial().invert);
        QVERIFY(textOf("imageCaption").contains(QStringLiteral("through the dial")));
        QTest::mouseClick(dial->findChild<QPushButton*>(QStringLiteral("dialReset")), Qt::LeftButton);
        QVERIFY(image().dial().isIdentity());
        QVERIFY(!dial->findChild<QCheckBox*>(QStringLiteral("dialInvert"))->isChecked());
    }

    void theDialsCurveIsMeasured() {
        open();
        DialCurve curve(m_bench->desk);
        QVERIFY(curve.plot().series.empty());
        constexpr std::size_t kRight = 0;
        curve.measure(kRight, Split::Test, 40);
        QTRY_COMPARE_WITH_TIMEOUT(curve.job().state(), BackgroundJob::State::Done, kPatience);
        const PlotDescription plot = curve.plot();
        QCOMPARE(plot.series.size(), std::size_t{1});
        QCOMPARE(plot.series[0].x, dialAxes()[kRight].places);
        const auto direct = predictSplit(probe().spec(), *probe().weights(), *image().datasetThrough({.shiftX = 5}), Split::Test, 40);
        QCOMPARE(plot.series[0].y[13], 100.0 * direct->accuracy());
        QVERIFY2(QString::fromStdString(plot.note).startsWith(QStringLiteral("test set, first 40 images, \u00B1 ")), plot.note.c_str());
        m_bench->train(2);
        QTRY_VERIFY_WITH_TIMEOUT(QString::fromStdString(curve.plot().note).endsWith(QStringLiteral("older weights")), kPatience);
        // Cancelled half way: what has been measured stays.
        curve.measure(2, Split::Test, 0);
        QTRY_VERIFY_WITH_TIMEOUT(!curve.plot().series.empty(), kPatience);
        curve.job().cancel();
        QTRY_COMPARE_WITH_TIMEOUT(curve.job().state(), BackgroundJob::State::Cancelled, kPatience);
        QVERIFY(!curve.plot().series.empty() && curve.plot().series[0].x.size() < dialAxes()[2].places.size());
        QCOMPARE(curve.plot().series[0].x.front() >= -180.0, true);
    }

    void nothingOverlapsInSmallWindows_data() {
        QTest::addColumn<QSize>("size");
        QTest::newRow("1600 wide") << QSize(1080, 310);
        QTest::newRow("1280 x 720") << QSize(760, 200);
    }

    void nothingOverlapsInSmallWindows() {
        QFETCH(QSize, size);
        open();
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->desk.predictions.table(Split::Test) != nullptr, kPatience);
        m_bar->resize(size);
        QCOMPARE(m_bar->size(), size);
        QTRY_VERIFY(!child<QWidget>("jobText")->isVisible());
        QCoreApplication::sendPostedEvents();  // what was hidden for want of room gives its place away
        const auto* pad = child<DrawingPad>("drawingPad");
        QVERIFY2(pad->field().width() >= 120, qPrintable(QString::number(pad->field().width())));
        QCOMPARE(child<PredictionBars>("predictionBars")->rowsShown(), 10);
        const char* names[] = {"cameraButton", "imageFileButton", "filterButton", "dialButton", "wrongImages", "allImages", "allLabel", "wrongLabel",
                               "padPen", "padEraser", "padUndo", "padClear", "seenByNetwork", "drawingPad", "predictionBars", "predictionTitle", "imageCaption"};
        QList<std::pair<QString, QRect>> places;
        for (const char* name : names) {
            auto* widget = child<QWidget>(name);
            QVERIFY2(widget->isVisible(), name);
            const QRect place(widget->mapTo(m_bar.get(), QPoint()), widget->size());
            QVERIFY2(m_bar->rect().contains(place), name);
            for (const auto& [other, taken] : places) QVERIFY2(!taken.intersects(place), qPrintable(other + QStringLiteral(" and ") + QLatin1String(name)));
            places.append({QLatin1String(name), place});
        }
        QVERIFY(child<PictureGrid>("allImages")->height() >= child<PictureGrid>("allImages")->rowHeight());
    }

    void everythingHasAName() {
        open();
        for (QWidget* widget : m_bar->findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible()) continue;
            auto* button = qobject_cast<QAbstractButton*>(widget);
            const bool named = !widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty());
            QVERIFY2(named, qPrintable(widget->objectName() + QLatin1Char(' ') + QLatin1String(widget->metaObject()->className())));
        }
    }
};

QTEST_MAIN(TestImageBar)
#include "tst_image_bar.moc"
