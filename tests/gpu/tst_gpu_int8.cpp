// Inference in integers by the bodies of the CUDA kernels: the bits of the processor's plain loops, by one thread per result and by tiles;
// whole networks, real digits, and trainings whose activations are rounded.
#include <QtTest>

#include <set>

#include "core/backend/gpu_quantized.h"
#include "core/backend/gpu_quantized_model.h"
#include "core/compress/quantization/fine_tuning.h"
#include "core/cpu/op.h"
#include "core/util/device_lost.h"
#include "datasets/catalogue.h"
#include "gpu/plan/network_plan.h"
#include "tests/core/integer_case.h"
#include "tests/core/kind_network.h"
#include "tests/core/quantization_case.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"
#include "tests/support/data_dir.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

using Bytes = std::vector<std::uint8_t>;

using Choice = std::pair<gpu::Kernels, const char*>;
constexpr Choice kEveryChoice[] = {{gpu::Kernels::Automatic, "automatic"}, {gpu::Kernels::Plain, "plain"},
                                                                 {gpu::Kernels::SmallTiles, "small tiles"}, {gpu::Kernels::LargeTiles, "large tiles"}};

Bytes shifted(const Bytes& bytes) {
    Bytes result = bytes;
    for (auto& byte : result) byte = static_cast<std::uint8_t>(byte ^ 0x80U);
    return result;
}

/// One operation on bytes as the processor has them; `valueBytes` of a result.
Bytes onDevice(const GpuOp& described, const std::vector<Bytes>& inputs, std::int64_t n, gpu::Kernels kernels) {
    const gpu::OpRules& rules = gpu::rulesOf(described.op.kind);
    const gpu::OpTables tables = gpu::tablesOf(described.op);
    const std::size_t each = rules.valueBytes(described.op), size = static_cast<std::size_t>(n * gpu::sizeOf(described.op.output)) * each;
    std::vector<float> scratch(gpu::kSplitBytes / sizeof(float)), output((size + 16) / sizeof(float) + 1);
    std::vector<Bytes> moved;
    for (const Bytes& input : inputs) moved.push_back(shifted(input));
    gpu::OpMemory memory;
    for (const Bytes& input : moved) memory.inputs.push_back(reinterpret_cast<const float*>(input.data()));
    memory.output = output.data();
    memory.table = tables.table.data();
    memory.constants = tables.constants.data();
    memory.bytes = tables.bytes.data();
    memory.scratch = scratch.data();
    std::memset(output.data(), 0x55, output.size() * sizeof(float));
    std::vector<gpu::Launch> launches;
    rules.forward({described.op, memory, n, false, launches, kernels});
    gpu::runOnHost(launches);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(output.data());
    Bytes result(bytes, bytes + size);
    for (std::size_t i = 0; i < 16; ++i) {
        if (bytes[size + i] != 0x55) throw std::runtime_error("the operation wrote behind its output");
    }
    return each == 1 ? shifted(result) : result;
}

template <class Operation>
GpuOp described(const Operation& operation, const std::vector<Shape>& inputs, const Shape& output, bool reals = false) {
    IntegerLayer step;
    step.output = output;
    step.operation = operation;
    if (!reals) step.grid = AffineQuantizer{.scale = 0.5F, .zeroPoint = 100, .lowest = 0, .highest = 255};
    GpuOp op = describeGpuInteger(step, inputs);
    op.inputs.assign(inputs.size(), 0);
    op.connect();
    return op;
}

/// Empty: the reference's bits with every choice of kernels.
QString compare(const Convolution& c, const Bytes& x, std::int64_t n, std::span<const Choice> choices = kEveryChoice) {
    const std::size_t size = static_cast<std::size_t>(n * c.output.size()) * (c.floatOutput ? sizeof(float) : 1);
    Bytes expected(size);
    reference(c, n, x.data(), expected.data());
    const GpuOp op = described(c, {c.input}, c.output, c.floatOutput);
    for (const auto& [kernels, name] : choices) {
        const Bytes got = onDevice(op, {x}, n, kernels);
        if (got == expected) continue;
        const auto at = std::mismatch(expected.begin(), expected.end(), got.begin()).first - expected.begin();
        return QString("%1, %2 images, %3: byte %4 of %5").arg(describe(c)).arg(n).arg(name).arg(at).arg(size);
    }
    return {};
}

// A vector has no order of channels: what gives float32 is dense.
Convolution denseOrBytes(Convolution c) {
    c.floatOutput = c.floatOutput && c.output.height() * c.output.width() == 1;
    return c;
}

std::unique_ptr<QuantizedModel> onDevice(const QuantizationCase& test, std::int64_t batch) {
    auto made = quantizedOnGpu(hostModule(), 0, test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = batch});
    if (!made.ok()) throw std::runtime_error(made.error().sentence());
    return std::move(made).value();
}

std::vector<float> copy(View<const float> values) { return {values.span().begin(), values.span().end()}; }

/// Whether no float32 arithmetic lies before the logits.
bool integersToTheLogits(const IntegerNetwork& network) {
    for (std::size_t i = 0; i <= static_cast<std::size_t>(network.logits); ++i) {
        if (network.layers[i].isFloat()) return false;
    }
    return true;
}

NetworkSpec residual() { return residualNetwork(); }
NetworkSpec mixed() { return mixedNetwork(); }
NetworkSpec tiny() { return tinyNetwork(); }
NetworkSpec convolutions() { return makePreset("conv20-conv50").value(); }
NetworkSpec dense() { return makePreset("mlp-512-256").value(); }
NetworkSpec depthwise() {  // odd counts of channels, a batch norm by itself, tables, groups, padding that counts and that does not
    using I = std::vector<std::int64_t>;
    return chain({{"input", {{"shape", I{3, 11, 10}}}}, {"batch_norm", {}}, {"relu", {}},
                  {"conv2d", {{"filters", std::int64_t{27}}, {"groups", std::int64_t{3}}, {"pads", I{1, 1, 1, 1}}}},
                  {"conv2d", {{"filters", std::int64_t{27}}, {"groups", std::int64_t{27}}, {"stride", I{2, 2}}, {"dilation", I{2, 1}}}},
                  {"batch_norm", {}}, {"leaky_relu", {}}, {"avg_pool", {{"pads", I{1, 1, 0, 0}}, {"count_include_pad", false}}},
                  {"flatten", {}}, {"dense", {{"units", std::int64_t{13}}}}, {"batch_norm", {}}, {"sigmoid", {}},
                  {"dense", {{"units", std::int64_t{4}}}}, {"output", {}}});
}

using MakeSpec = NetworkSpec (*)();
constexpr std::pair<const char*, MakeSpec> kNetworks[] = {{"residual", residual}, {"mixed", mixed}, {"tiny", tiny},
                                                          {"two convolutions", convolutions}, {"dense", dense}, {"depthwise", depthwise}};

}  // namespace

class TestGpuInt8 : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    // Groups, strides, dilations, pads, zero points, grids, any counts of channels.
    void convolutionsAgree() {
        for (int i = 0; i < 200; ++i) {
            Dice dice(static_cast<std::uint64_t>(i));
            const Convolution c = denseOrBytes(i % 4 == 3 ? randomDense(dice) : randomConvolution(dice));
            const std::int64_t n = i % 5 == 0 ? 1 : dice.from(2, 5);
            const QString found = compare(c, randomBytes(dice, n * c.input.size()), n);
            QVERIFY2(found.isEmpty(), qPrintable(found));
        }
    }

    // Channels of whole words, and those that leave one, two or three bytes over.
    void everyRestOfAWord() {
        for (std::int64_t channels = 1; channels <= 20; ++channels) {
            Dice dice(500 + static_cast<std::uint64_t>(channels));
            Convolution c = randomConvolution(dice);
            c.groups = channels % 5 == 0 ? 5 : 1;
            c.input = {channels, c.input.height(), c.input.width()};
            c.output = outputOf(c.window, c.input, 15);
            c.weight.resize(static_cast<std::size_t>(15 * c.depth() * c.window.taps()));
            fillWeights(dice, c.weight);
            c.bias.assign(15, 77);
            c.requantization = randomGrid(dice, 15, 20000.0F);
            c.floatOutput = false;
            const QString found = compare(c, randomBytes(dice, 3 * c.input.size()), 3);
            QVERIFY2(found.isEmpty(), qPrintable(found));
        }
    }

    // All inputs and weights at the ends of their ranges, the longest sum and the largest bias: what 32 bits hold.
    void extremes() {
        for (const int weight : {127, -127}) {
            for (const int x : {0, 255}) {
                Convolution c;
                c.input = {kLongestSum, 1, 1};
                c.output = {9, 1, 1};
                c.weight.assign(static_cast<std::size_t>(9 * kLongestSum), static_cast<std::int8_t>(weight));
                c.inputZero = 255 - x;
                c.bias.assign(9, (x > c.inputZero) == (weight > 0) ? kLargestBias : -kLargestBias);
                c.floatOutput = true;
                c.requantization = {.multiplier = {1.0F}};
                const Bytes images(static_cast<std::size_t>(9 * kLongestSum), static_cast<std::uint8_t>(x));
                const QString found = compare(c, images, 9, std::span(kEveryChoice).subspan(1, 2));
                QVERIFY2(found.isEmpty(), qPrintable(found));
            }
        }
    }

    // Onto the grid's ends, half to even, with relu and with a slope.
    void saturates() {
        Convolution c;
        c.input = {4, 1, 1};
        c.output = {8, 1, 1};
        c.weight = {1, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, -1, 0, 0, 127, 127, 127, 127, -127, -127, -127, -127, 0, 0, 1, 0, 0, 0, 0, 3};
        c.bias = {0, 0, 1, -1, 0, 0, 5, -7};
        c.inputZero = 3;
        for (const std::int32_t low : {0, 60}) {
            for (const float slope : {1.0F, 0.125F}) {
                c.requantization = {.multiplier = {0.5F}, .slope = slope, .zeroPoint = 60, .low = low, .high = 255};
                const QString found = compare(c, {0, 255, 4, 6, 255, 255, 255, 255, 3, 3, 3, 3, 10, 20, 30, 40}, 4);
                QVERIFY2(found.isEmpty(), qPrintable(found));
            }
        }
    }

    void poolingsAgree() {
        for (int i = 0; i < 60; ++i) {
            Dice dice(2000 + static_cast<std::uint64_t>(i));
            const Window window = randomWindow(dice, false);
            const Shape input = randomImage(dice, window, dice.from(1, 50)), output = outputOf(window, input, input.channels());
            const std::int64_t n = dice.from(1, 4);
            const Bytes x = randomBytes(dice, n * input.size());
            Bytes expected(static_cast<std::size_t>(n * output.size()));
            const MaxPool largest{input, output, window};
            reference(largest, n, x.data(), expected.data());
            QVERIFY(onDevice(described(largest, {input}, output), {x}, n, gpu::Kernels::Automatic) == expected);
            const AveragePool average{input, output, window, dice.flip(), static_cast<std::int32_t>(dice.from(0, 255)), randomGrid(dice, 1, 100.0F)};
            reference(average, n, x.data(), expected.data());
            QVERIFY(onDevice(described(average, {input}, output), {x}, n, gpu::Kernels::Automatic) == expected);
        }
    }

    void sumsTablesAndPlacesAgree() {
        for (int i = 0; i < 40; ++i) {
            Dice dice(3000 + static_cast<std::uint64_t>(i));
            const Shape shape{dice.from(1, 40), dice.from(1, 9), dice.from(1, 9)};
            const std::int64_t n = dice.from(1, 6), terms = dice.from(2, 5);
            std::vector<Bytes> inputs;
            std::vector<const std::uint8_t*> pointers;
            Add add{.shape = shape, .inputMultiplier = {}, .inputZero = {}, .requantization = randomGrid(dice, 1, 100.0F)};
            Concat concat{.inputs = {}, .output = Shape{terms * shape.channels(), shape.height(), shape.width()}, .tables = {}};
            for (std::int64_t k = 0; k < terms; ++k) {
                inputs.push_back(randomBytes(dice, n * shape.size()));
                add.inputMultiplier.push_back(dice.real(0.01F, 3.0F));
                add.inputZero.push_back(static_cast<std::int32_t>(dice.from(0, 255)));
                concat.inputs.push_back(shape);
                concat.tables.push_back(dice.flip() ? Bytes{} : randomBytes(dice, 256 - kSlack));
            }
            for (const Bytes& input : inputs) pointers.push_back(input.data());
            const std::vector<Shape> shapes(static_cast<std::size_t>(terms), shape);
            Bytes expected(static_cast<std::size_t>(n * shape.size()));
            const auto agrees = [&](const auto& operation, const Shape& output, bool all) {
                const std::vector<Bytes> one{inputs.front()};
                return onDevice(described(operation, all ? shapes : std::vector<Shape>{shape}, output), all ? inputs : one, n, gpu::Kernels::Automatic) == expected;
            };
            reference(add, n, pointers, expected.data());
            QVERIFY(agrees(add, shape, true));
            const Table table{shape, randomBytes(dice, (dice.flip() ? 1 : shape.channels()) * 256 - kSlack)};
            reference(table, n, pointers[0], expected.data());
            QVERIFY(agrees(table, shape, false));
            reference(Flatten{shape}, n, pointers[0], expected.data());
            QVERIFY(agrees(Flatten{shape}, Shape{shape.size()}, false));
            expected.resize(static_cast<std::size_t>(n * concat.output.size()));
            reference(concat, n, pointers, expected.data());
            QVERIFY(agrees(concat, concat.output, true));
        }
    }

    // Whole networks, batches of one and ragged ones: bit for bit where everything up to the logits is integers.
    void networksAgree_data() {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < std::size(kNetworks); ++i) QTest::newRow(kNetworks[i].first) << static_cast<int>(i);
    }
    void networksAgree() {
        QFETCH(int, index);
        for (const bool perChannel : {true, false}) {
            const QuantizationCase test(kNetworks[index].second(), perChannel ? 8 : 5, {.perChannel = perChannel});
            QVERIFY(integersToTheLogits(test.network()));
            const auto cpu = test.model({.maximumBatch = 7});
            const auto device = onDevice(test, 7);
            QCOMPARE(device->inputShape(), cpu->inputShape());
            QCOMPARE(device->outputShape(), cpu->outputShape());
            for (const std::int64_t n : {7, 1, 5}) {
                const Images images = test.images(n);
                const std::vector<float> expected = copy(cpu->forward(images.view())), got = copy(device->forward(images.view()));
                QCOMPARE(copy(device->logits()), copy(cpu->logits()));
                QVERIFY(relativeError(got, expected, 1e-3) < 1e-5);
                const LossResult there = device->evaluate(images.view(), images.labels), here = cpu->evaluate(images.view(), images.labels);
                QCOMPARE(there.correct, here.correct);
                QCOMPARE(there.count, here.count);
                QVERIFY(std::abs(there.loss - here.loss) < 1e-5 * std::max(1.0, here.loss));
            }
        }
    }

    // What runs on the processor runs here, near it even where float32 lies between: one step of a grid may come out otherwise.
    void everyKindOrASentence_data() { addKindRows(); }
    void everyKindOrASentence() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        if (kind.group == LayerGroup::Input || kind.group == LayerGroup::Output) return;
        for (const LayerExample& example : kind.examples) {
            const QuantizationCase test(networkAround(kind, example, true));
            const auto cpu = QuantizedModel::make(test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = 8});
            const auto device = quantizedOnGpu(hostModule(), 0, test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = 8});
            QCOMPARE(device.ok(), cpu.ok());
            if (!cpu.ok()) {
                QCOMPARE(device.error().sentence(), cpu.error().sentence());
                continue;
            }
            const Images images = test.images(8);
            (*cpu)->forward(images.view());
            (*device)->forward(images.view());
            const std::vector<float> expected = copy((*cpu)->logits()), got = copy((*device)->logits());
            if (integersToTheLogits(test.network())) QCOMPARE(got, expected);
            else QVERIFY2(decibels(expected, got) > 30.0, qPrintable(QString("%1: %2 dB").arg(test.spec.name.c_str()).arg(decibels(expected, got))));
        }
    }

    void saysWhatRunsWhere() {
        QuantizationCase test(convolutions());
        const NodeId second = test.spec.nodeByName("Conv 2")->id;
        test.plan.layers[second].bits = kFloatBits;
        const auto device = onDevice(test, 4);
        std::map<std::string, std::string> rows;
        for (const QuantizedLayerPlan& row : device->plan()) rows[row.name] = row.implementation;
        QCOMPARE(rows["Conv 1"], std::string("CUDA, int8"));
        QCOMPARE(rows["Conv 2"], std::string("CUDA, float32"));
        QCOMPARE(rows["ReLU 1"], std::string("fused into Conv 1"));
        QCOMPARE(rows["Output"], std::string());
        const Images images = test.images(4);
        const auto cpu = test.model({.maximumBatch = 4});
        cpu->forward(images.view());
        device->forward(images.view());
        QVERIFY(decibels(cpu->logits().span(), device->logits().span()) > 30.0);
    }

    void weightsOnly() {
        QuantizationSettings settings;
        settings.activationBits = kFloatBits;
        const QuantizationCase test(makePreset("lenet-like").value(), 4, settings);
        const Images images = test.images(4);
        const auto cpu = test.model({.maximumBatch = 4});
        const auto device = onDevice(test, 4);
        cpu->forward(images.view());
        device->forward(images.view());
        QVERIFY(relativeError(copy(device->logits()), copy(cpu->logits()), 1e-3) < 1e-4);
    }

    // A value takes one byte, a weight as well.
    void memoryIsAQuarter() {
        const QuantizationCase test(convolutions());
        const Analysis analysis = analyze(test.spec);
        const GpuNetwork reals = describeGpuNetwork(test.spec, analysis, makeParameterLayout(test.spec, analysis), CompileOptions{}).value();
        const GpuQuantizedNetwork integers = describeGpuQuantized(test.network()).value();
        QCOMPARE(integers.parameters.size(), std::size_t{0});
        const gpu::NetworkPlan there(reals.network, {.maximumBatch = 256}), here(integers.described.network, {.maximumBatch = 256});
        QVERIFY(here.arenaBytes() < 0.3 * static_cast<double>(there.arenaBytes()));
        int counted = 0;
        for (const ConvolabGpuOp& op : integers.described.plain) {
            if (op.kind != kGpuInt8Convolution || op.floatOutput != 0) continue;
            const auto bytes = static_cast<std::size_t>(256 * gpu::sizeOf(op.output));
            QVERIFY(std::ranges::any_of(here.pieces(), [&](const gpu::ArenaPiece& piece) { return piece.bytes == bytes; }));
            ++counted;
        }
        QCOMPARE(counted, 3);
        const std::size_t weights = 20 * 28 + 50 * 500 + 500 * 800 + 10 * 500;
        QVERIFY(here.bytes() - here.arenaBytes() < there.bytes() - there.arenaBytes() - 2 * weights);
    }

    void outOfMemoryNamesTheBatchThatFits() {
        const QuantizationCase test(convolutions());
        hostDevice().memoryBytes = std::size_t{24} << 20;
        const auto refused = quantizedOnGpu(hostModule(), 0, test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = 4096});
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::OutOfMemory);
        const QString sentence = QString::fromStdString(refused.error().sentence());
        const QRegularExpressionMatch fits = QRegularExpression("batches of 4,096 images; 24.0 MiB are free: a batch of ([0-9,]+) fits").match(sentence);
        QVERIFY2(fits.hasMatch(), qPrintable(sentence));
        const std::int64_t batch = fits.captured(1).remove(',').toLongLong();
        const auto with = [&](std::int64_t n) { return quantizedOnGpu(hostModule(), 0, test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = n}).ok(); };
        QVERIFY(with(batch) && !with(batch + 1));
    }

    void aDeviceThatIsLost() {
        const QuantizationCase test(tiny());
        const auto device = onDevice(test, 4);
        hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress in a CUDA kernel"};
        const Images images = test.images(4);
        QVERIFY_THROWS_EXCEPTION(DeviceLost, device->forward(images.view()));
        const auto evaluation = evaluateQuantized(*device, *test.dataset, Split::Validation);
        QVERIFY(!evaluation.ok());
        QVERIFY(evaluation.error().sentence().find("cudaErrorIllegalAddress") != std::string::npos);
    }

    void whatIntegersOnAGpuDoNot() {
        const QuantizationCase test(tiny());
        const auto refused = quantizedOnGpu(hostModule(), 0, test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = 4, .keepValues = true});
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
    }

    // A network that has learnt digits, quantised on them: the same logits and predictions for two hundred of them.
    void realDigits() {
        CONVOLAB_NEEDS_DATA(folder, "mnist");
        const DatasetPtr digits = openDataset({.name = "mnist", .dataDir = qEnvironmentVariable("CONVOLAB_DATA").toStdString()}).value();
        Recipe recipe = tinyRecipe();
        recipe.steps = 121;  // the last one would validate
        recipe.validationEvery = 1000;
        recipe.batchSize = 32;
        const auto loop = TrainingLoop::create(convolutions(), digits, recipe).value();
        for (int i = 0; i < 120; ++i) QVERIFY(loop->runStep().ok());
        const WeightSet weights = *loop->publish();
        CompressionPlan plan;
        plan.quantization.calibrationImages = 128;
        for (const NodeId layer : compressibleLayers(convolutions())) plan.layers[layer].bits = 8;
        const ActivationStatistics seen = observeActivations(convolutions(), weights, *digits, plan.quantization, 0).value();
        const ActivationRanges ranges = chooseRanges(seen, plan.quantization).value();
        const auto cpu = QuantizedModel::make(convolutions(), weights, plan, ranges, {.maximumBatch = 128}).value();
        const auto device = quantizedOnGpu(hostModule(), 0, convolutions(), weights, plan, ranges, {.maximumBatch = 128}).value();
        const Evaluation here = evaluateQuantized(*cpu, *digits, Split::Test, 200).value(), there = evaluateQuantized(*device, *digits, Split::Test, 200).value();
        QVERIFY2(here.accuracy > 0.8, qPrintable(QString::number(here.accuracy)));
        QCOMPARE(there.loss, here.loss);
        QVERIFY(there.confusion == here.confusion);
    }

    // Rounding in a training: the processor's bits, forward and the gradient that passes straight through.
    void roundedValues() {
        const RoundedActivation grid{.scale = 0.1F, .zeroPoint = 60.0F, .lowest = 0.0F, .highest = 200.0F};
        std::vector<float> x = {0.05F, 0.15F, 0.25F, -0.05F, -6.04F, -6.06F, 14.04F, 14.06F, 100.0F, -100.0F, 0.0F, -0.0F, INFINITY, -INFINITY};
        RandomSequence random(9, RandomStreamId::Data);
        for (int i = 0; i < 500; ++i) x.push_back(random.uniform(-12.0F, 20.0F));
        const auto size = static_cast<std::int64_t>(x.size());
        std::vector<float> dy(x.size(), 2.0F), y(x.size()), dx(x.size()), expected(x.size()), expectedGradient(x.size());
        const auto op = makeRoundingOp(Shape{size}, 1, grid);
        op->inputs = {x.data()};
        op->output = expected.data();
        op->outputGradient = dy.data();
        op->inputGradients = {expectedGradient.data()};
        op->forward({.n = 1});
        op->backward({.n = 1});
        const gpu::RoundGrid rounding{grid.scale, -60.0F, 140.0F};
        const std::vector<gpu::Launch> launches = {gpu::launchOf(gpu::Round{rounding, x.data(), y.data()}, size),
                                                   gpu::launchOf(gpu::RoundGradient{rounding, x.data(), dy.data(), dx.data()}, size)};
        gpu::runOnHost(launches);
        QCOMPARE(y, expected);
        QCOMPARE(dx, expectedGradient);
        QCOMPARE(static_cast<int>(std::ranges::count(dx, 0.0F)) > 0, true);
    }

    // Quantisation-aware training on a device: losses and weights as on the processor.
    void roundedTrainings() {
        const QuantizationCase test(tiny());
        CompileOptions options = trainingOptions(16);
        options.rounded = roundedActivations(test.network());
        QVERIFY(!options.rounded.empty());
        ModelPair pair(compilerOf(hostModule()), test.spec, options);
        const std::string found = pair.evaluationDiffers(7);
        QVERIFY2(found.empty(), found.c_str());
        CompileOptions plain = trainingOptions(16);
        ModelPair exact(compilerOf(hostModule()), test.spec, plain);
        pair.device->forward(pair.batchOf(7));
        exact.device->forward(exact.batchOf(7));
        QVERIFY(copy(pair.device->logits()) != copy(exact.device->logits()));
        const std::string step = pair.stepDiffers(16, 0);
        QVERIFY2(step.empty(), step.c_str());
    }
};

QTEST_GUILESS_MAIN(TestGpuInt8)
#include "tst_gpu_int8.moc"
