// What is asked of cuDNN for poolings and batch norms, against our own kernels: every pass, windows and sizes that it does not take,
// refusals in words; which calls a layer's rules choose; and that the real library has the functions.
#include <QtTest>
#include <algorithm>

#include "gpu/libraries/libraries.h"
#include "tests/gpu/device_op_case.h"
#include "tests/gpu/fake_dnn_layers.h"

using namespace convolab;
using namespace convolab::testing;
using gpu::BatchNormCall;
using gpu::BatchNormPass;
using gpu::Index;
using gpu::PoolingCall;
using gpu::PoolingPass;

namespace {

std::vector<float> numbers(Index count, int step) {
    std::vector<float> values;
    for (Index i = 0; i < count; ++i) values.push_back(static_cast<float>((i * step) % 23) / 7.0F - 1.5F);
    return values;
}

gpu::PoolShape windowsOf(Index kernel, Index stride, Index pad) {
    const auto axis = [&](Index in) { return gpu::PoolAxis{in, (in + 2 * pad - kernel) / stride + 1, kernel, stride, pad}; };
    return {axis(9), axis(8)};
}

// One channel after the other with all that a batch norm reads and writes.
struct NormNumbers {
    gpu::ChannelValues v{3, 4, 6};
    std::vector<float> x = numbers(72, 5), dy = numbers(72, 11), scale = numbers(4, 3), shift = numbers(4, 7);
    std::vector<float> mean = std::vector<float>(4), inverse = mean, runningMean = numbers(4, 2), runningVariance = {1.0F, 2.0F, 0.5F, 3.0F};
    std::vector<float> result = std::vector<float>(72, 9.0F), dscale = mean, dshift = mean;
    BatchNormCall call(BatchNormPass pass) {
        return {v, 2, 3, pass, x.data(), dy.data(), scale.data(), shift.data(), mean.data(), inverse.data(), runningMean.data(), runningVariance.data(),
                result.data(), dscale.data(), dshift.data(), 1e-5F, 0.1F};
    }
    std::vector<std::vector<float>> all() const { return {mean, inverse, runningMean, runningVariance, result, dscale, dshift}; }
};

struct Started {
    gpu::DnnTable table = fakeLayerTable();
    gpu::LayerLibrary library{table};
    bool started = library.start().ok();
};

int callsOf(const char* kind, const Attributes& attributes, const Shape& input, bool training, std::uint32_t libraries, bool wanted = true) {
    LayerCase<float> reference(*findLayerKind(kind), attributes, {input}, 2);
    reference.training = training;
    DeviceOpCase device(reference);
    if (!wanted) device.memory.inputGradients[0] = nullptr;
    std::vector<gpu::Launch> launches;
    const gpu::OpRun run{device.op.op, device.memory, 2, training, launches, gpu::Kernels::Automatic, libraries};
    device.rules.forward(run);
    device.rules.backward(run);
    return static_cast<int>(std::ranges::count_if(launches, gpu::callsLibrary));
}

}  // namespace

class TestLayerLibrary : public QObject {
    Q_OBJECT

  private slots:
    void init() { fakeDnn() = {}; }
    void cleanup() { QCOMPARE(fakeDnn().open, 0); }

    void everyPooling() {
        Started s;
        for (const auto& [kernel, stride, pad] : {std::tuple<Index, Index, Index>{2, 2, 0}, {3, 2, 1}, {3, 1, 2}, {1, 1, 0}, {4, 3, 3}}) {
            for (const auto pass : {PoolingPass::Maximum, PoolingPass::Average, PoolingPass::AverageGradient}) {
                for (const bool countPadding : {false, true}) {
                    const gpu::PoolShape windows = windowsOf(kernel, stride, pad);
                    QVERIFY(PoolingCall::fits(windows, 6));
                    const std::vector<float> from = numbers(6 * std::max(windows.inputs(), windows.outputs()), 5);
                    PoolingCall call{windows, 2, 3, pass, countPadding, from.data(), nullptr};
                    std::vector<float> ours(static_cast<std::size_t>(call.count()), 7.0F), theirs = ours;
                    call.result = ours.data();
                    for (Index i = 0; i < call.count(); ++i) call(i);
                    call.result = theirs.data();
                    QVERIFY(s.library.prepare(call).ok());
                    const gpu::Outcome outcome = s.library.run(call, this);
                    QVERIFY2(outcome.ok() && relativeError(theirs, ours, 1e-3) < 1e-6, outcome.words.c_str());
                }
            }
        }
        QCOMPARE(fakeDnn().stream, static_cast<void*>(this));
    }

    void nanIsTheLargestOfAPooling() {
        Started s;
        const gpu::PoolShape windows{{2, 1, 2, 2, 0}, {4, 2, 2, 2, 0}};
        const std::vector<float> from = {1.0F, std::nanf(""), 2.0F, 3.0F, 5.0F, 4.0F, 7.0F, 6.0F};
        std::vector<float> to(2);
        const PoolingCall call{windows, 1, 1, PoolingPass::Maximum, false, from.data(), to.data()};
        QVERIFY(s.library.prepare(call).ok() && s.library.run(call, nullptr).ok());
        QVERIFY(std::isnan(to[0]));
        QCOMPARE(to[1], 7.0F);
    }

    void everyPassOfABatchNorm() {
        Started s;
        NormNumbers ours, theirs;
        for (const auto pass : {BatchNormPass::Training, BatchNormPass::Gradient, BatchNormPass::Inference}) {
            const BatchNormCall call = ours.call(pass);
            for (Index c = 0; c < call.count(); ++c) call(c);
            const BatchNormCall wanted = theirs.call(pass);
            QVERIFY(s.library.prepare(wanted).ok());
            const gpu::Outcome outcome = s.library.run(wanted, this);
            QVERIFY2(outcome.ok(), outcome.words.c_str());
            const auto a = ours.all(), b = theirs.all();
            for (std::size_t i = 0; i < a.size(); ++i) QVERIFY2(relativeError(b[i], a[i], 0.02) < 1e-5, qPrintable(QString::number(i)));
        }
        QVERIFY(ours.result != std::vector<float>(72, 9.0F) && ours.runningVariance[0] != 1.0F);
    }

    void whatDoesNotFit() {
        gpu::PoolShape windows = windowsOf(3, 2, 1);
        QVERIFY(PoolingCall::fits(windows, 6) && !PoolingCall::fits(windows, Index{1} << 31));
        windows.rows.output += 1;  // one row more of padding below than above
        QVERIFY(!PoolingCall::fits(windows, 6));
        QVERIFY(!PoolingCall::fits({{9, 3, 0, 0, 0}, {8, 2, 0, 0, 0}}, 6));   // adaptive
        QVERIFY(!PoolingCall::fits({{4, 6, 2, 1, 2}, {8, 7, 2, 1, 0}}, 6));   // windows that hold nothing but padding
        QVERIFY(BatchNormCall::fits({2, 3, 4}, 0.0F, 1e-5F) && !BatchNormCall::fits({2, 3, 4}, 1e-5F, 1e-6F));
        QVERIFY(!BatchNormCall::fits({1, 3, 1}, 0.0F, 1e-5F));
        QVERIFY(!BatchNormCall::fits({70'000, 3, 1}, 0.0F, 1e-5F) && !BatchNormCall::fits({1 << 15, 1 << 8, 1 << 8}, 0.0F, 1e-5F));
    }

    void refusals() {
        fakeDnn().failCreate = 4;
        const gpu::DnnTable table = fakeLayerTable();
        QCOMPARE(gpu::LayerLibrary(table).start().words, std::string("cudnnCreate: 4"));
        fakeDnn().failCreate = 0;
        Started s;
        NormNumbers norm;
        QVERIFY(!s.library.run(norm.call(BatchNormPass::Training), nullptr).ok());  // not prepared
        QVERIFY(s.library.prepare(norm.call(BatchNormPass::Training)).ok());
        fakeDnn().failRun = 3000;
        QCOMPARE(s.library.run(norm.call(BatchNormPass::Training), nullptr).words, std::string("cudnnBatchNormalizationForwardTraining: CUDNN_STATUS_NOT_SUPPORTED"));
        const std::vector<float> x(72);
        std::vector<float> y(72);
        const PoolingCall beside{{{4, 6, 2, 1, 2}, {8, 7, 2, 1, 0}}, 1, 1, PoolingPass::Maximum, false, x.data(), y.data()};
        QCOMPARE(s.library.prepare(beside).words, std::string("cudnnSetPooling2dDescriptor: CUDNN_STATUS_BAD_PARAM"));
    }

    // Forward and backward calls of a layer that the rules choose.
    void whichLayersCallIt() {
        constexpr std::uint32_t kAll = gpu::kLayerLibrary;
        QCOMPARE(callsOf("avg_pool", {}, {2, 6, 6}, true, kAll), 2);
        QCOMPARE(callsOf("avg_pool", {}, {2, 6, 6}, true, gpu::kConvolutionLibrary), 0);
        QCOMPARE(callsOf("max_pool", {}, {2, 6, 6}, true, kAll), 0);  // of equal values the first one gets the gradient
        QCOMPARE(callsOf("max_pool", {}, {2, 6, 6}, false, kAll), 1);
        QCOMPARE(callsOf("adaptive_avg_pool", {}, {2, 6, 6}, true, kAll), 0);
        QCOMPARE(callsOf("batch_norm", {}, {2, 6, 6}, true, kAll), 2);
        QCOMPARE(callsOf("batch_norm", {}, {2, 6, 6}, true, kAll, false), 0);
        QCOMPARE(callsOf("batch_norm", {}, {2, 6, 6}, false, kAll), 1);  // its gradient in evaluation is not cuDNN's
        QCOMPARE(callsOf("layer_norm", {}, {2, 6, 6}, true, kAll), 0);
    }

    // Where cuDNN is installed, all of its functions were found, or it would not be used at all.
    void theRealLibrary() {
        const gpu::DnnLibrary& dnn = gpu::dnnLibrary();
        if (dnn.table == nullptr) QSKIP(dnn.problem.c_str());
        QVERIFY(dnn.table->setPooling != nullptr && dnn.table->pool != nullptr && dnn.table->poolGradient != nullptr && dnn.table->deriveChannels != nullptr);
        QVERIFY(dnn.table->normTraining != nullptr && dnn.table->normInference != nullptr && dnn.table->normGradient != nullptr);
        void* pooling = nullptr;  // descriptors need no GPU
        QCOMPARE(dnn.table->createPooling(&pooling), gpu::kDnnSuccess);
        QCOMPARE(dnn.table->setPooling(pooling, gpu::kDnnDeterministicMaximum, gpu::kDnnPropagateNan, 3, 3, 1, 1, 2, 2), gpu::kDnnSuccess);
        QCOMPARE(dnn.table->destroyPooling(pooling), gpu::kDnnSuccess);
        void *maps = nullptr, *channels = nullptr;
        QVERIFY(dnn.table->createTensor(&maps) == gpu::kDnnSuccess && dnn.table->createTensor(&channels) == gpu::kDnnSuccess);
        QCOMPARE(dnn.table->setTensor(maps, gpu::kDnnNchw, gpu::kDnnFloat32, 4, 3, 8, 8), gpu::kDnnSuccess);
        QCOMPARE(dnn.table->deriveChannels(channels, maps, gpu::kDnnNormOfChannels), gpu::kDnnSuccess);
        QVERIFY(dnn.table->destroyTensor(maps) == gpu::kDnnSuccess && dnn.table->destroyTensor(channels) == gpu::kDnnSuccess);
    }
};

QTEST_GUILESS_MAIN(TestLayerLibrary)
#include "tst_layer_library.moc"
