// Every layer kind in what looks into networks: the microscope, receptive fields.
#include <QTest>

#include <cmath>

#include "core/inspect/microscope.h"
#include "core/inspect/receptive_field.h"
#include "tests/core/inspect_case.h"
#include "tests/core/kind_network.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

// The first, the last and two values in between.
std::vector<ValueRef> someValues(NodeId node, const Shape& shape) {
    std::vector<ValueRef> values;
    for (const std::int64_t part : {0, 1, 2, 3}) {
        const auto at = [part](std::int64_t extent) { return (extent - 1) * part / 3; };
        values.push_back({node, at(shape.channels()), at(shape.height()), at(shape.width())});
    }
    return values;
}

double valueIn(const ActivationSnapshot& snapshot, const ValueRef& ref) {
    const Tensor& output = snapshot.outputs.at(ref.node);
    const Shape& shape = output.shape();
    return static_cast<double>(output.data()[(ref.channel * shape.height() + ref.row) * shape.width() + ref.column]);
}

}  // namespace

class TestKindTools : public QObject {
    Q_OBJECT

  private:
    static void addRows() {
        QTest::addColumn<int>("kindIndex");
        QTest::addColumn<int>("exampleIndex");
        for (std::size_t k = 0; k < layerKinds().size(); ++k) {
            const LayerKind& kind = *layerKinds()[k];
            if (kind.group == LayerGroup::Input || kind.group == LayerGroup::Output) continue;
            for (std::size_t e = 0; e < kind.examples.size(); ++e) {
                QTest::newRow((kind.id + ": " + kind.examples[e].name).c_str()) << static_cast<int>(k) << static_cast<int>(e);
            }
        }
    }

    static NetworkSpec network() {
        QFETCH(int, kindIndex);
        QFETCH(int, exampleIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        return networkAround(kind, kind.examples[static_cast<std::size_t>(exampleIndex)], true);
    }

  private slots:
    // The microscope's arithmetic gives what the network computed.
    void explainsWhatWasComputed_data() { addRows(); }
    void explainsWhatWasComputed() {
        const NetworkSpec spec = network();
        const Analysis analysis = analyze(spec);
        QVERIFY(!analysis.hasErrors());
        const auto snapshot = snapshotOf(spec, std::make_shared<const WeightSet>(livelyWeights(spec)));
        for (const NodeId id : analysis.order) {
            const Node& node = *spec.node(id);
            for (const ValueRef& value : someValues(id, *analysis.find(id)->output)) {
                const auto explanation = explainValue(spec, *snapshot, value);
                if (id == analysis.input) {
                    QVERIFY(!explanation.ok());
                    continue;
                }
                QVERIFY2(explanation.ok(), explanation.ok() ? "" : explanation.error().sentence().c_str());
                const double expected = valueIn(*snapshot, value);
                QVERIFY2(std::abs(explanation->result - expected) <= 2e-5 * std::max(1.0, std::abs(expected)),
                         qPrintable(QString("%1: %2, not %3").arg(node.name.c_str()).arg(explanation->result).arg(expected)));
                QVERIFY2(!explanation->sentence.empty(), node.name.c_str());
                for (const auto& [name, behind] : explanation->docked) {
                    const ValueRef last{spec.nodeByName(name)->id, value.channel, value.row, value.column};
                    QVERIFY2(std::abs(behind - valueIn(*snapshot, last)) <= 2e-5 * std::max(1.0, std::abs(behind)), name.c_str());
                }
            }
        }
    }

    // Changing a pixel outside a value's receptive field does not change the value.
    void pixelsOutsideAreNotSeen_data() { addRows(); }
    void pixelsOutsideAreNotSeen() {
        const NetworkSpec spec = network();
        const Analysis analysis = analyze(spec);
        const auto weights = std::make_shared<const WeightSet>(livelyWeights(spec));
        const Tensor image = randomImage(*analysis.inputShape);
        const auto before = snapshotOf(spec, weights, &image);
        for (const NodeId id : analysis.order) {
            const ValueRef value{id, 0, 0, 0};
            const auto field = receptiveField(spec, analysis, value);
            QVERIFY2(field.ok(), field.ok() ? "" : field.error().sentence().c_str());
            if (!analysis.inputShape->isImage()) continue;
            const Shape& shape = *analysis.inputShape;
            Tensor changed(shape);
            std::copy_n(image.data(), shape.size(), changed.data());
            for (std::int64_t i = 0; i < shape.size(); ++i) {
                const std::int64_t row = i / shape.width() % shape.height(), column = i % shape.width();
                const bool inside = row >= field->top && row <= field->bottom && column >= field->left && column <= field->right;
                if (!inside) changed.data()[i] += 0.7F;
            }
            const auto after = snapshotOf(spec, weights, &changed);
            QVERIFY2(std::abs(valueIn(*after, value) - valueIn(*before, value)) < 1e-5, spec.node(id)->name.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestKindTools)
#include "tst_kind_tools.moc"
