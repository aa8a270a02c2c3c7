// Sums over many values where they lie: the bodies by threads and by blocks, and what a device answers, against the processor.
#include <QtTest>
#include <cmath>

#include "core/model/value_summary.h"
#include "core/util/device_lost.h"
#include "core/util/random.h"
#include "gpu/launch/launch.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel onDevice() { return compilerOf(hostModule()); }

template <class Body>
void run(const Body& body, gpu::Index count) {
    const gpu::Launch launch = gpu::launchOf(body, count);
    gpu::runOnHost({&launch, 1});
}

std::vector<float> values(std::int64_t count) {
    RandomSequence random(4, RandomStreamId::Analysis);
    std::vector<float> made;
    for (std::int64_t i = 0; i < count; ++i) made.push_back(i % 7 == 3 ? 0.0F : 0.3F + random.normal());
    if (count > 50) made[50] = NAN;
    if (count > 20) made[20] = -INFINITY;
    return made;
}

void compare(const ValueSummary& got, const ValueSummary& expected) {
    QCOMPARE(got.count, expected.count);
    QCOMPARE(got.notFinite, expected.notFinite);
    QCOMPARE(got.zeros, expected.zeros);
    QCOMPARE(got.lowest, expected.lowest);
    QCOMPARE(got.highest, expected.highest);
    for (const auto& [a, b] : {std::pair(got.mean, expected.mean), std::pair(got.deviation, expected.deviation), std::pair(got.norm, expected.norm)}) {
        QVERIFY2(std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)), qPrintable(QString("%1, not %2").arg(a).arg(b)));
    }
}

}  // namespace

class TestGpuStatistics : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void sizes_data() {
        QTest::addColumn<qint64>("count");
        QTest::addColumn<qint64>("each");
        for (const qint64 count : {0, 1, 255, 257, 1000, 10'000}) {
            for (const qint64 each : {64, 1000}) QTest::addRow("%lld by %lld", count, each) << count << each;
        }
    }

    void summaries_data() { sizes_data(); }
    void summaries() {
        QFETCH(qint64, count);
        QFETCH(qint64, each);
        const std::vector<float> x = values(count);
        const gpu::Parts parts{count, each};
        for (const bool blocks : {false, true}) {
            std::vector<ConvolabGpuSummary> partial(static_cast<std::size_t>(parts.number()) + 1);
            partial.back().zeros = 77;  // beyond the last part
            const gpu::Summarise body{x.data(), parts, partial.data()};
            if (blocks) run(gpu::BlockSum<gpu::SummaryTerms>{gpu::SummaryTerms{body}}, parts.number());
            else run(body, parts.number());
            QCOMPARE(partial.back().zeros, 77);
            ConvolabGpuSummary sum{};
            run(gpu::JoinSummaries{partial.data(), parts.number(), &sum}, 1);
            ValueSummary got{.count = count, .zeros = sum.zeros, .lowest = sum.lowest, .highest = sum.highest};
            got.take(sum.finite, sum.sum, sum.square);
            compare(got, summaryOf(x));
        }
    }

    void histograms_data() { sizes_data(); }
    void histograms() {
        QFETCH(qint64, count);
        QFETCH(qint64, each);
        const std::vector<float> x = values(count);
        const gpu::Parts parts{count, each};
        for (const std::vector<float>& edges : {evenEdges(-2.0F, 2.0F, 255), evenEdges(0.0F, 1.0F, 3), std::vector<float>{-5.0F, -0.1F, 0.0F, 0.0F, 4.0F}}) {
            for (const bool blocks : {false, true}) {
                const auto bins = static_cast<gpu::Index>(edges.size()) - 1;
                std::vector<std::int64_t> partial(static_cast<std::size_t>(parts.number() * gpu::Histogram::kRoom)), got(static_cast<std::size_t>(bins), -1);
                const gpu::Histogram body{x.data(), parts, {edges.data(), bins}, partial.data()};
                if (blocks) run(gpu::HistogramByBlocks{body}, parts.number());
                else run(body, parts.number() * gpu::Histogram::kRoom);
                run(gpu::JoinCounts{partial.data(), parts.number(), got.data()}, bins);
                QCOMPARE(got, histogramOf(x, edges));
            }
        }
    }

    void channels() {
        std::vector<float> x(3 * 5 * 4);
        x[(1 * 5 + 2) * 4 + 3] = 1e-30F;
        x[(2 * 5 + 4) * 4] = -2.0F;
        for (const bool blocks : {false, true}) {
            std::vector<std::int32_t> active(3, 9);
            const gpu::ActiveChannels body{x.data(), 3, 5, 4, 2, active.data()};
            if (blocks) run(gpu::BlockSum<gpu::ActiveChannelTerms>{gpu::ActiveChannelTerms{body}}, 3);
            else run(body, 3);
            QCOMPARE(active, (std::vector<std::int32_t>{1, 0, 1}));
        }
    }

    // Of weights and gradients layer by layer, without the buffers.
    void ofATraining() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(8));
        pair.cpu->trainStep(pair.batchOf(8), pair.labelsOf(8), 0);
        pair.device->trainStep(pair.batchOf(8), pair.labelsOf(8), 0);
        const std::vector<float> gradients = copyOf(pair.device->gradients()), weights = copyOf(pair.device->copyWeights(1).parameters);
        pair.device->trainStep(pair.batchOf(8), pair.labelsOf(8), 0);  // gradients lie on the device only
        gpu::HostExecutor& executor = *hostDevice().executor;
        const std::size_t down = executor.bytesDown;
        std::vector<ValueSlice> slices;
        for (const auto source : {ValueSlice::Source::Parameters, ValueSlice::Source::Gradients}) {
            for (const LayerSlice& layer : layerSlices(*pair.cpu->layout(), source)) slices.push_back(layer.slice);
        }
        const std::vector<ValueSummary> summaries = summariesOf(*pair.device, slices);
        const auto counts = histogramOf(*pair.device, slices.front(), evenEdges(-0.5F, 0.5F, 50));
        QVERIFY(executor.bytesDown - down <= slices.size() * sizeof(ConvolabGpuSummary) + 50 * sizeof(std::int64_t));
        for (std::size_t i = 0; i < slices.size(); ++i) {
            const std::vector<float>& whole = slices[i].source == ValueSlice::Source::Parameters ? weights : gradients;
            compare(summaries[i], summaryOf(std::span(whole).subspan(slices[i].first, slices[i].count)));
        }
        QCOMPARE(counts, histogramOf(std::span<const float>(weights).subspan(slices[0].first, slices[0].count), evenEdges(-0.5F, 0.5F, 50)));
        // Weights that have changed here are sent first.
        for (float& value : pair.device->parameters()) value = 2.0F;
        QCOMPARE(summariesOf(*pair.device, std::span(slices).first(1))[0].mean, 2.0);
    }

    void ofLayers() {
        CompileOptions options;
        options.maximumBatch = 5;
        options.differentiable = true;
        options.taps = analyze(tinyNetwork()).order;
        ModelPair pair(onDevice(), tinyNetwork(), options);
        pair.device->forward(pair.batchOf(4));
        const std::vector<float> gradient(static_cast<std::size_t>(pair.device->logits().size()), 0.5F);
        pair.device->backward({gradient.data(), pair.device->logits().shape});
        for (const NodeId tap : options.taps) {
            for (const auto source : {ValueSlice::Source::Tap, ValueSlice::Source::TapGradient}) {
                const ValueSlice slice{.source = source, .tap = tap};
                const auto there = source == ValueSlice::Source::Tap ? pair.device->tap(tap) : pair.device->tapGradient(tap);
                compare(summariesOf(*pair.device, {&slice, 1})[0], summaryOf(there.span()));
                QCOMPARE(histogramOf(*pair.device, slice, evenEdges(-1.0F, 1.0F, 20)), histogramOf(there.span(), evenEdges(-1.0F, 1.0F, 20)));
            }
            pair.cpu->forward(pair.batchOf(4));
            QCOMPARE(activeChannelsOf(*pair.device, tap), activeChannelsOf(*pair.cpu, tap));
        }
    }

    void ofSeveralDevices() {
        const CompileModel several = [](const NetworkSpec& s, const CompileOptions& o) { return compileOnGpu(hostModule(), {.ordinals = {0, 1}}, s, o); };
        ModelPair pair(several, tinyNetwork(), trainingOptions(8));
        pair.device->trainStep(pair.batchOf(8), pair.labelsOf(8), 0);
        const ValueSlice slice{.source = ValueSlice::Source::Gradients, .first = 0, .count = pair.cpu->layout()->parameterCount};
        const ValueSummary got = summariesOf(*pair.device, {&slice, 1})[0];
        compare(got, summaryOf(pair.device->gradients()));
    }

    void refusals() {
        CompileOptions options;
        ModelPair pair(onDevice(), tinyNetwork(), options);
        const ValueSlice gradients{.source = ValueSlice::Source::Gradients, .first = 0, .count = 1};
        QVERIFY_THROWS_EXCEPTION(DeviceLost, summariesOf(*pair.device, {&gradients, 1}));
        ModelPair other(onDevice(), tinyNetwork(), options);
        const ValueSlice beyond{.source = ValueSlice::Source::Parameters, .first = 10, .count = other.cpu->layout()->parameterCount};
        QVERIFY_THROWS_EXCEPTION(DeviceLost, summariesOf(*other.device, {&beyond, 1}));
    }
};

QTEST_GUILESS_MAIN(TestGpuStatistics)
#include "tst_gpu_statistics.moc"
