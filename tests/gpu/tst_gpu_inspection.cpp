// What is asked of a network on a device besides training: outputs of layers, gradients of images and layers, networks that end
// earlier; on a device that is this processor, against the processor's own models.
#include <QtTest>

#include "core/backend/device_inspection.h"
#include "core/graph/presets.h"
#include "core/util/device_lost.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel onDevice() { return compilerOf(hostModule()); }

CompileOptions differentiable(std::int64_t batch) {
    CompileOptions options;
    options.maximumBatch = batch;
    options.differentiable = true;
    return options;
}

}  // namespace

class TestGpuInspection : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void everyKind_data() { addKindRows(); }
    void everyKind() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        if (kind.group == LayerGroup::Output) QSKIP("every network ends in one");
        for (const std::uint32_t libraries : {0U, gpu::kMatrixLibrary | gpu::kConvolutionLibrary | gpu::kLayerLibrary}) {
            hostDevice().libraries = libraries;
            const std::string found = kindInspectionDiffers(onDevice(), kind);
            QVERIFY2(found.empty(), found.c_str());
        }
    }

    void branchesAndPresets() {
        for (const NetworkSpec& spec : {branchedNetwork(), makePreset("lenet-like").value(), smallNetworkWithState()}) {
            const std::string found = inspectionDiffers(onDevice(), spec);
            QVERIFY2(found.empty(), (spec.name + ": " + found).c_str());
        }
    }

    // Layers that share a kernel with others, and have to be read by themselves.
    void oneTapAtATime() {
        for (const NetworkSpec& spec : {branchedNetwork(), smallNetworkWithState()}) {
            for (const NodeId tap : analyze(spec).order) {
                CompileOptions options;
                options.maximumBatch = 3;
                options.taps = {tap};
                ModelPair pair(onDevice(), spec, options);
                for (Model* model : {pair.cpu.get(), pair.device.get()}) model->forward(pair.batchOf(3));
                QVERIFY2(relativeError(pair.device->tap(tap).span(), pair.cpu->tap(tap).span()) < kModelTolerance, spec.node(tap)->name.c_str());
                QVERIFY(relativeError(pair.device->logits().span(), pair.cpu->logits().span()) < kModelTolerance);
            }
        }
    }

    // Every layer of a network as its end: an image or a vector.
    void endsEarlier() {
        const NetworkSpec spec = makePreset("conv20-conv50").value();
        for (const NodeId end : analyze(spec).order) {
            const std::string found = inspectionDiffers(onDevice(), spec, end);
            QVERIFY2(found.empty(), (spec.node(end)->name + ": " + found).c_str());
        }
    }

    // Without the layers behind the end, but with those that are tapped.
    void onlyWhatIsNeeded() {
        const NetworkSpec spec = makePreset("conv20-conv50").value();
        const std::vector<NodeId> order = analyze(spec).order;
        CompileOptions options;
        options.end = order[1];
        QCOMPARE(onDevice()(spec, options).value()->plan().size(), std::size_t{2});
        options.taps = {order[3]};
        QCOMPARE(onDevice()(spec, options).value()->plan().size(), std::size_t{4});
    }

    void gradientOfTheImagesInTraining() {
        for (const NetworkSpec& spec : {branchedNetwork(), smallNetworkWithState()}) {
            const std::string found = trainedImageGradientDiffers(onDevice(), spec);
            QVERIFY2(found.empty(), found.c_str());
        }
    }

    // A model with taps alone costs no memory for gradients, one that is differentiated none for those of weights.
    void memory() {
        const NetworkSpec spec = makePreset("conv20-conv50").value();
        CompileOptions options;
        const std::size_t plain = onDevice()(spec, options).value()->arenaBytes();
        options.taps = analyze(spec).order;
        const std::size_t tapped = onDevice()(spec, options).value()->arenaBytes();
        options.differentiable = true;
        const std::size_t whole = onDevice()(spec, options).value()->arenaBytes();
        QVERIFY(plain < tapped && tapped < whole);
    }

    // Taps are fetched when somebody asks, and once.
    void fetchedOnce() {
        const NetworkSpec spec = branchedNetwork();
        CompileOptions options = differentiable(2);
        options.taps = {analyze(spec).order[1]};
        ModelPair pair(onDevice(), spec, options);
        pair.device->forward(pair.batchOf(2));
        const float* first = pair.device->tap(options.taps[0]).data;
        const std::vector<float> values = copyOf(pair.device->tap(options.taps[0]).span());
        const float before = first[0];
        const_cast<float*>(first)[0] = 77.0F;  // not fetched again
        QCOMPARE(pair.device->tap(options.taps[0]).data[0], 77.0F);
        pair.device->forward(pair.batchOf(2));
        QCOMPARE(pair.device->tap(options.taps[0]).data[0], before);
        QCOMPARE(copyOf(pair.device->tap(options.taps[0]).span()), values);
    }

    void severalDevicesAskTheFirst() {
        const NetworkSpec spec = branchedNetwork();
        const CompileModel several = [](const NetworkSpec& s, const CompileOptions& o) { return compileOnGpu(hostModule(), {.ordinals = {0, 1}}, s, o); };
        const std::string found = inspectionDiffers(several, spec);
        QVERIFY2(found.empty(), found.c_str());
        CompileOptions options = trainingOptions(4);
        options.inputGradient = true;
        const auto refused = several(spec, options);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
    }

    void refusals() {
        const NetworkSpec spec = branchedNetwork();
        CompileOptions options;
        options.taps = {NodeId{9999}};
        QCOMPARE(onDevice()(spec, options).error().code, ErrorCode::NotFound);
        options.taps = {};
        options.end = NodeId{9999};
        QCOMPARE(onDevice()(spec, options).error().code, ErrorCode::NotFound);
    }

    // What one looks into has the processor's numbers, whatever a training computes in; what is trained in fewer bits is not looked into.
    void inFloat32() {
        const CompileModel mixed = [](const NetworkSpec& s, const CompileOptions& o) { return compileOnGpu(hostModule(), {.precision = kGpuBf16}, s, o); };
        const std::string found = inspectionDiffers(mixed, branchedNetwork());
        QVERIFY2(found.empty(), found.c_str());
    }

    void aLostDevice() {
        CompileOptions options = differentiable(2);
        options.taps = {analyze(branchedNetwork()).order[1]};
        ModelPair pair(onDevice(), branchedNetwork(), options);
        pair.device->forward(pair.batchOf(2));
        hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress"};
        const std::vector<float> gradient(static_cast<std::size_t>(pair.device->logits().size()), 1.0F);
        QVERIFY_THROWS_EXCEPTION(DeviceLost, pair.device->backward({gradient.data(), pair.device->logits().shape}));
        QVERIFY_THROWS_EXCEPTION(DeviceLost, pair.device->tap(options.taps[0]));
    }
};

QTEST_GUILESS_MAIN(TestGpuInspection)
#include "tst_gpu_inspection.moc"
