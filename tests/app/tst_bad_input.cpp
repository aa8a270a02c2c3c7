// What a person can get wrong on the command line: the exit code, a sentence of at most three lines, and
// nothing lost.
#include <sys/resource.h>
#include <unistd.h>
#include <QTest>
#include <csignal>

#include "tests/app/run_program.h"

using namespace convolab::testing;

namespace {

constexpr int kFailed = 1, kUsage = 2;

QByteArray node(int id, const char* kind, const char* attributes = "") {
    return QByteArray("{\"id\": ") + QByteArray::number(id) + ", \"kind\": \"" + kind + "\", \"name\": \"" +
           kind + ' ' + QByteArray::number(id) + "\", \"attributes\": {" + attributes + "}}";
}

QByteArray spec(const QByteArrayList& nodes, const QList<QPair<int, int>>& edges) {
    QByteArrayList lines;
    for (const auto& [from, to] : edges) {
        lines.append("{\"from\": [" + QByteArray::number(from) + ", 0], \"to\": [" + QByteArray::number(to) +
                     ", 0]}");
    }
    return "{\"format\": 1, \"name\": \"net\", \"nodes\": [" + nodes.join(", ") + "], \"edges\": [" +
           lines.join(", ") + "], \"blocks\": []}";
}

const QByteArray kInput28 = node(1, "input", "\"shape\": [1, 28, 28]");

}  // namespace

class TestBadInput : public QObject {
    Q_OBJECT

  private slots:
    void badUsage_data();
    void badUsage();
    void badNetwork_data();
    void badNetwork();
    void badModelFile_data();
    void badModelFile();
    void missingOrEmptyData();
    void emptyResume();
    void unwritableFolder();
    void outIsAFile();
    void fullDisk();
    void divergenceKeepsTheLastGoodCheckpoint();

  private:
    static void verifyRefused(const ProgramResult& result, int exitCode, const QStringList& says);
};

void TestBadInput::verifyRefused(const ProgramResult& result, int exitCode, const QStringList& says) {
    QVERIFY2(!result.crashed, result.err.constData());
    QVERIFY2(result.exitCode == exitCode,
             (QByteArray::number(result.exitCode) + ": " + result.err).constData());
    QCOMPARE(result.out, QByteArray());
    const auto lines = result.errorLines();
    QVERIFY(!lines.isEmpty() && lines.size() <= 3);
    QVERIFY2(lines.first().startsWith("convolab: "), result.err.constData());
    for (const QString& word : says) {
        QVERIFY2(QString::fromUtf8(result.err).contains(word),
                 (word.toUtf8() + " is not in: " + result.err).constData());
    }
}

void TestBadInput::badUsage_data() {
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<QStringList>("says");
    const auto row = [](const char* arguments, const QStringList& says) {
        QTest::newRow(arguments) << QString::fromLatin1(arguments) << says;
    };
    row("trian", {"trian", "did you mean train?"});
    row("--vresion", {"did you mean --version?"});
    row("train", {"MODEL is required"});
    row("train lenet-like", {"--data is required"});
    row("train lenet-lik --data digits", {"\"lenet-lik\"", "did you mean lenet-like?"});
    row("train lenet-like --data dgits", {"\"dgits\"", "did you mean \"digits\"?"});
    row("train lenet-like --data digits --epoch 3", {"--epoch", "did you mean --epochs?"});
    row("train lenet-like --data digits --epochs", {"--epochs needs a value"});
    row("train lenet-like --data digits --epochs 0", {"--epochs", "\"0\"", "from 1"});
    row("train lenet-like --data digits --epochs five", {"--epochs", "whole number"});
    row("train lenet-like --data digits --steps 0", {"--steps", "from 1"});
    row("train lenet-like --data digits --batch 0", {"--batch", "\"0\"", "from 1 to 65,536"});
    row("train lenet-like --data digits --batch -3", {"--batch", "\"-3\""});
    row("train lenet-like --data digits --lr -0.1", {"--lr", "\"-0.1\"", "at least 0"});
    row("train lenet-like --data digits --lr nan", {"--lr", "\"nan\""});
    row("train lenet-like --data digits --lr inf", {"--lr", "\"inf\""});
    row("train lenet-like --data digits --lr 0,1", {"--lr", "\"0,1\""});
    row("train lenet-like --data digits --weight-decay -1", {"--weight-decay"});
    row("train lenet-like --data digits --momentum 1", {"--momentum", "below 1"});
    row("train lenet-like --data digits --limit 0", {"--limit"});
    row("train lenet-like --data digits --validation-every 0", {"--validation-every"});
    row("train lenet-like --data digits --seed -1", {"--seed"});
    row("train lenet-like --data digits --threads 0", {"--threads", "from 1 to 256"});
    row("train lenet-like --data digits --optimizer adma", {"\"adma\"", "did you mean \"adam\"?", "sgd"});
    row("train lenet-like --data digits --optimizer sgd:momentun=0.9", {"momentun", "momentum"});
    row("train lenet-like --data digits --optimizer adam:beta1=2", {"beta1"});
    row("train lenet-like --data digits --schedule cosin", {"\"cosin\"", "did you mean \"cosine\"?"});
    row("train lenet-like --data digits --augment shfit", {"\"shfit\"", "did you mean \"shift\"?"});
    row("train lenet-like --data digits --augment rotate:degrees=900", {"rotate's degrees is 900", "from 0 to 180"});
    row("train lenet-like --data digits --ema 1", {"--ema", "below 1"});
    row("train lenet-like --data digits --class-weights some", {"--class-weights", "balanced"});
    row("train lenet-like --data digits --schedule multi_step:milestones=3+1", {"do not ascend"});
    row("train lenet-like --data digits --keep all", {"--keep", "best, last"});
    row("train lenet-like --data digits --lr-range-test min=2,max=1", {"give a rate above min"});
    row("train lenet-like --data digits --init he", {"--init", "he_uniform"});
    row("train lenet-like --data digits --loss msee", {"did you mean mse?"});
    row("train lenet-like --data digits --device cudda", {"\"cudda\"", "did you mean \"cuda\"?"});
    row("train lenet-like --data digits --device cuda:x", {"\"cuda:x\"", "cuda:N"});
    row("train lenet-like --data digits --classes 1", {"--classes"});
    row("train lenet-like --data digits --input 3,x,32", {"\"3,x,32\"", "3,32,32"});
    row("train lenet-like digits", {"unexpected argument", "digits"});
    row("train net.onnx --data digits", {"net.onnx"});
    row("eval net.convolab --data digits --split tset", {"did you mean test?"});
    row("export lenet-like --to onxx", {"did you mean onnx?"});
    row("export lenet-like --to onnx --opset 9", {"13"});
    row("data", {"list, show"});
    row("data lst", {"did you mean list?"});
    row("data show", {"D is required"});
}

void TestBadInput::badUsage() {
    QFETCH(QString, arguments);
    QFETCH(QStringList, says);
    const Workplace place;
    verifyRefused(place.run(arguments.toUtf8().constData()), kUsage, says << "--help");
    QCOMPARE(place.list("."), QStringList{});
}

void TestBadInput::badNetwork_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QStringList>("says");
    const QByteArray flatten = node(2, "flatten"), output = node(9, "output"),
                     ten = node(3, "dense", "\"units\": 10");
    QTest::newRow("a cycle") << spec({kInput28, flatten, ten, node(4, "add"), node(5, "relu"), output},
                                     {{1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 4}, {5, 9}})
                             << QStringList{"net.json"};
    QTest::newRow("two inputs") << spec({kInput28, node(7, "input", "\"shape\": [1, 28, 28]"), flatten, ten,
                                         output},
                                        {{1, 2}, {2, 3}, {3, 9}})
                                << QStringList{"input"};
    QTest::newRow("no output") << spec({kInput28, flatten, ten}, {{1, 2}, {2, 3}}) << QStringList{"output"};
    QTest::newRow("an unconnected layer")
        << spec({kInput28, flatten, ten, output}, {{1, 2}, {3, 9}}) << QStringList{"dense 3"};
    QTest::newRow("kernel larger than the input")
        << spec({kInput28, node(4, "conv2d", "\"kernel\": [31, 31]"), flatten, ten, output},
                {{1, 4}, {4, 2}, {2, 3}, {3, 9}})
        << QStringList{"[conv2d 4]", "31×31", "28×28"};
    QTest::newRow("800 values where 784 are expected")
        << spec({node(1, "input", "\"shape\": [1, 25, 32]"), flatten,
                 node(3, "dense", "\"units\": 10, \"inputs\": 784"), output},
                {{1, 2}, {2, 3}, {3, 9}})
        << QStringList{"[dense 3]", "800", "784"};
    QTest::newRow("classes other than outputs")
        << spec({kInput28, flatten, node(3, "dense", "\"units\": 7"), output}, {{1, 2}, {2, 3}, {3, 9}})
        << QStringList{"10 classes", "7 outputs"};
    QTest::newRow("an unknown kind") << spec({kInput28, node(2, "flaten"), ten, output},
                                             {{1, 2}, {2, 3}, {3, 9}})
                                     << QStringList{"flaten", "flatten"};
    QTest::newRow("an unknown attribute")
        << spec({kInput28, flatten, node(3, "dense", "\"unit\": 10"), output}, {{1, 2}, {2, 3}, {3, 9}})
        << QStringList{"unit", "units"};
    QTest::newRow("broken JSON") << QByteArray("{\"format\": 1, \"nodes\": [") << QStringList{"net.json"};
    QTest::newRow("not JSON") << QByteArray("hello") << QStringList{"net.json"};
    QTest::newRow("an empty file") << QByteArray() << QStringList{"net.json"};
    QTest::newRow("a newer format") << QByteArray("{\"format\": 99, \"nodes\": [], \"edges\": []}")
                                    << QStringList{"99"};
}

void TestBadInput::badNetwork() {
    QFETCH(QByteArray, json);
    QFETCH(QStringList, says);
    const Workplace place;
    place.write("net.json", json);
    verifyRefused(place.run("train net.json --data digits --steps 1 --threads 1 --quiet"), kFailed, says);
    QCOMPARE(place.list("."), QStringList{"net.json"});
}

void TestBadInput::badModelFile_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("says");
    const Workplace place;
    QVERIFY(place.run(kTinyTraining).exitCode == 0);
    const QByteArray good = place.read("convolab-out/lenet-like.convolab");
    QByteArray newer = good;
    newer.replace(60, 4, QByteArray::fromHex("0000270f"));  // user_version, big-endian, in SQLite's header
    QTest::newRow("truncated") << good.left(good.size() / 3) << QStringList{"net.convolab"};
    QTest::newRow("a text file") << QByteArray("Dear reader,\n").repeated(100) << QStringList{"net.convolab"};
    QTest::newRow("empty") << QByteArray() << QStringList{"net.convolab"};
    QTest::newRow("newer") << newer << QStringList{"newer"};
}

void TestBadInput::badModelFile() {
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, says);
    const Workplace place;
    place.write("net.convolab", bytes);
    place.write("out/lenet-like.convolab", bytes);
    verifyRefused(place.run("eval net.convolab --data digits --quiet"), kFailed, says);
    verifyRefused(place.run("summary net.convolab"), kFailed, says);
    verifyRefused(place.run("export net.convolab --to onnx --out net.onnx"), kFailed, says);
    QCOMPARE(place.read("net.convolab"), bytes);
    // A document in the way of a new run is left as it is.
    const ProgramResult trained = place.run((QByteArray(kTinyTraining) + " --out out").constData());
    verifyRefused(trained, kFailed, {"lenet-like.convolab"});
    QCOMPARE(place.read("out/lenet-like.convolab"), bytes);
}

void TestBadInput::missingOrEmptyData() {
    const Workplace place;
    verifyRefused(place.run("train lenet-like --data mnist --data-dir nowhere"), kFailed,
                  {"MNIST was not found", "nowhere/mnist", "train-images-idx3-ubyte"});
    place.write("photos/readme.txt", "no image");
    verifyRefused(place.run("train lenet-like --data ./photos"), kFailed, {"photos"});
    verifyRefused(place.run("data show ./photos"), kFailed, {"photos"});
    verifyRefused(place.run("train lenet-like --data ./absent"), kFailed, {"absent"});
    verifyRefused(place.run("eval absent.convolab --data digits"), kFailed, {"absent.convolab"});
    verifyRefused(place.run("eval lenet-like --data digits"), kFailed,
                  {"no trained weights", "convolab train lenet-like"});
    verifyRefused(place.run("train lenet-like --data shapes"), kFailed, {"3×32×32", "1×32×32"});
    QCOMPARE(place.list("."), QStringList{"photos"});
}

void TestBadInput::emptyResume() {
    const Workplace place;
    verifyRefused(place.run((QByteArray(kTinyTraining) + " --resume").constData()), kFailed,
                  {"no checkpoint to resume"});
    QCOMPARE(place.list("."), QStringList{});
}

void TestBadInput::unwritableFolder() {
    if (geteuid() == 0) {
        // Permissions do not bind root; /proc takes no files from anybody.
        const Workplace place;
        verifyRefused(place.run((QByteArray(kTinyTraining) + " --out /proc/convolab").constData()), kFailed,
                      {"/proc/convolab"});
        verifyRefused(place.run("export lenet-like --to onnx --quiet --out /proc/net.onnx"), kFailed,
                      {"/proc/net.onnx"});
        return;
    }
    const Workplace place;
    QVERIFY(QDir(place.path(".")).mkdir("locked"));
    QFile::setPermissions(place.path("locked"), QFile::ReadOwner | QFile::ExeOwner);
    verifyRefused(place.run((QByteArray(kTinyTraining) + " --out locked").constData()), kFailed, {"locked"});
    verifyRefused(place.run("export lenet-like --to onnx --quiet --out locked/net.onnx"), kFailed,
                  {"locked/net.onnx"});
    QFile::setPermissions(place.path("locked"), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QCOMPARE(place.list("locked"), QStringList{});
}

void TestBadInput::outIsAFile() {
    const Workplace place;
    place.write("taken", "mine");
    verifyRefused(place.run((QByteArray(kTinyTraining) + " --out taken").constData()), kFailed, {"taken"});
    verifyRefused(place.run("export lenet-like --to onnx --quiet --out taken/net.onnx"), kFailed,
                  {"taken/net.onnx"});
    QCOMPARE(place.read("taken"), QByteArray("mine"));
}

// A limit on the size of files stands for a full disk: writing fails at the same places.
void TestBadInput::fullDisk() {
    const Workplace place;
    place.write("net.onnx", "the old one");
    QProcess exporting;
    place.prepare(exporting, {"export", "lenet-like", "--to", "onnx", "--quiet", "--out", "net.onnx"});
    const auto limitFiles = [] {
        const rlimit limit{64 * 1024, 64 * 1024};
        setrlimit(RLIMIT_FSIZE, &limit);
        std::signal(SIGXFSZ, SIG_IGN);
    };
    exporting.setChildProcessModifier(limitFiles);
    exporting.start();
    verifyRefused(Workplace::finish(exporting), kFailed, {"net.onnx"});
    QCOMPARE(place.read("net.onnx"), QByteArray("the old one"));
    QCOMPARE(place.list("."), QStringList{"net.onnx"});

    QProcess training;
    place.prepare(training, QString::fromLatin1(kTinyTraining).split(QLatin1Char(' ')));
    training.setChildProcessModifier(limitFiles);
    training.start();
    const ProgramResult result = Workplace::finish(training);
    verifyRefused(result, kFailed, {"lenet-like.convolab"});
}

void TestBadInput::divergenceKeepsTheLastGoodCheckpoint() {
    const Workplace place;
    const QByteArray base =
        "train lenet-like --data digits --limit 200 --batch 32 --validation-every 20 --threads 1 --quiet";
    const ProgramResult result = place.run((base + " --steps 200 --optimizer sgd --lr 1e6").constData());
    verifyRefused(result, kFailed, {"diverged at step", "[", "lower the learning rate"});
    QCOMPARE(place.list("convolab-out"), QStringList{"lenet-like.convolab"});
    // Its weights are finite, and the run goes on from there at a lower rate.
    const ProgramResult resumed = place.run((base + " --resume --steps 8 --lr 0.01 --json").constData());
    QVERIFY2(resumed.exitCode == 0, resumed.err.constData());
    QCOMPARE(resumed.lastObject()["steps"].toInt(), 8);
    QVERIFY(resumed.lastObject()["test"].toObject()["loss"].toDouble(-1) >= 0);
}

QTEST_GUILESS_MAIN(TestBadInput)
#include "tst_bad_input.moc"
