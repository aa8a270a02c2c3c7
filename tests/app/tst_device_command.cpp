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

/// On a module with two devices.
ProgramResult onTwo(const Workplace& place, const QString& words, const QString& variables = {}) {
    return place.runShell(QStringLiteral("%1 CONVOLAB_EMULATED_DEVICES=2 CONVOLAB_GPU_MODULE='%2' exec \"$1\" %3")
                              .arg(variables, QStringLiteral(CONVOLAB_MODULES "/host_emulation.so"), words));
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

    // Through the whole program, on a module whose only device is the processor: the same steps as on the CPU.
    void trainsThroughAModule() {
        const Workplace place;
        const QString words = "train lenet-like --data digits --limit 60 --batch 16 --steps 5 --validation-every 5 --threads 1 --quiet --json ";
        const ProgramResult cpu = place.run(qPrintable(words + "--out on-cpu"));
        const ProgramResult gpu = runWith(place, "host_emulation.so", words + "--device cuda --out on-gpu");
        QVERIFY2(cpu.exitCode == 0 && gpu.exitCode == 0, gpu.err);
        const QJsonObject expected = cpu.lastObject(), got = gpu.lastObject();
        QCOMPARE(got["device"].toString(), "emulated:0");  // nobody takes it for a GPU
        QCOMPARE(got["steps"].toInt(), 5);
        QVERIFY(std::abs(got["train_loss"].toDouble() - expected["train_loss"].toDouble()) < 1e-3);
        QVERIFY(std::abs(got["test"].toObject()["loss"].toDouble() - expected["test"].toObject()["loss"].toDouble()) < 1e-3);
        // The document goes on on the CPU.
        const ProgramResult resumed = place.run("train lenet-like --data digits --limit 60 --resume --steps 8 --threads 1 --quiet --json --out on-gpu");
        QVERIFY2(resumed.exitCode == 0, resumed.err);
        QCOMPARE(resumed.lastObject()["steps"].toInt(), 8);
        const QJsonArray moves = resumed.lastObject()["moves"].toArray();
        QCOMPARE(moves.size(), 1);
        QCOMPARE(moves[0].toObject()["step"].toInt(), 5);
        QCOMPARE(moves[0].toObject()["from"].toString(), "emulated:0");
        QCOMPARE(moves[0].toObject()["to"].toString(), "cpu");
        QVERIFY(!got.contains("moves"));
        QVERIFY(place.read("on-gpu/report.html").count("host emulation → CPU") >= 3);  // in the table, over the loss and over the accuracy
        // Once more on the CPU: what is in the document stays, and nothing is added.
        const ProgramResult again = place.run("train lenet-like --data digits --limit 60 --resume --steps 10 --threads 1 --quiet --json --out on-gpu");
        QCOMPARE(again.lastObject()["moves"].toArray(), moves);
    }

    void attacksThroughAModule() {
        const Workplace place;
        QCOMPARE(place.run("train lenet-like --data digits --limit 500 --steps 60 --threads 1 --quiet --out trained").exitCode, 0);
        for (const char* method : {"pgd --eps 0.05 --steps 4", "deepfool --steps 5"}) {
            const QString words = QString("attack trained/lenet-like.convolab --data digits --split validation --limit 20 --threads 1 --quiet --json --method ") + method;
            const ProgramResult cpu = place.run(qPrintable(words)), gpu = runWith(place, "host_emulation.so", words + " --device cuda");
            QVERIFY2(cpu.exitCode == 0 && gpu.exitCode == 0, gpu.err);
            const QJsonObject expected = cpu.lastObject(), got = gpu.lastObject();
            QCOMPARE(expected["device"].toString(), "cpu");
            QCOMPARE(got["device"].toString(), "emulated:0");
            QCOMPARE(got["clean_accuracy"].toDouble(), expected["clean_accuracy"].toDouble());
            QVERIFY(std::abs(got["robust_accuracy"].toDouble() - expected["robust_accuracy"].toDouble()) <= 0.051);
            QVERIFY(got["mean_linf"].toDouble() > 0.0);
            QVERIFY(std::abs(got["mean_linf"].toDouble() - expected["mean_linf"].toDouble()) < 0.01 * expected["mean_linf"].toDouble());
        }
        const ProgramResult lost = runWith(place, "missing.so", "attack trained/lenet-like.convolab --data digits --method fgsm --eps 0.1 --quiet --device cuda");
        QCOMPARE(lost.exitCode, 1);
        QVERIFY2(lost.err.contains("missing.so"), lost.err);
    }

    // In fp16: said in the results, in the report's command, kept by a run that goes on.
    void trainsInAPrecision() {
        const Workplace place;
        const QString words = "train lenet-like --data digits --limit 60 --batch 16 --steps 6 --validation-every 3 --threads 1 --quiet --json --out half ";
        const ProgramResult trained = runWith(place, "host_emulation.so", words + "--device cuda --precision fp16");
        QVERIFY2(trained.exitCode == 0, trained.err);
        const QJsonObject done = trained.lastObject();
        QCOMPARE(done["precision"].toString(), "fp16");
        QVERIFY(done["loss_scale"].toDouble() > 0.0 && done.contains("skipped_steps"));
        const QString report = QString::fromUtf8(place.read("half/report.html"));
        QVERIFY(report.contains("--precision fp16") && report.contains("--device emulated:0") && report.contains("· fp16"));
        const ProgramResult resumed = runWith(place, "host_emulation.so", "train lenet-like --data digits --limit 60 --resume --steps 9 --threads 1 --quiet --json --out half --device cuda");
        QVERIFY2(resumed.exitCode == 0, resumed.err);
        QCOMPARE(resumed.lastObject()["precision"].toString(), "fp16");
        QCOMPARE(resumed.lastObject()["steps"].toInt(), 9);
        const ProgramResult text = runWith(place, "host_emulation.so", "train lenet-like --data digits --limit 60 --steps 2 --threads 1 --out text --device cuda --precision fp16");
        QVERIFY2(text.exitCode == 0 && QString::fromUtf8(text.out).contains("loss scale ") && QString::fromUtf8(text.out).contains("skipped"), text.out);
        QVERIFY2(QString::fromUtf8(text.err).contains("Host emulation · fp16"), text.err);
        const QString evaluation = "eval half/lenet-like.convolab --data digits --split validation --limit 40 --threads 1 --quiet --json --device cuda";
        const QJsonObject fine = runWith(place, "host_emulation.so", evaluation).lastObject(), rounded = runWith(place, "host_emulation.so", evaluation + " --precision bf16").lastObject();
        QCOMPARE(rounded["precision"].toString(), "bf16");
        QVERIFY(rounded["loss"].toDouble() != fine["loss"].toDouble() && std::abs(rounded["loss"].toDouble() - fine["loss"].toDouble()) < 0.05);
        const QJsonObject exact = runWith(place, "host_emulation.so", words + "--device cuda").lastObject();
        QCOMPARE(exact["precision"].toString(), "float32");
        QVERIFY(!exact.contains("loss_scale"));
    }

    void refusedPrecisions_data() {
        QTest::addColumn<QString>("words");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QStringList>("says");
        QTest::newRow("the CPU") << "train lenet-like --data digits --precision bf16" << 1 << QStringList{"the CPU trains in float32, not in bf16"};
        QTest::newRow("an unknown word") << "train lenet-like --data digits --precision half" << 2 << QStringList{"unknown precision \"half\"", "bf16 and fp16"};
        QTest::newRow("a check of the CPU") << "devices --check --device cpu --precision fp16" << 1 << QStringList{"the CPU trains in float32"};
    }
    void refusedPrecisions() {
        QFETCH(QString, words);
        QFETCH(int, exitCode);
        QFETCH(QStringList, says);
        const Workplace place;
        const ProgramResult result = place.run(qPrintable(words));
        QCOMPARE(result.exitCode, exitCode);
        for (const QString& part : says) QVERIFY2(QString::fromUtf8(result.err).contains(part), result.err);
    }

    void devicesSayTheirPrecisions() {
        const Workplace place;
        QVERIFY(runWith(place, "host_emulation.so", "devices").out.contains("trains in float32, tf32, bf16, fp16"));
        const QJsonArray devices = runWith(place, "host_emulation.so", "devices --json").lastObject()["devices"].toArray();
        QCOMPARE(devices[0].toObject()["precisions"].toArray(), QJsonArray{"float32"});
        QCOMPARE(devices[1].toObject()["precisions"].toArray().size(), 4);
    }

    void checksInAPrecision_data() {
        QTest::addColumn<QString>("precision");
        for (const char* precision : {"tf32", "bf16", "fp16"}) QTest::newRow(precision) << precision;
    }
    void checksInAPrecision() {
        QFETCH(QString, precision);
        const Workplace place;
        const ProgramResult result = runWith(place, "host_emulation.so", "devices --check --json --precision " + precision);
        QVERIFY2(result.exitCode == 0, result.out);
        QCOMPARE(result.lastObject()["precision"].toString(), precision);
        QCOMPARE(result.lastObject()["failed"].toInt(), 0);
    }

    // A batch shared by two, through the whole program.
    void trainsOnSeveral() {
        const Workplace place;
        const QString words = "train lenet-like --data digits --limit 60 --batch 16 --steps 5 --validation-every 5 --threads 1 --quiet --json ";
        const ProgramResult cpu = place.run(qPrintable(words + "--out on-cpu"));
        QVERIFY2(cpu.exitCode == 0, cpu.err);
        for (const char* devices : {"cuda:0,cuda:1", "cuda:all"}) {
            const ProgramResult gpus = onTwo(place, words + "--out on-gpus --device " + devices);
            QVERIFY2(gpus.exitCode == 0, gpus.err);
            QCOMPARE(gpus.lastObject()["device"].toString(), "emulated:0,emulated:1");
            QVERIFY(std::abs(gpus.lastObject()["train_loss"].toDouble() - cpu.lastObject()["train_loss"].toDouble()) < 1e-3);
        }
        const QJsonArray devices = onTwo(place, "devices --json").lastObject()["devices"].toArray();
        QCOMPARE(devices.size(), 4);
        QCOMPARE(devices[3].toObject()["id"].toString(), "cuda:all");
        QCOMPARE(runWith(place, "host_emulation.so", words + "--out one --device cuda:all").lastObject()["device"].toString(), "emulated:0");
    }

    void severalThatDoNotWork() {
        const Workplace place;
        const QString words = "train lenet-like --data digits --limit 60 --steps 2 --threads 1 --quiet --device ";
        const auto says = [&](const QString& device, const char* sentence, int code, const QString& variables = {}) {
            const ProgramResult result = onTwo(place, words + device, variables);
            QVERIFY2(result.exitCode == code && result.err.contains(sentence), result.err);
        };
        says("cuda:1,cuda:1", "cuda:1 is named twice", 2);
        says("cuda:0,cpu", "\"cpu\" in \"cuda:0,cpu\" is no GPU", 2);
        says("cuda:0,", "is no GPU", 2);
        says("cuda:0,cuda:7", "there is no cuda:7", 1);
        says("cuda:all --batch 1", "a batch of 1 image is too small for 2 GPUs", 1);
        says("cuda:all", "several GPUs together need NCCL, which adds up their gradients: libnccl.so.2 is missing", 1, "CONVOLAB_EMULATED_NCCL=0");
        const ProgramResult none = runWith(place, "missing.so", words + "cuda:all");
        QVERIFY2(none.exitCode == 1 && none.err.contains("missing.so"), none.err);
    }

    void anEmulationIsCalledOne() {
        const Workplace place;
        const QJsonArray devices = runWith(place, "host_emulation.so", "devices --json").lastObject()["devices"].toArray();
        QCOMPARE(devices.size(), 2);
        QCOMPARE(devices[1].toObject()["id"].toString(), "emulated:0");
        QVERIFY(devices[1].toObject()["available"].toBool() && devices[1].toObject()["emulated"].toBool());
        QVERIFY(runWith(place, "host_emulation.so", "devices").out.contains("no GPU"));
    }

    void checksADevice() {
        const Workplace place;
        const ProgramResult text = runWith(place, "host_emulation.so", "devices --check");
        QCOMPARE(text.exitCode, 0);
        const QList<QByteArray> lines = text.out.trimmed().split('\n');
        QVERIFY2(lines.size() > 40, text.out);
        for (const QByteArray& line : lines) QVERIFY2(line.startsWith("ok  "), line);
        QVERIFY(text.err.contains("no GPU"));  // whose they are
        const QJsonObject done = runWith(place, "host_emulation.so", "devices --check --json").lastObject();
        QCOMPARE(done["device"].toString(), "emulated:0");
        QVERIFY(done["emulated"].toBool());
        QCOMPARE(done["failed"].toInt(), 0);
        QCOMPARE(done["checks"].toInt(), static_cast<int>(lines.size()));
    }

    // A device that fails in its checks: each says why, and the exit code too.
    void checksThatFail() {
        const Workplace place;
        const ProgramResult result = place.runShell(QStringLiteral("CONVOLAB_EMULATED_STEPS=0 CONVOLAB_GPU_MODULE='%1' exec \"$1\" devices --check")
                                                        .arg(QStringLiteral(CONVOLAB_MODULES "/host_emulation.so")));
        QCOMPARE(result.exitCode, 1);
        QVERIFY(result.out.contains("FAILED  conv2d") && result.out.contains("the emulation was told to fail"));
        QVERIFY(result.out.contains("ok      out of memory"));
        QVERIFY2(result.err.contains("checks failed"), result.err);
    }

    void nothingToCheck() {
        const Workplace place;
        const ProgramResult result = runWith(place, "missing.so", "devices --check");
        QCOMPARE(result.exitCode, 1);
        QVERIFY(result.out.isEmpty());
        QVERIFY2(result.err.contains("missing.so") && result.errorLines().size() <= 3, result.err);
        QCOMPARE(place.run("devices --device cuda").exitCode, 2);
    }

    // Both losses, both clocks, the crossover, and whose figures they are.
    void races() {
        const Workplace place;
        const QString words = "bench --race --network lenet-like --data digits --batch 8 --steps 4 --widths 8,32 --batches 1,4 --seconds 0.001 --threads 1 --quiet";
        const ProgramResult text = runWith(place, "host_emulation.so", words);
        QVERIFY2(text.exitCode == 0, text.err);
        QVERIFY2(text.out.contains("whole step") && text.out.contains("copies") && text.out.contains("6,442"), text.out);
        QCOMPARE(text.out.count("Host emulation: this processor stood in for a GPU"), 3);
        QVERIFY2(text.out.contains("Host emulation, forward passes") && text.out.contains("occupancy") && text.out.contains("reaches the largest share"), text.out);
        const QJsonObject done = runWith(place, "host_emulation.so", words + " --reference --json").lastObject();
        QCOMPARE(done["event"].toString(), "done");
        QVERIFY(done["plain_loops_seconds"].toDouble() > 0.0);
        const QJsonArray lanes = done["lanes"].toArray();
        QCOMPARE(lanes.size(), 2);
        QCOMPARE(lanes[1].toObject()["device"].toString(), "emulated:0");
        QVERIFY(lanes[1].toObject()["emulated"].toBool());
        for (const QJsonValue& lane : lanes) QCOMPARE(lane.toObject()["losses"].toArray().size(), 4);
        const double cpu = lanes[0].toObject()["losses"].toArray()[3].toDouble(), gpu = lanes[1].toObject()["losses"].toArray()[3].toDouble();
        QVERIFY(std::abs(cpu - gpu) < 1e-3 * cpu);
        QCOMPARE(done["sweeps"].toArray().size(), 2);
        const ProgramResult none = runWith(place, "missing.so", "bench --race");
        QCOMPARE(none.exitCode, 1);
        QVERIFY2(none.err.contains("missing.so") && none.out.isEmpty(), none.err);
        QCOMPARE(place.run("bench --widths 8").exitCode, 2);
    }

    // Times of the steps on a device, whose memory is counted there. PyTorch has no device that is a stand-in.
    void benchesOnADevice() {
        const Workplace place;
        const QString words = "bench --network lenet-like --batch 8 --rounds 2 --seconds 0.001 --threads 1 --json --device cuda";
        const ProgramResult ours = runWith(place, "host_emulation.so", words);
        QVERIFY2(ours.exitCode == 0, ours.err);
        const QJsonArray rows = ours.lastObject()["rows"].toArray();
        QCOMPARE(rows.size(), 2);
        for (const QJsonValue& row : rows) {
            QCOMPARE(row["device"].toString(), "emulated:0");
            QVERIFY(row["ours_seconds"].toDouble() > 0.0);
            QVERIFY(row["ours_peak_bytes"].toDouble() > 4 * 81194);
        }
        const ProgramResult text = runWith(place, "host_emulation.so", QString(words).remove(" --json"));
        QVERIFY2(text.exitCode == 0 && text.out.contains("Host emulation, float32"), text.out);
        const ProgramResult peers = runWith(place, "host_emulation.so", words + " --against pytorch");
        QVERIFY2(peers.exitCode == 1 && peers.err.contains("there is no GPU for the peers"), peers.err);
        const ProgramResult none = runWith(place, "missing.so", words);
        QVERIFY2(none.exitCode == 1 && none.err.contains("missing.so"), none.err);
    }

    void tooLittleMemory() {
        const Workplace place;
        const ProgramResult result = place.runShell(QStringLiteral("CONVOLAB_EMULATED_BYTES=7000000 CONVOLAB_GPU_MODULE='%1' exec \"$1\" %2cuda")
                                                        .arg(QStringLiteral(CONVOLAB_MODULES "/host_emulation.so"), kTraining));
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.err.contains("are free") && result.err.contains("fits"), result.err);  // needed, free, what to do
    }

    // The run ends with a sentence, and goes on from the weights that were kept.
    void lostInTheMiddle() {
        const Workplace place;
        const QString words = "train lenet-like --data digits --limit 60 --batch 16 --validation-every 2 --threads 1 --quiet --json --out lost ";
        const ProgramResult lost = place.runShell(QStringLiteral("CONVOLAB_EMULATED_STEPS=5 CONVOLAB_GPU_MODULE='%1' exec \"$1\" %2 --steps 9 --device cuda")
                                                      .arg(QStringLiteral(CONVOLAB_MODULES "/host_emulation.so"), words));
        QCOMPARE(lost.exitCode, 1);
        QVERIFY2(lost.err.contains("the emulation was told to fail") && lost.err.contains("the weights of step 4 are kept"), lost.err);
        const ProgramResult resumed = place.run(qPrintable(words + "--resume --steps 9"));
        QVERIFY2(resumed.exitCode == 0, resumed.err);
        QCOMPARE(resumed.lastObject()["steps"].toInt(), 9);
    }

    void refusedTrainings_data() {
        QTest::addColumn<QString>("module");
        QTest::addColumn<QString>("device");
        QTest::addColumn<QStringList>("says");
        QTest::newRow("no module") << "missing.so" << "cuda" << QStringList{"missing.so", "does not exist"};
        QTest::newRow("no module, counted") << "missing.so" << "cuda:1" << QStringList{"missing.so", "does not exist"};
        QTest::newRow("another version") << "older_program.so" << "cuda" << QStringList{"version 0.0.9", "build both together"};
        QTest::newRow("too old a device") << "whole.so" << "cuda:1" << QStringList{"NVIDIA Old", "6.1", "7.5"};
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
