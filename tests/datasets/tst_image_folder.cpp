#include <QtTest>
#include <algorithm>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "tests/datasets/dataset_files.h"
#include "datasets/catalogue.h"
#include "datasets/image_folder.h"
#include "datasets/image_probe.h"

using namespace convolab;
using namespace convolab::test;

namespace fs = std::filesystem;

namespace {

/// A picture of one colour (blue, green, red as OpenCV counts).
void writeImage(const fs::path& file, const cv::Scalar& bgr, int width = 40, int height = 24) {
    fs::create_directories(file.parent_path());
    cv::imwrite(file.string(), cv::Mat(height, width, CV_8UC3, bgr));
}

/// CLASS/0.png … under `root`, coloured, `count` each.
void writeClasses(const fs::path& root, const std::vector<std::string>& classes, int count) {
    for (std::size_t c = 0; c < classes.size(); ++c) {
        for (int i = 0; i < count; ++i) {
            writeImage(root / classes[c] / (std::to_string(i) + ".png"),
                       cv::Scalar(50.0 * double(c), i, 200));
        }
    }
}

std::string reasonFor(const Dataset& dataset, const std::string& file) {
    for (const SkippedFile& skipped : skippedFiles(dataset)) {
        if (skipped.file == file) return skipped.reason;
    }
    return {};
}

/// The green values (as written above: the image's number) of a split, per class.
std::map<int, std::set<int>> members(const Dataset& dataset, Split split) {
    std::map<int, std::set<int>> result;
    const auto plane = static_cast<std::size_t>(dataset.info().imageShape.size() / 3);
    for (std::int64_t i = 0; i < dataset.size(split); ++i) {
        const float green = imageOf(dataset, split, i)[plane];
        result[dataset.label(split, i)].insert(int(green * 255.0F + 0.5F));
    }
    return result;
}

}  // namespace

class TestImageFolder : public QObject {
    Q_OBJECT

  private slots:
    void readsClassesInOrder();
    void splitsWithinEachClass();
    void splitFoldersAreKept();
    void missingSplitsAreDrawnFromTrain();
    void cropsTheMiddle();
    void greyByMajority();
    void brokenFilesAreListed();
    void hugeImagesAreNotDecoded();
    void linksDoNotLoop();
    void refusals();
    void probeStaysInside();
};

void TestImageFolder::readsClassesInOrder() {
    TemporaryFolder folder;
    writeClasses(folder.path(), {"zebra", "ant", "cow"}, 10);
    writeImage(folder / "ant/deep/er/10.jpg", cv::Scalar(50, 10, 200));
    writeFile(folder / "ant/.hidden", ramp(5));
    writeClasses(folder / ".git", {"x"}, 3);
    writeFile(folder / "notes.txt", ramp(5));
    const auto result = openDataset({.name = folder.path().string()});
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().sentence().c_str());
    const Dataset& dataset = **result;
    QCOMPARE(dataset.info().classNames, (std::vector<std::string>{"ant", "cow", "zebra"}));
    QCOMPARE(dataset.info().imageShape.text(), std::string("3×32×32"));
    QCOMPARE(dataset.size(Split::Train) + dataset.size(Split::Validation) + dataset.size(Split::Test), 31);
    QVERIFY(skippedFiles(dataset).empty());
    const auto first = imageOf(dataset, Split::Train, 0);
    QCOMPARE(first[0], 200.0F / 255.0F);  // the red plane comes first
}

void TestImageFolder::splitsWithinEachClass() {
    TemporaryFolder folder;
    writeClasses(folder.path(), {"a", "b"}, 30);
    const auto first = openImageFolder(folder.path());
    const auto again = openImageFolder(folder.path());
    const auto other = openImageFolder(folder.path(), {.seed = 2});
    QVERIFY(first.ok() && again.ok() && other.ok());
    QCOMPARE((*first)->size(Split::Train), 48);
    QCOMPARE((*first)->size(Split::Validation), 6);
    QCOMPARE((*first)->size(Split::Test), 6);
    for (int label = 0; label < 2; ++label) {
        std::set<int> all;
        for (const Split split : {Split::Train, Split::Validation, Split::Test}) {
            const auto part = members(**first, split)[label];
            QCOMPARE(part.size(), std::size_t(split == Split::Train ? 24 : 3));
            all.insert(part.begin(), part.end());
        }
        QCOMPARE(all.size(), std::size_t{30});
    }
    QVERIFY(members(**first, Split::Test) == members(**again, Split::Test));
    QVERIFY(members(**first, Split::Test) != members(**other, Split::Test));
}

void TestImageFolder::splitFoldersAreKept() {
    TemporaryFolder folder;
    writeClasses(folder / "train", {"a", "b"}, 10);
    writeClasses(folder / "val", {"a", "b"}, 4);
    writeClasses(folder / "test", {"a", "b", "stranger"}, 2);
    const auto result = openImageFolder(folder.path());
    QVERIFY(result.ok());
    QCOMPARE((*result)->size(Split::Train), 20);
    QCOMPARE((*result)->size(Split::Validation), 8);
    QCOMPARE((*result)->size(Split::Test), 4);
    QCOMPARE(reasonFor(**result, "test/stranger"), std::string("is no class of the train folder"));
}

void TestImageFolder::missingSplitsAreDrawnFromTrain() {
    TemporaryFolder folder;
    writeClasses(folder / "train", {"a", "b"}, 20);
    writeClasses(folder / "test", {"a", "b"}, 3);
    const auto result = openImageFolder(folder.path());
    QVERIFY(result.ok());
    QCOMPARE((*result)->size(Split::Train), 36);
    QCOMPARE((*result)->size(Split::Validation), 4);
    QCOMPARE((*result)->size(Split::Test), 6);
}

void TestImageFolder::cropsTheMiddle() {
    TemporaryFolder folder;
    writeClasses(folder.path(), {"a", "b"}, 3);
    // 90×30: blue, white, red thirds; only the white middle may remain.
    cv::Mat flag(30, 90, CV_8UC3, cv::Scalar(255, 0, 0));
    flag(cv::Rect(30, 0, 30, 30)).setTo(cv::Scalar(255, 255, 255));
    flag(cv::Rect(60, 0, 30, 30)).setTo(cv::Scalar(0, 0, 255));
    for (const char* name : {"0.png", "1.png", "2.png"}) cv::imwrite((folder / "a" / name).string(), flag);
    const auto result = openImageFolder(folder.path(), {.side = 10});
    QVERIFY(result.ok());
    QCOMPARE((*result)->info().imageShape.text(), std::string("3×10×10"));
    QCOMPARE((*result)->label(Split::Train, 0), 0);
    for (const float value : imageOf(**result, Split::Train, 0)) QCOMPARE(value, 1.0F);
}

void TestImageFolder::greyByMajority() {
    TemporaryFolder folder;
    for (int i = 0; i < 5; ++i) {
        writeImage(folder / ("a/" + std::to_string(i) + ".png"), cv::Scalar(80, 80, 80));
        writeImage(folder / ("b/" + std::to_string(i) + ".jpg"), cv::Scalar(160, 160, 160));
    }
    writeImage(folder / "b/colour.png", cv::Scalar(0, 0, 255));
    const auto grey = openImageFolder(folder.path());
    QVERIFY(grey.ok());
    QCOMPARE((*grey)->info().imageShape.text(), std::string("1×32×32"));
    QCOMPARE(imageOf(**grey, Split::Train, 0)[0], 80.0F / 255.0F);
    const auto colour = openImageFolder(folder.path(), {.channels = ChannelRule::Colour});
    QVERIFY(colour.ok());
    QCOMPARE((*colour)->info().imageShape.text(), std::string("3×32×32"));
}

void TestImageFolder::brokenFilesAreListed() {
    TemporaryFolder folder;
    writeClasses(folder.path(), {"a", "b"}, 4);
    cv::Mat noise(60, 60, CV_8UC3);
    cv::randu(noise, 0, 255);
    cv::imwrite((folder / "a/whole.jpg").string(), noise);
    cv::imwrite((folder / "a/whole.png").string(), noise);
    const auto half = [&](const char* from, const char* to) {
        Bytes bytes = readFile(folder / from);
        bytes.resize(bytes.size() / 2);
        writeFile(folder / to, bytes);
    };
    half("a/whole.jpg", "a/half.jpg");
    half("a/whole.png", "a/half.png");
    writeFile(folder / "a/empty.png", {});
    writeFile(folder / "a/text.png", Bytes{'n', 'o', ' ', 'p', 'i', 'c', 't', 'u', 'r', 'e'});
    writeFile(folder / "b/Thumbs.db", ramp(1000));
    const auto result = openImageFolder(folder.path());
    QVERIFY(result.ok());
    const Dataset& dataset = **result;
    QCOMPARE(skippedFiles(dataset).size(), std::size_t{5});
    QCOMPARE(reasonFor(dataset, "a/half.jpg"), std::string("is truncated"));
    QCOMPARE(reasonFor(dataset, "a/half.png"), std::string("is truncated"));
    QCOMPARE(reasonFor(dataset, "a/empty.png"), std::string("is empty"));
    QCOMPARE(reasonFor(dataset, "a/text.png"), std::string("is no image that can be decoded"));
    QCOMPARE(reasonFor(dataset, "b/Thumbs.db"), std::string("is no image that can be decoded"));
    QVERIFY(dataset.info().source.find("10 images in 2 classes, 5 files skipped") != std::string::npos);
}

void TestImageFolder::hugeImagesAreNotDecoded() {
    TemporaryFolder folder;
    writeClasses(folder.path(), {"a", "b"}, 3);
    Bytes bytes = readFile(folder / "a/0.png");
    for (const std::size_t at : {16U, 20U}) {  // width and height in the header
        bytes[at] = 0;
        bytes[at + 1] = 1;
        bytes[at + 2] = 0x86;
        bytes[at + 3] = 0xA0;
    }
    writeFile(folder / "a/huge.png", bytes);
    const auto result = openImageFolder(folder.path());
    QVERIFY(result.ok());
    QCOMPARE(reasonFor(**result, "a/huge.png"),
             std::string("is 100,000×100,000 pixels, more than 64 million"));
}

void TestImageFolder::linksDoNotLoop() {
    TemporaryFolder folder;
    writeClasses(folder.path(), {"a", "b"}, 3);
    fs::create_directory_symlink("..", folder / "a/up");
    fs::create_directory_symlink(".", folder / "self");
    fs::create_symlink("loop", folder / "a/loop");
    const auto result = openImageFolder(folder.path());
    QVERIFY(result.ok());
    QCOMPARE((*result)->classes(), 2);
    QCOMPARE((*result)->size(Split::Train), 2);
    QCOMPARE(reasonFor(**result, "a/loop"), std::string("is no regular file"));
}

void TestImageFolder::refusals() {
    TemporaryFolder folder;
    COMPARE_ERROR(openImageFolder(folder / "absent"), "is no folder");
    COMPARE_ERROR(openImageFolder(folder.path()), "has 0 class folders: give it one sub-folder");
    writeClasses(folder.path(), {"a"}, 3);
    COMPARE_ERROR(openImageFolder(folder.path()), "has 1 class folder");
    writeClasses(folder.path(), {"b"}, 2);
    COMPARE_ERROR(openImageFolder(folder.path()), "class \"b\"");
    COMPARE_ERROR(openImageFolder(folder.path()), "has 2 usable images: each class needs at least 3");
    writeFile(folder / "b/x.txt", ramp(4));
    COMPARE_ERROR(openImageFolder(folder.path()), "skipped: b/x.txt is no image");
    COMPARE_ERROR(openImageFolder(folder.path(), {.side = 0}), "an image side of 0 pixels");
    QVERIFY(skippedFiles(*smallSet(4, 2)).empty());
}

/// Every prefix of real files and of headers that lie.
void TestImageFolder::probeStaysInside() {
    TemporaryFolder folder;
    for (const char* name : {"a.png", "a.jpg", "a.bmp"}) {
        writeImage(folder / name, cv::Scalar(1, 2, 3), 37, 21);
        const Bytes bytes = readFile(folder / name);
        const ImageProbe whole = probeImage(bytes);
        QVERIFY(whole.known && whole.complete);
        QCOMPARE(whole.width, 37);
        QCOMPARE(whole.height, 21);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            const Bytes prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
            const ImageProbe part = probeImage(prefix);
            QVERIFY(part.width == 0 || part.width == 37);
        }
    }
    QVERIFY(!probeImage(Bytes{0xFF, 0xD8, 0xFF, 0xC0}).complete);
    QVERIFY(!probeImage(Bytes{0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 0, 0}).complete);
}

QTEST_GUILESS_MAIN(TestImageFolder)
#include "tst_image_folder.moc"
