// Presets that bring their own training, from the command line: perceptron and linear regression, with the program as a child process.
#include <QTest>
#include <cmath>

#include "tests/app/run_program.h"

using namespace convolab::testing;

class TestPresetCommands : public QObject {
    Q_OBJECT

  private slots:
    void perceptronNeedsNoMoreThanItsName() {
        const Workplace place;
        const ProgramResult result = place.run("train perceptron-t --threads 1 --json --quiet");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        const QJsonObject test = result.lastObject().value("test").toObject();
        QCOMPARE(test.value("accuracy").toDouble(), 1.0);
        QCOMPARE(test.value("loss").toDouble(), 0.0);  // zero–one
        const ProgramResult evaluated = place.run("eval convolab-out/perceptron-t.convolab --data letter-t --json");
        QVERIFY2(evaluated.exitCode == 0, evaluated.err.constData());
        QCOMPARE(evaluated.lastObject().value("accuracy").toDouble(), 1.0);
        QCOMPARE(evaluated.lastObject().value("confusion").toArray().at(1).toArray().at(1).toInt(), 25);
        QVERIFY(place.run("export convolab-out/perceptron-t.convolab --to onnx --out t.onnx").exitCode == 0);
        QVERIFY(place.read("t.onnx").contains("Greater"));
        QVERIFY(place.read("convolab-out/report.html").contains("the zero–one loss"));
    }

    // Where the loss or the command takes labels for places among the outputs, it says so.
    void whatDoesNotFitIsExplained_data() {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* arguments, const char* says) { QTest::newRow(arguments) << arguments << QString::fromUtf8(says); };
        row("train perceptron-t --loss cross-entropy", "choose the mean squared error");
        row("train linear-regression --loss cross-entropy", "choose the mean squared error");
        row("train lenet-like --data houses", "House prices wants one output, but the network has 10 outputs");
        row("train linear-regression --data digits", "the images of Digits are 1×28×28");
    }
    void whatDoesNotFitIsExplained() {
        QFETCH(QString, arguments);
        QFETCH(QString, says);
        const Workplace place;
        const ProgramResult refused = place.run(arguments.toUtf8().constData());
        QCOMPARE(refused.exitCode, 1);
        QVERIFY2(QString::fromUtf8(refused.err).contains(says), refused.err.constData());
    }

    void attacksRefuseTargets() {
        const Workplace place;
        QVERIFY(place.run("train perceptron-t --epochs 1 --threads 1 --quiet").exitCode == 0);
        const ProgramResult refused = place.run("attack convolab-out/perceptron-t.convolab --data letter-t --method fgsm --eps 0.1");
        QCOMPARE(refused.exitCode, 1);
        QVERIFY2(refused.err.contains("one output"), refused.err.constData());
    }

    void regressionsHaveErrorsInTheirUnit() {
        const Workplace place;
        const ProgramResult result = place.run("train linear-regression --threads 1");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QVERIFY2(result.out.contains("test RMSE 29.94 k$ on 4 samples · MSE 896.44"), result.out.constData());
        QVERIFY2(result.out.contains("price = −42.783 + 0.22962 · size (ft², k$)"), result.out.constData());
        QVERIFY(!result.out.contains("accuracy") && !result.err.contains("accuracy"));
        QVERIFY(place.read("convolab-out/history.csv").startsWith("step,epoch,train_loss,train_rmse,"));
        QVERIFY(place.read("convolab-out/linear-regression.onnx").contains("convolab.test_rmse"));
        const QByteArray page = place.read("convolab-out/report.html");
        QVERIFY(page.contains("test RMSE on 4 samples") && page.contains("price, k$") && !page.contains("accuracy"));
        const ProgramResult evaluated = place.run("eval convolab-out/linear-regression.convolab --data houses --json");
        QVERIFY2(evaluated.exitCode == 0, evaluated.err.constData());
        const QJsonObject done = evaluated.lastObject();
        QVERIFY(std::abs(done.value("rmse").toDouble() - 29.9406) < 1e-3 && !done.contains("accuracy"));
        QVERIFY(std::abs(done.value("fit").toObject().value("slope").toDouble() - 0.22962) < 1e-5);
        const ProgramResult json = place.run("train linear-regression --threads 1 --json --quiet --out other");
        QVERIFY(std::abs(json.lastObject().value("test").toObject().value("rmse").toDouble() - 29.9406) < 1e-3);
        const ProgramResult shown = place.run("data show houses");
        QVERIFY2(shown.out.contains("size, ft² → price, k$"), shown.out.constData());
    }
};

QTEST_GUILESS_MAIN(TestPresetCommands)
#include "tst_preset_commands.moc"
