#include <QtTest>
#include <array>
#include <cmath>

#include "core/data/dataset.h"
#include "datasets/catalogue.h"

using namespace convolab;

namespace {

using Histogram = std::array<int, 10>;

Histogram histogramOf(const Dataset& dataset, const std::vector<Split>& splits) {
    Histogram counts{};
    for (const Split split : splits) {
        for (std::int64_t i = 0; i < dataset.size(split); ++i) {
            ++counts[static_cast<std::size_t>(dataset.label(split, i))];
        }
    }
    return counts;
}

/// Mean and standard deviation over all pixels of the published training images (train and validation
/// together).
std::pair<double, double> trainingMoments(const Dataset& dataset) {
    std::vector<float> pixels(static_cast<std::size_t>(dataset.info().imageShape.size()));
    double sum = 0.0;
    double squares = 0.0;
    double count = 0.0;
    for (const Split split : {Split::Train, Split::Validation}) {
        for (std::int64_t i = 0; i < dataset.size(split); ++i) {
            dataset.image(split, i, pixels);
            for (const float value : pixels) {
                sum += static_cast<double>(value);
                squares += static_cast<double>(value) * static_cast<double>(value);
            }
            count += static_cast<double>(pixels.size());
        }
    }
    const double mean = sum / count;
    return {mean, std::sqrt(squares / count - mean * mean)};
}

bool close(double a, double b) { return std::fabs(a - b) < 0.00005 + 1e-9; }

}  // namespace

/// Compares with the files as they are published. Skipped, with a sentence, where $CONVOLAB_DATA does not
/// hold them.
class TestPublishedSets : public QObject {
    Q_OBJECT

  private slots:
    void mnist();
    void fashionMnist();
    void cifar10();

  private:
    static DatasetPtr open(const std::string& id) {
        if (!datasetAvailable(id)) return nullptr;
        auto result = openDataset({.name = id});
        if (!result) qWarning("%s", result.error().sentence().c_str());
        return result ? *result : nullptr;
    }
};

#define OPEN_OR_SKIP(id)                                                                                   \
    if (!datasetAvailable(id)) QSKIP(id " is not in $CONVOLAB_DATA: its golden numbers were not checked"); \
    const DatasetPtr dataset = open(id);                                                                   \
    QVERIFY(dataset)

// Sizes, class counts and first labels: facts of the published files (Y. LeCun, C. Cortes, C. Burges). Mean
// and deviation 0.1307, 0.3081: the values that PyTorch's MNIST example normalises with.
void TestPublishedSets::mnist() {
    OPEN_OR_SKIP("mnist");
    QCOMPARE(dataset->size(Split::Train), 55000);
    QCOMPARE(dataset->size(Split::Validation), 5000);
    QCOMPARE(dataset->size(Split::Test), 10000);
    const std::array<int, 5> firstTrain{5, 0, 4, 1, 9};
    const std::array<int, 5> firstTest{7, 2, 1, 0, 4};
    for (std::int64_t i = 0; i < 5; ++i) {
        QCOMPARE(dataset->label(Split::Train, i), firstTrain[static_cast<std::size_t>(i)]);
        QCOMPARE(dataset->label(Split::Test, i), firstTest[static_cast<std::size_t>(i)]);
    }
    QCOMPARE(dataset->label(Split::Validation, 4999), 8);  // the last of the 60,000
    QVERIFY((histogramOf(*dataset, {Split::Train, Split::Validation}) ==
             Histogram{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}));
    QVERIFY((histogramOf(*dataset, {Split::Test}) ==
             Histogram{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}));
    const auto [mean, deviation] = trainingMoments(*dataset);
    QVERIFY2(close(mean, 0.1307), qPrintable(QString::number(mean)));
    QVERIFY2(close(deviation, 0.3081), qPrintable(QString::number(deviation)));
}

// 6,000 and 1,000 images per class (H. Xiao, K. Rasul, R. Vollgraf 2017); 0.2860 and 0.3530 are the usual
// normalisation of the set.
void TestPublishedSets::fashionMnist() {
    OPEN_OR_SKIP("fashion-mnist");
    QCOMPARE(dataset->size(Split::Train), 55000);
    QCOMPARE(dataset->label(Split::Train, 0), 9);
    QCOMPARE(dataset->info().classNames[9], std::string("Ankle boot"));
    Histogram even{};
    even.fill(6000);
    QVERIFY(histogramOf(*dataset, {Split::Train, Split::Validation}) == even);
    even.fill(1000);
    QVERIFY(histogramOf(*dataset, {Split::Test}) == even);
    const auto [mean, deviation] = trainingMoments(*dataset);
    QVERIFY2(close(mean, 0.2860), qPrintable(QString::number(mean)));
    QVERIFY2(close(deviation, 0.3530), qPrintable(QString::number(deviation)));
}

// 10,000 images a file, 1,000 of each class for testing (A. Krizhevsky 2009). The first training image is a
// frog, the first test image a cat.
void TestPublishedSets::cifar10() {
    OPEN_OR_SKIP("cifar-10");
    const std::int64_t training = dataset->size(Split::Train) + dataset->size(Split::Validation);
    QCOMPARE(training % 10000, 0);
    QCOMPARE(dataset->size(Split::Test), 10000);
    Histogram even{};
    even.fill(1000);
    QVERIFY(histogramOf(*dataset, {Split::Test}) == even);
    QCOMPARE(dataset->info().classNames[static_cast<std::size_t>(dataset->label(Split::Train, 0))],
             std::string("frog"));
    QCOMPARE(dataset->info().classNames[static_cast<std::size_t>(dataset->label(Split::Test, 0))],
             std::string("cat"));
    if (training < 50000)
        QVERIFY(dataset->info().source.find("of 50,000 training images") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestPublishedSets)
#include "tst_published_sets.moc"
