// The command line of whatever this build is: what it can do it does, what it was built without it says, and nothing is lost.
#include <QtTest>

#include "tests/app/run_program.h"

using namespace convolab::testing;

class TestLeftOutProgram : public QObject {
    Q_OBJECT

    Workplace m_place;
    QStringList m_without;
    QByteArray m_documentOrPacked;

    bool lacks(const char* library) const { return m_without.contains(QString::fromLatin1(library)); }

  private slots:
    void initTestCase() {
        const ProgramResult version = m_place.run("--version");
        QCOMPARE(version.exitCode, 0);
        const QList<QByteArray> lines = version.out.trimmed().split('\n');
        QVERIFY(lines.first().startsWith("convolab "));
        static const QRegularExpression row("^built without (\\w+) \\([a-z0-9, -]+\\): .+$");
        for (const QByteArray& line : lines.mid(1)) {
            const auto match = row.match(QString::fromUtf8(line));
            QVERIFY2(match.hasMatch(), line.constData());
            m_without << match.captured(1);
        }
    }

    void devicesSayTheSame() {
        const ProgramResult listed = m_place.run("devices --json");
        QCOMPARE(listed.exitCode, 0);
        QStringList without;
        const QJsonObject last = listed.lastObject();
        QVERIFY(last.contains("built_without"));
        for (const QJsonValue& name : last["built_without"].toArray()) without << name.toString();
        QCOMPARE(without, m_without);
        const QByteArray cpu = m_place.run("devices").out.split('\n').first();
        QVERIFY2(cpu.contains(lacks("oneDNN") ? "portable" : "oneDNN"), cpu.constData());
    }

    void trainingKeepsItsWeights() {
        const ProgramResult trained = m_place.run(QByteArray(kTinyTraining).replace("--quiet", "--json").constData());
        QVERIFY2(trained.exitCode == 0, trained.err.constData());
        QStringList files;
        for (const QJsonValue& file : trained.lastObject()["files"].toArray()) files << file.toString();
        m_documentOrPacked = lacks("SQLite") ? "convolab-out/lenet-like.packed" : "convolab-out/lenet-like.convolab";
        QStringList expected{QString::fromLatin1(m_documentOrPacked), "convolab-out/history.csv", "convolab-out/report.html"};
        if (!lacks("ONNX")) expected.insert(1, "convolab-out/lenet-like.onnx");
        QCOMPARE(files, expected);
        for (const QString& file : files) QVERIFY2(!m_place.read(file).isEmpty(), qPrintable(file));
        QCOMPARE(m_place.list("convolab-out").size(), expected.size());
        QCOMPARE(trained.err.contains("needs SQLite, which"), lacks("SQLite"));
        QCOMPARE(trained.err.contains("needs ONNX, which"), lacks("ONNX"));

        const ProgramResult evaluated = m_place.run((m_documentOrPacked.prepend("eval ") + " --data digits --limit 100 --json").constData());
        m_documentOrPacked.remove(0, 5);
        QVERIFY2(evaluated.exitCode == 0, evaluated.err.constData());
        QCOMPARE(evaluated.lastObject()["images"].toInt(), 100);
    }

    void pruningWritesAPackedFile() {
        const QString words = QString("prune %1 --sparsity 0.5 --data digits --limit 100 --out small.packed --json").arg(QString::fromLatin1(m_documentOrPacked));
        const ProgramResult pruned = m_place.run(words.toUtf8().constData());
        QVERIFY2(pruned.exitCode == 0, pruned.err.constData());
        QCOMPARE(pruned.lastObject()["files"].toArray().size(), lacks("ONNX") ? 1 : 2);
        QVERIFY(!m_place.read("small.packed").isEmpty());
        QCOMPARE(m_place.run("summary small.packed --quiet").exitCode, 0);
    }

    void whatNeedsALibrarySaysSo_data() {
        QTest::addColumn<QString>("library");
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("package");
        QTest::newRow("onnx") << "ONNX" << "export lenet-like --to onnx --out new.onnx" << "libonnx-dev";
        QTest::newRow("picture") << "OpenCV" << "data show digits --out digits.png" << "libopencv-imgcodecs-dev";
        QTest::newRow("document") << "SQLite" << "summary other.convolab" << "libsqlite3-dev";
        QTest::newRow("resume") << "SQLite" << "train lenet-like --data digits --resume" << "libsqlite3-dev";
        QTest::newRow("pruned document") << "SQLite" << "prune small.packed --sparsity 0.5 --data digits --limit 100 --out small.convolab" << "libsqlite3-dev";
        QTest::newRow("quantised document") << "SQLite" << "quantize small.packed --calibrate digits --images 32 --out int8.convolab" << "libsqlite3-dev";
    }
    void whatNeedsALibrarySaysSo() {
        QFETCH(QString, library);
        QFETCH(QString, words);
        QFETCH(QString, package);
        if (!m_without.contains(library)) QSKIP(qPrintable("this program was built with " + library));
        m_place.write("other.convolab", "SQLite format 3");
        const ProgramResult result = m_place.run(words.toUtf8().constData());
        QCOMPARE(result.exitCode, 1);
        const QByteArray sentence = result.errorLines().last();
        QVERIFY2(sentence.contains("needs " + library.toUtf8() + ", which this program was built without") && sentence.contains(package.toUtf8()),
                 result.err.constData());
        QVERIFY(m_place.read("new.onnx").isEmpty() && m_place.read("digits.png").isEmpty() && m_place.read("small.convolab").isEmpty());
    }

    void integersAreMeasuredWithoutADocument() {
        if (!lacks("SQLite")) QSKIP("this program was built with SQLite: a quantised network is written");
        const ProgramResult result = m_place.run("quantize small.packed --calibrate digits --images 32 --json");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QCOMPARE(result.lastObject()["files"].toArray().size(), 0);
        QVERIFY(result.lastObject()["integer_macs"].toDouble() > 0.0);
    }

    // Attacks and looks inside need no library.
    void analysesRun() {
        const QString model = QString::fromLatin1(m_documentOrPacked);
        const ProgramResult attacked = m_place.run(("attack " + model + " --method fgsm --eps 0.1 --data digits --limit 50 --out attacked --json").toUtf8().constData());
        QVERIFY2(attacked.exitCode == 0, attacked.err.constData());
        QCOMPARE(attacked.lastObject()["images"].toInt(), 50);
        QCOMPARE(m_place.read("attacked/adversarial.png").isEmpty(), lacks("OpenCV"));
        QVERIFY(!m_place.read("attacked/adversarial.npy").isEmpty());
        QCOMPARE(m_place.run(("export " + model + " --to json --out net.json --quiet").toUtf8().constData()).exitCode, 0);
        QCOMPARE(m_place.run("summary net.json --quiet").exitCode, 0);
    }
};

QTEST_GUILESS_MAIN(TestLeftOutProgram)
#include "tst_left_out_program.moc"
