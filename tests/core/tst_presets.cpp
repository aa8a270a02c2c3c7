#include <QtTest>

#include "core/graph/docking.h"
#include "core/graph/presets.h"
#include "tests/core/spec_case.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

class TestPresets : public QObject {
    Q_OBJECT

  private slots:
    // Sizes from tests/golden/course_arithmetic.json: published, recomputed with PyTorch.
    void sizesAreThePublishedOnes_data() {
        QTest::addColumn<QString>("preset");
        for (const PresetInfo& info : presets()) QTest::newRow(info.name.c_str()) << QString::fromStdString(info.name);
    }
    void sizesAreThePublishedOnes() {
        QFETCH(QString, preset);
        const auto golden = goldenCase("course_arithmetic", "network_" + preset.toStdString());
        PresetOptions options;
        if (golden.contains("width")) options.width = golden.at("width").get<int>();
        const auto spec = makePreset(preset.toStdString(), options);
        QVERIFY2(spec.ok(), spec ? "" : spec.error().sentence().c_str());
        const Analysis analysis = analyze(*spec);
        QVERIFY(analysis.diagnostics.empty());
        QCOMPARE(analysis.total.parameters, golden.at("parameters").get<std::int64_t>());
        QCOMPARE(analysis.total.macs, golden.at("macs").get<std::int64_t>());
        QCOMPARE(analysis.inputShape->extents(), golden.at("input").get<Integers>());
        for (const auto& layer : golden.at("layers")) {
            const NodeAnalysis* found = analysis.find(idOf(*spec, layer.at("layer").get<std::string>()));
            QCOMPARE(found->output->extents(), layer.at("output").get<Integers>());
            QCOMPARE(found->cost.parameters, layer.at("parameters").get<std::int64_t>());
            QCOMPARE(found->cost.macs, layer.at("macs").get<std::int64_t>());
        }
    }

    void costsCountBytes() {
        const NetworkSpec spec = makePreset("lenet-like").value();
        const NodeAnalysis conv = *analyze(spec).find(idOf(spec, "Conv 1"));
        QCOMPARE(conv.cost.activationBytes, std::int64_t{4 * 6 * 30 * 30});
        QCOMPARE(conv.cost.bytesMoved, std::int64_t{4 * (1 * 32 * 32 + 6 * 30 * 30 + 60)});
    }

    void presetsAdapt() {
        for (const PresetInfo& info : presets()) {
            const auto spec = makePreset(info.name, {.input = Shape{3, 32, 32}, .classes = 7, .width = {}});
            QVERIFY2(spec.ok(), info.name.c_str());
            const Analysis analysis = analyze(*spec, {.imageShape = Shape{3, 32, 32}, .classes = 7, .datasetTitle = {}});
            QVERIFY(analysis.diagnostics.empty());
            QCOMPARE(analysis.classes, 7);
        }
    }

    void theEndDocksToTheLogits() {
        for (const PresetInfo& info : presets()) {
            const NetworkSpec spec = makePreset(info.name).value();
            const NodeId output = analyze(spec).output;
            QCOMPARE(spec.node(dockHead(spec, output))->kind, std::string("dense"));
            QCOMPARE(spec.node(spec.edgeInto({output, 0})->from.node)->kind, std::string("softmax"));
        }
    }

    void wrongWishesAreAnswered() {
        const auto sentence = [](const std::string& name, const PresetOptions& options) {
            const auto spec = makePreset(name, options);
            return QString::fromStdString(spec ? std::string{} : spec.error().sentence());
        };
        QVERIFY(sentence("lenet-lik", {}).contains("did you mean \"lenet-like\"?"));
        QVERIFY(sentence("lenet-like", {.input = {}, .classes = {}, .width = 5}).contains("has no width"));
        QVERIFY(sentence("dense-n", {.input = {}, .classes = {}, .width = 0}).contains("\"units\" is 0"));
        QVERIFY(sentence("lenet-like", {.input = {}, .classes = 0, .width = {}}).contains("0 classes"));
        QVERIFY(sentence("lenet-like", {.input = Shape{1, 4, 4}, .classes = {}, .width = {}}).contains("[Conv 2] kernel 3×3"));
        QVERIFY(sentence("mlp-512-256", {.input = Shape{1, 4}, .classes = {}, .width = {}}).contains("not usable"));
    }
};

QTEST_GUILESS_MAIN(TestPresets)
#include "tst_presets.moc"
