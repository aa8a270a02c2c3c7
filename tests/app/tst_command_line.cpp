// The commands, their JSON, their exit codes, and resuming, with the program as a child process.
#include <QRegularExpression>
#include <QSet>
#include <QTest>
#include <csignal>

#include "tests/app/run_program.h"

using namespace convolab::testing;

namespace {

QSet<QString> keysOf(const QJsonObject& object) {
    const QStringList keys = object.keys();
    return {keys.begin(), keys.end()};
}

QSet<QString> words(const char* text) {
    const QStringList list = QString::fromLatin1(text).split(QLatin1Char(' '));
    return {list.begin(), list.end()};
}

}  // namespace

class TestCommandLine : public QObject {
    Q_OBJECT

  private slots:
    void helpTeaches_data();
    void helpTeaches();
    void versionEverywhere();
    void trainLeavesFourFiles();
    void trainSpeaksJson();
    void evalAgreesWithTrain();
    void summarySpeaksJson();
    void exportWritesBothFormats();
    void listsSpeakJson();
    void dataShowDrawsASheet();
    void quietAndVerbose();
    void interruptedTrainingResumesExactly_data();
    void interruptedTrainingResumesExactly();
    void regularisedTrainingRepeatsItself();
    void rangeTestSuggestsARate();
    void freshWeightsAreDrawnAsAsked();
    void finishedTrainingGoesOn();
    void secondRunStaysBesideTheFirst();
    void numbersDoNotDependOnTheLocale();
    void progressFitsTheTerminal();
    void mainJobWithoutDisplay();

  private:
    static void compareToUninterrupted(const Workplace& place, const QString& arguments);
};

void TestCommandLine::helpTeaches_data() {
    QTest::addColumn<QString>("command");
    QTest::addColumn<QStringList>("contains");
    const auto row = [](const char* command, const QStringList& contains) {
        QTest::newRow(*command != 0 ? command : "convolab") << QString::fromLatin1(command) << contains;
    };
    row("", {"train", "eval", "summary", "attack", "prune", "quantize", "inspect", "export", "data", "presets", "devices", "convolab [FILE]", "130"});
    row("train", {"--epochs N",
                  "--steps N",
                  "--batch N",
                  "--optimizer",
                  "--lr X",
                  "--schedule",
                  "--weight-decay",
                  "--momentum",
                  "--init NAME",
                  "torch_uniform",
                  "--validation-every",
                  "--classes",
                  "--input",
                  "--seed",
                  "--threads",
                  "--device",
                  "--resume",
                  "--out DIR",
                  "--json",
                  "adamw:",
                  "rmsprop:alpha=0.99,momentum=0,centered=false",
                  "adagrad:",
                  "cosine:",
                  "multi_step:milestones=2+4",
                  "one_cycle:",
                  "plateau:factor=0.1,patience=5",
                  "--augment NAME",
                  "elastic:alpha=34,sigma=4",
                  "--l1 X",
                  "--l2 X",
                  "--clip-norm X",
                  "--clip-value X",
                  "--ema X",
                  "--label-smoothing X",
                  "--class-weights balanced|W,W",
                  "--early-stopping N",
                  "--keep NAME",
                  "--lr-range-test",
                  "warmup_steps=0",
                  "--adversarial",
                  "fgsm:eps=0.3,step=0.375,random_start=true",
                  "history.csv has one row per step",
                  "validation_accuracy"});
    row("eval", {"--data D", "--split", "--limit", "default test"});
    row("attack", {"--method NAME", "--eps X[,X…]", "--norm", "--restarts N", "--target K", "--sample N", "--out DIR", "fgsm",
                   "deepfool", "adversarial.npy", "already wrong = fooled"});
    row("prune", {"--criterion NAME", "--granularity NAME", "--sparsity X", "--global", "--plan FILE", "--finetune EPOCHS", "--gradual",
                  "--to-dense", "--out FILE", "magnitude", "random"});
    row("quantize", {"--calibrate D", "--weights BITS", "--activations BITS", "--per WORD", "--range NAME", "--images N", "--qat EPOCHS",
                     "--plan FILE", "--out FILE", "minmax", "percentile", "mse"});
    row("inspect", {"--what NAME", "--image FILE|D:INDEX", "--layer NAME", "--unit K", "--at ROW,COLUMN", "--out DIR",
                    "integrated-gradients", "gradcam", "receptive-field", "maximize", "NPY"});
    row("summary", {"--input C,H,W", "--batch"});
    row("export", {"--to FORMAT", "onnx", "json", "--opset", "--out FILE"});
    row("data", {"list", "show"});
    row("data list", {"--data-dir"});
    row("data show", {"--out FILE", "PNG"});
    row("presets", {});
    row("devices", {});
}

void TestCommandLine::helpTeaches() {
    QFETCH(QString, command);
    QFETCH(QStringList, contains);
    const Workplace place;
    const ProgramResult result =
        place.run(command.split(QLatin1Char(' '), Qt::SkipEmptyParts) << QStringLiteral("--help"));
    QCOMPARE(result.exitCode, 0);
    QCOMPARE(result.err, QByteArray());
    const QString text = QString::fromUtf8(result.out);
    for (const QString& word : contains) QVERIFY2(text.contains(word), qPrintable(word));
    QCOMPARE(text.count(QStringLiteral("Example:  convolab ") + command), 1);
    QVERIFY(text.contains(QStringLiteral("Usage: convolab")));
    for (const QString& line : text.split(QLatin1Char('\n'))) QVERIFY2(line.size() <= 120, qPrintable(line));
}

void TestCommandLine::versionEverywhere() {
    const Workplace place;
    for (const char* command : {"--version", "train --version", "data show --version"}) {
        const ProgramResult result = place.run(command);
        QCOMPARE(result.exitCode, 0);
        QVERIFY(QRegularExpression(QStringLiteral("^convolab \\d+\\.\\d+\\.\\d+\n$"))
                    .match(QString::fromUtf8(result.out))
                    .hasMatch());
    }
}

void TestCommandLine::trainLeavesFourFiles() {
    const Workplace place;
    const ProgramResult result = place.run(kTinyTraining);
    QVERIFY2(result.exitCode == 0, result.err.constData());
    QCOMPARE(place.list("convolab-out"),
             (QStringList{"history.csv", "lenet-like.convolab", "lenet-like.onnx", "report.html"}));
    QCOMPARE(place.list("."), QStringList{"convolab-out"});
    QVERIFY(result.out.contains("test accuracy"));
    QVERIFY(result.out.contains("convolab-out/report.html"));
    const QList<QByteArray> rows = place.read("convolab-out/history.csv").split('\n');
    QCOMPARE(
        rows.first().trimmed(),
        QByteArray(
            "step,epoch,train_loss,train_accuracy,learning_rate,seconds,validation_loss,validation_accuracy,"
            "clean_loss,clean_accuracy"));
    QCOMPARE(rows.size(), 8);  // the header, six steps, and nothing after the last line's end
    QVERIFY(rows[1].trimmed().endsWith(",,,,"));
    QCOMPARE(rows[3].count(','), 9);
    QVERIFY(!rows[3].contains(",,"));
}

void TestCommandLine::trainSpeaksJson() {
    const Workplace place;
    const ProgramResult result = place.run((QByteArray(kTinyTraining) + " --json --seed 7").constData());
    QVERIFY2(result.exitCode == 0, result.err.constData());
    QCOMPARE(result.err, QByteArray());
    for (const QByteArray& line : result.out.trimmed().split('\n'))
        QVERIFY(QJsonDocument::fromJson(line).isObject());
    const QJsonObject done = result.lastObject();
    QCOMPARE(keysOf(done), words("event parameters epochs steps seconds images_per_second train_loss "
                                 "validation test seed device files"));
    QCOMPARE(done["event"].toString(), "done");
    QCOMPARE(done["parameters"].toInt(), 81194);
    QCOMPARE(done["steps"].toInt(), 6);
    QCOMPARE(done["seed"].toInt(), 7);
    QCOMPARE(done["device"].toString(), "cpu");
    QCOMPARE(keysOf(done["test"].toObject()), words("loss accuracy images"));
    QCOMPARE(done["test"].toObject()["images"].toInt(), 200);
    const double accuracy = done["validation"].toObject()["accuracy"].toDouble(-1);
    QVERIFY(accuracy >= 0 && accuracy <= 1);
    QVERIFY(done["seconds"].toDouble() > 0 && done["images_per_second"].toDouble() > 0 &&
            done["train_loss"].toDouble() > 0);
    QCOMPARE(done["files"].toArray().size(), 4);
}

void TestCommandLine::evalAgreesWithTrain() {
    const Workplace place;
    const QJsonObject trained = place.run((QByteArray(kTinyTraining) + " --json").constData()).lastObject();
    const ProgramResult result = place.run(
        "eval convolab-out/lenet-like.convolab --data digits --limit 200 --threads 1 --json --quiet");
    QVERIFY2(result.exitCode == 0, result.err.constData());
    const QJsonObject done = result.lastObject();
    QCOMPARE(keysOf(done), words("event loss accuracy top5 images confusion device precision"));
    QCOMPARE(done["accuracy"].toDouble(), trained["test"].toObject()["accuracy"].toDouble());
    QCOMPARE(done["loss"].toDouble(), trained["test"].toObject()["loss"].toDouble());
    QVERIFY(done["top5"].toDouble() >= done["accuracy"].toDouble());
    int images = 0;
    for (const QJsonValue row : done["confusion"].toArray()) {
        QCOMPARE(row.toArray().size(), 10);
        for (const QJsonValue count : row.toArray()) images += count.toInt();
    }
    QCOMPARE(images, 200);
    const ProgramResult other = place.run(
        "eval convolab-out/lenet-like.convolab --data digits --split validation --limit 50 --threads 1");
    QVERIFY(other.out.contains("on 50 validation images"));
}

void TestCommandLine::summarySpeaksJson() {
    const Workplace place;
    const QJsonObject done = place.run("summary conv20-conv50 --json").lastObject();
    QCOMPARE(keysOf(done), words("event layers parameters trainable macs flops"));
    QCOMPARE(done["parameters"].toInt(), 431080);
    QCOMPARE(done["flops"].toInteger(), 2 * done["macs"].toInteger());
    const QJsonObject layer = done["layers"].toArray().at(1).toObject();
    QCOMPARE(keysOf(layer), words("name kind output parameters macs activation_bytes"));
    QCOMPARE(layer["output"].toArray(), (QJsonArray{20, 24, 24}));
    QCOMPARE(layer["parameters"].toInt(), 520);  // 20 × 5 × 5 + 20
    QCOMPARE(place.run("summary conv20-conv50 --json --batch 64").lastObject()["macs"].toInteger(),
             64 * done["macs"].toInteger());
    const ProgramResult table = place.run("summary lenet-like --input 3,32,32 --classes 5");
    QVERIFY(table.out.contains("3×32×32"));
    QVERIFY(table.out.contains("total"));
}

void TestCommandLine::exportWritesBothFormats() {
    const Workplace place;
    const QJsonObject onnx =
        place.run("export lenet-like --to onnx --out net.onnx --json --quiet").lastObject();
    QCOMPARE(keysOf(onnx), words("event file bytes opset ir_version checked"));
    QCOMPARE(onnx["bytes"].toInt(), place.read("net.onnx").size());
    QCOMPARE(onnx["opset"].toInt(), 13);
    QVERIFY(onnx["checked"].toBool());
    const QJsonObject json = place.run("export lenet-like --to json --out net.json --json").lastObject();
    QVERIFY(json["checked"].toBool());
    QCOMPARE(place.run("summary net.json --json").lastObject()["parameters"].toInt(), 81194);
}

void TestCommandLine::listsSpeakJson() {
    const Workplace place;
    const QJsonArray sets = place.run("data list --json").lastObject()["datasets"].toArray();
    QVERIFY(sets.size() >= 5);
    QCOMPARE(sets.first().toObject()["name"].toString(), "digits");
    QVERIFY(sets.first().toObject()["available"].toBool());
    const QJsonArray presets = place.run("presets --json").lastObject()["presets"].toArray();
    QJsonObject lenet;
    for (const QJsonValue& preset : presets) {
        if (preset.toObject()["name"].toString() == "lenet-like") lenet = preset.toObject();
    }
    QCOMPARE(lenet["parameters"].toInt(), 81194);
    QVERIFY(lenet["source"].toString().contains("LeCun"));
    const QJsonArray devices = place.run("devices --json").lastObject()["devices"].toArray();
    QCOMPARE(devices.first().toObject()["id"].toString(), "cpu");
}

void TestCommandLine::dataShowDrawsASheet() {
    const Workplace place;
    const ProgramResult result = place.run("data show digits --out sheet.png --json");
    QVERIFY2(result.exitCode == 0, result.err.constData());
    const QJsonObject done = result.lastObject();
    QCOMPARE(done["shape"].toArray(), (QJsonArray{1, 28, 28}));
    QCOMPARE(done["train"].toInt(), 12000);
    QCOMPARE(done["classes"].toArray().size(), 10);
    QVERIFY(place.read("sheet.png").startsWith("\x89PNG"));
}

void TestCommandLine::quietAndVerbose() {
    const Workplace place;
    QCOMPARE(place.run(kTinyTraining).err, QByteArray());
    const QByteArray loud = QByteArray(kTinyTraining).replace("--quiet", "--verbose");
    const ProgramResult result = place.run(loud.constData());
    QVERIFY(result.err.contains("81,194 parameters"));
    QCOMPARE(result.err.count("validation loss"), 2);
    QVERIFY(!result.err.contains('\r'));  // plain lines where there is no terminal
}

// A run of 40 steps, interrupted while it runs and resumed, gives the same weights and history as one without
// a break.
void TestCommandLine::compareToUninterrupted(const Workplace& place, const QString& arguments) {
    const QStringList whole = arguments.split(QLatin1Char(' ')) << "--out"
                                                                << "whole";
    QCOMPARE(place.run(whole).exitCode, 0);
    const QStringList broken = arguments.split(QLatin1Char(' ')) << "--out"
                                                                 << "broken";
    QProcess process;
    place.prepare(process, broken);
    process.start();
    // The first validation is reported on stdout; more are to come.
    while (!process.canReadLine() && process.waitForReadyRead(120'000)) {
    }
    QVERIFY(process.canReadLine());
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
    const ProgramResult interrupted = Workplace::finish(process);
    QVERIFY(!interrupted.crashed);
    QCOMPARE(interrupted.exitCode, 130);
    QVERIFY2(interrupted.err.contains("checkpoint written; go on with --resume"),
             interrupted.err.constData());
    QCOMPARE(interrupted.errorLines().size(), 3);
    QCOMPARE(place.list("broken"), QStringList{"lenet-like.convolab"});

    const ProgramResult resumed = place.run(broken + QStringList{"--resume"});
    QVERIFY2(resumed.exitCode == 0, resumed.err.constData());
    QVERIFY(resumed.err.contains("resumed at step"));
    QCOMPARE(place.read("broken/lenet-like.onnx"), place.read("whole/lenet-like.onnx"));
}

void TestCommandLine::interruptedTrainingResumesExactly_data() {
    QTest::addColumn<QString>("more");
    QTest::newRow("plain") << "--optimizer sgd:momentum=0.9 --schedule cosine";
    QTest::newRow("everything on") << "--optimizer rmsprop --schedule plateau:patience=1,threshold=0.1 --augment shift --augment rotate "
                                      "--clip-norm 1 --l2 1e-4 --ema 0.99 --label-smoothing 0.1 --class-weights balanced";
}

void TestCommandLine::interruptedTrainingResumesExactly() {
    QFETCH(QString, more);
    const Workplace place;
    compareToUninterrupted(
        place,
        "train lenet-like --data digits --limit 640 --batch 32 --epochs 4 --validation-every 2 --threads 1 --json " + more);
    // Column for column but the seconds.
    const auto rows = [&](const QString& folder) {
        QList<QByteArrayList> result;
        for (const QByteArray& line : place.read(folder + "/history.csv").split('\n')) {
            result.append(line.trimmed().split(','));
            if (result.last().size() > 5) result.last().removeAt(5);
        }
        return result;
    };
    QCOMPARE(rows("broken").size(), 82);
    QCOMPARE(rows("broken"), rows("whole"));
}

void TestCommandLine::regularisedTrainingRepeatsItself() {
    const Workplace place;
    const QByteArray options = "--augment flip:horizontal=0.25 --augment noise --l1 0.0001 --l2 0.001 --clip-norm 2 --clip-value 0.5 --ema 0.9 "
                               "--label-smoothing 0.1 --class-weights 1,1,2,1,1,1,1,1,1,1 --early-stopping 9 --keep last";
    const ProgramResult result = place.run((QByteArray(kTinyTraining) + " " + options + " --json").constData());
    QVERIFY2(result.exitCode == 0, result.err.constData());
    QCOMPARE(result.lastObject()["stopped_early"].toBool(true), false);
    // The report names all of it, and the command in it is the one that was given.
    const QByteArray report = place.read("convolab-out/report.html");
    for (const char* part : {"flip:horizontal=0.25, noise", "L2 1e\u22123", "to length 2", "label smoothing 0.1", "decay 0.9", "the last"}) {
        QVERIFY2(report.contains(part), part);
    }
    QByteArray command = report.mid(report.indexOf("Repeat this run"));
    command = command.left(command.indexOf("</pre>")).replace("<span>", "").replace("</span>", "");
    QVERIFY2(command.contains(options), command.constData());
    // The document remembers it.
    const ProgramResult resumed = place.run((QByteArray(kTinyTraining) + " --resume --early-stopping 0").constData());
    QVERIFY2(resumed.exitCode == 0, resumed.err.constData());
    QVERIFY(place.read("convolab-out/report.html").contains("flip:horizontal=0.25"));
}

void TestCommandLine::rangeTestSuggestsARate() {
    const Workplace place;
    const ProgramResult result =
        place.run("train lenet-like --data digits --limit 320 --batch 16 --threads 1 --lr-range-test min=1e-5,max=10,steps=60 --json --quiet");
    QVERIFY2(result.exitCode == 0, result.err.constData());
    const QJsonObject done = result.lastObject();
    QCOMPARE(keysOf(done), words("event steps suggested_rate lowest_loss_rate blew_up files"));
    QVERIFY(done["suggested_rate"].toDouble() > 1e-5 && done["suggested_rate"].toDouble() < 1.0);
    QVERIFY(place.read("convolab-out/lenet-like-lr-range.csv").startsWith("learning_rate,loss,smoothed_loss"));
    QVERIFY(place.read("convolab-out/lenet-like-lr-range.svg").contains("<svg"));
    const ProgramResult plain = place.run("train lenet-like --data digits --limit 64 --batch 16 --threads 1 --lr-range-test --out other");
    QVERIFY2(plain.exitCode == 0, plain.err.constData());
    QVERIFY2(plain.out.contains("the loss falls fastest at a rate of"), plain.out.constData());
}

void TestCommandLine::freshWeightsAreDrawnAsAsked() {
    const Workplace place;
    const char* base = "train lenet-like --data digits --limit 64 --batch 32 --threads 1 --steps 1 --seed 3 --json --quiet";
    const auto lossAfter = [&](const char* more) {
        const ProgramResult result = place.run((QByteArray(base) + more).constData());
        const QByteArray row = place.read("convolab-out/history.csv").split('\n').value(1);
        return result.exitCode == 0 ? row.split(',').value(2) : result.err;
    };
    const QByteArray usual = lossAfter("");
    QCOMPARE(lossAfter(" --init he_uniform"), usual);
    QVERIFY(lossAfter(" --init torch_uniform") != usual);
    // The network remembers it, layer by layer.
    QCOMPARE(place.run("export convolab-out/lenet-like.convolab --to json --out network.json").exitCode, 0);
    QCOMPARE(place.read("network.json").count("torch_uniform"), 5);
    const ProgramResult resumed = place.run((QByteArray(base) + " --resume --init he_uniform").constData());
    QCOMPARE(resumed.exitCode, 1);
    QVERIFY2(resumed.err.contains("a resumed run has its weights already"), resumed.err.constData());
}

void TestCommandLine::finishedTrainingGoesOn() {
    const Workplace place;
    const QByteArray base =
        "train lenet-like --data digits --limit 128 --batch 32 --threads 1 --json --quiet";
    QCOMPARE(place.run((base + " --epochs 1").constData()).exitCode, 0);
    const QByteArray before = place.read("convolab-out/lenet-like.onnx");
    const ProgramResult idle =
        place.run((QByteArray(base).replace(" --quiet", "") + " --resume").constData());
    QVERIFY2(idle.exitCode == 0, idle.err.constData());
    QVERIFY(idle.err.contains("nothing is left to train"));
    QCOMPARE(idle.lastObject()["epochs"].toDouble(), 1.0);
    QVERIFY(idle.lastObject()["images_per_second"].toDouble() > 0);
    QCOMPARE(place.read("convolab-out/lenet-like.onnx"), before);
    const ProgramResult more = place.run((base + " --resume --epochs 2").constData());
    QVERIFY2(more.exitCode == 0, more.err.constData());
    QCOMPARE(more.lastObject()["steps"].toInt(), 8);
    QCOMPARE(more.lastObject()["epochs"].toDouble(), 2.0);
    QCOMPARE(place.read("convolab-out/history.csv").count('\n'), 9);
    QCOMPARE(place.run((base + " --resume --seed 1").constData()).exitCode, 1);
    QCOMPARE(place.list("convolab-out").size(), 4);
}

void TestCommandLine::secondRunStaysBesideTheFirst() {
    const Workplace place;
    QCOMPARE(place.run(kTinyTraining).exitCode, 0);
    const ProgramResult again = place.run((QByteArray(kTinyTraining) + " --seed 3").constData());
    QVERIFY2(again.exitCode == 0, again.err.constData());
    QCOMPARE(place.list("convolab-out").size(), 4);
    // A document is a MODEL as well, with its recipe: 6 steps of 32 images.
    const ProgramResult fromDocument = place.run(
        "train convolab-out/lenet-like.convolab --data digits --limit 200 --threads 1 --out third --json "
        "--quiet");
    QVERIFY2(fromDocument.exitCode == 0, fromDocument.err.constData());
    QCOMPARE(fromDocument.lastObject()["steps"].toInt(), 6);
    QCOMPARE(fromDocument.lastObject()["seed"].toInt(), 3);
}

void TestCommandLine::numbersDoNotDependOnTheLocale() {
    const Workplace place;
    const ProgramResult result =
        place.runShell(QStringLiteral("LC_ALL=de_DE.UTF-8 \"$1\" %1 --lr 0.0015 --json")
                           .arg(QString::fromLatin1(kTinyTraining)));
    QVERIFY2(result.exitCode == 0, result.err.constData());
    const QByteArray row = place.read("convolab-out/history.csv").split('\n').at(1);
    QCOMPARE(row.count(','), 9);
    QVERIFY(row.contains(",0.0015,"));
    QVERIFY(result.lastObject()["seconds"].toDouble() > 0);
}

void TestCommandLine::progressFitsTheTerminal() {
    if (!QFile::exists("/usr/bin/script")) QSKIP("script (of util-linux) is needed to record a terminal");
    const Workplace place;
    const QString training = QString::fromLatin1(kTinyTraining).remove(" --quiet");
    const ProgramResult result = place.runShell(
        QStringLiteral("script -qec \"stty cols 80; '$1' %1 --verbose\" typescript < /dev/null")
            .arg(training));
    QVERIFY2(result.exitCode == 0, result.err.constData());
    const QString screen = QString::fromUtf8(result.out);
    QVERIFY(screen.contains(QStringLiteral("█")));
    // What stays on the screen: of each line, only what follows the last erasure.
    QStringList lines;
    for (QString line : screen.split(QLatin1Char('\n'))) {
        line.remove(QRegularExpression(QStringLiteral("\r$")));
        for (const QString& drawn : line.split(QStringLiteral("\r\033[2K"))) {
            if (drawn.startsWith("training")) QVERIFY2(drawn.size() < 80, qPrintable(drawn));
        }
        lines.append(line.mid(line.lastIndexOf(QStringLiteral("\033[2K")) +
                              (line.contains(QStringLiteral("\033[2K")) ? 4 : 0)));
    }
    const QStringList bars = lines.filter(QRegularExpression(QStringLiteral("^training")));
    QCOMPARE(bars.size(), 1);
    QVERIFY(bars.first().contains("100 %"));
    QCOMPARE(lines.filter("validation loss").size(), 2);
}

void TestCommandLine::mainJobWithoutDisplay() {
    const Workplace place;
    const ProgramResult result = place.run(QStringList{});
    QVERIFY2(result.exitCode == 0, result.err.constData());
    QVERIFY(result.err.contains("No display"));
    QCOMPARE(place.list("convolab-out"),
             (QStringList{"history.csv", "lenet-like.convolab", "lenet-like.onnx", "report.html"}));
    const QRegularExpressionMatch accuracy =
        QRegularExpression(QStringLiteral("test accuracy ([0-9.]+)")).match(QString::fromUtf8(result.out));
    QVERIFY(accuracy.hasMatch());
    QVERIFY2(accuracy.captured(1).toDouble() > 95.0, result.out.constData());
}

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"
