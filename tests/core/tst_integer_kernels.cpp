// The integer operations: every instruction set that this processor has, bit for bit against plain loops, over random
// shapes, zero points, grids and weights.
#include <QtTest>

#include "core/cpu/compute_team.h"
#include "core/cpu/int8/ops.h"
#include "core/cpu/int8/packing.h"
#include "core/cpu/int8/winograd.h"
#include "tests/core/integer_case.h"

using namespace convolab;
using namespace convolab::int8;
using namespace convolab::testing;

namespace {

// Empty: the same bytes as plain loops.
QString compare(const Convolution& c, IntegerOp& op, std::int64_t n, const std::vector<std::uint8_t>& x) {
    const std::size_t bytes = static_cast<std::size_t>(n * c.output.size()) * (c.floatOutput ? sizeof(float) : 1);
    std::vector<std::uint8_t> expected(bytes, 1), got(bytes, 2);
    reference(c, n, x.data(), expected.data());
    op.run(n, {x.data()}, got.data());
    if (expected == got) return {};
    const auto at = std::mismatch(expected.begin(), expected.end(), got.begin()).first - expected.begin();
    return QString("%1, %2 images, %3: byte %4").arg(describe(c)).arg(n).arg(QString::fromStdString(op.implementation)).arg(at);
}

QString compare(const Convolution& c, Isa isa, Dice& dice) {
    const std::int64_t n = dice.from(1, 5);
    return compare(c, *makeOp(c, isa), n, randomBytes(dice, n * c.input.size()));
}

// 3 × 3, stride 1: images of any size from one pixel, any pads.
Convolution randomThreeByThree(Dice& dice, std::int64_t depth, std::int64_t outputs) {
    Convolution c;
    Window& w = c.window;
    w.kernelHeight = w.kernelWidth = 3;
    w.padTop = dice.from(0, 2), w.padLeft = dice.from(0, 2), w.padBottom = dice.from(0, 2), w.padRight = dice.from(0, 2);
    const auto side = [&](std::int64_t pads) { return std::max<std::int64_t>(1, 3 - pads) + dice.from(0, 10); };
    c.input = {depth, side(w.padTop + w.padBottom), side(w.padLeft + w.padRight)};
    c.output = outputOf(w, c.input, outputs);
    c.weight.resize(static_cast<std::size_t>(outputs * depth * 9));
    fillWeights(dice, c.weight);
    for (std::int64_t o = 0; o < outputs; ++o) c.bias.push_back(static_cast<std::int32_t>(dice.from(-5000, 5000)));
    c.inputZero = static_cast<std::int32_t>(dice.from(0, 255));
    c.requantization = randomGrid(dice, outputs, 3000.0F * std::sqrt(static_cast<float>(depth)));
    c.floatOutput = dice.from(0, 4) == 0;
    return c;
}

// Sums in real numbers, so that a lost bit shows.
Convolution extremeThreeByThree(std::int64_t depth, std::int8_t weight) {
    Convolution c;
    c.window.kernelHeight = c.window.kernelWidth = 3;
    c.input = {depth, 4, 5};
    c.output = {17, 2, 3};
    c.weight.assign(static_cast<std::size_t>(17 * depth * 9), weight);
    c.bias.assign(17, 0);
    c.requantization = {.multiplier = {1.0F}};
    c.floatOutput = true;
    return c;
}

std::vector<Isa> available() {
    std::vector<Isa> found;
    for (const Isa isa : {Isa::Portable, Isa::Avx2, Isa::AvxVnni, Isa::Avx512Vnni}) {
        if (isaAvailable(isa)) found.push_back(isa);
    }
    return found;
}

}  // namespace

class TestIntegerKernels : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        for (const Isa isa : available()) qInfo("this processor runs: %s", isaName(isa));
    }

    void convolutions() {
        for (int i = 0; i < 200; ++i) {
            Dice dice(static_cast<std::uint64_t>(i));
            const Convolution c = randomConvolution(dice);
            for (const Isa isa : available()) {
                const QString problem = compare(c, isa, dice);
                QVERIFY2(problem.isEmpty(), qPrintable(problem));
            }
        }
    }

    void denseLayers() {
        for (int i = 0; i < 60; ++i) {
            Dice dice(1000 + static_cast<std::uint64_t>(i));
            const Convolution c = randomDense(dice);
            for (const Isa isa : available()) {
                const QString problem = compare(c, isa, dice);
                QVERIFY2(problem.isEmpty(), qPrintable(problem));
            }
        }
    }

    // All inputs 255 and all weights ±127: what saturates first.
    void extremes() {
        for (const int sign : {1, -1}) {
            for (const Isa isa : available()) {
                Convolution c;
                c.window.kernelHeight = c.window.kernelWidth = 3;
                c.input = {64, 6, 6};
                c.output = {20, 4, 4};
                c.weight.assign(20 * 64 * 9, static_cast<std::int8_t>(127 * sign));
                c.bias.assign(20, 0);
                c.requantization = {.multiplier = {1.0F}};
                c.floatOutput = true;
                const std::vector<std::uint8_t> x(static_cast<std::size_t>(c.input.size() + kSlack), 255);
                std::vector<float> y(static_cast<std::size_t>(c.output.size()));
                makeOp(c, isa)->run(1, {x.data()}, y.data());
                for (const float value : y) QCOMPARE(value, static_cast<float>(sign) * 255.0F * 127.0F * 576.0F);
            }
        }
    }

    // From one channel to more than the weights are repeated for (65 channels: only after 1040 values).
    void depthwise() {
        for (int i = 0; i < 60; ++i) {
            Dice dice(7000 + static_cast<std::uint64_t>(i));
            Convolution c;
            c.window = randomWindow(dice, true);
            const std::int64_t channels = i < 8 ? std::array{1, 8, 16, 24, 63, 64, 65, 130}[static_cast<std::size_t>(i)] : dice.from(1, 140);
            c.groups = channels;
            c.input = randomImage(dice, c.window, channels);
            c.output = outputOf(c.window, c.input, channels);
            c.weight.resize(static_cast<std::size_t>(channels * c.window.taps()));
            fillWeights(dice, c.weight);
            for (std::int64_t o = 0; o < channels; ++o) c.bias.push_back(static_cast<std::int32_t>(dice.from(-5000, 5000)));
            c.inputZero = static_cast<std::int32_t>(dice.from(0, 255));
            c.requantization = randomGrid(dice, channels, 1000.0F * std::sqrt(static_cast<float>(c.window.taps())));
            c.floatOutput = dice.from(0, 4) == 0;
            for (const Isa isa : available()) {
                const QString problem = compare(c, isa, dice);
                QVERIFY2(problem.isEmpty(), qPrintable(problem));
            }
        }
    }

    // Whatever the rule of makeOp would choose.
    void winograd() {
        if (!isaAvailable(Isa::Avx2)) QSKIP("this processor has no AVX2");
        for (int i = 0; i < 70; ++i) {
            Dice dice(5000 + static_cast<std::uint64_t>(i));
            const Convolution c = randomThreeByThree(dice, dice.from(1, 50), dice.from(1, 40));
            QVERIFY(winogradFits(c));
            const auto op = makeWinogradOp(c);
            for (const std::int64_t n : {dice.from(1, 2), dice.from(3, 6)}) {  // the same operation, another batch
                const QString problem = compare(c, *op, n, randomBytes(dice, n * c.input.size()));
                QVERIFY2(problem.isEmpty(), qPrintable(problem));
            }
        }
    }

    // Four times the sum must fit 32 bits: with the largest weights that is so up to 1841 channels. Those run exactly;
    // one more goes to the products one by one.
    void winogradAtItsLimit() {
        for (const int weight : {127, -127, -128}) {
            for (const std::int64_t depth : {1827, 1828, 1841, 1842}) {
                const Convolution c = extremeThreeByThree(depth, static_cast<std::int8_t>(weight));
                QCOMPARE(winogradFits(c), depth <= (weight == -128 ? 1827 : 1841));
                for (const int x : {0, 255}) {
                    const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(c.input.size() + kSlack), static_cast<std::uint8_t>(x));
                    for (const Isa isa : available()) {
                        const QString problem = compare(c, *makeOp(c, isa), 1, bytes);
                        QVERIFY2(problem.isEmpty(), qPrintable(problem));
                    }
                    if (!winogradFits(c) || !isaAvailable(Isa::Avx2)) continue;
                    const QString problem = compare(c, *makeWinogradOp(c), 1, bytes);
                    QVERIFY2(problem.isEmpty(), qPrintable(problem));
                }
            }
        }
    }

    // Each value of a tile and of a kernel at an end of its range, so that transformed ones reach ±4 · 255 and ±9 · 128.
    void winogradOfExtremes() {
        if (!isaAvailable(Isa::Avx2)) QSKIP("this processor has no AVX2");
        for (int i = 0; i < 30; ++i) {
            Dice dice(6000 + static_cast<std::uint64_t>(i));
            Convolution c = randomThreeByThree(dice, dice.from(1, 40), dice.from(1, 20));
            c.floatOutput = true;
            for (auto& weight : c.weight) weight = static_cast<std::int8_t>(dice.flip() ? 127 : -128);
            std::vector<std::uint8_t> x = randomBytes(dice, c.input.size());
            for (auto& byte : x) byte = byte < 128 ? 0 : 255;
            const QString problem = compare(c, *makeWinogradOp(c), 1, x);
            QVERIFY2(problem.isEmpty(), qPrintable(problem));
        }
    }

    void winogradOnlyWhereItIsDefined() {
        Dice dice(1);
        const Convolution c = randomThreeByThree(dice, 16, 16);
        QVERIFY(winogradFits(c));
        for (const auto change : {+[](Convolution& other) { other.window.strideWidth = 2; },
                                  +[](Convolution& other) { other.window.dilationHeight = 2; },
                                  +[](Convolution& other) { other.window.kernelWidth = 1; },
                                  +[](Convolution& other) { other.groups = 2; }}) {
            Convolution other = c;
            change(other);
            QVERIFY(!winogradFits(other));
        }
    }

    // Weights of at most 7 bits never need 16-bit products; those of 4 bits share the widening to 32 bits.
    void smallWeightsNeedFewerSteps() {
        Convolution c;
        c.window.kernelHeight = c.window.kernelWidth = 3;
        c.input = {16, 6, 6};
        c.output = {16, 4, 4};
        c.bias.assign(16, 0);
        c.requantization = {.multiplier = {1.0F}};
        const auto steps = [&](int weight) {
            c.weight.assign(16 * 16 * 9, static_cast<std::int8_t>(weight));
            const std::vector<PackedBlock> blocks = packWeights(c, 6, Isa::Avx2);
            const PackedBlock& block = blocks.front();
            return std::array{block.pairs, block.singles, block.wide};
        };
        using Steps = std::array<std::int64_t, 3>;
        QCOMPARE(steps(127), (Steps{0, 0, 36}));
        QCOMPARE(steps(63), (Steps{0, 36, 0}));
        QCOMPARE(steps(7), (Steps{18, 0, 0}));
        QCOMPARE(steps(0), (Steps{0, 0, 0}));  // pruned: nothing is left to do
    }

    void poolings() {
        for (int i = 0; i < 60; ++i) {
            Dice dice(2000 + static_cast<std::uint64_t>(i));
            const Window window = randomWindow(dice, true);
            const Shape input = randomImage(dice, window, dice.from(1, 50));
            const Shape output = outputOf(window, input, input.channels());
            const std::int64_t n = dice.from(1, 4);
            const std::vector<std::uint8_t> x = randomBytes(dice, n * input.size());
            std::vector<std::uint8_t> expected(static_cast<std::size_t>(n * output.size()), 1), got(expected.size(), 2);
            const MaxPool largest{input, output, window};
            reference(largest, n, x.data(), expected.data());
            makeOp(largest)->run(n, {x.data()}, got.data());
            QVERIFY(expected == got);
            AveragePool average{input, output, window, dice.flip(), static_cast<std::int32_t>(dice.from(0, 255)),
                                randomGrid(dice, 1, 100.0F)};
            reference(average, n, x.data(), expected.data());
            makeOp(average)->run(n, {x.data()}, got.data());
            QVERIFY(expected == got);
        }
    }

    void elementwise() {
        for (int i = 0; i < 40; ++i) {
            Dice dice(3000 + static_cast<std::uint64_t>(i));
            const Shape shape{dice.from(1, 40), dice.from(1, 9), dice.from(1, 9)};
            const std::int64_t n = dice.from(1, 6);
            const auto a = randomBytes(dice, n * shape.size()), b = randomBytes(dice, n * shape.size());
            const std::vector<const std::uint8_t*> pointers{a.data(), b.data()};
            const std::vector<const void*> inputs{a.data(), b.data()};
            std::vector<std::uint8_t> expected(static_cast<std::size_t>(n * shape.size()), 1), got(expected.size(), 2);
            const Add add{shape, {dice.real(0.01F, 3.0F), dice.real(0.01F, 3.0F)},
                          {static_cast<std::int32_t>(dice.from(0, 255)), static_cast<std::int32_t>(dice.from(0, 255))},
                          randomGrid(dice, 1, 100.0F)};
            reference(add, n, pointers, expected.data());
            makeOp(add)->run(n, inputs, got.data());
            QVERIFY(expected == got);
            Table table{shape, randomBytes(dice, (dice.flip() ? 1 : shape.channels()) * 256 - kSlack)};
            reference(table, n, a.data(), expected.data());
            makeOp(table)->run(n, {a.data()}, got.data());
            QVERIFY(expected == got);
            reference(Flatten{shape}, n, a.data(), expected.data());
            makeOp(Flatten{shape})->run(n, {a.data()}, got.data());
            QVERIFY(expected == got);
            const Shape joined{2 * shape.channels(), shape.height(), shape.width()};
            const Concat concat{{shape, shape}, joined, {{}, randomBytes(dice, 256 - kSlack)}};
            expected.assign(static_cast<std::size_t>(n * joined.size()), 1);
            got.assign(expected.size(), 2);
            reference(concat, n, pointers, expected.data());
            makeOp(concat)->run(n, inputs, got.data());
            QVERIFY(expected == got);
        }
    }

    // Half to even, saturation, relu and a slope, by hand.
    void requantizationByHand() {
        const Requantization plain{.multiplier = {0.5F}, .slope = 1.0F, .zeroPoint = 10, .low = 0, .high = 255};
        QCOMPARE(requantize(1, 0, plain), 10);   // 0.5 → 0
        QCOMPARE(requantize(3, 0, plain), 12);   // 1.5 → 2
        QCOMPARE(requantize(5, 0, plain), 12);   // 2.5 → 2
        QCOMPARE(requantize(-1, 0, plain), 10);  // −0.5 → 0
        QCOMPARE(requantize(-3, 0, plain), 8);   // −1.5 → −2
        QCOMPARE(requantize(-1000, 0, plain), 0);
        QCOMPARE(requantize(2'000'000'000, 0, plain), 255);
        const Requantization relu{.multiplier = {0.5F}, .slope = 1.0F, .zeroPoint = 10, .low = 10, .high = 255};
        QCOMPARE(requantize(-3, 0, relu), 10);
        const Requantization leaky{.multiplier = {1.0F}, .slope = 0.25F, .zeroPoint = 10, .low = 0, .high = 255};
        QCOMPARE(requantize(-6, 0, leaky), 8);  // −1.5 → −2
    }
};

QTEST_GUILESS_MAIN(TestIntegerKernels)
#include "tst_integer_kernels.moc"
