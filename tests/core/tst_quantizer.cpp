// The quantiser against PyTorch's (tests/golden/quantizer.json), its edges, and the rules that choose ranges.
#include <QtTest>

#include <cmath>
#include <limits>

#include "core/compress/quantization/integer_network.h"
#include "core/compress/quantization/quantizer.h"
#include "core/compress/quantization/range_rule.h"
#include "core/util/random.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::vector<int> integersOf(const AffineQuantizer& quantizer, const std::vector<float>& values) {
    std::vector<int> integers;
    for (const float value : values) integers.push_back(quantizer.quantize(value));
    return integers;
}

std::vector<int> ints(const GoldenArray& array) { return {array.data.begin(), array.data.end()}; }

double worstError(const ValueDistribution& seen, const AffineQuantizer& quantizer) {
    double sum = 0.0;
    for (std::size_t i = 0; i < seen.values.size(); ++i) {
        sum += seen.counts[i] * std::pow(double{seen.values[i]} - quantizer.rounded(seen.values[i]), 2);
    }
    return sum;
}

}  // namespace

class TestQuantizer : public QObject {
    Q_OBJECT

  private slots:
    void activationsAsInPyTorch() {
        int cases = 0;
        for (const auto& entry : goldenCases("quantizer")) {
            const std::string name = entry.at("name");
            if (!name.starts_with("activations_")) continue;
            const AffineQuantizer ours = activationQuantizer({entry.at("low"), entry.at("high")}, entry.at("bits"));
            QVERIFY2(ours.scale == entry.at("scale").get<float>(), name.c_str());
            QCOMPARE(ours.zeroPoint, entry.at("zero_point").get<int>());
            const auto input = entry.at("input").get<GoldenArray>().floats();
            QVERIFY2(integersOf(ours, input) == ints(entry.at("integers")), name.c_str());
            std::vector<float> rounded(input.size());
            fakeQuantize(ours, input, rounded);
            QVERIFY2(largestDifference<float>(rounded, entry.at("rounded").get<GoldenArray>().data) < 1e-6, name.c_str());
            ++cases;
        }
        QCOMPARE(cases, 15);
    }

    void weightsAsInPyTorch() {
        int cases = 0;
        for (const auto& entry : goldenCases("quantizer")) {
            const std::string name = entry.at("name");
            if (!name.starts_with("weights_")) continue;
            const auto input = entry.at("input").get<GoldenArray>();
            const auto values = input.floats();
            QuantizationSettings settings;
            settings.perChannel = entry.at("per_channel");
            const WeightGrids grids = weightGrids(values, input.shape[0], entry.at("bits"), settings).value();
            const auto scale = entry.at("scale").get<GoldenArray>().data;
            QCOMPARE(grids.grids.size(), scale.size());
            std::vector<int> integers;
            const std::size_t each = values.size() / static_cast<std::size_t>(input.shape[0]);
            for (std::size_t i = 0; i < values.size(); ++i) {
                integers.push_back(grids.of(static_cast<std::int64_t>(i / each)).quantize(values[i]));
            }
            QVERIFY2(integers == ints(entry.at("integers")), name.c_str());
            for (std::size_t o = 0; o < scale.size(); ++o) {
                const bool allZero = settings.perChannel && o == 3;  // PyTorch divides by epsilon there, we by 1
                QVERIFY2(allZero || grids.grids[o].scale == static_cast<float>(scale[o]), name.c_str());
                QCOMPARE(grids.grids[o].zeroPoint, 0);
            }
            ++cases;
        }
        QCOMPARE(cases, 10);
    }

    void tiesGoToTheEvenNeighbour() {
        for (const int zero : {0, 7, 255}) {
            const auto entry = goldenCase("quantizer", "ties_zero_point_" + std::to_string(zero));
            const AffineQuantizer ours{.scale = 0.5F, .zeroPoint = zero, .lowest = 0, .highest = 255};
            QVERIFY(integersOf(ours, entry.at("input").get<GoldenArray>().floats()) == ints(entry.at("integers")));
        }
    }

    void zeroIsAlwaysMet() {
        for (const ValueRange range : {ValueRange{0.3F, 2.0F}, {-4.0F, -1.0F}, {-1.0F, 3.0F}, {0.0F, 0.0F}, {5.0F, -5.0F}}) {
            for (int bits = kFewestBits; bits <= kMostBits; ++bits) {
                const AffineQuantizer quantizer = activationQuantizer(range, bits);
                QCOMPARE(quantizer.rounded(0.0F), 0.0F);
                QVERIFY(quantizer.zeroPoint >= 0 && quantizer.zeroPoint <= quantizer.highest);
                QVERIFY(quantizer.scale > 0.0F);
            }
        }
    }

    void whatIsNoNumberAndWhatIsTooLarge() {
        const AffineQuantizer quantizer = activationQuantizer({-1.0F, 3.0F}, 8);
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        QCOMPARE(quantizer.quantize(std::numeric_limits<float>::quiet_NaN()), quantizer.zeroPoint);
        QCOMPARE(quantizer.quantize(kInfinity), 255);
        QCOMPARE(quantizer.quantize(-kInfinity), 0);
        QCOMPARE(quantizer.quantize(1e30F), 255);
        const std::vector<float> bad{1.0F, std::numeric_limits<float>::quiet_NaN()};
        const auto grids = weightGrids(bad, 1, 8, {});
        QVERIFY(!grids.ok());
        QVERIFY(grids.error().sentence().find("not finite") != std::string::npos);
    }

    void weightGridsAreSymmetric() {
        for (int bits = kFewestBits; bits <= kMostBits; ++bits) {
            const AffineQuantizer quantizer = weightQuantizer(1.5F, bits);
            QCOMPARE(quantizer.highest, (1 << (bits - 1)) - 1);
            QCOMPARE(quantizer.lowest, -quantizer.highest);
            QCOMPARE(quantizer.quantize(1.5F), quantizer.highest);
            QCOMPARE(quantizer.quantize(-1.5F), quantizer.lowest);
        }
    }

    void rangeRules() {
        // A narrow heap around 0 and one outlier.
        std::vector<float> values;
        RandomSequence random(1, RandomStreamId::Data);
        for (int i = 0; i < 50'000; ++i) values.push_back(random.normal());
        values.push_back(40.0F);
        const ValueDistribution seen = ValueDistribution::of(values, 2048);
        QCOMPARE(seen.total(), 50'001.0);
        for (const bool symmetric : {false, true}) {
            const GridForm form{.bits = 4, .symmetric = symmetric};
            std::map<std::string, double> error;
            for (const RangeRule& rule : convolab::rangeRules()) {
                const ValueRange range = rule.choose(seen, form);
                QVERIFY(range.low <= 0.0F && range.high > 0.0F && range.high <= seen.high);
                QVERIFY(range.low >= (symmetric ? -seen.high : seen.low));
                error[rule.id] = worstError(seen, form.over(range));
            }
            QCOMPARE(error.size(), std::size_t{3});
            QVERIFY(error["percentile"] < error["minmax"]);
            QVERIFY(error["mse"] <= error["percentile"] * 1.05);
        }
        QVERIFY(percentileRange().choose(seen, {.bits = 8, .symmetric = false}).high < 6.0F);
        QCOMPARE(minmaxRange().choose(seen, {}).high, 40.0F);
        // Few values: nothing is clipped by a percentile.
        const ValueDistribution few = ValueDistribution::of(std::vector<float>{-1.0F, 0.5F, 9.0F}, 512);
        QCOMPARE(percentileRange().choose(few, {}), (ValueRange{-1.0F, 9.0F}));
    }

    void unknownRuleNamesTheNearest() {
        const auto rule = rangeRuleNamed("minmx");
        QVERIFY(!rule.ok());
        QVERIFY(rule.error().sentence().find("minmax") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestQuantizer)
#include "tst_quantizer.moc"
