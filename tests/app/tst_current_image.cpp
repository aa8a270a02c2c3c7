// The one current image: its sources, what the network gets of it, and how it follows the document.
#include <QImage>
#include <QRect>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QThreadPool>
#include <algorithm>

#include "tests/app/image_bench.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

Picture flat(int width, int height, std::uint16_t value) {
    return {.width = width, .height = height, .channels = 1, .bits = 8, .animated = false,
            .values = std::vector<std::uint16_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), value)};
}

bool sameAs(const Tensor& image, std::span<const float> pixels) {
    return std::equal(image.span().begin(), image.span().end(), pixels.begin(), pixels.end());
}

}  // namespace

class TestCurrentImage : public QObject {
    Q_OBJECT

    std::unique_ptr<ImageBench> m_bench;
    CurrentImage& image() { return m_bench->desk.image; }

    void openDigits(const char* preset = "lenet-like") {
        m_bench->openPreset(preset);
        QTRY_VERIFY_WITH_TIMEOUT(image().image() != nullptr, kPatience);
    }

  private slots:
    void initTestCase() { prepareApplication(); }
    void init() { m_bench = std::make_unique<ImageBench>(); }
    void cleanup() { m_bench.reset(); }

    void beginsWithTheFirstTestImage() {
        QVERIFY(!image().problem().isEmpty());
        openDigits();
        QCOMPARE(image().source(), ImageSource::Dataset);
        QCOMPARE(image().image()->shape(), (Shape{1, 32, 32}));
        QCOMPARE(image().caption(), QStringLiteral("test image 0 of 2,000"));
        QCOMPARE(image().problem(), QString());
        const DatasetPtr dataset = image().dataset();
        QCOMPARE(*image().label(), dataset->label(Split::Test, 0));
        std::vector<float> pixels(1024);
        dataset->image(Split::Test, 0, pixels);
        QVERIFY(sameAs(*image().image(), pixels));
    }

    void showsAnyImageOfAnySplit() {
        openDigits();
        image().showDatasetImage(Split::Train, 123);
        QCOMPARE(image().caption(), QStringLiteral("train image 123 of 12,000"));
        QCOMPARE(*image().label(), image().dataset()->label(Split::Train, 123));
        image().showDatasetImage(Split::Test, 1'000'000);
        QCOMPARE(image().index(), 1999);
        image().showDatasetImage(Split::Test, -5);
        QCOMPARE(image().index(), 0);
    }

    void followsTheInputsShape() {
        openDigits();
        QSignalSpy changed(&image(), &CurrentImage::changed);
        QSignalSpy datasets(&image(), &CurrentImage::datasetChanged);
        m_bench->set("Input", "shape", std::vector<std::int64_t>{1, 28, 28});
        QCOMPARE(image().image()->shape(), (Shape{1, 28, 28}));
        QVERIFY(!changed.isEmpty());
        QCOMPARE(datasets.size(), 1);
        m_bench->set("Input", "shape", std::vector<std::int64_t>{1, 20, 20});
        QCOMPARE(image().image(), nullptr);
        QVERIFY2(image().problem().contains(QStringLiteral("20\u00D720")), qPrintable(image().problem()));
        // What is no image of the data set still fits.
        image().showPicture(flat(40, 40, 65535), ImageSource::File, QStringLiteral("white.png"));
        QCOMPARE(image().image()->shape(), (Shape{1, 20, 20}));
        QCOMPARE(image().problem(), QString());
        QVERIFY(!image().label());
    }

    void vectorsAreSeenAsPictures() {
        NetworkSpec spec = *makePreset("mlp-512-256");
        spec.setAttribute(spec.nodeByName("Input")->id, "shape", std::vector<std::int64_t>{784});
        m_bench->open(spec);
        QTRY_VERIFY_WITH_TIMEOUT(image().image() != nullptr, kPatience);
        QCOMPARE(image().image()->shape(), (Shape{784}));
        QCOMPARE(image().pictureShape(), (Shape{1, 28, 28}));
        image().setDial({.shiftX = 3});
        std::vector<float> pixels(784);
        image().dataset()->image(Split::Test, 0, pixels);
        QCOMPARE(image().image()->data()[10 * 28 + 15], pixels[10 * 28 + 12]);
    }

    void filesAreDecodedAndFitted() {
        openDigits();
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("red.png"));
        QImage red(640, 427, QImage::Format_RGB32);
        red.fill(Qt::red);
        QVERIFY(red.save(file));
        image().showFile(file);
        QTRY_COMPARE(image().source(), ImageSource::File);
        QCOMPARE(image().caption(), QStringLiteral("red.png"));
        QCOMPARE(image().how(), QStringLiteral("640\u00D7427 RGB: cropped to the centre, scaled to 28\u00D728, turned grey, padded to 32\u00D732"));
        QVERIFY(std::abs(image().image()->data()[16 * 32 + 16] - 0.299F) < 1e-3F);
        QCOMPARE(image().image()->data()[0], 0.0F);
    }

    void brokenFilesLeaveTheImage() {
        openDigits();
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("text.png"));
        QFile text(file);
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write("no picture");
        text.close();
        const auto before = image().image();
        image().showFile(file);
        QTRY_VERIFY(image().problem().startsWith(QStringLiteral("text.png is no image")));
        QCOMPARE(image().image(), before);
        QCOMPARE(image().source(), ImageSource::Dataset);
        image().showDatasetImage(Split::Test, 1);
        QCOMPARE(image().problem(), QString());
    }

    void aSlowFileDoesNotComeLate() {
        openDigits();
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("red.png"));
        QVERIFY(QImage(2000, 2000, QImage::Format_RGB32).save(file));
        image().showFile(file);
        image().showDatasetImage(Split::Test, 7);
        QTest::qWait(0);
        QVERIFY(QThreadPool::globalInstance()->waitForDone(kPatience));
        QCoreApplication::processEvents();
        QCOMPARE(image().source(), ImageSource::Dataset);
        QCOMPARE(image().index(), 7);
    }

    void drawingsLookLikeDigits() {
        openDigits();
        Picture pad = flat(280, 280, 0);
        for (int y = 30; y < 230; ++y) {
            for (int x = 20; x < 40; ++x) pad.values[static_cast<std::size_t>(y * 280 + x)] = 65535;
        }
        image().showDrawing(pad);
        QCOMPARE(image().source(), ImageSource::Pad);
        QVERIFY(!image().label());
        QRect ink;
        for (int i = 0; i < 32 * 32; ++i) {
            if (image().image()->data()[i] > 0.0F) ink |= QRect(i % 32, i / 32, 1, 1);
        }
        QCOMPARE(ink.size(), QSize(2, 20));
        QVERIFY2(ink.adjusted(-1, 0, 1, 0).contains(QPoint(16, 16)), qPrintable(QStringLiteral("%1, %2").arg(ink.left()).arg(ink.top())));
    }

    void theDialChangesOnlyWhatIsShown() {
        openDigits();
        const auto plain = image().image();
        image().setDial({.shiftX = 2, .rotation = 5});
        QVERIFY(!sameAs(*image().image(), plain->span()));
        const DatasetPtr through = image().datasetThrough(image().dial());
        std::vector<float> pixels(1024);
        through->image(Split::Test, 0, pixels);
        QVERIFY(sameAs(*image().image(), pixels));
        image().setDial({});
        QVERIFY(sameAs(*image().image(), plain->span()));
    }

    void missingDataSetsSaySo() {
        Recipe recipe;
        recipe.dataset = "/nonexistent/folder";
        m_bench->openPreset("lenet-like", recipe);
        QTRY_VERIFY_WITH_TIMEOUT(image().problem().contains(QStringLiteral("/nonexistent/folder")), kPatience);
        QCOMPARE(image().image(), nullptr);
        QCOMPARE(image().dataset(), nullptr);
        // The pad works without: whole, since nothing says that these are digits.
        image().showDrawing(flat(280, 280, 65535));
        QCOMPARE(image().image()->data()[0], 1.0F);
        recipe.dataset = "digits";
        m_bench->document.setRecipe(recipe);
        QTRY_VERIFY_WITH_TIMEOUT(image().dataset() != nullptr, kPatience);
        QCOMPARE(image().source(), ImageSource::Pad);
    }

    void anotherDocumentBeginsAnew() {
        openDigits();
        image().showDatasetImage(Split::Train, 55);
        image().setDial({.noise = 0.2});
        m_bench->openPreset("conv20-conv50");
        QCOMPARE(image().split(), Split::Test);
        QCOMPARE(image().index(), 0);
        QVERIFY(image().dial().isIdentity());
        QCOMPARE(image().image()->shape(), (Shape{1, 28, 28}));
        QCOMPARE(image().caption(), QStringLiteral("test image 0 of 2,000"));
    }
};

QTEST_MAIN(TestCurrentImage)
#include "tst_current_image.moc"
