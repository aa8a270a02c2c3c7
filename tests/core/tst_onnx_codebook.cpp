// The codebook form of an ONNX file: what is in it, and the same results in ONNX Runtime to the bit.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <map>

#include <onnx/onnx_pb.h>

#include "core/graph/presets.h"
#include "core/interop/onnx_export.h"
#include "core/model/model.h"
#include "core/util/random.h"
#include "tests/core/coding_case.h"
#include "tests/core/golden_networks.h"
#include "tests/core/tiny_training.h"
#include "tests/support/python.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

struct SharedNetwork {
    NetworkSpec spec;
    WeightSet weights;
    Codebooks codebooks;
};

SharedNetwork sharedNetwork(const NetworkSpec& spec, double sparsity, int bits) {
    const CompressionPlan plan = planOfAll(spec, sparsity, bits);
    SharedNetwork network{spec, initialWeights(spec, analyze(spec), 8), {}};
    const Masks masks = makeMasks(spec, network.weights, plan).value();
    network.codebooks = makeCodebooks(spec, masked(network.weights, masks), plan, &masks).value();
    network.weights = shared(network.weights, network.codebooks);
    return network;
}

onnx::ModelProto readModel(const QString& path) {
    QFile file(path);
    onnx::ModelProto model;
    if (!file.open(QIODevice::ReadOnly)) return model;
    const QByteArray bytes = file.readAll();
    model.ParseFromArray(bytes.constData(), static_cast<int>(bytes.size()));
    return model;
}

QByteArray readBytes(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestOnnxCodebook : public QObject {
    Q_OBJECT

  private slots:
    void codesCastGather();
    void moreThanAByteOfCodes();
    void layersWithoutCodebookStayFloats();
    void refusesOtherWeights();
    void sameToTheBitInOnnxRuntime();

  private:
    onnx::ModelProto exported(const SharedNetwork& network) const {
        const auto report = exportOnnx(network.spec, network.weights, m_folder.filePath("model.onnx").toStdString(),
                                       {.metadata = {}, .codebooks = network.codebooks});
        if (!report.ok()) qWarning("%s", report.error().sentence().c_str());
        return report.ok() && report->checked ? readModel(m_folder.filePath("model.onnx")) : onnx::ModelProto();
    }
    QTemporaryDir m_folder;
};

void TestOnnxCodebook::codesCastGather() {
    const SharedNetwork network = sharedNetwork(tinyNetwork(), 0.5, 3);
    const onnx::ModelProto model = exported(network);
    QStringList nodes;
    for (const auto& node : model.graph().node()) nodes << QString::fromStdString(node.op_type() + " " + node.name());
    QCOMPARE(nodes.first(2), QStringList({"Cast Conv 1.indices", "Gather Conv 1.weight"}));
    QCOMPARE(nodes.at(2), QStringLiteral("Conv Conv 1"));
    const auto dense = nodes.indexOf(QStringLiteral("Gemm Dense 1"));
    QCOMPARE(nodes.mid(dense - 2, 2), QStringList({"Cast Dense 1.indices", "Gather Dense 1.weight"}));
    std::map<std::string, const onnx::TensorProto*> tensors;
    for (const auto& tensor : model.graph().initializer()) tensors[tensor.name()] = &tensor;
    QVERIFY(!tensors.contains("Conv 1.weight"));
    const Codebook& codebook = network.codebooks.at(network.spec.nodeByName("Conv 1")->id);
    const onnx::TensorProto& codes = *tensors.at("Conv 1.codes");
    QCOMPARE(codes.data_type(), static_cast<int>(onnx::TensorProto::UINT8));
    QCOMPARE(codes.dims_size(), 4);
    QCOMPARE(codes.raw_data().size(), codebook.codes.size());
    std::vector<float> table(codebook.centroids.size() + 1);
    QCOMPARE(tensors.at("Conv 1.codebook")->raw_data().size(), table.size() * sizeof(float));
    std::memcpy(table.data(), tensors.at("Conv 1.codebook")->raw_data().data(), table.size() * sizeof(float));
    for (std::size_t i = 0; i < codebook.codes.size(); ++i) {
        QCOMPARE(table.at(static_cast<std::uint8_t>(codes.raw_data()[i])), codebook.value(i));
    }
}

// 256 centroids and the zero of the pruned weights.
void TestOnnxCodebook::moreThanAByteOfCodes() {
    const NetworkSpec spec = chain({{"input", {{"shape", std::vector<std::int64_t>{100}}}},
                                    {"dense", {{"units", std::int64_t{20}}}},
                                    {"output", {}}});
    const onnx::ModelProto model = exported(sharedNetwork(spec, 0.5, 8));
    for (const auto& tensor : model.graph().initializer()) {
        if (tensor.name() == "Dense 1.codes") QCOMPARE(tensor.data_type(), static_cast<int>(onnx::TensorProto::UINT16));
        if (tensor.name() == "Dense 1.codebook") QCOMPARE(tensor.dims(0), std::int64_t{257});
    }
    QCOMPARE(model.graph().initializer_size(), 3);
}

void TestOnnxCodebook::layersWithoutCodebookStayFloats() {
    SharedNetwork network = sharedNetwork(tinyNetwork(), 0.0, 4);
    network.codebooks.erase(network.spec.nodeByName("Conv 1")->id);
    const onnx::ModelProto model = exported(network);
    int gathers = 0;
    bool floats = false;
    for (const auto& node : model.graph().node()) gathers += node.op_type() == "Gather";
    for (const auto& tensor : model.graph().initializer()) floats = floats || tensor.name() == "Conv 1.weight";
    QCOMPARE(gathers, 1);
    QVERIFY(floats);
}

void TestOnnxCodebook::refusesOtherWeights() {
    SharedNetwork network = sharedNetwork(tinyNetwork(), 0.0, 4);
    network.weights.parameters[1] += 0.5F;
    const auto report = exportOnnx(network.spec, network.weights, m_folder.filePath("other.onnx").toStdString(),
                                   {.metadata = {}, .codebooks = network.codebooks});
    QVERIFY(!report.ok());
    QVERIFY(report.error().sentence().starts_with("[Conv 1] the weights are not those of its codebook"));
    QVERIFY(!QFile::exists(m_folder.filePath("other.onnx")));
}

// The float file and the codebook file of the same weights in the same runtime: not one bit differs.
void TestOnnxCodebook::sameToTheBitInOnnxRuntime() {
    CONVOLAB_NEEDS_ONNX_RUNTIME();
    RandomSequence random(2, RandomStreamId::Analysis);
    QJsonArray jobs;
    int networks = 0;
    for (const NetworkSpec& spec : {makePreset("lenet-like").value(), goldenResidualNetwork()}) {
        for (const int bits : {2, 5, 8}) {
            const SharedNetwork network = sharedNetwork(spec, 0.7, bits);
            const Shape shape = analyze(network.spec).inputShape->withBatch(4);
            std::vector<float> images;
            for (std::int64_t i = 0; i < shape.size(); ++i) images.push_back(random.uniform());
            const QString base = m_folder.filePath(QString::number(networks++));
            QFile raw(base + ".f32");
            QVERIFY(raw.open(QIODevice::WriteOnly));
            raw.write(reinterpret_cast<const char*>(images.data()), static_cast<qint64>(images.size() * sizeof(float)));
            raw.close();
            QJsonArray extents;
            for (const std::int64_t extent : shape.extents()) extents.append(static_cast<qint64>(extent));
            for (const bool codebook : {false, true}) {
                const QString name = base + (codebook ? "c" : "f");
                OnnxExportOptions options;
                if (codebook) options.codebooks = network.codebooks;
                const auto report = exportOnnx(network.spec, network.weights, (name + ".onnx").toStdString(), options);
                QVERIFY2(report.ok(), report.ok() ? "" : report.error().sentence().c_str());
                QVERIFY(QDir().mkpath(name));
                jobs.append(QJsonObject{{"model", name + ".onnx"}, {"input", raw.fileName()}, {"shape", extents}, {"out", name}});
            }
        }
    }
    QJsonArray answers;
    const ScriptResult ran = runOnnxJobs(m_folder.filePath("jobs.json"), jobs, &answers);
    QVERIFY2(ran.ok, ran.errors.constData());
    for (const auto& answer : answers) QVERIFY2(!answer.toObject().contains("error"), qPrintable(answer.toObject()["error"].toString()));
    for (int i = 0; i < networks; ++i) {
        const QString base = m_folder.filePath(QString::number(i));
        const QByteArray floats = readBytes(base + "f/0.f32");
        QVERIFY(!floats.isEmpty());
        QCOMPARE(readBytes(base + "c/0.f32"), floats);
        if (i < 3) QVERIFY(QFile(base + "c.onnx").size() < QFile(base + "f.onnx").size() * 2 / 3);  // lenet-like; two bytes a code at 8 bits
    }
}

QTEST_GUILESS_MAIN(TestOnnxCodebook)
#include "tst_onnx_codebook.moc"
