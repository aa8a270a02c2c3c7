// The bodies of the CUDA kernels, run in plain loops, against the layers' reference arithmetic: every kind, its examples and
// random attributes, forward and gradients, training and evaluation; losses and optimizers against the processor's.
#include <QtTest>
#include <cmath>

#include "core/backend/gpu_update.h"
#include "core/cpu/portable/loss.h"
#include "gpu/plan/update.h"
#include "tests/core/random_layers.h"
#include "tests/gpu/device_op_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr double kTolerance = 2e-5;
constexpr double kLeast = 0.02;  // where a function is flat, only rounding is left of a gradient
constexpr int kRandomCases = 60;

constexpr std::pair<gpu::Kernels, const char*> kEveryChoice[] = {{gpu::Kernels::Plain, "plain"}, {gpu::Kernels::SmallTiles, "small tiles"}, {gpu::Kernels::LargeTiles, "large tiles"}};

std::string disagreementOf(const LayerKind& kind, const LayerExample& example, std::int64_t batch, bool training, bool far) {
    LayerCase<float> reference(kind, example.attributes, example.inputs, batch);
    reference.training = training;
    for (float& gradient : reference.outputGradient) gradient += 0.3F;  // or sums would cancel
    for (auto& input : reference.inputs) {
        for (float& value : input) value *= far ? 5.0F : 1.0F;
    }
    const std::vector<std::vector<float>> parameters = reference.parameters;
    reference.forward();
    reference.backward();
    std::string found;
    for (const auto& [kernels, name] : kEveryChoice) {
        LayerCase<float> fresh = reference;
        fresh.parameters = parameters;  // running statistics change
        DeviceOpCase run(fresh, kernels);
        run.run();
        found = deviceDisagreement(run, reference, kTolerance, kLeast);
        if (!found.empty()) return name + (": " + found);
    }
    return found;
}

void addKinds() {
    QTest::addColumn<int>("kindIndex");
    for (std::size_t k = 0; k < layerKinds().size(); ++k) QTest::newRow(layerKinds()[k]->id.c_str()) << static_cast<int>(k);
}

struct LossCase {
    Shape shape{5, 7};
    std::vector<float> values = spreadValues<float>(35, 3), weights = {0.5F, 2.0F, 0.0F, 1.0F, 1.5F, 0.25F, 3.0F};
    std::vector<int> labels = {0, 6, 2, 2, 4};
    std::vector<std::int32_t> deviceLabels{labels.begin(), labels.end()};
    std::vector<float> gradient = std::vector<float>(35, 1e30F), expectedGradient = gradient;
    std::vector<gpu::ImageLoss> losses = std::vector<gpu::ImageLoss>(5);
    gpu::BatchLoss total{};

    void compare(const LossResult& expected) const {
        QCOMPARE(total.correct, expected.correct);
        QVERIFY2(std::abs(total.loss - expected.loss) < 1e-12 * std::max(1.0, expected.loss), qPrintable(QString::number(total.loss - expected.loss)));
        QVERIFY(relativeError(gradient, expectedGradient, 1e-6) < 1e-6);
    }
};

}  // namespace

class TestKernelBodies : public QObject {
    Q_OBJECT

  private slots:
    void examplesAgree_data() { addKinds(); }
    void examplesAgree() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        for (const LayerExample& example : kind.examples) {
            for (const std::int64_t batch : {std::int64_t{example.batch}, std::int64_t{1}}) {
                for (const bool training : {true, false}) {
                    const std::string found = disagreementOf(kind, example, batch, training, false);
                    QVERIFY2(found.empty(), (example.name + ", batch " + std::to_string(batch) + (training ? "" : ", evaluation") + ": " + found).c_str());
                }
            }
        }
    }

    void randomAttributesAgree_data() { addKinds(); }
    void randomAttributesAgree() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        for (int i = 0; i < kRandomCases; ++i) {
            const LayerExample example = randomExample(kind, static_cast<std::uint64_t>(1000 + i));
            const std::string found = disagreementOf(kind, example, example.batch, i % 3 != 2, i % 4 == 1);
            QVERIFY2(found.empty(), ("case " + std::to_string(i) + ", " + describe(kind, example) + ": " + found).c_str());
        }
    }

    void nanIsTheLargestOfAPooling() {
        const float nan = std::nanf("");
        LayerCase<float> reference(*findLayerKind("max_pool"), {}, {Shape{1, 2, 4}}, 1);
        reference.inputs[0] = {1, nan, 2, 3, 5, 4, nan, nan};
        DeviceOpCase run(reference);
        run.inputs[0] = reference.inputs[0];
        run.memory.inputs[0] = run.inputs[0].data();
        run.run();
        reference.forward();
        reference.backward();
        QVERIFY(std::isnan(run.output[0]) && std::isnan(run.output[1]) && std::isnan(reference.output[0]) && std::isnan(reference.output[1]));
        QCOMPARE(run.inputGradients[0], reference.inputGradients[0]);
    }

    void philoxIsTheProcessors() {
        for (std::uint32_t k = 0; k < 20; ++k) {
            const auto expected = philox({k * 77U, ~k}, {k, 3U * k, 0xffffffffU - k, k << 20});
            const std::uint64_t low = (std::uint64_t{3U * k} << 32) | k, high = (std::uint64_t{k << 20} << 32) | (0xffffffffU - k);
            const gpu::Philox got(k * 77U, ~k, low, high);
            for (std::size_t i = 0; i < 4; ++i) QCOMPARE(got.value[i], expected[i]);
        }
    }

    void crossEntropyAgrees_data() {
        QTest::addColumn<double>("smoothing");
        QTest::addColumn<bool>("weighted");
        for (const double smoothing : {0.0, 0.1}) {
            for (const bool weighted : {false, true}) QTest::addRow("smoothing %g, %s", smoothing, weighted ? "weighted" : "plain") << smoothing << weighted;
        }
    }
    void crossEntropyAgrees() {
        QFETCH(double, smoothing);
        QFETCH(bool, weighted);
        LossCase c;
        c.values[3] = 300.0F;  // exp would overflow
        LossTargets targets{.smoothing = smoothing, .classWeights = {}};
        if (weighted) targets.classWeights = c.weights;
        const LossResult expected = computeLoss(LossKind::CrossEntropy, {c.values.data(), c.shape}, c.labels, {c.expectedGradient.data(), c.shape}, targets);
        const float* weights = weighted ? c.weights.data() : nullptr;
        const std::vector<gpu::Launch> launches = {
            gpu::launchOf(gpu::LossScale{c.deviceLabels.data(), weights, &c.total, 5}, 1),
            gpu::launchOf(gpu::CrossEntropy{c.values.data(), c.deviceLabels.data(), weights, &c.total, c.losses.data(), c.gradient.data(), 7, smoothing}, 5),
            gpu::launchOf(gpu::LossTotal{c.losses.data(), &c.total, 5}, 1)};
        gpu::runOnHost(launches);
        c.compare(expected);
    }

    // A block per image, of which a part of the threads has no class, one, or several.
    void manyClassesAgree_data() {
        QTest::addColumn<int>("classes");
        QTest::addColumn<double>("smoothing");
        QTest::addColumn<bool>("weighted");
        for (const int classes : {1, 7, 255, 256, 257, 1000}) {
            for (const double smoothing : {0.0, 0.1}) {
                for (const bool weighted : {false, true}) QTest::addRow("%d classes, smoothing %g, %s", classes, smoothing, weighted ? "weighted" : "plain") << classes << smoothing << weighted;
            }
        }
    }
    void manyClassesAgree() {
        QFETCH(int, classes);
        QFETCH(double, smoothing);
        QFETCH(bool, weighted);
        constexpr int kImages = 3;
        const auto count = static_cast<std::size_t>(classes);
        std::vector<float> values = spreadValues<float>(kImages * classes, 3), weights = spreadValues<float>(classes, 4);
        for (float& value : values) value *= 20.0F;
        for (float& weight : weights) weight = std::max(0.0F, weight);  // some are 0
        values[count / 2] = 300.0F;                                     // exp would overflow
        values[count + count / 3] = values[count + count / 2] = 90.0F;  // the first of equals is the answer
        if (classes > 1) values[2 * count] = -INFINITY;
        const std::vector<std::int32_t> labels = {static_cast<std::int32_t>(count / 2), static_cast<std::int32_t>(count / 3), classes - 1};
        gpu::BatchLoss total{.scale = 0.7, .loss = 0.0, .correct = 0};
        std::vector<float> gradients[2];
        std::vector<gpu::ImageLoss> losses[2];
        for (const int byBlocks : {0, 1, 1}) {
            const std::vector<float> before = gradients[byBlocks];
            gradients[byBlocks].assign(values.size(), 1e30F);
            losses[byBlocks].resize(kImages);
            const gpu::CrossEntropy plain{values.data(), labels.data(), weighted ? weights.data() : nullptr, &total, losses[byBlocks].data(), gradients[byBlocks].data(), classes, smoothing};
            const gpu::Launch launch = byBlocks != 0 ? gpu::launchOf(gpu::BlockOfClasses<gpu::CrossEntropyClasses>{{plain}, classes}, kImages) : gpu::launchOf(plain, kImages);
            gpu::runOnHost({&launch, 1});
            if (!before.empty()) QCOMPARE(gradients[byBlocks], before);  // bit for bit
        }
        for (int n = 0; n < kImages; ++n) {
            const gpu::ImageLoss &got = losses[1][static_cast<std::size_t>(n)], &expected = losses[0][static_cast<std::size_t>(n)];
            QCOMPARE(got.correct, expected.correct);
            QVERIFY2(got.loss == expected.loss || std::abs(got.loss - expected.loss) < 1e-12 * std::max(1.0, std::abs(expected.loss)), qPrintable(QString::number(got.loss - expected.loss)));
        }
        QVERIFY(relativeError(gradients[1], gradients[0], 1e-6) < 1e-6);
    }

    // Scores that say nothing: the block and the thread answer alike.
    void scoresWithoutAnswer() {
        const float nan = std::nanf(""), inf = INFINITY;
        const std::vector<float> values = {nan, 1, 2, 1, nan, 5, -inf, -inf, -inf, inf, 1, inf, nan, nan, nan};
        const std::vector<std::int32_t> labels = {0, 2, 0, 0, 0};
        const gpu::BatchLoss total{.scale = 1.0, .loss = 0.0, .correct = 0};
        std::vector<float> gradients[2] = {std::vector<float>(15), std::vector<float>(15)}, shares[2] = {gradients[0], gradients[0]};
        std::vector<gpu::ImageLoss> losses[2] = {std::vector<gpu::ImageLoss>(5), std::vector<gpu::ImageLoss>(5)};
        for (const std::size_t b : {0U, 1U}) {
            const gpu::CrossEntropy entropy{values.data(), labels.data(), nullptr, &total, losses[b].data(), gradients[b].data(), 3, 0.0};
            const gpu::Softmax softmax{values.data(), shares[b].data(), 3};
            const std::vector<gpu::Launch> launches = {
                b == 1 ? gpu::launchOf(gpu::BlockOfClasses<gpu::CrossEntropyClasses>{{entropy}, 3}, 5) : gpu::launchOf(entropy, 5),
                b == 1 ? gpu::launchOf(gpu::BlockOfClasses<gpu::SoftmaxClasses>{{softmax}, 3}, 5) : gpu::launchOf(softmax, 5)};
            gpu::runOnHost(launches);
        }
        for (std::size_t n = 0; n < 5; ++n) {
            QCOMPARE(losses[1][n].correct, losses[0][n].correct);
            QVERIFY(std::isnan(losses[1][n].loss) && std::isnan(losses[0][n].loss));
            for (std::size_t k = 3 * n; k < 3 * n + 3; ++k) QVERIFY(std::isnan(gradients[1][k]) == std::isnan(gradients[0][k]) && std::isnan(shares[1][k]) && std::isnan(shares[0][k]));
        }
    }

    void squaredErrorAgrees() {
        LossCase c;
        const LossResult expected = computeLoss(LossKind::MeanSquaredError, {c.values.data(), c.shape}, c.labels, {c.expectedGradient.data(), c.shape});
        const std::vector<gpu::Launch> launches = {
            gpu::launchOf(gpu::LossScale{c.deviceLabels.data(), nullptr, &c.total, 5}, 1),
            gpu::launchOf(gpu::SquaredError{c.values.data(), c.deviceLabels.data(), &c.total, c.losses.data(), c.gradient.data(), 7}, 5),
            gpu::launchOf(gpu::LossTotal{c.losses.data(), &c.total, 5}, 1)};
        gpu::runOnHost(launches);
        c.compare(expected);
    }

    void optimizersAgree_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"sgd:momentum=0", "sgd", "sgd:nesterov=true", "adam", "adamw", "rmsprop", "rmsprop:momentum=0.8", "rmsprop:centered=true",
                                 "rmsprop:centered=true,momentum=0.8", "adagrad:lr_decay=0.1"}) {
            QTest::newRow(text) << text;
        }
        QCOMPARE(optimizers().size(), std::size_t{5});  // a new one needs a row above
    }
    // The same bits: both round after every operation.
    void optimizersAgree() {
        QFETCH(QString, text);
        const OptimizerSpec spec = parseOptimizer(text.toStdString()).value();
        const Optimizer& optimizer = *findOptimizer(spec.kind);
        constexpr std::int64_t kCount = 101;
        std::vector<float> ours = spreadValues<float>(kCount, 1), theirs = ours;
        std::vector<float> theirState(optimizer.stateSize(spec, kCount));
        std::vector<float> ourState;
        for (std::int64_t step = 1; step <= 5; ++step) {
            const std::vector<float> gradients = spreadValues<float>(kCount, static_cast<std::uint64_t>(10 + step));
            optimizer.update(spec, {.parameters = theirs, .gradients = gradients, .state = theirState, .rate = 0.05, .weightDecay = 0.01, .step = step});
            const ConvolabGpuUpdate update = describeGpuUpdate(spec, 0.05, 0.01, step).value();
            ourState.resize(static_cast<std::size_t>(gpu::updateStates(update) * kCount));
            const gpu::Launch launch = gpu::updateLaunch(update, &update, ours.data(), gradients.data(), ourState.data(), kCount);
            gpu::runOnHost({&launch, 1});
            QCOMPARE(ours, theirs);
            QCOMPARE(ourState, theirState);
        }
    }
};

QTEST_GUILESS_MAIN(TestKernelBodies)
#include "tst_kernel_bodies.moc"
