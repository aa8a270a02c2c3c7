// Quantised documents on a device that is this processor: `eval` and `quantize` with --device give what they give on the CPU.
#include <QtTest>

#include "tests/app/run_program.h"

using namespace convolab::testing;

namespace {

constexpr const char* kFew = " --limit 60 --threads 1 --quiet ";

}  // namespace

class TestDeviceQuantized : public QObject {
    Q_OBJECT

    // One network for all: a short training, and its integers.
    Workplace m_place;

    ProgramResult onDevice(const QString& words, const char* before = "") const {
        return m_place.runShell(QStringLiteral("%1 CONVOLAB_GPU_MODULE='%2' exec \"$1\" %3 --device cuda")
                                    .arg(QLatin1String(before), QStringLiteral(CONVOLAB_MODULES "/host_emulation.so"), words));
    }
    ProgramResult onCpu(const QString& words) const { return m_place.run(qPrintable(words)); }

  private slots:
    void initTestCase() {
        const ProgramResult trained = onCpu("train lenet-like --data digits --limit 300 --steps 60 --validation-every 60 --threads 1 --quiet --out net");
        QVERIFY2(trained.exitCode == 0, trained.err);
        const ProgramResult quantized = onCpu("quantize net/lenet-like.convolab --calibrate digits --images 60 --out q/int8.convolab --threads 1 --quiet");
        QVERIFY2(quantized.exitCode == 0, quantized.err);
    }

    // The same bits; and it says what computed them.
    void evalRunsIntegersThere() {
        const QString words = QStringLiteral("eval q/int8.convolab --data digits") + kFew;
        const ProgramResult there = onDevice(words + "--json"), here = onCpu(words + "--json");
        QVERIFY2(there.exitCode == 0, there.err);
        const QJsonObject got = there.lastObject(), expected = here.lastObject();
        QCOMPARE(got["device"].toString(), "emulated:0");
        QCOMPARE(expected["device"].toString(), "cpu");
        for (const char* key : {"loss", "accuracy", "top5", "images", "confusion"}) QCOMPARE(got[QLatin1String(key)], expected[QLatin1String(key)]);
        const ProgramResult text = onDevice(words);
        QVERIFY2(text.out.contains("steps in 8-bit integers, on Host emulation"), text.out);
        QVERIFY2(onCpu(words).out.contains("steps in 8-bit integers, on CPU"), text.out);
    }

    void evalRunsFloatsThere() {
        const QString words = QStringLiteral("eval net/lenet-like.convolab --data digits") + kFew;
        const ProgramResult there = onDevice(words + "--json"), here = onCpu(words + "--json");
        QVERIFY2(there.exitCode == 0, there.err);
        QVERIFY(std::abs(there.lastObject()["loss"].toDouble() - here.lastObject()["loss"].toDouble()) < 1e-4);
        QVERIFY(onDevice(words).out.contains("measured on Host emulation"));
        QVERIFY(!onCpu(words).out.contains("measured on"));
    }

    // Fine-tuned and measured there, with rounded activations; the CPU runs the document. A small network: every stage is measured on all images.
    void quantizesAndFineTunesThere() {
        const ProgramResult trained = onCpu("train xor --data xor --steps 400 --threads 1 --quiet --out xor");
        QVERIFY2(trained.exitCode == 0, trained.err);
        const ProgramResult there = onDevice("quantize xor/xor.convolab --calibrate xor --images 4 --weights 4 --qat 20 --lr 0.001 --threads 1 --quiet --json --out q/there.convolab");
        QVERIFY2(there.exitCode == 0, there.err);
        const QJsonObject done = there.lastObject();
        QCOMPARE(done["device"].toString(), "emulated:0");
        const QJsonArray stages = done["stages"].toArray();
        QCOMPARE(stages.size(), 3);
        const ProgramResult again = onCpu("eval q/there.convolab --data xor --threads 1 --quiet --json");
        QVERIFY2(again.exitCode == 0, again.err);
        QCOMPARE(again.lastObject()["loss"].toDouble(), done["test"].toObject()["loss"].toDouble());
    }

    void tooLittleMemory() {
        const ProgramResult result = onDevice(QStringLiteral("eval q/int8.convolab --data digits") + kFew, "CONVOLAB_EMULATED_BYTES=100000");
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.err.contains("are free"), result.err);
    }

    void noModule() {
        const ProgramResult result = m_place.runShell(QStringLiteral("CONVOLAB_GPU_MODULE=missing.so exec \"$1\" eval q/int8.convolab --data digits --device cuda --quiet"));
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.err.contains("missing.so") && result.out.isEmpty(), result.err);
        QCOMPARE(onCpu("eval q/int8.convolab --data digits --device gpu").exitCode, 2);
    }

    void checkedWithTheOthers() {
        const ProgramResult result = m_place.runShell(QStringLiteral("CONVOLAB_GPU_MODULE='%1' exec \"$1\" devices --check").arg(QStringLiteral(CONVOLAB_MODULES "/host_emulation.so")));
        QVERIFY2(result.out.contains("ok      8-bit integers"), result.out);
    }
};

QTEST_GUILESS_MAIN(TestDeviceQuantized)
#include "tst_device_quantized.moc"
