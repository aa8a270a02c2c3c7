// Which weights go: against torch.nn.utils.prune on the same weights, and what goes along with a filter.
#include <QTest>

#include <cmath>
#include <limits>

#include "core/compress/sparsity.h"
#include "core/compress/weight_groups.h"
#include "core/graph/chain_builder.h"
#include "tests/core/golden_networks.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

template <class T>
T must(Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().sentence());
    return std::move(result).value();
}

WeightSet freshWeights(const NetworkSpec& spec, std::uint64_t seed = 3) { return initialWeights(spec, analyze(spec), seed); }

NodeId named(const NetworkSpec& spec, const char* name) { return spec.nodeByName(name)->id; }

/// Conv 1 (8 filters, batch norm, ReLU) → Conv 2 (6) → Dense 1 (5)
NetworkSpec normedNetwork() {
    return ChainBuilder("normed").input({2, 10, 10})
        .conv({.filters = 8}).add("batch_norm").relu().conv({.filters = 6}).relu().classifier(5).build();
}

CompressionPlan pruning(NodeId layer, double sparsity, Granularity granularity, const char* criterion = "magnitude") {
    CompressionPlan plan;
    plan.criterion = criterion;
    plan.layers[layer] = {.sparsity = sparsity, .granularity = granularity};
    return plan;
}

/// Names of the tensors with a zero in the mask.
QStringList touched(const Masks& masks) {
    QStringList names;
    for (const ParameterEntry& entry : masks.layout->entries) {
        if (!entry.spec.trainable) continue;
        const auto first = masks.keep.begin() + static_cast<std::ptrdiff_t>(entry.offset);
        if (std::count(first, first + entry.spec.shape.size(), std::uint8_t{0}) > 0) {
            names << QString::fromStdString(entry.nodeName + "." + entry.spec.name);
        }
    }
    return names;
}

}  // namespace

class TestMasks : public QObject {
    Q_OBJECT

  private slots:
    void asTorchPrunes_data() {
        QTest::addColumn<QString>("name");
        for (const auto& entry : goldenCases("pruning")) {
            const auto name = QString::fromStdString(entry.at("name").get<std::string>());
            QTest::newRow(qPrintable(name)) << name;
        }
    }

    void asTorchPrunes() {
        QFETCH(QString, name);
        const NetworkSpec spec = goldenSmallNetwork();
        const auto golden = goldenCase("pruning", name.toStdString());
        WeightSet weights = freshWeights(spec);
        loadGolden(spec, *weights.layout, golden.at("weights"), weights.parameters);
        const Granularity granularity = must(granularityFromName(golden.at("granularity").get<std::string>()));
        const double share = golden.at("share");
        const std::string layer = golden.at("layer");
        CompressionPlan plan = layer.empty() ? must(planForGlobalSparsity(spec, weights, "magnitude", granularity, share))
                                             : pruning(spec.nodeByName(layer)->id, share, granularity);
        // The control network's units are no classes for torch.
        if (granularity == Granularity::Filter && layer == "dense_1") {
            QVERIFY(!makeMasks(spec, weights, plan).ok());
            return;
        }
        const Masks masks = must(makeMasks(spec, weights, plan));
        for (const auto& [tensor, array] : golden.at("masks").items()) {
            const ParameterEntry& entry = entryNamed(spec, *weights.layout, tensor);
            const auto theirs = array.template get<GoldenArray>();
            const auto ours = layerMask(masks, entry.node);
            QCOMPARE(ours.size(), theirs.data.size());
            for (std::size_t i = 0; i < ours.size(); ++i) QCOMPARE(static_cast<double>(ours[i]), theirs.data[i]);
        }
    }

    void kernelsBySumOfMagnitudes() {
        const NetworkSpec spec = goldenSmallNetwork();
        WeightSet weights = freshWeights(spec);
        const NodeId conv = named(spec, "Conv 2");
        const ParameterEntry& entry = *weightEntry(*weights.layout, conv);
        // Kernel k of six has nine weights of ±(k + 1); kernel 4 is made the smallest.
        for (std::size_t i = 0; i < 54; ++i) {
            const float size = i / 9 == 4 ? 0.5F : static_cast<float>(i / 9 + 1);
            weights.parameters[entry.offset + i] = i % 2 == 0 ? size : -size;
        }
        const Masks masks = must(makeMasks(spec, weights, pruning(conv, 1.0 / 3.0, Granularity::Kernel)));
        for (std::size_t i = 0; i < 54; ++i) QCOMPARE(layerMask(masks, conv)[i] == 0, i / 9 == 0 || i / 9 == 4);
        QCOMPARE(masks.count(conv).kept, std::int64_t{36});
        QCOMPARE(touched(masks), QStringList{"Conv 2.weight"});
        const std::vector<double> expected{0.5, 1.0, 0.5};
        QCOMPARE(keptShares(masks, conv), expected);
    }

    void aFilterTakesBiasAndBatchNormAlong() {
        const NetworkSpec spec = normedNetwork();
        const WeightSet weights = freshWeights(spec);
        const NodeId conv = named(spec, "Conv 1");
        const Masks masks = must(makeMasks(spec, weights, pruning(conv, 0.5, Granularity::Filter)));
        const QStringList expected{"Conv 1.weight", "Conv 1.bias", "Batch norm 1.weight", "Batch norm 1.bias"};
        QCOMPARE(touched(masks), expected);
        const std::vector<double> shares = keptShares(masks, conv);
        QCOMPARE(std::ranges::count(shares, 0.0), std::ptrdiff_t{4});
        const auto& entries = *masks.layout;
        for (const auto& [node, tensor] : {std::pair{"Conv 1", "bias"}, {"Batch norm 1", "weight"}, {"Batch norm 1", "bias"}}) {
            const ParameterEntry* entry = entries.find(named(spec, node), tensor);
            for (std::size_t f = 0; f < 8; ++f) QCOMPARE(masks.keep[entry->offset + f] == 0, shares[f] == 0.0);
        }
        // The masks of the masked weights are the same masks.
        QCOMPARE(masksOfZeros(masked(weights, masks)).keep, masks.keep);
    }

    void tiesGoByIndex() {
        const NetworkSpec spec = goldenSmallNetwork();
        WeightSet weights = freshWeights(spec);
        std::ranges::fill(weights.parameters, 0.25F);
        const NodeId conv = named(spec, "Conv 2");
        const Masks masks = must(makeMasks(spec, weights, pruning(conv, 0.4, Granularity::Weight)));
        for (std::size_t i = 0; i < 54; ++i) QCOMPARE(layerMask(masks, conv)[i] == 0, i < 22);
    }

    void randomIsSeededAndIgnoresWeights() {
        const NetworkSpec spec = normedNetwork();
        CompressionPlan plan = pruning(named(spec, "Conv 2"), 0.5, Granularity::Weight, "random");
        plan.seed = 4;
        const auto masks = must(makeMasks(spec, freshWeights(spec, 1), plan)).keep;
        QCOMPARE(must(makeMasks(spec, freshWeights(spec, 2), plan)).keep, masks);
        plan.seed = 5;
        QVERIFY(must(makeMasks(spec, freshWeights(spec, 1), plan)).keep != masks);
        QCOMPARE(std::ranges::count(masks, std::uint8_t{0}), std::ptrdiff_t{216});
    }

    void globalKeepsOneGroupOfEachLayer() {
        const NetworkSpec spec = normedNetwork();
        WeightSet weights = freshWeights(spec);
        const ParameterEntry& dense = *weightEntry(*weights.layout, named(spec, "Dense 1"));
        for (std::int64_t i = 0; i < dense.spec.shape.size(); ++i) weights.parameters[dense.offset + static_cast<std::size_t>(i)] *= 1e-6F;
        const auto plan = must(planForGlobalSparsity(spec, weights, "magnitude", Granularity::Weight, 0.97));
        const Masks masks = must(makeMasks(spec, weights, plan));
        QCOMPARE(masks.count(named(spec, "Dense 1")).kept, std::int64_t{1});
        QCOMPARE(masks.count().total - masks.count().kept, prunedGroups(0.97, masks.count().total));
        const auto filters = must(planForGlobalSparsity(spec, weights, "magnitude", Granularity::Filter, 0.99));
        const Masks few = must(makeMasks(spec, weights, filters));
        for (const char* layer : {"Conv 1", "Conv 2"}) QCOMPARE(std::ranges::count(keptShares(few, named(spec, layer)), 1.0), std::ptrdiff_t{1});
        QCOMPARE(few.count(named(spec, "Dense 1")).sparsity(), 0.0);
    }

    void globalFiltersCompeteByRelativeSize() {
        const NetworkSpec spec = normedNetwork();
        WeightSet weights = freshWeights(spec);
        const auto before = must(planForGlobalSparsity(spec, weights, "magnitude", Granularity::Filter, 0.4));
        const ParameterEntry& conv = *weightEntry(*weights.layout, named(spec, "Conv 1"));
        for (std::int64_t i = 0; i < conv.spec.shape.size(); ++i) weights.parameters[conv.offset + static_cast<std::size_t>(i)] *= 64.0F;
        QVERIFY(must(planForGlobalSparsity(spec, weights, "magnitude", Granularity::Filter, 0.4)) == before);
    }

    void weightsThatAreNoNumbersStay() {
        const NetworkSpec spec = normedNetwork();
        WeightSet weights = freshWeights(spec);
        const NodeId conv = named(spec, "Conv 2");
        const std::size_t offset = weightEntry(*weights.layout, conv)->offset;
        weights.parameters[offset + 7] = std::numeric_limits<float>::quiet_NaN();
        const Masks masks = must(makeMasks(spec, weights, pruning(conv, 0.9, Granularity::Weight)));
        QCOMPARE(layerMask(masks, conv)[7], std::uint8_t{1});
        QVERIFY(planForGlobalSparsity(spec, weights, "magnitude", Granularity::Filter, 0.5).ok());
        weights.parameters[offset + 8] = std::numeric_limits<float>::quiet_NaN();
        WeightSet zeroed = masked(weights, masks);
        QCOMPARE(zeroed.parameters[offset + 8] == 0.0F, layerMask(masks, conv)[8] == 0);
    }

    void otherNetworksWeightsAreRefused() {
        const NetworkSpec spec = normedNetwork();
        const auto result = makeMasks(spec, freshWeights(goldenSmallNetwork()), pruning(named(spec, "Conv 1"), 0.5, Granularity::Weight));
        QVERIFY(!result.ok() && result.error().code == ErrorCode::ShapeMismatch);
    }

    void thresholdAndSparsity() {
        const std::vector<float> weights{0.5F, -0.1F, 0.2F, -0.4F, 0.0F, 0.3F, -0.2F, 0.7F};
        const MagnitudeCurve curve(weights);
        QCOMPARE(curve.count(), std::int64_t{8});
        QCOMPARE(curve.largest(), static_cast<double>(0.7F));
        QCOMPARE(curve.sparsityAt(0.0), 0.0);
        QCOMPARE(curve.sparsityAt(0.15), 0.25);
        QCOMPARE(curve.sparsityAt(0.25), 0.5);
        QCOMPARE(curve.sparsityAt(9.0), 1.0);
        for (const double sparsity : {0.0, 0.125, 0.25, 0.5, 0.625, 0.875, 1.0}) {
            QCOMPARE(curve.sparsityAt(curve.thresholdAt(sparsity)), sparsity);
        }
        QCOMPARE(curve.thresholdAt(0.375), static_cast<double>(0.2F));  // the cut lies between two equal ones
        QCOMPARE(MagnitudeCurve({}).sparsityAt(1.0), 0.0);
        QCOMPARE(MagnitudeCurve({}).thresholdAt(0.5), 0.0);
    }

    void nonZeroMacsFollowTheWeights() {
        const NetworkSpec spec = normedNetwork();
        const WeightSet weights = freshWeights(spec);
        const Analysis analysis = analyze(spec);
        const NodeId conv = named(spec, "Conv 2");
        const Masks masks = must(makeMasks(spec, weights, pruning(conv, 0.25, Granularity::Weight)));
        const std::int64_t positions = 6 * 6;
        QCOMPARE(nonZeroMacs(spec, masks), analysis.total.macs - positions * 108);
    }

    void trainingKeepsPrunedWeightsAtZero() {
        const NetworkSpec spec = normedNetwork();
        const WeightSet weights = freshWeights(spec);
        const auto masks = std::make_shared<const Masks>(
            must(makeMasks(spec, weights, pruning(named(spec, "Conv 1"), 0.5, Granularity::Filter))));
        const auto constraint = maskConstraint(masks);
        std::vector<float> values(masks->keep.size(), 1.5F);
        constraint->adaptGradients(values);
        for (std::size_t i = 0; i < values.size(); ++i) QCOMPARE(values[i], masks->keep[i] != 0 ? 1.5F : 0.0F);
        values.assign(values.size(), std::numeric_limits<float>::infinity());
        constraint->project(values);
        for (std::size_t i = 0; i < values.size(); ++i) QCOMPARE(values[i] == 0.0F, masks->keep[i] == 0);
        QVERIFY(!constraint->usesOtherWeights());
    }
};

QTEST_GUILESS_MAIN(TestMasks)
#include "tst_masks.moc"
