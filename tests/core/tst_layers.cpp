// Every kind of layer in the registry, on every one of its examples: shapes, gradients, cost, attributes, messages.
#include <QTest>

#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "core/graph/network_spec.h"
#include "core/layers/layer_kind.h"
#include "core/layers/window.h"
#include "tests/core/layer_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

using Integers = std::vector<std::int64_t>;

// One row for every kind × example.
void addExampleRows() {
    QTest::addColumn<int>("kindIndex");
    QTest::addColumn<int>("exampleIndex");
    const auto& kinds = layerKinds();
    for (std::size_t k = 0; k < kinds.size(); ++k) {
        for (std::size_t e = 0; e < kinds[k]->examples.size(); ++e) {
            const std::string name = kinds[k]->id + ": " + kinds[k]->examples[e].name;
            QTest::newRow(name.c_str()) << static_cast<int>(k) << static_cast<int>(e);
        }
    }
}

const LayerKind& kindOfRow() {
    QFETCH(int, kindIndex);
    return *layerKinds()[static_cast<std::size_t>(kindIndex)];
}

const LayerExample& exampleOfRow() {
    QFETCH(int, exampleIndex);
    return kindOfRow().examples[static_cast<std::size_t>(exampleIndex)];
}

double weightedOutput(LayerCase<double>& layer) {
    layer.forward();
    double sum = 0.0;
    for (std::size_t i = 0; i < layer.output.size(); ++i) sum += layer.output[i] * layer.outputGradient[i];
    return sum;
}

// The largest deviation of `gradient` from central differences of weightedOutput over `values`, relative to
// max(1, |gradient|).
double gradientError(LayerCase<double>& layer, std::vector<double>& values, const std::vector<double>& gradient,
                     double alreadyThere) {
    constexpr double kStep = 1e-5;
    double largest = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double kept = values[i];
        values[i] = kept + kStep;
        const double above = weightedOutput(layer);
        values[i] = kept - kStep;
        const double below = weightedOutput(layer);
        values[i] = kept;
        const double numeric = (above - below) / (2.0 * kStep);
        const double error = std::abs(gradient[i] - alreadyThere - numeric) / std::max(1.0, std::abs(numeric));
        largest = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(largest, error);
    }
    return largest;
}

// What outputShape says to these attributes and inputs, as a sentence; empty if it accepts them.
std::string rejection(const std::string& kindId, const Attributes& given, const std::vector<Shape>& inputs) {
    const LayerKind& kind = *findLayerKind(kindId);
    const auto shape = kind.outputShape(completeAttributes(kind.attributes, given).value(), inputs);
    return shape.ok() ? std::string{} : shape.error().sentence();
}

}  // namespace

class TestLayers : public QObject {
    Q_OBJECT

  private slots:
    void everyKindIsDescribed();
    void attributesAreDescribed();
    void defaultsAreValidAndCompleteIsIdempotent();
    void producesTheInferredShape_data() { addExampleRows(); }
    void producesTheInferredShape();
    void gradientsAgreeWithDifferences_data() { addExampleRows(); }
    void gradientsAgreeWithDifferences();
    void floatAgreesWithDouble_data() { addExampleRows(); }
    void floatAgreesWithDouble();
    void unwantedInputGradientsAreLeftOut_data() { addExampleRows(); }
    void unwantedInputGradientsAreLeftOut();
    void costIsConsistent_data() { addExampleRows(); }
    void costIsConsistent();
    void macsAreThoseOfACountedLoop_data() { addExampleRows(); }
    void macsAreThoseOfACountedLoop();
    void rejectionsNameTheNumbers_data();
    void rejectionsNameTheNumbers();
    void fixesRepair_data();
    void fixesRepair();
    void summaries_data();
    void summaries();
};

void TestLayers::everyKindIsDescribed() {
    std::set<std::string> ids, labels;
    for (const LayerKind* kind : layerKinds()) {
        QVERIFY2(ids.insert(kind->id).second, kind->id.c_str());
        QVERIFY2(labels.insert(kind->label).second, kind->id.c_str());
        QVERIFY2(!kind->baseName.empty() && !kind->title.empty() && !kind->help.empty(), kind->id.c_str());
        QVERIFY2(!kind->examples.empty(), kind->id.c_str());
        QVERIFY2(kind->maxInputs == -1 || kind->maxInputs >= kind->minInputs, kind->id.c_str());
        QCOMPARE(findLayerKind(kind->id), kind);
    }
    QVERIFY(layerKinds().size() >= 17);
    QVERIFY(findLayerKind("no_such_kind") == nullptr);
}

void TestLayers::attributesAreDescribed() {
    for (const LayerKind* kind : layerKinds()) {
        std::set<std::string> keys;
        for (const AttributeSchema& schema : kind->attributes) {
            const std::string name = kind->id + "." + schema.key;
            QVERIFY2(keys.insert(schema.key).second, name.c_str());
            QVERIFY2(!schema.label.empty() && !schema.help.empty() && !schema.section.empty(), name.c_str());
            if (schema.type == AttributeType::Choice) {
                QVERIFY2(schema.choices.size() >= 2, name.c_str());
            } else {
                QVERIFY2(schema.minimum < schema.maximum, name.c_str());
            }
            for (const std::int64_t value : schema.common) {
                QVERIFY2(static_cast<double>(value) >= schema.minimum && static_cast<double>(value) <= schema.maximum,
                         name.c_str());
            }
        }
    }
}

void TestLayers::defaultsAreValidAndCompleteIsIdempotent() {
    for (const LayerKind* kind : layerKinds()) {
        for (const AttributeSchema& schema : kind->attributes) {
            const Status status = validateAttribute(schema, schema.defaultValue);
            QVERIFY2(status.ok(), (kind->id + "." + schema.key).c_str());
        }
        std::vector<Attributes> given{Attributes{}};
        for (const LayerExample& example : kind->examples) given.push_back(example.attributes);
        for (const Attributes& attributes : given) {
            const auto once = completeAttributes(kind->attributes, attributes);
            QVERIFY2(once.ok(), kind->id.c_str());
            QVERIFY(once->values().size() == kind->attributes.size());
            QVERIFY(completeAttributes(kind->attributes, *once).value() == *once);
        }
    }
}

void TestLayers::producesTheInferredShape() {
    LayerCase<double> layer(kindOfRow(), exampleOfRow());
    for (const bool training : {false, true}) {
        layer.training = training;
        // A guard behind the output shows whether more than the inferred shape is written.
        const std::size_t size = layer.output.size();
        layer.output.assign(size + 8, std::numeric_limits<double>::quiet_NaN());
        layer.forward();
        for (std::size_t i = 0; i < size; ++i) QVERIFY(std::isfinite(layer.output[i]));
        for (std::size_t i = size; i < size + 8; ++i) QVERIFY(std::isnan(layer.output[i]));
        layer.output.resize(size);
    }
}

void TestLayers::gradientsAgreeWithDifferences() {
    constexpr double kTolerance = 1e-6;
    constexpr double kAlreadyThere = 0.25;
    for (const bool training : {false, true}) {
        LayerCase<double> layer(kindOfRow(), exampleOfRow());
        layer.training = training;
        for (auto& gradient : layer.parameterGradients) gradient.assign(gradient.size(), kAlreadyThere);
        layer.forward();
        layer.backward();
        for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
            const double error = gradientError(layer, layer.inputs[i], layer.inputGradients[i], 0.0);
            QVERIFY2(error < kTolerance, qPrintable(QString("input %1: %2").arg(i).arg(error)));
        }
        for (std::size_t i = 0; i < layer.specs.size(); ++i) {
            if (!layer.specs[i].trainable) continue;
            const double error =
                gradientError(layer, layer.parameters[i], layer.parameterGradients[i], kAlreadyThere);
            QVERIFY2(error < kTolerance, qPrintable(QString("%1: %2").arg(layer.specs[i].name.c_str()).arg(error)));
        }
    }
}

void TestLayers::floatAgreesWithDouble() {
    LayerCase<double> precise(kindOfRow(), exampleOfRow());
    LayerCase<float> rough(kindOfRow(), exampleOfRow());
    precise.training = rough.training = true;
    precise.forward();
    rough.forward();
    precise.backward();
    rough.backward();
    const auto agree = [](const std::vector<float>& ours, const std::vector<double>& theirs) {
        for (std::size_t i = 0; i < theirs.size(); ++i) {
            if (!(std::abs(ours[i] - theirs[i]) <= 2e-5 * std::max(1.0, std::abs(theirs[i])))) return false;
        }
        return ours.size() == theirs.size();
    };
    QVERIFY(agree(rough.output, precise.output));
    for (std::size_t i = 0; i < rough.inputs.size(); ++i) {
        QVERIFY(agree(rough.inputGradients[i], precise.inputGradients[i]));
    }
    for (std::size_t i = 0; i < rough.specs.size(); ++i) {
        QVERIFY(agree(rough.parameterGradients[i], precise.parameterGradients[i]));
    }
}

void TestLayers::unwantedInputGradientsAreLeftOut() {
    LayerCase<double> wanted(kindOfRow(), exampleOfRow());
    LayerCase<double> unwanted(kindOfRow(), exampleOfRow());
    unwanted.inputGradientsWanted = false;
    wanted.backward();
    unwanted.backward();
    QVERIFY(wanted.parameterGradients == unwanted.parameterGradients);
}

void TestLayers::costIsConsistent() {
    const LayerCase<double> layer(kindOfRow(), exampleOfRow());
    const Cost cost = layerCost(layer.kind, layer.attributes, layer.inputShapes, layer.outputShape);
    std::int64_t trainable = 0, moved = layer.outputShape.size();
    for (std::size_t i = 0; i < layer.specs.size(); ++i) {
        const auto size = static_cast<std::int64_t>(layer.parameters[i].size());
        QVERIFY(size > 0);
        if (layer.specs[i].trainable) trainable += size;
        moved += size;
    }
    for (const Shape& shape : layer.inputShapes) moved += shape.size();
    QCOMPARE(cost.parameters, trainable);
    QCOMPARE(cost.activationBytes, 4 * layer.outputShape.size());
    QCOMPARE(cost.bytesMoved, 4 * moved);
}

void TestLayers::macsAreThoseOfACountedLoop() {
    const LayerCase<double> layer(kindOfRow(), exampleOfRow());
    std::int64_t counted = 0;
    if (!layer.specs.empty() && layer.specs[0].role == ParameterRole::Weight) {
        // Each output value sums over one filter, or one row of weights.
        const Shape& weight = layer.specs[0].shape;
        // A transposed convolution stamps them for each input value; a table leaves filters out, plane by plane.
        const bool stamps = layer.kind.id == "conv_transpose2d", table = layer.kind.id == "conv2d_table";
        if (table) counted = layer.outputShape.height() * layer.outputShape.width() * weight.size();
        const std::int64_t sums = table ? 0 : stamps ? layer.inputShapes[0].size() : layer.outputShape.size();
        for (std::int64_t o = 0; o < sums; ++o) {
            for (std::int64_t i = 0; i < weight.size() / weight[0]; ++i) ++counted;
        }
    }
    QCOMPARE(layerCost(layer.kind, layer.attributes, layer.inputShapes, layer.outputShape).macs, counted);
}

void TestLayers::rejectionsNameTheNumbers_data() {
    QTest::addColumn<QString>("sentence");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const std::string& sentence, const char* expected) {
        QTest::newRow(name) << QString::fromStdString(sentence) << QString::fromUtf8(expected);
    };
    row("kernel", rejection("conv2d", {{"kernel", Integers{7, 7}}}, {Shape{1, 5, 5}}),
        "kernel 7×7 is larger than the input 5×5: make the kernel 5×5 or add padding");
    row("padded kernel",
        rejection("conv2d", {{"kernel", Integers{9, 9}}, {"pads", Integers{1, 1, 1, 1}}}, {Shape{1, 5, 5}}),
        "kernel 9×9 is larger than the padded input 7×7: make the kernel 7×7 or add padding");
    row("dilated kernel",
        rejection("conv2d", {{"kernel", Integers{3, 3}}, {"dilation", Integers{4, 4}}}, {Shape{1, 6, 6}}),
        "kernel 3×3 with dilation 4×4 covers 9×9 and is larger than the input 6×6: make the kernel 2×2 or add padding");
    row("vector into convolution", rejection("conv2d", {}, {Shape{784}}),
        "an image is needed, a vector of 784 values arrives: put it before flatten and dense layers");
    row("groups of channels", rejection("conv2d", {{"groups", std::int64_t{3}}}, {Shape{16, 9, 9}}),
        "16 input channels cannot be divided into 3 equal groups: set groups to 2");
    row("groups of filters",
        rejection("conv2d", {{"groups", std::int64_t{4}}, {"filters", std::int64_t{6}}}, {Shape{16, 9, 9}}),
        "6 filters cannot be divided into 4 equal groups: set groups to 2");
    row("pool larger than the map", rejection("max_pool", {}, {Shape{8, 1, 4}}),
        "kernel 2×2 is larger than the input 1×4: make the kernel 1×2 or add padding");
    row("pool sees padding only", rejection("avg_pool", {{"pads", Integers{2, 0, 0, 0}}}, {Shape{8, 4, 4}}),
        "padding 2 is not smaller than the kernel 2×2, so some windows would see padding only: "
        "use less padding or a larger kernel");
    row("global average of a vector", rejection("global_avg_pool", {}, {Shape{120}}),
        "an image is needed, a vector of 120 values arrives: put it in place of flatten, before dense layers");
    row("image into dense", rejection("dense", {}, {Shape{16, 6, 6}}),
        "a vector is needed, an image of 16×6×6 arrives: insert flatten before it");
    row("800 into 784", rejection("dense", {{"inputs", std::int64_t{784}}}, {Shape{800}}),
        "800 values arrive, 784 expected: set the inputs to 800, or to 0 for as many as arrive");
    row("softmax of an image", rejection("softmax", {}, {Shape{16, 5, 5}}),
        "a vector with one value per class is needed, an image of 16×5×5 arrives: insert flatten and a dense layer, "
        "or global average pooling, before it");
    row("add", rejection("add", {}, {Shape{32, 16, 16}, Shape{16, 32, 32}}),
        "input 2 is 16×32×32, input 1 is 32×16×16: all inputs must have the same shape; a 1×1 convolution can change "
        "channels and size");
    row("concat", rejection("concat", {}, {Shape{4, 8, 8}, Shape{4, 8, 8}, Shape{4, 7, 8}}),
        "input 3 is an image of 4×7×8, input 1 is an image of 4×8×8: inputs must agree in height and width; only the "
        "channels may differ");
    row("log-softmax of an image", rejection("log_softmax", {}, {Shape{16, 5, 5}}),
        "a vector with one value per class is needed, an image of 16×5×5 arrives: insert flatten and a dense layer, "
        "or global average pooling, before it");
    row("local response of a vector", rejection("lrn", {}, {Shape{9}}),
        "an image is needed, a vector of 9 values arrives: put it before flatten and dense layers");
    row("adaptive pooling of a vector", rejection("adaptive_avg_pool", {}, {Shape{9}}),
        "an image is needed, a vector of 9 values arrives: put it before flatten and dense layers");
    row("groups of a group norm", rejection("group_norm", {{"groups", std::int64_t{4}}}, {Shape{6, 3, 3}}),
        "6 channels cannot be divided into 4 equal groups: set groups to 3");
    row("groups of one value", rejection("group_norm", {{"groups", std::int64_t{6}}}, {Shape{6}}),
        "each group is a single value, and normalising it always gives 0: use fewer groups");
    row("instance norm of single pixels", rejection("instance_norm", {}, {Shape{6, 1, 1}}),
        "each map is a single value, and normalising it always gives 0: use group or layer norm, which look at several "
        "maps together");
    row("layer norm of one value", rejection("layer_norm", {}, {Shape{1}}),
        "a single value arrives, and normalising it always gives 0: put it where several values are left");
    row("multiply", rejection("multiply", {}, {Shape{8, 1, 1}, Shape{16, 4, 4}}),
        "input 1 is 8×1×1, input 2 is 16×4×4: inputs must have the same shape, or one value for each channel");
    row("means", rejection("input", {{"mean", std::vector<double>{0.1, 0.2}}}, {}),
        "2 values of mean are given for 1 channel: give one value, or one per channel");
}

void TestLayers::rejectionsNameTheNumbers() {
    QFETCH(QString, sentence);
    QFETCH(QString, expected);
    QCOMPARE(sentence, expected);
}

void TestLayers::fixesRepair_data() {
    QTest::addColumn<QString>("kindId");
    QTest::addColumn<int>("index");
    QTest::addColumn<QString>("label");
    QTest::newRow("smaller kernel") << "conv2d" << 0 << QStringLiteral("Make the kernel 2×2");
    QTest::newRow("padding") << "conv2d" << 1 << QStringLiteral("Pad to the same size");
    QTest::newRow("depthwise follows its input") << "depthwise" << 0 << QStringLiteral("Filter each of the 3 maps");
    QTest::newRow("pool") << "max_pool" << 0 << QStringLiteral("Make the kernel 2×2");
    QTest::newRow("dense") << "dense" << 0 << QStringLiteral("Expect 800 values");
    QTest::newRow("dense, any") << "dense" << 1 << QStringLiteral("Take as many as arrive");
    QTest::newRow("group norm") << "group_norm" << 0 << QStringLiteral("Set groups to 3");
    QTest::newRow("input") << "input" << 0 << QStringLiteral("Use one mean for all channels");
}

void TestLayers::fixesRepair() {
    QFETCH(QString, kindId);
    QFETCH(int, index);
    QFETCH(QString, label);
    const LayerKind& kind = *findLayerKind(kindId == "depthwise" ? "conv2d" : kindId.toStdString());
    Attributes broken;
    if (kindId == "depthwise") broken = {{"kernel", Integers{1, 1}}, {"filters", std::int64_t{8}}, {"groups", std::int64_t{8}}};
    std::vector<Shape> inputs{Shape{3, 2, 2}};
    if (kindId == "conv2d" || kind.id == "max_pool") broken.set("kernel", Integers{5, 5});
    if (kind.id == "dense") {
        broken.set("inputs", std::int64_t{784});
        inputs = {Shape{800}};
    }
    if (kind.id == "group_norm") broken.set("groups", std::int64_t{4});
    if (kind.id == "input") broken.set("mean", std::vector<double>{0.1, 0.2});

    NetworkSpec spec;
    const NodeId id = spec.addNode(kind.id, broken);
    const Attributes complete = completeAttributes(kind.attributes, broken).value();
    QVERIFY(!kind.outputShape(complete, inputs).ok());
    const std::vector<Fix> fixes = kind.fixes(*spec.node(id), complete, inputs);
    QVERIFY(static_cast<int>(fixes.size()) > index);
    QCOMPARE(QString::fromStdString(fixes[static_cast<std::size_t>(index)].label), label);
    fixes[static_cast<std::size_t>(index)].apply(spec);
    const Attributes repaired = completeAttributes(kind.attributes, spec.node(id)->attributes).value();
    QVERIFY(kind.outputShape(repaired, inputs).ok());
    QVERIFY(kind.fixes(*spec.node(id), repaired, inputs).empty());
}

void TestLayers::summaries_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* kindId, const Attributes& given, const char* expected) {
        const LayerKind& kind = *findLayerKind(kindId);
        const std::string text = kind.summary(completeAttributes(kind.attributes, given).value());
        QTest::newRow(expected) << QString::fromStdString(text) << QString::fromUtf8(expected);
    };
    row("conv2d", {{"filters", std::int64_t{6}}}, "6 @ 3×3");
    row("conv2d", {{"filters", std::int64_t{32}}, {"pads", Integers{1, 1, 1, 1}}}, "32 @ 3×3, same");
    row("conv2d", {{"kernel", Integers{2, 2}}, {"pads", Integers{0, 0, 1, 1}}}, "16 @ 2×2, same");
    row("conv2d", {{"pads", Integers{1, 1, 1, 1}}, {"stride", Integers{2, 2}}}, "16 @ 3×3, padding 1, stride 2");
    row("conv2d", {{"dilation", Integers{2, 1}}, {"groups", std::int64_t{4}}}, "16 @ 3×3, dilation 2×1, 4 groups");
    row("max_pool", {}, "Max 2×2");
    row("max_pool", {{"kernel", Integers{3, 3}}}, "Max 3×3, stride 2");
    row("avg_pool", {{"pads", Integers{0, 0, 1, 1}}}, "Average 2×2, padding 0 0 1 1");
    row("dense", {}, "10 units");
    row("dropout", {{"rate", 0.4}}, "rate 0.4");
    row("prelu", {{"per_channel", true}}, "slope per channel");
    row("elu", {}, "alpha 1");
    row("gelu", {{"approximate", std::string("tanh")}}, "by tanh");
    row("softplus", {{"beta", 2.0}}, "beta 2");
    row("lrn", {}, "5 channels");
    row("group_norm", {{"groups", std::int64_t{8}}}, "8 groups");
    row("instance_norm", {{"affine", true}}, "scale and shift");
    row("adaptive_avg_pool", {{"size", Integers{6, 7}}}, "Average to 6×7");
    row("adaptive_max_pool", {}, "Max to 1×1");
    row("leaky_relu", {}, "slope 0.01");
    row("input", {{"mean", std::vector<double>{0.5}}}, "1×28×28, normalised");
}

void TestLayers::summaries() {
    QFETCH(QString, text);
    QFETCH(QString, expected);
    QCOMPARE(text, expected);
}

QTEST_GUILESS_MAIN(TestLayers)
#include "tst_layers.moc"
