#include <QtTest>
#include <opencv2/imgcodecs.hpp>

#include "tests/datasets/dataset_files.h"
#include "datasets/contact_sheet.h"
#include "datasets/digits.h"

using namespace convolab;
using namespace convolab::test;

class TestContactSheet : public QObject {
    Q_OBJECT

  private slots:
    void showsOneRowPerClass();
    void limitsRows();
    void refusals();
};

void TestContactSheet::showsOneRowPerClass() {
    TemporaryFolder folder;
    const auto digits = makeDigits(1, {.train = 100, .validation = 0, .test = 0});
    QVERIFY(writeContactSheet(*digits, Split::Train, folder / "sheet.png", 6).ok());
    const cv::Mat sheet = cv::imread((folder / "sheet.png").string());
    QCOMPARE(sheet.cols, 6 * (56 + 4) + 4);
    QCOMPARE(sheet.rows, 10 * (56 + 22 + 4) + 4);
    // The first tile is the first image of class 0, each pixel twice as large.
    std::int64_t first = 0;
    while (digits->label(Split::Train, first) != 0) ++first;
    const auto pixels = imageOf(*digits, Split::Train, first);
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x) {
            const int expected = int(pixels[static_cast<std::size_t>(y * 28 + x)] * 255.0F + 0.5F);
            QCOMPARE(int(sheet.at<cv::Vec3b>(4 + 2 * y + 1, 4 + 2 * x)[1]), expected);
        }
    }
    // Below it stands something: the label.
    const cv::Mat label = sheet(cv::Rect(0, 4 + 56, sheet.cols, 22));
    double low = 0.0;
    double high = 0.0;
    cv::minMaxLoc(label.reshape(1), &low, &high);
    QVERIFY(high > 150.0);
}

void TestContactSheet::limitsRows() {
    TemporaryFolder folder;
    QVERIFY(
        writeContactSheet(*smallSet(30, 5, Shape{3, 8, 8}), Split::Train, folder / "sheet.png", 4, 2).ok());
    const cv::Mat sheet = cv::imread((folder / "sheet.png").string());
    QCOMPARE(sheet.rows, 2 * (64 + 22 + 4) + 4);
}

void TestContactSheet::refusals() {
    TemporaryFolder folder;
    const auto dataset = smallSet(30, 5, Shape{1, 8, 8});
    COMPARE_ERROR(writeContactSheet(*dataset, Split::Train, folder / "absent/sheet.png"), "sheet.png");
    COMPARE_ERROR(writeContactSheet(*dataset, Split::Train, folder / "sheet.png", 0), "0 columns");
    COMPARE_ERROR(writeContactSheet(*smallSet(1, 1), Split::Test, folder / "sheet.png"),
                  "test split of Small is empty");
    COMPARE_ERROR(writeContactSheet(*smallSet(30, 5, Shape{2, 8, 8}), Split::Train, folder / "sheet.png"),
                  "1 or 3 channels");
}

QTEST_GUILESS_MAIN(TestContactSheet)
#include "tst_contact_sheet.moc"
