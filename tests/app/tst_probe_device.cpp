// Where the network's answer to the current image is computed: on the training's device, and on the processor where that fails.
#include <QtTest>
#include <semaphore>

#include "app/image/probe_worker.h"
#include "core/graph/example_network.h"
#include "core/util/spread_values.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

class TestProbeDevice : public QObject {
    Q_OBJECT

    std::counting_semaphore<> m_arrived{0};
    std::unique_ptr<ProbeWorker> m_worker;
    std::shared_ptr<const NetworkSpec> m_spec = std::make_shared<const NetworkSpec>(smallNetworkWithState());

    ProbeAnswer answerFrom(const TrainingDevice& device) {
        auto image = std::make_shared<Tensor>(Shape{1, 8, 8});
        const auto values = spreadValues<float>(image->size(), 3);
        for (std::int64_t i = 0; i < image->size(); ++i) image->data()[i] = 0.5F + 0.25F * values[static_cast<std::size_t>(i)];
        m_worker->ask({.spec = m_spec, .trained = {}, .seed = 4, .off = {}, .image = image, .device = device, .asked = std::chrono::steady_clock::now()});
        m_arrived.acquire();
        return std::move(*m_worker->take());
    }
    static TrainingDevice gpu(const std::string& id = "cuda:0") { return {id, compilerOf(hostModule())}; }

  private slots:
    void init() {
        hostDevice() = {};
        m_worker = std::make_unique<ProbeWorker>([this] { m_arrived.release(); });
    }

    void onTheTrainingsDevice() {
        const ProbeAnswer here = answerFrom({}), there = answerFrom(gpu());
        QVERIFY(!here.error && !there.error);
        QCOMPARE(here.device, std::string("cpu"));
        QCOMPARE(there.device, std::string("cuda:0"));
        QVERIFY(hostDevice().executor->bytesUp > 0);
        QCOMPARE(there.snapshot->outputs.size(), here.snapshot->outputs.size());
        for (const auto& [layer, output] : here.snapshot->outputs) {
            QCOMPARE(there.snapshot->outputs.at(layer).shape(), output.shape());
            QVERIFY(relativeError(there.snapshot->outputs.at(layer).span(), output.span()) < 1e-4);
        }
        QCOMPARE(there.snapshot->predicted, here.snapshot->predicted);
        QCOMPARE(answerFrom({}).device, std::string("cpu"));  // and back
    }

    // Lost in the middle: the processor answers this time and from now on; another device is tried again.
    void aLostDevice() {
        QCOMPARE(answerFrom(gpu()).device, std::string("cuda:0"));
        hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress"};
        const ProbeAnswer answer = answerFrom(gpu());
        QVERIFY(!answer.error);
        QCOMPARE(answer.device, std::string("cpu"));
        QVERIFY(answer.snapshot != nullptr);
        gpu::HostExecutor* const before = hostDevice().executor;
        QCOMPARE(answerFrom(gpu()).device, std::string("cpu"));
        QCOMPARE(hostDevice().executor, before);  // nobody asked
        QCOMPARE(answerFrom(gpu("cuda:1")).device, std::string("cuda:1"));
    }

    void noRoom() {
        hostDevice().memoryBytes = 1000;
        const ProbeAnswer answer = answerFrom(gpu());
        QVERIFY(!answer.error);
        QCOMPARE(answer.device, std::string("cpu"));
    }
};

QTEST_GUILESS_MAIN(TestProbeDevice)
#include "tst_probe_device.moc"
