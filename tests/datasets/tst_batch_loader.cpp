#include <QtTest>
#include <chrono>
#include <set>
#include <thread>

#include "core/data/batch_loader.h"
#include "core/util/check.h"
#include "tests/datasets/dataset_files.h"

using namespace convolab;
using namespace convolab::test;

namespace {

/// What a batch says about itself: where it is, and the first pixel and label of each image.
struct Seen {
    std::int64_t epoch, index;
    std::vector<float> pixels;
    std::vector<int> labels;
    bool operator==(const Seen&) const = default;
};

Seen seen(const Batch& batch, std::int64_t pixelsPerImage) {
    Seen result{batch.epoch, batch.index, {}, batch.labels};
    for (std::int64_t i = 0; i < batch.count; ++i)
        result.pixels.push_back(batch.images.data()[i * pixelsPerImage]);
    return result;
}

std::vector<Seen> read(BatchLoader& loader, int batches) {
    std::vector<Seen> result;
    for (int i = 0; i < batches; ++i) result.push_back(seen(loader.next(), 6));
    return result;
}

/// Fails at the n-th image, as a file that vanished would.
class FailingDataset : public Dataset {
  public:
    const DatasetInfo& info() const override { return m_inner->info(); }
    std::int64_t size(Split split) const override { return m_inner->size(split); }
    int label(Split split, std::int64_t index) const override { return m_inner->label(split, index); }
    void image(Split split, std::int64_t index, std::span<float> pixels) const override {
        if (++m_images > 25) throw std::runtime_error("the file vanished");
        m_inner->image(split, index, pixels);
    }

  private:
    DatasetPtr m_inner = smallSet(100, 4);
    mutable int m_images = 0;
};

}  // namespace

class TestBatchLoader : public QObject {
    Q_OBJECT

  private slots:
    void everyImageOncePerEpoch();
    void lastBatchIsPartial();
    void orderIgnoresDepthAndSpeed();
    void seedsAndEpochsDiffer();
    void resumeContinuesTheSequence();
    void batchLargerThanTheSet();
    void endsWhileFull();
    void failuresArriveAtTheReader();
    void refusesNonsense();
};

void TestBatchLoader::everyImageOncePerEpoch() {
    BatchLoader loader(smallSet(250, 7), 32, 5);
    QCOMPARE(loader.batchesPerEpoch(), 8);
    for (int epoch = 0; epoch < 3; ++epoch) {
        std::set<int> images;
        for (int index = 0; index < 8; ++index) {
            const Batch& batch = loader.next();
            QCOMPARE(batch.epoch, epoch);
            QCOMPARE(batch.index, index);
            for (std::int64_t i = 0; i < batch.count; ++i) {
                const int image = int(batch.images.data()[i * 6] * 255.0F + 0.5F);
                QVERIFY(images.insert(image).second);
                QCOMPARE(batch.labels[static_cast<std::size_t>(i)], image % 7);
                QCOMPARE(batch.images.data()[i * 6 + 1], float((image + 1) % 256) / 255.0F);
            }
        }
        QCOMPARE(images.size(), std::size_t{250});
    }
}

void TestBatchLoader::lastBatchIsPartial() {
    BatchLoader loader(smallSet(70, 7), 32, 5);
    QCOMPARE(loader.next().count, 32);
    QCOMPARE(loader.next().count, 32);
    const Batch& last = loader.next();
    QCOMPARE(last.count, 6);
    QCOMPARE(last.labels.size(), std::size_t{6});
    QCOMPARE(last.images.shape()[0], 32);
    QCOMPARE(loader.next().count, 32);
}

void TestBatchLoader::orderIgnoresDepthAndSpeed() {
    BatchLoader reference(smallSet(100, 4), 16, 3);
    const auto expected = read(reference, 20);
    for (const int depth : {0, 1, 2, 9}) {
        BatchLoader loader(smallSet(100, 4), 16, 3, {}, depth);
        for (const Seen& batch : expected) {
            std::this_thread::yield();
            QVERIFY(seen(loader.next(), 6) == batch);
        }
    }
}

void TestBatchLoader::seedsAndEpochsDiffer() {
    BatchLoader first(smallSet(100, 4), 100, 3);
    BatchLoader second(smallSet(100, 4), 100, 4);
    const auto a = read(first, 2);
    const auto b = read(second, 1);
    QVERIFY(a[0].pixels != a[1].pixels);
    QVERIFY(a[0].pixels != b[0].pixels);
}

void TestBatchLoader::resumeContinuesTheSequence() {
    BatchLoader whole(smallSet(100, 4), 16, 3);
    const auto expected = read(whole, 21);
    for (const int start : {0, 3, 6, 7, 13}) {
        BatchLoader loader(smallSet(100, 4), 16, 3, {start / 7, start % 7});
        const auto rest = read(loader, 21 - start);
        QVERIFY(std::equal(rest.begin(), rest.end(), expected.begin() + start));
    }
    BatchLoader loader(smallSet(100, 4), 16, 3, {0, 7});  // behind the last batch: the next epoch
    QVERIFY(seen(loader.next(), 6) == expected[7]);
}

void TestBatchLoader::batchLargerThanTheSet() {
    BatchLoader loader(smallSet(10, 2), 1'000'000'000, 3);
    QCOMPARE(loader.batchesPerEpoch(), 1);
    QCOMPARE(loader.next().count, 10);
    QCOMPARE(loader.next().epoch, 1);
}

void TestBatchLoader::endsWhileFull() {
    const auto dataset = smallSet(100, 4);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) {
        BatchLoader unread(dataset, 16, 3);
        BatchLoader readOnce(dataset, 16, 3);
        (void)readOnce.next();
    }
    QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
    QCOMPARE(dataset.use_count(), 1L);
}

void TestBatchLoader::failuresArriveAtTheReader() {
    BatchLoader loader(std::make_shared<FailingDataset>(), 10, 3);
    QCOMPARE(loader.next().count, 10);
    QCOMPARE(loader.next().count, 10);
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, (void)loader.next());
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, (void)loader.next());
}

void TestBatchLoader::refusesNonsense() {
    QVERIFY_THROWS_EXCEPTION(InvariantError, BatchLoader(smallSet(0, 2), 16, 3));
    QVERIFY_THROWS_EXCEPTION(InvariantError, BatchLoader(smallSet(10, 2), 0, 3));
    QVERIFY_THROWS_EXCEPTION(InvariantError, BatchLoader(smallSet(10, 2), 16, 3, {-1, 0}));
}

QTEST_GUILESS_MAIN(TestBatchLoader)
#include "tst_batch_loader.moc"
