// The network of LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition" (1998).
#include <QTest>

#include <set>

#include "core/graph/chain_builder.h"
#include "core/layers/connection_table.h"
#include "core/layers/rbf_prototypes.h"
#include "core/model/model.h"
#include "core/util/random.h"
#include "tests/core/layer_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

NetworkSpec lenet5() {
    return ChainBuilder("LeNet-5").input({1, 32, 32})
        .conv({.filters = 6, .kernel = 5}).add("subsampling").add("tanh")
        .add("conv2d_table").add("subsampling").add("tanh")
        .conv({.filters = 120, .kernel = 5}).add("tanh")
        .dense(84).add("tanh").add("rbf_output").add("output").build();
}

}  // namespace

class TestLeNet5 : public QObject {
    Q_OBJECT

  private slots:
    // Section II.B: 156, 12, 1,516, 32, 48,120 and 10,164 trainable parameters, 60,000 in all.
    void hasThePublishedParameters() {
        const NetworkSpec spec = lenet5();
        const Analysis analysis = analyze(spec);
        QVERIFY(!analysis.hasErrors());
        std::vector<std::int64_t> counts;
        for (const NodeId id : analysis.order) {
            if (const std::int64_t count = analysis.find(id)->cost.parameters; count > 0) counts.push_back(count);
        }
        QCOMPARE(counts, (std::vector<std::int64_t>{156, 12, 1516, 32, 48120, 10164}));
        QCOMPARE(analysis.total.parameters, std::int64_t{60000});
        QCOMPARE(analysis.classes, 10);
    }

    // Table I: six filters see three neighbouring maps, six four of them, three four others, one all.
    void hasThePublishedTable() {
        const LayerKind& kind = *findLayerKind("conv2d_table");
        const ConnectionTable table(completeAttributes(kind.attributes, {}).value());
        QCOMPARE(table.filters(), std::int64_t{16});
        QCOMPARE(table.connections(), std::int64_t{60});
        QCOMPARE(table.inputsOf(4), (std::vector<std::int64_t>{0, 4, 5}));
        QCOMPARE(table.inputsOf(9), (std::vector<std::int64_t>{0, 3, 4, 5}));
        QCOMPARE(table.inputsOf(14), (std::vector<std::int64_t>{0, 2, 3, 5}));
        QCOMPARE(table.inputsOf(15).size(), std::size_t{6});
        std::vector<int> seen(6, 0);  // each map is seen by ten filters
        for (std::int64_t f = 0; f < 16; ++f) {
            for (const std::int64_t c : table.inputsOf(f)) ++seen[static_cast<std::size_t>(c)];
        }
        QCOMPARE(seen, std::vector<int>(6, 10));
    }

    void prototypesAreSignsAndDiffer() {
        for (const std::int64_t inputs : {84, 30}) {
            const std::vector<float> codes = rbfPrototypes(12, inputs);
            QCOMPARE(static_cast<std::int64_t>(codes.size()), 12 * inputs);
            QVERIFY(std::ranges::all_of(codes, [](float value) { return value == 1.0F || value == -1.0F; }));
            std::set<std::vector<float>> different;
            for (std::int64_t k = 0; k < 12; ++k) different.insert({codes.begin() + k * inputs, codes.begin() + (k + 1) * inputs});
            QCOMPARE(different.size(), std::size_t{12});
            QVERIFY(codes == rbfPrototypes(12, inputs));
        }
    }

    // The nearest prototype has the largest output, 0 at the prototype itself.
    void theNearestPrototypeWins() {
        LayerCase<float> layer(*findLayerKind("rbf_output"), {}, {Shape{84}}, 10);
        layer.inputs[0] = rbfPrototypes(10, 84);
        layer.forward();
        for (int n = 0; n < 10; ++n) {
            const auto row = layer.output.begin() + 10 * n;
            QCOMPARE(static_cast<int>(std::max_element(row, row + 10) - row), n);
            QCOMPARE(row[n], 0.0F);
        }
    }

    void trainsWithoutTheReferenceTier() {
        CompileOptions options;
        options.maximumBatch = 8;
        options.training = true;
        const NetworkSpec spec = lenet5();
        const auto model = Model::compile(spec, options).value();
        for (const LayerPlan& layer : model->plan()) QVERIFY2(layer.tier != Tier::Reference, layer.name.c_str());
        QVERIFY(model->bind(initialWeights(spec, analyze(spec), 3)).ok());
        Tensor images(Shape{8, 1, 32, 32});
        RandomSequence random(2, RandomStreamId::Data);
        for (float& value : images.span()) value = random.uniform();
        const std::vector<int> labels{0, 1, 2, 3, 4, 5, 6, 7};
        std::vector<double> losses;
        for (std::uint64_t step = 0; step < 60; ++step) {
            losses.push_back(model->trainStep(images.view(), labels, step).loss);
            for (std::size_t i = 0; i < model->parameters().size(); ++i) model->parameters()[i] -= 0.002F * model->gradients()[i];
        }
        QVERIFY2(losses.back() < 0.5 * losses.front(), qPrintable(QString("%1 to %2").arg(losses.front()).arg(losses.back())));
    }
};

QTEST_GUILESS_MAIN(TestLeNet5)
#include "tst_lenet5.moc"
