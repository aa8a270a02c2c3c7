// Fine-tuning with rounded weights and activations: PyTorch's straight-through gradient, weights on their grids after
// every step, the same network in integers, and a training without it that stays as it was.
#include <QtTest>

#include "core/compress/masks.h"
#include "core/compress/quantization/fine_tuning.h"
#include "core/compress/quantization/quantized_model.h"
#include "core/cpu/op.h"
#include "tests/core/tiny_training.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

struct TinyCase {
    NetworkSpec spec = tinyNetwork();
    DatasetPtr dataset = tinyDataset();
    WeightSet weights;
    CompressionPlan plan;
    ActivationRanges ranges;

    explicit TinyCase(int bits = 8, int activationBits = 8) {
        Recipe recipe = tinyRecipe();
        recipe.steps = 60;
        auto loop = TrainingLoop::create(spec, dataset, recipe).value();
        while (!loop->finished()) {
            if (const Status status = loop->runStep(); !status.ok()) throw std::runtime_error(status.error().sentence());
        }
        weights = *loop->publish();
        plan.quantization.activationBits = activationBits;
        for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = bits;
        if (activationBits == kFloatBits) return;
        ranges = chooseRanges(observeActivations(spec, weights, *dataset, plan.quantization, 0).value(), plan.quantization).value();
    }

    std::unique_ptr<TrainingLoop> loop(std::shared_ptr<const WeightConstraint> constraint,
                                       const std::map<NodeId, RoundedActivation>& rounded = {}, const Checkpoint* start = nullptr) const {
        auto made = TrainingLoop::create(spec, dataset, tinyRecipe(), start, start ? nullptr : &weights, std::move(constraint), rounded);
        if (!made.ok()) throw std::runtime_error(made.error().sentence());
        return std::move(made).value();
    }
    std::map<NodeId, RoundedActivation> rounded() const {
        return roundedActivations(makeIntegerNetwork(spec, weights, plan, ranges).value());
    }
    double accuracy(const WeightSet& tuned) const {
        auto model = QuantizedModel::make(spec, tuned, plan, ranges).value();
        return evaluateQuantized(*model, *dataset, Split::Validation).value().accuracy;
    }
};

void runSteps(TrainingLoop& loop, int count) {
    for (int i = 0; i < count; ++i) {
        const Status status = loop.runStep();
        if (!status.ok()) throw std::runtime_error(status.error().sentence());
    }
}

// Each filter of each layer has at most 2^bits − 1 different values, evenly spaced.
bool onGrids(const NetworkSpec& spec, const WeightSet& weights, int bits) {
    const int levels = (1 << (bits - 1)) - 1;
    for (const NodeId layer : compressibleLayers(spec)) {
        const ParameterEntry& entry = *weights.layout->find(layer, "weight");
        const auto values = weights.values(entry);
        const std::size_t each = values.size() / static_cast<std::size_t>(entry.spec.shape[0]);
        for (std::size_t first = 0; first < values.size(); first += each) {
            float largest = 0.0F;
            for (const float value : values.subspan(first, each)) largest = std::max(largest, std::abs(value));
            for (const float value : values.subspan(first, each)) {
                const float steps = largest > 0.0F ? value / largest * static_cast<float>(levels) : 0.0F;
                if (std::abs(steps - std::nearbyint(steps)) > 1e-4F) return false;
            }
        }
    }
    return true;
}

}  // namespace

class TestQat : public QObject {
    Q_OBJECT

  private slots:
    void straightThroughAsInPyTorch() {
        const auto entry = goldenCase("quantizer", "straight_through");
        const auto input = entry.at("input").get<GoldenArray>().floats();
        auto gradient = entry.at("output_gradient").get<GoldenArray>().floats();
        const auto count = static_cast<std::int64_t>(input.size());
        const RoundedActivation grid{entry.at("scale"), static_cast<float>(entry.at("zero_point").get<int>()), 0.0F, 255.0F};
        const auto op = makeRoundingOp(Shape{count}, 1, grid);
        std::vector<float> output(input.size()), inputGradient(input.size(), -9.0F);
        op->inputs = {input.data()};
        op->output = output.data();
        op->outputGradient = gradient.data();
        op->inputGradients = {inputGradient.data()};
        const StepContext context{.n = 1, .training = true, .backward = true};
        op->forward(context);
        op->backward(context);
        QVERIFY(largestDifference<float>(inputGradient, entry.at("input_gradient").get<GoldenArray>().data) == 0.0);
        const AffineQuantizer quantizer{grid.scale, static_cast<std::int32_t>(grid.zeroPoint), 0, 255};
        for (std::size_t i = 0; i < input.size(); ++i) QCOMPARE(output[i], quantizer.rounded(input[i]));
    }

    void usedWeightsLieOnTheirGrids() {
        for (const int bits : {8, 4, 2}) {
            const TinyCase test(bits);
            const auto loop = test.loop(roundedWeights(test.spec, test.weights, test.plan).value());
            for (int i = 0; i < 5; ++i) {
                runSteps(*loop, 1);
                QVERIFY(onGrids(test.spec, *loop->publish(), bits));
            }
            QVERIFY(!onGrids(test.spec, loop->checkpoint().weights, bits));  // the trained ones are exact
        }
    }

    void prunedWeightsStayZero() {
        TinyCase test(4);
        for (std::size_t i = 0; i < test.weights.parameters.size(); i += 3) {
            test.weights.parameters[i] = 0.0F;
        }
        const auto masks = std::make_shared<const Masks>(masksOfZeros(test.weights));
        const auto loop = test.loop(roundedWeights(test.spec, test.weights, test.plan, maskConstraint(masks)).value());
        runSteps(*loop, 6);
        const WeightSet tuned = *loop->publish();
        for (std::size_t i = 0; i < masks->keep.size(); ++i) {
            if (masks->keep[i] == 0) QCOMPARE(tuned.parameters[i], 0.0F);
        }
        QVERIFY(onGrids(test.spec, tuned, 4));
    }

    void resumesBitForBit() {
        const TinyCase test(4);
        const auto constraint = roundedWeights(test.spec, test.weights, test.plan).value();
        const auto whole = test.loop(constraint, test.rounded());
        runSteps(*whole, 4);
        const Checkpoint middle = whole->checkpoint();
        runSteps(*whole, 6);
        const auto resumed = test.loop(constraint, test.rounded(), &middle);
        runSteps(*resumed, 6);
        QVERIFY(sameState(whole->checkpoint(), resumed->checkpoint()));
    }

    // What the training sees in evaluation mode is what the integers compute, up to float rounding at ties.
    void trainingSeesTheIntegerNetwork() {
        const TinyCase test(8);
        const auto loop = test.loop(roundedWeights(test.spec, test.weights, test.plan).value(), test.rounded());
        Tensor images(test.dataset->info().imageShape.withBatch(16));
        std::vector<int> labels;
        for (std::int64_t i = 0; i < 16; ++i) {
            test.dataset->image(Split::Validation, i, images.span().subspan(static_cast<std::size_t>(64 * i), 64));
            labels.push_back(test.dataset->label(Split::Validation, i));
        }
        const double seen = loop->model().evaluate(images.view(), labels).loss;
        auto integers = QuantizedModel::make(test.spec, test.weights, test.plan, test.ranges).value();
        const double real = integers->evaluate(images.view(), labels).loss;
        CompileOptions options;
        auto exact = Model::compile(test.spec, options).value();
        QVERIFY(exact->bind(test.weights).ok());
        const double unrounded = exact->evaluate(images.view(), labels).loss;
        QVERIFY2(std::abs(seen - real) < 0.02 * real, qPrintable(QString("%1 %2").arg(seen).arg(real)));
        QVERIFY(seen != unrounded);
    }

    void fineTuningHelpsCoarseWeights() {
        const TinyCase test(2, 4);
        const double before = test.accuracy(test.weights);
        const auto loop = test.loop(roundedWeights(test.spec, test.weights, test.plan).value(), test.rounded());
        runSteps(*loop, 30);
        const double after = test.accuracy(*loop->bestWeights());
        QVERIFY2(after >= before && after > 0.9, qPrintable(QString("%1 → %2").arg(before).arg(after)));
    }

    // Rounding again what has been trained on a grid changes nothing.
    void tunedWeightsKeepTheirIntegers() {
        const TinyCase test(4);
        const auto loop = test.loop(roundedWeights(test.spec, test.weights, test.plan).value());
        runSteps(*loop, 5);
        const WeightSet tuned = *loop->publish();
        const WeightSet again = dequantizedWeights(test.spec, tuned, test.plan).value();
        for (std::size_t i = 0; i < tuned.parameters.size(); ++i) {
            QVERIFY(std::abs(tuned.parameters[i] - again.parameters[i]) <= 1e-6F * std::abs(tuned.parameters[i]));
        }
    }

    void withoutRoundingNothingChanges() {
        const TinyCase test;
        const auto plain = TrainingLoop::create(test.spec, test.dataset, tinyRecipe(), nullptr, &test.weights).value();
        const auto empty = test.loop({}, {});
        runSteps(*plain, 12);
        runSteps(*empty, 12);
        QVERIFY(sameState(plain->checkpoint(), empty->checkpoint()));
        QCOMPARE(plain->model().arenaBytes(), empty->model().arenaBytes());
    }

    void nothingToRound() {
        const TinyCase test(kFloatBits, kFloatBits);
        const auto constraint = roundedWeights(test.spec, test.weights, test.plan);
        QVERIFY(!constraint.ok());
        QVERIFY(constraint.error().sentence().find("quantises no layer") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestQat)
#include "tst_qat.moc"
