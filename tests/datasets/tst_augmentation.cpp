// Augmentations: what each does to an image, what they draw, and that texts and batches carry them.
#include <QtTest>
#include <cmath>
#include <numeric>
#include <set>

#include "core/data/augmentation.h"
#include "core/data/batch_loader.h"
#include "tests/datasets/dataset_files.h"

using namespace convolab;
using namespace convolab::test;

namespace {

constexpr std::int64_t kSide = 12;

/// Two channels; a bright spot off the centre over a slope.
std::vector<float> picture() {
    std::vector<float> pixels(static_cast<std::size_t>(2 * kSide * kSide));
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % kSide) / 40.0F + 0.1F;
    pixels[3 * kSide + 4] = 1.0F;
    return pixels;
}

AugmentationSpec parsed(const std::string& text) {
    auto spec = parseAugmentation(text);
    if (!spec.ok()) throw std::runtime_error(spec.error().sentence());
    return std::move(spec).value();
}

std::vector<float> augmented(const std::vector<std::string>& texts, std::int64_t epoch, std::int64_t sample,
                             std::uint64_t seed = 42, std::vector<float> pixels = picture()) {
    std::vector<AugmentationSpec> specs;
    for (const std::string& text : texts) specs.push_back(parsed(text));
    Augmenter(specs, seed, {2, kSide, kSide}).apply(pixels, epoch, sample);
    return pixels;
}

double mean(const std::vector<float>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

QString problemOf(const std::string& text) {
    const auto spec = parseAugmentation(text);
    return spec.ok() ? QStringLiteral("(no error)") : QString::fromStdString(spec.error().sentence());
}

}  // namespace

class TestAugmentation : public QObject {
    Q_OBJECT

  private slots:
    void everyKindIsDescribedAndGoesBothWays();
    void everyKindChangesImagesAndRepeats();
    void offMeansUntouched_data();
    void offMeansUntouched();
    void shiftsMoveByWholePixels();
    void flipsMirror();
    void rotationKeepsTheCentre();
    void scalingAboutTheCentre();
    void elasticBendsSmoothly();
    void eraseBlackensASquare();
    void brightnessAndContrast();
    void noiseHasItsDeviation();
    void othersDoNotChangeWhatIsDrawn();
    void wrongTextsAreExplained();
    void batchesAreAugmentedWhereverReadingBegins();
    void vectorsOfImagesAreAugmented();
};

void TestAugmentation::everyKindIsDescribedAndGoesBothWays() {
    QCOMPARE(augmentations().size(), std::size_t{10});
    for (const Augmentation* kind : augmentations()) {
        QVERIFY(findAugmentation(kind->id) == kind);
        QVERIFY(!kind->label.empty() && !kind->help.empty() && !kind->options.empty());
        AugmentationSpec spec = standardAugmentation(*kind);
        QCOMPARE(augmentationText(spec), kind->id);
        for (std::size_t i = 0; i < spec.values.size(); ++i) {
            const AugmentationOption& option = kind->options[i];
            QVERIFY(option.standard >= option.minimum && option.standard <= option.maximum && option.usual <= option.maximum);
            spec.values[i] = option.whole ? option.maximum : 0.5 * (option.standard + option.maximum);
        }
        if (kind->id == "scale") spec.values = {0.5, 2.0};
        const auto read = parseAugmentation(augmentationText(spec));
        QVERIFY2(read.ok() && *read == spec, kind->id.c_str());
    }
}

void TestAugmentation::everyKindChangesImagesAndRepeats() {
    for (const Augmentation* kind : augmentations()) {
        std::set<std::vector<float>> seen;
        for (std::int64_t sample = 0; sample < 16; ++sample) {
            const auto once = augmented({kind->id}, 3, sample);
            QVERIFY2(once == augmented({kind->id}, 3, sample), kind->id.c_str());
            for (const float value : once) QVERIFY(value >= 0.0F && value <= 1.0F);
            seen.insert(once);
        }
        QVERIFY2(seen.size() >= 2, kind->id.c_str());
        int different = 0;
        for (std::int64_t sample = 0; sample < 16; ++sample) {
            different += augmented({kind->id}, 3, sample) != augmented({kind->id}, 4, sample);
            different += augmented({kind->id}, 3, sample) != augmented({kind->id}, 3, sample, 43);
        }
        QVERIFY2(different > 4, kind->id.c_str());
    }
}

void TestAugmentation::offMeansUntouched_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"shift:x=0,y=0", "flip:horizontal=0", "crop:padding=0", "erase:probability=0", "erase:size=0",
                             "brightness:amount=0", "contrast:amount=0", "noise:deviation=0", "rotate:degrees=0",
                             "scale:from=1,to=1", "elastic:alpha=0"}) {
        QTest::newRow(text) << QString::fromLatin1(text);
    }
}
void TestAugmentation::offMeansUntouched() {
    QFETCH(QString, text);
    const auto before = picture();
    const auto after = augmented({text.toStdString()}, 1, 5);
    for (std::size_t i = 0; i < before.size(); ++i) QVERIFY(std::abs(after[i] - before[i]) < 1e-6F);
}

void TestAugmentation::shiftsMoveByWholePixels() {
    std::set<std::pair<int, int>> moves;
    for (const char* text : {"shift:x=0.25,y=0.25", "crop:padding=3"}) {
        for (std::int64_t sample = 0; sample < 300; ++sample) {
            const auto after = augmented({text}, 0, sample);
            const auto at = static_cast<int>(std::find(after.begin(), after.end(), 1.0F) - after.begin());
            const int down = at / int(kSide) - 3, right = at % int(kSide) - 4;
            QVERIFY(std::abs(down) <= 3 && std::abs(right) <= 3);
            moves.insert({right, down});
            const auto before = picture();
            for (int y = 0; y < kSide; ++y) {
                for (int x = 0; x < kSide; ++x) {
                    const int fromX = x - right, fromY = y - down;
                    const bool inside = fromX >= 0 && fromY >= 0 && fromX < kSide && fromY < kSide;
                    const std::size_t to = static_cast<std::size_t>(kSide * kSide + y * kSide + x);
                    QCOMPARE(after[to], inside ? before[static_cast<std::size_t>(kSide * kSide + fromY * kSide + fromX)] : 0.0F);
                }
            }
        }
    }
    QCOMPARE(moves.size(), std::size_t{49});  // every one of them
}

void TestAugmentation::flipsMirror() {
    int flipped = 0;
    for (std::int64_t sample = 0; sample < 400; ++sample) {
        const auto after = augmented({"flip"}, 0, sample);
        const bool mirrored = after[3 * kSide + (kSide - 1 - 4)] == 1.0F;
        QVERIFY(mirrored || after == picture());
        flipped += mirrored;
    }
    QVERIFY(flipped > 150 && flipped < 250);
    const auto both = augmented({"flip:horizontal=1,vertical=1"}, 0, 1);
    QCOMPARE(both[(kSide - 1 - 3) * kSide + (kSide - 1 - 4)], 1.0F);
}

void TestAugmentation::rotationKeepsTheCentre() {
    // A disc about the centre looks the same from all sides; a pixel at the edge leaves.
    std::vector<float> disc(static_cast<std::size_t>(2 * kSide * kSide), 0.0F);
    for (std::int64_t y = 0; y < kSide; ++y) {
        for (std::int64_t x = 0; x < kSide; ++x) {
            const double radius = std::hypot(double(x) - 5.5, double(y) - 5.5);
            disc[static_cast<std::size_t>(y * kSide + x)] = static_cast<float>(std::clamp(1.0 - radius / 6.0, 0.0, 1.0));
        }
    }
    for (std::int64_t sample = 0; sample < 20; ++sample) {
        const auto after = augmented({"rotate:degrees=180"}, 0, sample, 42, disc);
        for (std::size_t i = 0; i < disc.size(); ++i) QVERIFY(std::abs(after[i] - disc[i]) < 0.08F);
    }
    QVERIFY(augmented({"rotate:degrees=180"}, 0, 3) != picture());
}

void TestAugmentation::scalingAboutTheCentre() {
    std::vector<float> square(static_cast<std::size_t>(2 * kSide * kSide), 0.0F);
    for (std::int64_t y = 4; y < 8; ++y) {
        for (std::int64_t x = 4; x < 8; ++x) square[static_cast<std::size_t>(y * kSide + x)] = 1.0F;
    }
    const double sum = std::accumulate(square.begin(), square.end(), 0.0);
    const auto large = augmented({"scale:from=2,to=2"}, 0, 0, 42, square);
    const auto small = augmented({"scale:from=0.5,to=0.5"}, 0, 0, 42, square);
    QVERIFY(std::abs(std::accumulate(large.begin(), large.end(), 0.0) / sum - 4.0) < 0.4);
    QVERIFY(std::abs(std::accumulate(small.begin(), small.end(), 0.0) / sum - 0.25) < 0.05);
}

void TestAugmentation::elasticBendsSmoothly() {
    std::vector<float> slope(static_cast<std::size_t>(2 * kSide * kSide));
    for (std::size_t i = 0; i < slope.size(); ++i) slope[i] = static_cast<float>(i % kSide) / 11.0F;
    // On a slope the value says where a pixel comes from; neighbours come from near one another.
    double largest = 0.0, jump = 0.0;
    for (std::int64_t sample = 0; sample < 10; ++sample) {
        const auto after = augmented({"elastic:alpha=12,sigma=3"}, 0, sample, 42, slope);
        for (std::int64_t y = 3; y < kSide - 4; ++y) {
            for (std::int64_t x = 3; x < kSide - 4; ++x) {
                const auto at = static_cast<std::size_t>(y * kSide + x);
                largest = std::max(largest, 11.0 * std::abs(double(after[at]) - double(slope[at])));
                jump = std::max(jump, 11.0 * std::abs((double(after[at + kSide]) - double(after[at]))));
            }
        }
    }
    QVERIFY(largest > 0.3 && largest < 4.0);
    QVERIFY(jump < 0.5 * largest + 0.3);
}

void TestAugmentation::eraseBlackensASquare() {
    const std::vector<float> white(static_cast<std::size_t>(2 * kSide * kSide), 1.0F);
    int hit = 0;
    for (std::int64_t sample = 0; sample < 200; ++sample) {
        const auto after = augmented({"erase:size=0.5"}, 0, sample, 42, white);
        const auto black = std::count(after.begin(), after.end(), 0.0F);
        QVERIFY(black <= 2 * 36 && black % 2 == 0);
        QVERIFY(black == 0 || black >= 2 * 9);  // at least a quarter of the square lies inside
        hit += black > 0;
    }
    QVERIFY(hit > 70 && hit < 130);
}

void TestAugmentation::brightnessAndContrast() {
    const auto before = picture();
    for (std::int64_t sample = 0; sample < 20; ++sample) {
        const auto brighter = augmented({"brightness:amount=0.05"}, 0, sample);
        const float by = brighter[1] - before[1];
        QVERIFY(std::abs(by) <= 0.05F);
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i] < 0.9F) QVERIFY(std::abs(brighter[i] - before[i] - by) < 1e-6F);
        }
        const auto stretched = augmented({"contrast:amount=0.1"}, 0, sample);
        const double factor = (stretched[11] - stretched[1]) / (before[11] - before[1]);
        QVERIFY(factor >= 0.9 - 1e-4 && factor <= 1.1 + 1e-4);
        QVERIFY(std::abs(mean(stretched) - mean(before)) < 2e-3);
    }
}

void TestAugmentation::noiseHasItsDeviation() {
    const std::vector<float> grey(static_cast<std::size_t>(2 * kSide * kSide), 0.5F);
    double squares = 0.0, sum = 0.0;
    std::size_t count = 0;
    for (std::int64_t sample = 0; sample < 50; ++sample) {
        for (const float value : augmented({"noise:deviation=0.1"}, 0, sample, 42, grey)) {
            sum += value - 0.5;
            squares += (value - 0.5) * (value - 0.5);
            ++count;
        }
    }
    QVERIFY(std::abs(sum / double(count)) < 0.005);
    QVERIFY(std::abs(std::sqrt(squares / double(count)) - 0.1) < 0.005);
}

void TestAugmentation::othersDoNotChangeWhatIsDrawn() {
    for (std::int64_t sample = 0; sample < 50; ++sample) {
        const auto alone = augmented({"flip"}, 2, sample);
        const auto together = augmented({"brightness:amount=0", "flip", "contrast:amount=0"}, 2, sample);
        for (std::size_t i = 0; i < alone.size(); ++i) QVERIFY(std::abs(alone[i] - together[i]) < 1e-6F);
    }
}

void TestAugmentation::wrongTextsAreExplained() {
    QVERIFY(problemOf("rotat").contains("unknown augmentation \"rotat\": did you mean \"rotate\"?"));
    QVERIFY(problemOf("rotate:degree=5").contains("unknown option of rotate \"degree\": did you mean \"degrees\""));
    QCOMPARE(problemOf("rotate:degrees=500"), QStringLiteral("rotate's degrees is 500: give a number from 0 to 180"));
    QVERIFY(problemOf("rotate:degrees=much").contains("give a number such as 10"));
    QVERIFY(problemOf("rotate:degrees=nan").contains("NaN"));
    QVERIFY(problemOf("crop:padding=2.5").contains("give a whole number from 0 to 64"));
    QVERIFY(problemOf("scale:from=2,to=1").contains("give the smaller size first"));
    QVERIFY(problemOf("shift:x").contains("has no value"));
}

void TestAugmentation::batchesAreAugmentedWhereverReadingBegins() {
    const std::vector<AugmentationSpec> specs{parsed("noise:deviation=0.2"), parsed("flip")};
    const auto pixelsOf = [](const Batch& batch) {
        return std::vector<float>(batch.images.data(), batch.images.data() + batch.count * 6);
    };
    std::vector<std::vector<float>> whole;
    BatchLoader loader(smallSet(100, 4), 16, 3, {}, 3, specs);
    BatchLoader plain(smallSet(100, 4), 16, 3);
    for (int i = 0; i < 14; ++i) {
        whole.push_back(pixelsOf(loader.next()));
        QVERIFY(whole.back() != pixelsOf(plain.next()));
    }
    for (const std::int64_t start : {0, 3, 9, 13}) {
        BatchLoader later(smallSet(100, 4), 16, 3, {start / 7, start % 7}, 1, specs);
        QVERIFY(pixelsOf(later.next()) == whole[static_cast<std::size_t>(start)]);
    }
}

void TestAugmentation::vectorsOfImagesAreAugmented() {
    const DatasetPtr images = smallSet(20, 4);
    const auto vectors = fitted(images, {images->info().imageShape.size()});
    QVERIFY(vectors.ok());
    QVERIFY((*vectors)->info().picture() == images->info().imageShape);
    const std::vector<AugmentationSpec> specs{parsed("flip:horizontal=1")};
    BatchLoader first(images, 8, 3, {}, 3, specs), second(*vectors, 8, 3, {}, 3, specs);
    const Batch &a = first.next(), &b = second.next();
    QVERIFY(std::equal(a.images.data(), a.images.data() + 8 * 6, b.images.data()));
}

QTEST_GUILESS_MAIN(TestAugmentation)
#include "tst_augmentation.moc"
