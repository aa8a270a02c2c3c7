#include <QtTest>

#include "tests/datasets/dataset_files.h"
#include "core/data/targets.h"
#include "datasets/catalogue.h"
#include "datasets/data_location.h"

using namespace convolab;
using namespace convolab::test;

class TestCatalogue : public QObject {
    Q_OBJECT

  private slots:
    void init();
    void namesEverySet();
    void builtInSetsOpen();
    void sizesAndSeedArePassedOn();
    void impossibleSizes();
    void unknownNames();
    void missingFilesSayWhere();
    void searchOrder();
    void environmentIsSearched();

  private:
    TemporaryFolder m_home;
};

void TestCatalogue::init() {
    qputenv("HOME", m_home.path().c_str());
    qunsetenv("XDG_DATA_HOME");
    qunsetenv("CONVOLAB_DATA");
}

void TestCatalogue::namesEverySet() {
    std::vector<std::string> ids;
    for (const DatasetEntry& entry : datasetCatalogue()) {
        ids.push_back(entry.id);
        QVERIFY(!entry.title.empty() && !entry.description.empty() && !entry.howToGet.empty());
        QCOMPARE(datasetAvailable(entry.id), entry.builtIn);
    }
    QCOMPARE(ids, (std::vector<std::string>{"digits", "shapes", "xor", "codes", "thermometer", "letter-t", "houses", "mnist", "fashion-mnist", "cifar-10"}));
}

void TestCatalogue::builtInSetsOpen() {
    for (const DatasetEntry& entry : datasetCatalogue()) {
        if (!entry.builtIn) continue;
        const auto result = openDataset(
            {.name = entry.id, .sizes = GeneratedSizes{.train = 30, .validation = 10, .test = 10}});
        QVERIFY(result.ok());
        QCOMPARE((*result)->info().id, entry.id);
        QCOMPARE((*result)->size(Split::Train), 30);
        // What the list says of a regression is what the set itself says.
        QCOMPARE(regressionUnit(entry.id).has_value(), isRegression(**result));
        if (isRegression(**result)) QCOMPARE(*regressionUnit(entry.id), targetsOf(**result)->estimated.unit);
    }
}

void TestCatalogue::sizesAndSeedArePassedOn() {
    const GeneratedSizes sizes{.train = 3, .validation = 2, .test = 1};
    const auto first = openDataset({.name = "Digits", .seed = 1, .sizes = sizes});
    const auto second = openDataset({.name = "digits", .seed = 2, .sizes = sizes});
    QVERIFY(first.ok() && second.ok());
    QCOMPARE((*first)->size(Split::Validation), 2);
    QCOMPARE((*first)->size(Split::Test), 1);
    QVERIFY(imageOf(**first, Split::Train, 0) != imageOf(**second, Split::Train, 0));
}

void TestCatalogue::impossibleSizes() {
    COMPARE_ERROR(openDataset({.name = "digits", .sizes = GeneratedSizes{.train = -5}}),
                  "a split of \u22125 images");
    COMPARE_ERROR(openDataset({.name = "digits", .sizes = GeneratedSizes{.test = 2'000'000'000}}),
                  "2,000,000,000");
}

void TestCatalogue::unknownNames() {
    const auto result = openDataset({.name = "fashon-mnist"});
    COMPARE_ERROR(result, "there is no data set \"fashon-mnist\"");
    COMPARE_ERROR(result, "did you mean \"fashion-mnist\"?");
    QVERIFY(result.error().code == ErrorCode::NotFound);
    COMPARE_ERROR(openDataset({.name = ""}), "there is no data set");
    COMPARE_ERROR(openDataset({.name = "./nowhere"}), "./nowhere is no folder");
}

void TestCatalogue::missingFilesSayWhere() {
    TemporaryFolder data;
    const auto result = openDataset({.name = "cifar-10", .dataDir = data.path()});
    COMPARE_ERROR(result, "CIFAR-10 was not found");
    COMPARE_ERROR(result, (data / "cifar-10-batches-bin").string());
    COMPARE_ERROR(result, (m_home / ".local/share/convolab/data/cifar-10-batches-bin").string());
    COMPARE_ERROR(result, "--data-dir");
    QVERIFY(result.error().code == ErrorCode::NotFound);
}

void TestCatalogue::searchOrder() {
    qputenv("CONVOLAB_DATA", "/second");
    qputenv("XDG_DATA_HOME", "/third");
    const auto roots = dataRoots("/first");
    QCOMPARE(roots.size(), std::size_t{3});
    QCOMPARE(roots[0].string(), std::string("/first"));
    QCOMPARE(roots[1].string(), std::string("/second"));
    QCOMPARE(roots[2].string(), std::string("/third/convolab/data"));
    qputenv("XDG_DATA_HOME", "not/absolute");
    QCOMPARE(dataRoots("/second").size(), std::size_t{2});
}

void TestCatalogue::environmentIsSearched() {
    TemporaryFolder data;
    writeFile(data / "mnist/train-images-idx3-ubyte", idxBytes({20, 3, 2}, ramp(120)));
    writeFile(data / "mnist/train-labels-idx1-ubyte", idxBytes({20}, ramp(20, 10)));
    writeFile(data / "mnist/t10k-images-idx3-ubyte", idxBytes({10, 3, 2}, ramp(60)));
    QVERIFY(!datasetAvailable("mnist"));
    qputenv("CONVOLAB_DATA", data.path().c_str());
    QVERIFY(datasetAvailable("mnist"));
    COMPARE_ERROR(openDataset({.name = "mnist"}), "has no t10k-labels-idx1-ubyte");
    writeFile(data / "mnist/t10k-labels-idx1-ubyte", idxBytes({10}, ramp(10, 10)));
    const auto result = openDataset({.name = "mnist"});
    QVERIFY(result.ok());
    QCOMPARE((*result)->info().classNames[7], std::string("7"));
    QCOMPARE((*result)->info().source, (data / "mnist").string());
}

QTEST_GUILESS_MAIN(TestCatalogue)
#include "tst_catalogue.moc"
