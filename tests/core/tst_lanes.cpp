// Images side by side: convolutions, poolings and activations of that layout against the reference arithmetic over random
// sizes, whole networks against the other tiers, the same bits for any number of threads. With ONEDNN_MAX_CPU_ISA=AVX2 the
// eight-lane kernels run where the processor would take sixteen.
#include <QtTest>

#include "core/cpu/compute_team.h"
#include "core/cpu/lanes/ops.h"
#include "tests/core/network_examples.h"
#include "tests/core/op_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr double kTolerance = 1e-4;
constexpr int kCases = 200;

struct Draw {
    RandomSequence random;
    explicit Draw(int index) : random(99, RandomStreamId::Analysis, static_cast<std::uint64_t>(index)) {}
    std::int64_t from(std::int64_t low, std::int64_t high) {
        return low + random.below(static_cast<std::uint32_t>(high - low + 1));
    }
    std::int64_t batch() {
        constexpr std::int64_t kBatches[] = {1, 7, 8, 9, 16, 19};
        return kBatches[random.below(6)];
    }
};

struct ConvolutionCase {
    Attributes attributes;
    Shape input;
    std::int64_t batch;
    bool wantsInputGradient;
    std::optional<float> slope;
};

ConvolutionCase convolutionCase(int index) {
    Draw draw(index);
    const std::int64_t kernelH = draw.from(1, 7), kernelW = draw.from(1, 7);
    const bool strided = draw.from(0, 3) == 0;
    std::vector<std::int64_t> pads;
    for (const std::int64_t kernel : {kernelH, kernelW, kernelH, kernelW}) pads.push_back(draw.from(0, kernel - 1));
    ConvolutionCase result{.attributes = {{"filters", draw.from(1, 27)},
                                          {"kernel", std::vector<std::int64_t>{kernelH, kernelW}},
                                          {"stride", std::vector<std::int64_t>{strided ? draw.from(1, 3) : 1, strided ? draw.from(1, 3) : 1}},
                                          {"pads", pads},
                                          {"bias", draw.from(0, 3) > 0}},
                           .input = {draw.from(1, 9), kernelH + draw.from(0, 6), kernelW + draw.from(0, 6)},
                           .batch = draw.batch(),
                           .wantsInputGradient = !strided,
                           .slope = {}};
    if (draw.from(0, 1) == 0) result.slope = draw.from(0, 1) == 0 ? 0.0F : 0.125F;
    return result;
}

// The sum may be near 0: its error is measured by the size of what was added up.
void compareBias(const std::vector<float>& got, const LayerCase<float>& expected) {
    const std::int64_t pixels = expected.outputShape.height() * expected.outputShape.width();
    for (std::int64_t o = 0; o < expected.outputShape.channels(); ++o) {
        double sum = 0.0, size = 0.0;
        for (std::int64_t n = 0; n < expected.batch; ++n) {
            for (std::int64_t p = 0; p < pixels; ++p) {
                const double value = expected.outputGradient[static_cast<std::size_t>((n * expected.outputShape.channels() + o) * pixels + p)];
                sum += value;
                size += std::abs(value);
            }
        }
        const double error = std::abs(got[static_cast<std::size_t>(o)] - sum) / size;
        QVERIFY2(error <= 1e-6, qPrintable(QString("bias: %1").arg(error)));
    }
}

void compare(const OpCase& run, const LayerCase<float>& expected, bool inputGradient) {
    const double output = relativeError(run.denseOutput(), expected.output);
    QVERIFY2(output <= kTolerance, qPrintable(QString("output %1").arg(output)));
    if (inputGradient) {
        const double error = relativeError(run.denseInputGradient(0), expected.inputGradients[0]);
        QVERIFY2(error <= kTolerance, qPrintable(QString("gradient of the input: %1").arg(error)));
    }
    for (std::size_t i = 0; i < expected.specs.size(); ++i) {
        if (expected.specs[i].name == "bias") {
            compareBias(run.parameterGradients[i], expected);
            continue;
        }
        const double error = relativeError(run.parameterGradients[i], expected.parameterGradients[i]);
        QVERIFY2(error <= kTolerance, qPrintable(QString("%1: %2").arg(QString::fromStdString(expected.specs[i].name)).arg(error)));
    }
}

std::unique_ptr<Model> compiled(const NetworkSpec& spec, const CompileOptions& options) {
    auto model = Model::compile(spec, options);
    if (!model.ok()) qFatal("%s", model.error().sentence().c_str());
    return std::move(model).value();
}

CompileOptions trainingOptions(std::int64_t batch, Tier tier = Tier::OneDnn) {
    CompileOptions options;
    options.maximumBatch = batch;
    options.training = true;
    options.fastestTier = tier;
    options.seed = 3;
    return options;
}

bool usesLanes(const Model& model) {
    const auto rows = model.plan();
    return std::any_of(rows.begin(), rows.end(), [](const LayerPlan& row) { return row.implementation.starts_with("lanes"); });
}

/// Two tiers round differently: where the values of a window or a unit's sum and 0 lie within that, the gradient goes another
/// way, for that image. One image in twelve may, by a little.
void compareInputGradients(View<const float> got, View<const float> expected) {
    QVERIFY(got.shape == expected.shape);
    const std::int64_t images = expected.shape[0], pixels = expected.size() / images;
    std::int64_t astray = 0;
    for (std::int64_t i = 0; i < images; ++i) {
        const auto of = [&](View<const float> all) { return all.span().subspan(static_cast<std::size_t>(i * pixels), static_cast<std::size_t>(pixels)); };
        if (relativeDistance(of(got), of(expected)) > 1e-4) ++astray;
    }
    QVERIFY2(astray <= images / 12, qPrintable(QString("%1 of %2 images").arg(astray).arg(images)));
    QVERIFY(relativeDistance(got.span(), expected.span()) <= 1e-2);
}

}  // namespace

class TestLanes : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        if (imageLanes() == 0) QSKIP("this processor, or the cap on its instruction sets, leaves no kernels for image lanes");
    }
    void cleanup() { setComputeThreads(0); }

    void convolutionsAgreeWithReference() {
        for (int index = 0; index < kCases; ++index) {
            const ConvolutionCase now = convolutionCase(index);
            LayerCase<float> reference(*findLayerKind("conv2d"), now.attributes, {now.input}, now.batch);
            reference.training = true;
            OpCase run(reference, Tier::OneDnn, -imageLanes(), now.batch + 3);
            run.request.imageLanes = imageLanes();
            run.request.wantInputGradient = {now.wantsInputGradient};
            run.request.activationSlope = now.slope;
            QVERIFY(lanesConv2dSuits(run.request));
            run.prepare();
            QVERIFY(run.op->implementation.starts_with("lanes"));
            run.run();
            reference.forward();
            std::vector<float> activated = reference.output;
            if (now.slope) {
                for (std::size_t i = 0; i < activated.size(); ++i) {
                    if (activated[i] > 0.0F) continue;
                    activated[i] *= *now.slope;
                    reference.outputGradient[i] *= *now.slope;
                }
            }
            reference.backward();
            reference.output = activated;
            compare(run, reference, now.wantsInputGradient);
            if (QTest::currentTestFailed()) {
                qWarning("case %d: input %s, batch %d", index, now.input.text().c_str(), static_cast<int>(now.batch));
                return;
            }
        }
    }

    void layersOnMapsAgreeWithReference_data() {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"max_pool", "avg_pool", "relu", "leaky_relu", "sigmoid", "tanh"}) QTest::newRow(kind) << QString(kind);
    }
    void layersOnMapsAgreeWithReference() {
        QFETCH(QString, kind);
        const LayerKind& layer = *findLayerKind(kind.toStdString());
        for (const LayerExample& example : layer.examples) {
            if (!example.inputs.front().isImage()) continue;
            for (const std::int64_t n : {1, 7, 8, 17}) {
                LayerCase<float> reference(layer, example.attributes, example.inputs, n);
                reference.training = true;
                OpCase run(reference, Tier::OneDnn, -imageLanes(), n + 2);
                run.prepare();
                QCOMPARE(run.op->outputBlock, -imageLanes());
                run.run();
                reference.forward();
                reference.backward();
                compare(run, reference, true);
                if (QTest::currentTestFailed()) return;
            }
        }
    }

    // Images that fill the last group only in part must not touch the others, whatever the lanes hold.
    void emptyLanesBringNothingIn() {
        const Attributes attributes{{"filters", std::int64_t{3}}};
        LayerCase<float> reference(*findLayerKind("conv2d"), attributes, {Shape{2, 5, 5}}, 3);
        reference.training = true;
        OpCase run(reference, Tier::OneDnn, -imageLanes(), 3);
        run.request.imageLanes = imageLanes();
        run.prepare();
        const int lanes = imageLanes();
        for (std::size_t i = 0; i < run.inputs[0].size(); ++i) {
            if (i % static_cast<std::size_t>(lanes) >= 3) run.inputs[0][i] = 123.0F;
        }
        run.run();
        reference.forward();
        reference.backward();
        compare(run, reference, true);
    }

    void networksAgreeWithOtherTiers_data() {
        QTest::addColumn<QString>("network");
        for (const char* name : {"conv20-conv50", "lenet-like"}) QTest::newRow(name) << QString(name);
    }
    void networksAgreeWithOtherTiers() {
        QFETCH(QString, network);
        const NetworkSpec spec = makePreset(network.toStdString()).value();
        for (const bool images : {false, true}) {
            CompileOptions options = trainingOptions(24);
            options.inputGradient = images;
            const auto fast = compiled(spec, options);
            QVERIFY(usesLanes(*fast));
            options.fastestTier = Tier::Portable;
            const auto other = compiled(spec, options);
            QVERIFY(!usesLanes(*other));
            const Images batch = randomImages(fast->inputShape(), 24, 10);
            for (const std::int64_t n : {24, 5, 1}) {
                const LossResult got = fast->trainStep(batch.first(n), batch.firstLabels(n), 5);
                const LossResult expected = other->trainStep(batch.first(n), batch.firstLabels(n), 5);
                QVERIFY(std::abs(got.loss - expected.loss) <= 1e-5 * expected.loss);
                QCOMPARE(got.correct, expected.correct);
                QVERIFY(relativeDistance(fast->gradients(), other->gradients()) <= 1e-4);
                if (images) compareInputGradients(fast->inputGradient(), other->inputGradient());
                QVERIFY(std::abs(fast->evaluate(batch.first(n), batch.firstLabels(n)).loss - expected.loss) <= 1e-5 * expected.loss);
            }
        }
    }

    void inferenceReadsNewWeights() {
        const NetworkSpec spec = makePreset("conv20-conv50").value();
        CompileOptions options;
        options.maximumBatch = 16;
        options.taps = {spec.nodes()[1].id};
        const auto fast = compiled(spec, options);
        QVERIFY(usesLanes(*fast));
        options.fastestTier = Tier::Reference;
        const auto reference = compiled(spec, options);
        const Images batch = randomImages(fast->inputShape(), 11, 10);
        for (const std::uint64_t seed : {1, 2}) {
            const WeightSet weights = initialWeights(spec, analyze(spec), seed);
            QVERIFY(fast->bind(weights).ok());
            QVERIFY(reference->bind(weights).ok());
            QVERIFY(relativeDistance(fast->forward(batch.view()).span(), reference->forward(batch.view()).span()) <= 1e-5);
            QVERIFY(relativeDistance(fast->tap(options.taps[0]).span(), reference->tap(options.taps[0]).span()) <= 1e-5);
        }
    }

    void sameBitsForAnyNumberOfThreads() {
        const Attributes attributes{{"filters", std::int64_t{23}}, {"kernel", std::vector<std::int64_t>{5, 5}}};
        std::vector<std::vector<float>> first;
        for (const int threads : {1, 2, 3}) {
            setComputeThreads(threads);
            LayerCase<float> reference(*findLayerKind("conv2d"), attributes, {Shape{7, 13, 12}}, 19);
            reference.training = true;
            OpCase run(reference, Tier::OneDnn, -imageLanes(), 19);
            run.request.imageLanes = imageLanes();
            run.prepare();
            run.run();
            std::vector<std::vector<float>> results = run.parameterGradients;
            results.push_back(run.denseOutput());
            results.push_back(run.denseInputGradient(0));
            if (first.empty()) first = results;
            QVERIFY(results == first);
        }
    }

    void networksRepeatBitForBit() {
        std::vector<float> first;
        for (int repeat = 0; repeat < 2; ++repeat) {
            const auto model = compiled(makePreset("conv20-conv50").value(), trainingOptions(19));
            const Images batch = randomImages(model->inputShape(), 19, 10);
            model->trainStep(batch.view(), batch.labels, 1);
            const std::vector<float> gradients(model->gradients().begin(), model->gradients().end());
            if (repeat == 0) first = gradients;
            QVERIFY(gradients == first);
        }
    }

    void chosenWhereChannelsWouldBePadded() {
        const auto lanesFor = [](const char* preset, std::int64_t batch) {
            return usesLanes(*compiled(makePreset(preset).value(), trainingOptions(batch)));
        };
        QVERIFY(lanesFor("conv20-conv50", 64));
        QVERIFY(lanesFor("lenet-like", 32));
        QVERIFY(!lanesFor("conv20-conv50", imageLanes() - 1));
        // 32 and 64 channels need no padding; with blocks of 8 the first layer decides.
        QCOMPARE(lanesFor("conv32-conv64", 16), imageLanes() == 8);
        QVERIFY(!usesLanes(*compiled(residualNetwork(), trainingOptions(32))));
    }
};

QTEST_GUILESS_MAIN(TestLanes)
#include "tst_lanes.moc"
