// Shift, rotation, scale, inversion and noise of one image and of a whole data set.
#include <QtTest>
#include <cmath>
#include <numeric>

#include "datasets/image_transform.h"
#include "tests/datasets/dataset_files.h"

using namespace convolab;
using namespace convolab::test;

namespace {

std::vector<float> apply(const std::vector<float>& image, const Shape& shape, const ImageTransform& transform, std::int64_t index = 0) {
    std::vector<float> result(image.size());
    transformImage({image.data(), shape}, transform, result, index);
    return result;
}

/// 2 channels of 5×5 with different values everywhere.
const Shape kShape{2, 5, 5};
std::vector<float> rampImage() {
    std::vector<float> image(50);
    for (std::size_t i = 0; i < 50; ++i) image[i] = static_cast<float>(i + 1) / 50.0F;
    return image;
}

float at(const std::vector<float>& image, int channel, int y, int x) { return image[static_cast<std::size_t>(channel * 25 + y * 5 + x)]; }

}  // namespace

class TestImageTransform : public QObject {
    Q_OBJECT

  private slots:
    void identityCopiesBitForBit() {
        QVERIFY(ImageTransform{}.isIdentity());
        const auto image = rampImage();
        QCOMPARE(apply(image, kShape, {}), image);
    }

    void shiftsByWholePixels() {
        const auto image = rampImage();
        const auto moved = apply(image, kShape, {.shiftX = 2, .shiftY = -1});
        for (int c = 0; c < 2; ++c) {
            for (int y = 0; y < 5; ++y) {
                for (int x = 0; x < 5; ++x) {
                    const bool inside = x >= 2 && y <= 3;
                    QCOMPARE(at(moved, c, y, x), inside ? at(image, c, y + 1, x - 2) : 0.0F);
                }
            }
        }
    }

    void fractionsInterpolate() {
        const auto image = rampImage();
        const auto moved = apply(image, kShape, {.shiftX = 0.25});
        QVERIFY(std::abs(at(moved, 1, 2, 3) - (0.75F * at(image, 1, 2, 3) + 0.25F * at(image, 1, 2, 2))) < 1e-6F);
        QVERIFY(std::abs(at(moved, 0, 2, 0) - 0.75F * at(image, 0, 2, 0)) < 1e-6F);  // the rest comes from outside
    }

    void rotatesAnticlockwise() {
        const auto image = rampImage();
        const auto quarter = apply(image, kShape, {.rotation = 90});
        // What was at the right comes to the top.
        for (int i = 0; i < 5; ++i) {
            for (int j = 0; j < 5; ++j) QCOMPARE(at(quarter, 1, i, j), at(image, 1, j, 4 - i));
        }
        auto turned = image;
        for (int i = 0; i < 4; ++i) turned = apply(turned, kShape, {.rotation = 90});
        QCOMPARE(turned, image);
        QCOMPARE(apply(image, kShape, {.rotation = 180}), apply(image, kShape, {.rotation = -180}));
    }

    void smallRotationsTurnAboutTheCentre() {
        const auto image = rampImage();
        const auto turned = apply(image, kShape, {.rotation = 10});
        QVERIFY(std::abs(at(turned, 0, 2, 2) - at(image, 0, 2, 2)) < 1e-6F);
        QVERIFY(at(turned, 0, 2, 4) != at(image, 0, 2, 4));
    }

    void scales() {
        const Shape shape{1, 4, 4};
        std::vector<float> image(16, 0.0F);
        for (const std::size_t i : {5U, 6U, 9U, 10U}) image[i] = 1.0F;
        const auto larger = apply(image, shape, {.scale = 2});
        QVERIFY(std::accumulate(larger.begin(), larger.end(), 0.0F) > 8.0F);
        QVERIFY(larger[5] > 0.99F && larger[0] < larger[5]);
        const auto smaller = apply(image, shape, {.scale = 0.5});
        QVERIFY(std::accumulate(smaller.begin(), smaller.end(), 0.0F) < 3.0F);
    }

    void invertsBeforeTheGroundComesIn() {
        const auto image = rampImage();
        const auto result = apply(image, kShape, {.shiftX = 1, .invert = true});
        QCOMPARE(at(result, 0, 2, 0), 0.0F);
        QCOMPARE(at(result, 0, 2, 1), 1.0F - at(image, 0, 2, 0));
    }

    void noiseIsSeededAndClamped() {
        const Shape shape{1, 64, 64};
        const std::vector<float> grey(4096, 0.5F);
        const ImageTransform transform{.noise = 0.1, .seed = 7};
        const auto noisy = apply(grey, shape, transform, 3);
        QCOMPARE(apply(grey, shape, transform, 3), noisy);
        QVERIFY(apply(grey, shape, transform, 4) != noisy);
        QVERIFY(apply(grey, shape, {.noise = 0.1, .seed = 8}, 3) != noisy);
        double mean = 0, variance = 0;
        for (const float value : noisy) mean += value / 4096.0;
        for (const float value : noisy) variance += (value - mean) * (value - mean) / 4096.0;
        QVERIFY2(std::abs(mean - 0.5) < 0.01, qPrintable(QString::number(mean)));
        QVERIFY2(std::abs(std::sqrt(variance) - 0.1) < 0.005, qPrintable(QString::number(std::sqrt(variance))));
        for (const float value : apply(grey, shape, {.noise = 5})) QVERIFY(value >= 0.0F && value <= 1.0F);
    }

    void dataSetsAreSeenThroughIt() {
        const DatasetPtr plain = smallSet(20, 4, kShape);
        const ImageTransform transform{.shiftX = 1.5, .rotation = 20, .noise = 0.05, .seed = 3};
        const DatasetPtr seen = transformed(plain, transform);
        QCOMPARE(seen->size(Split::Test), plain->size(Split::Test));
        QCOMPARE(seen->classes(), plain->classes());
        for (const Split split : {Split::Train, Split::Test}) {
            for (std::int64_t i = 0; i < 5; ++i) {
                QCOMPARE(seen->label(split, i), plain->label(split, i));
                QCOMPARE(imageOf(*seen, split, i), apply(imageOf(*plain, split, i), kShape, transform, i));
            }
        }
        QCOMPARE(transformed(plain, {}).get(), plain.get());
        // One behind another: neither disturbs the other's buffer.
        const DatasetPtr twice = transformed(transformed(plain, {.shiftX = 1}), {.shiftX = 2});
        QCOMPARE(imageOf(*twice, Split::Test, 1), imageOf(*transformed(plain, {.shiftX = 3}), Split::Test, 1));
    }
};

QTEST_GUILESS_MAIN(TestImageTransform)
#include "tst_image_transform.moc"
