#include <QtTest>
#include <map>

#include "core/data/dataset.h"
#include "core/util/check.h"
#include "tests/datasets/dataset_files.h"

using namespace convolab;
using namespace convolab::test;

class TestDataset : public QObject {
    Q_OBJECT

  private slots:
    void splitNames();
    void pixelsAreUnitFloats();
    void inconsistentStoresAreRefused();
    void indicesAreChecked();
    void validationIsTheEnd_data();
    void validationIsTheEnd();
    void limitedTakesTheFirst();
    void sampledIsBalancedAndSeeded();
    void sampledTakesWhatThereIs();
    void fittedPadsWithZerosInTheMiddle();
    void fittedFlattens();
    void fittedRefuses();
};

void TestDataset::splitNames() {
    for (const Split split : {Split::Train, Split::Validation, Split::Test}) {
        const auto parsed = splitFromName(splitName(split));
        QVERIFY(parsed.ok());
        QVERIFY(*parsed == split);
    }
    COMPARE_ERROR(splitFromName("tset"), "did you mean \"test\"");
}

void TestDataset::pixelsAreUnitFloats() {
    const auto dataset = smallSet(300, 3);
    const auto pixels = imageOf(*dataset, Split::Train, 252);
    QCOMPARE(pixels[0], 252.0F / 255.0F);
    QCOMPARE(pixels[3], 1.0F);
    QCOMPARE(pixels[4], 0.0F);
    QCOMPARE(dataset->label(Split::Train, 4), 1);
    QCOMPARE(dataset->classes(), 3);
}

void TestDataset::inconsistentStoresAreRefused() {
    const DatasetInfo info{
        .id = "x", .title = "X", .imageShape = {1, 1, 1}, .classNames = {"a", "b"}, .source = ""};
    QVERIFY_THROWS_EXCEPTION(InvariantError, MemoryDataset(info, {{1, 2}, {0}}, {}, {}));
    QVERIFY_THROWS_EXCEPTION(InvariantError, MemoryDataset(info, {{1}, {2}}, {}, {}));
}

void TestDataset::indicesAreChecked() {
    const auto dataset = smallSet(4, 2);
    std::vector<float> pixels(6);
    QVERIFY_THROWS_EXCEPTION(InvariantError, dataset->image(Split::Train, 4, pixels));
    QVERIFY_THROWS_EXCEPTION(InvariantError, dataset->image(Split::Train, -1, pixels));
    QVERIFY_THROWS_EXCEPTION(InvariantError, (void)dataset->label(Split::Test, 2));
    QVERIFY_THROWS_EXCEPTION(InvariantError, (void)limited(dataset, 2)->label(Split::Train, 2));
    pixels.resize(5);
    QVERIFY_THROWS_EXCEPTION(InvariantError, dataset->image(Split::Train, 0, pixels));
}

void TestDataset::validationIsTheEnd_data() {
    QTest::addColumn<int>("images");
    QTest::addColumn<int>("expected");
    QTest::newRow("large set") << 60000 << 5000;
    QTest::newRow("exactly large") << 50000 << 5000;
    QTest::newRow("a tenth") << 20000 << 2000;
    QTest::newRow("tiny") << 9 << 0;
    QTest::newRow("empty") << 0 << 0;
}

void TestDataset::validationIsTheEnd() {
    QFETCH(int, images);
    QFETCH(int, expected);
    ImageStore train;
    for (int i = 0; i < images; ++i) {
        train.labels.push_back(static_cast<std::uint8_t>(i % 10));
        train.pixels.push_back(static_cast<std::uint8_t>(i % 251));
        train.pixels.push_back(7);
    }
    const ImageStore validation = splitOffValidation(train, 2);
    QCOMPARE(validation.labels.size(), static_cast<std::size_t>(expected));
    QCOMPARE(train.labels.size(), static_cast<std::size_t>(images - expected));
    QCOMPARE(train.pixels.size(), 2 * train.labels.size());
    QCOMPARE(validation.pixels.size(), 2 * validation.labels.size());
    if (expected > 0) {
        QCOMPARE(int(validation.pixels.front()), (images - expected) % 251);
        QCOMPARE(int(validation.pixels[validation.pixels.size() - 2]), (images - 1) % 251);
    }
}

void TestDataset::limitedTakesTheFirst() {
    const auto dataset = limited(smallSet(20, 4), 7);
    QCOMPARE(dataset->size(Split::Train), 7);
    QCOMPARE(dataset->size(Split::Validation), 7);
    QCOMPARE(imageOf(*dataset, Split::Train, 6)[0], 6.0F / 255.0F);
    QCOMPARE(limited(smallSet(20, 4), 100)->size(Split::Train), 20);
    QCOMPARE(limited(smallSet(20, 4), -3)->size(Split::Train), 0);
}

void TestDataset::sampledIsBalancedAndSeeded() {
    const auto source = smallSet(200, 4);
    const auto first = sampled(source, 42, 1);
    QCOMPARE(first->size(Split::Train), 42);
    QCOMPARE(first->size(Split::Test), source->size(Split::Test));
    std::map<int, int> histogram;
    std::vector<float> seen;
    for (std::int64_t i = 0; i < 42; ++i) {
        ++histogram[first->label(Split::Train, i)];
        const float value = imageOf(*first, Split::Train, i)[0];
        QCOMPARE(int(value * 255.0F + 0.5F) % 4, first->label(Split::Train, i));
        QVERIFY(seen.empty() || value > seen.back());  // every image once, in the order of the source
        seen.push_back(value);
    }
    for (const auto& [label, count] : histogram) QVERIFY(count == 10 || count == 11);

    const auto again = sampled(source, 42, 1);
    const auto other = sampled(source, 42, 2);
    bool differs = false;
    for (std::int64_t i = 0; i < 42; ++i) {
        QCOMPARE(imageOf(*again, Split::Train, i), imageOf(*first, Split::Train, i));
        differs = differs || imageOf(*other, Split::Train, i) != imageOf(*first, Split::Train, i);
    }
    QVERIFY(differs);
}

void TestDataset::sampledTakesWhatThereIs() {
    QCOMPARE(sampled(smallSet(10, 3), 50, 1)->size(Split::Train), 10);
    QCOMPARE(sampled(smallSet(10, 3), 0, 1)->size(Split::Train), 0);
}

void TestDataset::fittedPadsWithZerosInTheMiddle() {
    const auto source = smallSet(5, 2, Shape{3, 28, 28});
    const auto result = fitted(source, Shape{3, 32, 32});
    QVERIFY(result.ok());
    const Dataset& dataset = **result;
    QCOMPARE(dataset.info().imageShape.text(), std::string("3×32×32"));
    const auto from = imageOf(*source, Split::Train, 3);
    const auto to = imageOf(dataset, Split::Train, 3);
    for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t y = 0; y < 32; ++y) {
            for (std::size_t x = 0; x < 32; ++x) {
                const bool inside = y >= 2 && y < 30 && x >= 2 && x < 30;
                const float expected = inside ? from[(c * 28 + y - 2) * 28 + x - 2] : 0.0F;
                QCOMPARE(to[(c * 32 + y) * 32 + x], expected);
            }
        }
    }
    const auto odd = fitted(source, Shape{3, 29, 31});  // an odd rest goes to the right and below
    QVERIFY(odd.ok());
    QCOMPARE(imageOf(**odd, Split::Train, 3)[1], from[0]);
    const auto same = fitted(source, Shape{3, 28, 28});
    QVERIFY(same.ok() && *same == source);
}

void TestDataset::fittedFlattens() {
    const auto source = smallSet(5, 2);
    const auto result = fitted(source, Shape{6});
    QVERIFY(result.ok());
    QVERIFY((*result)->info().imageShape.isVector());
    QCOMPARE(imageOf(**result, Split::Train, 2), imageOf(*source, Split::Train, 2));
}

void TestDataset::fittedRefuses() {
    COMPARE_ERROR(fitted(smallSet(5, 2), Shape{3, 32, 32}), "are 1×2×3, the network's input is 3×32×32");
    COMPARE_ERROR(fitted(smallSet(5, 2), Shape{1, 2, 2}), "at least 1×2×3");
    COMPARE_ERROR(fitted(smallSet(5, 2), Shape{7}), "6 values");
}

QTEST_GUILESS_MAIN(TestDataset)
#include "tst_dataset.moc"
