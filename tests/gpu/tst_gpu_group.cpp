// Several devices that train one network together, each of them this processor; and what is asked of NCCL, by a table of invented
// functions.
#include <QtTest>

#include "core/backend/gpu_update.h"
#include "core/graph/presets.h"
#include "core/train/optimizer.h"
#include "core/util/device_lost.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel onDevices(int count, bool group = false) {
    return [count, group](const NetworkSpec& spec, const CompileOptions& options) {
        GpuSettings settings{.group = group};
        settings.ordinals.clear();
        for (int i = 0; i < count; ++i) settings.ordinals.push_back(i);
        return compileOnGpu(hostModule(), settings, spec, options);
    };
}

// Convolutions and a dense layer, without batch statistics and dropout.
NetworkSpec plainNetwork() { return makePreset("conv20-conv50").value(); }

struct FakeNccl {
    int made = 0, depth = 0, groups = 0, failCreate = 0, failReduce = 0;
    std::vector<std::pair<void*, void*>> calls;  // communicator, stream
    std::vector<int> ordinals;
} fake;
int handles[4];

const gpu::NcclTable kFakeTable{
    .version = [](int* version) { *version = 22809; return 0; },
    .errorString = [](int status) -> const char* { return status == 2 ? "unhandled system error" : nullptr; },
    .createAll = [](void** communicators, int count, const int* ordinals) {
        if (fake.failCreate != 0) return fake.failCreate;
        for (int i = 0; i < count; ++i) communicators[i] = &handles[i];
        fake.ordinals.assign(ordinals, ordinals + count);
        fake.made += count;
        return 0;
    },
    .destroy = [](void*) { --fake.made; return 0; },
    .groupStart = [] { ++fake.depth; return 0; },
    .groupEnd = [] { --fake.depth; ++fake.groups; return 0; },
    .allReduce = [](const void* from, void* to, std::size_t count, int type, int operation, void* communicator, void* stream) {
        if (fake.failReduce != 0) return fake.failReduce;
        if (fake.depth != 1 || from != to || count != 3 || type != gpu::kNcclFloat32 || operation != gpu::kNcclSum) return 4;
        fake.calls.emplace_back(communicator, stream);
        return 0;
    },
};

}  // namespace

class TestGpuGroup : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        hostDevice() = {};
        fake = {};
    }

    // The gradients, the loss and the hits of the whole batch, whatever its size.
    void sharesMakeTheBatch_data() {
        QTest::addColumn<int>("devices");
        for (const int devices : {2, 3}) QTest::addRow("%d", devices) << devices;
    }
    void sharesMakeTheBatch() {
        QFETCH(int, devices);
        ModelPair pair(onDevices(devices), plainNetwork(), trainingOptions(7));
        for (const std::int64_t n : {7, 3, 1}) {
            for (std::uint64_t step = 0; step < 2; ++step) {
                const std::string found = pair.stepDiffers(n, step) + pair.evaluationDiffers(n);
                QVERIFY2(found.empty(), (std::to_string(n) + " images: " + found).c_str());
            }
        }
    }

    void weightedClassesCountByTheirWeight() {
        ModelPair pair(onDevices(3), plainNetwork(), trainingOptions(8));
        LossTargets targets{.smoothing = 0.0, .classWeights = {}};
        for (std::int64_t c = 0; c < pair.cpu->outputShape().size(); ++c) targets.classWeights.push_back(0.25F * static_cast<float>(c));
        pair.cpu->setLossTargets(targets);
        pair.device->setLossTargets(targets);
        const std::string found = pair.stepDiffers(8, 0);
        QVERIFY2(found.empty(), found.c_str());
    }

    // All devices keep the same weights: the updated network agrees with one device's.
    void updatesAreTheSameEverywhere() {
        ModelPair one(onDevices(1), plainNetwork(), trainingOptions(6)), three(onDevices(3), plainNetwork(), trainingOptions(6));
        const OptimizerSpec spec = parseOptimizer("sgd").value();
        for (std::int64_t step = 0; step < 4; ++step) {
            const ConvolabGpuUpdate update = describeGpuUpdate(spec, 0.05, 1e-4, step + 1).value();
            for (ModelPair* pair : {&one, &three}) {
                dynamic_cast<GpuModel&>(*pair->device).trainStep(pair->batchOf(6), pair->labelsOf(6), static_cast<std::uint64_t>(step), update);
            }
        }
        QVERIFY(relativeError(three.device->copyWeights(4).parameters, one.device->copyWeights(4).parameters) < 1e-3);
        std::vector<float> states[2];
        for (ModelPair* pair : {&one, &three}) {
            std::vector<float>& state = states[pair == &three];
            state.resize(pair->device->parameters().size());
            dynamic_cast<GpuModel&>(*pair->device).readOptimizerState(state);
        }
        QVERIFY(relativeError(states[1], states[0]) < 1e-3);
        // Every device evaluates a share with its own copy of the weights.
        QVERIFY(three.cpu->bind(three.device->copyWeights(4)).ok());
        const std::string found = three.evaluationDiffers(6);
        QVERIFY2(found.empty(), found.c_str());
    }

    // One device as several are: no sum, no other shares, so the same bits as without a group.
    void aGroupOfOne() {
        std::vector<Checkpoint> ends;
        for (const bool group : {false, true}) {
            const auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), tinyRecipe(), nullptr, nullptr, {}, {}, onDevices(1, group)).value();
            QCOMPARE(dynamic_cast<DeviceStep&>(loop->model()).stages(), !group);
            while (!loop->finished()) QVERIFY(loop->runStep().ok());
            ends.push_back(loop->checkpoint());
        }
        QVERIFY(sameState(ends[0], ends[1]));
    }

    // Behind the same loop as one device, with partial batches, and from a group to the processor and back in mid-run.
    void trainsAsAGroup() {
        NetworkSpec spec = chain({{"input", {{"shape", std::vector<std::int64_t>{1, 8, 8}}}}, {"conv2d", {{"filters", std::int64_t{4}}}}, {"relu", {}}, {"flatten", {}},
                                  {"dense", {{"units", std::int64_t{kTinyClasses}}}}, {"softmax", {}}, {"output", {}}});
        Recipe recipe = tinyRecipe();
        recipe.optimizer = parseOptimizer("sgd").value();
        recipe.labelSmoothing = 0.1;
        recipe.classWeights.balanced = true;
        const auto loopOn = [&](const CompileModel& compile) { return TrainingLoop::create(spec, tinyDataset(), recipe, nullptr, nullptr, {}, {}, compile).value(); };
        const auto expected = loopOn(Model::compile), group = loopOn(onDevices(2)), moving = loopOn(onDevices(3));
        while (!expected->finished()) QVERIFY(expected->runStep().ok());
        while (!group->finished()) QVERIFY(group->runStep().ok());
        while (!moving->finished()) {
            if (moving->step() == 7) QVERIFY(moving->moveTo(Model::compile).ok());
            if (moving->step() == 13) QVERIFY(moving->moveTo(onDevices(2)).ok());
            QVERIFY(moving->runStep().ok());
        }
        for (const TrainingLoop* loop : {group.get(), moving.get()}) {
            QCOMPARE(loop->history().steps.size(), expected->history().steps.size());
            for (std::size_t i = 0; i < loop->history().steps.size(); ++i) {
                const double got = loop->history().steps[i].loss, wanted = expected->history().steps[i].loss;
                QVERIFY2(std::abs(got - wanted) < 1e-3 * std::max(1.0, wanted), qPrintable(QString("step %1: %2, not %3").arg(i + 1).arg(got).arg(wanted)));
            }
            QCOMPARE(loop->history().validation.size(), expected->history().validation.size());
            QVERIFY(relativeError(loop->checkpoint().weights.parameters, expected->checkpoint().weights.parameters) < 1e-3);
            QVERIFY(relativeError(loop->checkpoint().optimizerState, expected->checkpoint().optimizerState) < 1e-2);
        }
    }

    void refusals() {
        const auto refused = [](const GpuSettings& settings) {
            const auto made = compileOnGpu(hostModule(), settings, tinyNetwork(), trainingOptions(4));
            return made.ok() ? std::string() : made.error().sentence();
        };
        QVERIFY(refused({.ordinals = {1, 1}}).find("GPU 1 is named twice") != std::string::npos);
        QVERIFY(refused({.ordinals = {0, 1, 2, 3, 4}}).find("a batch of 4 images is too small for 5 GPUs") != std::string::npos);
        hostDevice().failJoin = {kGpuDriverFailed, "libnccl.so.2 is missing or cannot be loaded; several GPUs need NCCL"};
        QVERIFY(refused({.ordinals = {0, 1}}).find("need NCCL") != std::string::npos);
        QVERIFY(refused({.ordinals = {0}}).empty());  // one needs nothing
        hostDevice() = {};
        ModelPair pair(onDevices(2), tinyNetwork(), trainingOptions(4));
        try {
            dynamic_cast<GpuModel&>(*pair.device).timedTrainStep(pair.batchOf(4), pair.labelsOf(4), 0, nullptr);
            QFAIL("nothing was thrown");
        } catch (const DeviceLost& lost) {
            QVERIFY(lost.error.sentence().find("one GPU alone") != std::string::npos);
        }
    }

    void whatIsAskedOfNccl() {
        float values[3] = {1, 2, 3}, more[3] = {4, 5, 6};
        int streams[2];
        float* parts[] = {values, more};
        {
            gpu::NcclCommunicator communicator(kFakeTable, {&streams[0], &streams[1]});
            QVERIFY(!communicator.sum(parts, 3).ok());  // not started
            const std::int32_t ordinals[] = {2, 0};
            QVERIFY(communicator.start(ordinals).ok());
            QCOMPARE(fake.ordinals, (std::vector<int>{2, 0}));
            const gpu::Outcome outcome = communicator.sum(parts, 3);
            QVERIFY2(outcome.ok(), outcome.words.c_str());
            QCOMPARE(fake.groups, 1);
            QCOMPARE(fake.calls, (std::vector<std::pair<void*, void*>>{{&handles[0], &streams[0]}, {&handles[1], &streams[1]}}));
            fake.failReduce = 2;
            QCOMPARE(communicator.sum(parts, 3).words, std::string("ncclAllReduce: unhandled system error"));
            QCOMPARE(fake.depth, 0);  // no group stays open
        }
        QCOMPARE(fake.made, 0);
        fake.failCreate = 5;
        gpu::NcclCommunicator refused(kFakeTable, {&streams[0]});
        const std::int32_t ordinal[] = {0};
        QCOMPARE(refused.start(ordinal).words, std::string("ncclCommInitAll: 5"));
    }

    void theRealNccl() {
        const gpu::NcclLibrary& nccl = gpu::ncclLibrary();
        QCOMPARE(nccl.table == nullptr, !nccl.problem.empty());
        if (nccl.table != nullptr) QVERIFY(nccl.version >= 20000 && nccl.version < 30000);
        else QVERIFY2(nccl.problem.find("libnccl.so.2") != std::string::npos, nccl.problem.c_str());
    }
};

QTEST_GUILESS_MAIN(TestGpuGroup)
#include "tst_gpu_group.moc"
