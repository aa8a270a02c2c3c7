// Data sets that stay on the device: batches that are named, not sent, in training and evaluation; what does not fit, what gives
// way, and several devices.
#include <QtTest>
#include <numeric>

#include "core/backend/gpu_description.h"
#include "core/backend/gpu_update.h"
#include "core/data/targets.h"
#include "core/util/device_lost.h"
#include "datasets/catalogue.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::uint64_t kSeed = 5;
constexpr std::int64_t kBatch = 8;

CompileModel onDevices(int count) {
    return [count](const NetworkSpec& spec, const CompileOptions& options) {
        GpuSettings settings;
        settings.ordinals.resize(static_cast<std::size_t>(count));
        std::iota(settings.ordinals.begin(), settings.ordinals.end(), 0);
        return compileOnGpu(hostModule(), settings, spec, options);
    };
}

std::vector<AugmentationSpec> everything() {
    std::vector<AugmentationSpec> specs;
    for (const Augmentation* kind : augmentations()) specs.push_back(standardAugmentation(*kind));
    return specs;
}

std::unique_ptr<Model> compiled(int devices = 1, const NetworkSpec& spec = tinyNetwork()) { return onDevices(devices)(spec, trainingOptions(kBatch)).value(); }
GpuModel& gpuOf(Model& model) { return dynamic_cast<GpuModel&>(model); }

struct NamedBatch {
    std::vector<std::int64_t> places;
    std::vector<int> labels;
    std::vector<float> images;  // as the loader makes them
    Split split;
    bool augmented;
    std::int64_t epoch;

    NamedBatch(const Dataset& dataset, Split from, std::vector<std::int64_t> which, const std::vector<AugmentationSpec>& specs = {}, std::int64_t seen = 0)
        : places(std::move(which)), split(from), augmented(!specs.empty()), epoch(seen) {
        Augmenter augmenter(specs, kSeed, dataset.info().picture());
        const auto each = static_cast<std::size_t>(dataset.info().imageShape.size());
        images.resize(places.size() * each);
        for (std::size_t i = 0; i < places.size(); ++i) {
            dataset.image(split, places[i], std::span(images).subspan(i * each, each));
            augmenter.apply(std::span(images).subspan(i * each, each), epoch, places[i]);
            labels.push_back(dataset.label(split, places[i]));
        }
    }
    ChosenImages chosen() const { return {.split = split, .images = places, .augmented = augmented, .epoch = epoch}; }
    View<const float> sent(const Model& model) const { return {images.data(), model.inputShape().withBatch(static_cast<std::int64_t>(places.size()))}; }
    View<const float> named(const Model& model) const { return {nullptr, sent(model).shape}; }
};

// Batches of an epoch, the last one smaller.
std::vector<NamedBatch> epochOf(const Dataset& dataset, const std::vector<AugmentationSpec>& specs) {
    std::vector<NamedBatch> batches;
    for (std::int64_t first = 0; first < 28; first += kBatch) {
        std::vector<std::int64_t> places;
        for (std::int64_t i = first; i < std::min<std::int64_t>(28, first + kBatch); ++i) places.push_back(i * 13 % 70);
        batches.emplace_back(dataset, Split::Train, places, specs, 3);
    }
    return batches;
}

ConvolabGpuUpdate updateOf(std::int64_t step) { return describeGpuUpdate(parseOptimizer("sgd").value(), 0.05, 0.0, step + 1).value(); }

// Trains one model with batches that are sent, the other with batches that are named: the same bits.
void trainsAlike(Model& sent, Model& named, const Dataset& dataset, const std::vector<AugmentationSpec>& specs) {
    std::int64_t step = 0;
    for (int epoch = 0; epoch < 3; ++epoch) {  // run, recorded, replayed
        for (const NamedBatch& batch : epochOf(dataset, specs)) {
            const auto update = updateOf(step);
            const double expected = gpuOf(sent).trainStep(batch.sent(sent), batch.labels, static_cast<std::uint64_t>(step), update).loss;
            gpuOf(named).chooseImages(batch.chosen());
            QCOMPARE(gpuOf(named).trainStep(batch.named(named), batch.labels, static_cast<std::uint64_t>(step), update).loss, expected);
            ++step;
        }
    }
    QVERIFY(sameWeights(sent.copyWeights(1), named.copyWeights(1)));
}

}  // namespace

class TestGpuData : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void namedBatchesTrainAlike_data() {
        QTest::addColumn<bool>("augmented");
        QTest::addColumn<int>("devices");
        QTest::newRow("plain") << false << 1;
        QTest::newRow("augmented") << true << 1;
        QTest::newRow("three devices") << true << 3;
    }
    void namedBatchesTrainAlike() {
        QFETCH(bool, augmented);
        QFETCH(int, devices);
        const auto specs = augmented ? everything() : std::vector<AugmentationSpec>{};
        const DatasetPtr dataset = tinyDataset();
        const auto sent = compiled(devices), named = compiled(devices);
        const std::size_t before = named->arenaBytes();
        gpuOf(*named).keepData(dataset, specs, kSeed);
        QVERIFY(gpuOf(*named).makesBatches(true));
        QVERIFY(gpuOf(*named).dataNote().starts_with("images on the GPU"));
        QVERIFY(named->arenaBytes() >= before + static_cast<std::size_t>(devices) * 91 * 64);
        QVERIFY(named->plan().front().implementation.find("images on the GPU") != std::string::npos);
        trainsAlike(*sent, *named, *dataset, specs);
    }

    void stagedBatches() {
        const auto specs = everything();
        const DatasetPtr dataset = tinyDataset();
        const auto sent = compiled(), named = compiled();
        gpuOf(*named).keepData(dataset, specs, kSeed);
        std::vector<double> expected, got;
        std::int64_t step = 0;
        const NamedBatch validated(*dataset, Split::Validation, {3, 20, 0});
        for (int epoch = 0; epoch < 3; ++epoch) {
            for (const NamedBatch& batch : epochOf(*dataset, specs)) {
                const auto update = updateOf(step);
                expected.push_back(gpuOf(*sent).trainStep(batch.sent(*sent), batch.labels, static_cast<std::uint64_t>(step), update).loss);
                gpuOf(*named).chooseImages(batch.chosen());
                gpuOf(*named).stage(batch.named(*named), batch.labels, static_cast<std::uint64_t>(step), &update);
                if (step == 5) {  // between: the staged batch stays what it was
                    gpuOf(*named).chooseImages(validated.chosen());
                    named->evaluate(validated.named(*named), validated.labels);
                }
                gpuOf(*named).start();
                if (step++ > 0) got.push_back(gpuOf(*named).finish().loss);
            }
        }
        got.push_back(gpuOf(*named).finish().loss);
        QCOMPARE(got, expected);
        QVERIFY(sameWeights(sent->copyWeights(1), named->copyWeights(1)));
    }

    // Both splits, with and without a loss, between training steps; and what a timed step says.
    void evaluations() {
        const DatasetPtr dataset = tinyDataset();
        const auto model = compiled();
        gpuOf(*model).keepData(dataset, {standardAugmentation(*findAugmentation("noise"))}, kSeed);
        for (const Split split : {Split::Train, Split::Validation}) {
            const NamedBatch batch(*dataset, split, {1, 20, 7});
            const LossResult expected = model->evaluate(batch.sent(*model), batch.labels);
            const std::vector<float> scores = copyOf(model->logits().span());
            gpuOf(*model).chooseImages(batch.chosen());
            const LossResult got = model->evaluate(batch.named(*model), batch.labels);
            QCOMPARE(got.loss, expected.loss);
            QCOMPARE(got.correct, expected.correct);
            QCOMPARE(copyOf(model->logits().span()), scores);
            model->forward(batch.named(*model));
            QCOMPARE(copyOf(model->logits().span()), scores);
            const GpuTimedStep timed = gpuOf(*model).timedEvaluate(batch.named(*model), batch.labels);
            QCOMPARE(timed.result.loss, expected.loss);
            QVERIFY(timed.times.batch > 0.0);
            QCOMPARE(timed.times.bytesToDevice, std::uint64_t{3 * 8});  // numbers and labels
        }
    }

    // Values that are no bytes are held as they are.
    void otherNumbersThanBytes() {
        const DatasetPtr dataset = fitted(openDataset({.name = "houses"}).value(), {1}).value();
        QVERIFY(isRegression(*dataset));
        NetworkSpec spec = chain({{"input", {{"shape", std::vector<std::int64_t>{1}}}}, {"dense", {{"units", std::int64_t{1}}}}, {"output", {}}});
        CompileOptions options = trainingOptions(kBatch);
        options.loss = LossKind::MeanSquaredError;
        const auto model = onDevices(1)(spec, options).value();
        gpuOf(*model).keepData(dataset, {}, kSeed);
        QVERIFY(gpuOf(*model).makesBatches(false));
        const NamedBatch batch(*dataset, Split::Train, {3, 0, 1});
        model->forward(batch.sent(*model));
        const std::vector<float> expected = copyOf(model->logits().span());
        gpuOf(*model).chooseImages(batch.chosen());
        model->forward(batch.named(*model));
        QCOMPARE(copyOf(model->logits().span()), expected);
    }

    // Too large beside the reserve: said with numbers, and the same batches are made in main memory.
    void doesNotFit() {
        hostDevice().memoryBytes = gpu::kHeldReserve + (std::size_t{1} << 10);
        const DatasetPtr dataset = tinyDataset();
        const auto specs = everything();
        const auto sent = compiled(), named = compiled();
        const std::size_t before = named->arenaBytes();
        gpuOf(*named).keepData(dataset, specs, kSeed);
        QVERIFY(!gpuOf(*named).makesBatches(false));
        const QString note = QString::fromStdString(gpuOf(*named).dataNote());
        QVERIFY2(note.startsWith("images from main memory: the GPU has no room for the data set (") && note.contains("are free"), qPrintable(note));
        QVERIFY(named->plan().front().implementation.find("from main memory") != std::string::npos);
        QCOMPARE(named->arenaBytes(), before);
        trainsAlike(*sent, *named, *dataset, specs);
    }

    // The images fit, what their augmentation needs does not: evaluations use them, training batches come from main memory.
    void augmentationDoesNotFit() {
        const auto sent = compiled(), named = compiled();
        const DatasetPtr dataset = tinyDataset();
        gpuOf(*named).keepData(dataset, {}, kSeed);
        hostDevice().executor->takeMemory(gpu::kHeldReserve + 100);
        gpuOf(*named).keepData(dataset, everything(), kSeed);
        QVERIFY(gpuOf(*named).makesBatches(false) && !gpuOf(*named).makesBatches(true));
        QVERIFY(gpuOf(*named).dataNote().starts_with("training images from main memory"));
        trainsAlike(*sent, *named, *dataset, everything());
        gpuOf(*named).keepData(dataset, {}, kSeed);  // without them again
        QVERIFY(gpuOf(*named).makesBatches(true));
    }

    // The optimizer's state goes first: the very step that needs its room is made, with a batch from main memory.
    void givesWay_data() {
        QTest::addColumn<bool>("staged");
        QTest::addColumn<int>("devices");
        QTest::newRow("step") << false << 1;
        QTest::newRow("staged") << true << 1;
        QTest::newRow("two devices") << false << 2;
    }
    void givesWay() {
        QFETCH(bool, staged);
        QFETCH(int, devices);
        const auto specs = everything();
        const DatasetPtr dataset = tinyDataset();
        const auto sent = compiled(devices), named = compiled(devices);
        gpuOf(*named).keepData(dataset, specs, kSeed);
        hostDevice().executor->takeMemory(0);
        const NamedBatch batch = epochOf(*dataset, specs).front();
        const auto update = updateOf(0);
        const double expected = gpuOf(*sent).trainStep(batch.sent(*sent), batch.labels, 0, update).loss;
        gpuOf(*named).chooseImages(batch.chosen());
        double got = 0.0;
        if (staged) {
            gpuOf(*named).stage(batch.named(*named), batch.labels, 0, &update);
            gpuOf(*named).start();
            got = gpuOf(*named).finish().loss;
        } else {
            got = gpuOf(*named).trainStep(batch.named(*named), batch.labels, 0, update).loss;
        }
        QCOMPARE(got, expected);
        QVERIFY(!gpuOf(*named).makesBatches(false));
        QVERIFY(gpuOf(*named).dataNote().find("the optimizer needed their room") != std::string::npos);
        QVERIFY(sameWeights(sent->copyWeights(1), named->copyWeights(1)));
        trainsAlike(*sent, *named, *dataset, specs);
    }

    // Another data set in place of the first one gives its memory back.
    void anotherDataSet() {
        const auto model = compiled();
        gpuOf(*model).keepData(tinyDataset(), {}, kSeed);
        const std::size_t bytes = model->arenaBytes();
        gpuOf(*model).keepData(limited(tinyDataset(), 20), everything(), kSeed);
        QVERIFY(model->arenaBytes() != bytes);
        gpuOf(*model).keepData(tinyDataset(), {}, kSeed);
        QCOMPARE(model->arenaBytes(), bytes);
    }

    void aDeviceThatIsLost() {
        const auto model = compiled();
        const DatasetPtr dataset = tinyDataset();
        gpuOf(*model).keepData(dataset, {}, kSeed);
        hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress in a CUDA kernel"};
        const NamedBatch batch(*dataset, Split::Train, {1, 2});
        gpuOf(*model).chooseImages(batch.chosen());
        for (int attempt = 0; attempt < 2; ++attempt) {
            QVERIFY_THROWS_EXCEPTION(DeviceLost, gpuOf(*model).trainStep(batch.named(*model), batch.labels, 0, updateOf(0)));
        }
        QVERIFY(!gpuOf(*model).makesBatches(false));
        QVERIFY_THROWS_EXCEPTION(DeviceLost, gpuOf(*model).keepData(dataset, everything(), kSeed));
    }

    // What a session refuses, in words.
    void refusals() {
        const ConvolabGpuSessionCalls& calls = hostModule().session;
        ConvolabGpuSession* session = nullptr;
        ConvolabGpuFailure failure{};
        const GpuNetwork network = [] {
            const NetworkSpec spec = tinyNetwork();
            const Analysis analysis = analyze(spec);
            return describeGpuNetwork(spec, analysis, makeParameterLayout(spec, analysis), CompileOptions{}).value();
        }();
        const ConvolabGpuOptions options{.ordinal = 0, .maximumBatch = 4, .training = 1, .crossEntropy = 1, .precision = kGpuFloat32, .updateStates = 0};
        QVERIFY(calls.open(&network.network, &options, &session, &failure) != 0);
        const std::int32_t places[] = {0, 5}, labels[] = {0, 1};
        const ConvolabGpuChoice choice{places, 2, 0, {}};
        QVERIFY(calls.chooseImages(session, &choice, &failure) == 0 && failure.state == kGpuNoImages);
        QVERIFY(calls.setAugmentations(session, nullptr, 0, &failure) == 0 && failure.state == kGpuNoImages);
        const ConvolabGpuImages wrong{3, 1, 8, 9, 1}, right{3, 1, 8, 8, 1};
        QVERIFY(calls.holdImages(session, &wrong, &failure) == 0 && std::string(failure.detail).find("another size") != std::string::npos);
        QVERIFY(calls.holdImages(session, &right, &failure) != 0);
        QVERIFY(calls.chooseImages(session, &choice, &failure) == 0 && std::string(failure.detail).find("not held") != std::string::npos);
        QVERIFY(calls.writeImages(session, 2, 2, labels, &failure) == 0 && std::string(failure.detail).find("no room") != std::string::npos);
        const std::uint32_t key[2] = {};
        ConvolabGpuLoss loss{};
        QVERIFY(calls.trainStep(session, nullptr, labels, 2, key, nullptr, &loss, &failure) == 0 && std::string(failure.detail).find("number of images") != std::string::npos);
        QVERIFY(calls.holdImages(session, nullptr, &failure) != 0);
        QVERIFY(calls.trainStep(session, nullptr, labels, 2, key, nullptr, &loss, &failure) == 0 && failure.state == kGpuNoImages);
        calls.close(session);
    }
};

QTEST_GUILESS_MAIN(TestGpuData)
#include "tst_gpu_data.moc"
