// Batches made of images that the device holds, in plain loops, against the batch loader's arithmetic: the same bits, whatever
// augmentations they go through.
#include <QtTest>
#include <cstring>
#include <random>

#include "core/backend/gpu_augmentation.h"
#include "core/data/dataset.h"
#include "datasets/catalogue.h"
#include "gpu/plan/batch_plan.h"

using namespace convolab;

namespace {

constexpr std::uint64_t kSeed = 42;

ImageStore noisyImages(const Shape& shape, std::int64_t count) {
    ImageStore store;
    std::mt19937 random(static_cast<unsigned>(shape.size()));
    for (std::int64_t i = 0; i < count * shape.size(); ++i) store.pixels.push_back(static_cast<std::uint8_t>(random()));
    store.labels.assign(static_cast<std::size_t>(count), 0);
    return store;
}

DatasetPtr generated(const Shape& shape) {
    DatasetInfo info;
    info.imageShape = shape;
    info.classNames = {"any"};
    return std::make_shared<MemoryDataset>(info, noisyImages(shape, 23), ImageStore{}, ImageStore{});
}

// As the loader makes it.
std::vector<float> expectedBatch(const Dataset& dataset, const std::vector<AugmentationSpec>& specs, std::span<const std::int32_t> places, std::int64_t epoch) {
    Augmenter augmenter(specs, kSeed, dataset.info().picture());
    const auto each = static_cast<std::size_t>(dataset.info().imageShape.size());
    std::vector<float> batch(places.size() * each);
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::span<float> image = std::span(batch).subspan(i * each, each);
        dataset.image(Split::Train, places[i], image);
        augmenter.apply(image, epoch, places[i]);
    }
    return batch;
}

struct PlainMemory {
    std::vector<std::max_align_t> room;
    explicit PlainMemory(std::size_t bytes) : room(bytes / sizeof(std::max_align_t) + 1) {}
    std::byte* data() { return reinterpret_cast<std::byte*>(room.data()); }
};

// As the device makes it: `images` of the data set are held.
std::vector<float> deviceBatch(const Dataset& dataset, std::int64_t images, bool bytes, const std::vector<AugmentationSpec>& specs,
                               std::span<const std::int32_t> places, std::int64_t epoch, int buffer) {
    const Shape& picture = dataset.info().picture();
    const auto each = static_cast<std::size_t>(picture.size());
    gpu::BatchPlan plan({images, picture.channels(), picture.height(), picture.width(), bytes ? 1 : 0}, 16);
    PlainMemory held(plan.imageBytes());
    plan.placeImages(held.data());
    std::vector<float> image(each);
    for (std::int64_t i = 0; i < images; ++i) {
        dataset.image(Split::Train, i, image);
        std::byte* to = plan.pixels(i);
        if (!bytes) std::memcpy(to, image.data(), each * sizeof(float));
        for (std::size_t k = 0; bytes && k < each; ++k) to[k] = static_cast<std::byte>(std::lround(image[k] * 255.0F));
    }
    std::ranges::copy(places, plan.places(buffer));
    std::ranges::copy(randomKey(kSeed, RandomStreamId::Augmentation, static_cast<std::uint64_t>(epoch)), plan.key(buffer));
    plan.augment(describeGpuAugmentations(specs, picture).value());
    PlainMemory more(plan.augmentationBytes());
    plan.placeAugmentation(more.data());
    if (!specs.empty()) std::memcpy(plan.chainMemory(), plan.chain().data(), plan.chain().size_bytes());
    std::vector<float> batch(places.size() * each, -7.0F);
    gpu::runOnHost(plan.batch(static_cast<gpu::Index>(places.size()), buffer, true, batch.data()));
    return batch;
}

// Options drawn over their whole range, or where a slider stands.
AugmentationSpec drawn(const Augmentation& kind, std::mt19937& random) {
    AugmentationSpec spec{kind.id, {}};
    for (const AugmentationOption& option : kind.options) {
        const double most = random() % 4 == 0 ? option.maximum : option.usual;
        const double value = std::uniform_real_distribution<double>(option.minimum, most)(random);
        spec.values.push_back(option.whole ? std::floor(value) : value);
    }
    return validateAugmentation(spec).ok() ? spec : standardAugmentation(kind);
}

QString differenceOf(const std::vector<float>& got, const std::vector<float>& expected) {
    if (got.size() != expected.size()) return "another size";
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (std::memcmp(&got[i], &expected[i], sizeof(float)) != 0) return QString("value %1 is %2, not %3").arg(i).arg(got[i], 0, 'g', 9).arg(expected[i], 0, 'g', 9);
    }
    return {};
}

void compare(const Dataset& dataset, std::int64_t images, const std::vector<AugmentationSpec>& specs, std::mt19937& random) {
    std::vector<std::int32_t> places(1 + random() % 9);
    for (std::int32_t& place : places) place = static_cast<std::int32_t>(random() % static_cast<unsigned>(images));
    const std::int64_t epoch = random() % 100;
    std::string text;
    for (const AugmentationSpec& spec : specs) text += augmentationText(spec) + " ";
    const auto expected = expectedBatch(dataset, specs, places, epoch);
    for (const bool bytes : {true, false}) {
        const QString found = differenceOf(deviceBatch(dataset, images, bytes, specs, places, epoch, static_cast<int>(random() % 2)), expected);
        QVERIFY2(found.isEmpty(), (text + (bytes ? "of bytes: " : "of floats: ") + found.toStdString()).c_str());
    }
}

void addKinds() {
    QTest::addColumn<int>("kindIndex");
    for (std::size_t k = 0; k < augmentations().size(); ++k) QTest::newRow(augmentations()[k]->id.c_str()) << static_cast<int>(k);
}

}  // namespace

class TestGpuAugmentation : public QObject {
    Q_OBJECT

  private slots:
    void gathered() {
        std::mt19937 random(1);
        for (int i = 0; i < 10; ++i) compare(*generated({3, 7, 5}), 23, {}, random);
        // Small images in a larger frame, and images as vectors.
        compare(*fitted(generated({1, 28, 28}), {1, 32, 32}).value(), 23, {}, random);
        compare(*fitted(generated({1, 8, 8}), {64}).value(), 23, {standardAugmentation(*findAugmentation("rotate"))}, random);
    }

    void everyKind_data() { addKinds(); }
    void everyKind() {
        QFETCH(int, kindIndex);
        const Augmentation& kind = *augmentations()[static_cast<std::size_t>(kindIndex)];
        std::mt19937 random(static_cast<unsigned>(kindIndex) + 5);
        for (const Shape& shape : {Shape{1, 8, 8}, Shape{3, 13, 9}, Shape{2, 1, 17}, Shape{1, 28, 28}}) {
            const DatasetPtr dataset = generated(shape);
            for (int i = 0; i < 12; ++i) compare(*dataset, 23, {i == 0 ? standardAugmentation(kind) : drawn(kind, random)}, random);
        }
    }

    // In the recipe's order, some of them twice.
    void chains() {
        std::mt19937 random(3);
        const DatasetPtr dataset = generated({3, 12, 10});
        for (int i = 0; i < 40; ++i) {
            std::vector<AugmentationSpec> specs;
            for (unsigned k = 2 + random() % 5; k > 0; --k) specs.push_back(drawn(*augmentations()[random() % augmentations().size()], random));
            compare(*dataset, 23, specs, random);
        }
    }

    // Digits and photographs as they are published.
    void realImages_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"mnist", "cifar10"}) QTest::newRow(name) << name;
    }
    void realImages() {
        QFETCH(QString, name);
        if (!datasetAvailable(name.toStdString())) QSKIP("the data set is not in $CONVOLAB_DATA");
        const DatasetPtr dataset = openDataset({.name = name.toStdString()}).value();
        std::mt19937 random(4);
        for (const Augmentation* kind : augmentations()) compare(*dataset, 500, {standardAugmentation(*kind)}, random);
        std::vector<AugmentationSpec> all;
        for (const Augmentation* kind : augmentations()) all.push_back(standardAugmentation(*kind));
        compare(*dataset, 500, all, random);
    }

    void whatHasNoForm() {
        const auto refused = describeGpuAugmentations({standardAugmentation(*findAugmentation("flip")), {"fog", {}}}, {1, 8, 8});
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        QVERIFY(refused.error().sentence().find("fog has no form on a GPU") != std::string::npos);
    }

    // The two ways to the mean of an image.
    void means() {
        std::vector<float> images(3 * 700), plain(3), blocks(3);
        std::mt19937 random(6);
        for (float& value : images) value = static_cast<float>(random() % 256) / 255.0F;
        const gpu::ImageMean mean{images.data(), plain.data(), 700};
        gpu::ImageMean byBlocks = mean;
        byBlocks.means = blocks.data();
        const gpu::Launch launches[] = {gpu::launchOf(mean, 3), gpu::launchOf(gpu::BlockSum<gpu::ImageMeanTerms>{gpu::ImageMeanTerms{{}, byBlocks}}, 3)};
        gpu::runOnHost(launches);
        QCOMPARE(blocks, plain);
        QVERIFY(plain[0] > 0.4F && plain[0] < 0.6F);
    }
};

QTEST_GUILESS_MAIN(TestGpuAugmentation)
#include "tst_gpu_augmentation.moc"
