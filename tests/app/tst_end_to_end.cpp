// The whole program as a person uses it: a real window, the real mouse, and what is in the files afterwards.
#include <QDir>
#include <QFileInfo>
#include <numeric>

#include "core/graph/presets.h"
#include "core/interop/onnx_export.h"
#include "core/project/project_file.h"
#include "datasets/catalogue.h"
#include "tests/app/onnx_agreement.h"
#include "tests/app/real_window.h"
#include "tests/support/data_dir.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

const Tokens& dark() { return tokens(ThemeMode::Dark); }

constexpr int kCardGap = 20;      // between the cards of the start page
constexpr int kPlotHeading = 40;  // of the strip: title and legend
constexpr int kTrainStrip = 300;
constexpr int kCardWidth = 112;
constexpr int kPortInset = 44;  // from the upper edge of a card to its ports, roughly

// The first card has the focus, hence a frame in the accent colour; its lower line is as wide as the card.
QRect firstCard(const QImage& picture) {
    QRect card = boundsOf(picture, dark().accent, picture.rect());
    if (card.isEmpty()) return {};
    const QRect line = boundsOf(picture, dark().accent, {0, card.bottom() - 1, picture.width(), 1});
    card.setLeft(line.left());
    card.setRight(line.right());
    return card;
}

QRect canvasArea(const QImage& picture) {
    return {metrics::kLeftPanel + 8, metrics::kTopBar + 8,
            picture.width() - metrics::kLeftPanel - metrics::kRightPanel - 16, picture.height() / 2 + 40};
}

// The button of the layer kind whose group has this colour: its left edge, the longest upright line of the
// colour.
QPoint paletteButton(const QImage& picture, GroupColor group) {
    int longest = 0;
    QPoint found;
    for (int x = 8; x < 24; ++x) {
        int run = 0;
        for (int y = metrics::kTopBar; y < picture.height(); ++y) {
            run = isNear(picture.pixel(x, y), dark().group(group), 12) ? run + 1 : 0;
            if (run <= longest) continue;
            longest = run;
            found = {x + 30, y - run / 2};
        }
    }
    return found;
}

// The pause button is filled with the accent colour, nothing else in the bar is.
bool showsTraining(const QImage& picture) {
    return boundsOf(picture, dark().accent, {picture.width() / 2, 0, picture.width() / 2, metrics::kTopBar})
               .width() >= 16;
}

// The smoothed curve of the training loss, in the left third of the strip.
QRect lossCurve(const QImage& picture) {
    const int bottom = picture.height() - metrics::kStatusBar;
    return boundsOf(picture, dark().seriesColor(0),
                    {metrics::kLeftPanel, bottom - kTrainStrip + kPlotHeading, picture.width() / 4,
                     kTrainStrip - kPlotHeading},
                    12);
}

bool curveFalls(const QImage& picture) {
    const QRect curve = lossCurve(picture);
    if (curve.width() < 60) return false;
    const auto middle = [&](int left) {
        return boundsOf(picture, dark().seriesColor(0), {left, curve.top(), 6, curve.height()}, 12)
            .center()
            .y();
    };
    return middle(curve.right() - 5) > middle(curve.left()) + 20;
}

QString onlyDocument(const Workplace& place) {
    const QString folder = QStringLiteral(".local/share/convolab/documents");
    const QStringList files = place.list(folder);
    return files.size() == 1 ? place.path(folder + QLatin1Char('/') + files.first()) : QString{};
}

double meanLoss(const std::vector<StepMetrics>& steps, std::size_t first, std::size_t count) {
    return std::accumulate(steps.begin() + static_cast<std::ptrdiff_t>(first),
                           steps.begin() + static_cast<std::ptrdiff_t>(first + count), 0.0,
                           [](double sum, const StepMetrics& row) { return sum + row.loss; }) /
           static_cast<double>(count);
}

// The layers from the input on, along the only way.
QString chain(const NetworkSpec& spec) {
    QStringList kinds;
    const Node* node = nullptr;
    for (const Node& candidate : spec.nodes()) {
        if (candidate.kind == "input") node = &candidate;
    }
    while (node != nullptr && kinds.size() < 20) {
        kinds << QString::fromStdString(node->kind);
        const auto out = spec.edgesOutOf(node->id);
        node = out.size() == 1 ? spec.node(out.front()->to.node) : nullptr;
    }
    return kinds.join(QStringLiteral(" > "));
}

NetworkSpec savedNetwork(const QString& file) {
    auto project = ProjectFile::open(file.toStdString());
    if (!project.ok()) qFatal("%s", project.error().sentence().c_str());
    return (*project)->readSpec().value();
}

// MNIST where it is there, else the digits that are built in.
DatasetPtr realImages() {
    DatasetRequest request;
    request.name = dataFolder(QStringLiteral("mnist")).isEmpty() ? "digits" : "mnist";
    request.dataDir = qEnvironmentVariable("CONVOLAB_DATA").toStdString();
    return openDataset(request).value();
}

}  // namespace

class TestEndToEnd : public QObject {
    Q_OBJECT

  private slots:
    void firstCardTrainsAndExports();
    void closedWhileTrainingGoesOnLater();
    void layersByRealMouse();
    void trainedOnMnistAgreesWithOnnxRuntime();

  private:
    static void startFirstCard(RealWindow& window);
};

void TestEndToEnd::startFirstCard(RealWindow& window) {
    QVERIFY(window.start());
    QVERIFY(window.waitUntil([](const QImage& picture) { return firstCard(picture).width() > 200; }));
    window.click(firstCard(window.picture()).center());
    QVERIFY2(window.waitUntil(showsTraining), "the first card did not start a training");
    QVERIFY2(window.waitUntil(curveFalls, 120'000), "the curve of the training loss does not fall");
}

void TestEndToEnd::firstCardTrainsAndExports() {
    CONVOLAB_NEEDS_DISPLAY();
    Workplace place;
    RealWindow window(place);
    startFirstCard(window);
    if (QTest::currentTestFailed()) return;
    window.key("F5");
    QVERIFY2(window.waitUntil([](const QImage& picture) { return !showsTraining(picture); }),
             "F5 did not pause the training");

    const QString onnx = place.path(QStringLiteral("from window.onnx"));
    window.key("ctrl+e");
    QVERIFY2(!window.waitForWindow(QStringLiteral("Export ONNX")).isEmpty(), "Ctrl+E did not ask for a file");
    QTest::qWait(300);
    window.type(onnx);
    window.key("Return");
    QVERIFY2(QTest::qWaitFor([&] { return QFileInfo::exists(onnx); }, 60'000), "no ONNX file was written");
    QVERIFY2(window.close(), "the program did not end with status 0 in ten seconds");

    const QString file = onlyDocument(place);
    QVERIFY2(!file.isEmpty(), "a single document should lie in the data folder, with nothing beside it");
    auto project = ProjectFile::open(file.toStdString());
    QVERIFY2(project.ok(), project.ok() ? "" : project.error().sentence().c_str());
    const auto runs = (*project)->readRuns();
    QVERIFY(runs.ok() && runs->size() == 1);
    const std::int64_t run = runs->front().id;
    const History history = (*project)->readHistory(run).value();
    QVERIFY(history.steps.size() >= 40);
    const double first = meanLoss(history.steps, 0, 10);
    const double last = meanLoss(history.steps, history.steps.size() - 10, 10);
    QVERIFY2(last < 0.7 * first, qPrintable(QStringLiteral("loss %1, at first %2").arg(last).arg(first)));
    const auto checkpoint = (*project)->readLastCheckpoint(run).value();
    QVERIFY(checkpoint.has_value());
    QCOMPARE(checkpoint->step, history.steps.back().step);

    CONVOLAB_NEEDS_ONNX_RUNTIME();
    const NetworkSpec spec = (*project)->readSpec().value();
    const auto best = (*project)->readBestWeights(run).value();
    CONVOLAB_AGREES_WITH_ONNX_RUNTIME(spec, best ? *best : checkpoint->weights, onnx, realImages(),
                                      place.path(QStringLiteral(".")));
}

void TestEndToEnd::closedWhileTrainingGoesOnLater() {
    CONVOLAB_NEEDS_DISPLAY();
    Workplace place;
    std::int64_t steps = 0;
    {
        RealWindow window(place);
        startFirstCard(window);
        if (QTest::currentTestFailed()) return;
        QVERIFY2(window.close(), "the program did not end with status 0 in ten seconds");
    }
    const QString file = onlyDocument(place);
    QVERIFY2(!file.isEmpty(), "a single document should lie in the data folder, with nothing beside it");
    {
        auto project = ProjectFile::open(file.toStdString()).value();
        const RunInfo run = project->readRuns()->front();
        QCOMPARE(QString::fromStdString(run.state), QStringLiteral("paused"));
        steps = project->readLastCheckpoint(run.id).value()->step;
        QVERIFY(steps > 0);
    }
    RealWindow window(place);
    QVERIFY(window.start({file}));
    // The curve is there before anything is pressed.
    QVERIFY(window.waitUntil(curveFalls));
    const int width = lossCurve(window.picture()).width();
    window.key("F5");
    QVERIFY2(window.waitUntil(
                 [width](const QImage& picture) { return lossCurve(picture).width() > width + 20; }, 120'000),
             "the training does not go on");
    QVERIFY(window.close());
    auto project = ProjectFile::open(file.toStdString()).value();
    QCOMPARE(project->readRuns()->size(), std::size_t{1});
    const History history = project->readHistory(project->readRuns()->front().id).value();
    QVERIFY(static_cast<std::int64_t>(history.steps.size()) > steps);
    for (std::size_t i = 0; i < history.steps.size(); ++i)
        QCOMPARE(history.steps[i].step, static_cast<std::int64_t>(i) + 1);
}

void TestEndToEnd::layersByRealMouse() {
    CONVOLAB_NEEDS_DISPLAY();
    Workplace place;
    const auto cards = [](const QImage& picture) {
        return boundsOf(picture, dark().bg3, canvasArea(picture), 1);
    };
    const auto selected = [](const QImage& picture) {
        return boundsOf(picture, dark().accent, canvasArea(picture));
    };
    const auto barOf = [](const QImage& picture, GroupColor group) {
        return boundsOf(picture, dark().group(group), canvasArea(picture));
    };
    const auto pooled = [&](const QImage& picture) {
        const QRect pool = barOf(picture, GroupColor::Pooling);
        return pool.width() > 60 && pool.right() < barOf(picture, GroupColor::Convolution).left();
    };
    {
        RealWindow window(place);
        QVERIFY(window.start());
        QVERIFY(window.waitUntil([](const QImage& picture) { return firstCard(picture).width() > 200; }));
        const QRect first = firstCard(window.picture());
        window.click(first.center() + QPoint(3 * (first.width() + kCardGap), 0));  // the fourth: Empty network
        QVERIFY(window.waitUntil([&](const QImage& picture) {
            return !paletteButton(picture, GroupColor::Convolution).isNull() && cards(picture).width() > 60;
        }));
        // Input and output stand apart.
        const QRect both = window.settled(cards);
        QVERIFY2(!both.isEmpty(), "the canvas does not come to rest");
        const QImage empty = window.picture();
        const int inputEnd = both.left() + kCardWidth;
        const QPoint output(both.right() - kCardWidth, both.top() + kPortInset);
        QVERIFY(inputEnd + 200 < output.x());

        window.drag(paletteButton(empty, GroupColor::Convolution), {inputEnd + 60, output.y()});
        QVERIFY2(window.waitUntil([&](const QImage& picture) { return selected(picture).left() > inputEnd; },
                                  10'000),
                 "the convolution did not land behind the input");
        const QRect layer = window.settled(selected);
        QVERIFY2(!layer.isEmpty(), "the convolution does not come to rest");
        window.drag({layer.right(), output.y()}, output);
        QVERIFY2(window.waitUntil([&](const QImage& picture) { return cards(picture).right() < output.x(); },
                                  10'000),
                 "the output was not joined to the convolution");
        window.drag(paletteButton(empty, GroupColor::Pooling), {(inputEnd + layer.left()) / 2, output.y()});
        QVERIFY2(window.waitUntil(pooled, 10'000), "the pooling did not land on the edge");
        window.key("ctrl+z");
        QVERIFY2(
            window.waitUntil(
                [&](const QImage& picture) { return barOf(picture, GroupColor::Pooling).isEmpty(); }, 10'000),
            "Ctrl+Z did not take the pooling away");
        window.key("ctrl+shift+z");
        QVERIFY2(window.waitUntil(pooled, 10'000), "Ctrl+Shift+Z did not bring the pooling back");
        QVERIFY2(window.close(), "the program did not end with status 0 in ten seconds");
    }
    const QString file = onlyDocument(place);
    QVERIFY(!file.isEmpty());
    QCOMPARE(chain(savedNetwork(file)), QStringLiteral("input > max_pool > conv2d > output"));
}

void TestEndToEnd::trainedOnMnistAgreesWithOnnxRuntime() {
    CONVOLAB_NEEDS_DATA(folder, QStringLiteral("mnist"));
    CONVOLAB_NEEDS_ONNX_RUNTIME();
    const DatasetPtr mnist = realImages();
    const NetworkSpec spec = makePreset("conv20-conv50").value();
    Recipe recipe;
    recipe.dataset = "mnist";
    recipe.steps = 100;
    recipe.validationEvery = 1000;
    auto loop = TrainingLoop::create(spec, mnist, recipe);
    QVERIFY2(loop.ok(), loop.ok() ? "" : loop.error().sentence().c_str());
    while (!(*loop)->finished()) {
        const Status step = (*loop)->runStep();
        QVERIFY2(step.ok(), step.ok() ? "" : step.error().sentence().c_str());
    }
    Workplace place;
    const QString onnx = place.path(QStringLiteral("mnist.onnx"));
    const WeightSetPtr weights = (*loop)->publish();
    const auto written = exportOnnx(spec, *weights, onnx.toStdString());
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().sentence().c_str());
    CONVOLAB_AGREES_WITH_ONNX_RUNTIME(spec, *weights, onnx, mnist, place.path(QStringLiteral(".")));
}

int main(int argc, char** argv) {
    TestEndToEnd test;
    return runDisplayTest(test, argc, argv);
}
#include "tst_end_to_end.moc"
