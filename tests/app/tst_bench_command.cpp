// `convolab bench`: our own times, the talk with a peer (a shell script that plays one), what happens when there is none, when
// one dies, hangs or talks nonsense, and on Ctrl+C; PyTorch and ONNX Runtime themselves where $CONVOLAB_PEER_PYTHON names a
// Python that has them.
#include <QtTest>

#include <csignal>

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

// Behaves so when it is channels-last PyTorch that trains lenet-like, and as a peer should otherwise. `begin` runs before the
// network is answered, `steps` for each run of steps, with their number in $count.
QByteArray failingPeer(const QByteArray& begin, const QByteArray& steps) {
    return "#!/bin/sh\n"
           "read network\n"
           "case \"$network\" in *'\"channels_last\":true'*'\"task\":\"train\"'*) fails=1 ;; esac\n"
           "[ -n \"$fails\" ] && { " + begin + "; }\n"
           "echo '{\"ready\": true, \"version\": \"1.2\", \"parameters\": 81194}'\n"
           "count=0\n"
           "while read steps; do\n"
           "count=$((count + 1))\n"
           "[ -n \"$fails\" ] && { " + steps + "; }\n"
           "echo '{\"seconds\": 900.0, \"peak_bytes\": 4096}'\n"
           "done\n";
}

void makeProgram(const Workplace& place, const QString& name, const QByteArray& text) {
    place.write(name, text);
    QFile::setPermissions(place.path(name), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

QStringList shortBench(const QStringList& more, const QString& network = "lenet-like") {
    return QStringList{"bench", "--network", network, "--batch", "8", "--rounds", "2", "--seconds", "0.01", "--threads", "1", "--json"} + more;
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
        QCOMPARE(train["peers"].toObject().keys(), QStringList({"pytorch_channels_last", "pytorch_eager", "pytorch_eager_kept"}));
        QCOMPARE(infer["peers"].toObject().keys(), QStringList({"onnxruntime", "pytorch_channels_last", "pytorch_eager", "pytorch_eager_kept"}));
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
        QCOMPARE(row["notes"].toArray().size(), 3);
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

    void whoFailsIsLeftOutWithTheReason_data() {
        QTest::addColumn<QByteArray>("begin");
        QTest::addColumn<QByteArray>("steps");
        QTest::addColumn<QStringList>("words");
        const QByteArray fine = ":";
        QTest::newRow("dies at once") << QByteArray("echo Traceback >&2; echo 'MemoryError: no room' >&2; exit 3") << fine
                                      << QStringList{"exit status 3", "Traceback / MemoryError: no room"};
        QTest::newRow("dies in the second round") << fine << QByteArray("[ $count -gt 3 ] && { echo last words >&2; kill -SEGV $$; }")
                                                  << QStringList{"signal 11", "last words"};
        QTest::newRow("dies, but its child holds the pipes") << QByteArray("sleep 600 & exit 7") << fine << QStringList{"exit status 7"};
        QTest::newRow("hangs") << QByteArray("exec sleep 600") << fine << QStringList{"no answer within 4.0 s"};
        QTest::newRow("hangs in the second round") << fine << QByteArray("[ $count -gt 3 ] && exec sleep 600")
                                                   << QStringList{"no answer within 4.0 s"};
        QTest::newRow("talks nonsense") << QByteArray("echo 'Welcome to Python'") << fine << QStringList{"\"Welcome to Python\""};
        QTest::newRow("answers with other things") << fine << QByteArray("echo '{\"seconds\": \"soon\"}'") << QStringList{"without a time"};
        QTest::newRow("says why") << QByteArray("echo '{\"error\": \"RuntimeError: not today\"}'; exit 0") << fine
                                  << QStringList{"RuntimeError: not today"};
    }
    void whoFailsIsLeftOutWithTheReason() {
        QFETCH(QByteArray, begin);
        QFETCH(QByteArray, steps);
        QFETCH(QStringList, words);
        const Workplace place;
        makeProgram(place, "python", failingPeer(begin, steps));
        const QStringList arguments = shortBench({"--against", "pytorch", "--timeout", "4", "--python", place.path("python")});
        const ProgramResult result = place.run(arguments);
        QCOMPARE(result.exitCode, 1);
        QVERIFY(result.err.contains("--network lenet-like --task train --batch 8"));
        const QJsonArray rows = result.lastObject()["rows"].toArray();
        QCOMPARE(rows.size(), 2);
        const QJsonObject train = rows[0].toObject(), infer = rows[1].toObject();
        QCOMPARE(train["complete"].toBool(), false);
        QCOMPARE(train["rounds"].toInt(), 2);
        QVERIFY(train["ours_seconds"].toDouble() > 0.0);
        QCOMPARE(train["peers"].toObject().keys(), QStringList({"pytorch_eager", "pytorch_eager_kept"}));
        QVERIFY(train["ratio"].toDouble() > 0.0);
        QCOMPARE(train["notes"].toArray().size(), 1);
        const QString note = train["notes"].toArray()[0].toString();
        QVERIFY2(note.startsWith("pytorch channels last: "), qPrintable(note));
        for (const QString& word : words) QVERIFY2(note.contains(word), qPrintable(note));
        QCOMPARE(infer["complete"].toBool(), true);
        QCOMPARE(infer["peers"].toObject().keys(), QStringList({"pytorch_channels_last", "pytorch_eager", "pytorch_eager_kept"}));
        QVERIFY(infer["notes"].toArray().isEmpty());
    }

    void whoCannotRunItHasNotFailed() {
        const Workplace place;
        makeProgram(place, "python",
                    failingPeer("echo '{\"error\": \"NotImplementedError: no such layer\", \"unsupported\": true}'; exit 0", ":"));
        const ProgramResult result = place.run(shortBench({"--task", "train", "--against", "pytorch", "--python", place.path("python")}));
        QCOMPARE(result.exitCode, 0);
        const QJsonObject row = result.lastObject()["rows"].toArray()[0].toObject();
        QCOMPARE(row["complete"].toBool(), true);
        QCOMPARE(row["notes"].toArray()[0].toString(), QString("pytorch channels last: NotImplementedError: no such layer"));
        QVERIFY(row["ratio"].toDouble() > 0.0);
    }

    void tableSaysWhoFailed() {
        const Workplace place;
        makeProgram(place, "python", failingPeer("echo 'no room' >&2; exit 3", ":"));
        QStringList arguments = shortBench({"--against", "pytorch", "--python", place.path("python")});
        arguments.removeOne("--json");
        const ProgramResult result = place.run(arguments);
        QCOMPARE(result.exitCode, 1);
        const QList<QByteArray> lines = result.out.split('\n');
        QVERIFY(lines[0].contains("pytorch channels last"));
        QVERIFY(lines[2].startsWith("lenet-like  train") && lines[2].contains("failed") && lines[2].contains("900,000 ms"));
        QVERIFY(lines[3].startsWith("lenet-like  infer") && !lines[3].contains("failed"));
        QVERIFY(result.out.contains("lenet-like, train, batch 8: pytorch channels last: the process ended without an answer (exit "
                                    "status 3: no room)"));
        QVERIFY(result.out.contains("; pytorch 1.2\n"));
        QVERIFY(result.out.contains("pytorch eager kept, pytorch channels last: with MALLOC_TRIM_THRESHOLD_=1073741824"));
    }

    void peersHaveTheirOwnEnvironment() {
        const Workplace place;
        makeProgram(place, "python",
                    "#!/bin/sh\nread network\necho \"spin=$GOMP_SPINCOUNT trim=$MALLOC_TRIM_THRESHOLD_ mmap=$MALLOC_MMAP_THRESHOLD_\" >&2\nexit 1\n");
        const ProgramResult result = place.run(shortBench({"--task", "infer", "--against", "pytorch", "--python", place.path("python")}));
        const QJsonArray notes = result.lastObject()["rows"].toArray()[0].toObject()["notes"].toArray();
        QCOMPARE(notes.size(), 3);
        QVERIFY(notes[0].toString().contains("spin= trim= mmap=)"));
        QVERIFY(notes[1].toString().startsWith("pytorch eager kept"));
        QVERIFY(notes[1].toString().contains("spin= trim=1073741824 mmap=1073741824)"));
    }

    void interruptKeepsWhatIsMeasured_data() {
        QTest::addColumn<QByteArray>("hangsIn");
        QTest::addColumn<int>("rowsKept");
        QTest::addColumn<int>("roundsOfLast");
        QTest::newRow("while a peer starts") << QByteArray("*'\"task\":\"infer\"'*) touch hangs; exec sleep 600") << 1 << 2;
        QTest::newRow("in the second round") << QByteArray("*'\"task\":\"infer\"'*) hangs=1") << 2 << 1;
    }
    void interruptKeepsWhatIsMeasured() {
        QFETCH(QByteArray, hangsIn);
        QFETCH(int, rowsKept);
        QFETCH(int, roundsOfLast);
        const Workplace place;
        makeProgram(place, "python",
                    "#!/bin/sh\nread network\ncase \"$network\" in " + hangsIn +
                        " ;; esac\n"
                        "echo '{\"ready\": true, \"version\": \"1.2\", \"parameters\": 81194}'\ncount=0\n"
                        "while read steps; do\ncount=$((count + 1))\n"
                        "[ -n \"$hangs\" ] && [ $count -gt 3 ] && { touch hangs; exec sleep 600; }\n"
                        "echo '{\"seconds\": 900.0}'\ndone\n");
        QProcess process;
        place.prepare(process, shortBench({"--against", "onnxruntime,pytorch", "--python", place.path("python")}));
        process.start();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(place.path("hangs")), 60'000);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        const ProgramResult result = Workplace::finish(process);
        QVERIFY(!result.crashed);
        QCOMPARE(result.exitCode, 130);
        const QJsonObject done = result.lastObject();
        QCOMPARE(done["event"].toString(), QString("done"));
        QCOMPARE(done["interrupted"].toBool(), true);
        const QJsonArray rows = done["rows"].toArray();
        QCOMPARE(rows.size(), rowsKept);
        QCOMPARE(rows[0].toObject()["complete"].toBool(), true);
        QCOMPARE(rows.last().toObject()["rounds"].toInt(), roundsOfLast);
        QVERIFY(rows.last().toObject()["ours_seconds"].toDouble() > 0.0);
        QVERIFY(rows.last().toObject()["ratio"].toDouble() > 0.0);
        // Each finished row has its line as soon as it is there, whatever happens later.
        QCOMPARE(result.out.count("\"event\":\"row\""), rowsKept);
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
        QCOMPARE(networks[0].toObject()["batch"].toInt(), 8);
        QVERIFY(networks[0].toObject()["peak_flops"].toDouble() > 1e8);
        // lenet-like: conv 6@3x3 (2 passes), conv 16@3x3, dense 120, 84, 10 (3 passes each), 8 images.
        const double first = 6.0 * 9 * 30 * 30, others = 16.0 * 54 * 13 * 13 + 576.0 * 120 + 120.0 * 84 + 84.0 * 10;
        QCOMPARE(flop, 2.0 * 8 * (2 * first + 3 * others));
    }

    void growthIsThatOfTheNetworksThatAreNamed() {
        const Workplace place;
        const ProgramResult result = place.run(shortBench({"--task", "train", "--growth"}));
        QCOMPARE(result.exitCode, 0);
        const QJsonObject growth = result.lastObject()["growth"].toObject();
        QCOMPARE(growth["complete"].toBool(), true);
        const QJsonObject batches = growth["series"].toArray().last().toObject(), gain = growth["threads"].toArray()[0].toObject();
        QCOMPARE(batches["quantity"].toString(), QString("batch"));
        QVERIFY(batches["network"].toString().startsWith("lenet-like"));
        QCOMPARE(growth["threads"].toArray().size(), 1);
        QCOMPARE(gain["network"].toString(), QString("lenet-like"));
        QCOMPARE(gain["batch"].toInt(), 8);
    }

    void badUsage_data() {
        QTest::addColumn<QStringList>("more");
        QTest::newRow("unknown peer") << QStringList{"--against", "tensorflow"};
        QTest::newRow("compile without PyTorch") << QStringList{"--compile"};
        QTest::newRow("unknown device") << QStringList{"--device", "tpu"};
        QTest::newRow("layers of a GPU") << QStringList{"--layers", "--device", "cuda"};
        QTest::newRow("unknown task") << QStringList{"--task", "dream"};
        QTest::newRow("no time to answer") << QStringList{"--timeout", "0"};
        QTest::newRow("no rounds") << QStringList{"--rounds", "0"};
    }
    void badUsage() {
        QFETCH(QStringList, more);
        const Workplace place;
        QCOMPARE(place.run(QStringList{"bench"} + more).exitCode, 2);
    }

    void besideTheLibrariesThemselves_data() {
        QTest::addColumn<QString>("network");
        for (const char* network : {"lenet-like", "resnet-20", "mobilenet-v2-32"}) QTest::newRow(network) << network;
    }
    void besideTheLibrariesThemselves() {
        QFETCH(QString, network);
        const QString python = qEnvironmentVariable("CONVOLAB_PEER_PYTHON");
        if (python.isEmpty()) QSKIP("CONVOLAB_PEER_PYTHON names no Python with torch and onnxruntime");
        const Workplace place;
        const ProgramResult result = place.run(shortBench({"--against", "pytorch,onnxruntime", "--python", python}, network));
        QCOMPARE(result.exitCode, 0);
        const QJsonArray rows = result.lastObject()["rows"].toArray();
        QCOMPARE(rows[0].toObject()["peers"].toObject().size(), 3);
        QCOMPARE(rows[1].toObject()["peers"].toObject().size(), 4);
        for (const QJsonValue& row : rows) QVERIFY(row.toObject()["ratio"].toDouble() > 0.0);
    }
};

QTEST_GUILESS_MAIN(TestBenchCommand)
#include "tst_bench_command.moc"
