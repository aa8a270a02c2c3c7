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

QStringList textsOf(const QMenu& menu) {
    QStringList texts;
    for (const QAction* action : menu.actions()) {
        if (!action->isSeparator()) texts << action->text();
    }
    return texts;
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
        menu.setCurrent("cpu");  // it could not move
        QVERIFY(cpu->isChecked() && !gpu->isChecked());
    }
};

QTEST_MAIN(TestDeviceMenu)
#include "tst_device_menu.moc"
