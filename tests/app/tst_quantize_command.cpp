// `convolab quantize`, and what eval and export make of a quantised document, with the program as a child process.
#include <QTest>

#include "tests/app/run_program.h"
#include "tests/support/python.h"

using namespace convolab::testing;

class TestQuantizeCommand : public QObject {
    Q_OBJECT

    // One network for all: a short training.
    Workplace m_place;

    ProgramResult quantize(const QByteArray& options) const {
        return m_place.run(("quantize net/lenet-like.convolab --calibrate digits --threads 1 --quiet " + options).constData());
    }

  private slots:
    void initTestCase() {
        const ProgramResult trained = m_place.run(
            "train lenet-like --data digits --limit 1500 --steps 120 --validation-every 60 --threads 1 --quiet --out net");
        QVERIFY2(trained.exitCode == 0, trained.err.constData());
        const ProgramResult quantized = quantize("--out q/int8.convolab --images 100 --json");
        QVERIFY2(quantized.exitCode == 0, quantized.err.constData());
    }

    void keys() {
        const ProgramResult result = quantize("--out q/again.convolab --images 100 --json");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QJsonObject done = result.lastObject();
        for (const char* key : {"parameters_kept", "sparsity", "macs", "integer_macs", "bytes", "dense_bytes", "ratio", "validation", "test",
                                "stages", "layers", "notes", "files"}) {
            QVERIFY2(done.contains(QLatin1String(key)), key);
        }
        QVERIFY(done.value("ratio").toDouble() > 3.5 && done.value("ratio").toDouble() < 4.0);
        QCOMPARE(done.value("integer_macs").toDouble(), done.value("macs").toDouble());
        const QJsonArray stages = done.value("stages").toArray();
        QCOMPARE(stages.size(), 2);
        QCOMPARE(stages[0].toObject().value("name").toString(), QStringLiteral("trained"));
        const double lost = stages[0].toObject().value("accuracy").toDouble() - stages[1].toObject().value("accuracy").toDouble();
        QVERIFY2(lost < 0.01, qPrintable(QString::number(lost)));
    }

    // The document alone says how to compute it again.
    void evalRunsTheIntegers() {
        const QJsonObject first = quantize("--out q/three.convolab --weights 3 --images 100 --json").lastObject();
        const ProgramResult result = m_place.run("eval q/three.convolab --data digits --threads 1 --json --quiet");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QCOMPARE(result.lastObject().value("accuracy").toDouble(), first.value("test").toObject().value("accuracy").toDouble());
        QCOMPARE(result.lastObject().value("loss").toDouble(), first.value("test").toObject().value("loss").toDouble());
        const ProgramResult exact = m_place.run("eval net/lenet-like.convolab --data digits --threads 1 --json --quiet");
        QVERIFY(exact.lastObject().value("loss").toDouble() != result.lastObject().value("loss").toDouble());
    }

    void exportWritesThem() {
        const ProgramResult result = m_place.run("export q/int8.convolab --to onnx-qdq --out q/int8.onnx --json");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QVERIFY(result.lastObject().value("checked").toBool());
        const ProgramResult plain = m_place.run("export q/int8.convolab --to onnx --out q/float.onnx --json");
        QCOMPARE(plain.exitCode, 0);
        QVERIFY(2.5 * result.lastObject().value("bytes").toDouble() < plain.lastObject().value("bytes").toDouble());
        const ProgramResult no = m_place.run("export net/lenet-like.convolab --to onnx-qdq --out q/no.onnx");
        QCOMPARE(no.exitCode, 1);
        QVERIFY2(no.err.contains("is not quantised"), no.err.constData());
        CONVOLAB_NEEDS_ONNX_RUNTIME();
        const ScriptResult opened = runPython({"-c", "import onnxruntime, sys; print(len(onnxruntime.InferenceSession(sys.argv[1]).get_outputs()))",
                                               m_place.path("q/int8.onnx")});
        QVERIFY2(opened.ok, opened.errors.constData());
        QCOMPARE(opened.output.trimmed(), QByteArray("2"));
    }

    void fineTuningWithCoarseWeights() {
        const ProgramResult result = quantize("--out q/two.convolab --weights 2 --range mse --qat 1 --lr 0.001 --images 100 --json");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QJsonArray stages = result.lastObject().value("stages").toArray();
        QCOMPARE(stages.size(), 3);
        QVERIFY(stages[2].toObject().value("accuracy").toDouble() > stages[1].toObject().value("accuracy").toDouble());
    }

    void weightsOnly() {
        const ProgramResult result = quantize("--out q/w.convolab --weights 4 --activations 32 --per tensor --json");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QCOMPARE(result.lastObject().value("integer_macs").toInt(), 0);
        const ProgramResult eval = m_place.run("eval q/w.convolab --data digits --threads 1 --json --quiet");
        QCOMPARE(eval.lastObject().value("accuracy").toDouble(), result.lastObject().value("test").toObject().value("accuracy").toDouble());
    }

    void badUsage() {
        for (const char* options : {"--out a.onnx", "--out a.convolab --weights 9", "--out a.convolab --weights 32", "--out a.convolab --range minmx",
                                    "--out a.convolab --per row", "--out a.convolab --images 0"}) {
            const ProgramResult result = quantize(options);
            QVERIFY2(result.exitCode == 2 && result.errorLines().size() <= 3, options);
        }
        QVERIFY(quantize("--out a.convolab --range minmx").err.contains("minmax"));
        const ProgramResult itself = quantize("--out net/lenet-like.convolab");
        QCOMPARE(itself.exitCode, 1);
        QVERIFY(itself.err.contains("would be replaced"));
        const ProgramResult untrained = m_place.run("quantize lenet-like --calibrate digits --out a.convolab");
        QCOMPARE(untrained.exitCode, 1);
        QVERIFY(untrained.err.contains("train it first"));
        const ProgramResult shapes = m_place.run("quantize net/lenet-like.convolab --calibrate shapes --out a.convolab");
        QCOMPARE(shapes.exitCode, 1);
        QVERIFY(!QFile::exists(m_place.path("a.convolab")));
    }
};

QTEST_GUILESS_MAIN(TestQuantizeCommand)
#include "tst_quantize_command.moc"
