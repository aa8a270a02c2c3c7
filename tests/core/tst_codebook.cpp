// Shared weights: k-means against plain NumPy, what is pruned stays 0, and centroids that are trained move together.
#include <QTest>

#include <cmath>
#include <ctime>
#include <set>

#include "core/compress/sharing/tidied_codebook.h"
#include "core/graph/analysis.h"
#include "core/train/training_loop.h"
#include "tests/core/coding_case.h"
#include "tests/core/tiny_training.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::vector<float> keptWeights(std::int64_t count, int permille) {
    const std::vector<float> all = formulaWeights(count);
    const std::vector<std::uint8_t> keep = formulaMask(count, permille);
    std::vector<float> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (keep[i] != 0) kept.push_back(all[i]);
    }
    return kept;
}

WeightSet tinyWeights() { return initialWeights(tinyNetwork(), analyze(tinyNetwork()), 3); }

const ParameterEntry& entryOf(const WeightSet& weights, NodeId layer, const char* name = "weight") {
    return *weights.layout->find(layer, name);
}

std::set<float> differentValues(std::span<const float> values) {
    std::set<float> different(values.begin(), values.end());
    different.erase(0.0F);
    return different;
}

}  // namespace

class TestCodebook : public QObject {
    Q_OBJECT

  private slots:
    void sameClustersAsNumPy_data();
    void sameClustersAsNumPy();
    void everyIterationLowersTheError();
    void emptyClustersAreFilled();
    void fewDifferentValuesAreKeptExactly();
    void histogramStandsForItsValues();
    void startsAreRepeatable();
    void prunedWeightsHaveNoCode();
    void refusals();
    void sharesTheLayersOfThePlan();
    void gradientsAreSummed();
    void trainedCentroidsMoveTogether();
    void crossedCentroidsAreTidied();
    void fourHundredThousandWeights();
};

void TestCodebook::sameClustersAsNumPy_data() {
    QTest::addColumn<QString>("name");
    for (const auto& entry : goldenCases("coding")) {
        if (!entry.contains("centroids")) continue;
        const QString name = QString::fromStdString(entry["name"]);
        QTest::newRow(qPrintable(name)) << name;
    }
}

void TestCodebook::sameClustersAsNumPy() {
    QFETCH(QString, name);
    const auto golden = goldenCase("coding", name.toStdString());
    const auto start = codebookStartFromName(golden["start"].get<std::string>());
    QVERIFY(start.ok());
    ScalarKMeans clusters(keptWeights(golden["count"], golden["permille"]), 1 << golden["bits"].get<int>(), *start);
    QVERIFY(clusters.run() > 1);
    QCOMPARE(clusters.counts(), golden["members"].get<std::vector<std::int64_t>>());
    const auto expected = golden["centroids"].get<std::vector<double>>();
    QCOMPARE(clusters.centroids().size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
        QVERIFY(std::abs(clusters.centroids()[k] - expected[k]) < 1e-12);
    }
    QVERIFY(std::abs(clusters.squaredError() / golden["squared_error"].get<double>() - 1.0) < 1e-9);
}

void TestCodebook::everyIterationLowersTheError() {
    for (const auto start : {CodebookStart::Linear, CodebookStart::Density, CodebookStart::PlusPlus}) {
        ScalarKMeans clusters(formulaWeights(5000), 16, start, 7);
        double before = clusters.squaredError();
        int iterations = 0;
        while (clusters.step()) {
            QVERIFY2(clusters.squaredError() <= before * (1.0 + 1e-12), codebookStartName(start));
            before = clusters.squaredError();
            ++iterations;
        }
        QVERIFY(iterations > 2);
        QVERIFY(std::ranges::is_sorted(clusters.centroids()));
    }
}

// Two far crowds and one weight between: the linear start leaves most of its clusters without anybody.
void TestCodebook::emptyClustersAreFilled() {
    std::vector<float> values;
    for (int i = 0; i < 100; ++i) {
        values.push_back(-1.0F + static_cast<float>(i) * 1e-4F);
        values.push_back(1.0F - static_cast<float>(i) * 1e-4F);
    }
    values.push_back(0.1F);
    ScalarKMeans clusters(values, 16);
    QVERIFY(std::ranges::count(clusters.counts(), 0) > 8);
    clusters.run();
    QCOMPARE(std::ranges::count(clusters.counts(), 0), 0);
    QVERIFY(clusters.squaredError() < 1e-3);
}

void TestCodebook::fewDifferentValuesAreKeptExactly() {
    std::vector<float> weights;
    for (int i = 0; i < 40; ++i) weights.push_back(static_cast<float>(i % 5) / 7.0F);
    const auto codebook = makeCodebook(weights, {}, 3);
    QVERIFY(codebook.ok());
    QCOMPARE(codebook->centroids.size(), std::size_t{4});  // the fifth is 0: pruned
    for (std::size_t i = 0; i < weights.size(); ++i) QCOMPARE(codebook->value(i), weights[i]);
    QCOMPARE(codebook->kept(), std::int64_t{32});
    const auto none = makeCodebook(std::vector<float>(8, 0.0F), {}, 3);
    QVERIFY(none.ok());
    QVERIFY(none->centroids.empty());
}

void TestCodebook::histogramStandsForItsValues() {
    const std::vector<float> bins{-1.0F, -0.5F, 0.25F, 0.5F, 1.0F, 4.0F};
    const std::vector<std::int64_t> counts{3, 4, 2, 9, 1, 5};
    std::vector<float> values;
    for (std::size_t i = 0; i < bins.size(); ++i) values.insert(values.end(), static_cast<std::size_t>(counts[i]), bins[i]);
    ScalarKMeans whole(values, 3);
    ScalarKMeans binned(bins, counts, 3);
    whole.run();
    binned.run();
    QCOMPARE(binned.counts(), whole.counts());
    QVERIFY(std::abs(binned.squaredError() - whole.squaredError()) < 1e-12);
}

void TestCodebook::startsAreRepeatable() {
    const std::vector<float> weights = formulaWeights(2000);
    const auto first = makeCodebook(weights, {}, 5, CodebookStart::PlusPlus, 11);
    const auto again = makeCodebook(weights, {}, 5, CodebookStart::PlusPlus, 11);
    const auto other = makeCodebook(weights, {}, 5, CodebookStart::PlusPlus, 12);
    QVERIFY(first.ok() && again.ok() && other.ok());
    QVERIFY(*first == *again);
    QVERIFY(!(*first == *other));
    const auto misspelt = codebookStartFromName("linaer");
    QVERIFY(!misspelt.ok());
    QVERIFY(misspelt.error().sentence().find("linear") != std::string::npos);
}

void TestCodebook::prunedWeightsHaveNoCode() {
    const std::vector<float> weights = formulaWeights(1000);
    const std::vector<std::uint8_t> keep = formulaMask(1000, 300);
    const auto codebook = makeCodebook(weights, keep, 4);
    QVERIFY(codebook.ok());
    QVERIFY(codebook->centroids.size() <= 16);
    std::int64_t kept = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        QCOMPARE(codebook->codes[i] == kPrunedCode, keep[i] == 0);
        if (keep[i] == 0) {
            QCOMPARE(codebook->value(i), 0.0F);
            continue;
        }
        ++kept;
        // Nobody is nearer to another centroid.
        for (const float centroid : codebook->centroids) {
            QVERIFY(std::abs(codebook->value(i) - weights[i]) <= std::abs(centroid - weights[i]) + 1e-7F);
        }
    }
    QCOMPARE(codebook->kept(), kept);
    const std::vector<std::int64_t> counts = codebook->counts();
    QVERIFY(std::ranges::none_of(counts, [](std::int64_t count) { return count == 0; }));
}

void TestCodebook::refusals() {
    QVERIFY(!makeCodebook(formulaWeights(10), {}, 0).ok());
    QVERIFY(!makeCodebook(formulaWeights(10), {}, 9).ok());
    WeightSet weights = tinyWeights();
    weights.parameters[5] = NAN;
    const NetworkSpec spec = tinyNetwork();
    const auto codebooks = makeCodebooks(spec, weights, planOfAll(spec, 0.0, 4));
    QVERIFY(!codebooks.ok());
    QVERIFY2(codebooks.error().sentence().starts_with("[Conv 1] some weights are infinite or NaN"),
             codebooks.error().sentence().c_str());
    WeightSet others = initialWeights(tinyNetwork(5), analyze(tinyNetwork(5)), 3);
    QVERIFY(!makeCodebooks(spec, others, planOfAll(spec, 0.0, 4)).ok());
}

void TestCodebook::sharesTheLayersOfThePlan() {
    const NetworkSpec spec = tinyNetwork();
    const NodeId dense = spec.nodeByName("Dense 1")->id;
    const NodeId conv = spec.nodeByName("Conv 1")->id;
    CompressionPlan plan;
    plan.layers[dense] = {.sparsity = 0.5, .bits = 2, .levels = WeightLevels::KMeans};
    plan.layers[conv] = {.bits = 4, .levels = WeightLevels::Uniform};
    const WeightSet weights = tinyWeights();
    const auto masks = makeMasks(spec, weights, plan);
    QVERIFY(masks.ok());
    const auto codebooks = makeCodebooks(spec, weights, plan, &*masks);
    QVERIFY(codebooks.ok());
    QCOMPARE(codebooks->size(), std::size_t{1});
    const WeightSet after = shared(weights, *codebooks);
    QCOMPARE(differentValues(after.values(entryOf(after, dense))).size(), std::size_t{4});
    for (const ParameterEntry& entry : weights.layout->entries) {
        if (entry.node == dense && entry.spec.name == "weight") continue;
        QVERIFY(std::ranges::equal(weights.values(entry), after.values(entry)));
    }
    const auto values = after.values(entryOf(after, dense));
    QCOMPARE(std::ranges::count(values, 0.0F), static_cast<std::ptrdiff_t>(values.size() / 2));
    QVERIFY(withTrainedCentroids(*codebooks, after) == *codebooks);
}

void TestCodebook::gradientsAreSummed() {
    const NetworkSpec spec = tinyNetwork();
    const WeightSet weights = tinyWeights();
    const auto codebooks = makeCodebooks(spec, weights, planOfAll(spec, 0.0, 2));
    QVERIFY(codebooks.ok());
    const auto constraint = sharingConstraint(weights.layout, *codebooks);
    std::vector<float> gradients;
    for (std::size_t i = 0; i < weights.parameters.size(); ++i) gradients.push_back(static_cast<float>(i % 17) - 8.0F);
    const std::vector<float> before = gradients;
    constraint->adaptGradients(gradients);
    for (const auto& [layer, codebook] : *codebooks) {
        const std::size_t offset = entryOf(weights, layer).offset;
        std::vector<float> sums(codebook.centroids.size(), 0.0F);
        for (std::size_t i = 0; i < codebook.codes.size(); ++i) sums[static_cast<std::size_t>(codebook.codes[i])] += before[offset + i];
        for (std::size_t i = 0; i < codebook.codes.size(); ++i) {
            QCOMPARE(gradients[offset + i], sums[static_cast<std::size_t>(codebook.codes[i])]);
        }
    }
    const ParameterEntry& bias = entryOf(weights, spec.nodeByName("Dense 1")->id, "bias");
    for (std::size_t i = 0; i < 3; ++i) QCOMPARE(gradients[bias.offset + i], before[bias.offset + i]);
}

void TestCodebook::trainedCentroidsMoveTogether() {
    const NetworkSpec spec = tinyNetwork();
    const WeightSet weights = tinyWeights();
    const CompressionPlan plan = planOfAll(spec, 0.4, 3);
    auto masks = makeMasks(spec, weights, plan);
    QVERIFY(masks.ok());
    const auto codebooks = makeCodebooks(spec, weights, plan, &*masks);
    QVERIFY(codebooks.ok());
    const auto constraint =
        sharingConstraint(weights.layout, *codebooks, std::make_shared<const Masks>(std::move(masks).value()));
    for (const char* optimizer : {"sgd", "adam", "adamw"}) {
        Recipe recipe = tinyRecipe();
        recipe.optimizer.kind = optimizer;
        recipe.weightDecay = 1e-3;
        auto loop = TrainingLoop::create(spec, tinyDataset(), recipe, nullptr, &weights, constraint);
        QVERIFY2(loop.ok(), loop.ok() ? "" : loop.error().sentence().c_str());
        QVERIFY(sameBits((*loop)->publish()->parameters, shared(weights, *codebooks).parameters));
        Codebooks live = *codebooks;
        for (int step = 0; step < 6; ++step) {
            QVERIFY((*loop)->runStep().ok());
            const WeightSetPtr now = (*loop)->publish();
            const Codebooks next = withTrainedCentroids(live, *now);
            QVERIFY(!(next == live));
            live = next;
            QVERIFY(sameBits(shared(*now, live).parameters, now->parameters));
        }
    }
}

/// Fine-tuning lets centroids cross, meet and lose their members: the weights are the same, the codebook is as if new.
void TestCodebook::crossedCentroidsAreTidied() {
    const Codebook crossed{3, {0.5F, -0.25F, 7.0F, 0.5F, 0.125F}, {0, kPrunedCode, 1, 3, 4, 4}};
    const Codebook tidy = tidied(crossed);
    QCOMPARE(tidy.bits, 3);
    QCOMPARE(tidy.centroids, (std::vector<float>{-0.25F, 0.125F, 0.5F}));
    std::vector<float> weights;
    for (std::size_t i = 0; i < crossed.codes.size(); ++i) {
        QCOMPARE(tidy.value(i), crossed.value(i));
        weights.push_back(tidy.value(i));
    }
    const auto fresh = makeCodebook(weights, {}, 3);
    QVERIFY(fresh.ok());
    QVERIFY(*fresh == tidy);
}

void TestCodebook::fourHundredThousandWeights() {
    const std::vector<float> weights = formulaWeights(400'000);
    double fastest = 1e9;  // of the processor, not of the clock: tests share the machine
    for (int attempt = 0; attempt < 5; ++attempt) {
        const std::clock_t before = std::clock();
        const auto codebook = makeCodebook(weights, {}, 5);
        fastest = std::min(fastest, 1e3 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC);
        QVERIFY(codebook.ok());
    }
    qInfo("400,000 weights, 32 centroids: %.1f ms", fastest);
#ifdef NDEBUG
    QVERIFY(fastest < 100.0);
#endif
}

QTEST_GUILESS_MAIN(TestCodebook)
#include "tst_codebook.moc"
