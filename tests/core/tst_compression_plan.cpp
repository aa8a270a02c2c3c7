// What a compression plan accepts, its JSON, and what both say about mistakes.
#include <QTest>

#include <cmath>
#include <limits>

#include "core/compress/plan.h"
#include "core/compress/sparsity.h"
#include "core/graph/chain_builder.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

QString sentence(const Status& status) { return status.ok() ? QString() : QString::fromStdString(status.error().sentence()); }

template <class T>
QString problem(const Result<T>& result) {
    return result.ok() ? QString() : QString::fromStdString(result.error().sentence());
}

CompressionPlan onLayer(const NetworkSpec& spec, const std::string& name, LayerCompression layer) {
    CompressionPlan plan;
    plan.layers[idOf(spec, name)] = layer;
    return plan;
}

#define HAS(text, part) QVERIFY2((text).contains(part), qPrintable(text))

}  // namespace

class TestCompressionPlan : public QObject {
    Q_OBJECT

  private slots:
    void layersInExecutionOrder() {
        const NetworkSpec spec = smallChain();
        const std::vector<NodeId> expected{idOf(spec, "Conv 1"), idOf(spec, "Dense 1")};
        QCOMPARE(compressibleLayers(spec), expected);
    }

    void jsonRoundTrip() {
        const NetworkSpec spec = smallChain();
        CompressionPlan plan;
        plan.criterion = "random";
        plan.seed = 18446744073709551615U;
        plan.layers[idOf(spec, "Conv 1")] = {.sparsity = 1.0 / 3.0, .granularity = Granularity::Filter, .bits = 8};
        plan.layers[idOf(spec, "Dense 1")] = {.sparsity = 0.9, .bits = 5, .levels = WeightLevels::KMeans};
        plan.quantization = {.perChannel = false, .activationBits = 32, .range = "mse", .calibrationImages = 64};
        const auto back = planFromJson(planToJson(plan, spec), spec);
        QVERIFY2(back.ok(), qPrintable(problem(back)));
        QVERIFY(*back == plan);
        QVERIFY(plan.prunes() && plan.quantizes() && plan.shares());
    }

    void namesIgnoreCaseAndSpaces() {
        const NetworkSpec spec = smallChain();
        const auto plan = planFromJson(R"({"layers": {"dense_1": {"sparsity": 0.5}, "CONV1": {"bits": 4}}})", spec);
        QVERIFY2(plan.ok(), qPrintable(problem(plan)));
        QCOMPARE(plan->of(idOf(spec, "Dense 1")).sparsity, 0.5);
        QCOMPARE(plan->of(idOf(spec, "Conv 1")).bits, 4);
        QVERIFY(plan->of(idOf(spec, "Relu 1")) == LayerCompression{});
    }

    void jsonMistakes_data() {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("says");
        QTest::newRow("key") << R"({"criterium": "random"})" << "did you mean \"criterion\"";
        QTest::newRow("criterion") << R"({"criterion": "magnitud"})" << "did you mean \"magnitude\"";
        QTest::newRow("layer of another network") << R"({"layers": {"Conv 2": {}}})" << "did you mean \"Conv 1\"";
        QTest::newRow("layer without weights") << R"({"layers": {"Relu 1": {}}})" << "unknown layer \"Relu 1\"";
        QTest::newRow("key of a layer") << R"({"layers": {"Conv 1": {"sparcity": 0.5}}})" << "did you mean \"sparsity\"";
        QTest::newRow("granularity") << R"({"layers": {"Conv 1": {"granularity": "filters"}}})" << "did you mean \"filter\"";
        QTest::newRow("levels") << R"({"layers": {"Conv 1": {"levels": "k-means"}}})" << "did you mean \"kmeans\"";
        QTest::newRow("twice, spelled differently") << R"({"layers": {"Conv 1": {}, "conv1": {}}})" << "[Conv 1] the plan names it twice";
        QTest::newRow("twice") << R"({"seed": 1, "seed": 2})" << "\"seed\" stands twice";
        QTest::newRow("type") << R"({"layers": {"Conv 1": {"sparsity": "half"}}})" << "it has to be a number";
        QTest::newRow("NaN") << R"({"layers": {"Conv 1": {"sparsity": NaN}}})" << "not a JSON object";
        QTest::newRow("null") << R"({"layers": {"Conv 1": {"sparsity": null}}})" << "it has to be a number";
        QTest::newRow("too large") << R"({"layers": {"Conv 1": {"sparsity": 1e999}}})" << "";
        QTest::newRow("negative") << R"({"layers": {"Conv 1": {"sparsity": -0.1}}})" << "[Conv 1] its sparsity is -0.1";
        QTest::newRow("bits") << R"({"layers": {"Conv 1": {"bits": 1}}})" << "choose 2 to 8, or 32";
        QTest::newRow("bits beyond an int") << R"({"layers": {"Conv 1": {"bits": 99999999999}}})" << "a smaller number";
        QTest::newRow("activation bits") << R"({"quantization": {"activation_bits": 16}})" << "choose 2 to 8, or 32";
        QTest::newRow("calibration") << R"({"quantization": {"calibration_images": 0}})" << "give at least 1";
        QTest::newRow("a newer version's") << R"({"format": 2})" << "use a newer version";
        QTest::newRow("cut short") << "{\"layers\": {\"Conv 1\": {\"spar" << "is the file complete";
        QTest::newRow("a list") << "[]" << "not a JSON object";
        QTest::newRow("nothing") << "" << "not a JSON object";
        QTest::newRow("layers as a list") << R"({"layers": []})" << "an object with a key per layer";
    }

    void jsonMistakes() {
        QFETCH(QString, json);
        QFETCH(QString, says);
        const auto plan = planFromJson(json.toStdString(), smallChain());
        QVERIFY(!plan.ok());
        HAS(problem(plan), says);
    }

    void refusesWhatCannotBe() {
        const NetworkSpec spec = smallChain();
        const auto says = [&](const std::string& name, LayerCompression layer) {
            return sentence(validatePlan(onLayer(spec, name, layer), spec));
        };
        const double nan = std::numeric_limits<double>::quiet_NaN();
        HAS(says("Conv 1", {.sparsity = nan}), "[Conv 1] its sparsity is NaN");
        HAS(says("Conv 1", {.sparsity = 1.5}), "give a share from 0 to 1");
        HAS(says("Conv 1", {.sparsity = 1.0}), "would prune all of its 36 weights");
        HAS(says("Conv 1", {.sparsity = 0.9, .granularity = Granularity::Filter}), "would prune all of its 4 filters");
        HAS(says("Relu 1", {.sparsity = 0.5}), "[Relu 1] has no weight tensor");
        HAS(says("Dense 1", {.sparsity = 0.5, .granularity = Granularity::Filter}), "one per class");
        QVERIFY(says("Dense 1", {.sparsity = 0.5, .granularity = Granularity::Kernel}).isEmpty());
        QVERIFY(says("Conv 1", {.sparsity = 0.75, .granularity = Granularity::Filter}).isEmpty());
        CompressionPlan stranger;
        stranger.layers[NodeId{99}] = {};
        HAS(sentence(validatePlan(stranger, spec)), "it can name Conv 1, Dense 1");
        NetworkSpec open = spec;
        open.removeNode(idOf(open, "Output"), false);
        QVERIFY(!validatePlan({}, open).ok());
    }

    void uniformLeavesTheClassesAndOneFilter() {
        const NetworkSpec spec = smallChain();
        const auto plan = uniformPlan(spec, "magnitude", Granularity::Filter, 0.99);
        QVERIFY2(plan.ok(), qPrintable(problem(plan)));
        QCOMPARE(plan->layers.size(), std::size_t{1});
        QCOMPARE(plan->of(idOf(spec, "Conv 1")).sparsity, 0.75);
        HAS(problem(uniformPlan(spec, "magnitude", Granularity::Weight, 1.0)), "would prune everything");
        HAS(problem(uniformPlan(spec, "magnitude", Granularity::Weight, std::nan(""))), "NaN");
        HAS(problem(uniformPlan(spec, "magnitud", Granularity::Weight, 0.5)), "did you mean \"magnitude\"");
        const NetworkSpec classesOnly = ChainBuilder("one layer").input({1, 8, 8}).classifier(10).build();
        HAS(problem(uniformPlan(classesOnly, "magnitude", Granularity::Filter, 0.5)), "prune single weights");
    }
};

QTEST_GUILESS_MAIN(TestCompressionPlan)
#include "tst_compression_plan.moc"
