// `convolab prune`, with the program as a child process; what it writes is run again by eval, train and ONNX Runtime.
#include <QSet>
#include <QTest>
#include <cmath>
#include <csignal>

#include "core/compress/masks.h"
#include "core/project/project_file.h"
#include "datasets/catalogue.h"
#include "tests/app/onnx_agreement.h"
#include "tests/app/run_program.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

const char* const kPrune = "prune net/lenet-like.convolab --data digits --threads 1 ";

struct Written {
    NetworkSpec spec;
    WeightSet weights;
};

Written readDocument(const QString& file) {
    auto project = ProjectFile::open(file.toStdString());
    if (!project.ok()) qFatal("%s", project.error().sentence().c_str());
    const auto runs = (*project)->readRuns();
    auto spec = (*project)->readSpec();
    if (!spec.ok() || !runs.ok() || runs->empty()) qFatal("no network or run in %s", qPrintable(file));
    const auto weights = (*project)->readBestWeights(runs->back().id);
    if (!weights.ok() || !*weights) qFatal("no weights in %s", qPrintable(file));
    return {*spec, **weights};
}

std::int64_t parametersOf(const NetworkSpec& spec) { return analyze(spec).total.parameters; }

}  // namespace

class TestPruneCommand : public QObject {
    Q_OBJECT

    // One network for all: a short training.
    Workplace m_place;

    ProgramResult prune(const QByteArray& options) const { return m_place.run((kPrune + options).constData()); }
    QJsonObject done(const QByteArray& options) const {
        const ProgramResult result = prune(options + " --json --quiet");
        if (result.exitCode != 0) qWarning("%s", result.err.constData());
        return result.exitCode == 0 ? result.lastObject() : QJsonObject();
    }
    QString error(const QByteArray& options, int exitCode) const {
        const ProgramResult result = prune(options);
        if (result.exitCode != exitCode || result.crashed) return QStringLiteral("exit code %1").arg(result.exitCode);
        return QString::fromUtf8(result.err);
    }

  private slots:
    void initTestCase() {
        const ProgramResult trained = m_place.run(
            "train lenet-like --data digits --limit 1500 --steps 150 --validation-every 75 --threads 1 --quiet --out net");
        QVERIFY2(trained.exitCode == 0, trained.err.constData());
    }

    void speaksJson() {
        const QJsonObject now = done("--sparsity 0.8 --out a/pruned.convolab");
        const QStringList keys = now.keys();
        for (const char* key : {"event", "parameters_kept", "sparsity", "macs", "nonzero_macs", "dense_macs", "bytes", "dense_bytes", "ratio",
                                "validation", "test", "stages", "layers", "notes", "files"}) {
            QVERIFY2(keys.contains(QLatin1String(key)), key);
        }
        QVERIFY(!keys.contains("max_abs_difference"));
        QVERIFY(std::abs(now["sparsity"].toDouble() - 0.8) < 1e-4);
        QCOMPARE(now["macs"], now["dense_macs"]);
        QCOMPARE(now["ratio"].toDouble(), 1.0);
        QVERIFY(now["nonzero_macs"].toDouble() < 0.3 * now["macs"].toDouble());
        const QJsonArray stages = now["stages"].toArray();
        QCOMPARE(stages.size(), 2);
        QCOMPARE(stages[0].toObject()["name"].toString(), "trained");
        QCOMPARE(stages[1].toObject()["name"].toString(), "pruned");
        QCOMPARE(stages[1].toObject()["accuracy"], now["validation"].toObject()["accuracy"]);
        QCOMPARE(now["files"].toArray(), (QJsonArray{"a/pruned.convolab", "a/pruned.onnx"}));
        QCOMPARE(m_place.list("a"), (QStringList{"pruned.convolab", "pruned.onnx"}));
        // The document says what the object says.
        const Written written = readDocument(m_place.path("a/pruned.convolab"));
        const Masks masks = masksOfZeros(written.weights);
        QCOMPARE(masks.count().sparsity(), now["sparsity"].toDouble());
        QCOMPARE(std::ranges::count(masks.keep, std::uint8_t{1}) <= now["parameters_kept"].toInteger(), true);
        const QJsonObject evaluated = m_place.run("eval a/pruned.convolab --data digits --threads 1 --json --quiet").lastObject();
        QCOMPARE(evaluated["accuracy"], now["test"].toObject()["accuracy"]);
        QCOMPARE(done("--sparsity 0.8 --out a/again.convolab")["test"], now["test"]);
    }

    void fineTuningHelpsAndStaysPruned() {
        const ProgramResult result = prune("--sparsity 0.9 --global --finetune 2 --limit 600 --batch 20 --seed 3 --lr 0.002 --out b/tuned.convolab --json --quiet");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QJsonObject now = result.lastObject();
        const QJsonArray stages = now["stages"].toArray();
        QCOMPARE(stages.size(), 3);
        QVERIFY(stages[2].toObject()["accuracy"].toDouble() > stages[1].toObject()["accuracy"].toDouble());
        const QList<QByteArray> lines = result.out.trimmed().split('\n');
        QVERIFY(lines.size() >= 6);
        const QJsonObject row = QJsonDocument::fromJson(lines[1]).object();
        QCOMPARE(row["event"].toString(), "validation");
        QCOMPARE(row["sparsity"], now["sparsity"]);
        QCOMPARE(masksOfZeros(readDocument(m_place.path("b/tuned.convolab")).weights).count().sparsity(), now["sparsity"].toDouble());
    }

    void gradualRises() {
        const ProgramResult result = prune("--granularity filter --sparsity 0.5 --finetune 2 --limit 400 --gradual --out c/gradual.convolab --json --quiet");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        double before = -1.0;
        for (const QByteArray& line : result.out.trimmed().split('\n')) {
            const QJsonObject row = QJsonDocument::fromJson(line).object();
            if (row["event"].toString() != "validation") continue;
            QVERIFY(row["sparsity"].toDouble() >= before);
            if (before < 0.0) QCOMPARE(row["sparsity"].toDouble(), 0.0);
            before = row["sparsity"].toDouble();
        }
        QVERIFY(before > 0.3);
        QCOMPARE(result.lastObject()["sparsity"].toDouble(), before);
    }

    void toDenseComputesTheSame() {
        const QJsonObject now = done("--granularity filter --sparsity 0.5 --to-dense --out d/small.convolab");
        QVERIFY(now["max_abs_difference"].toDouble() <= 1e-5);
        QVERIFY(now["macs"].toDouble() < 0.5 * now["dense_macs"].toDouble());
        QVERIFY(now["ratio"].toDouble() > 2.0);
        const Written written = readDocument(m_place.path("d/small.convolab"));
        QCOMPARE(parametersOf(written.spec), now["parameters_kept"].toInteger());
        QCOMPARE(analyze(written.spec).total.macs, now["macs"].toInteger());
        const QJsonArray stages = now["stages"].toArray();
        QCOMPARE(stages.last().toObject()["name"].toString(), "to dense");
        QCOMPARE(stages.last().toObject()["accuracy"], stages[1].toObject()["accuracy"]);
        // It is a network like any other: train it on.
        const ProgramResult again = m_place.run("train d/small.convolab --data digits --limit 200 --steps 4 --validation-every 4 --threads 1 --quiet --out d2");
        QVERIFY2(again.exitCode == 0, again.err.constData());
        const QJsonObject nothing = done("--sparsity 0.5 --to-dense --out d/same.convolab");
        QVERIFY(nothing["notes"].toArray().first().toString().contains("--granularity filter"));
    }

    void onnxRuntimeAgrees() {
        CONVOLAB_NEEDS_ONNX_RUNTIME();
        QVERIFY(!done("--granularity kernel --sparsity 0.6 --out e/pruned.convolab").isEmpty());
        QVERIFY(!done("--granularity filter --sparsity 0.5 --to-dense --out e/thinned.convolab").isEmpty());
        const auto digits = openDataset({.name = "digits"});
        QVERIFY(digits.ok());
        for (const char* name : {"e/pruned", "e/thinned"}) {
            const Written written = readDocument(m_place.path(QString(name) + ".convolab"));
            const QString onnx = m_place.path(QString(name) + ".onnx");
            CONVOLAB_AGREES_WITH_ONNX_RUNTIME(written.spec, written.weights, onnx, *digits, m_place.path("e"));
        }
        QVERIFY(m_place.read("e/pruned.onnx").contains("convolab.sparsity_per_layer"));
    }

    void speaksToPeople() {
        const ProgramResult result = prune("--granularity filter --sparsity 0.5 --to-dense --out f/small.convolab");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QString text = QString::fromUtf8(result.out);
        for (const char* part : {"trained     ", "pruned      ", "to dense    ", "parameters kept · non-zero MACs", "filters and units removed",
                                 "logits differ by at most", "test accuracy", " ± ", "f/small.onnx"}) {
            QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
        }
    }

    void plansFromAFile() {
        m_place.write("plan.json", R"({"criterion": "random", "seed": 2, "layers": {"conv 1": {"sparsity": 0.5, "granularity": "filter"}}})");
        const QJsonObject now = done("--plan plan.json --out g/planned.convolab");
        const QJsonObject first = now["layers"].toArray().first().toObject();
        QCOMPARE(first["name"].toString(), "Conv 1");
        QCOMPARE(first["sparsity"].toDouble(), 0.5);
        QCOMPARE(now["layers"].toArray()[1].toObject()["sparsity"].toDouble(), 0.0);
        m_place.write("stranger.json", R"({"layers": {"Conv 7": {"sparsity": 0.5}}})");
        QVERIFY(error("--plan stranger.json --out g/x.convolab", 1).contains("unknown layer \"Conv 7\""));
        m_place.write("all.json", R"({"layers": {"Conv 1": {"sparsity": 1}}})");
        QVERIFY(error("--plan all.json --out g/x.convolab", 1).contains("[Conv 1] a sparsity of 1 would prune all"));
        m_place.write("classes.json", R"({"layers": {"Dense 3": {"sparsity": 0.5, "granularity": "filter"}}})");
        QVERIFY(error("--plan classes.json --out g/x.convolab", 1).contains("one per class"));
        QVERIFY(error("--plan nowhere.json --out g/x.convolab", 1).contains("nowhere.json"));
        QVERIFY(!QFile::exists(m_place.path("g/x.convolab")));
    }

    void badUsage() {
        QVERIFY(error("--sparsity 1 --out x.convolab", 2).contains("from 0 to below 1"));
        QVERIFY(error("--sparsity nan --out x.convolab", 2).contains("from 0 to below 1"));
        QVERIFY(error("--out x.convolab", 2).contains("--sparsity"));
        QVERIFY(error("--sparsity 0.5 --gradual --out x.convolab", 2).contains("--finetune"));
        QVERIFY(error("--sparsity 0.5 --lr 0.1 --out x.convolab", 2).contains("--finetune"));
        QVERIFY(error("--sparsity 0.5 --criterion magnitud --out x.convolab", 2).contains("magnitude"));
        QVERIFY(error("--sparsity 0.5 --granularity filters --out x.convolab", 2).contains("filter"));
        QVERIFY(error("--sparsity 0.5 --plan p.json --out x.convolab", 2).contains("--plan"));
        QVERIFY(error("--sparsity 0.5 --out x.onnx", 2).contains(".convolab"));
        QVERIFY(error("--sparsity 0.5 --out net/lenet-like.convolab", 1).contains("would be replaced"));
        const ProgramResult fresh = m_place.run("prune lenet-like --data digits --sparsity 0.5 --out x.convolab");
        QCOMPARE(fresh.exitCode, 1);
        QVERIFY2(fresh.errorLines().size() <= 3, fresh.err.constData());
        QVERIFY(!QFile::exists(m_place.path("x.convolab")));
    }

    void interruptLeavesWhatWasReached() {
        QProcess process;
        m_place.prepare(process, QString::fromLatin1(kPrune).append("--sparsity 0.5 --finetune 5000 --limit 200 --out h/cut.convolab --json").split(' ', Qt::SkipEmptyParts));
        process.start();
        // The first stages are measured before the training begins.
        QByteArray out;
        while (!out.contains("\"validation\"") && process.waitForReadyRead(60'000)) out += process.readAllStandardOutput();
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        const ProgramResult result = Workplace::finish(process);
        QCOMPARE(result.exitCode, 130);
        QVERIFY2(result.err.contains("interrupted at step"), result.err.constData());
        QVERIFY(masksOfZeros(readDocument(m_place.path("h/cut.convolab")).weights).count().sparsity() >= 0.499);
    }
};

QTEST_GUILESS_MAIN(TestPruneCommand)
#include "tst_prune_command.moc"
