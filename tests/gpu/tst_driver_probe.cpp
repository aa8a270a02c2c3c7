// The probe against drivers of invented answers: every way in which GPUs fail to be there, told apart and put in words.
#include <QtTest>
#include <cmath>
#include <cstring>

#include "core/backend/gpu_loader.h"
#include "core/backend/gpu_text.h"
#include "gpu/driver/probe.h"

using namespace convolab;
using namespace convolab::gpu;

namespace {

struct FakeDevice {
    const char* name = "NVIDIA Test";
    int major = 8, minor = 6;
    int memoryClock = 7'000'000;   // −1: the driver does not know the attribute
    int retain = kDriverSuccess;  // what making a context gives
    int memory = kDriverSuccess;  // what asking for the free memory gives
};

// What the driver answers; the table's functions are plain pointers, so it is a global.
struct FakeDriver {
    int init = kDriverSuccess;
    int count = kDriverSuccess;
    int version = 13000;
    std::vector<FakeDevice> devices;
    int contexts = 0;   // retained and not released
    int pushed = 0;
} fake;

const FakeDevice& at(int device) { return fake.devices[static_cast<std::size_t>(device - 100)]; }

const DriverTable kFakeTable{
    .init = [](unsigned) { return fake.init; },
    .driverVersion = [](int* version) { *version = fake.version; return kDriverSuccess; },
    .deviceCount = [](int* count) { *count = static_cast<int>(fake.devices.size()); return fake.count; },
    .device = [](int* device, int ordinal) { *device = 100 + ordinal; return kDriverSuccess; },  // a handle is no ordinal
    .deviceName = [](char* name, int room, int device) { std::strncpy(name, at(device).name, static_cast<std::size_t>(room) - 1); return kDriverSuccess; },
    .deviceAttribute = [](int* value, int attribute, int device) {
        switch (attribute) {
            case kAttributeComputeMajor: *value = at(device).major; break;
            case kAttributeComputeMinor: *value = at(device).minor; break;
            case kAttributeMultiprocessors: *value = 24; break;
            case kAttributeClock: *value = 2'000'000; break;
            case kAttributeMemoryClock: *value = at(device).memoryClock; return at(device).memoryClock < 0 ? 801 : kDriverSuccess;
            case kAttributeMemoryBus: *value = 256; break;
            default: *value = 1 << 20;
        }
        return kDriverSuccess;
    },
    .deviceMemory = [](std::size_t* bytes, int) { *bytes = std::size_t{8} << 30; return kDriverSuccess; },
    .retainContext = [](void** context, int device) {
        *context = &fake;
        if (at(device).retain == kDriverSuccess) ++fake.contexts;
        return at(device).retain;
    },
    .releaseContext = [](int) { --fake.contexts; return kDriverSuccess; },
    .pushContext = [](void*) { ++fake.pushed; return kDriverSuccess; },
    .popContext = [](void**) { --fake.pushed; return kDriverSuccess; },
    .memoryInfo = [](std::size_t* free, std::size_t* total) {
        *free = std::size_t{5} << 30;
        *total = std::size_t{8} << 30;
        return fake.devices.front().memory;
    },
    .errorName = [](int result, const char** name) {
        *name = result == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" : nullptr;
        return result == 803 ? kDriverSuccess : 1;
    },
};

const ModuleCode kCode{.runtimeVersion = 13000, .machine = {75}, .portable = {75}};

ConvolabGpuProbe probeFake(const ModuleCode& code = kCode) {
    ConvolabGpuProbe probe;
    std::memset(&probe, 0x5a, sizeof probe);
    probeDriver({.table = &kFakeTable, .state = kGpuReady, .version = fake.version, .reason = {}}, code, probe);
    return probe;
}

void verifySays(const Error& error, const QStringList& words) {
    const QString sentence = QString::fromStdString(error.sentence());
    for (const QString& word : words) QVERIFY2(sentence.contains(word), qPrintable(sentence + "\nlacks: " + word));
    QVERIFY(!error.hint.empty());
}

}  // namespace

class TestDriverProbe : public QObject {
    Q_OBJECT

  private slots:
    void init() { fake = {}; }

    void readyDevices() {
        fake.devices = {{.name = "NVIDIA First"}, {.name = "NVIDIA Second", .major = 12, .minor = 0}};
        const ConvolabGpuProbe probe = probeFake();
        QCOMPARE(probe.state, kGpuReady);
        QCOMPARE(probe.deviceCount, 2);
        QCOMPARE(probe.devices[1].ordinal, 1);
        QCOMPARE(probe.devices[1].name, "NVIDIA Second");
        QCOMPARE(probe.devices[1].computeMajor, 12);
        QCOMPARE(probe.devices[0].multiprocessors, 24);
        QCOMPARE(probe.devices[0].state, kGpuReady);
        QCOMPARE(probe.devices[0].freeBytes, std::uint64_t{5} << 30);
        QCOMPARE(fake.contexts, 0);  // nothing stays behind on the device
        QCOMPARE(fake.pushed, 0);
    }

    void roofs() {
        fake.devices = {{}, {.major = 7, .minor = 5}, {.memoryClock = -1}, {.major = 99}};
        const ConvolabGpuProbe probe = probeFake();
        QCOMPARE(probe.devices[0].lanes, 128);
        QCOMPARE(probe.devices[0].operationsPerSecond, 24 * 128 * 2 * 2e9);
        QCOMPARE(probe.devices[0].bytesPerSecond, 448e9);
        QCOMPARE(probe.devices[1].operationsPerSecond, 24 * 64 * 2 * 2e9);
        QCOMPARE(probe.devices[2].state, kGpuReady);  // works, without a roof
        QCOMPARE(probe.devices[2].bytesPerSecond, 0.0);
        QVERIFY(probe.devices[2].operationsPerSecond > 0.0);
        QCOMPARE(probe.devices[3].operationsPerSecond, 0.0);
    }

    // An H100 SXM (132 multiprocessors, 1.83 GHz) by its data sheet: 989 TFLOP/s in bf16, 495 in TF32.
    void tensorCores() {
        fake.devices = {{.major = 9, .minor = 0}, {.major = 7, .minor = 5}, {.major = 6, .minor = 1}};
        const ConvolabGpuProbe probe = probeFake();
        QCOMPARE(probe.devices[0].halfOperationsPerSecond, 24 * 2048 * 2 * 2e9);
        QCOMPARE(probe.devices[0].tf32OperationsPerSecond, 24 * 1024 * 2 * 2e9);
        QVERIFY(std::abs(132 * tensorLanesOf(9, 0) * 2 * 1.83e9 / 989e12 - 1.0) < 0.01);
        QVERIFY(std::abs(108 * tensorLanesOf(8, 0) * 2 * 1.41e9 / 312e12 - 1.0) < 0.01);  // A100
        QVERIFY(probe.devices[1].halfOperationsPerSecond > 0.0);
        QCOMPARE(probe.devices[1].tf32OperationsPerSecond, 0.0);  // Turing has no TF32
        QCOMPARE(probe.devices[2].halfOperationsPerSecond, 0.0);
    }

    void noDriver() {
        ConvolabGpuProbe probe;
        probeDriver({.table = nullptr, .state = kGpuNoDriver, .version = 0, .reason = "libcuda.so.1 is missing"}, kCode, probe);
        verifySays(gpuProblem(probe), {"no NVIDIA driver", "libcuda.so.1 is missing", "580 or newer"});
    }

    void onlyTheStandIn() {
        fake.init = kDriverStub;
        verifySays(gpuProblem(probeFake()), {"no NVIDIA driver", "stand-in"});
    }

    void driverWithoutTheFunctions() {
        ConvolabGpuProbe probe;
        probeDriver({.table = nullptr, .state = kGpuDriverTooOld, .version = 6050, .reason = "libcuda.so.1 has no cuX"}, kCode, probe);
        verifySays(gpuProblem(probe), {"CUDA 6.5", "CUDA 13.0", "update"});
    }

    void driverOlderThanTheRuntime() {
        fake.version = 12040;
        fake.devices = {{}};
        verifySays(gpuProblem(probeFake()), {"CUDA 12.4", "needs CUDA 13.0", "580 or newer"});
    }

    // The same major version serves where the module has machine code; PTX of a newer toolkit is beyond an older driver.
    void driverOlderInTheMinorVersion() {
        fake.version = 13000;
        fake.devices = {{.name = "NVIDIA Same", .major = 7, .minor = 5}, {.name = "NVIDIA Newer", .major = 9, .minor = 0}};
        const ConvolabGpuProbe probe = probeFake({.runtimeVersion = 13020, .machine = {75}, .portable = {75}});
        QCOMPARE(probe.devices[0].state, kGpuReady);
        QCOMPARE(probe.devices[1].state, kGpuDriverTooOld);
        verifySays(gpuDeviceProblem(probe, probe.devices[1]), {"CUDA 13.0", "needs CUDA 13.2"});
    }

    void noDevice() {
        verifySays(gpuProblem(probeFake()), {"finds no GPU", "CUDA_VISIBLE_DEVICES"});
        fake.init = kDriverNoDevice;
        verifySays(gpuProblem(probeFake()), {"finds no GPU"});
        fake.init = kDriverSuccess;
        fake.count = kDriverNoDevice;
        verifySays(gpuProblem(probeFake()), {"finds no GPU"});
    }

    void deviceTooOld() {
        fake.devices = {{.name = "NVIDIA Old", .major = 6, .minor = 1}};
        const ConvolabGpuProbe probe = probeFake();
        QCOMPARE(probe.state, kGpuReady);
        verifySays(gpuDeviceProblem(probe, probe.devices[0]), {"NVIDIA Old", "6.1", "needs 7.5"});
        QCOMPARE(fake.contexts, 0);
    }

    void machineCodeRunsWithinItsMajorVersion_data() {
        QTest::addColumn<int>("compute");
        QTest::addColumn<bool>("machine");
        QTest::addColumn<bool>("portable");
        QTest::newRow("7.5") << 75 << true << true;
        QTest::newRow("7.2 is below 7.5") << 72 << false << false;
        QTest::newRow("8.0 is below 8.6, but has PTX") << 80 << false << true;
        QTest::newRow("8.9") << 89 << true << true;
        QTest::newRow("9.0") << 90 << false << true;
    }
    void machineCodeRunsWithinItsMajorVersion() {
        QFETCH(int, compute);
        const ModuleCode code{.runtimeVersion = 13000, .machine = {75, 86}, .portable = {75}};
        QTEST(code.hasMachineCodeFor(compute), "machine");
        QTEST(code.hasPortableCodeFor(compute), "portable");
        QCOMPARE(code.lowest(), 75);
    }

    void outOfMemory() {
        fake.devices = {{.name = "NVIDIA Full", .retain = kDriverOutOfMemory}};
        ConvolabGpuProbe probe = probeFake();
        const Error error = gpuDeviceProblem(probe, probe.devices[0]);
        QCOMPARE(error.code, ErrorCode::OutOfMemory);
        verifySays(error, {"NVIDIA Full", "no memory", "nvidia-smi"});
        fake.devices = {{.name = "NVIDIA Full", .memory = kDriverOutOfMemory}};
        probe = probeFake();
        QCOMPARE(probe.devices[0].state, kGpuOutOfMemory);
        QCOMPARE(fake.contexts, 0);
    }

    void inUseByAnother() {
        fake.devices = {{.name = "NVIDIA Taken", .retain = kDriverDeviceBusy}};
        const ConvolabGpuProbe probe = probeFake();
        verifySays(gpuDeviceProblem(probe, probe.devices[0]), {"NVIDIA Taken", "for itself"});
    }

    void anythingElseHasTheDriversWord() {
        fake.init = 803;
        verifySays(gpuProblem(probeFake()), {"does not start", "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "restart"});
        fake.init = 999;
        verifySays(gpuProblem(probeFake()), {"error 999"});
        fake.init = kDriverSuccess;
        fake.devices = {{.name = "NVIDIA Broken", .retain = 803}};
        const ConvolabGpuProbe probe = probeFake();
        verifySays(gpuDeviceProblem(probe, probe.devices[0]), {"NVIDIA Broken", "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"});
    }

    void moreDevicesThanTheTableHolds() {
        fake.devices.resize(20);
        const ConvolabGpuProbe probe = probeFake();
        QCOMPARE(probe.deviceCount, kGpuMostDevices);
        QCOMPARE(probe.devices[kGpuMostDevices - 1].state, kGpuReady);
    }
};

QTEST_GUILESS_MAIN(TestDriverProbe)
#include "tst_driver_probe.moc"
