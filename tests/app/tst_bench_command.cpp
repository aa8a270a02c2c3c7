// `convolab bench`: our own times, the talk with a peer (a shell script that plays one), what happens when there is none, and
// PyTorch and ONNX Runtime themselves where $CONVOLAB_PEER_PYTHON names a Python that has them.
#include <QtTest>

#include "tests/app/run_program.h"

using namespace convolab::testing;

namespace {

// Answers as bench_peer.py does, with a network of `parameters` numbers and steps of a quarter of an hour.
QByteArray playedPeer(const char* parameters) {
    return QByteArray("#!/bin/sh\n"
                      "read network\n"
                      "echo '{\"ready\": true, \"version\": \"1.2\", \"parameters\": ") +
           parameters +
           "}'\n"
           "while read steps; do echo '{\"seconds\": 900.0, \"peak_bytes\": 4096}'; done\n";
}

void makeProgram(const Workplace& place, const QString& name, const QByteArray& text) {
    place.write(name, text);
    QFile::setPermissions(place.path(name), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

QStringList shortBench(const QStringList& more) {
    return QStringList{"bench", "--network", "lenet-like", "--batch", "8", "--rounds", "2", "--seconds", "0.01", "--threads", "1", "--json"} + more;
}

}  // namespace

class TestBenchCommand : public QObject {
    Q_OBJECT

  private slots:
    void oursAlone() {
        const Workplace place;
        const ProgramResult result = place.run(shortBench({}));
        QCOMPARE(result.exitCode, 0);
        const QJsonObject done = result.lastObject();
        QCOMPARE(done["event"].toString(), QString("done"));
        const QJsonArray rows = done["rows"].toArray();
        QCOMPARE(rows.size(), 2);
        QStringList tasks;
        for (const QJsonValue& value : rows) {
            const QJsonObject row = value.toObject();
            tasks << row["task"].toString();
            QCOMPARE(row["network"].toString(), QString("lenet-like"));
            QCOMPARE(row["batch"].toInt(), 8);
            QCOMPARE(row["threads"].toInt(), 1);
            QVERIFY(row["ours_seconds"].toDouble() > 0.0);
            QVERIFY(row["ours_peak_bytes"].toDouble() > 300'000);  // weights alone
            QVERIFY(row["ratio"].isNull());
            QVERIFY(row["peers"].toObject().isEmpty());
        }
        QCOMPARE(tasks, QStringList({"train", "infer"}));
    }

    void talksWithPeers() {
        const Workplace place;
        makeProgram(place, "python", playedPeer("81194"));
        const ProgramResult result = place.run(shortBench({"--against", "pytorch,onnxruntime", "--python", place.path("python")}));
        QCOMPARE(result.exitCode, 0);
        const QJsonArray rows = result.lastObject()["rows"].toArray();
        QCOMPARE(rows.size(), 2);
        const QJsonObject train = rows[0].toObject(), infer = rows[1].toObject();
        QCOMPARE(train["peers"].toObject().keys(), QStringList({"pytorch_channels_last", "pytorch_eager"}));
        QCOMPARE(infer["peers"].toObject().keys(), QStringList({"onnxruntime", "pytorch_channels_last", "pytorch_eager"}));
        QCOMPARE(train["peers"].toObject()["pytorch_eager"].toDouble(), 900.0);
        QCOMPARE(train["peers_peak_bytes"].toObject()["pytorch_eager"].toDouble(), 4096.0);
        QCOMPARE(train["versions"].toObject()["pytorch_eager"].toString(), QString("1.2"));
        // The median of two rounds' ratios lies between the two.
        const double ratio = train["ratio"].toDouble();
        QVERIFY(ratio > 900.0 / 10.0);
    }

    void anotherNetworkIsNoPeer() {
        const Workplace place;
        makeProgram(place, "python", playedPeer("12"));
        const ProgramResult result = place.run(shortBench({"--task", "train", "--against", "pytorch", "--python", place.path("python")}));
        QCOMPARE(result.exitCode, 0);
        QVERIFY(result.err.contains("another size"));
        const QJsonObject row = result.lastObject()["rows"].toArray()[0].toObject();
        QVERIFY(row["ratio"].isNull());
        QCOMPARE(row["notes"].toArray().size(), 2);
    }

    void peersThatAreMissingAreExplained_data() {
        QTest::addColumn<QString>("python");
        QTest::newRow("no such program") << "/nowhere/python";
        QTest::newRow("a Python without them") << "without";
    }
    void peersThatAreMissingAreExplained() {
        QFETCH(QString, python);
        const Workplace place;
        makeProgram(place, "without", "#!/bin/sh\nread network\necho '{\"missing\": \"torch\", \"error\": \"No module\"}'\n");
        if (!python.startsWith('/')) python = place.path(python);
        const ProgramResult result = place.run(shortBench({"--task", "infer", "--against", "pytorch", "--python", python}));
        QCOMPARE(result.exitCode, 0);
        QVERIFY(result.err.contains("pip install torch"));
        const QJsonObject row = result.lastObject()["rows"].toArray()[0].toObject();
        QVERIFY(row["ours_seconds"].toDouble() > 0.0);
        QVERIFY(row["ratio"].isNull());
    }

    void layersHaveTheirArithmetic() {
        const Workplace place;
        const ProgramResult result = place.run(shortBench({"--task", "train", "--layers"}));
        QCOMPARE(result.exitCode, 0);
        const QJsonArray networks = result.lastObject()["layers"].toArray();
        QCOMPARE(networks.size(), 1);
        const QJsonArray layers = networks[0].toObject()["layers"].toArray();
        double flop = 0.0;
        for (const QJsonValue& layer : layers) flop += layer.toObject()["flop"].toDouble();
        // lenet-like: conv 6@3x3 (2 passes), conv 16@3x3, dense 120, 84, 10 (3 passes each), 8 images.
        const double first = 6.0 * 9 * 30 * 30, others = 16.0 * 54 * 13 * 13 + 576.0 * 120 + 120.0 * 84 + 84.0 * 10;
        QCOMPARE(flop, 2.0 * 8 * (2 * first + 3 * others));
    }

    void badUsage_data() {
        QTest::addColumn<QStringList>("more");
        QTest::newRow("unknown peer") << QStringList{"--against", "tensorflow"};
        QTest::newRow("compile without PyTorch") << QStringList{"--compile"};
        QTest::newRow("unknown task") << QStringList{"--task", "dream"};
        QTest::newRow("no rounds") << QStringList{"--rounds", "0"};
    }
    void badUsage() {
        QFETCH(QStringList, more);
        const Workplace place;
        QCOMPARE(place.run(QStringList{"bench"} + more).exitCode, 2);
    }

    void besideTheLibrariesThemselves() {
        const QString python = qEnvironmentVariable("CONVOLAB_PEER_PYTHON");
        if (python.isEmpty()) QSKIP("CONVOLAB_PEER_PYTHON names no Python with torch and onnxruntime");
        const Workplace place;
        const ProgramResult result = place.run(shortBench({"--against", "pytorch,onnxruntime", "--python", python}));
        QCOMPARE(result.exitCode, 0);
        const QJsonArray rows = result.lastObject()["rows"].toArray();
        QCOMPARE(rows[0].toObject()["peers"].toObject().size(), 2);
        QCOMPARE(rows[1].toObject()["peers"].toObject().size(), 3);
        for (const QJsonValue& row : rows) QVERIFY(row.toObject()["ratio"].toDouble() > 0.0);
    }
};

QTEST_GUILESS_MAIN(TestBenchCommand)
#include "tst_bench_command.moc"
