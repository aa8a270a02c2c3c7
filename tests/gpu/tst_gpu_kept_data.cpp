// Trainings whose device keeps the data set: bit for bit the run whose batches come from main memory, whatever happens between two
// steps. The device is this processor.
#include <QtTest>

#include "core/train/device_data.h"
#include "core/train/trainer.h"
#include "datasets/catalogue.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"
#include "tests/gpu/same_run.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::size_t kRoom = std::size_t{1} << 30;

// With room for a data set, or for the network alone.
CompileModel onDevice(bool room, const GpuSettings& settings = {}) {
    return [room, settings](const NetworkSpec& spec, const CompileOptions& options) {
        hostDevice().memoryBytes = room ? kRoom : gpu::kHeldReserve;
        return compileOnGpu(hostModule(), settings, spec, options);
    };
}

DeviceData& dataOf(TrainingLoop& loop) { return dynamic_cast<DeviceData&>(loop.model()); }

Recipe recipeOf(std::int64_t steps, const std::vector<const char*>& augmentations = {}) {
    Recipe recipe = tinyRecipe();
    recipe.optimizer = parseOptimizer("sgd").value();
    recipe.steps = steps;
    for (const char* text : augmentations) recipe.augmentations.push_back(parseAugmentation(text).value());
    return recipe;
}

const std::vector<const char*> kSome = {"shift", "rotate", "elastic:alpha=10,sigma=2", "contrast", "noise"};

struct Case {
    const char* name;
    Recipe recipe;
    GpuSettings settings = {};
    Interference interfere = {};
};

Recipe changed(Recipe recipe, const std::function<void(Recipe&)>& change) {
    change(recipe);
    return recipe;
}

// `where` is taken to be the device with or without room, as the run has it.
std::vector<Case> cases() {
    const auto liveAugmentation = [](TrainingLoop& loop, std::int64_t step) {
        Recipe live = loop.recipe();
        if (step == 6) live.augmentations = {parseAugmentation("crop:padding=2").value(), parseAugmentation("flip").value()};
        if (step == 13) live.augmentations.clear();
        if (step == 13) live.clipNorm = 0.5;  // from here on the optimizer runs in main memory
        if (step == 17) live.clipNorm = 0.0;
        loop.takeOver(live);
    };
    const auto looking = [](TrainingLoop& loop, std::int64_t step) {
        if (step == 3) QVERIFY(loop.validateNow().ok());
        if (step == 4) QCOMPARE(loop.publish()->step, 4);
        if (step == 9) loop.setRate(0.03);
        if (step == 11) loop.setMomentum(0.0);
        if (step == 12) loop.setMomentum(0.6);
    };
    return {{"plain", recipeOf(23)},
            {"augmented", recipeOf(23, kSome)},
            {"one step after the other", recipeOf(12, kSome), {.ahead = false}},
            {"updated in main memory", changed(recipeOf(12, kSome), [](Recipe& recipe) { recipe.averaging = 0.9; recipe.clipNorm = 0.5; recipe.l2 = 1e-4; })},
            {"with everything", changed(thoroughRecipe("cosine"), [](Recipe& recipe) { recipe.steps = 12; })},
            {"two devices", recipeOf(12, kSome), {.ordinals = {0, 1}}},
            {"changes of the recipe", recipeOf(25, kSome), {}, liveAugmentation},
            {"looked at", recipeOf(23, kSome), {}, looking},
            {"diverging", recipeOf(20, kSome), {}, [](TrainingLoop& loop, std::int64_t step) { if (step == 7) loop.setRate(1e38); }},
            {"diverging in main memory", changed(recipeOf(20, kSome), [](Recipe& recipe) { recipe.l2 = 1e-4; }), {},
             [](TrainingLoop& loop, std::int64_t step) { if (step == 7) loop.setRate(1e38); }}};
}

void verifySame(const RunEnd& got, const RunEnd& expected) {
    const std::string found = differs(got, expected);
    QVERIFY2(found.empty(), found.c_str());
}

}  // namespace

class TestGpuKeptData : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void theSameRun_data() {
        QTest::addColumn<int>("index");
        const auto all = cases();
        for (std::size_t i = 0; i < all.size(); ++i) QTest::newRow(all[i].name) << static_cast<int>(i);
    }
    void theSameRun() {
        QFETCH(int, index);
        const Case run = cases()[static_cast<std::size_t>(index)];
        std::vector<RunEnd> ends;
        for (const bool room : {false, true}) {
            ends.push_back(runOf(run.recipe, onDevice(room, run.settings), [&](TrainingLoop& loop, std::int64_t step) {
                QCOMPARE(dataOf(loop).makesBatches(true), room);
                if (run.interfere) run.interfere(loop, step);
            }));
        }
        QCOMPARE(ends[0].status.ok(), !QString(run.name).startsWith("diverging"));
        verifySame(ends[1], ends[0]);
    }

    // The data set goes up at the move, and stays behind when the run leaves.
    void moves() {
        std::vector<RunEnd> ends;
        for (const bool room : {false, true}) {
            ends.push_back(runOf(recipeOf(23, kSome), Model::compile, [room](TrainingLoop& loop, std::int64_t step) {
                if (step == 3 || step == 14) {
                    QVERIFY(loop.moveTo(onDevice(room)).ok());
                    QCOMPARE(dataOf(loop).makesBatches(true), room);
                    QVERIFY(loop.model().plan().front().implementation.find(room ? "images on the GPU, augmented there" : "from main memory") != std::string::npos);
                }
                if (step == 10) QVERIFY(loop.moveTo(Model::compile).ok());
                if (step != 16) return;
                hostDevice().memoryBytes = 4000;  // no room for the network: it goes on where it was
                QVERIFY(!loop.moveTo([](const NetworkSpec& spec, const CompileOptions& options) { return compileOnGpu(hostModule(), 0, spec, options); }).ok());
                QCOMPARE(dataOf(loop).makesBatches(true), room);
            }));
        }
        QVERIFY(ends[1].status.ok());
        verifySame(ends[1], ends[0]);
    }

    // In mid-run the optimizer needs more room than there is: the images go, the run stays the same.
    void givesWayInMidRun() {
        Recipe recipe = recipeOf(23, kSome);
        recipe.optimizer.momentum = 0.0;
        std::vector<RunEnd> ends;
        for (const bool room : {false, true}) {
            ends.push_back(runOf(recipe, onDevice(room), [room](TrainingLoop& loop, std::int64_t step) {
                if (step == 7 && room) hostDevice().executor->takeMemory(0);
                if (step == 7) loop.setMomentum(0.9);
                QCOMPARE(dataOf(loop).makesBatches(true), room && step < 8);
            }));
        }
        QVERIFY(ends[1].status.ok());
        verifySame(ends[1], ends[0]);
    }

    // Attacked batches are made here; validations take their images there.
    void adversarialTraining() {
        Recipe recipe = recipeOf(6, {"shift"});
        recipe.adversarial.emplace();
        recipe.adversarial->attack.method = "fgsm";
        std::vector<RunEnd> ends;
        for (const bool room : {false, true}) ends.push_back(runOf(recipe, onDevice(room)));
        QVERIFY(ends[1].status.ok() && !ends[1].history.robust.empty());
        verifySame(ends[1], ends[0]);
    }

    void resumesInTheMiddle() {
        const RunEnd whole = runOf(recipeOf(23, kSome), onDevice(false));
        const auto first = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipeOf(23, kSome), nullptr, nullptr, {}, {}, onDevice(true)).value();
        for (int i = 0; i < 8; ++i) QVERIFY(first->runStep().ok());
        const Checkpoint middle = first->checkpoint();
        const auto second = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipeOf(23, kSome), &middle, nullptr, {}, {}, onDevice(true)).value();
        while (!second->finished()) QVERIFY(second->runStep().ok());
        QVERIFY(sameState(second->checkpoint(), whole.end));
    }

    // Published digits in a frame of zeros, and photographs.
    void realImages_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"mnist", "cifar10"}) QTest::newRow(name) << name;
    }
    void realImages() {
        QFETCH(QString, name);
        if (!datasetAvailable(name.toStdString())) QSKIP("the data set is not in $CONVOLAB_DATA");
        const DatasetPtr published = limited(openDataset({.name = name.toStdString()}).value(), 70);
        const Shape input{published->info().imageShape.channels(), 32, 32};
        const NetworkSpec spec = chain({{"input", {{"shape", input.extents()}}}, {"max_pool", {}}, {"flatten", {}}, {"dense", {{"units", std::int64_t{10}}}}, {"softmax", {}}, {"output", {}}});
        Recipe recipe = recipeOf(7, {"crop", "scale", "brightness", "erase:probability=1"});
        recipe.dataset = name.toStdString();
        std::vector<RunEnd> ends;
        for (const bool room : {false, true}) ends.push_back(runOf(recipe, onDevice(room), {}, spec, fitted(published, input).value()));
        QVERIFY(ends[1].status.ok());
        verifySame(ends[1], ends[0]);
    }

    void aDeviceThatIsLost() {
        const auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipeOf(23, kSome), nullptr, nullptr, {}, {}, onDevice(true)).value();
        for (int i = 0; i < 7; ++i) QVERIFY(loop->runStep().ok());
        hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress in a CUDA kernel"};
        Status failed = loop->runStep();
        if (failed.ok()) failed = loop->runStep();
        QCOMPARE(failed.error().code, ErrorCode::DeviceUnavailable);
        const Checkpoint kept = loop->checkpoint();
        QCOMPARE(kept.step, 5);
        const auto rest = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipeOf(23, kSome), &kept).value();
        while (!rest->finished()) QVERIFY(rest->runStep().ok());
    }
};

QTEST_GUILESS_MAIN(TestGpuKeptData)
#include "tst_gpu_kept_data.moc"
