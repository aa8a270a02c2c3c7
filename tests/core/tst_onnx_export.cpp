// The exported ONNX files: names, contents, determinism, refusals, and every kind of layer in ONNX Runtime.
#include <QTest>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <cmath>
#include <cstring>
#include <map>

#include <onnx/onnx_pb.h>

#include "core/graph/presets.h"
#include "core/interop/onnx_export.h"
#include "core/layers/layer_kind.h"
#include "tests/core/kind_network.h"
#include "tests/core/layer_case.h"
#include "tests/support/python.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::int64_t kQuick = 20'000'000;  // MACs of a preset that is calculated in plain loops

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

// Weights that look like nothing in particular, small enough that no softmax saturates; variances are positive.
WeightSet someWeights(const NetworkSpec& spec) {
    auto layout = std::make_shared<ParameterLayout>(makeParameterLayout(spec, analyze(spec)));
    WeightSet weights;
    weights.parameters.resize(layout->parameterCount);
    weights.statistics.resize(layout->statisticCount);
    std::uint64_t draw = 1;
    for (const ParameterEntry& entry : layout->entries) {
        std::vector<float> values = parameterValues<float>(entry.spec, draw++);
        if (entry.spec.role == ParameterRole::Weight) {
            for (float& value : values) value /= std::sqrt(static_cast<float>(entry.spec.fanIn));
        }
        auto& buffer = entry.spec.trainable ? weights.parameters : weights.statistics;
        std::copy(values.begin(), values.end(), buffer.begin() + static_cast<std::ptrdiff_t>(entry.offset));
    }
    weights.layout = layout;
    return weights;
}

// input → conv → batch norm → relu → max pool → dropout → flatten → dense → softmax → output, with normalisation.
NetworkSpec classifier() {
    NetworkSpec spec;
    spec.name = "Small classifier";
    const Attributes normalised{{"shape", Integers{2, 6, 6}}, {"mean", Reals{0.5, 0.25}}, {"std", Reals{0.25, 0.5}}};
    NodeId last = append(spec, {}, "input", normalised, "Image");
    last = append(spec, last, "conv2d", {{"filters", std::int64_t{3}}}, "Conv 1");
    last = append(spec, last, "batch_norm", {}, "Batch norm 1");
    last = append(spec, last, "relu", {}, "ReLU 1");
    last = append(spec, last, "max_pool", {}, "Pool 1");
    last = append(spec, last, "dropout", {}, "Dropout 1");
    last = append(spec, last, "flatten", {}, "Flatten 1");
    last = append(spec, last, "dense", {{"units", std::int64_t{4}}}, "Dense 1");
    last = append(spec, last, "softmax", {}, "Softmax 1");
    append(spec, last, "output", {}, "Classes");
    return spec;
}

// The reference arithmetic of a whole network in evaluation mode, layer by layer.
std::vector<float> referenceOutput(const NetworkSpec& spec, const WeightSet& weights, const std::vector<float>& images,
                                   std::int64_t batch) {
    const Analysis analysis = analyze(spec);
    std::map<NodeId, std::vector<float>> values;
    for (const NodeId id : analysis.order) {
        const Node& node = *spec.node(id);
        const LayerKind& kind = *findLayerKind(node.kind);
        std::vector<Shape> shapes;
        for (const auto& shape : analysis.find(id)->inputs) shapes.push_back(*shape);
        if (id == analysis.input) shapes = {*analysis.inputShape};
        LayerCase<float> layer(kind, node.attributes, shapes, batch);
        const auto edges = spec.edgesInto(id);
        for (std::size_t i = 0; i < edges.size(); ++i) layer.inputs[i] = values.at(edges[i]->from.node);
        if (id == analysis.input) layer.inputs = {images};
        for (std::size_t i = 0; i < layer.specs.size(); ++i) {
            const auto span = weights.values(*weights.layout->find(id, layer.specs[i].name));
            layer.parameters[i].assign(span.begin(), span.end());
        }
        layer.forward();
        values[id] = layer.output;
    }
    return values.at(analysis.output);
}

onnx::ModelProto readModel(const QString& path) {
    QFile file(path);
    onnx::ModelProto model;
    if (file.open(QIODevice::ReadOnly)) {
        const QByteArray bytes = file.readAll();
        model.ParseFromArray(bytes.constData(), static_cast<int>(bytes.size()));
    }
    return model;
}

QByteArray fileBytes(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool writeFloats(const QString& path, const std::vector<float>& values) {
    QFile file(path);
    const auto bytes = static_cast<qint64>(values.size() * sizeof(float));
    return file.open(QIODevice::WriteOnly) && file.write(reinterpret_cast<const char*>(values.data()), bytes) == bytes;
}

std::vector<float> readFloats(const QString& path) {
    const QByteArray bytes = fileBytes(path);
    std::vector<float> values(static_cast<std::size_t>(bytes.size()) / sizeof(float));
    std::memcpy(values.data(), bytes.constData(), values.size() * sizeof(float));
    return values;
}

double largestRelativeDifference(const std::vector<float>& ours, const std::vector<float>& theirs) {
    if (ours.size() != theirs.size()) return INFINITY;
    double largest = 0.0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const double theirValue = theirs[i];
        const double difference = std::abs(double{ours[i]} - theirValue) / std::max(1.0, std::abs(theirValue));
        largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
    }
    return largest;
}

std::filesystem::path filesystemPath(const QString& path) { return path.toStdString(); }

QStringList nodeNames(const onnx::ModelProto& model) {
    QStringList names;
    for (const auto& node : model.graph().node()) names << QString::fromStdString(node.name());
    return names;
}

QStringList outputNames(const onnx::ModelProto& model) {
    QStringList names;
    for (const auto& output : model.graph().output()) names << QString::fromStdString(output.name());
    return names;
}

}  // namespace

class TestOnnxExport : public QObject {
    Q_OBJECT

  private slots:
    void namesAreThoseOfTheCanvas();
    void describesItself();
    void shapesOfAllTensorsAreWritten();
    void outputsWithoutSoftmax();
    void networkThatDoesNothing();
    void namesThatClash();
    void deadEndsAreLeftOut();
    void bytesAreTheSameEveryTime();
    void newerOpset();
    void refusals();
    void failedExportKeepsTheOldFile();
    void everyExampleAndPresetInOnnxRuntime();

  private:
    QString pathOf(const QString& name) const { return m_folder.filePath(name); }
    onnx::ModelProto exported(const NetworkSpec& spec, const OnnxExportOptions& options = {});

    QTemporaryDir m_folder;
};

onnx::ModelProto TestOnnxExport::exported(const NetworkSpec& spec, const OnnxExportOptions& options) {
    const auto report = exportOnnx(spec, someWeights(spec), filesystemPath(pathOf("model.onnx")), options);
    if (!report.ok()) {
        qWarning("%s", report.error().sentence().c_str());
        return {};
    }
    return readModel(pathOf("model.onnx"));
}

void TestOnnxExport::namesAreThoseOfTheCanvas() {
    const onnx::ModelProto model = exported(classifier());
    QCOMPARE(nodeNames(model), QStringList({"Image.mean", "Image.std", "Conv 1", "Batch norm 1", "ReLU 1", "Pool 1",
                                            "Flatten 1", "Dense 1", "Softmax 1"}));
    QCOMPARE(outputNames(model), QStringList({"probabilities", "logits"}));
    QStringList initializers;
    for (const auto& tensor : model.graph().initializer()) initializers << QString::fromStdString(tensor.name());
    QCOMPARE(initializers, QStringList({"Image.mean", "Image.std", "Conv 1.weight", "Conv 1.bias",
                                        "Batch norm 1.weight", "Batch norm 1.bias", "Batch norm 1.running_mean",
                                        "Batch norm 1.running_var", "Dense 1.weight", "Dense 1.bias"}));
    QCOMPARE(model.graph().input_size(), 1);
    const auto& input = model.graph().input(0);
    QCOMPARE(input.name(), std::string("Image"));
    QVERIFY(input.doc_string().find("0 to 1") != std::string::npos);
    const auto& shape = input.type().tensor_type().shape();
    QCOMPARE(shape.dim_size(), 4);
    QCOMPARE(shape.dim(0).dim_param(), std::string("N"));
    QCOMPARE(shape.dim(1).dim_value(), 2);
    // Without normalisation there is no node for it.
    NetworkSpec plain = classifier();
    plain.setAttribute(plain.nodeByName("Image")->id, "mean", Reals{0.0});
    plain.setAttribute(plain.nodeByName("Image")->id, "std", Reals{1.0});
    QCOMPARE(nodeNames(exported(plain)).first(), QStringLiteral("Conv 1"));

    NetworkSpec logarithm = classifier();
    const NodeId softmax = logarithm.nodeByName("Softmax 1")->id;
    logarithm.removeNode(softmax, false);
    const NodeId added = append(logarithm, logarithm.nodeByName("Dense 1")->id, "log_softmax");
    QVERIFY(logarithm.connect({added, 0}, {logarithm.nodeByName("Classes")->id, 0}, true).ok());
    QCOMPARE(outputNames(exported(logarithm)), QStringList({"log_probabilities", "logits"}));
}

void TestOnnxExport::describesItself() {
    OnnxExportOptions options;
    options.metadata = {{"dataset", "digits"}, {"accuracy", "0.98"}};
    const onnx::ModelProto model = exported(classifier(), options);
    QCOMPARE(model.ir_version(), std::int64_t{7});
    QCOMPARE(model.opset_import(0).version(), std::int64_t{13});
    QCOMPARE(model.producer_name(), std::string("Convolab"));
    QCOMPARE(model.graph().name(), std::string("Small classifier"));
    std::map<std::string, std::string> metadata;
    for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
    QCOMPARE(metadata.at("dataset"), std::string("digits"));
    QCOMPARE(metadata.at("accuracy"), std::string("0.98"));
    // 3·(2·9 + 1) of the convolution, 2·3 of the batch norm, 4·(12 + 1) of the dense layer.
    QCOMPARE(metadata.at("convolab.parameters"), std::string("115"));
    QVERIFY(metadata.contains("convolab.version"));
}

void TestOnnxExport::shapesOfAllTensorsAreWritten() {
    const onnx::ModelProto model = exported(classifier());
    std::map<std::string, const onnx::TensorShapeProto*> shapes;
    for (const auto& info : model.graph().value_info()) shapes[info.name()] = &info.type().tensor_type().shape();
    for (const auto& info : model.graph().output()) shapes[info.name()] = &info.type().tensor_type().shape();
    for (const auto& node : model.graph().node()) QVERIFY2(shapes.contains(node.output(0)), node.name().c_str());
    const auto& pooled = *shapes.at("Pool 1");
    QCOMPARE(pooled.dim(0).dim_param(), std::string("N"));
    QCOMPARE(pooled.dim(1).dim_value(), 3);
    QCOMPARE(pooled.dim(2).dim_value(), 2);
    QCOMPARE(pooled.dim(3).dim_value(), 2);
}

void TestOnnxExport::outputsWithoutSoftmax() {
    NetworkSpec spec = classifier();
    spec.removeNode(spec.nodeByName("Softmax 1")->id, true);
    const onnx::ModelProto model = exported(spec);
    QCOMPARE(outputNames(model), QStringList({"Classes"}));
    QCOMPARE(nodeNames(model).last(), QStringLiteral("Dense 1"));
}

void TestOnnxExport::networkThatDoesNothing() {
    NetworkSpec spec;
    NodeId last = append(spec, {}, "input", {{"shape", Integers{5}}}, "Values");
    append(spec, last, "output", {}, "Same values");
    const onnx::ModelProto model = exported(spec);
    QCOMPARE(model.graph().node_size(), 1);
    QCOMPARE(model.graph().node(0).op_type(), std::string("Identity"));
    QCOMPARE(outputNames(model), QStringList({"Same values"}));
}

void TestOnnxExport::namesThatClash() {
    NetworkSpec spec = classifier();
    QVERIFY(spec.rename(spec.nodeByName("Dense 1")->id, "probabilities").ok());
    QVERIFY(spec.rename(spec.nodeByName("Conv 1")->id, "Image.mean").ok());
    const onnx::ModelProto model = exported(spec);
    QCOMPARE(outputNames(model), QStringList({"probabilities", "logits"}));
}

void TestOnnxExport::deadEndsAreLeftOut() {
    NetworkSpec spec = classifier();
    append(spec, spec.nodeByName("Conv 1")->id, "tanh", {}, "Nowhere");
    const onnx::ModelProto model = exported(spec);
    QVERIFY(model.graph().node_size() > 0);
    QVERIFY(!nodeNames(model).contains("Nowhere"));
}

void TestOnnxExport::bytesAreTheSameEveryTime() {
    const NetworkSpec spec = classifier();
    const WeightSet weights = someWeights(spec);
    QVERIFY(exportOnnx(spec, weights, filesystemPath(pathOf("first.onnx"))).ok());
    const auto report = exportOnnx(spec, weights, filesystemPath(pathOf("second.onnx")));
    QVERIFY(report.ok());
    QCOMPARE(fileBytes(pathOf("first.onnx")), fileBytes(pathOf("second.onnx")));
    QCOMPARE(report->bytes, fileBytes(pathOf("second.onnx")).size());
    QVERIFY(report->checked);
    QCOMPARE(report->irVersion, 7);
    // Nothing temporary stays behind.
    QCOMPARE(QDir(m_folder.path()).entryList({"*.onnx*"}, QDir::Files | QDir::Hidden).filter("second"),
             QStringList({"second.onnx"}));
}

void TestOnnxExport::newerOpset() {
    OnnxExportOptions options;
    options.opset = 17;
    const onnx::ModelProto model = exported(classifier(), options);
    QCOMPARE(model.ir_version(), std::int64_t{8});
    QCOMPARE(model.opset_import(0).version(), std::int64_t{17});
    options.opset = 99;
    const auto report = exportOnnx(classifier(), someWeights(classifier()), filesystemPath(pathOf("x.onnx")), options);
    QVERIFY(!report.ok());
    QCOMPARE(report.error().sentence(), std::string("opset 99 cannot be written: choose one from 13 to 17"));
}

void TestOnnxExport::refusals() {
    const NetworkSpec spec = classifier();
    const WeightSet weights = someWeights(spec);
    const auto missingFolder = exportOnnx(spec, weights, filesystemPath(pathOf("no/such/folder/model.onnx")));
    QVERIFY(!missingFolder.ok());
    QVERIFY(missingFolder.error().code == ErrorCode::IoFailure);
    QVERIFY(missingFolder.error().sentence().find("the folder does not exist") != std::string::npos);

    NetworkSpec other = spec;
    other.setAttribute(other.nodeByName("Conv 1")->id, "filters", std::int64_t{5});
    const auto wrongWeights = exportOnnx(other, weights, filesystemPath(pathOf("model.onnx")));
    QVERIFY(!wrongWeights.ok());
    QCOMPARE(QString::fromStdString(wrongWeights.error().sentence()),
             QStringLiteral("[Conv 1] the weights do not belong to this network: weight should be 5×2×3×3, they are "
                            "3×2×3×3: train the network, or export the one that was trained"));
}

void TestOnnxExport::failedExportKeepsTheOldFile() {
    const QString path = pathOf("kept.onnx");
    NetworkSpec spec = classifier();
    const WeightSet weights = someWeights(spec);
    QVERIFY(exportOnnx(spec, weights, filesystemPath(path)).ok());
    const QByteArray before = fileBytes(path);
    spec.setAttribute(spec.nodeByName("Conv 1")->id, "kernel", Integers{9, 9});
    const auto report = exportOnnx(spec, weights, filesystemPath(path));
    QVERIFY(!report.ok());
    QVERIFY2(report.error().sentence().find("kernel 9×9 is larger than the input 6×6") != std::string::npos,
             report.error().sentence().c_str());
    QCOMPARE(fileBytes(path), before);
}

void TestOnnxExport::everyExampleAndPresetInOnnxRuntime() {
    constexpr double kTolerance = 1e-5;
    QJsonArray jobs;
    std::vector<std::vector<float>> expected;
    const auto addJob = [&](const NetworkSpec& spec, std::int64_t batch) {
        const WeightSet weights = someWeights(spec);
        const QString base = pathOf(QString::number(jobs.size()));
        const Shape inputShape = analyze(spec).inputShape->withBatch(batch);
        const std::vector<float> images = spreadValues<float>(inputShape.size(), 99);
        const auto report = exportOnnx(spec, weights, filesystemPath(base + ".onnx"));
        QVERIFY2(report.ok(), (spec.name + ": " + (report.ok() ? "" : report.error().sentence())).c_str());
        QVERIFY(writeFloats(base + ".f32", images));
        expected.push_back(referenceOutput(spec, weights, images, batch));
        QJsonArray shape;
        for (const std::int64_t extent : inputShape.extents()) shape.append(static_cast<qint64>(extent));
        jobs.append(QJsonObject{{"name", QString::fromStdString(spec.name)}, {"model", base + ".onnx"},
                                {"input", base + ".f32"}, {"shape", shape}, {"out", base}});
    };
    for (const LayerKind* kind : layerKinds()) {
        for (const LayerExample& example : kind->examples) addJob(networkAround(*kind, example), example.batch);
    }
    addJob(classifier(), 5);
    for (const PresetInfo& preset : presets()) {
        if (preset.macs > kQuick) continue;
        PresetOptions options;
        options.width = 64;
        if (preset.name != "dense-n") options.width.reset();
        addJob(makePreset(preset.name, options).value(), 2);
    }

    CONVOLAB_NEEDS_ONNX_RUNTIME();
    QJsonArray answers;
    const ScriptResult result = runOnnxJobs(pathOf("jobs.json"), jobs, &answers);
    QVERIFY2(result.ok, result.errors.constData());
    QCOMPARE(answers.size(), jobs.size());
    for (qsizetype i = 0; i < answers.size(); ++i) {
        const QJsonObject job = jobs[i].toObject();
        const QByteArray name = job["name"].toString().toUtf8();
        const QString error = answers[i].toObject()["error"].toString();
        QVERIFY2(error.isEmpty(), (name + ": " + error.toUtf8()).constData());
        const double difference = largestRelativeDifference(expected[static_cast<std::size_t>(i)],
                                                            readFloats(job["out"].toString() + "/0.f32"));
        QVERIFY2(difference <= kTolerance, (name + " differs by " + QByteArray::number(difference)).constData());
    }
}

QTEST_GUILESS_MAIN(TestOnnxExport)
#include "tst_onnx_export.moc"
