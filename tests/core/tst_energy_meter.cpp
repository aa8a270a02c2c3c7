// The RAPL counters, read from a folder that looks like the kernel's, with a clock of our own.
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/measure/energy_meter.h"

using namespace convolab;
namespace fs = std::filesystem;

namespace {

// Two packages and what stands beside them: a part of a package and the whole platform, which must not count.
struct FakeCounters {
    QTemporaryDir folder;
    std::uint64_t first = 1'000'000, second = 5'000'000;
    double clock = 100.0;

    FakeCounters() {
        package("intel-rapl:0", "package-0");
        package("intel-rapl:1", "package-1");
        package("intel-rapl:0:0", "core");
        package("intel-rapl:2", "psys");
        write();
    }
    fs::path path(const std::string& name) const { return fs::path(folder.path().toStdString()) / name; }
    void package(const std::string& name, const std::string& label) const {
        fs::create_directories(path(name));
        put(path(name) / "name", label);
        put(path(name) / "max_energy_range_uj", "262143328850");
        put(path(name) / "energy_uj", "77");
    }
    static void put(const fs::path& file, const std::string& text) { std::ofstream(file) << text << "\n"; }
    void write() const {
        put(path("intel-rapl:0") / "energy_uj", std::to_string(first));
        put(path("intel-rapl:1") / "energy_uj", std::to_string(second));
    }
    void spend(double joules) {
        first += static_cast<std::uint64_t>(joules * 0.25e6);
        second += static_cast<std::uint64_t>(joules * 0.75e6);
        write();
    }
    Result<EnergyMeter> open() const { return EnergyMeter::open(folder.path().toStdString()); }
    // 8 W at rest.
    MeterTime time() {
        return {[this] { return clock; },
                [this](double seconds) {
                    clock += seconds;
                    spend(8.0 * seconds);
                }};
    }
};

}  // namespace

class TestEnergyMeter : public QObject {
    Q_OBJECT

  private slots:
    void packagesAreSummedAndTheirPartsAreNot() {
        FakeCounters counters;
        auto meter = counters.open();
        QVERIFY(meter.ok());
        QCOMPARE(meter->packages(), 2);
        QCOMPARE(*meter->read(), 0.0);
        counters.spend(3.0);
        QCOMPARE(*meter->read(), 3.0);
        counters.spend(1.0);
        QCOMPARE(*meter->read(), 4.0);
    }

    void aCounterMayRunOver() {
        FakeCounters counters;
        counters.first = 262'143'328'850 - 1'000'000;
        counters.write();
        auto meter = counters.open();
        counters.first = 2'000'000;
        counters.write();
        QCOMPARE(*meter->read(), 3.0);
    }

    // 8 W idle, 20 W busy, 250 ms for 10 images: 12 W · 0.25 s / 10 = 0.3 J an image.
    void idlePowerIsTakenOut() {
        FakeCounters counters;
        auto meter = counters.open();
        const auto work = [&]() -> std::int64_t {
            counters.clock += 0.25;
            counters.spend(20.0 * 0.25);
            return 10;
        };
        const auto measured = measureEnergy(*meter, work, 1.0, {}, counters.time());
        QVERIFY(measured.ok());
        QVERIFY2(std::abs(measured->idleWatts - 8.0) < 1e-3, qPrintable(QString::number(measured->idleWatts)));
        QVERIFY(std::abs(measured->busyWatts - 20.0) < 1e-3);
        QVERIFY(std::abs(measured->joulesPerImage - 0.3) < 1e-3);
        QCOMPARE(measured->images, std::int64_t{40});
        QVERIFY(measured->seconds >= 1.0);
    }

    void lessThanASecondIsNotMeasured() {
        FakeCounters counters;
        auto meter = counters.open();
        const auto work = [&]() -> std::int64_t {
            counters.clock += 0.25;
            return 1;
        };
        QVERIFY(measureEnergy(*meter, work, 0.01, {}, counters.time())->seconds >= 1.0);
    }

    void cancelling() {
        FakeCounters counters;
        auto meter = counters.open();
        for (const double from : {0.2, 0.7}) {
            const auto work = [&]() -> std::int64_t {
                counters.clock += 0.25;
                return 1;
            };
            const auto measured = measureEnergy(*meter, work, 1.0, [&](double share) { return share < from; }, counters.time());
            QVERIFY(!measured.ok());
            QVERIFY(measured.error().code == ErrorCode::Cancelled);
        }
    }

    void whatCannotBeReadSaysWhy() {
        FakeCounters counters;
        const auto none = EnergyMeter::open(counters.path("nowhere"));
        QVERIFY(!none.ok());
        QVERIFY(QString::fromStdString(none.error().sentence()).contains("not readable"));
        // As for anybody but root: the file is there, but gives nothing.
        fs::remove(counters.path("intel-rapl:1") / "energy_uj");
        fs::create_directory(counters.path("intel-rapl:1") / "energy_uj");
        const auto locked = counters.open();
        QVERIFY(!locked.ok());
        QVERIFY(QString::fromStdString(locked.error().sentence()).contains("root"));
        FakeCounters::put(counters.path("intel-rapl:0") / "energy_uj", "nonsense");
        QVERIFY(!counters.open().ok());
    }

    void aCounterThatGoesAwayIsAnError() {
        FakeCounters counters;
        auto meter = counters.open();
        fs::remove_all(counters.path("intel-rapl:0"));
        QVERIFY(!meter->read().ok());
    }
};

QTEST_GUILESS_MAIN(TestEnergyMeter)
#include "tst_energy_meter.moc"
