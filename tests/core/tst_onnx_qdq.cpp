// Quantised networks as ONNX files: their form, and ONNX Runtime's integers against ours.
#include <QTest>

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <cstring>
#include <set>

#include <onnx/onnx_pb.h>

#include "core/interop/onnx_qdq.h"
#include "core/train/training_loop.h"
#include "datasets/catalogue.h"
#include "tests/core/quantization_case.h"
#include "tests/core/tiny_training.h"
#include "tests/support/data_dir.h"
#include "tests/support/python.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::int64_t kImages = 200;

std::vector<float> readFloats(const QString& path) {
    QFile file(path);
    const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    std::vector<float> values(static_cast<std::size_t>(bytes.size()) / sizeof(float));
    std::memcpy(values.data(), bytes.constData(), values.size() * sizeof(float));
    return values;
}

NetworkSpec networkNamed(const QString& name) {
    if (name == "residual") return residualNetwork();
    if (name == "mixed") return mixedNetwork();
    return makePreset(name.toStdString()).value();
}

// Fire module and a global average at the end: concat, and logits that are no dense layer's.
NetworkSpec squeezeNetwork() {
    using I = std::vector<std::int64_t>;
    NetworkSpec spec;
    const auto after = [&](NodeId from, const std::string& kind, Attributes attributes = {}) {
        const NodeId id = spec.addNode(kind, std::move(attributes));
        if (from) static_cast<void>(spec.connect({from, 0}, {id, 0}));
        return id;
    };
    NodeId last = after({}, "input", {{"shape", I{3, 16, 16}}});
    last = after(after(last, "conv2d", {{"filters", std::int64_t{16}}}), "relu");
    last = after(last, "max_pool");
    last = after(after(last, "conv2d", {{"filters", std::int64_t{8}}, {"kernel", I{1, 1}}}), "relu");
    const NodeId small = after(after(last, "conv2d", {{"filters", std::int64_t{16}}, {"kernel", I{1, 1}}}), "relu");
    const NodeId large = after(after(last, "conv2d", {{"filters", std::int64_t{16}}, {"pads", I{1, 1, 1, 1}}}), "relu");
    const NodeId joined = after(small, "concat");
    static_cast<void>(spec.connect({large, 0}, {joined, 1}));
    last = after(after(joined, "dropout"), "conv2d", {{"filters", std::int64_t{10}}, {"kernel", I{1, 1}}});
    last = after(after(last, "relu"), "global_avg_pool");
    after(after(last, "softmax"), "output");
    return spec;
}

struct Counts {
    std::map<std::string, int> nodes;
    std::set<std::string> types;
};

Counts countsOf(const onnx::ModelProto& model) {
    Counts counts;
    for (const auto& node : model.graph().node()) {
        ++counts.nodes[node.op_type()];
        counts.types.insert(node.op_type());
    }
    return counts;
}

}  // namespace

class TestOnnxQdq : public QObject {
    Q_OBJECT

  private:
    QString path(const QString& name) const { return m_folder.filePath(name); }

    onnx::ModelProto exported(const IntegerNetwork& network, const QString& name = "model.onnx") {
        const auto report = exportOnnxQdq(network, path(name).toStdString());
        if (!report.ok()) throw std::runtime_error(report.error().sentence());
        if (!report->checked || report->opset != 13 || report->irVersion != 7) throw std::runtime_error("unexpected report");
        QFile file(path(name));
        onnx::ModelProto model;
        if (!file.open(QIODevice::ReadOnly)) throw std::runtime_error("no file");
        const QByteArray bytes = file.readAll();
        model.ParseFromArray(bytes.constData(), static_cast<int>(bytes.size()));
        return model;
    }

    QTemporaryDir m_folder;

  private slots:
    void form() {
        const QuantizationCase test(makePreset("conv20-conv50").value());
        const onnx::ModelProto model = exported(test.network());
        auto counts = countsOf(model).nodes;
        QCOMPARE(counts["Conv"], 2);
        QCOMPARE(counts["Gemm"], 2);
        // input, conv + relu twice, pooling twice, flatten, dense + relu; the logits stay float
        QCOMPARE(counts["QuantizeLinear"], 7);
        QCOMPARE(counts["DequantizeLinear"], 7 + 2 * 4);
        std::map<std::string, onnx::TensorProto> tensors;
        for (const auto& tensor : model.graph().initializer()) tensors[tensor.name()] = tensor;
        QCOMPARE(tensors["Conv 1.weight"].data_type(), int{onnx::TensorProto::INT8});
        QCOMPARE(tensors["Conv 1.weight.scale"].dims(0), std::int64_t{20});
        QCOMPARE(tensors["Conv 1.bias"].data_type(), int{onnx::TensorProto::INT32});
        QCOMPARE(tensors["ReLU 1.zero_point"].data_type(), int{onnx::TensorProto::UINT8});
        // No quantiser between a convolution and its relu.
        for (const auto& node : model.graph().node()) {
            if (node.op_type() != "Relu") continue;
            bool afterProduct = false;
            for (const auto& before : model.graph().node()) {
                if (before.output(0) == node.input(0)) afterProduct = before.op_type() == "Conv" || before.op_type() == "Gemm";
            }
            QVERIFY(afterProduct);
        }
        std::string text;
        for (const auto& entry : model.metadata_props()) {
            if (entry.key() == "convolab.quantization") text = entry.value();
        }
        QVERIFY(text.find("Conv 1: 8-bit weights") != std::string::npos);
    }

    void onePerTensor() {
        const QuantizationCase test(makePreset("lenet-like").value(), 4, {.perChannel = false});
        const onnx::ModelProto model = exported(test.network());
        for (const auto& tensor : model.graph().initializer()) {
            if (tensor.name() == "Conv 1.weight.scale") QCOMPARE(tensor.dims_size(), 0);
            if (tensor.name() == "Conv 1.weight") {
                for (const char value : tensor.raw_data()) QVERIFY(std::abs(static_cast<signed char>(value)) <= 7);
            }
        }
    }

    void refusesFewActivationBits() {
        const QuantizationCase test(makePreset("lenet-like").value(), 8, {.activationBits = 4});
        const auto report = exportOnnxQdq(test.network(), path("no.onnx").toStdString());
        QVERIFY(!report.ok());
        QVERIFY(report.error().sentence().find("fewer than 8 bits") != std::string::npos);
        QVERIFY(!QFile::exists(path("no.onnx")));
    }

    void inOnnxRuntime_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("bits");
        for (const char* name : {"lenet-like", "conv20-conv50", "residual", "mixed", "squeeze", "mlp-512-256"}) {
            QTest::newRow(name) << QString(name) << 8;
        }
        QTest::newRow("conv20-conv50, 4 bits") << "conv20-conv50" << 4;
    }
    void inOnnxRuntime() {
        CONVOLAB_NEEDS_ONNX_RUNTIME();
        QFETCH(QString, name);
        QFETCH(int, bits);
        const QuantizationCase test(name == "squeeze" ? squeezeNetwork() : networkNamed(name), bits);
        exported(test.network(), "run.onnx");
        const Images images = test.images(kImages);
        QFile raw(path("images.f32"));
        QVERIFY(raw.open(QIODevice::WriteOnly));
        raw.write(reinterpret_cast<const char*>(images.tensor.data()), static_cast<qint64>(images.tensor.span().size_bytes()));
        raw.close();
        QStringList shape;
        for (const std::int64_t extent : images.tensor.shape().extents()) shape << QString::number(extent);
        const ScriptResult ran = runOnnx(path("run.onnx"), raw.fileName(), shape.join(','), path("out"), nullptr);
        QVERIFY2(ran.ok, ran.errors.constData());
        const bool hasSoftmax = QFile::exists(path("out/1.f32")) && test.network().logits != test.network().output;
        const std::vector<float> theirs = readFloats(path(hasSoftmax ? "out/1.f32" : "out/0.f32"));
        const auto model = test.model({.maximumBatch = kImages});
        model->forward(images.view());
        const auto ours = model->logits().span();
        QCOMPARE(theirs.size(), ours.size());
        const double sqnr = decibels(ours, theirs);
        const std::size_t classes = ours.size() / kImages;
        int same = 0;
        for (std::size_t i = 0; i < kImages; ++i) {
            const auto best = [&](auto begin) { return std::max_element(begin, begin + static_cast<std::ptrdiff_t>(classes)) - begin; };
            same += best(ours.begin() + static_cast<std::ptrdiff_t>(i * classes)) == best(theirs.begin() + static_cast<std::ptrdiff_t>(i * classes));
        }
        qInfo("%s: ours against ONNX Runtime's %.1f dB, %d of %d classes agree", qPrintable(name), sqnr, same, int(kImages));
        // Fused float steps may round a tie the other way: a step now and then, no more.
        QVERIFY(sqnr > 35.0);
        QVERIFY(same >= kImages - 2);
    }

    // A short training on MNIST, then 1,000 test images that neither has seen.
    void realImages() {
        CONVOLAB_NEEDS_ONNX_RUNTIME();
        CONVOLAB_NEEDS_DATA(folder, "mnist");
        constexpr std::int64_t kReal = 1000;
        const DatasetPtr dataset = openDataset({.name = "mnist", .dataDir = QFileInfo(folder).path().toStdString()}).value();
        const NetworkSpec spec = makePreset("conv20-conv50").value();
        Recipe recipe;
        recipe.dataset = "mnist";
        recipe.steps = 100;
        recipe.validationEvery = 100;
        const auto loop = TrainingLoop::create(spec, dataset, recipe).value();
        while (!loop->finished()) QVERIFY(loop->runStep().ok());
        const WeightSet weights = *loop->publish();
        CompressionPlan plan;
        for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = 8;
        const ActivationStatistics seen = observeActivations(spec, weights, *dataset, plan.quantization, 0).value();
        const ActivationRanges ranges = chooseRanges(seen, plan.quantization).value();
        const auto model = QuantizedModel::make(spec, weights, plan, ranges, {.maximumBatch = kReal}).value();
        exported(makeIntegerNetwork(spec, weights, plan, ranges).value(), "mnist.onnx");

        Tensor images(dataset->info().imageShape.withBatch(kReal));
        for (std::int64_t i = 0; i < kReal; ++i) {
            dataset->image(Split::Test, i, images.span().subspan(static_cast<std::size_t>(784 * i), 784));
        }
        QFile raw(path("mnist.f32"));
        QVERIFY(raw.open(QIODevice::WriteOnly));
        raw.write(reinterpret_cast<const char*>(images.data()), static_cast<qint64>(images.span().size_bytes()));
        raw.close();
        const ScriptResult ran = runOnnx(path("mnist.onnx"), raw.fileName(), "1000,1,28,28", path("mnist"), nullptr);
        QVERIFY2(ran.ok, ran.errors.constData());
        const std::vector<float> theirs = readFloats(path("mnist/1.f32"));
        model->forward(images.view());
        const auto ours = model->logits().span();
        QCOMPARE(theirs.size(), ours.size());
        int same = 0;
        for (std::ptrdiff_t i = 0; i < 10 * kReal; i += 10) {
            same += std::max_element(ours.begin() + i, ours.begin() + i + 10) - ours.begin() ==
                    std::max_element(theirs.begin() + i, theirs.begin() + i + 10) - theirs.begin();
        }
        qInfo("%d of 1,000 classes agree, %.1f dB", same, decibels(ours, theirs));
        QVERIFY(same >= 995);
    }

    // Every product becomes an integer operator, and no quantiser is left but that of the input.
    void fusesWholly() {
        CONVOLAB_NEEDS_ONNX_RUNTIME();
        for (const char* name : {"conv20-conv50", "residual", "squeeze"}) {
            const QuantizationCase test(QString(name) == "squeeze" ? squeezeNetwork() : networkNamed(name));
            exported(test.network(), "fused.onnx");
            const QString script =
                "import collections, onnx, onnxruntime, sys\n"
                "options = onnxruntime.SessionOptions()\n"
                "options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED\n"
                "options.optimized_model_filepath = sys.argv[2]\n"
                "options.log_severity_level = 3\n"
                "onnxruntime.InferenceSession(sys.argv[1], options, providers=['CPUExecutionProvider'])\n"
                "print(' '.join(sorted(node.op_type for node in onnx.load(sys.argv[2]).graph.node)))\n";
            const ScriptResult ran = runPython({"-c", script, path("fused.onnx"), path("optimised.onnx")});
            if (!ran.ok && ran.errors.contains("No module named 'onnx'")) QSKIP("CONVOLAB_PYTHON has no onnx to read the optimised model");
            QVERIFY2(ran.ok, ran.errors.constData());
            qInfo("%s: %s", name, ran.output.trimmed().constData());
            const QList<QByteArray> types = ran.output.trimmed().split(' ');
            QVERIFY(!types.contains("Conv") && !types.contains("Gemm") && !types.contains("FusedConv"));
            QCOMPARE(types.count("QuantizeLinear"), 1);
            // Where the logits are no dense layer's, they are read by the softmax and as an output.
            QCOMPARE(types.count("DequantizeLinear"), QString(name) == "squeeze" ? 2 : 0);
        }
    }
};

QTEST_GUILESS_MAIN(TestOnnxQdq)
#include "tst_onnx_qdq.moc"
