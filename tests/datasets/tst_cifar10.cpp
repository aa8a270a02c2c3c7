#include <QtTest>

#include "core/util/random.h"
#include "tests/datasets/dataset_files.h"
#include "datasets/cifar10.h"

using namespace convolab;
using namespace convolab::test;

namespace {

constexpr std::size_t kRecord = 3073;

/// Records whose label is the index modulo 10 and whose pixels all equal the index.
Bytes records(std::size_t count) {
    Bytes bytes;
    for (std::size_t i = 0; i < count; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(i % 10));
        bytes.insert(bytes.end(), kRecord - 1, static_cast<std::uint8_t>(i));
    }
    return bytes;
}

}  // namespace

class TestCifar10 : public QObject {
    Q_OBJECT

  private slots:
    void readsWhatIsThere();
    void keepsPlanesApart();
    void refusesBadFiles();
    void refusesIncompleteFolders();
    void mutationsNeverCrash();
};

void TestCifar10::readsWhatIsThere() {
    TemporaryFolder folder;
    writeFile(folder / "data_batch_2.bin", records(30));
    writeFile(folder / "data_batch_4.bin", records(10));
    writeFile(folder / "test_batch.bin", records(7));
    const auto result = openCifar10(folder.path());
    QVERIFY(result.ok());
    const Dataset& dataset = **result;
    QCOMPARE(dataset.size(Split::Train), 36);
    QCOMPARE(dataset.size(Split::Validation), 4);
    QCOMPARE(dataset.size(Split::Test), 7);
    QCOMPARE(dataset.label(Split::Train, 29), 9);
    QCOMPARE(imageOf(dataset, Split::Validation, 3)[0], 9.0F / 255.0F);
    QVERIFY(dataset.info().source.find("40 of 50,000 training images found") != std::string::npos);
}

void TestCifar10::keepsPlanesApart() {
    TemporaryFolder folder;
    Bytes bytes = records(1);
    bytes[1] = 10;              // first red
    bytes[1 + 1024] = 20;       // first green
    bytes[1 + 2048 + 33] = 30;  // blue of row 1, column 1
    writeFile(folder / "one.bin", bytes);
    ImageStore store;
    QVERIFY(readCifar10File(folder / "one.bin", store).ok());
    QCOMPARE(int(store.pixels[0]), 10);
    QCOMPARE(int(store.pixels[1024]), 20);
    QCOMPARE(int(store.pixels[2048 + 32 + 1]), 30);
}

void TestCifar10::refusesBadFiles() {
    TemporaryFolder folder;
    ImageStore store;
    writeFile(folder / "odd.bin", Bytes(kRecord * 2 + 5));
    COMPARE_ERROR(readCifar10File(folder / "odd.bin", store),
                  "has 6,151 bytes, which is no multiple of 3,073");
    writeFile(folder / "empty.bin", {});
    COMPARE_ERROR(readCifar10File(folder / "empty.bin", store), "is empty");
    Bytes bytes = records(12);
    bytes[11 * kRecord] = 10;
    writeFile(folder / "label.bin", bytes);
    COMPARE_ERROR(readCifar10File(folder / "label.bin", store),
                  "image 11 has label 10; the labels are 0 to 9");
    COMPARE_ERROR(readCifar10File(folder / "absent.bin", store), "cannot be read: No such file");
    COMPARE_ERROR(readCifar10File(folder.path(), store), "cannot be read");
    std::ofstream(folder / "huge.bin").close();
    std::filesystem::resize_file(folder / "huge.bin", std::uintmax_t{2} << 30);  // sparse
    COMPARE_ERROR(readCifar10File(folder / "huge.bin", store), "larger than 1 GiB");
}

void TestCifar10::refusesIncompleteFolders() {
    TemporaryFolder folder;
    writeFile(folder / "test_batch.bin", records(7));
    COMPARE_ERROR(openCifar10(folder.path()), "has no training images");
    writeFile(folder / "data_batch_1.bin", records(10));
    std::filesystem::remove(folder / "test_batch.bin");
    COMPARE_ERROR(openCifar10(folder.path()), "has no test_batch.bin");
    writeFile(folder / "test_batch.bin", Bytes(100));
    COMPARE_ERROR(openCifar10(folder.path()), "test_batch.bin has 100 bytes");
}

void TestCifar10::mutationsNeverCrash() {
    TemporaryFolder folder;
    const Bytes whole = records(3);
    for (std::uint64_t i = 0; i < 1000; ++i) {
        RandomSequence random(2, RandomStreamId::Analysis, 0, i);
        Bytes bytes = whole;
        for (std::uint32_t change = random.below(3) + 1; change-- > 0 && !bytes.empty();) {
            const std::uint32_t at = random.below(static_cast<std::uint32_t>(bytes.size()));
            switch (random.below(4)) {
                case 0:
                    bytes[at / kRecord * kRecord] = static_cast<std::uint8_t>(random.next());
                    break;
                case 1:
                    bytes[at] ^= 1U << random.below(8);
                    break;
                case 2:
                    bytes.resize(random.below(2) == 0 ? at : at / kRecord * kRecord);
                    break;
                default:
                    bytes.insert(bytes.end(), bytes.begin(), bytes.begin() + at);
                    break;
            }
        }
        writeFile(folder / "data.bin", bytes);
        ImageStore store;
        const Status status = readCifar10File(folder / "data.bin", store);
        if (!status.ok()) {
            QVERIFY(!status.error().message.empty());
            continue;
        }
        QCOMPARE(store.pixels.size(), store.labels.size() * (kRecord - 1));
        QCOMPARE(bytes.size(), store.labels.size() * kRecord);
        for (const std::uint8_t label : store.labels) QVERIFY(label < 10);
    }
}

QTEST_GUILESS_MAIN(TestCifar10)
#include "tst_cifar10.moc"
