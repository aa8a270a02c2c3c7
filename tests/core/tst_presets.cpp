#include <QtTest>

#include <set>

#include "core/graph/block_edits.h"
#include "core/graph/docking.h"
#include "core/graph/layout.h"
#include "core/graph/presets.h"
#include "tests/core/spec_case.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

class TestPresets : public QObject {
    Q_OBJECT

    static void everyPreset() {
        QTest::addColumn<QString>("preset");
        for (const PresetInfo& info : presets()) QTest::newRow(info.name.c_str()) << QString::fromStdString(info.name);
    }
    static const PresetInfo& infoOf(const QString& name) {
        return *std::find_if(presets().begin(), presets().end(), [&](const PresetInfo& info) { return info.name == name.toStdString(); });
    }
    static bool cardsApart(const NetworkSpec& spec) {
        std::set<std::pair<double, double>> places;
        for (const Node& node : spec.nodes()) {
            if (cardHead(spec, node.id) == node.id && !places.emplace(node.position.x, node.position.y).second) return false;
        }
        return true;
    }

  private slots:
    // Parameters and MACs as the file states them: published, or recomputed with PyTorch (tests/golden).
    void sizesAreThoseOfTheFile_data() { everyPreset(); }
    void sizesAreThoseOfTheFile() {
        QFETCH(QString, preset);
        const PresetInfo& info = infoOf(preset);
        const auto spec = makePreset(info.name);
        QVERIFY2(spec.ok(), spec ? "" : spec.error().sentence().c_str());
        const Analysis analysis = analyze(*spec);
        QVERIFY2(analysis.diagnostics.empty(), analysis.diagnostics.empty() ? "" : analysis.diagnostics.front().message.c_str());
        QCOMPARE(analysis.total.parameters, info.parameters);
        QCOMPARE(analysis.total.macs, info.macs);
        QCOMPARE(*analysis.inputShape, info.input);
        QCOMPARE(analysis.classes, info.classes);
        QVERIFY(!info.title.empty() && !info.description.empty() && !info.purpose.empty() && !info.source.empty() && !info.group.empty());
        QVERIFY(info.year == 0 || (info.year >= 1800 && info.year <= 2026));
    }

    // Layer by layer from tests/golden/course_arithmetic.json: published, recomputed with PyTorch.
    void sizesAreThePublishedOnes_data() {
        QTest::addColumn<QString>("preset");
        const std::string prefix = "network_";
        for (const auto& each : goldenCases("course_arithmetic")) {
            const auto name = each.at("name").get<std::string>();
            if (name.starts_with(prefix)) QTest::newRow(name.c_str()) << QString::fromStdString(name.substr(prefix.size()));
        }
    }
    void sizesAreThePublishedOnes() {
        QFETCH(QString, preset);
        const nlohmann::json golden = goldenCase("course_arithmetic", "network_" + preset.toStdString());
        PresetOptions options;
        if (golden.contains("width")) options.width = golden.at("width").get<int>();
        const auto spec = makePreset(preset.toStdString(), options);
        QVERIFY2(spec.ok(), spec ? "" : spec.error().sentence().c_str());
        const Analysis analysis = analyze(*spec);
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

    // Where the input is too small for a network, the answer names the layer that it is too small for.
    void presetsAdapt_data() { everyPreset(); }
    void presetsAdapt() {
        QFETCH(QString, preset);
        const auto spec = makePreset(preset.toStdString(), {.input = Shape{3, 32, 32}, .classes = 7, .width = {}});
        if (!spec.ok()) {
            QVERIFY2(infoOf(preset).input.isImage() && infoOf(preset).input.height() > 200, spec.error().sentence().c_str());
            QVERIFY(QString::fromStdString(spec.error().sentence()).contains(QRegularExpression("input 3×32×32: \\[.+ \\d+\\]")));
            return;
        }
        const Analysis analysis = analyze(*spec, {.imageShape = Shape{3, 32, 32}, .classes = 7, .datasetTitle = {}});
        QVERIFY2(analysis.diagnostics.empty(), analysis.diagnostics.empty() ? "" : analysis.diagnostics.front().message.c_str());
        QCOMPARE(analysis.classes, 7);
    }

    // Logits leave a dense layer, or the mean of one map per class; what follows is a row in the same card.
    void theEndDocksToTheLogits() {
        for (const PresetInfo& info : presets()) {
            const NetworkSpec spec = makePreset(info.name).value();
            const NodeId output = analyze(spec).output;
            const std::string kind = spec.node(dockHead(spec, output))->kind;
            QVERIFY2(kind == "dense" || kind == "global_avg_pool" || kind == "rbf_output", info.name.c_str());
        }
    }

    // What a preset is made of can be read off it again.
    void blocksAreOfTheirKind() {
        std::size_t blocks = 0;
        for (const PresetInfo& info : presets()) {
            const NetworkSpec spec = makePreset(info.name).value();
            const Analysis analysis = analyze(spec);
            for (const Block& block : spec.blocks()) {
                const auto reading = readBlock(spec, block, analysis.find(borderOf(spec, block).source->node)->output);
                QVERIFY2(reading && isFolded(spec, block), (info.name + ", " + block.name).c_str());
                ++blocks;
            }
        }
        QVERIFY(blocks > 100);
    }

    // No two cards on top of one another, with blocks folded and with all of them open.
    void cardsDoNotOverlap() {
        for (const PresetInfo& info : presets()) {
            NetworkSpec spec = makePreset(info.name).value();
            QVERIFY2(cardsApart(spec), info.name.c_str());
            for (const Block& block : std::vector<Block>(spec.blocks())) setFolded(spec, block.name, false);
            QVERIFY2(cardsApart(spec), info.name.c_str());
            autoLayout(spec);
            QVERIFY2(cardsApart(spec), info.name.c_str());
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
