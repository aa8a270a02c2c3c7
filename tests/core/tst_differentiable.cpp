// Gradients of inference models with respect to images and taps.
#include <QtTest>

#include "tests/core/network_examples.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::unique_ptr<Model> compile(const NetworkSpec& spec, CompileOptions options) {
    auto model = Model::compile(spec, options);
    if (!model.ok()) qFatal("%s", model.error().sentence().c_str());
    return std::move(model).value();
}

CompileOptions differentiable(std::int64_t batch, Tier tier = Tier::OneDnn) {
    CompileOptions options;
    options.maximumBatch = batch;
    options.differentiable = true;
    options.fastestTier = tier;
    options.seed = 3;
    return options;
}

// Fixed weights for the sum of logits, so that no term cancels.
Tensor seeds(const Shape& shape) {
    Tensor tensor(shape);
    RandomSequence random(9, RandomStreamId::Data);
    for (float& value : tensor.span()) value = random.uniform(-1.0F, 1.0F);
    return tensor;
}

// Statistics away from 0 and 1, so that a model that took the batch's would answer otherwise.
WeightSet unusualWeights(const NetworkSpec& spec) {
    WeightSet weights = initialWeights(spec, analyze(spec), 3);
    RandomSequence random(4, RandomStreamId::Data);
    for (float& value : weights.statistics) value = random.uniform(0.5F, 1.5F);
    for (float& value : weights.parameters) value += random.uniform(-0.02F, 0.02F);
    return weights;
}

NetworkSpec networkOf(const QString& name) {
    if (name == "residual") return residualNetwork();
    if (name == "mixed") return mixedNetwork();
    return *makePreset(name.toStdString());
}

NodeId nodeNamed(const NetworkSpec& spec, const char* name) {
    const Node* node = spec.nodeByName(name);
    if (node == nullptr) qFatal("no layer %s", name);
    return node->id;
}

}  // namespace

class TestDifferentiable : public QObject {
    Q_OBJECT

private slots:
    void imageGradientIsThatOfTheOracle_data() {
        QTest::addColumn<QString>("network");
        for (const char* name : {"residual", "mixed", "lenet-like", "conv20-conv50"}) QTest::newRow(name) << name;
    }

    // The fast tiers against plain loops, which finite differences check below.
    void imageGradientIsThatOfTheOracle() {
        QFETCH(QString, network);
        const NetworkSpec spec = networkOf(network);
        const WeightSet weights = unusualWeights(spec);
        const auto oracle = compile(spec, differentiable(5, Tier::Reference));
        const Images images = randomImages(oracle->inputShape(), 5, 2);
        QVERIFY(oracle->bind(weights).ok());
        oracle->forward(images.view());
        const Tensor seed = seeds(oracle->logits().shape);
        oracle->backward(seed.view());
        for (const Tier tier : {Tier::Portable, Tier::OneDnn}) {
            const auto model = compile(spec, differentiable(8, tier));
            QVERIFY(model->bind(weights).ok());
            model->forward(images.view());
            model->backward(seed.view());
            const double distance = relativeDistance(model->inputGradient().span(), oracle->inputGradient().span());
            QVERIFY2(distance < 2e-5, qPrintable(QString("tier %1: %2").arg(tierName(tier)).arg(distance)));
        }
    }

    // What the forward pass has left stays until the next one.
    void backwardMayBeCalledAgain_data() { imageGradientIsThatOfTheOracle_data(); }
    void backwardMayBeCalledAgain() {
        QFETCH(QString, network);
        const NetworkSpec spec = networkOf(network);
        for (const Tier tier : {Tier::Reference, Tier::Portable, Tier::OneDnn}) {
            const auto model = compile(spec, differentiable(5, tier));
            QVERIFY(model->bind(unusualWeights(spec)).ok());
            const Images images = randomImages(model->inputShape(), 5, 2);
            model->forward(images.view());
            const std::vector<float> logits(model->logits().data, model->logits().data + model->logits().size());
            const Tensor seed = seeds(model->logits().shape);
            Tensor other = seed.clone();
            for (float& value : other.span()) value = 1.0F - value;
            model->backward(seed.view());
            const View<const float> gradient = model->inputGradient();
            const std::vector<float> first(gradient.data, gradient.data + gradient.size());
            model->backward(other.view());
            QVERIFY(relativeDistance(first, model->inputGradient().span()) > 1e-2);
            model->backward(seed.view());
            QVERIFY(std::ranges::equal(first, model->inputGradient().span()));
            QVERIFY(std::ranges::equal(logits, model->logits().span()));
        }
    }

    void imageGradientIsTheFiniteDifference_data() {
        QTest::addColumn<QString>("network");
        for (const char* name : {"residual", "mixed", "lenet-like"}) QTest::newRow(name) << name;
    }

    void imageGradientIsTheFiniteDifference() {
        QFETCH(QString, network);
        const NetworkSpec spec = networkOf(network);
        const auto model = compile(spec, differentiable(1, Tier::Reference));
        QVERIFY(model->bind(unusualWeights(spec)).ok());
        Images image = randomImages(model->inputShape(), 1, 2);
        model->forward(image.view());
        const Tensor seed = seeds(model->logits().shape);
        model->backward(seed.view());
        const View<const float> now = model->inputGradient();
        const std::vector<float> gradient(now.data, now.data + now.size());
        const auto objective = [&] {
            model->forward(image.view());
            double sum = 0.0;
            for (std::int64_t i = 0; i < seed.size(); ++i) sum += static_cast<double>(seed.data()[i]) * model->logits()[i];
            return sum;
        };
        // Kinks of ReLU and max pooling make single pixels differ; most must agree.
        int agree = 0;
        const int probes = 40;
        RandomSequence random(5, RandomStreamId::Data);
        for (int probe = 0; probe < probes; ++probe) {
            float& pixel = image.tensor.data()[random.below(static_cast<std::uint32_t>(image.tensor.size()))];
            const float before = pixel;
            const float h = 2e-3F;
            pixel = before + h;
            const double above = objective();
            pixel = before - h;
            const double below = objective();
            pixel = before;
            const double difference = (above - below) / (2.0 * h);
            const double expected = gradient[static_cast<std::size_t>(&pixel - image.tensor.data())];
            if (std::abs(difference - expected) < 2e-3 + 0.02 * std::abs(expected)) ++agree;
        }
        QVERIFY2(agree >= probes * 9 / 10, qPrintable(QString("%1 of %2 pixels").arg(agree).arg(probes)));
    }

    // d(objective)/d(image) = Jacobian of the part before a tap, transposed, times the tap's gradient.
    void tapGradientsContinueTheChain_data() {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("layer");
        QTest::newRow("convolution") << "lenet-like" << "Conv 1";
        QTest::newRow("its activation") << "lenet-like" << "ReLU 1";
        QTest::newRow("pooling") << "lenet-like" << "Pool 2";
        QTest::newRow("dense") << "lenet-like" << "Dense 1";
        QTest::newRow("blocked layout") << "conv20-conv50" << "Conv 2";
        QTest::newRow("masked by its pooling") << "conv20-conv50" << "ReLU 2";
        QTest::newRow("batch norm") << "residual" << "Batch norm 1";
        QTest::newRow("last sum") << "residual" << "Add 2";
        QTest::newRow("concat") << "mixed" << "Concat 1";
    }

    void tapGradientsContinueTheChain() {
        QFETCH(QString, network);
        QFETCH(QString, layer);
        const NetworkSpec spec = networkOf(network);
        const NodeId tap = nodeNamed(spec, layer.toUtf8().constData());
        const WeightSet weights = unusualWeights(spec);
        CompileOptions options = differentiable(3);
        options.taps = {tap};
        const auto model = compile(spec, options);
        const Images images = randomImages(model->inputShape(), 3, 2);
        QVERIFY(model->bind(weights).ok());
        model->forward(images.view());
        model->backward(seeds(model->logits().shape).view());
        QCOMPARE(model->tapGradient(tap).shape, model->tap(tap).shape);

        CompileOptions untilTap = differentiable(3);
        untilTap.end = tap;
        const auto front = compile(spec, untilTap);
        QVERIFY(front->bind(weights).ok());
        front->forward(images.view());
        QVERIFY(relativeDistance(front->logits().span(), model->tap(tap).span()) < 1e-5);
        front->backward(model->tapGradient(tap));
        const double distance = relativeDistance(front->inputGradient().span(), model->inputGradient().span());
        QVERIFY2(distance < 2e-5, qPrintable(QString::number(distance)));
    }

    void forwardIsThatOfAnInferenceModel() {
        const NetworkSpec spec = residualNetwork();
        const WeightSet weights = unusualWeights(spec);
        const auto model = compile(spec, differentiable(6));
        CompileOptions options;
        options.maximumBatch = 6;
        const auto inference = compile(spec, options);
        const Images images = randomImages(model->inputShape(), 6, 10);
        QVERIFY(model->bind(weights).ok());
        QVERIFY(inference->bind(weights).ok());
        inference->forward(images.view());
        QVERIFY(relativeDistance(model->forward(images.view()).span(), inference->forward(images.view()).span()) < 1e-5);
    }

    // Also after another batch size and other weights, which private copies of the weights must follow.
    void imagesDoNotInfluenceOneAnother() {
        const NetworkSpec spec = residualNetwork();
        const auto model = compile(spec, differentiable(7));
        const Images images = randomImages(model->inputShape(), 7, 10);
        const auto gradientOf = [&](std::int64_t n) {
            model->forward(images.first(n));
            model->backward(seeds(model->logits().shape).view());
            const View<const float> gradient = model->inputGradient();
            return std::vector<float>(gradient.data, gradient.data + gradient.size() / n);
        };
        const auto fresh = gradientOf(7);
        QVERIFY(model->bind(unusualWeights(spec)).ok());
        const auto first = gradientOf(7);
        QVERIFY(relativeDistance(fresh, first) > 1e-2);
        QVERIFY(relativeDistance(gradientOf(1), first) < 1e-5);
        QVERIFY(relativeDistance(gradientOf(4), first) < 1e-5);
        QCOMPARE(gradientOf(7), first);
    }

    void bindingLiveBuffersEqualsBindingTheirCopy() {
        const NetworkSpec spec = *makePreset("lenet-like");
        CompileOptions options;
        options.training = true;
        options.seed = 8;
        const auto trained = compile(spec, options);
        const auto a = compile(spec, differentiable(2));
        const auto b = compile(spec, differentiable(2));
        QVERIFY(a->bind(trained->copyWeights(0)).ok());
        b->bind(trained->parameters(), trained->statistics());
        const Images images = randomImages(a->inputShape(), 2, 10);
        QCOMPARE(relativeDistance(a->forward(images.view()).span(), b->forward(images.view()).span()), 0.0);
    }

    // Whatever layout the layers use.
    void modelsThatEndEarlyAnswerDense() {
        const NetworkSpec spec = *makePreset("conv20-conv50");
        CompileOptions options;
        options.maximumBatch = 2;
        options.end = nodeNamed(spec, "Conv 2");
        const auto fast = compile(spec, options);
        options.fastestTier = Tier::Reference;
        const auto plain = compile(spec, options);
        QCOMPARE(QString::fromStdString(fast->outputShape().text()), QStringLiteral("50×8×8"));
        QVERIFY(fast->bind(unusualWeights(spec)).ok());
        QVERIFY(plain->bind(unusualWeights(spec)).ok());
        const Images images = randomImages(fast->inputShape(), 2, 10);
        QVERIFY(relativeDistance(fast->forward(images.view()).span(), plain->forward(images.view()).span()) < 1e-5);
    }
};

QTEST_GUILESS_MAIN(TestDifferentiable)
#include "tst_differentiable.moc"
