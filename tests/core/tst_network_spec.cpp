#include <QtTest>
#include <set>
#include <utility>

#include "core/graph/docking.h"
#include "core/graph/edits.h"
#include "core/graph/layout.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::vector<std::string> namesInOrder(const NetworkSpec& spec) {
    std::vector<std::string> names;
    for (const NodeId id : spec.topologicalOrder()) names.push_back(spec.node(id)->name);
    return names;
}

std::vector<std::string> sourcesOf(const NetworkSpec& spec, const std::string& name) {
    std::vector<std::string> names;
    for (const Edge* edge : spec.edgesInto(idOf(spec, name))) {
        if (edge->to.port != static_cast<int>(names.size())) names.push_back("gap");
        names.push_back(spec.node(edge->from.node)->name);
    }
    return names;
}

using Names = std::vector<std::string>;

/// Three inputs' worth of layers into one merge.
NetworkSpec fan() {
    NetworkSpec spec;
    spec.addNode("input", {}, "Input");
    for (const char* name : {"A", "B", "C"}) spec.addNode("relu", {}, name);
    spec.addNode("add", {}, "Add");
    link(spec, {{"Input", "A"}, {"Input", "B"}, {"Input", "C"}, {"A", "Add"}, {"B", "Add"}, {"C", "Add"}});
    return spec;
}

}  // namespace

class TestNetworkSpec : public QObject {
    Q_OBJECT

  private slots:
    void namesCountUp() {
        NetworkSpec spec;
        spec.addNode("input");
        spec.addNode("conv2d");
        const NodeId second = spec.addNode("conv2d");
        QCOMPARE(spec.nodes()[0].name, std::string("Input"));
        QCOMPARE(spec.nodes()[1].name, std::string("Conv 1"));
        QCOMPARE(spec.node(second)->name, std::string("Conv 2"));
        spec.removeNode(idOf(spec, "Conv 1"), true);
        QCOMPARE(spec.node(spec.addNode("conv2d"))->name, std::string("Conv 1"));
    }

    void idsAreNeverUsedAgain() {
        NetworkSpec spec = smallChain();
        const NodeId last = spec.addNode("relu");
        spec.removeNode(last, false);
        QVERIFY(spec.addNode("relu") > last);
    }

    void layersAreFoundByLooseNames() {
        const NetworkSpec spec = smallChain();
        QCOMPARE(spec.nodeByName("conv_1")->name, std::string("Conv 1"));
        QCOMPARE(spec.nodeByName("CONV-1")->name, std::string("Conv 1"));
        QVERIFY(spec.nodeByName("Conv 2") == nullptr);
    }

    void renameRefusesTakenNames() {
        NetworkSpec spec = smallChain();
        const NodeId conv = idOf(spec, "Conv 1");
        QVERIFY(spec.rename(conv, "First").ok());
        QVERIFY(spec.rename(conv, "first").ok());
        QVERIFY(!spec.rename(conv, "dense_1").ok());
        QVERIFY(!spec.rename(conv, "  ").ok());
        QCOMPARE(spec.node(conv)->name, std::string("first"));
    }

    void connectRefusesWithAReason_data() {
        QTest::addColumn<QString>("from");
        QTest::addColumn<int>("fromPort");
        QTest::addColumn<QString>("to");
        QTest::addColumn<int>("toPort");
        QTest::addColumn<QString>("said");
        QTest::newRow("taken") << "Input" << 0 << "Dense 1" << 0 << "already taken by Flatten 1";
        QTest::newRow("itself") << "Conv 1" << 0 << "Conv 1" << 0 << "cannot feed itself";
        QTest::newRow("loop") << "Dense 1" << 0 << "Conv 1" << 0 << "close a loop";
        QTest::newRow("into the input") << "Conv 1" << 0 << "Input" << 0 << "has no input";
        QTest::newRow("out of the output") << "Output" << 0 << "Conv 1" << 0 << "has no output";
        QTest::newRow("second output") << "Input" << 1 << "Conv 1" << 0 << "one output";
        QTest::newRow("second input") << "Input" << 0 << "Conv 1" << 1 << "has no input number 1";
    }
    void connectRefusesWithAReason() {
        QFETCH(QString, from);
        QFETCH(int, fromPort);
        QFETCH(QString, to);
        QFETCH(int, toPort);
        QFETCH(QString, said);
        NetworkSpec spec = smallChain();
        const NetworkSpec before = spec;
        const auto edge = spec.connect({idOf(spec, from.toStdString()), fromPort}, {idOf(spec, to.toStdString()), toPort});
        QVERIFY(!edge.ok());
        QVERIFY2(QString::fromStdString(edge.error().sentence()).contains(said), edge.error().sentence().c_str());
        QVERIFY(spec == before);
    }

    void replaceTakesTheInputOver() {
        NetworkSpec spec = smallChain();
        const NodeId dense = idOf(spec, "Dense 1");
        QVERIFY(spec.connect({idOf(spec, "Relu 1"), 0}, {dense, 0}, true).ok());
        QCOMPARE(sourcesOf(spec, "Dense 1"), (Names{"Relu 1"}));
        QVERIFY(spec.edgesOutOf(idOf(spec, "Flatten 1")).empty());
    }

    void mergesGetAPortPerEdge() {
        NetworkSpec spec = fan();
        const NodeId add = idOf(spec, "Add");
        QCOMPARE(sourcesOf(spec, "Add"), (Names{"A", "B", "C"}));
        QVERIFY(spec.connect({idOf(spec, "Input"), 0}, {add, 1}).ok());
        QCOMPARE(sourcesOf(spec, "Add"), (Names{"A", "B", "C", "Input"}));
        spec.disconnect(spec.edgeInto({add, 1})->id);
        QCOMPARE(sourcesOf(spec, "Add"), (Names{"A", "C", "Input"}));
        spec.removeNode(idOf(spec, "A"), false);
        QCOMPARE(sourcesOf(spec, "Add"), (Names{"C", "Input"}));
        QVERIFY(spec.connect({idOf(spec, "B"), 0}, {add, 0}, true).ok());
        QCOMPARE(sourcesOf(spec, "Add"), (Names{"B", "Input"}));
    }

    void removingHealsTheChain() {
        NetworkSpec spec = smallChain();
        spec.blocks().push_back({"Block", {idOf(spec, "Relu 1"), idOf(spec, "Conv 1")}});
        spec.removeNode(idOf(spec, "Relu 1"), true);
        QCOMPARE(sourcesOf(spec, "Flatten 1"), (Names{"Conv 1"}));
        QCOMPARE(spec.blocks().front().nodes.size(), std::size_t{1});
        spec.removeNode(idOf(spec, "Conv 1"), false);
        QVERIFY(sourcesOf(spec, "Flatten 1").empty());
        QVERIFY(spec.blocks().empty());
    }

    void healingKeepsTheOrderOfAMerge() {
        NetworkSpec spec = fan();
        spec.removeNode(idOf(spec, "B"), true);
        QCOMPARE(sourcesOf(spec, "Add"), (Names{"A", "Input", "C"}));
    }

    void insertingOnAnEdge() {
        NetworkSpec spec = smallChain();
        const NodeId norm = spec.addNode("batch_norm", {}, "Norm");
        QVERIFY(spec.insertOnEdge(norm, spec.edgeInto({idOf(spec, "Relu 1"), 0})->id).ok());
        QCOMPARE(namesInOrder(spec), (Names{"Input", "Conv 1", "Norm", "Relu 1", "Flatten 1", "Dense 1", "Output"}));
        // From its old place, which heals, to another.
        QVERIFY(spec.insertOnEdge(norm, spec.edgeInto({idOf(spec, "Output"), 0})->id).ok());
        QCOMPARE(namesInOrder(spec), (Names{"Input", "Conv 1", "Relu 1", "Flatten 1", "Dense 1", "Norm", "Output"}));
        const NetworkSpec before = spec;
        QVERIFY(spec.insertOnEdge(norm, spec.edgeInto({norm, 0})->id).ok());
        QVERIFY(spec == before);
        QVERIFY(!spec.insertOnEdge(idOf(spec, "Input"), spec.edgeInto({norm, 0})->id).ok());
    }

    void loopsShortenTheOrder() {
        NetworkSpec spec = smallChain();
        QVERIFY(spec.insertNode({NodeId{50}, "add", "Add", {}, {}}).ok());
        QVERIFY(spec.insertNode({NodeId{51}, "relu", "Ring", {}, {}}).ok());
        QVERIFY(spec.insertEdge({{}, {NodeId{50}, 0}, {NodeId{51}, 0}}).ok());
        QVERIFY(spec.insertEdge({{}, {NodeId{51}, 0}, {NodeId{50}, 0}}).ok());
        QCOMPARE(spec.topologicalOrder().size(), std::size_t{6});
        QVERIFY(!spec.insertNode({NodeId{50}, "relu", "Other", {}, {}}).ok());
        QVERIFY(!spec.insertNode({NodeId{52}, "relu", "conv 1", {}, {}}).ok());
        QVERIFY(!spec.insertNode({NodeId{0}, "relu", "Zero", {}, {}}).ok());
        QVERIFY(spec.addNode("relu").value > 51);
    }

    void dockingFollowsChains() {
        NetworkSpec spec = smallChain();
        const NodeId conv = idOf(spec, "Conv 1");
        QCOMPARE(dockHead(spec, idOf(spec, "Flatten 1")), conv);
        QCOMPARE(dockedLayers(spec, conv), (std::vector<NodeId>{idOf(spec, "Relu 1"), idOf(spec, "Flatten 1")}));
        QVERIFY(dockedLayers(spec, idOf(spec, "Relu 1")).empty());
        QVERIFY(isDocked(spec, idOf(spec, "Output")));
        // A branch behind the convolution undocks what follows it.
        const NodeId side = spec.addNode("conv2d", {}, "Side");
        QVERIFY(spec.connect({conv, 0}, {side, 0}).ok());
        QVERIFY(!isDocked(spec, idOf(spec, "Relu 1")));
        QCOMPARE(dockHead(spec, idOf(spec, "Flatten 1")), idOf(spec, "Relu 1"));
    }

    void layoutPlacesCardsAndRows() {
        NetworkSpec spec = smallChain();
        autoLayout(spec);
        const auto at = [&](const char* name) { return spec.nodeByName(name)->position; };
        QCOMPARE(at("Input"), (Position{0, 0}));
        QCOMPARE(at("Conv 1"), (Position{168, 0}));
        QCOMPARE(at("Relu 1"), (Position{168, 24}));
        QCOMPARE(at("Flatten 1"), (Position{168, 48}));
        QCOMPARE(at("Dense 1"), (Position{336, 0}));
        QCOMPARE(at("Output"), (Position{336, 24}));
    }

    void layoutGivesBranchesRows() {
        NetworkSpec spec = fan();
        const NodeId head = spec.addNode("conv2d", {}, "D");
        QVERIFY(spec.insertOnEdge(head, spec.edgeInto({idOf(spec, "Add"), 1})->id).ok());
        autoLayout(spec);
        std::set<std::pair<double, double>> places;
        for (const Node& node : spec.nodes()) {
            if (!isDocked(spec, node.id)) QVERIFY(places.emplace(node.position.x, node.position.y).second);
        }
        // The longest branch (B, D) goes on in the input's row.
        QCOMPARE(spec.nodeByName("B")->position, (Position{168, 0}));
        QCOMPARE(spec.nodeByName("D")->position, (Position{336, 0}));
        QCOMPARE(spec.nodeByName("Add")->position.x, 504.0);
        QVERIFY(spec.nodeByName("A")->position.y > 0);
    }

    void insertedCardsMakeRoom() {
        NetworkSpec spec = smallChain();
        autoLayout(spec);
        const NodeId added = insertBefore(spec, {idOf(spec, "Dense 1"), 0}, "dense");
        QCOMPARE(spec.node(added)->position, (Position{336, 0}));
        QCOMPARE(spec.nodeByName("Dense 1")->position, (Position{504, 0}));
        QCOMPARE(spec.nodeByName("Conv 1")->position, (Position{168, 0}));
    }
};

QTEST_GUILESS_MAIN(TestNetworkSpec)
#include "tst_network_spec.moc"
