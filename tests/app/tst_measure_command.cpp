// `convolab measure`, with the program as a child process.
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

class TestMeasureCommand : public QObject {
    Q_OBJECT

    Workplace m_place;

    ProgramResult measure(const QByteArray& options) const { return m_place.run(("measure --threads 1 " + options).constData()); }
    QJsonObject done(const QByteArray& options) const {
        const ProgramResult result = measure(options + " --json --quiet");
        if (result.exitCode != 0) qWarning("%s", result.err.constData());
        return result.exitCode == 0 ? result.lastObject() : QJsonObject();
    }

  private slots:
    void initTestCase() {
        const ProgramResult trained = m_place.run(
            "train lenet-like --data digits --limit 1500 --steps 120 --validation-every 60 --threads 1 --quiet --out net");
        QVERIFY2(trained.exitCode == 0, trained.err.constData());
    }

    void speaksJson() {
        const QJsonObject now = done("net/lenet-like.convolab --data digits --attack-images 40 --rho-images 20");
        QCOMPARE(keysOf(now), words("event name arithmetic latency accuracy size energy robustness layers notes machine files"));
        QCOMPARE(keysOf(now["latency"].toObject()), words("batch_1 batch_64"));
        QVERIFY(now["latency"]["batch_1"]["median"].toDouble() > 0.0);
        QCOMPARE(now["latency"]["batch_1"]["threads"].toInt(), 1);
        QCOMPARE(now["size"]["parameters"].toInt(), 81194);
        QCOMPARE(now["size"]["macs"].toInt(), 274656);
        QVERIFY(now["size"]["document_bytes"].toDouble() > 81194 * 4);
        QVERIFY(now["size"]["onnx_bytes"].toDouble() > 81194 * 4);
        QCOMPARE(now["energy"]["model"]["wording"].toString(), QStringLiteral("modelled (45 nm, arithmetic + memory, not this computer)"));
        const double robust = now["robustness"]["robust_accuracy"].toDouble();
        QVERIFY(robust <= now["robustness"]["clean_accuracy"].toDouble());
        QCOMPARE(now["robustness"]["images"].toInt(), 40);
        const QJsonObject evaluated = m_place.run("eval net/lenet-like.convolab --data digits --threads 1 --json --quiet").lastObject();
        QCOMPARE(now["accuracy"]["top1"], evaluated["accuracy"]);
        QCOMPARE(now["accuracy"]["images"], evaluated["images"]);
        const QJsonArray layers = now["layers"].toArray();
        QCOMPARE(layers.size(), 9);
        QCOMPARE(layers[1]["name"].toString(), QStringLiteral("Conv 1"));
        QVERIFY(now["machine"]["flops"].toDouble() > 1e9);
        QVERIFY(now["machine"]["roofline"].toArray().size() == 2 * 5);
    }

    void presetsAreMeasuredUntrained() {
        const QJsonObject now = done("lenet-like --batch 8 --weights-in sram-8k --no-peak");
        QVERIFY(now["accuracy"].isNull() && now["robustness"].isNull() && now["machine"].isNull());
        QVERIFY(now["latency"]["batch_8"]["median"].toDouble() > 0.0);
        QCOMPARE(now["energy"]["model"]["batch"].toInt(), 8);
        QCOMPARE(now["energy"]["model"]["weights_live_in"].toString(), QStringLiteral("sram-8k"));
        QVERIFY(!now["notes"].toArray().isEmpty());
    }

    void speaksToPeople() {
        const ProgramResult result = measure("lenet-like --csv layers.csv");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QString text = QString::fromUtf8(result.out);
        for (const char* part : {"latency     batch 1: ", "p95", "images/s", "size        81,194 parameters, 274,656 MACs, 549,312 FLOP",
                                 "modelled (45 nm, arithmetic + memory, not this computer)", "between layers", "GFLOP/s", "Titan X", "37.3 %"}) {
            QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
        }
        const QList<QByteArray> rows = m_place.read("layers.csv").split('\n');
        QVERIFY(rows.first().startsWith("layer,kind,output,parameters,macs"));
        QCOMPARE(rows.size(), 9 + 3 + 1);
    }

    void experimentsRun() {
        const QJsonObject now = done("--experiment fewer-macs");
        QCOMPARE(now["experiment"].toString(), QStringLiteral("fewer-macs"));
        QVERIFY(now["holds"].toBool());
        QCOMPARE(now["rows"].toArray().size(), 2);
        const QString text = QString::fromUtf8(measure("lenet-like --experiment conv-against-dense").out);
        QVERIFY2(text.contains("from batch 13 on") && text.contains("LeNet-like") && text.contains("batch 256"), qPrintable(text));
    }

    void badUsage_data() {
        QTest::addColumn<QByteArray>("options");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("no model") << QByteArray() << 2 << QByteArray("MODEL");
        QTest::newRow("batch 0") << QByteArray("lenet-like --batch 0") << 2 << QByteArray("1");
        QTest::newRow("unknown memory") << QByteArray("lenet-like --weights-in drum") << 2 << QByteArray("dram");
        QTest::newRow("unknown attack") << QByteArray("lenet-like --attack pgdd") << 2 << QByteArray("pgd");
        QTest::newRow("unknown experiment") << QByteArray("--experiment fewer") << 2 << QByteArray("fewer-macs");
        QTest::newRow("untrained, with data") << QByteArray("lenet-like --data digits") << 1 << QByteArray("train it first");
        QTest::newRow("no such file") << QByteArray("nowhere.convolab") << 1 << QByteArray("nowhere.convolab");
        QTest::newRow("wrong data") << QByteArray("net/lenet-like.convolab --data shapes") << 1 << QByteArray("shapes");
    }
    void badUsage() {
        QFETCH(QByteArray, options);
        QFETCH(int, exitCode);
        QFETCH(QByteArray, says);
        const ProgramResult result = measure(options);
        QCOMPARE(result.exitCode, exitCode);
        QVERIFY(!result.crashed);
        QVERIFY2(result.err.toLower().contains(says.toLower()), result.err.constData());
        QVERIFY(result.errorLines().size() <= 3);
    }
};

QTEST_GUILESS_MAIN(TestMeasureCommand)
#include "tst_measure_command.moc"
