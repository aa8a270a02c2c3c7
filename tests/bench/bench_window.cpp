// What the window costs, in this process and on whatever display there is: frame times while it trains, the
// time from the first card to the first point of the loss, and the training's pace with the window open
// beside that of the plain loop.
//   bench_window [--seconds 10] [--pairs 5]
// Prints one line per figure. Trains conv20-conv50 on the built-in digits.
#include <unistd.h>

#include <QAbstractButton>
#include <QApplication>
#include <QElapsedTimer>
#include <QEvent>
#include <QEventLoop>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "core/train/training_loop.h"
#include "datasets/catalogue.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/theme/theme.h"

namespace {

using namespace convolab;

double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0.0;
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

void printTimes(const char* what, const std::vector<double>& milliseconds, double seconds) {
    std::printf("%-34s median %6.2f ms  95 %% %6.2f ms  longest %6.2f ms  %5.1f a second\n", what,
                quantile(milliseconds, 0.5), quantile(milliseconds, 0.95), quantile(milliseconds, 1.0),
                static_cast<double>(milliseconds.size()) / seconds);
}

/// The program's own event loop, measured from inside: how long each repaint of a window takes.
class TimedApplication : public QApplication {
  public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override {
        const bool paints = event->type() == QEvent::Paint || event->type() == QEvent::UpdateRequest;
        if (!paints) return QApplication::notify(receiver, event);
        const QString name =
            event->type() == QEvent::UpdateRequest ? QStringLiteral("window") : nameOf(receiver);
        QElapsedTimer timer;
        timer.start();
        const bool handled = QApplication::notify(receiver, event);
        if (!name.isEmpty()) times[name].push_back(static_cast<double>(timer.nsecsElapsed()) * 1e-6);
        painted = true;
        return handled;
    }

    bool painted = false;
    std::map<QString, std::vector<double>> times;

  private:
    static QString nameOf(const QObject* receiver) {
        for (const QObject* object = receiver; object != nullptr; object = object->parent()) {
            if (object->objectName() == QStringLiteral("canvas") ||
                object->objectName() == QStringLiteral("trainCurves")) {
                return object->objectName();
            }
        }
        return {};
    }
};

/// A timer of 5 ms notes how late it comes: what a click would have waited.
class Lateness {
  public:
    Lateness() {
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.setInterval(kInterval);
        QObject::connect(&m_timer, &QTimer::timeout, [this] {
            late.push_back(std::max(0.0, static_cast<double>(m_since.nsecsElapsed()) * 1e-6 - kInterval));
            m_since.restart();
        });
        m_since.start();
        m_timer.start();
    }

    std::vector<double> late;

  private:
    static constexpr int kInterval = 5;
    QTimer m_timer;
    QElapsedTimer m_since;
};

/// Sleeps between events, as the program does; processEvents() with a time limit would spin.
void runEvents(const std::function<bool()>& until) {
    QEventLoop loop;
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
        if (until()) loop.quit();
    });
    look.start(10);
    if (!until()) loop.exec();
}

void runEventsFor(double seconds) {
    QEventLoop loop;
    QTimer::singleShot(static_cast<int>(1e3 * seconds), &loop, &QEventLoop::quit);
    loop.exec();
}

/// Images per second of the steps after `warmUp`, validations left out.
double pace(const std::vector<StepMetrics>& steps, std::size_t warmUp) {
    if (steps.size() < warmUp + 2) return 0.0;
    std::int64_t images = 0;
    for (std::size_t i = warmUp + 1; i < steps.size(); ++i) images += steps[i].images;
    return static_cast<double>(images) / (steps.back().seconds - steps[warmUp].seconds);
}

constexpr std::size_t kWarmUp = 30;

Recipe endlessRecipe() {
    Recipe recipe;
    recipe.epochs = 1000;
    return recipe;
}

double paceOfWindow(Theme& theme, double seconds) {
    MainWindow window(theme);
    window.show();
    window.openPreset("conv20-conv50");
    window.document().setRecipe(endlessRecipe());
    window.setLens(QStringLiteral("train"));
    window.session().play();
    runEvents([&] { return window.session().history().steps.size() > kWarmUp; });
    runEventsFor(seconds);
    const double result = pace(window.session().history().steps, kWarmUp);
    window.close();
    return result;
}

double paceOfLoop(const DatasetPtr& digits, double seconds) {
    double result = 0.0;
    // On a thread of its own, as in the window; nothing else happens meanwhile.
    std::unique_ptr<QThread> thread(QThread::create([&] {
        auto loop = TrainingLoop::create(makePreset("conv20-conv50").value(), digits, endlessRecipe());
        if (!loop.ok()) return;
        while (true) {
            if (!(*loop)->runStep().ok()) return;
            const auto& steps = (*loop)->history().steps;
            if (steps.size() > kWarmUp && steps.back().seconds - steps[kWarmUp].seconds > seconds) break;
        }
        result = pace((*loop)->history().steps, kWarmUp);
    }));
    thread->start();
    thread->wait();
    return result;
}

/// Since this process began, to a hundredth of a second.
double secondsSinceStart() {
    std::ifstream file("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    // The name in parentheses may hold anything; the start is the 20th field after it.
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string field;
    for (int i = 0; i < 20; ++i) fields >> field;
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
           std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void measureFirstCard(TimedApplication& application, Theme& theme) {
    MainWindow window(theme);
    window.show();
    runEvents([&] { return application.painted; });
    QCoreApplication::processEvents();
    std::printf("%-34s %.0f ms\n", "process start to first painted", 1e3 * secondsSinceStart());
    QElapsedTimer timer;
    timer.start();
    window.findChild<QAbstractButton*>(QStringLiteral("lenetCard"))->click();
    runEvents([&] { return !window.session().history().steps.empty(); });
    std::printf("%-34s %.0f ms\n", "first card to first loss point",
                static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    runEvents([&] { return !window.session().history().validation.empty(); });
    std::printf("%-34s %.0f ms\n", "first card to first validation",
                static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    window.close();
}

void measureFrames(TimedApplication& application, Theme& theme, const char* preset, double seconds) {
    MainWindow window(theme);
    window.show();
    window.openPreset(preset);
    window.document().setRecipe(endlessRecipe());
    window.setLens(QStringLiteral("train"));
    window.session().play();
    runEvents([&] { return window.session().history().steps.size() > kWarmUp; });
    application.times.clear();
    Lateness lateness;
    runEventsFor(seconds);
    std::printf("%s, training in the window:\n", preset);
    printTimes("  a repaint of the window", application.times[QStringLiteral("window")], seconds);
    printTimes("  of it, the canvas", application.times[QStringLiteral("canvas")], seconds);
    printTimes("  of it, the curves", application.times[QStringLiteral("trainCurves")], seconds);
    printTimes("  lateness of a 5 ms timer", lateness.late, seconds);
    window.close();
}

}  // namespace

int main(int argc, char** argv) {
    limitSpinning(argv);
    double seconds = 10.0;
    int pairs = 5;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atof(argv[i + 1]);
        if (std::strcmp(argv[i], "--pairs") == 0) pairs = std::atoi(argv[i + 1]);
    }
    // Documents of these trainings are thrown away.
    QTemporaryDir home;
    for (const char* name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME"}) qputenv(name, home.path().toUtf8());
    TimedApplication application(argc, argv);
    Theme theme(ThemeMode::Dark);
    theme.applyTo(application);
    setComputeThreads(0);

    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::printf("platform %s, %d threads, %s\n", qPrintable(QGuiApplication::platformName()),
                computeThreads(), instructionSet());
    measureFirstCard(application, theme);
    for (const char* preset : {"lenet-like", "conv20-conv50"})
        measureFrames(application, theme, preset, seconds);

    const auto digits = openDataset({.name = "digits"});
    if (!digits.ok()) return 1;
    std::vector<double> ratios, open, closed;
    for (int pair = 0; pair < pairs; ++pair) {
        open.push_back(paceOfWindow(theme, seconds));
        closed.push_back(paceOfLoop(*digits, seconds));
        ratios.push_back(open.back() / closed.back());
    }
    std::printf("%-34s %.0f images/s (median of %d)\n", "conv20-conv50, window open", quantile(open, 0.5),
                pairs);
    std::printf("%-34s %.0f images/s\n", "conv20-conv50, without a window", quantile(closed, 0.5));
    std::printf("%-34s %.1f %% (median of the pairs; from %.1f to %.1f)\n", "training slowed down by",
                100 * (1 - quantile(ratios, 0.5)), 100 * (1 - quantile(ratios, 1.0)),
                100 * (1 - quantile(ratios, 0.0)));
    return 0;
}
