// On a real GPU, through the real module: every kind, branches, a preset, the same bits twice. Without one, each
// test is skipped with the sentence that the device menu shows.
#include <QtTest>

#include "core/backend/gpu_loader.h"
#include "core/graph/presets.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

class TestGpuDevice : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        if (!m_looked) look();
        m_looked = true;
        if (!m_compile) QSKIP(m_reason.c_str());
    }

    void everyKindInANetwork_data() { addKindRows(); }
    void everyKindInANetwork() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        if (kind.group == LayerGroup::Output) QSKIP("every network ends in one");
        const std::string found = kindDiffers(m_compile, kind);
        QVERIFY2(found.empty(), found.c_str());
    }

    void branchesAndSums() {
        ModelPair pair(m_compile, branchedNetwork(), trainingOptions(5));
        for (std::uint64_t step = 0; step < 4; ++step) {
            const std::string found = pair.stepDiffers(step == 2 ? 3 : 5, step) + pair.evaluationDiffers(4);
            QVERIFY2(found.empty(), found.c_str());
        }
    }

    void aPresetTrains() {
        ModelPair pair(m_compile, makePreset("conv20-conv50").value(), trainingOptions(8));
        for (std::uint64_t step = 0; step < 3; ++step) {
            const std::string found = pair.stepDiffers(8, step);
            QVERIFY2(found.empty(), found.c_str());
        }
    }

    void theSameBitsTwice() {
        std::vector<std::vector<float>> gradients;
        for (int run = 0; run < 2; ++run) {
            ModelPair pair(m_compile, tinyNetwork(), trainingOptions(16));
            for (std::uint64_t step = 0; step < 4; ++step) pair.device->trainStep(pair.batchOf(16), pair.labelsOf(16), step);
            gradients.push_back(copyOf(pair.device->gradients()));
        }
        QVERIFY(sameBits(gradients[0], gradients[1]));
    }

    void tooLargeABatchIsAnAnswer() {
        const auto refused = m_compile(makePreset("conv20-conv50").value(), trainingOptions(std::int64_t{1} << 24));
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::OutOfMemory);
        QVERIFY(refused.error().sentence().find("a batch of") != std::string::npos);
    }

  private:
    void look() {
#ifdef CONVOLAB_REAL_MODULE
        const auto module = loadGpuModule({CONVOLAB_REAL_MODULE});
#else
        const auto module = loadGpuModule({});
#endif
        if (!module.ok()) {
            m_reason = module.error().sentence();
            return;
        }
        const GpuFindings found = probeGpus(**module);
        if (found.problem) m_reason = found.problem->sentence();
        for (const GpuDevice& device : found.devices) {
            if (device.problem) m_reason = device.problem->sentence();
            else if (!m_compile) m_compile = compilerOf(**module, device.ordinal);
        }
    }

    bool m_looked = false;
    CompileModel m_compile;
    std::string m_reason;
};

QTEST_GUILESS_MAIN(TestGpuDevice)
#include "tst_gpu_device.moc"
