// Blocks: what the kinds build, and the edits that insert, change, fold, unfold and remove them.
#include <QTest>

#include <set>

#include "core/graph/block_edits.h"
#include "core/graph/blocks.h"
#include "core/graph/layout.h"
#include "core/graph/spec_json.h"
#include "core/layers/layer_kind.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

// Input 16×8×8 → Conv 1 (16 filters, same) → Flatten 1 → Dense 1 → Output.
NetworkSpec chain() {
    NetworkSpec spec;
    spec.addNode("input", {{"shape", Integers{16, 8, 8}}}, "Input");
    spec.addNode("conv2d", {{"filters", std::int64_t{16}}, {"pads", Integers{1, 1, 1, 1}}}, "Conv 1");
    spec.addNode("flatten", {}, "Flatten 1");
    spec.addNode("dense", {{"units", std::int64_t{10}}}, "Dense 1");
    spec.addNode("output", {}, "Output");
    link(spec, {{"Input", "Conv 1"}, {"Conv 1", "Flatten 1"}, {"Flatten 1", "Dense 1"}, {"Dense 1", "Output"}});
    return spec;
}

std::string inserted(NetworkSpec& spec, const std::string& kind, const Attributes& parameters = {}) {
    const auto name = insertBlockBehind(spec, kind, idOf(spec, "Conv 1"), parameters);
    if (!name) throw std::runtime_error(name.error().sentence());
    return *name;
}

std::vector<NodeId> ofKind(const NetworkSpec& spec, const Block& block, const std::string& kind) {
    std::vector<NodeId> result;
    for (const NodeId id : block.nodes) {
        if (spec.node(id)->kind == kind) result.push_back(id);
    }
    return result;
}

Attributes parametersOf(const NetworkSpec& spec, const std::string& name) {
    const auto reading = readBlock(spec, *blockNamed(spec, name), Shape{16, 8, 8});
    return reading ? reading->parameters : Attributes{};
}

bool available(const BlockKind& kind) {
    const auto complete = completeAttributes(kind.parameters, {});
    const BlockPlan plan = kind.plan(*complete, Shape{16, 8, 8});
    for (const BlockLayer& layer : plan.layers()) {
        if (findLayerKind(layer.kind) == nullptr) return false;
    }
    return true;
}

}  // namespace

class TestBlocks : public QObject {
    Q_OBJECT

  private slots:
    void everyKind_data() {
        QTest::addColumn<QString>("id");
        for (const BlockKind* kind : blockKinds()) QTest::newRow(kind->id.c_str()) << QString::fromStdString(kind->id);
    }

    // A new block fits where it is put, says what it is, and survives the file.
    void everyKind() {
        QFETCH(QString, id);
        const BlockKind& kind = *findBlockKind(id.toStdString());
        QVERIFY2(available(kind), "a layer of the block has no kind");
        QVERIFY(!kind.label.empty() && !kind.baseName.empty() && !kind.title.empty() && !kind.help.empty());
        for (const AttributeSchema& schema : kind.parameters) {
            QVERIFY2(!schema.label.empty() && !schema.help.empty(), schema.key.c_str());
            QVERIFY(validateAttribute(schema, schema.defaultValue).ok());
        }
        NetworkSpec spec = chain();
        const std::string name = inserted(spec, kind.id);
        const Analysis analysis = analyze(spec);
        QVERIFY2(analysis.diagnostics.empty(), analysis.diagnostics.empty() ? "" : analysis.diagnostics.front().message.c_str());
        const Block& block = *blockNamed(spec, name);
        QVERIFY(isFolded(spec, block));
        QCOMPARE(borderOf(spec, block).source->node, idOf(spec, "Conv 1"));
        QCOMPARE(borderOf(spec, block).exit, block.nodes.back());
        const auto reading = readBlock(spec, block, Shape{16, 8, 8});
        QVERIFY(reading && reading->kind == &kind);
        QVERIFY(!kind.summary(reading->parameters).empty());
        const auto again = specFromJson(specToJson(spec));
        QVERIFY2(again.ok(), again ? "" : again.error().sentence().c_str());
        QVERIFY(*again == spec);
    }

    void sizes() {
        const auto parameters = [](const std::string& kind, const Attributes& given) {
            NetworkSpec spec = chain();
            const std::int64_t before = analyze(spec).find(idOf(spec, "Conv 1"))->cost.parameters;
            inserted(spec, kind, given);
            const Analysis analysis = analyze(spec);
            return analysis.total.parameters - before - analysis.find(idOf(spec, "Dense 1"))->cost.parameters;
        };
        const auto n = [](std::int64_t value) { return AttributeValue(value); };
        // By hand: convolutions without bias, two numbers a map for batch norm.
        QCOMPARE(parameters("basic_residual", {{"filters", n(16)}}), std::int64_t{2 * (16 * 16 * 9 + 32)});
        QCOMPARE(parameters("basic_residual", {{"filters", n(32)}, {"stride", n(2)}}),
                 std::int64_t{16 * 32 * 9 + 32 * 32 * 9 + 16 * 32 + 3 * 64});
        QCOMPARE(parameters("bottleneck_residual", {{"filters", n(4)}}), std::int64_t{16 * 4 + 4 * 4 * 9 + 4 * 16 + 8 + 8 + 32});
        QCOMPARE(parameters("fire", {{"squeeze", n(4)}, {"expand1", n(8)}, {"expand3", n(6)}}),
                 std::int64_t{16 * 4 + 4 + 4 * 8 + 8 + 4 * 6 * 9 + 6});
        QCOMPARE(parameters("dense_block", {{"steps", n(2)}, {"growth", n(3)}, {"bottleneck", n(2)}}),
                 std::int64_t{2 * 16 + 16 * 6 + 12 + 6 * 3 * 9 + 2 * 19 + 19 * 6 + 12 + 6 * 3 * 9});
        const Attributes inception{{"one", n(2)}, {"reduce3", n(3)}, {"three", n(4)}, {"reduce5", n(5)}, {"five", n(6)}, {"pool", n(7)}};
        QCOMPARE(parameters("inception_v1", inception),
                 std::int64_t{16 * 2 + 2 + 16 * 3 + 3 + 3 * 4 * 9 + 4 + 16 * 5 + 5 + 5 * 6 * 25 + 6 + 16 * 7 + 7});
    }

    void aShortcutIsProjectedWhereShapesDiffer() {
        NetworkSpec spec = chain();
        const Block same = *blockNamed(spec, inserted(spec, "basic_residual"));
        QCOMPARE(ofKind(spec, same, "conv2d").size(), std::size_t{2});
        const Block wider = *blockNamed(spec, inserted(spec, "basic_residual", {{"filters", std::int64_t{24}}}));
        QCOMPARE(ofKind(spec, wider, "conv2d").size(), std::size_t{3});
    }

    void aPaddedShortcutHasNoParameters() {
        NetworkSpec spec = chain();
        const std::string name = inserted(spec, "basic_residual", {{"filters", std::int64_t{21}}, {"stride", std::int64_t{2}}, {"shortcut", std::string("padded")}});
        const Analysis analysis = analyze(spec);
        QVERIFY(!analysis.hasErrors());
        const Block block = *blockNamed(spec, name);
        QCOMPARE(*analysis.find(block.nodes.back())->output, (Shape{21, 4, 4}));
        QCOMPARE(ofKind(spec, block, "conv2d").size(), std::size_t{2});
        QCOMPARE(parametersOf(spec, name).text("shortcut"), std::string("padded"));
        QVERIFY(setBlockParameter(spec, name, "shortcut", std::string("fitted")).ok());
        QCOMPARE(ofKind(spec, *blockNamed(spec, name), "conv2d").size(), std::size_t{3});
    }

    void onAnEdge() {
        NetworkSpec spec = chain();
        const EdgeId edge = spec.edgeInto({idOf(spec, "Dense 1"), 0})->id;
        QVERIFY(!insertBlockOnEdge(spec, "fire", EdgeId{999}).ok());
        QVERIFY(!insertBlockOnEdge(spec, "fyre", edge).ok());
        QVERIFY(insertBlockOnEdge(spec, "fyre", edge).error().hint.find("\"fire\"") != std::string::npos);
        NetworkSpec early = chain();
        const auto name = insertBlockOnEdge(early, "fire", early.edgeInto({idOf(early, "Flatten 1"), 0})->id);
        QVERIFY(name.ok());
        QCOMPARE(early.edgeInto({idOf(early, "Flatten 1"), 0})->from.node, blockNamed(early, *name)->nodes.back());
        QVERIFY(!analyze(early).hasErrors());
    }

    // Layers that stay keep their ids, so their weights; the network outside is untouched.
    void aParameterRebuildsTheInside() {
        NetworkSpec spec = chain();
        const std::string name = inserted(spec, "basic_residual");
        const std::vector<NodeId> before = blockNamed(spec, name)->nodes;
        QVERIFY(setBlockParameter(spec, name, "filters", std::int64_t{32}).ok());
        const Block& block = *blockNamed(spec, name);
        QCOMPARE(parametersOf(spec, name).integer("filters"), std::int64_t{32});
        QCOMPARE(block.nodes.size(), before.size() + 2);  // a projection came
        for (const NodeId id : before) QVERIFY(std::count(block.nodes.begin(), block.nodes.end(), id) == 1);
        QVERIFY(!analyze(spec).hasErrors());
        QCOMPARE(analyze(spec).find(idOf(spec, "Flatten 1"))->output->size(), std::int64_t{32 * 64});
        QVERIFY(setBlockParameter(spec, name, "filters", std::int64_t{16}).ok());
        QCOMPARE(blockNamed(spec, name)->nodes, before);
        QVERIFY(!analyze(spec).hasErrors());

        QVERIFY(!setBlockParameter(spec, name, "filters", std::int64_t{0}).ok());
        QVERIFY(!setBlockParameter(spec, name, "fliters", std::int64_t{8}).ok());
        QVERIFY(!setBlockParameter(spec, "Nothing", "filters", std::int64_t{8}).ok());
        QCOMPARE(blockNamed(spec, name)->nodes, before);
    }

    void everyParameterCanBeChanged() {
        for (const BlockKind* kind : blockKinds()) {
            for (const AttributeSchema& schema : kind->parameters) {
                NetworkSpec spec = chain();
                const std::string name = inserted(spec, kind->id);
                std::vector<AttributeValue> values;
                for (const std::string& choice : schema.choices) values.emplace_back(choice);
                for (const std::int64_t common : schema.common) values.emplace_back(common);
                if (schema.type == AttributeType::Bool) values = {true, false};
                QVERIFY2(!values.empty(), schema.key.c_str());
                for (const AttributeValue& value : values) {
                    const Status changed = setBlockParameter(spec, name, schema.key, value);
                    QVERIFY2(changed.ok(), changed ? "" : changed.error().sentence().c_str());
                    const Block& block = *blockNamed(spec, name);
                    QCOMPARE(borderOf(spec, block).exit, block.nodes.back());
                    QCOMPARE(spec.edgeInto({idOf(spec, "Flatten 1"), 0})->from.node, block.nodes.back());
                    QCOMPARE(spec.topologicalOrder().size(), spec.nodes().size());
                    const auto reading = readBlock(spec, block, Shape{16, 8, 8});
                    QVERIFY2(reading && reading->kind == kind, (kind->id + ", " + schema.key).c_str());
                    // A shortcut that nothing has to fit is the same either way.
                    const bool told = schema.key != "shortcut" || ofKind(spec, block, "pad").size() + ofKind(spec, block, "max_pool").size() > 0;
                    if (told) QVERIFY(*reading->parameters.find(schema.key) == normalizedAttribute(schema, value));
                }
            }
        }
    }

    // The kind is read off the layers: how weights begin is free, anything else makes it a block without parameters.
    void whatIsChangedInsideIsTold() {
        NetworkSpec spec = chain();
        const std::string name = inserted(spec, "fire");
        const NodeId first = blockNamed(spec, name)->nodes.front();
        spec.setAttribute(first, "init", std::string("xavier_normal"));
        QCOMPARE(parametersOf(spec, name).integer("squeeze"), std::int64_t{16});
        QVERIFY(setBlockParameter(spec, name, "squeeze", std::int64_t{8}).ok());
        QCOMPARE(spec.node(first)->attributes.text("init"), std::string("xavier_normal"));
        spec.setAttribute(first, "filters", std::int64_t{10});  // a parameter, by hand
        QCOMPARE(parametersOf(spec, name).integer("squeeze"), std::int64_t{10});

        NetworkSpec other = spec;
        const NodeId extra = other.addNode("tanh");
        QVERIFY(other.insertOnEdge(extra, other.edgeInto({blockNamed(other, name)->nodes.back(), 0})->id).ok());
        QCOMPARE(blockOf(other, extra)->name, name);  // between two of its layers
        QVERIFY(isFolded(other, *blockNamed(other, name)));
        QVERIFY(!readBlock(other, *blockNamed(other, name), {}));
        const Status refused = setBlockParameter(other, name, "squeeze", std::int64_t{8});
        QVERIFY(!refused.ok() && refused.error().hint.find("by hand") != std::string::npos);
        spec.setAttribute(first, "dilation", Integers{2, 2});
        QVERIFY(!readBlock(spec, *blockNamed(spec, name), {}));
    }

    void feedingAndStarving() {
        NetworkSpec spec = chain();
        const std::string name = inserted(spec, "basic_residual");
        const NetworkSpec fed = spec;
        starveBlock(spec, name);
        QVERIFY(!borderOf(spec, *blockNamed(spec, name)).source);
        QVERIFY(readBlock(spec, *blockNamed(spec, name), {}).has_value());
        QVERIFY(!feedBlock(spec, name, {idOf(spec, "Flatten 1"), 0}).ok());  // a loop
        QVERIFY(feedBlock(spec, name, {idOf(spec, "Conv 1"), 0}).ok());
        QVERIFY(!analyze(spec).hasErrors());
        QCOMPARE(analyze(spec).total.parameters, analyze(fed).total.parameters);
    }

    void foldingMovesWhatStandsBehind() {
        NetworkSpec spec = chain();
        const std::string name = inserted(spec, "inception_v1");
        autoLayout(spec);
        const Position home = spec.node(blockNamed(spec, name)->nodes.front())->position;
        for (const NodeId id : blockNamed(spec, name)->nodes) QCOMPARE(spec.node(id)->position, home);
        const double behind = spec.node(idOf(spec, "Flatten 1"))->position.x;
        const NetworkSpec folded = spec;
        setFolded(spec, name, false);
        double right = 0;
        std::set<std::pair<double, double>> places;
        for (const NodeId id : blockNamed(spec, name)->nodes) {
            const Position at = spec.node(id)->position;
            QVERIFY2(places.emplace(at.x, at.y).second, "two layers at one place");
            right = std::max(right, at.x);
        }
        QVERIFY(right > home.x);
        QCOMPARE(spec.node(idOf(spec, "Flatten 1"))->position.x, behind + right - home.x);
        setFolded(spec, name, true);
        QVERIFY(spec == folded);
    }

    void unfoldingLeavesTheLayers() {
        NetworkSpec spec = chain();
        const std::string name = inserted(spec, "dense_block");
        const Cost before = analyze(spec).total;
        const std::size_t layers = spec.nodes().size();
        unfoldBlock(spec, name);
        QVERIFY(spec.blocks().empty());
        QCOMPARE(spec.nodes().size(), layers);
        QCOMPARE(analyze(spec).total.parameters, before.parameters);
        unfoldBlock(spec, name);  // there is none any more
    }

    void removingJoinsTheNeighbours() {
        for (const BlockKind* kind : blockKinds()) {
            NetworkSpec spec = chain();
            const NetworkSpec before = spec;
            removeBlock(spec, inserted(spec, kind->id));
            QVERIFY(spec.blocks().empty());
            QCOMPARE(spec.nodes(), before.nodes());
            QCOMPARE(spec.edgeInto({idOf(spec, "Flatten 1"), 0})->from.node, idOf(spec, "Conv 1"));
        }
    }

    void namesAreUnique() {
        NetworkSpec spec = chain();
        const std::string first = inserted(spec, "fire");
        const std::string second = inserted(spec, "fire");
        QCOMPARE(first, std::string("Fire 1"));
        QCOMPARE(second, std::string("Fire 2"));
        QVERIFY(!renameBlock(spec, first, second).ok());
        QVERIFY(!renameBlock(spec, first, " ").ok());
        QVERIFY(renameBlock(spec, first, "Flame").ok());
        QVERIFY(blockNamed(spec, "Flame") != nullptr && blockNamed(spec, first) == nullptr);
    }

    void groupsMadeByHand() {
        NetworkSpec spec = chain();
        const auto name = groupNodes(spec, {idOf(spec, "Conv 1"), idOf(spec, "Flatten 1")});
        QVERIFY(name.ok());
        QVERIFY(!groupNodes(spec, {idOf(spec, "Conv 1")}).ok());
        QVERIFY(!groupNodes(spec, {}).ok());
        QVERIFY(!setBlockParameter(spec, *name, "filters", std::int64_t{8}).ok());
        QVERIFY(*specFromJson(specToJson(spec)) == spec);
        removeBlock(spec, *name);
        QCOMPARE(spec.edgeInto({idOf(spec, "Dense 1"), 0})->from.node, idOf(spec, "Input"));
    }
};

QTEST_GUILESS_MAIN(TestBlocks)
#include "tst_blocks.moc"
