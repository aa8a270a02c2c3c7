// The device button's menu: the processor at once, GPUs when they have been looked for, reasons in full.
#include <QLabel>
#include <QScreen>
#include <QSignalSpy>
#include <QTest>
#include <QWidgetAction>
#include <atomic>

#include "app/image/background_job.h"
#include "app/window/device_menu.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

// Of the devices; the precisions come behind their heading.
QStringList textsOf(const QMenu& menu) {
    QStringList texts;
    for (const QAction* action : menu.actions()) {
        if (action->isSeparator() && !action->text().isEmpty()) break;
        if (!action->isSeparator()) texts << action->text();
    }
    return texts;
}

// A precision's entry and the line below it.
struct PrecisionEntry {
    QAction *action = nullptr, *line = nullptr;
};
PrecisionEntry precisionEntry(const QMenu& menu, const QString& word) {
    const QList<QAction*> actions = menu.actions();
    for (qsizetype i = 0; i + 1 < actions.size(); ++i) {
        if (actions[i]->data().toString() == word) return {actions[i], actions[i + 1]};
    }
    return {};
}

Device gpuOf(int computeMajor, int computeMinor) {
    return {.id = "cuda:0", .name = "CUDA · NVIDIA", .description = "NVIDIA", .instructionSet = {}, .threads = 1, .ordinal = 0, .computeMajor = computeMajor, .computeMinor = computeMinor};
}

Device broken() {
    return {.id = "cuda", .name = "CUDA", .description = "NVIDIA GPU", .instructionSet = {}, .threads = 0,
            .problem = Error{ErrorCode::DeviceUnavailable, "this computer has no NVIDIA driver", {}, "install one"}};
}

}  // namespace

class TestDeviceMenu : public QObject {
    Q_OBJECT

    Theme m_theme;

  private slots:
    void initTestCase() { m_theme.applyTo(*qApp); }

    void looksOnlyWhenItOpens() {
        std::atomic<int> looked = 0;
        DeviceMenu menu([&] { ++looked; return std::vector<Device>{broken()}; });
        const auto* job = menu.findChild<BackgroundJob*>();
        QVERIFY(job != nullptr && job->state() == BackgroundJob::State::Idle);
        QCOMPARE(textsOf(menu).size(), 2);
        menu.popup({0, 0});
        QTRY_COMPARE(textsOf(menu).size(), 3);
        menu.hide();
        menu.popup({0, 0});
        QVERIFY(!job->isRunning());
        QCOMPARE(looked.load(), 1);  // the answer stays
    }

    void saysWhyNot() {
        DeviceMenu menu([] { return std::vector<Device>{broken()}; });
        menu.popup({0, 0});
        QTRY_COMPARE(textsOf(menu).size(), 3);
        const QList<QAction*> actions = menu.actions();
        QVERIFY(actions[0]->isChecked() && actions[0]->isEnabled());
        QVERIFY(!actions[2]->isEnabled());
        QCOMPARE(actions[2]->text(), "NVIDIA GPU");
        auto* reason = qobject_cast<QWidgetAction*>(actions[3]);
        QVERIFY(reason != nullptr);
        auto* label = qobject_cast<QLabel*>(reason->defaultWidget());
        QCOMPARE(label->text(), "this computer has no NVIDIA driver: install one");
        QVERIFY(label->height() >= label->heightForWidth(label->width()));  // all of it is visible
        QVERIFY(menu.rect().contains(label->geometry()));
    }

    // It grows while it is open: all of it stays on the screen.
    void staysOnTheScreen() {
        DeviceMenu menu([] {
            Device gpu = broken();
            gpu.description = "NVIDIA with a very long name · 132 multiprocessors · 79.1 GiB · compute capability 9.0";
            return std::vector<Device>{gpu};
        });
        menu.popup(menu.screen()->availableGeometry().topRight());
        QTRY_COMPARE(textsOf(menu).size(), 3);
        QVERIFY(menu.screen()->availableGeometry().contains(menu.geometry()));
    }

    void stillLookingAndClosedMeanwhile() {
        std::atomic<int> begun = 0;
        std::atomic<bool> go = false;
        auto menu = std::make_unique<DeviceMenu>([&] {
            ++begun;
            go.wait(false);
            return std::vector<Device>{broken()};
        });
        menu->popup({0, 0});
        QTRY_COMPARE(begun.load(), 1);
        QVERIFY(textsOf(*menu).last().startsWith("Looking"));
        menu->hide();
        menu->popup({0, 0});  // does not begin a second search
        go = true;
        go.notify_all();
        QTRY_COMPARE(textsOf(*menu).size(), 3);
        QCOMPARE(begun.load(), 1);
        menu.reset();
    }

    void theProcessorStaysChosen() {
        DeviceMenu menu([] { return std::vector<Device>{}; });
        QAction* cpu = menu.actions().first();
        cpu->trigger();
        QVERIFY(cpu->isChecked());
    }

    // Those that can train, as one device; with fewer than two of them there is no such entry.
    void allOfThem() {
        const auto gpu = [](int ordinal) {
            const std::string number = std::to_string(ordinal);
            return Device{.id = "cuda:" + number, .name = "CUDA · NVIDIA Large", .description = "NVIDIA Large " + number, .instructionSet = "9.0", .threads = 132, .ordinal = ordinal};
        };
        Device old = gpu(1);
        old.problem = Error{ErrorCode::DeviceUnavailable, "it is too old", {}, {}};
        DeviceMenu menu([&] { return std::vector<Device>{gpu(0), old, gpu(2)}; });
        Device chosen;
        connect(&menu, &DeviceMenu::chosen, this, [&](const Device& device) { chosen = device; });
        menu.popup({0, 0});
        QTRY_COMPARE(textsOf(menu).last(), "All GPUs (2)");
        for (QAction* action : menu.actions()) {
            if (action->text() == "All GPUs (2)") action->trigger();
        }
        QCOMPARE(chosen.id, std::string("cuda:0,cuda:2"));
        QCOMPARE(chosen.ordinals, (std::vector<int>{0, 2}));
        QCOMPARE(chosen.name, std::string("2 GPUs together"));
        DeviceMenu one([&] { return std::vector<Device>{gpu(0), old}; });
        one.popup({0, 0});
        QTRY_COMPARE(textsOf(one).last(), "it is too old");
    }

    void choosesADevice() {
        DeviceMenu menu([] {
            return std::vector<Device>{{.id = "cuda:0", .name = "CUDA · NVIDIA Large", .description = "NVIDIA Large", .instructionSet = "9.0", .threads = 132, .ordinal = 0}};
        });
        QStringList chosen;
        connect(&menu, &DeviceMenu::chosen, this, [&](const Device& device) { chosen << QString::fromStdString(device.id); });
        menu.popup({0, 0});
        QTRY_COMPARE(textsOf(menu).last(), "NVIDIA Large");
        QAction* cpu = menu.actions()[0];
        QAction* gpu = menu.actions()[2];
        gpu->trigger();
        QVERIFY(gpu->isChecked() && !cpu->isChecked());
        QCOMPARE(chosen, QStringList{"cuda:0"});
        menu.setCurrent(devices().front());  // it could not move
        QVERIFY(cpu->isChecked() && !gpu->isChecked());
    }

    // What the chosen device has; the reason where it has it not.
    void precisionsOfTheDevice() {
        DeviceMenu menu([] { return std::vector<Device>{}; });
        const auto enabled = [&] {
            QStringList words;
            for (const char* word : {"float32", "tf32", "bf16", "fp16"}) {
                if (precisionEntry(menu, word).action->isEnabled()) words << word;
            }
            return words;
        };
        QCOMPARE(enabled(), QStringList{"float32"});
        QVERIFY(precisionEntry(menu, "float32").action->isChecked());
        QVERIFY(precisionEntry(menu, "fp16").line->text().contains("the CPU trains in float32"));
        menu.setCurrent(gpuOf(7, 5));
        QCOMPARE(enabled(), (QStringList{"float32", "fp16"}));
        QVERIFY2(precisionEntry(menu, "bf16").line->text().contains("compute capability 8.0; this GPU has 7.5"), qPrintable(precisionEntry(menu, "bf16").line->text()));
        Device modern = gpuOf(9, 0);
        modern.precision = kGpuBf16;
        menu.setCurrent(modern);
        QCOMPARE(enabled(), (QStringList{"float32", "tf32", "bf16", "fp16"}));
        QVERIFY(precisionEntry(menu, "bf16").action->isChecked() && !precisionEntry(menu, "float32").action->isChecked());
        auto* line = qobject_cast<QLabel*>(qobject_cast<QWidgetAction*>(precisionEntry(menu, "bf16").line)->defaultWidget());
        QCOMPARE(line->text(), precisionEntry(menu, "bf16").line->text());
    }

    void choosesAPrecision() {
        DeviceMenu menu([] { return std::vector<Device>{}; });
        QList<ConvolabGpuPrecision> chosen;
        connect(&menu, &DeviceMenu::precisionChosen, this, [&](ConvolabGpuPrecision precision) { chosen << precision; });
        menu.setCurrent(gpuOf(9, 0));
        precisionEntry(menu, "fp16").action->trigger();
        precisionEntry(menu, "float32").action->trigger();
        QCOMPARE(chosen, (QList<ConvolabGpuPrecision>{kGpuFp16, kGpuFloat32}));
    }
};

QTEST_MAIN(TestDeviceMenu)
#include "tst_device_menu.moc"
