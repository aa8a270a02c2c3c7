// `convolab devices` and `--device` with modules for GPUs that are missing, of another version, or find what a test invents.
#include <QtTest>

#include "tests/app/run_program.h"

using namespace convolab::testing;

namespace {

constexpr const char* kTraining = "train lenet-like --data digits --limit 50 --steps 1 --threads 1 --quiet --device ";

ProgramResult runWith(const Workplace& place, const char* module, const QString& words) {
    const QString file = QStringLiteral(CONVOLAB_MODULES "/") + QString::fromLatin1(module);
    return place.runShell(QStringLiteral("CONVOLAB_GPU_MODULE='%1' exec \"$1\" %2").arg(file, words));
}

}  // namespace

class TestDeviceCommand : public QObject {
    Q_OBJECT

  private slots:
    // Whatever this machine has: every device can train or says why not.
    void devicesOfThisMachine() {
        const Workplace place;
        const ProgramResult result = place.run("devices --json");
        QCOMPARE(result.exitCode, 0);
        const QJsonArray devices = result.lastObject()["devices"].toArray();
        QVERIFY(devices.size() >= 2);
        QCOMPARE(devices[0].toObject()["id"].toString(), "cpu");
        QVERIFY(devices[0].toObject()["available"].toBool());
        for (const QJsonValue& value : devices) {
            const QJsonObject device = value.toObject();
            QVERIFY(device.contains("available"));
            QCOMPARE(device["available"].toBool(), !device.contains("reason"));
        }
        QVERIFY(devices[1].toObject()["id"].toString().startsWith("cuda"));
    }

    void devicesThroughAModule() {
        const Workplace place;
        const ProgramResult text = runWith(place, "whole.so", "devices");
        QCOMPARE(text.exitCode, 0);
        QVERIFY(text.out.contains("cuda:0") && text.out.contains("NVIDIA Large") && text.out.contains("132 multiprocessors"));
        QVERIFY(text.out.contains("not available: NVIDIA Old has compute capability 6.1"));
        const QJsonArray devices = runWith(place, "whole.so", "devices --json").lastObject()["devices"].toArray();
        QCOMPARE(devices.size(), 3);
        QCOMPARE(devices[2].toObject()["id"].toString(), "cuda:1");
        QCOMPARE(devices[2].toObject()["available"].toBool(), false);
        QVERIFY(devices[2].toObject()["reason"].toString().contains("7.5"));
    }

    void refusedTrainings_data() {
        QTest::addColumn<QString>("module");
        QTest::addColumn<QString>("device");
        QTest::addColumn<QStringList>("says");
        QTest::newRow("no module") << "missing.so" << "cuda" << QStringList{"missing.so", "does not exist"};
        QTest::newRow("no module, counted") << "missing.so" << "cuda:1" << QStringList{"missing.so", "does not exist"};
        QTest::newRow("another version") << "older_program.so" << "cuda" << QStringList{"version 0.0.9", "build both together"};
        QTest::newRow("too old a device") << "whole.so" << "cuda:1" << QStringList{"NVIDIA Old", "6.1", "7.5"};
        QTest::newRow("a device that works") << "whole.so" << "cuda" << QStringList{"NVIDIA Large works", "does not train on GPUs"};
        QTest::newRow("a device that is not there") << "whole.so" << "cuda:7" << QStringList{"no cuda:7", "there are 2"};
    }
    void refusedTrainings() {
        QFETCH(QString, module);
        QFETCH(QString, device);
        QFETCH(QStringList, says);
        const Workplace place;
        const ProgramResult result = runWith(place, qPrintable(module), kTraining + device);
        QVERIFY(!result.crashed);
        QCOMPARE(result.exitCode, 1);
        QVERIFY(result.out.isEmpty());
        QVERIFY2(result.errorLines().size() <= 3, result.err);
        for (const QString& words : says) QVERIFY2(QString::fromUtf8(result.err).contains(words), result.err);
        QCOMPARE(place.list("."), QStringList{});
    }
};

QTEST_GUILESS_MAIN(TestDeviceCommand)
#include "tst_device_command.moc"
