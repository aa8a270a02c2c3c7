// Where the cards of long networks stand: in lines, like text, that can be read whole on the canvas.
#include <QtTest>
#include <map>
#include <set>

#include "core/graph/block_edits.h"
#include "core/graph/docking.h"
#include "core/graph/edits.h"
#include "core/graph/layout.h"
#include "core/graph/presets.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

/// An input and `count` convolutions, each with a ReLU docked.
NetworkSpec longChain(int count) {
    NetworkSpec spec;
    NodeId last = spec.addNode("input", {{"shape", Integers{1, 8, 8}}}, "Input");
    for (int i = 0; i < count; ++i) {
        for (const char* kind : {"conv2d", "relu"}) {
            const NodeId next = spec.addNode(kind);
            static_cast<void>(spec.connect({last, 0}, {next, 0}));
            last = next;
        }
    }
    autoLayout(spec);
    return spec;
}

std::vector<NodeId> headsOf(const NetworkSpec& spec) {
    std::vector<NodeId> heads;
    for (const NodeId id : spec.topologicalOrder()) {
        if (cardHead(spec, id) == id) heads.push_back(id);
    }
    return heads;
}

Position at(const NetworkSpec& spec, NodeId id) { return spec.node(id)->position; }

/// Cards by the height of their line, for networks without branches.
std::map<double, std::vector<NodeId>> linesOf(const NetworkSpec& spec) {
    std::map<double, std::vector<NodeId>> lines;
    for (const NodeId id : headsOf(spec)) lines[at(spec, id).y].push_back(id);
    return lines;
}

/// The zoom at which the Build lens shows all cards in a window of 1600 × 1000, where the canvas is 1080 × 716.
double zoomToFit(const NetworkSpec& spec) {
    double right = 0, bottom = 0;
    for (const NodeId id : headsOf(spec)) {
        right = std::max(right, at(spec, id).x + 112);
        bottom = std::max(bottom, at(spec, id).y + 88 + 24.0 * static_cast<double>(dockedLayers(spec, id).size()));
    }
    return std::min({1.0, 1080 / (right + 48), 716 / (bottom + 56)});
}

}  // namespace

class TestLayout : public QObject {
    Q_OBJECT

  private slots:
    void shortNetworksStandInOneLine() {
        for (const int cards : {2, 5, 9}) QCOMPARE(linesOf(longChain(cards)).size(), std::size_t{1});
        QVERIFY(linesOf(longChain(20)).size() > 1);
    }

    // Read like text: each line from the left, each card right of the one before it.
    void longNetworksGoOnInLines() {
        for (const int cards : {11, 16, 24, 47, 100}) {
            const NetworkSpec spec = longChain(cards);
            const auto lines = linesOf(spec);
            QVERIFY(lines.size() > 1);
            std::size_t longest = 0, shortest = spec.nodes().size();
            double above = -1e9;
            std::vector<NodeId> read;
            for (const auto& [y, heads] : lines) {
                longest = std::max(longest, heads.size());
                shortest = std::min(shortest, heads.size());
                for (std::size_t i = 0; i < heads.size(); ++i) QCOMPARE(at(spec, heads[i]).x, static_cast<double>(i) * kCardStep);
                // A card of 88 with a docked row, a lens's picture, and the link that leads back.
                QVERIFY(y - above >= 88 + 20 + kPictureRoom + kLineGap);
                above = y;
                read.insert(read.end(), heads.begin(), heads.end());
            }
            QVERIFY(read == headsOf(spec));
            QVERIFY2(shortest * 2 >= longest, "a line that is nearly empty");
            const double one = 1080 / (cards * kCardStep + 112 + 48);
            QVERIFY(zoomToFit(spec) > 1.25 * one);
        }
    }

    void everyPresetIsReadable() {
        for (const PresetInfo& info : presets()) {
            const NetworkSpec spec = makePreset(info.name).value();
            const double zoom = zoomToFit(spec);
            QVERIFY2(zoom >= 0.5, qPrintable(QString("%1: %2 cards, %3").arg(info.name.c_str()).arg(headsOf(spec).size()).arg(zoom)));
        }
    }

    // A line ends where a single link leads on; with every block open, each stands whole in one line.
    void branchesStayTogether() {
        for (const char* name : {"resnet-20", "googlenet", "densenet-121", "mobilenet-v2"}) {
            NetworkSpec spec = makePreset(name).value();
            for (const Block& block : std::vector<Block>(spec.blocks())) setFolded(spec, block.name, false);
            autoLayout(spec);
            int back = 0;
            for (const Edge& edge : spec.edges()) {
                const Position from = at(spec, cardHead(spec, edge.from.node)), to = at(spec, cardHead(spec, edge.to.node));
                if (cardHead(spec, edge.from.node) == cardHead(spec, edge.to.node)) continue;
                QVERIFY2(to.x > from.x || beginsLine(from, to), name);
                if (to.x > from.x) continue;
                ++back;
                QVERIFY2(blockOf(spec, edge.from.node) == nullptr || blockOf(spec, edge.from.node) != blockOf(spec, edge.to.node), name);
                for (const Edge& other : spec.edges()) {
                    // Nothing else leads from the lines above to the lines below.
                    const double begin = at(spec, cardHead(spec, other.from.node)).y, end = at(spec, cardHead(spec, other.to.node)).y;
                    if (other.id != edge.id) QVERIFY2(!(begin < to.y && end >= to.y), name);
                }
            }
            QVERIFY2(back > 0, name);
        }
    }

    void aBlockAloneStandsInOneLine() {
        NetworkSpec spec;
        const NodeId input = spec.addNode("input", {{"shape", Integers{8, 16, 16}}});
        const auto name = addBlock(spec, "dense_block", PortRef{input, 0}, {{"steps", std::int64_t{12}}});
        QVERIFY2(name.ok(), name ? "" : name.error().sentence().c_str());
        autoLayout(spec);
        setFolded(spec, *name, false);
        for (const Edge& edge : spec.edges()) QVERIFY(at(spec, edge.from.node).x <= at(spec, edge.to.node).x);
    }

    // What is added in one line moves nothing in the others.
    void editsMoveTheirOwnLine() {
        NetworkSpec spec = longChain(24);
        const auto lines = linesOf(spec);
        const std::vector<NodeId> first = lines.begin()->second;
        const NetworkSpec before = spec;
        const NodeId added = insertBefore(spec, {first[2], 0}, "conv2d");
        QCOMPARE(at(spec, added), at(before, first[2]));
        for (const auto& [y, heads] : lines) {
            for (const NodeId id : heads) {
                const bool moved = y == lines.begin()->first && at(before, id).x >= at(before, first[2]).x;
                QCOMPARE(at(spec, id).x, at(before, id).x + (moved ? kCardStep : 0));
                QCOMPARE(at(spec, id).y, at(before, id).y);
            }
        }
        // On the link between two lines: at the end of the upper one.
        NetworkSpec other = before;
        const NodeId end = insertBefore(other, {std::next(lines.begin())->second.front(), 0}, "conv2d");
        QCOMPARE(at(other, end), (Position{at(before, first.back()).x + kCardStep, at(before, first.back()).y}));
        for (const NodeId id : headsOf(before)) QCOMPARE(at(other, id), at(before, id));
    }

    // An open block takes its room from the lines below, and gives it back.
    void openBlocksMoveTheLinesBelow() {
        const NetworkSpec before = makePreset("googlenet").value();
        NetworkSpec spec = before;
        const std::string name = spec.blocks().front().name;
        const Position home = at(spec, spec.blocks().front().nodes.front());
        setFolded(spec, name, false);
        double bottom = home.y;
        for (const NodeId id : blockNamed(spec, name)->nodes) bottom = std::max(bottom, at(spec, cardHead(spec, id)).y);
        QVERIFY(bottom > home.y);
        int below = 0;
        for (const NodeId id : headsOf(spec)) {
            if (blockOf(spec, id) == blockNamed(spec, name) || at(before, id).y == home.y) continue;
            const bool lower = at(before, id).y > home.y;
            QCOMPARE(at(spec, id), (Position{at(before, id).x, at(before, id).y + (lower ? bottom - home.y : 0)}));
            below += lower ? 1 : 0;
        }
        QVERIFY(below > 0);
        setFolded(spec, name, true);
        QVERIFY(spec == before);
    }

    void otherLinesAreFoundOverLinksThatLeadBack() {
        const NetworkSpec spec = longChain(24);
        const auto lines = linesOf(spec);
        const std::vector<NodeId> second = std::next(lines.begin())->second;
        const std::set<NodeId> others = layersOfOtherLines(spec, second.front());
        for (const Node& node : spec.nodes()) {
            const bool same = at(spec, cardHead(spec, node.id)).y == at(spec, second.front()).y;
            QCOMPARE(others.contains(node.id), !same);
        }
        QVERIFY(layersOfOtherLines(longChain(5), spec.nodes().front().id).empty());
    }
};

QTEST_GUILESS_MAIN(TestLayout)
#include "tst_layout.moc"
