// A pruned network made really smaller computes what the masked one does, however its channels hang together.
#include <QTest>

#include <cmath>
#include <set>

#include "core/compress/channel_map.h"
#include "core/compress/sparsity.h"
#include "core/compress/to_dense.h"
#include "core/compress/weight_groups.h"
#include "core/graph/presets.h"
#include "tests/core/compression_networks.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::int64_t kQuick = 20'000'000;  // MACs of a preset that is calculated in plain loops

constexpr double kEqual = 1e-5;

template <class T>
T must(Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().sentence());
    return std::move(result).value();
}

Masks everything(const WeightSet& weights) {
    return {weights.layout, std::vector<std::uint8_t>(weights.layout->parameterCount, std::uint8_t{1})};
}

/// A plan's masks, half of the filters of each layer in random order: layers that hang together rarely agree.
Masks randomFilters(const NetworkSpec& spec, const WeightSet& weights, std::uint64_t seed) {
    return must(makeMasks(spec, weights, must(uniformPlan(spec, "random", Granularity::Filter, 0.5, seed))));
}

/// The masks that take filters with these channel classes away, with all that goes along.
Masks withoutClasses(const NetworkSpec& spec, const WeightSet& weights, const std::set<int>& classes) {
    const Analysis analysis = analyze(spec);
    const ChannelMap map(spec, analysis);
    Masks masks = everything(weights);
    for (const ParameterEntry& entry : weights.layout->entries) {
        if (!entry.spec.trainable) continue;
        const std::vector<int>& output = map.output(entry.node);
        const std::int64_t each = entry.spec.shape.size() / static_cast<std::int64_t>(output.size());
        for (std::size_t f = 0; f < output.size(); ++f) {
            if (!classes.contains(output[f])) continue;
            std::fill_n(masks.keep.begin() + static_cast<std::ptrdiff_t>(entry.offset) + static_cast<std::ptrdiff_t>(f) * each, each, std::uint8_t{0});
        }
    }
    return masks;
}

/// Every third class, the same one in all layers that share it.
std::set<int> everyThirdClass(const NetworkSpec& spec) {
    const Analysis analysis = analyze(spec);
    const ChannelMap map(spec, analysis);
    std::set<int> classes;
    for (int c = 0; c < map.classCount(); c += 3) {
        if (map.members(c).fixers.empty()) classes.insert(c);
    }
    return classes;
}

double difference(const NetworkSpec& spec, const WeightSet& weights, const Masks& masks, const DenseNetwork& dense, std::int64_t images = 3) {
    const Tensor random = randomImages(*analyze(spec).inputShape, images);
    return must(maxAbsDifference(spec, masked(weights, masks), dense.spec, dense.weights, random.view()));
}

const DenseNetwork::Layer& layerOf(const DenseNetwork& dense, const NetworkSpec& spec, const std::string& name) {
    const NodeId id = idOf(spec, name);
    return *std::ranges::find_if(dense.layers, [&](const auto& layer) { return layer.node == id; });
}

QString reasons(const DenseNetwork& dense, const NetworkSpec& spec) {
    QString text;
    for (const auto& held : dense.held) {
        text += QString("%1 of %2: %3\n").arg(held.filters).arg(QString::fromStdString(spec.node(held.layer)->name), QString::fromStdString(held.reason));
    }
    return text;
}

CompressionPlan filtersOf(const NetworkSpec& spec, const std::string& name, double sparsity) {
    CompressionPlan plan;
    plan.layers[idOf(spec, name)] = {.sparsity = sparsity, .granularity = Granularity::Filter};
    return plan;
}

/// Maps that are padded, resized, cropped and averaged by trained coefficients on their way; channels that a slice and a
/// transposed convolution name by their numbers.
NetworkSpec resizedNetwork() {
    BranchBuilder b("resized");
    const NodeId stem = b.normed(b.conv(b.input({2, 7, 7}), 8, 3, 1, false));
    const NodeId padded = b.layer("pad", {stem}, {{"sides", Integers{2, 1, 1, 2}}, {"mode", std::string("reflect")}});
    const NodeId large = b.layer("resize", {padded}, {{"mode", std::string("bilinear")}});
    const NodeId cropped = b.layer("crop", {large}, {{"sides", Integers{1, 2, 3, 2}}});
    const NodeId mean = b.layer("subsampling", {b.layer("relu", {b.conv(cropped, 6, 3, 1, true, "Free")})});
    const NodeId framed = b.layer("pad", {mean}, {{"value", 0.5}});
    const NodeId held = b.layer("relu", {b.conv(framed, 6, 1, 1, true, "Held by the slice")});
    const NodeId part = b.layer("channel_shuffle", {b.layer("slice", {held}, {{"first", std::int64_t{1}}, {"channels", std::int64_t{4}}})});
    const NodeId enlarged = b.layer("conv_transpose2d", {b.conv(part, 5, 1, 1, true, "Held by the transposed")}, {{"filters", std::int64_t{6}}});
    return b.classifier(b.layer("relu", {b.conv(enlarged, 7, 3, 1, true, "Last")}), 4, true);
}

#define HAS(text, part) QVERIFY2((text).contains(part), qPrintable(text))

}  // namespace

class TestToDense : public QObject {
    Q_OBJECT

  private slots:
    void everyPreset_data() {
        QTest::addColumn<QString>("name");
        for (const PresetInfo& info : presets()) {
            if (info.macs <= kQuick) QTest::newRow(info.name.c_str()) << QString::fromStdString(info.name);
        }
    }

    void everyPreset() {
        QFETCH(QString, name);
        const NetworkSpec spec = must(makePreset(name.toStdString()));
        const WeightSet weights = lifelikeWeights(spec);
        if (prunableLayers(spec, Granularity::Filter).empty()) QSKIP("it has no layer but the classes");
        const Masks masks = randomFilters(spec, weights, 5);
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QVERIFY(dense.filtersRemoved() > 0 && dense.macsAfter < dense.macsBefore);
        QVERIFY(!analyze(dense.spec).hasErrors());
        QCOMPARE(analyze(dense.spec).total.macs, dense.macsAfter);
        const double largest = difference(spec, weights, masks, dense, 2);
        const double size = name == "lenet-5-1998" ? 100.0 : 1.0;  // its outputs are distances, not probabilities
        QVERIFY2(largest <= kEqual * size, qPrintable(QString::number(largest)));
    }

    void everyCoupling_data() {
        QTest::addColumn<int>("network");
        QTest::addColumn<int>("seed");
        const auto networks = coupledNetworks();
        for (std::size_t i = 0; i < networks.size(); ++i) {
            for (const int seed : {0, 1, 2, 3}) QTest::addRow("%s, %d", networks[i].name.c_str(), seed) << static_cast<int>(i) << seed;
        }
    }

    void everyCoupling() {
        QFETCH(int, network);
        QFETCH(int, seed);
        const NetworkSpec spec = coupledNetworks()[static_cast<std::size_t>(network)].spec;
        const WeightSet weights = lifelikeWeights(spec, static_cast<std::uint64_t>(seed));
        const Masks masks = seed == 0 ? withoutClasses(spec, weights, everyThirdClass(spec)) : randomFilters(spec, weights, static_cast<std::uint64_t>(seed));
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QVERIFY2(dense.filtersRemoved() > 0, qPrintable(reasons(dense, spec)));
        const double largest = difference(spec, weights, masks, dense);
        QVERIFY2(largest <= kEqual, qPrintable(QString::number(largest)));
    }

    // Where all that share a channel agree, it goes from all of them, through every kind of coupling.
    void agreedChannelsGo() {
        for (const auto& [name, spec] : coupledNetworks()) {
            if (name == "padded sigmoid" || name == "grouped") continue;  // those hold some, see below
            const WeightSet weights = lifelikeWeights(spec);
            const std::set<int> classes = everyThirdClass(spec);
            const DenseNetwork dense = must(toDense(spec, weights, withoutClasses(spec, weights, classes)));
            const ChannelMap map(spec, analyze(spec));
            for (const auto& layer : dense.layers) {
                const auto gone = std::ranges::count_if(map.output(layer.node), [&](int c) { return classes.contains(c); });
                QVERIFY2(layer.filtersBefore - layer.filtersAfter == gone,
                         qPrintable(QString::fromStdString(name + ", " + spec.node(layer.node)->name) + "\n" + reasons(dense, spec)));
            }
            QVERIFY2(dense.held.empty(), qPrintable(reasons(dense, spec)));
        }
    }

    void movedMapsKeepTheirChannels() {
        const NetworkSpec spec = resizedNetwork();
        QVERIFY(!analyze(spec).hasErrors());
        QVERIFY(!std::ranges::count(prunableLayers(spec, Granularity::Filter), idOf(spec, "Transposed conv 1")));
        for (const std::uint64_t seed : {1, 2, 3, 4}) {
            const WeightSet weights = lifelikeWeights(spec, seed);
            const Masks masks = randomFilters(spec, weights, seed);
            const DenseNetwork dense = must(toDense(spec, weights, masks));
            QVERIFY(!analyze(dense.spec).hasErrors());
            QCOMPARE(layerOf(dense, spec, "Conv 1").filtersAfter, std::int64_t{4});
            QCOMPARE(layerOf(dense, spec, "Held by the slice").filtersAfter, std::int64_t{6});
            QCOMPARE(layerOf(dense, spec, "Held by the transposed").filtersAfter, std::int64_t{5});
            HAS(reasons(dense, spec), "Slice 1 needs all of its values: all of them stay");
            HAS(reasons(dense, spec), "Transposed conv 1 needs all of its values: all of them stay");
            QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
        }
        // What a trained coefficient and bias make of a pruned map is one number, which the next layer takes up.
        const NetworkSpec averaged = ChainBuilder("averaged").input({1, 8, 8}).conv({.filters = 6}).relu().add("subsampling").conv({.filters = 5}).classifier(3).build();
        const WeightSet others = lifelikeWeights(averaged);
        const Masks masks = must(makeMasks(averaged, others, filtersOf(averaged, "Conv 1", 0.5)));
        const DenseNetwork smaller = must(toDense(averaged, others, masks));
        QCOMPARE(layerOf(smaller, averaged, "Conv 1").filtersAfter, std::int64_t{3});
        QCOMPARE(smaller.foldedInto, std::vector<NodeId>{idOf(averaged, "Conv 2")});
        QVERIFY(difference(averaged, others, masks, smaller) <= kEqual);
    }

    void filtersOfATransposedConvolutionAreRefused() {
        const NetworkSpec spec = resizedNetwork();
        const auto refused = makeMasks(spec, lifelikeWeights(spec), filtersOf(spec, "Transposed conv 1", 0.5));
        QVERIFY(!refused.ok());
        HAS(QString::fromStdString(refused.error().sentence()), "its weights do not lie in filters, one per output map");
    }

    void anAddHoldsWhatOnlyOneOfThemLost() {
        const NetworkSpec spec = residualNetwork();
        const WeightSet weights = lifelikeWeights(spec);
        const Masks masks = must(makeMasks(spec, weights, filtersOf(spec, "Conv 3", 0.5)));
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QCOMPARE(dense.filtersRemoved(), std::int64_t{0});
        QCOMPARE(dense.held.size(), std::size_t{1});
        QCOMPARE(dense.held.front().filters, std::int64_t{4});
        HAS(reasons(dense, spec), "4 of Conv 3: Add 1 adds Conv 1 and Conv 3 channel by channel: a channel goes from both or from none");
        QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
    }

    void aDepthwiseLayerFollowsItsMaps() {
        const NetworkSpec spec = depthwiseNetwork();
        const WeightSet weights = lifelikeWeights(spec);
        const Masks masks = must(makeMasks(spec, weights, filtersOf(spec, "Conv 3", 0.5)));
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QCOMPARE(layerOf(dense, spec, "Conv 2").filtersAfter, std::int64_t{6});
        QCOMPARE(layerOf(dense, spec, "Conv 3").filtersAfter, std::int64_t{6});
        QCOMPARE(std::get<std::int64_t>(*dense.spec.nodeByName("Conv 3")->attributes.find("groups")), std::int64_t{6});
        QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
    }

    void constantsAreFoldedIntoBiases() {
        const NetworkSpec spec = sigmoidNetwork();
        const WeightSet weights = lifelikeWeights(spec);
        const Masks masks = must(makeMasks(spec, weights, filtersOf(spec, "Conv 1", 0.5)));
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QCOMPARE(layerOf(dense, spec, "Conv 1").filtersAfter, std::int64_t{3});
        QCOMPARE(dense.foldedInto, std::vector<NodeId>{idOf(spec, "Conv 2")});
        QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
        // Behind a concat and batch norm, into a convolution that had no bias.
        const NetworkSpec densely = denselyConnected();
        const WeightSet others = lifelikeWeights(densely);
        const Masks first = must(makeMasks(densely, others, filtersOf(densely, "Conv 1", 0.5)));
        const DenseNetwork smaller = must(toDense(densely, others, first));
        QCOMPARE(layerOf(smaller, densely, "Conv 1").filtersAfter, std::int64_t{4});
        QCOMPARE(smaller.spec.nodeByName("Conv 2")->attributes.find("bias") != nullptr, true);
        QVERIFY(std::get<bool>(*smaller.spec.nodeByName("Conv 2")->attributes.find("bias")));
        QVERIFY(difference(densely, others, first, smaller) <= kEqual);
    }

    void zeroPaddingHoldsAConstant() {
        const NetworkSpec spec = paddedSigmoidNetwork();
        const WeightSet weights = lifelikeWeights(spec);
        const Masks masks = must(makeMasks(spec, weights, filtersOf(spec, "Conv 1", 0.5)));
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QCOMPARE(dense.filtersRemoved(), std::int64_t{0});
        HAS(reasons(dense, spec), "it still gives 0.5 everywhere, which the zero padding of Conv 2 makes uneven");
        QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
    }

    void groupsStayEqual() {
        const NetworkSpec spec = groupedNetwork();
        const WeightSet weights = lifelikeWeights(spec);
        const ChannelMap map(spec, analyze(spec));
        const std::vector<int>& conv = map.output(idOf(spec, "Conv 2"));
        // Four filters of the first group, two of the second: two from each can go.
        const std::set<int> classes{conv[0], conv[1], conv[2], conv[3], conv[7], conv[9]};
        const Masks masks = withoutClasses(spec, weights, classes);
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QCOMPARE(layerOf(dense, spec, "Conv 2").filtersAfter, std::int64_t{8});
        HAS(reasons(dense, spec), "2 groups, which have to stay equally large");
        QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
    }

    void aLayerKeepsItsLastFilterAndTheClasses() {
        const NetworkSpec spec = sigmoidNetwork();
        const WeightSet weights = lifelikeWeights(spec);
        Masks masks = everything(weights);
        std::ranges::fill(masks.keep, std::uint8_t{0});
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        for (const auto& layer : dense.layers) QVERIFY(layer.filtersAfter >= 1);
        QCOMPARE(layerOf(dense, spec, "Conv 1").filtersAfter, std::int64_t{1});
        QCOMPARE(analyze(dense.spec).classes, 4);
        HAS(reasons(dense, spec), "a layer keeps at least one");
        HAS(reasons(dense, spec), "one per class");
        QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
    }

    // A filter that nobody reads goes even where it is not pruned itself.
    void unreadFiltersGo() {
        const NetworkSpec spec = ChainBuilder("unread").input({1, 8, 8}).conv({.filters = 4}).relu().conv({.filters = 3}).relu().classifier(4).build();
        const WeightSet weights = lifelikeWeights(spec);
        Masks masks = everything(weights);
        const ParameterEntry& entry = *weightEntry(*weights.layout, idOf(spec, "Conv 2"));
        for (std::size_t f = 0; f < 3; ++f) std::fill_n(masks.keep.begin() + static_cast<std::ptrdiff_t>(entry.offset + (f * 4 + 2) * 9), 9, std::uint8_t{0});
        const DenseNetwork dense = must(toDense(spec, weights, masks));
        QCOMPARE(layerOf(dense, spec, "Conv 1").filtersAfter, std::int64_t{3});
        QCOMPARE(layerOf(dense, spec, "Conv 2").filtersAfter, std::int64_t{3});
        QVERIFY(difference(spec, weights, masks, dense) <= kEqual);
    }

    void unprunedNetworksStayAsTheyAre() {
        for (const auto& [name, spec] : coupledNetworks()) {
            const WeightSet weights = lifelikeWeights(spec);
            const DenseNetwork dense = must(toDense(spec, weights, everything(weights)));
            QCOMPARE(dense.filtersRemoved(), std::int64_t{0});
            QVERIFY(dense.held.empty() && dense.foldedInto.empty());
            QCOMPARE(dense.weights.parameters, weights.parameters);
            QCOMPARE(dense.weights.statistics, weights.statistics);
            QVERIFY(requireLayout(weights, *dense.weights.layout).ok());
        }
    }

    void groupsForTheWindow() {
        const NetworkSpec spec = residualNetwork();
        const std::vector<ChannelGroup> groups = must(channelGroups(spec));
        const auto of = [&](const std::string& name) {
            return *std::ranges::find_if(groups, [&](const ChannelGroup& g) { return std::ranges::count(g.layers, idOf(spec, name)) > 0; });
        };
        QCOMPARE(of("Conv 2").layers.size(), std::size_t{1});
        QVERIFY(of("Conv 2").reason.empty() && !of("Conv 2").stays);
        const std::vector<NodeId> together{idOf(spec, "Conv 1"), idOf(spec, "Conv 3")};
        QCOMPARE(of("Conv 1").layers, together);
        QCOMPARE(of("Conv 1").count, std::int64_t{8});
        QVERIFY(of("Dense 1").stays);
        HAS(QString::fromStdString(of("Dense 1").reason), "one per class");
        const NetworkSpec depthwise = depthwiseNetwork();
        const std::vector<ChannelGroup> others = must(channelGroups(depthwise));
        const auto pair = std::ranges::find_if(others, [&](const ChannelGroup& g) { return std::ranges::count(g.layers, idOf(depthwise, "Conv 3")) > 0; });
        HAS(QString::fromStdString(pair->reason), "Conv 3 filters each map of Conv 2 by itself");
        QVERIFY(!channelGroups(NetworkSpec()).ok());
    }

    void strangersAreRefused() {
        const NetworkSpec spec = residualNetwork();
        const WeightSet weights = lifelikeWeights(spec);
        const WeightSet others = lifelikeWeights(sigmoidNetwork());
        QVERIFY(!toDense(spec, others, everything(others)).ok());
        QVERIFY(!toDense(spec, weights, everything(others)).ok());
        QVERIFY(!toDense(NetworkSpec(), weights, everything(weights)).ok());
    }
};

QTEST_GUILESS_MAIN(TestToDense)
#include "tst_to_dense.moc"
