// How long the network's answer to a stroke takes while a training runs: from the mouse's event on the pad to the
// snapshot with every layer's output in the window's thread.
//   bench_pad [--preset lenet-like] [--seconds 10]
// Draws 60 strokes' moves a second on the built-in digits, once at rest and once while training.
#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QMouseEvent>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "app/image/image_desk.h"
#include "app/image/pad_panel.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "widgets/pad/drawing_pad.h"
#include "widgets/theme/theme.h"

namespace {

using namespace convolab;

constexpr int kMoveMs = 16;

struct Lab {
    std::shared_ptr<DatasetCache> datasets = std::make_shared<DatasetCache>();
    LabDocument document;
    TrainingSession session{document, datasets};
    ImageDesk desk{document, session};
};

void print(const char* what, std::vector<double> milliseconds) {
    std::sort(milliseconds.begin(), milliseconds.end());
    const auto at = [&](double share) { return milliseconds.empty() ? 0.0 : milliseconds[static_cast<std::size_t>(share * static_cast<double>(milliseconds.size() - 1))]; };
    std::printf("%-28s median %6.2f ms  95 %% %6.2f ms  longest %6.2f ms  (%zu answers)\n", what, at(0.5), at(0.95), at(1.0), milliseconds.size());
}

void waitFor(const std::function<bool()>& done) {
    QEventLoop loop;
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, &loop, [&] { if (done()) loop.quit(); });
    timer.start(20);
    if (!done()) loop.exec();
}

/// A circle drawn for so long; the time of the oldest stroke that an answer has taken in counts.
std::vector<double> drawFor(Lab& lab, DrawingPad& pad, double seconds) {
    std::vector<double> result;
    QElapsedTimer clock;
    clock.start();
    double oldest = -1.0;
    const auto now = [&] { return static_cast<double>(clock.nsecsElapsed()) * 1e-6; };
    QObject context;
    QObject::connect(&lab.desk.probe, &ProbeSession::snapshotArrived, &context, [&] {
        if (oldest >= 0.0) result.push_back(now() - oldest);
        oldest = -1.0;
    });
    const auto send = [&](QEvent::Type type, double angle) {
        const QRectF field = pad.field();
        const QPointF place = field.center() + QPointF(std::cos(angle), std::sin(angle)) * (0.3 * field.width());
        const auto button = type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton;
        QMouseEvent event(type, place, pad.mapToGlobal(place), button, Qt::LeftButton, Qt::NoModifier);
        if (oldest < 0.0) oldest = now();
        QApplication::sendEvent(&pad, &event);
    };
    send(QEvent::MouseButtonPress, 0);
    QEventLoop loop;
    QTimer moves;
    double angle = 0.0;
    QObject::connect(&moves, &QTimer::timeout, &loop, [&] {
        send(QEvent::MouseMove, angle += 0.05);
        if (now() > seconds * 1000.0) loop.quit();
    });
    moves.setTimerType(Qt::PreciseTimer);
    moves.start(kMoveMs);
    loop.exec();
    send(QEvent::MouseButtonRelease, angle);
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    limitSpinning(argv);
    double seconds = 10.0;
    const char* preset = "lenet-like";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atof(argv[i + 1]);
        if (std::strcmp(argv[i], "--preset") == 0) preset = argv[i + 1];
    }
    QTemporaryDir home;
    for (const char* name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME"}) qputenv(name, home.path().toUtf8());
    QApplication application(argc, argv);
    Theme theme;
    theme.applyTo(application);
    setComputeThreads(0);
    auto spec = makePreset(preset);
    if (!spec.ok()) return std::fprintf(stderr, "%s\n", spec.error().sentence().c_str()), 2;
    std::printf("%s, %d threads, %s\n", preset, computeThreads(), instructionSet());
    Lab lab;
    Recipe recipe;
    recipe.epochs = 10'000;
    if (!lab.document.startNew(std::move(spec).value(), recipe).ok()) return 1;
    PadPanel panel(theme, lab.desk.image);
    panel.resize(320, 300);
    panel.show();
    lab.desk.probe.setActive(true);
    waitFor([&] { return lab.desk.probe.snapshot() != nullptr; });
    print("at rest", drawFor(lab, panel.pad(), seconds));
    lab.session.play();
    waitFor([&] { return lab.session.history().steps.size() > 20; });
    print("while training", drawFor(lab, panel.pad(), seconds));
    std::printf("trained meanwhile at %.0f images/s\n", lab.session.status().imagesPerSecond);
    lab.session.settle();
    return 0;
}
