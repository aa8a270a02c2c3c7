// The reference arithmetic against numbers from elsewhere: PyTorch's, and worked examples of courses.
#include <QTest>

#include <algorithm>

#include "core/layers/layer_kind.h"
#include "tests/core/layer_case.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;
using nlohmann::json;

namespace {

using Integers = std::vector<std::int64_t>;

Shape perImageShape(const json& array) {
    const auto extents = array.at("shape").get<Integers>();
    return Shape(Integers(extents.begin() + 1, extents.end()));
}

// The attributes of a case: what the file says under the kind's own keys, and one word that is PyTorch's.
Attributes attributesOf(const LayerKind& kind, const json& entry) {
    Attributes attributes;
    for (const AttributeSchema& schema : kind.attributes) {
        const bool renamed = schema.key == "slope" && entry.contains("negative_slope");
        const auto found = entry.find(renamed ? "negative_slope" : schema.key);
        if (found == entry.end()) continue;
        switch (schema.type) {
            case AttributeType::Bool:
                if (found->is_boolean()) attributes.set(schema.key, found->get<bool>());  // a bias may be an array
                break;
            case AttributeType::Integer: attributes.set(schema.key, found->get<std::int64_t>()); break;
            case AttributeType::Real: attributes.set(schema.key, found->get<double>()); break;
            case AttributeType::Choice: attributes.set(schema.key, found->get<std::string>()); break;
            case AttributeType::RealList: attributes.set(schema.key, found->get<std::vector<double>>()); break;
            default: attributes.set(schema.key, found->get<Integers>()); break;
        }
    }
    return attributes;
}

// "input", "input_2", "input_3" …
std::string inputWord(std::size_t index) { return index == 0 ? "input" : "input_" + std::to_string(index + 1); }

template <class T>
std::vector<T> numbers(const json& array) {
    const auto values = array.at("data").get<std::vector<double>>();
    return {values.begin(), values.end()};
}

// The word that the file uses for a parameter before the layer runs.
std::string wordBefore(const ParameterSpec& spec) {
    if (spec.name == "running_mean") return "running_mean_before";
    if (spec.name == "running_var") return "running_variance_before";
    return spec.name;
}

template <class T>
LayerCase<T> caseOf(const json& entry) {
    const LayerKind& kind = *findLayerKind(entry.at("kind").get<std::string>());
    std::vector<Shape> shapes;
    for (std::size_t k = 0; entry.contains(inputWord(k)); ++k) shapes.push_back(perImageShape(entry.at(inputWord(k))));
    LayerCase<T> layer(kind, attributesOf(kind, entry), shapes, entry.at("input").at("shape")[0].get<std::int64_t>());
    layer.training = entry.value("training", false);
    for (std::size_t k = 0; k < shapes.size(); ++k) layer.inputs[k] = numbers<T>(entry.at(inputWord(k)));
    layer.outputGradient = numbers<T>(entry.at("output_gradient"));
    for (std::size_t i = 0; i < layer.specs.size(); ++i) {
        layer.parameters[i] = numbers<T>(entry.at(wordBefore(layer.specs[i])));
    }
    return layer;
}

template <class T>
void compare(const std::vector<T>& ours, const json& theirs, double tolerance, const std::string& what) {
    const auto values = theirs.at("data").get<std::vector<double>>();
    const double difference = largestDifference(std::span<const T>(ours), values);
    QVERIFY2(difference <= tolerance, qPrintable(QString("%1 differs by %2").arg(what.c_str()).arg(difference)));
}

template <class T>
void compareWithTorch(const json& entry, double tolerance) {
    LayerCase<T> layer = caseOf<T>(entry);
    layer.forward();
    compare(layer.output, entry.at("output"), tolerance, "output");
    if (entry.contains("running_mean_after")) {
        compare(layer.parameters[2], entry["running_mean_after"], tolerance, "running mean");
        compare(layer.parameters[3], entry["running_variance_after"], tolerance, "running variance");
    }
    layer.backward();
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
        compare(layer.inputGradients[k], entry.at(inputWord(k) + "_gradient"), tolerance, "gradient of " + inputWord(k));
    }
    for (std::size_t i = 0; i < layer.specs.size(); ++i) {
        if (!layer.specs[i].trainable) continue;
        const std::string word = layer.specs[i].name + "_gradient";
        compare(layer.parameterGradients[i], entry.at(word), tolerance, word);
    }
}

// A worked convolution of the courses, with or without its bias.
LayerCase<float> courseConvolution(const json& entry) {
    Attributes attributes{{"filters", std::int64_t{1}}, {"bias", entry.contains("bias")}};
    attributes.set("pads", entry.at("pads").get<Integers>());
    LayerCase<float> layer(*findLayerKind("conv2d"), attributes, {perImageShape(entry.at("input"))}, 1);
    layer.inputs[0] = numbers<float>(entry.at("input"));
    layer.parameters[0] = numbers<float>(entry.at("weight"));
    if (entry.contains("bias")) layer.parameters[1] = entry["bias"].get<std::vector<float>>();
    return layer;
}

}  // namespace

class TestLayerGolden : public QObject {
    Q_OBJECT

  private slots:
    void agreesWithPyTorch_data();
    void agreesWithPyTorch();
    void convolutionOfOneChannel();
    void convolutionOfThreeChannels();
    void poolings();
};

void TestLayerGolden::agreesWithPyTorch_data() {
    QTest::addColumn<QString>("topic");
    QTest::addColumn<QString>("name");
    for (const char* topic : {"layers", "activations", "normalisation", "shapes"}) {
        for (const json& entry : goldenCases(topic)) {
            const auto name = entry.at("name").get<std::string>();
            QTest::newRow(name.c_str()) << QString(topic) << QString::fromStdString(name);
        }
    }
}

void TestLayerGolden::agreesWithPyTorch() {
    QFETCH(QString, topic);
    QFETCH(QString, name);
    const json entry = goldenCase(topic.toStdString(), name.toStdString());
    compareWithTorch<double>(entry, 1e-12);
    compareWithTorch<float>(entry, 2e-5);
}

void TestLayerGolden::convolutionOfOneChannel() {
    const json entry = goldenCase("course_arithmetic", "convolution_one_channel");
    LayerCase<float> layer = courseConvolution(entry);
    layer.forward();
    QCOMPARE(layer.output[0], 114.0F);  // 5·60 − 113 − 73
    compare(layer.output, entry.at("output"), 0.0, "output");
}

void TestLayerGolden::convolutionOfThreeChannels() {
    const json entry = goldenCase("course_arithmetic", "convolution_three_channels");
    LayerCase<float> layer = courseConvolution(entry);
    layer.forward();
    QCOMPARE(layer.output[0], -25.0F);
    compare(layer.output, entry.at("output"), 0.0, "output");

    // One channel at a time: the other kernels set to 0.
    const std::vector<float> weights = layer.parameters[0];
    layer.parameters[1] = {0.0F};
    constexpr float kSums[] = {308.0F, -498.0F, 164.0F};
    for (std::size_t channel = 0; channel < 3; ++channel) {
        layer.parameters[0].assign(weights.size(), 0.0F);
        std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(9 * channel), 9,
                    layer.parameters[0].begin() + static_cast<std::ptrdiff_t>(9 * channel));
        layer.forward();
        QCOMPARE(layer.output[0], kSums[channel]);
    }
}

void TestLayerGolden::poolings() {
    for (const char* kind : {"max_pool", "avg_pool"}) {
        const json entry = goldenCase("course_arithmetic", kind);
        LayerCase<float> layer(*findLayerKind(kind), attributesOf(*findLayerKind(kind), entry), {perImageShape(entry.at("input"))}, 1);
        layer.inputs[0] = numbers<float>(entry.at("input"));
        layer.forward();
        compare(layer.output, entry.at("output"), 0.0, kind);
        const std::vector<float> expected = kind == std::string("max_pool")
                                                ? std::vector<float>{100.0F, 184.0F, 12.0F, 45.0F}
                                                : std::vector<float>{36.5F, 80.0F, 12.0F, 15.0F};
        QCOMPARE(layer.output, expected);
    }
}

QTEST_GUILESS_MAIN(TestLayerGolden)
#include "tst_layer_golden.moc"
