// Both renderers beside one another. Needs a display; software OpenGL will do.
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"

#include <QApplication>
#include <QTest>
#include <QWindow>

#include <imgui.h>

#include <cmath>

using namespace convolab;

namespace {

class Buttons : public Instrument {
public:
    int clicks = 0;
    void draw(InstrumentContext& context) override {
        ImGui::SetCursorPos({10, 10});
        if (ImGui::Button("Press", {80, 24}))
            ++clicks;
        ImGui::SetCursorPos({110, 10});
        ImGui::Image(context.texture("tile", {2, 2, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}, 1}), {40, 40});
    }
    std::string accessibleText() const override { return "buttons"; }
};

std::unique_ptr<CurvesInstrument> curves() {
    PlotDescription plot;
    plot.title = "Loss";
    plot.xAxis.label = "epoch";
    plot.yAxis.scale = PlotScale::Log;
    plot.series.resize(1);
    plot.series[0].name = "train";
    for (int i = 0; i < 300; ++i) {
        plot.series[0].x.push_back(i * 0.02);
        plot.series[0].y.push_back(std::exp(-i * 0.01) + 0.02);
    }
    auto instrument = std::make_unique<CurvesInstrument>();
    instrument->setPlots({plot});
    return instrument;
}

}  // namespace

class ImGuiGlTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void bothRenderersDrawTheSame();
    void imagesAreNearestNeighbour();
    void aClickArrivesThroughTheNativeWindow();
    void idleDrawsNothing();
    void twoSurfacesKeepTheirFonts();

private:
    Theme m_theme;
};

void ImGuiGlTest::initTestCase() {
    if (QGuiApplication::platformName() == QLatin1String("offscreen") || probeOpenGl().isEmpty())
        QSKIP("No OpenGL 3.3 here: run under a display, for example with xvfb-run.");
}

void ImGuiGlTest::bothRenderersDrawTheSame() {
    QImage images[2];
    for (const Renderer renderer : {Renderer::OpenGl, Renderer::Raster}) {
        InstrumentView view(m_theme, nullptr, renderer);
        view.setInstrument(curves());
        view.resize(480, 220);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QTRY_VERIFY(view.framesDrawn() > 0);
        images[renderer == Renderer::Raster] = view.grabImage().convertToFormat(QImage::Format_RGB32);
    }
    QCOMPARE(images[0].size(), images[1].size());
    int different = 0;
    for (int y = 0; y < images[0].height(); ++y) {
        for (int x = 0; x < images[0].width(); ++x) {
            const QColor a = images[0].pixelColor(x, y), b = images[1].pixelColor(x, y);
            different += std::max({std::abs(a.red() - b.red()), std::abs(a.green() - b.green()), std::abs(a.blue() - b.blue())}) > 24;
        }
    }
    const double share = static_cast<double>(different) / (images[0].width() * images[0].height());
    qInfo("pixels that differ by more than 24 of 255: %.3f %%", share * 100);
    QVERIFY2(share < 0.005, qPrintable(QString::number(share)));
}

void ImGuiGlTest::imagesAreNearestNeighbour() {
    InstrumentView view(m_theme, nullptr, Renderer::OpenGl);
    view.setInstrument(std::make_unique<Buttons>());
    view.resize(200, 100);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QTRY_VERIFY(view.framesDrawn() > 0);
    const QImage image = view.grabImage();
    QCOMPARE(QColor(image.pixel(128, 28)), QColor(255, 0, 0));
    QCOMPARE(QColor(image.pixel(131, 28)), QColor(0, 255, 0));
    QCOMPARE(QColor(image.pixel(195, 95)), toQColor(m_theme.current().bg1));
}

void ImGuiGlTest::aClickArrivesThroughTheNativeWindow() {
    InstrumentView view(m_theme, nullptr, Renderer::OpenGl);
    auto owned = std::make_unique<Buttons>();
    Buttons& buttons = *owned;
    view.setInstrument(std::move(owned));
    view.resize(200, 100);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QTRY_VERIFY(view.framesDrawn() > 0);
    QWindow* child = nullptr;
    for (QWindow* window : QGuiApplication::allWindows())
        child = window->inherits("QOpenGLWindow") || window->inherits("QPaintDeviceWindow") ? window : child;
    QVERIFY(child);
    QTest::mouseClick(child, Qt::LeftButton, {}, {40, 20});
    QTRY_COMPARE(buttons.clicks, 1);
}

void ImGuiGlTest::idleDrawsNothing() {
    InstrumentView view(m_theme, nullptr, Renderer::OpenGl);
    view.setInstrument(curves());
    view.resize(480, 220);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QTest::qWait(400);
    const int frames = view.framesDrawn();
    QTest::qWait(300);
    QCOMPARE(view.framesDrawn(), frames);
    view.invalidate();
    QTRY_VERIFY(view.framesDrawn() > frames);
}

void ImGuiGlTest::twoSurfacesKeepTheirFonts() {
    InstrumentView first(m_theme, nullptr, Renderer::OpenGl), second(m_theme, nullptr, Renderer::OpenGl);
    for (InstrumentView* view : {&first, &second}) {
        view->setInstrument(curves());
        view->resize(300, 160);
        view->show();
        QVERIFY(QTest::qWaitForWindowExposed(view));
        QTRY_VERIFY(view->framesDrawn() > 0);
    }
    QCOMPARE(first.grabImage(), second.grabImage());
}

int main(int argc, char** argv) {
    // Without a display there is nothing to compare: the offscreen platform lets the test say so.
    if (!qEnvironmentVariableIsSet("DISPLAY") && !qEnvironmentVariableIsSet("WAYLAND_DISPLAY"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    ImGuiGlTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_imgui_gl.moc"
