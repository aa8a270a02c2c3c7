// Maps into OpenGL's textures, against a driver of invented answers: another GPU draws, the driver refuses, the texture is gone; and what
// a session does where no GPU is.
#include <QtTest>
#include <set>

#include "core/util/device_lost.h"
#include "gpu/graphics/texture_bridge.h"
#include "gpu/kernels/atlas.h"
#include "gpu/launch/launch.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::gpu;
using namespace convolab::testing;

namespace {

constexpr int kHere = 100, kOther = 101;

// What the driver answers, and what it was asked.
struct FakeDriver {
    std::vector<int> glDevices{kHere};
    int glResult = kDriverSuccess, registerResult = kDriverSuccess, mapResult = kDriverSuccess, arrayResult = kDriverSuccess, copyResult = kDriverSuccess;
    int unmapResult = kDriverSuccess;
    int contexts = 0, pushed = 0, mapped = 0, asked = 0;
    bool outside = false;  // something was asked without the device's context
    std::set<std::uintptr_t> resources;
    ArrayCopy copy;
} fake;

int answered(int result) {
    ++fake.asked;
    fake.outside = fake.outside || fake.pushed < 1 || fake.pushed > 2;
    return result;
}

const DriverTable kDriver{
    .device = [](int* device, int ordinal) { *device = kHere + ordinal; return kDriverSuccess; },
    .retainContext = [](void** context, int) { *context = &fake; ++fake.contexts; return kDriverSuccess; },
    .releaseContext = [](int) { --fake.contexts; return kDriverSuccess; },
    .pushContext = [](void* context) { fake.pushed += context == &fake ? 1 : 100; return kDriverSuccess; },
    .popContext = [](void**) { --fake.pushed; return kDriverSuccess; },
    .errorName = [](int result, const char** name) {
        *name = result == 999 ? "CUDA_ERROR_UNKNOWN" : nullptr;
        return result == 999 ? kDriverSuccess : 1;
    },
};

const GraphicsTable kGraphics{
    .glDevices = [](unsigned* count, int* devices, unsigned room, int list) {
        if (list != kAllGlDevices) return 1;
        *count = static_cast<unsigned>(fake.glDevices.size());
        std::copy_n(fake.glDevices.begin(), std::min<std::size_t>(room, fake.glDevices.size()), devices);
        return answered(fake.glResult);
    },
    .registerImage = [](void** resource, unsigned image, unsigned target, unsigned flags) {
        if (target != 0x0DE1 || flags != kOnlyWritten) return 1;
        *resource = reinterpret_cast<void*>(static_cast<std::uintptr_t>(image) + 1000);
        if (fake.registerResult == kDriverSuccess) fake.resources.insert(image + 1000);
        return answered(fake.registerResult);
    },
    .unregisterResource = [](void* resource) { return answered(fake.resources.erase(reinterpret_cast<std::uintptr_t>(resource)) == 1 ? kDriverSuccess : kDriverInvalidHandle); },
    .mapResources = [](unsigned count, void** resources, void*) {
        if (count != 1 || !fake.resources.contains(reinterpret_cast<std::uintptr_t>(*resources))) return kDriverInvalidHandle;
        if (fake.mapResult == kDriverSuccess) ++fake.mapped;
        return answered(fake.mapResult);
    },
    .unmapResources = [](unsigned, void**, void*) { --fake.mapped; return answered(fake.unmapResult); },
    .mappedArray = [](void** array, void* resource, unsigned index, unsigned level) {
        *array = resource;
        return answered(fake.mapped == 1 && index == 0 && level == 0 ? fake.arrayResult : 1);
    },
    .copyToArray = [](const ArrayCopy* copy, void*) {
        fake.copy = *copy;
        return answered(fake.mapped == 1 ? fake.copyResult : 1);
    },
};

constexpr std::uint32_t kTexture2D = 0x0DE1;  // GL_TEXTURE_2D
const float kPixels[6] = {};

}  // namespace

class TestTextureBridge : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        fake = {};
        hostDevice() = {};
    }
    void cleanup() {
        QVERIFY(!fake.outside);
        QCOMPARE(fake.contexts, 0);
        QCOMPARE(fake.pushed, 0);
        QCOMPARE(fake.mapped, 0);
        QVERIFY(fake.resources.empty());
    }

    void writes() {
        TextureBridge bridge(&kDriver, &kGraphics, 0, &fake);
        QVERIFY(bridge.attach(7, kTexture2D) && bridge.attach(8, kTexture2D));
        QVERIFY(bridge.write(8, kPixels, 3, 2));
        QCOMPARE(fake.copy.fromDevice, reinterpret_cast<std::uint64_t>(kPixels));
        QCOMPARE(fake.copy.toArray, reinterpret_cast<void*>(std::uintptr_t{1008}));
        QCOMPARE(fake.copy.widthBytes, std::size_t{12});
        QCOMPARE(fake.copy.fromPitch, std::size_t{12});
        QCOMPARE(fake.copy.height, std::size_t{2});
        QVERIFY(fake.copy.fromType == kMemoryOfDevice && fake.copy.toType == kMemoryOfArray);
        QVERIFY(!bridge.write(9, kPixels, 3, 2));  // nobody knows that one
        bridge.detach(7);
        QCOMPARE(fake.resources.size(), std::size_t{1});
        QVERIFY(!bridge.write(7, kPixels, 3, 2));
        QVERIFY(bridge.write(8, kPixels, 3, 2));
        QVERIFY(bridge.attach(8, kTexture2D));  // again: the old registration goes
        QCOMPARE(fake.resources.size(), std::size_t{1});
        QVERIFY(bridge.reason().empty());
    }

    // Several GPUs may draw; ours has to be one of them.
    void whoseOpenGL_data() {
        QTest::addColumn<QList<int>>("devices");
        QTest::addColumn<int>("result");
        QTest::addColumn<QString>("reason");
        QTest::newRow("same") << QList<int>{kHere} << kDriverSuccess << QString();
        QTest::newRow("one of two") << QList<int>{kOther, kHere} << kDriverSuccess << QString();
        QTest::newRow("another") << QList<int>{kOther} << kDriverSuccess << "OpenGL runs on another GPU";
        QTest::newRow("none") << QList<int>{} << kDriverNoDevice << "OpenGL does not run on an NVIDIA GPU";
        QTest::newRow("no context") << QList<int>{} << 219 << "cuGLGetDevices: CUresult 219";
    }
    void whoseOpenGL() {
        QFETCH(QList<int>, devices);
        QFETCH(int, result);
        QFETCH(QString, reason);
        fake.glDevices.assign(devices.begin(), devices.end());
        fake.glResult = result;
        TextureBridge bridge(&kDriver, &kGraphics, 0, nullptr);
        QCOMPARE(bridge.attach(7, kTexture2D), reason.isEmpty());
        QCOMPARE(QString::fromStdString(bridge.reason()), reason);
        const int asked = fake.asked;
        fake.glDevices = {kHere};
        fake.glResult = kDriverSuccess;
        QCOMPARE(bridge.attach(8, kTexture2D), reason.isEmpty());
        if (!reason.isEmpty()) QCOMPARE(fake.asked, asked);  // never again
    }

    void withoutADriver() {
        TextureBridge none(nullptr, nullptr, 0, nullptr), old(&kDriver, nullptr, 0, nullptr), emulated(&kDriver, &kGraphics, -1, nullptr);
        for (TextureBridge* bridge : {&none, &old, &emulated}) {
            QVERIFY(!bridge->attach(7, kTexture2D) && !bridge->write(7, kPixels, 3, 2));
            QVERIFY(!bridge->reason().empty());
        }
        QCOMPARE(fake.asked, 0);
    }

    void registrationFails() {
        fake.registerResult = 999;
        TextureBridge bridge(&kDriver, &kGraphics, 0, nullptr);
        QVERIFY(!bridge.attach(7, kTexture2D));
        QCOMPARE(bridge.reason(), std::string("cuGraphicsGLRegisterImage: CUDA_ERROR_UNKNOWN"));
        fake.registerResult = kDriverSuccess;
        QVERIFY(!bridge.attach(7, kTexture2D));
    }

    // What fails while writing ends it for all textures, mapped ones are given back, and nobody tries again.
    void writingFails_data() {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("reason");
        QTest::newRow("map") << 0 << "cuGraphicsMapResources: CUDA_ERROR_UNKNOWN";
        QTest::newRow("array") << 1 << "cuGraphicsSubResourceGetMappedArray: CUDA_ERROR_UNKNOWN";
        QTest::newRow("copy") << 2 << "cuMemcpy2DAsync: CUDA_ERROR_UNKNOWN";
        QTest::newRow("unmap") << 3 << "cuGraphicsUnmapResources: CUDA_ERROR_UNKNOWN";
    }
    void writingFails() {
        QFETCH(int, which);
        QFETCH(QString, reason);
        TextureBridge bridge(&kDriver, &kGraphics, 0, nullptr);
        QVERIFY(bridge.attach(7, kTexture2D) && bridge.attach(8, kTexture2D));
        int* const results[] = {&fake.mapResult, &fake.arrayResult, &fake.copyResult, &fake.unmapResult};
        *results[which] = 999;
        QVERIFY(!bridge.write(7, kPixels, 3, 2));
        QCOMPARE(QString::fromStdString(bridge.reason()), reason);
        QVERIFY(fake.resources.empty());
        *results[which] = kDriverSuccess;
        const int asked = fake.asked;
        QVERIFY(!bridge.write(7, kPixels, 3, 2) && !bridge.write(8, kPixels, 3, 2) && !bridge.attach(9, kTexture2D));
        QCOMPARE(fake.asked, asked);
    }

    // A texture that OpenGL has deleted is forgotten; the program makes another one and goes on.
    void aLostTexture() {
        TextureBridge bridge(&kDriver, &kGraphics, 0, nullptr);
        QVERIFY(bridge.attach(7, kTexture2D) && bridge.attach(8, kTexture2D));
        fake.resources.erase(1007);
        QVERIFY(!bridge.write(7, kPixels, 3, 2));
        QVERIFY(bridge.reason().empty());
        QVERIFY(bridge.write(8, kPixels, 3, 2));
        QVERIFY(bridge.attach(9, kTexture2D) && bridge.write(9, kPixels, 3, 2));
    }

    void atlases() {
        const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};  // three maps of 2 × 2
        const Atlas sizes{x.data(), nullptr, 3, 2, 2, 2, 1, -1.0F};
        QCOMPARE(sizes.pictureWidth(), Index{5});
        QCOMPARE(sizes.pictureHeight(), Index{5});
        std::vector<float> y(25, 77.0F);
        Atlas body = sizes;
        body.y = y.data();
        const Launch launch = launchOf(body, 25);
        runOnHost({&launch, 1});
        QCOMPARE(y, (std::vector<float>{1, 2, -1, 5, 6, 3, 4, -1, 7, 8, -1, -1, -1, -1, -1, 9, 10, -1, -1, -1, 11, 12, -1, -1, -1}));
    }

    // Without a GPU that draws, the picture comes to main memory.
    void picturesAreRead() {
        CompileOptions options;
        options.maximumBatch = 3;
        const NetworkSpec spec = tinyNetwork();
        options.taps = {analyze(spec).order[1]};
        ModelPair pair(compilerOf(hostModule()), spec, options);
        auto& model = dynamic_cast<GpuModel&>(*pair.device);
        pair.device->forward(pair.batchOf(3));
        QVERIFY(!model.attachTexture(7, kTexture2D).empty());
        const View<const float> tap = pair.device->tap(options.taps[0]);
        const std::int64_t maps = tap.shape[1], height = tap.shape[2], width = tap.shape[3];
        const MapPicture picture{.image = 2, .first = 1, .maps = maps - 1, .columns = 2, .gap = 1, .blank = -9.0F};
        std::vector<float> pixels(static_cast<std::size_t>(picture.width(width) * picture.height(height)));
        QVERIFY(!model.drawMaps(options.taps[0], picture, 7, pixels));
        for (std::int64_t map = 0; map < maps - 1; ++map) {
            for (std::int64_t y = 0; y < height; ++y) {
                for (std::int64_t x = 0; x < width; ++x) {
                    const std::int64_t row = map / 2 * (height + 1) + y, column = map % 2 * (width + 1) + x;
                    QCOMPARE(pixels[static_cast<std::size_t>(row * picture.width(width) + column)], tap.data[((2 * maps + map + 1) * height + y) * width + x]);
                }
            }
        }
        QCOMPARE(pixels[static_cast<std::size_t>(width)], -9.0F);
        model.detachTexture(7);
        QVERIFY_THROWS_EXCEPTION(DeviceLost, model.drawMaps(options.taps[0], {.image = 0, .first = 1, .maps = maps, .columns = 2}, 0, pixels));
    }
};

QTEST_GUILESS_MAIN(TestTextureBridge)
#include "tst_texture_bridge.moc"
