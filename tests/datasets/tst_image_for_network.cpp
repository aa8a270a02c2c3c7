// Pictures of every kind become a network's input, and say what that took.
#include <QtTest>
#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "datasets/image_for_network.h"
#include "datasets/image_probe.h"
#include "tests/datasets/dataset_files.h"
#include "tests/support/data_dir.h"

using namespace convolab;
using namespace convolab::test;

namespace {

/// One colour everywhere; `pixel` has one value in 0 … 255 per channel.
Picture flat(int width, int height, const std::vector<int>& pixel) {
    Picture picture{.width = width, .height = height, .channels = static_cast<int>(pixel.size()), .bits = 8, .animated = false, .values = {}};
    for (int i = 0; i < width * height; ++i) {
        for (const int value : pixel) picture.values.push_back(static_cast<std::uint16_t>(value * 257));
    }
    return picture;
}

Picture leftWhite(int width, int height, int white) {
    Picture picture = flat(width, height, {0});
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < white; ++x) picture.values[static_cast<std::size_t>(y * width + x)] = 65535;
    }
    return picture;
}

/// The file as an encoder writes it, so that tests can damage it.
Bytes encoded(const char* extension, const cv::Mat& image) {
    Bytes bytes;
    cv::imencode(extension, image, bytes);
    return bytes;
}

Bytes joined(std::initializer_list<std::string> parts) {
    Bytes bytes;
    for (const std::string& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

}  // namespace

class TestImageForNetwork : public QObject {
    Q_OBJECT

  private slots:
    void sameSizeIsUntouched() {
        Picture picture = flat(3, 2, {0});
        for (std::size_t i = 0; i < 6; ++i) picture.values[i] = static_cast<std::uint16_t>(i * 51 * 257);
        const auto result = imageForNetwork(picture, Shape{1, 2, 3});
        QVERIFY(result.ok());
        QVERIFY(result->how.empty());
        for (int i = 0; i < 6; ++i) QCOMPARE(result->pixels.data()[i], static_cast<float>(i * 51) / 255.0F);
    }

    void photographForADigitNetwork() {
        const auto result = imageForNetwork(flat(640, 427, {255, 0, 0}), Shape{1, 28, 28});
        QVERIFY(result.ok());
        QCOMPARE(result->how, std::string("640\u00D7427 RGB: cropped to the centre, scaled to 28\u00D728, turned grey"));
        for (const float value : result->pixels.span()) QVERIFY(std::abs(value - 0.299F) < 1e-4F);
    }

    void cropsTheCentre() {
        // 60 wide with 20 white at the left: the centre 20 columns are black; 30 white: half of them are white.
        const auto black = imageForNetwork(leftWhite(60, 20, 20), Shape{1, 10, 10});
        QCOMPARE(*std::max_element(black->pixels.span().begin(), black->pixels.span().end()), 0.0F);
        const auto half = imageForNetwork(leftWhite(60, 20, 30), Shape{1, 10, 10});
        QCOMPARE(half->pixels.data()[4], 1.0F);
        QCOMPARE(half->pixels.data()[5], 0.0F);
    }

    void wideInputsKeepTheirAspect() {
        const auto result = imageForNetwork(leftWhite(40, 40, 20), Shape{1, 8, 16});
        QVERIFY(result.ok());
        QCOMPARE(result->how, std::string("40\u00D740 grey: cropped to the centre, scaled to 16\u00D78"));
        QCOMPARE(result->pixels.data()[7], 1.0F);
        QCOMPARE(result->pixels.data()[8], 0.0F);
    }

    void averagesOverAreas() {
        Picture checker = flat(8, 8, {0});
        for (int i = 0; i < 64; ++i) checker.values[static_cast<std::size_t>(i)] = (i / 8 + i) % 2 != 0 ? 65535 : 0;
        const auto result = imageForNetwork(checker, Shape{1, 4, 4});
        for (const float value : result->pixels.span()) QCOMPARE(value, 0.5F);
    }

    void enlarges() {
        const auto result = imageForNetwork(flat(2, 2, {51}), Shape{1, 32, 32});
        QCOMPARE(result->how, std::string("2\u00D72 grey: scaled to 32\u00D732"));
        for (const float value : result->pixels.span()) QVERIFY(std::abs(value - 0.2F) < 1e-6F);
    }

    void colourKeepsItsOrder() {
        const auto result = imageForNetwork(flat(4, 4, {255, 51, 0}), Shape{3, 4, 4});
        QCOMPARE(result->pixels.data()[0], 1.0F);
        QCOMPARE(result->pixels.data()[16], 0.2F);
        QCOMPARE(result->pixels.data()[32], 0.0F);
    }

    void greyFillsThreeChannels() {
        const auto result = imageForNetwork(flat(4, 4, {51}), Shape{3, 4, 4});
        QVERIFY(result->how.find("all three colours") != std::string::npos);
        for (const float value : result->pixels.span()) QCOMPARE(value, 0.2F);
    }

    void alphaLiesOnBlack() {
        const auto opaque = imageForNetwork(flat(4, 4, {255, 255, 255, 255}), Shape{3, 4, 4});
        QCOMPARE(opaque->pixels.data()[0], 1.0F);
        const auto half = imageForNetwork(flat(4, 4, {255, 255, 255, 51}), Shape{3, 4, 4});
        QCOMPARE(half->pixels.data()[5], 0.2F);
        QVERIFY(half->how.find("RGB with alpha: laid on black") != std::string::npos);
        const auto grey = imageForNetwork(flat(4, 4, {255, 0}), Shape{1, 4, 4});
        QCOMPARE(grey->pixels.data()[0], 0.0F);
    }

    void padsLikeTheDataSet() {
        const auto result = imageForNetwork(flat(56, 56, {255}), Shape{1, 32, 32}, Shape{1, 28, 28});
        QCOMPARE(result->how, std::string("56\u00D756 grey: scaled to 28\u00D728, padded to 32\u00D732"));
        QCOMPARE(result->pixels.data()[1 * 32 + 16], 0.0F);
        QCOMPARE(result->pixels.data()[2 * 32 + 2], 1.0F);
        QCOMPARE(result->pixels.data()[29 * 32 + 29], 1.0F);
        QCOMPARE(result->pixels.data()[30 * 32 + 16], 0.0F);
    }

    void refusesOtherInputs() {
        COMPARE_ERROR(imageForNetwork(flat(4, 4, {0}), Shape{5, 4, 4}), "5\u00D74\u00D74");
        COMPARE_ERROR(imageForNetwork(flat(4, 4, {0}), Shape{16}), "1 or 3 channels");
        COMPARE_ERROR(imageForNetwork(Picture{}, Shape{1, 4, 4}), "empty");
    }

    void readsEveryKind_data() {
        QTest::addColumn<int>("type");
        QTest::addColumn<QString>("extension");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("bits");
        QTest::newRow("grey PNG") << CV_8UC1 << ".png" << 1 << 8;
        QTest::newRow("RGB PNG") << CV_8UC3 << ".png" << 3 << 8;
        QTest::newRow("RGBA PNG") << CV_8UC4 << ".png" << 4 << 8;
        QTest::newRow("16-bit PNG") << CV_16UC3 << ".png" << 3 << 16;
        QTest::newRow("16-bit TIFF") << CV_16UC1 << ".tiff" << 1 << 16;
        QTest::newRow("float TIFF") << CV_32FC3 << ".tiff" << 3 << 16;
        QTest::newRow("grey JPEG") << CV_8UC1 << ".jpg" << 1 << 8;
        QTest::newRow("BMP") << CV_8UC3 << ".bmp" << 3 << 8;
        QTest::newRow("WebP") << CV_8UC3 << ".webp" << 3 << 8;
    }

    void readsEveryKind() {
        QFETCH(int, type);
        QFETCH(QString, extension);
        QFETCH(int, channels);
        QFETCH(int, bits);
        const double white = CV_MAT_DEPTH(type) == CV_8U ? 255 : CV_MAT_DEPTH(type) == CV_16U ? 65535 : 1;
        // Blue 0.2, green 0.4, red 0.6, alpha 1 (as OpenCV counts).
        const cv::Mat image(9, 14, type, cv::Scalar(0.2 * white, 0.4 * white, 0.6 * white, white));
        TemporaryFolder folder;
        writeFile(folder / "a.img", encoded(extension.toUtf8().constData(), image));
        const auto picture = readPicture(folder / "a.img");
        QVERIFY2(picture.ok(), picture.ok() ? "" : picture.error().sentence().c_str());
        QCOMPARE(picture->width, 14);
        QCOMPARE(picture->height, 9);
        QCOMPARE(picture->channels, channels);
        QCOMPARE(picture->bits, bits);
        const double first = picture->at(7, 5, 0) / 65535.0;
        QVERIFY2(std::abs(first - (channels == 1 ? 0.2 : 0.6)) < 0.02, qPrintable(QString::number(first)));
        if (channels == 4) QCOMPARE(picture->at(7, 5, 3), std::uint16_t{65535});
    }

    void brokenFilesAreSentences() {
        TemporaryFolder folder;
        const cv::Mat image(40, 40, CV_8UC3, cv::Scalar(9, 99, 200));
        Bytes png = encoded(".png", image);
        png.resize(png.size() / 2);
        writeFile(folder / "cut.png", png);
        COMPARE_ERROR(readPicture(folder / "cut.png"), "cut.png is truncated");
        writeFile(folder / "text.png", joined({"this is text"}));
        COMPARE_ERROR(readPicture(folder / "text.png"), "text.png is no image that can be decoded");
        writeFile(folder / "empty.png", {});
        COMPARE_ERROR(readPicture(folder / "empty.png"), "empty.png is empty");
        COMPARE_ERROR(readPicture(folder / "none.png"), "none.png is no regular file");
        COMPARE_ERROR(readPicture(folder.path()), "is no regular file");
    }

    void animationsSaySo() {
        TemporaryFolder folder;
        writeFile(folder / "dance.gif", joined({"GIF89a", std::string(40, '\1')}));
        COMPARE_ERROR(readPicture(folder / "dance.gif"), "dance.gif is animated: save one of its frames as PNG");
        // An animated PNG shows its first frame: acTL stands before the data.
        Bytes png = encoded(".png", cv::Mat(6, 6, CV_8UC1, cv::Scalar(51)));
        const Bytes chunk{0, 0, 0, 8, 'a', 'c', 'T', 'L', 0, 0, 0, 1, 0, 0, 0, 0, 0xB9, 0x3D, 0xA8, 0xA6};
        png.insert(png.begin() + 33, chunk.begin(), chunk.end());
        QVERIFY(probeImage(png).animated);
        writeFile(folder / "a.png", png);
        const auto picture = readPicture(folder / "a.png");
        QVERIFY(picture.ok());
        QVERIFY(picture->animated);
        const auto fitted = imageForNetwork(*picture, Shape{1, 6, 6});
        QCOMPARE(fitted->how, std::string("6\u00D76 grey: first frame"));
        QCOMPARE(fitted->pixels.data()[0], 0.2F);
        QVERIFY(!probeImage(encoded(".png", cv::Mat(6, 6, CV_8UC1, cv::Scalar(51)))).animated);
    }

    void realPhotographs() {
        CONVOLAB_NEEDS_DATA(folder, "photos");
        for (const char* name : {"camera.png", "chelsea.png", "coffee.png", "rocket.jpg"}) {
            const auto picture = readPicture((folder + '/' + name).toStdString());
            QVERIFY2(picture.ok(), name);
            const auto fitted = imageForNetwork(*picture, Shape{3, 32, 32});
            QVERIFY(fitted.ok());
            double sum = 0.0;
            for (const float value : fitted->pixels.span()) sum += value;
            const double mean = sum / static_cast<double>(fitted->pixels.size());
            QVERIFY2(mean > 0.1 && mean < 0.9, name);
        }
    }
};

QTEST_GUILESS_MAIN(TestImageForNetwork)
#include "tst_image_for_network.moc"
