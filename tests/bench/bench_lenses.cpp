// How soon the two lenses answer a hand while the network trains: from the event of the mouse to the end of the repaint
// that shows its effect. LeNet on the built-in digits, on whatever display there is.
//   bench_lenses [--count 60]
#include <QAbstractButton>
#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QLabel>
#include <QMouseEvent>
#include <QSlider>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "app/lenses/look_inside/maps_decorator.h"
#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "widgets/canvas/canvas_scene.h"
#include "widgets/canvas/canvas_selection.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/perturbation_instrument.h"
#include "widgets/theme/theme.h"

namespace {

using namespace convolab;

constexpr int kGiveUpMs = 2000;
constexpr int kBetweenMs = 120;  // a hand's pause, longer than what it waits for

/// Tells after every repaint of anything.
class PaintedApplication : public QApplication {
  public:
    using QApplication::QApplication;
    std::function<void()> painted;

    bool notify(QObject* receiver, QEvent* event) override {
        const bool paints = event->type() == QEvent::Paint || event->type() == QEvent::UpdateRequest;
        const bool handled = QApplication::notify(receiver, event);
        if (paints && painted) painted();
        return handled;
    }
};

void runFor(int milliseconds) {
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

void runUntil(const std::function<bool()>& done) {
    while (!done()) runFor(10);
}

/// Milliseconds from `act` to the first repaint after which `shown` holds; negative if it never does.
double answerTime(PaintedApplication& application, const std::function<void()>& act, const std::function<bool()>& shown) {
    QEventLoop loop;
    QElapsedTimer timer;
    double result = -1.0;
    application.painted = [&] {
        if (result >= 0.0 || !shown()) return;
        result = static_cast<double>(timer.nsecsElapsed()) * 1e-6;
        loop.quit();
    };
    QTimer::singleShot(kGiveUpMs, &loop, &QEventLoop::quit);
    timer.start();
    act();
    if (result < 0.0) loop.exec();
    application.painted = {};
    return result;
}

void sendMouse(QWidget* widget, QEvent::Type type, QPointF at, Qt::MouseButtons buttons) {
    const Qt::MouseButton button = type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton;
    QMouseEvent event(type, at, QPointF(widget->mapToGlobal(at.toPoint())), button, buttons, Qt::NoModifier);
    QApplication::sendEvent(widget, &event);
}

void print(const char* what, std::vector<double> times, double aim) {
    const auto missed = std::erase_if(times, [](double time) { return time < 0.0; });
    std::sort(times.begin(), times.end());
    if (times.empty()) {
        std::printf("%-42s no answer\n", what);
        return;
    }
    const auto at = [&](double share) { return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]; };
    std::printf("%-42s median %6.1f ms  95 %% %6.1f ms  longest %6.1f ms  (%zu, %zu without effect; aim %.0f ms)\n", what,
                at(0.5), at(0.95), at(1.0), times.size(), static_cast<std::size_t>(missed), aim);
}

QWidget* named(MainWindow& window, const char* name) {
    auto* widget = window.findChild<QWidget*>(QString::fromLatin1(name));
    if (widget == nullptr) qFatal("no widget %s", name);
    return widget;
}

/// A drawn spiral: every move of the pen changes the image, so that every card has to change.
std::vector<double> penToMaps(PaintedApplication& application, MainWindow& window, int count) {
    QWidget* pad = named(window, "drawingPad");
    const NodeId input = window.document().network().analysis().input;
    const auto picture = [&]() -> QImage {
        const auto* maps = dynamic_cast<const MapsDecorator*>(window.canvas().canvas().decorator());
        const LayerPicture* card = maps != nullptr ? maps->picture(input) : nullptr;
        return card != nullptr ? card->image : QImage();
    };
    const auto at = [&](int i) {
        const double turn = 0.35 * i;
        const double radius = 0.08 + 0.3 * i / std::max(1, count);
        return QPointF(pad->width() * (0.5 + radius * std::cos(turn)), pad->height() * (0.5 + radius * std::sin(turn)));
    };
    sendMouse(pad, QEvent::MouseButtonPress, at(0), Qt::LeftButton);
    runFor(500);
    std::vector<double> times;
    for (int i = 1; i <= count; ++i) {
        const QImage before = picture();
        times.push_back(answerTime(application, [&] { sendMouse(pad, QEvent::MouseMove, at(i), Qt::LeftButton); },
                                   [&] { return picture() != before; }));
        runFor(kBetweenMs);
    }
    sendMouse(pad, QEvent::MouseButtonRelease, at(count), Qt::NoButton);
    return times;
}

std::vector<double> hoverToNumbers(PaintedApplication& application, MainWindow& window, int count) {
    QWidget* map = named(window, "stageOutput");
    auto* place = window.findChild<QLabel*>(QStringLiteral("microscopePlace"));
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const QString before = place->text();
        const QPointF at(map->width() * (0.1 + 0.8 * (i % 9) / 9.0), map->height() * (0.15 + 0.7 * (i / 9 % 7) / 7.0));
        times.push_back(answerTime(application, [&] { sendMouse(map, QEvent::MouseMove, at, Qt::NoButton); },
                                   [&] { return place->text() != before; }));
        runFor(kBetweenMs / 3);
    }
    return times;
}

std::vector<double> sliderToPicture(PaintedApplication& application, MainWindow& window, int count) {
    auto* slider = qobject_cast<QSlider*>(named(window, "epsilonSlider"));
    auto* view = qobject_cast<InstrumentView*>(named(window, "attackPictures"));
    const auto* instrument = dynamic_cast<const PerturbationInstrument*>(view->instrument());
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto before = instrument->picture().adversarial.values;
        const int frames = view->framesDrawn();
        const int range = slider->maximum() - slider->minimum();
        const int value = slider->minimum() + range * (20 + 37 * i % 70) / 100;
        times.push_back(answerTime(application, [&] { slider->setValue(value); }, [&] {
            return view->framesDrawn() > frames && instrument->picture().adversarial.values != before;
        }));
        runFor(4 * kBetweenMs);  // the better attack of the resting hand comes and goes
    }
    return times;
}

}  // namespace

int main(int argc, char** argv) {
    limitSpinning(argv);
    int count = 60;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--count") == 0) count = std::max(1, std::atoi(argv[i + 1]));
    }
    QTemporaryDir home;  // documents of these trainings are thrown away
    for (const char* name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME"}) qputenv(name, home.path().toUtf8());
    PaintedApplication application(argc, argv);
    Theme theme(ThemeMode::Dark);
    theme.applyTo(application);
    setComputeThreads(0);
    MainWindow window(theme);
    window.show();
    window.openPreset("lenet-like");
    Recipe recipe;
    recipe.epochs = 1000;
    window.document().setRecipe(recipe);
    for (const bool training : {true, false}) {
        if (training) window.session().play();
        else window.session().pause();
        if (training) runUntil([&] { return window.session().history().steps.size() > 60; });
        std::printf("LeNet-like on digits, %s:\n", training ? "training" : "paused");
        window.setLens(QStringLiteral("look-inside"));
        runFor(1500);
        print("  pen on the pad to every map", penToMaps(application, window, count), 33);
        window.canvas().selection().only(window.document().network().spec().nodeByName("Conv 2")->id);
        window.findChild<QAbstractButton*>(QStringLiteral("microscopeButton"))->click();
        runFor(800);
        print("  hover to the microscope's numbers", hoverToNumbers(application, window, count), 16);
        window.setLens(QStringLiteral("attack"));
        runFor(2500);
        print("  slider of epsilon to the picture", sliderToPicture(application, window, count / 2), 50);
    }
    window.close();
    return 0;
}
