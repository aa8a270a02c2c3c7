// Modules that are missing, broken or of another version: each is an answer in words.
#include <QtTest>
#include <filesystem>

#include "core/backend/gpu_loader.h"

using namespace convolab;

namespace fs = std::filesystem;

namespace {

fs::path moduleFile(const char* name) { return fs::path(CONVOLAB_MODULES) / (std::string(name) + ".so"); }

struct NamedModule {
    explicit NamedModule(const fs::path& file) { qputenv("CONVOLAB_GPU_MODULE", file.c_str()); }
    ~NamedModule() { qunsetenv("CONVOLAB_GPU_MODULE"); }
};

void verifySays(const Error& error, const QStringList& words) {
    const QString sentence = QString::fromStdString(error.sentence());
    for (const QString& word : words) QVERIFY2(sentence.contains(word), qPrintable(sentence + "\nlacks: " + word));
    QVERIFY(!error.hint.empty());
}

}  // namespace

class TestGpuLoader : public QObject {
    Q_OBJECT

  private slots:
    void placesAreBesideTheProgram() {
        const auto places = gpuModulePlaces();
        QCOMPARE(places.size(), std::size_t{3});
        QCOMPARE(places[0], fs::read_symlink("/proc/self/exe").parent_path() / "libconvolab_gpu.so");
    }

    void theEnvironmentNamesAModule() {
        const NamedModule named(moduleFile("whole"));
        const auto places = gpuModulePlaces();
        QCOMPARE(places, std::vector<fs::path>{moduleFile("whole")});
    }

    void refused_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QStringList>("says");
        const QString version = CONVOLAB_PROGRAM_VERSION;
        QTest::newRow("another version of the program") << "older_program.so" << QStringList{"0.0.9", version, "build both together"};
        QTest::newRow("a newer interface") << "newer_interface.so" << QStringList{"interface " + QString::number(kGpuInterfaceVersion + 1)};
        QTest::newRow("a shorter table") << "shorter_table.so" << QStringList{"another version", "build both together"};
        QTest::newRow("no table") << "no_table.so" << QStringList{"cannot be loaded", "build it again"};
        QTest::newRow("no entry") << "no_entry.so" << QStringList{"cannot be loaded", "convolab_gpu_module"};
        QTest::newRow("not there") << "nothing.so" << QStringList{"nothing.so", "CONVOLAB_GPU_MODULE", "does not exist"};
    }
    void refused() {
        QFETCH(QString, file);
        QFETCH(QStringList, says);
        const NamedModule named(fs::path(CONVOLAB_MODULES) / file.toStdString());
        const auto loaded = loadGpuModule(gpuModulePlaces());
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().code, ErrorCode::DeviceUnavailable);
        verifySays(loaded.error(), says);
    }

    void notALibrary() {
        const fs::path file = fs::temp_directory_path() / ("not-a-module-" + std::to_string(QCoreApplication::applicationPid()) + ".so");
        QFile text(QString::fromStdString(file.string()));
        QVERIFY(text.open(QIODevice::WriteOnly) && text.write("Dear reader") > 0);
        text.close();
        const auto loaded = loadGpuModule({file});
        fs::remove(file);
        QVERIFY(!loaded.ok());
        verifySays(loaded.error(), {QString::fromStdString(file.filename().string()), "cannot be loaded"});
    }

    void withoutAModule() {
        const auto loaded = loadGpuModule({"/nowhere/a.so", "/nowhere/b.so"});
        QVERIFY(!loaded.ok());
        verifySays(loaded.error(), {"libconvolab_gpu.so", "CUDA Toolkit"});
    }

    void findsGpusThroughAModule() {
        const auto loaded = loadGpuModule({"/nowhere/a.so", moduleFile("whole")});
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().sentence().c_str());
        const GpuFindings found = probeGpus(**loaded);
        QVERIFY(!found.problem);
        QCOMPARE(found.driverVersion, 13010);
        QCOMPARE(found.devices.size(), std::size_t{2});
        QCOMPARE(found.devices[0].name, std::string("NVIDIA Large"));
        QVERIFY(!found.devices[0].problem);
        QVERIFY(found.devices[1].problem.has_value());
        verifySays(*found.devices[1].problem, {"NVIDIA Old", "6.1", "7.5"});
        QCOMPARE(found.libraries.size(), std::size_t{3});
        QCOMPARE(found.libraries[0].version, 130100);
        QVERIFY(!found.libraries[0].problem);
        verifySays(*found.libraries[1].problem, {"libcudnn.so.9 is missing", "own convolutions serve in its place, slower", "install cuDNN"});
    }

    // The real thing, on a machine with or without a GPU: it loads, and its answer is a list or a sentence.
    void realModule() {
#ifdef CONVOLAB_REAL_MODULE
        const auto loaded = loadGpuModule({CONVOLAB_REAL_MODULE});
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().sentence().c_str());
        const GpuFindings found = probeGpus(**loaded);
        QVERIFY(found.runtimeVersion >= 11000);
        if (found.problem) {
            QVERIFY(found.devices.empty() && !found.problem->message.empty() && !found.problem->hint.empty());
        } else {
            QVERIFY(!found.devices.empty());
        }
#else
        QSKIP("the CUDA module was not built: no CUDA Toolkit was found");
#endif
    }
};

QTEST_GUILESS_MAIN(TestGpuLoader)
#include "tst_gpu_loader.moc"
