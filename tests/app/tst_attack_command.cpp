// `convolab attack` and `convolab train --adversarial`, with the program as a child process.
#include <QRegularExpression>
#include <QSet>
#include <QTest>
#include <csignal>
#include <cstring>

#include "tests/app/run_program.h"
#include "tests/support/python.h"

using namespace convolab::testing;

namespace {

const char* const kAttack = "attack net/lenet-like.convolab --data digits --threads 1 ";

QSet<QString> keysOf(const QJsonObject& object) {
    const QStringList keys = object.keys();
    return {keys.begin(), keys.end()};
}

QSet<QString> words(const char* text) {
    const QStringList list = QString::fromLatin1(text).split(QLatin1Char(' '));
    return {list.begin(), list.end()};
}

/// The values of a .npy file behind its header, and the shape in it.
QByteArray npyValues(const QByteArray& bytes, QString* header) {
    if (!bytes.startsWith("\x93NUMPY") || bytes.size() < 10) return {};
    const int length = static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
    *header = QString::fromLatin1(bytes.mid(10, length));
    return (10 + length) % 64 == 0 ? bytes.mid(10 + length) : QByteArray();
}

template <class Number>
std::vector<Number> numbersOf(const QByteArray& bytes) {
    std::vector<Number> values(static_cast<std::size_t>(bytes.size()) / sizeof(Number));
    std::memcpy(values.data(), bytes.constData(), values.size() * sizeof(Number));
    return values;
}

}  // namespace

class TestAttackCommand : public QObject {
    Q_OBJECT

    // One network for all: a short training.
    Workplace m_place;

    ProgramResult attack(const QByteArray& options) const { return m_place.run((kAttack + options).constData()); }
    QJsonObject done(const QByteArray& options) const {
        const ProgramResult result = attack(options + " --json --quiet");
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
        const QJsonObject now = done("--method pgd --eps 0.1 --steps 5 --limit 150");
        QCOMPARE(keysOf(now), words("event clean_accuracy robust_accuracy success_rate images mean_linf mean_l2 max_linf max_l2 "
                                    "rho seconds attack device notes files"));
        QCOMPARE(now["event"].toString(), "done");
        QCOMPARE(now["images"].toInt(), 150);
        QCOMPARE(now["attack"].toString(), "pgd:eps=0.1,steps=5");
        QCOMPARE(now["files"].toArray(), QJsonArray());
        QCOMPARE(now["notes"].toArray(), QJsonArray());
        const double clean = now["clean_accuracy"].toDouble(), robust = now["robust_accuracy"].toDouble();
        QVERIFY(clean > 0.5 && robust < clean);
        // All images count in the one, those that were right in the other.
        QVERIFY(std::abs(robust - clean * (1.0 - now["success_rate"].toDouble())) < 1e-9);
        QVERIFY(std::abs(now["max_linf"].toDouble() - static_cast<double>(0.1F)) < 1e-12);
        const QJsonObject evaluated =
            m_place.run("eval net/lenet-like.convolab --data digits --limit 150 --threads 1 --json --quiet").lastObject();
        QCOMPARE(clean, evaluated["accuracy"].toDouble());
        QJsonObject again = done("--method pgd --eps 0.1 --steps 5 --limit 150");
        again["seconds"] = now["seconds"];
        QCOMPARE(again, now);
    }

    void speaksToPeople() {
        const ProgramResult result = attack("--method fgsm --eps 8/255 --split validation --limit 100");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QString text = QString::fromUtf8(result.out);
        for (const char* part : {"FGSM, L∞, ε 0.0314 (8/255), on 100 validation images (95 % interval)", "clean accuracy", "robust accuracy",
                                 " ± ", "that were right before", "perturbation    L∞ mean 0.03137"}) {
            QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
        }
        const QString smallest = QString::fromUtf8(attack("--method deepfool --norm l2 --limit 30").out);
        QVERIFY2(smallest.contains("ρ̂ ") && !smallest.contains("ε"), qPrintable(smallest));
    }

    void epsilonsMakeACurve() {
        const ProgramResult result = attack("--method fgsm --eps 0,8/255,0.1 --limit 100 --out curve --json --quiet");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QCOMPARE(result.out.trimmed().split('\n').size(), 4);
        const QJsonArray points = result.lastObject()["points"].toArray();
        QCOMPARE(points.size(), 3);
        QCOMPARE(points[0].toObject()["robust_accuracy"], points[0].toObject()["clean_accuracy"]);
        QCOMPARE(points[1].toObject()["epsilon"].toDouble(), 8.0 / 255.0);
        QVERIFY(points[2].toObject()["robust_accuracy"].toDouble() < points[0].toObject()["robust_accuracy"].toDouble());
        QCOMPARE(points[1].toObject()["robust_accuracy"], done("--method fgsm --eps 8/255 --limit 100")["robust_accuracy"]);
        QCOMPARE(m_place.list("curve"), QStringList{"curve.csv"});
        const QList<QByteArray> rows = m_place.read("curve/curve.csv").split('\n');
        QCOMPARE(rows.size(), 5);
        QVERIFY(rows[0].startsWith("epsilon,images,clean_accuracy,robust_accuracy,"));
        QVERIFY(rows[3].startsWith("0.1,100,"));
    }

    void leavesImages() {
        const QJsonObject now = done("--method pgd --eps 0.1 --steps 5 --sample 60 --seed 3 --out images");
        QCOMPARE(m_place.list("images"), (QStringList{"adversarial.npy", "adversarial.png", "images.csv", "labels.npy"}));
        QCOMPARE(now["files"].toArray().size(), 4);
        QString header;
        const auto pixels = numbersOf<float>(npyValues(m_place.read("images/adversarial.npy"), &header));
        QVERIFY2(header.contains("'descr': '<f4'") && header.contains("(60, 1, 32, 32)"), qPrintable(header));
        QCOMPARE(pixels.size(), std::size_t{60 * 32 * 32});
        QVERIFY(std::all_of(pixels.begin(), pixels.end(), [](float value) { return value >= 0.0F && value <= 1.0F; }));
        const auto labels = numbersOf<std::int64_t>(npyValues(m_place.read("images/labels.npy"), &header));
        QVERIFY2(header.contains("'descr': '<i8'") && header.contains("(60,)"), qPrintable(header));
        for (int label = 0; label < 10; ++label) QCOMPARE(std::count(labels.begin(), labels.end(), label), 6);
        QVERIFY(m_place.read("images/adversarial.png").startsWith("\x89PNG"));
        const QList<QByteArray> rows = m_place.read("images/images.csv").trimmed().split('\n');
        QCOMPARE(rows.size(), 61);
        QCOMPARE(rows[0].trimmed(), QByteArray("index,label,clean_prediction,prediction,fooled,perturbed,linf,l2"));
        int right = 0;
        for (int i = 1; i < rows.size(); ++i) {
            const QList<QByteArray> cells = rows[i].trimmed().split(',');
            QCOMPARE(cells.size(), 8);
            QCOMPARE(cells[1].toLongLong(), labels[static_cast<std::size_t>(i - 1)]);
            QCOMPARE(cells[4] == "0", cells[3] == cells[1]);
            right += cells[3] == cells[1] ? 1 : 0;
        }
        QCOMPARE(right / 60.0, now["robust_accuracy"].toDouble());
    }

    // Another runtime sees the same attack: the exported images in the exported network.
    void onnxRuntimeIsFooledAsOften() {
        CONVOLAB_NEEDS_ONNX_RUNTIME();
        const QJsonObject now = done("--method pgd --eps 0.08 --steps 5 --limit 500 --out exported");
        QString header;
        const QByteArray values = npyValues(m_place.read("exported/adversarial.npy"), &header);
        m_place.write("exported/adversarial.f32", values);
        const ScriptResult ran = runOnnx(m_place.path("net/lenet-like.onnx"), m_place.path("exported/adversarial.f32"), "500,1,32,32",
                                         m_place.path("exported/out"), nullptr);
        QVERIFY2(ran.ok, ran.errors.constData());
        const auto probabilities = numbersOf<float>(m_place.read("exported/out/0.f32"));
        QCOMPARE(probabilities.size(), std::size_t{5000});
        const auto labels = numbersOf<std::int64_t>(npyValues(m_place.read("exported/labels.npy"), &header));
        int right = 0;
        for (std::size_t i = 0; i < 500; ++i) {
            const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(10 * i);
            right += std::max_element(row, row + 10) - row == labels[i] ? 1 : 0;
        }
        const double robust = now["robust_accuracy"].toDouble();
        QVERIFY2(robust > 0.02 && robust < 0.98, qPrintable(QString::number(robust)));
        QVERIFY2(std::abs(right / 500.0 - robust) <= 0.002, qPrintable(QString("%1 against %2").arg(right / 500.0).arg(robust)));
        const ScriptResult numpy = runPython({"-c", "import numpy, sys; a = numpy.load(sys.argv[1]); b = numpy.load(sys.argv[2]);"
                                                    "print(a.shape, a.dtype, b.shape, b.dtype)",
                                              m_place.path("exported/adversarial.npy"), m_place.path("exported/labels.npy")});
        QCOMPARE(numpy.output.trimmed(), QByteArray("(500, 1, 32, 32) float32 (500,) int64"));
    }

    void targetedLeavesItsClassOut() {
        const QJsonObject now = done("--method pgd --eps 0.2 --steps 5 --target 3 --sample 50");
        QCOMPARE(now["images"].toInt(), 45);
        QCOMPARE(now["notes"].toArray(), QJsonArray{"5 images are left out: they belong to the target class 3"});
    }

    void badInput_data() {
        QTest::addColumn<QString>("options");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* options, int code, const char* expected) {
            QTest::newRow(options) << QString::fromUtf8(options) << code << QString::fromUtf8(expected);
        };
        row("--eps -0.1", 2, "--eps: \"-0.1\" is not a share of the pixel range such as 0.1 or 8/255");
        row("--eps nan", 2, "\"nan\" is not a share");
        row("--eps 8/0", 2, "\"8/0\" is not a share");
        row("--eps 0.1,oops", 2, "\"0.1,oops\" is not a share");
        row("--eps 1.5", 2, "ε is \"1.5\": give a share of the pixel range from 0 to 1");
        row("--limit 10", 2, "--eps is missing: say how far");
        row("--eps 0.1 --steps 0", 2, "\"0\" is not a whole number from 1 to");
        row("--eps 0.1 --step -1", 2, "\"-1\" is not a number of at least 0");
        row("--eps 0.1 --method pdg", 2, "unknown attack \"pdg\": did you mean \"pgd\"?");
        row("--eps 0.1 --norm l1", 2, "did you mean l2?");
        row("--eps 0.1 --random-start perhaps", 2, "is not one of true, false");
        row("--eps 0.1 --method bim --restarts 3", 2, "3 restarts of BIM would all do the same");
        row("--eps 0.1 --method noise --target 2", 2, "Random noise cannot aim at a class");
        row("--eps 0.1 --limit 5 --sample 5", 2, "--limit excludes --sample");
        row("--eps 0.1 --target 10", 1, "the target is class 10: the network has the classes 0 to 9");
        row("--eps 0.1 --restart 2", 2, "unknown option --restart: did you mean --restarts?");
    }
    void badInput() {
        QFETCH(QString, options);
        QFETCH(int, exitCode);
        QFETCH(QString, expected);
        const ProgramResult result = attack(options.toUtf8());
        QCOMPARE(result.exitCode, exitCode);
        QCOMPARE(result.out, QByteArray());
        QVERIFY2(QString::fromUtf8(result.err).contains(expected), result.err.constData());
        QVERIFY(result.errorLines().size() <= 3);
    }

    void whatCannotBeAttacked() {
        const ProgramResult fresh = m_place.run("attack lenet-like --data digits --eps 0.1");
        QCOMPARE(fresh.exitCode, 1);
        QVERIFY(fresh.err.contains("has no trained weights that fit its network: train it first"));
        // A sample that holds nothing but the target.
        QString header;
        QVERIFY(!done("--method fgsm --eps 0 --limit 1 --out one").isEmpty());
        const auto labels = numbersOf<std::int64_t>(npyValues(m_place.read("one/labels.npy"), &header));
        const ProgramResult own = attack("--eps 0.1 --limit 1 --target " + QByteArray::number(static_cast<int>(labels.front())));
        QCOMPARE(own.exitCode, 1);
        QVERIFY2(own.err.contains("belong to the target class"), own.err.constData());
    }

    void interruptedKeepsWhatWasDone() {
        QProcess process;
        m_place.prepare(process, QString::fromUtf8(kAttack).split(' ', Qt::SkipEmptyParts)
                                     << "--eps" << "0.1,0.2,0.3" << "--steps" << "20" << "--limit" << "150" << "--restarts" << "50"
                                     << "--json" << "--out" << "broken");
        process.start();
        // The first point of the curve is reported on stdout; two are to come.
        while (!process.canReadLine() && process.waitForReadyRead(120'000)) {
        }
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        const ProgramResult result = Workplace::finish(process);
        QCOMPARE(result.exitCode, 130);
        const QJsonArray points = result.lastObject()["points"].toArray();
        QVERIFY(!points.isEmpty() && points.size() <= 3);
        QCOMPARE(points[0].toObject()["images"].toInt(), 150);
        QVERIFY(m_place.read("broken/curve.csv").contains("\n0.1,150,"));
    }

    void adversarialTraining() {
        const QByteArray command = "train lenet-like --data digits --limit 200 --batch 32 --steps 6 --validation-every 3 --threads 1 "
                                   "--adversarial fgsm:eps=0.1,step=0.125,random_start=true --json --quiet --out hard";
        const ProgramResult result = m_place.run(command.constData());
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QJsonObject now = result.lastObject();
        QCOMPARE(keysOf(now["robust"].toObject()), words("fgsm_accuracy pgd_accuracy images warning"));
        QCOMPARE(now["robust"].toObject()["images"].toInt(), 200);
        int rows = 0;
        for (const QByteArray& line : result.out.trimmed().split('\n')) {
            const QJsonObject event = QJsonDocument::fromJson(line).object();
            if (event["event"] != "robustness") continue;
            ++rows;
            QCOMPARE(keysOf(event), words("event step epoch fgsm_accuracy pgd_accuracy images"));
            QCOMPARE(event["step"].toInt(), 3 * rows);
        }
        QCOMPARE(rows, 2);
        const QList<QByteArray> csv = m_place.read("hard/history.csv").split('\n');
        QVERIFY(csv[0].trimmed().endsWith(",clean_accuracy,fgsm_accuracy,pgd_accuracy"));
        QVERIFY(csv[1].trimmed().endsWith(",,,,,,") && !csv[3].contains(",,"));
        const QString report = QString::fromUtf8(m_place.read("hard/report.html"));
        QVERIFY(report.contains("Adversarial training") && report.contains("under PGD-10, "));
        QVERIFY(report.contains("--adversarial fgsm:eps=0.1,step=0.125,random_start=true"));
        // The rows of the document go on when the run does, and its recipe is the same.
        const ProgramResult resumed = m_place.run((QByteArray(command).replace("--steps 6", "--steps 9") + " --resume").constData());
        QVERIFY2(resumed.exitCode == 0, resumed.err.constData());
        const QList<QByteArray> longer = m_place.read("hard/history.csv").split('\n');
        QCOMPARE(longer.size(), csv.size() + 3);
        QVERIFY(!longer[3].contains(",,") && !longer[6].contains(",,") && !longer[9].contains(",,"));
        QCOMPARE(longer[3], csv[3]);
    }

    void adversarialBadInput() {
        const auto error = [&](const QByteArray& text) {
            const ProgramResult result = m_place.run(("train lenet-like --data digits --adversarial " + text).constData());
            return result.exitCode == 2 ? QString::fromUtf8(result.err) : QString("exit code %1").arg(result.exitCode);
        };
        QVERIFY(error("pdg:eps=0.1").contains("did you mean \"pgd\"?"));
        QVERIFY(error("pgd:eps=1.1").contains("ε is 1.1"));
        QVERIFY(error("deepfool").contains("use fgsm or pgd"));
        QVERIFY(error("pgd:mix=0").contains("mix 0"));
    }
};

QTEST_GUILESS_MAIN(TestAttackCommand)
#include "tst_attack_command.moc"
