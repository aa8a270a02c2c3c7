// `convolab compress`, and the packed file as a MODEL, with the program as a child process.
#include <QSet>
#include <QTest>

#include "tests/app/run_program.h"

using namespace convolab::testing;

namespace {

const QByteArray kRecipe = R"({
  "format": 1,
  "name": "short",
  "steps": [
    {"step": "prune", "plan": {"layers": {"Conv 1": {"sparsity": 0.3}, "Conv 2": {"sparsity": 0.6}, "Dense 1": {"sparsity": 0.9},
                                          "Dense 2": {"sparsity": 0.8}, "Dense 3": {"sparsity": 0.5}}},
     "schedule": "gradual", "training": {"steps": 30, "batch_size": 32, "rate": 0.001}},
    {"step": "share", "plan": {"layers": {"Conv 2": {"bits": 6, "levels": "kmeans"}, "Dense 1": {"bits": 5, "levels": "kmeans"},
                                          "Dense 2": {"bits": 5, "levels": "kmeans"}}}},
    {"step": "train", "training": {"steps": 10, "batch_size": 32, "rate": 0.0005}},
    {"step": "code", "coder": "huffman"}
  ]
})";

const QByteArray kIntegers = R"({
  "name": "integers",
  "steps": [
    {"step": "prune", "plan": {"layers": {"Dense 1": {"sparsity": 0.5}}}},
    {"step": "quantize", "plan": {"layers": {"Conv 1": {"bits": 8}, "Conv 2": {"bits": 8}, "Dense 1": {"bits": 8}, "Dense 2": {"bits": 8}, "Dense 3": {"bits": 8}},
                                  "quantization": {"calibration_images": 64}}},
    {"step": "train", "training": {"steps": 10, "batch_size": 32, "rate": 0.0001}}
  ]
})";

const char* const kCompress = "compress net/lenet-like.convolab --data digits --threads 1 --recipe ";

QSet<QString> keysOf(const QJsonObject& object) {
    const QStringList keys = object.keys();
    return {keys.begin(), keys.end()};
}

}  // namespace

class TestCompressCommand : public QObject {
    Q_OBJECT

    Workplace m_place;

    ProgramResult compress(const QByteArray& options) const { return m_place.run((kCompress + options).constData()); }
    QByteArray firstError(const QByteArray& options) const {
        const ProgramResult result = compress(options);
        return result.exitCode == 1 && result.errorLines().size() <= 3 ? result.errorLines().first() : QByteArray();
    }

  private slots:
    void initTestCase() {
        const ProgramResult trained = m_place.run(
            "train lenet-like --data digits --limit 1500 --steps 120 --validation-every 60 --threads 1 --quiet --out net");
        QVERIFY2(trained.exitCode == 0, trained.err.constData());
        m_place.write("short.json", kRecipe);
    }

    void speaksJsonAndLeavesFiles() {
        const ProgramResult result = compress("short.json --out small --json --quiet");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QJsonObject now = result.lastObject();
        const QStringList keys{"event", "parameters_kept", "sparsity", "macs", "non_zero_macs", "bytes", "dense_bytes", "ratio",
                               "validation", "test", "stages", "files"};
        QCOMPARE(keysOf(now), QSet<QString>(keys.begin(), keys.end()));
        QCOMPARE(m_place.list("small"), QStringList({"lenet-like.convolab", "lenet-like.onnx", "lenet-like.packed", "recipe.json"}));
        QCOMPARE(now["bytes"].toInt(), m_place.read("small/lenet-like.packed").size());
        QCOMPARE(now["dense_bytes"].toInt() / 4, m_place.run("summary lenet-like --json --quiet").lastObject()["parameters"].toInt());
        QVERIFY(std::abs(now["ratio"].toDouble() - now["dense_bytes"].toDouble() / now["bytes"].toDouble()) < 1e-9);
        QVERIFY(now["ratio"].toDouble() > 10.0);
        QVERIFY(now["non_zero_macs"].toDouble() < now["macs"].toDouble());
        QStringList names;
        double before = 1e9;
        const QJsonArray stages = now["stages"].toArray();
        for (const auto& stage : stages) {
            names << stage.toObject()["name"].toString();
            QVERIFY(stage.toObject()["bytes"].toDouble() < before);
            before = stage.toObject()["bytes"].toDouble();
        }
        QCOMPARE(names, QStringList({"dense", "pruned", "shared", "coded"}));
        QCOMPARE(before, now["bytes"].toDouble());
        QCOMPARE(result.out.count("\"event\":\"stage\""), 4);
    }

    // The packed file, the document and the file's own test accuracy.
    void packedFileIsAModel() {
        const QJsonObject done = compress("short.json --out small --json --quiet").lastObject();
        const double accuracy = done["test"].toObject()["accuracy"].toDouble();
        for (const char* ending : {"packed", "convolab"}) {
            const QString call = QStringLiteral("eval small/lenet-like.%1 --data digits --threads 1 --json --quiet").arg(ending);
            const QJsonObject evaluated = m_place.run(qPrintable(call)).lastObject();
            QCOMPARE(evaluated["accuracy"].toDouble(), accuracy);
        }
        QVERIFY(m_place.run("summary small/lenet-like.packed --json").exitCode == 0);
        QVERIFY(m_place.run("export small/lenet-like.packed --to onnx --out floats.onnx").exitCode == 0);
        QVERIFY(m_place.run("export small/lenet-like.packed --to onnx-codebook --out codes.onnx").exitCode == 0);
        QVERIFY(m_place.read("codes.onnx").size() < m_place.read("floats.onnx").size() / 2);
        const ProgramResult none = m_place.run("export net/lenet-like.convolab --to onnx-codebook --out none.onnx");
        QCOMPARE(none.exitCode, 1);
        QVERIFY(none.err.contains("net/lenet-like.convolab has no shared weights"));
    }

    void theRecipeItLeavesRepeatsIt() {
        QVERIFY(compress("short.json --out first --quiet").exitCode == 0);
        QVERIFY(compress("first/recipe.json --out second --quiet").exitCode == 0);
        QCOMPARE(m_place.read("second/lenet-like.packed"), m_place.read("first/lenet-like.packed"));
        QCOMPARE(m_place.read("second/recipe.json"), m_place.read("first/recipe.json"));
    }

    /// A recipe that quantises leaves the document and the ONNX file of its integers, and says their accuracy.
    void integersAreADocument() {
        m_place.write("int8.json", kIntegers);
        const QJsonObject done = compress("int8.json --out int8 --json --quiet").lastObject();
        QCOMPARE(m_place.list("int8"), QStringList({"lenet-like.convolab", "lenet-like.onnx", "recipe.json"}));
        const QJsonArray stages = done["stages"].toArray();
        QCOMPARE(stages.size(), 3);
        QCOMPARE(stages.last().toObject()["name"].toString(), QStringLiteral("quantised"));
        QCOMPARE(stages.last().toObject()["bytes"].toDouble(), done["bytes"].toDouble());
        QVERIFY(done["ratio"].toDouble() > 3.5);
        const QJsonObject evaluated = m_place.run("eval int8/lenet-like.convolab --data digits --threads 1 --json --quiet").lastObject();
        QCOMPARE(evaluated["accuracy"].toDouble(), done["test"].toObject()["accuracy"].toDouble());
        QVERIFY(m_place.read("int8/lenet-like.onnx").contains("QuantizeLinear"));
        QVERIFY(compress("int8/recipe.json --out again --quiet").exitCode == 0);
        QCOMPARE(m_place.read("again/lenet-like.onnx"), m_place.read("int8/lenet-like.onnx"));
    }

    void badInput() {
        QByteArray other = kRecipe;
        other.replace("Dense 3", "Dense 4");
        m_place.write("other.json", other);
        QCOMPARE(firstError("other.json"), QByteArray("convolab: other.json: step 1: unknown layer \"Dense 4\": did you mean \"Dense 1\"? "
                                                      "There are Conv 1, Conv 2, Dense 1, Dense 2, Dense 3"));
        QVERIFY(firstError("missing.json").startsWith("convolab: cannot read \"missing.json\""));
        m_place.write("cut.json", kRecipe.left(100));
        QVERIFY(firstError("cut.json").startsWith("convolab: cut.json: the compression recipe is not a JSON object"));
        const ProgramResult untrained = m_place.run("compress lenet-like --data digits --recipe short.json");
        QCOMPARE(untrained.exitCode, 1);
        QVERIFY(untrained.err.contains("train it first"));
    }

    void damagedPackedFiles() {
        QVERIFY(compress("short.json --out small --quiet").exitCode == 0);
        const QByteArray good = m_place.read("small/lenet-like.packed");
        const auto errorOf = [&](const QByteArray& bytes) {
            m_place.write("bad.packed", bytes);
            const ProgramResult result = m_place.run("eval bad.packed --data digits");
            return result.exitCode == 1 && !result.crashed && result.errorLines().size() <= 3 ? result.err : QByteArray();
        };
        QVERIFY(errorOf(good.left(good.size() / 2)).contains("bad.packed: its checksum is wrong: it is cut short or altered"));
        QByteArray newer = good;
        newer[4] = 9;
        QVERIFY(errorOf(newer).contains("written by a newer version (format 9"));
        QVERIFY(errorOf("hello").contains("it is no packed network"));
        QVERIFY(errorOf({}).contains("it is no packed network"));
    }
};

QTEST_GUILESS_MAIN(TestCompressCommand)
#include "tst_compress_command.moc"
