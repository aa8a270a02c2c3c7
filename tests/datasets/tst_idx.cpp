#include <QtTest>

#include "core/util/random.h"
#include "tests/datasets/dataset_files.h"
#include "datasets/idx.h"

using namespace convolab;
using namespace convolab::test;

namespace {

const DatasetInfo kInfo{
    .id = "small", .title = "Small", .imageShape = {}, .classNames = {"a", "b", "c"}, .source = ""};

/// The four files of a whole set of 20 and 10 images of 3×2.
void writeSet(const TemporaryFolder& folder, bool compressed, bool dotted) {
    const auto put = [&](const std::string& stem, const std::string& type, const Bytes& bytes) {
        const std::string name = stem + (dotted ? "." : "-") + type + "-ubyte" + (compressed ? ".gz" : "");
        writeFile(folder / name, compressed ? gzipped(bytes) : bytes);
    };
    put("train-images", "idx3", idxBytes({20, 3, 2}, ramp(120)));
    put("train-labels", "idx1", idxBytes({20}, ramp(20, 3)));
    put("t10k-images", "idx3", idxBytes({10, 3, 2}, ramp(60)));
    put("t10k-labels", "idx1", idxBytes({10}, ramp(10, 3)));
}

}  // namespace

class TestIdx : public QObject {
    Q_OBJECT

  private slots:
    void opensEveryStyle_data();
    void opensEveryStyle();
    void refusesBadFiles_data();
    void refusesBadFiles();
    void refusesLabelsThatDoNotFit();
    void refusesOtherCounts();
    void refusesOtherSizes();
    void saysWhichFileIsMissing();
    void unreadableFiles();
    void mutationsNeverCrash_data();
    void mutationsNeverCrash();
};

void TestIdx::opensEveryStyle_data() {
    QTest::addColumn<bool>("compressed");
    QTest::addColumn<bool>("dotted");
    QTest::newRow("plain") << false << false;
    QTest::newRow("gzip") << true << false;
    QTest::newRow("plain, dot") << false << true;
    QTest::newRow("gzip, dot") << true << true;
}

void TestIdx::opensEveryStyle() {
    QFETCH(bool, compressed);
    QFETCH(bool, dotted);
    TemporaryFolder folder;
    writeSet(folder, compressed, dotted);
    const auto result = openIdxDataset(folder.path(), kInfo);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().sentence().c_str());
    const Dataset& dataset = **result;
    QCOMPARE(dataset.info().imageShape.text(), std::string("1×3×2"));
    QCOMPARE(dataset.size(Split::Train), 18);
    QCOMPARE(dataset.size(Split::Validation), 2);
    QCOMPARE(dataset.size(Split::Test), 10);
    QCOMPARE(dataset.label(Split::Validation, 0), 18 % 3);
    QCOMPARE(imageOf(dataset, Split::Validation, 0)[1], 109.0F / 255.0F);
    QCOMPARE(imageOf(dataset, Split::Test, 9)[5], 59.0F / 255.0F);
}

void TestIdx::refusesBadFiles_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, Bytes bytes, const char* expected) {
        QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(bytes.data()),
                                          static_cast<qsizetype>(bytes.size()))
                            << QString::fromUtf8(expected);
    };
    const Bytes whole = idxBytes({20, 3, 2}, ramp(120));
    const Bytes packed = gzipped(whole);
    const auto cut = [](Bytes bytes, std::size_t by) {
        bytes.resize(bytes.size() - by);
        return bytes;
    };
    Bytes flipped = packed;
    flipped[flipped.size() - 6] ^= 0x10;  // in the checksum
    Bytes longer = whole;
    longer.push_back(1);

    row("empty", {}, "truncated: it holds 0 bytes");
    row("three bytes", {0, 0, 8}, "truncated: it holds 3 bytes");
    row("wrong magic", idxBytes({20}, ramp(20)), "magic number 0x00000801 instead of 0x00000803");
    row("floats", idxBytes({20, 3, 2}, ramp(480), 0x0D), "magic number 0x00000d03");
    row("text", Bytes{'h', 'e', 'l', 'l', 'o', ' ', 't', 'h', 'e', 'r', 'e'}, "magic number 0x68656c6c");
    row("half a header", cut(whole, 126), "truncated within its header");
    row("truncated plain", cut(whole, 7), "20×3×2 needs 120 bytes after the header, there are 113");
    row("truncated gzip", cut(packed, packed.size() / 2), "gzip file that ends too early");
    row("gzip without its end", cut(packed, 4), "gzip file that ends too early");
    row("gzip with a wrong checksum", flipped, "damaged gzip file");
    row("gzip of a truncated file", gzipped(cut(whole, 7)), "there are 113");
    row("no images", idxBytes({0, 3, 2}, {}), "holds no images: its header says 0×3×2");
    row("no pixels", idxBytes({20, 0, 2}, {}), "a side is 1 to 4,096 pixels");
    row("absurd side", idxBytes({20, 0xFFFFFFFF, 2}, ramp(120)), "a side is 1 to 4,096 pixels");
    row("absurd count", idxBytes({0xFFFFFFFF, 4096, 4096}, ramp(120)), "more than 4 GiB");
    row("overflow to a small size", idxBytes({0x80000000, 4096, 2048}, ramp(120)), "more than 4 GiB");
    row("count far beyond the file", idxBytes({100'000'000, 3, 2}, ramp(120)), "needs 600,000,000 bytes");
    row("trailing bytes", longer, "more bytes than its header announces");
    row("trailing bytes, gzip", gzipped(longer), "more bytes than its header announces");
}

void TestIdx::refusesBadFiles() {
    QFETCH(QByteArray, content);
    QFETCH(QString, expected);
    TemporaryFolder folder;
    writeSet(folder, false, false);
    writeFile(folder / "train-images-idx3-ubyte", Bytes(content.begin(), content.end()));
    const auto result = openIdxDataset(folder.path(), kInfo);
    COMPARE_ERROR(result, expected.toStdString());
    COMPARE_ERROR(result, "train-images-idx3-ubyte");
    QVERIFY(result.error().code == ErrorCode::CorruptFile);
    QVERIFY(!result.error().hint.empty());
}

void TestIdx::refusesLabelsThatDoNotFit() {
    TemporaryFolder folder;
    writeSet(folder, true, false);
    Bytes labels = ramp(20, 3);
    labels[7] = 3;
    writeFile(folder / "train-labels-idx1-ubyte.gz", gzipped(idxBytes({20}, labels)));
    COMPARE_ERROR(openIdxDataset(folder.path(), kInfo), "image 7 has label 3; the labels are 0 to 2");
}

void TestIdx::refusesOtherCounts() {
    TemporaryFolder folder;
    writeSet(folder, true, false);
    writeFile(folder / "train-labels-idx1-ubyte.gz", gzipped(idxBytes({19}, ramp(19, 3))));
    COMPARE_ERROR(openIdxDataset(folder.path(), kInfo),
                  "holds 20 images, train-labels-idx1-ubyte.gz 19 labels");
}

void TestIdx::refusesOtherSizes() {
    TemporaryFolder folder;
    writeSet(folder, false, false);
    writeFile(folder / "t10k-images-idx3-ubyte", idxBytes({10, 2, 3}, ramp(60)));
    COMPARE_ERROR(openIdxDataset(folder.path(), kInfo), "are 1×3×2, the test images 1×2×3");
}

void TestIdx::saysWhichFileIsMissing() {
    TemporaryFolder folder;
    writeSet(folder, false, false);
    std::filesystem::remove(folder / "t10k-labels-idx1-ubyte");
    const auto result = openIdxDataset(folder.path(), kInfo);
    COMPARE_ERROR(result, "Small is incomplete");
    COMPARE_ERROR(result, "has no t10k-labels-idx1-ubyte");
    QVERIFY(result.error().code == ErrorCode::NotFound);
}

void TestIdx::unreadableFiles() {
    TemporaryFolder folder;
    COMPARE_ERROR(readIdx(folder / "absent", 3), "cannot be opened: No such file");
    COMPARE_ERROR(readIdx(folder.path(), 3), "cannot be read: Is a directory");
}

void TestIdx::mutationsNeverCrash_data() {
    QTest::addColumn<bool>("compressed");
    QTest::newRow("plain") << false;
    QTest::newRow("gzip") << true;
}

/// Bytes changed, cut off and doubled at random: the answer is a set or a sentence, and a set keeps its
/// promises.
void TestIdx::mutationsNeverCrash() {
    QFETCH(bool, compressed);
    TemporaryFolder folder;
    const Bytes images = idxBytes({20, 3, 2}, ramp(120));
    const Bytes labels = idxBytes({20}, ramp(20, 3));
    const std::array<Bytes, 2> whole{compressed ? gzipped(images) : images,
                                     compressed ? gzipped(labels) : labels};
    int refused = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        RandomSequence random(1, RandomStreamId::Analysis, compressed ? 1 : 0, i);
        std::array<Bytes, 2> files = whole;
        Bytes& bytes = files[random.below(2)];
        for (std::uint32_t change = random.below(3) + 1; change-- > 0;) {
            const std::uint32_t at = random.below(static_cast<std::uint32_t>(bytes.size()));
            switch (random.below(4)) {
                case 0:
                    bytes[at] = static_cast<std::uint8_t>(random.next());
                    break;
                case 1:
                    bytes[at % std::min<std::size_t>(bytes.size(), 16)] ^= 1U << random.below(8);
                    break;
                case 2:
                    bytes.resize(at + 1);
                    break;
                default:
                    bytes.insert(bytes.end(), bytes.begin(), bytes.begin() + at);
                    break;
            }
        }
        writeFile(folder / "images", files[0]);
        writeFile(folder / "labels", files[1]);
        const auto result = readIdxImages(folder / "images", folder / "labels", 3);
        if (!result) {
            QVERIFY(!result.error().message.empty());
            ++refused;
            continue;
        }
        QCOMPARE(static_cast<std::int64_t>(result->store.pixels.size()),
                 static_cast<std::int64_t>(result->store.labels.size()) * result->imageShape.size());
        for (const std::uint8_t label : result->store.labels) QVERIFY(label < 3);
    }
    QVERIFY(refused > 100);
}

QTEST_GUILESS_MAIN(TestIdx)
#include "tst_idx.moc"
