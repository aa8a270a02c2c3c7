#include "widgets/imgui/imgui_surface.h"

#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>

#include <imgui.h>

#include <cfloat>

using namespace convolab;

namespace {

class ButtonSurface : public ImGuiSurface {
public:
    using ImGuiSurface::ImGuiSurface;
    int clicks = 0, menus = 0;
    char text[32] = "";
    bool image = false;

protected:
    void drawFrame() override {
        ImGui::SetCursorPos({10, 10});
        if (ImGui::Button("Press", {80, 24}))
            ++clicks;
        ImGui::SetCursorPos({10, 50});
        ImGui::SetNextItemWidth(120);
        ImGui::InputText("##name", text, sizeof text);
        if (image) {
            ImGui::SetCursorPos({150, 10});
            ImGui::Image(texture("tile", {2, 1, 1, {0, 255}, 1}), {20, 10});
        }
    }
    void contextMenuAt(QPointF, QPoint) override { ++menus; }
};

}  // namespace

class ImGuiSurfaceTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void backgroundIsThePanels();
    void aQuickClickIsNotLost();
    void typingReachesTheField();
    void idleDrawsNothing();
    void dataIsRateLimited();
    void twoSurfacesAreIndependent();
    void themeChangeRestyles();
    void texturesAreShown();
    void rightClickAsksForTheMenu();
    void softwareRenderersAreKnown();
    void hiddenSurfacesDoNotDraw();

private:
    Theme m_theme;
};

void ImGuiSurfaceTest::init() { m_theme.setMode(ThemeMode::Dark); }

void ImGuiSurfaceTest::backgroundIsThePanels() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(200, 100);
    const QImage image = surface.grabImage();
    QCOMPARE(image.size(), QSize(200, 100));
    QCOMPARE(image.pixelColor(195, 95), toQColor(m_theme.current().bg1));
    QCOMPARE(image.pixelColor(20, 14), toQColor(m_theme.current().bg3));
}

void ImGuiSurfaceTest::aQuickClickIsNotLost() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(200, 100);
    surface.show();
    QVERIFY(QTest::qWaitForWindowExposed(&surface));
    // Press and release arrive before the next frame.
    QTest::mouseClick(&surface, Qt::LeftButton, {}, {40, 20});
    QTRY_COMPARE(surface.clicks, 1);
    QTest::mouseClick(&surface, Qt::LeftButton, {}, {40, 20});
    QTest::mouseClick(&surface, Qt::LeftButton, {}, {40, 20});
    QTRY_COMPARE(surface.clicks, 3);
    QTest::mouseClick(&surface, Qt::LeftButton, {}, {180, 90});
    QTest::mouseClick(&surface, Qt::LeftButton, {}, {40, 20});
    QTRY_COMPARE(surface.clicks, 4);
}

void ImGuiSurfaceTest::typingReachesTheField() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(200, 100);
    surface.show();
    QVERIFY(QTest::qWaitForWindowExposed(&surface));
    surface.activateWindow();
    QTest::mouseClick(&surface, Qt::LeftButton, {}, {40, 60});
    const int before = surface.framesDrawn();
    QTRY_VERIFY(surface.framesDrawn() >= before + 3);
    QTest::keyClicks(&surface, QStringLiteral("conv 2"));
    QTRY_COMPARE(QString::fromUtf8(surface.text), QStringLiteral("conv 2"));
    QTest::keyClick(&surface, Qt::Key_Backspace);
    QTest::keyClick(&surface, Qt::Key_Backspace);
    QTRY_COMPARE(QString::fromUtf8(surface.text), QStringLiteral("conv"));
}

void ImGuiSurfaceTest::idleDrawsNothing() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(200, 100);
    surface.show();
    QVERIFY(QTest::qWaitForWindowExposed(&surface));
    QTRY_VERIFY(surface.framesDrawn() > 0);
    // Wait until it has settled, then watch it do nothing for a third of a second.
    int frames = -1;
    QTRY_VERIFY(std::exchange(frames, surface.framesDrawn()) == surface.framesDrawn());
    QTest::qWait(150);
    frames = surface.framesDrawn();
    QTest::qWait(350);
    QCOMPARE(surface.framesDrawn(), frames);
    surface.update();
    QTest::qWait(50);
    QCOMPARE(surface.framesDrawn(), frames);  // an expose shows the last picture again
}

void ImGuiSurfaceTest::dataIsRateLimited() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(200, 100);
    surface.show();
    QVERIFY(QTest::qWaitForWindowExposed(&surface));
    QTest::qWait(100);
    const int before = surface.framesDrawn();
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < 520) {
        surface.requestRepaint(RepaintReason::Data);
        QTest::qWait(5);
    }
    const int drawn = surface.framesDrawn() - before;
    QVERIFY2(drawn >= 2 && drawn <= 7, qPrintable(QString::number(drawn)));
}

void ImGuiSurfaceTest::twoSurfacesAreIndependent() {
    ButtonSurface first(m_theme, nullptr, Renderer::Raster), second(m_theme, nullptr, Renderer::Raster);
    for (ButtonSurface* surface : {&first, &second}) {
        surface->resize(200, 100);
        surface->show();
        QVERIFY(QTest::qWaitForWindowExposed(surface));
    }
    QTest::mouseClick(&second, Qt::LeftButton, {}, {40, 20});
    QTRY_COMPARE(second.clicks, 1);
    QCOMPARE(first.clicks, 0);
}

void ImGuiSurfaceTest::themeChangeRestyles() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(100, 100);
    m_theme.setMode(ThemeMode::Light);
    QCOMPARE(surface.grabImage().pixelColor(95, 95), toQColor(tokens(ThemeMode::Light).bg1));
}

void ImGuiSurfaceTest::texturesAreShown() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(200, 100);
    surface.image = true;
    const QImage image = surface.grabImage();
    QCOMPARE(image.pixelColor(159, 15), QColor(0, 0, 0));
    QCOMPARE(image.pixelColor(160, 15), QColor(255, 255, 255));
}

void ImGuiSurfaceTest::rightClickAsksForTheMenu() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.resize(200, 100);
    surface.show();
    QTest::mouseClick(&surface, Qt::RightButton, {}, {40, 20});
    QCOMPARE(surface.menus, 1);
}

void ImGuiSurfaceTest::softwareRenderersAreKnown() {
    QVERIFY(isSoftwareRenderer(QStringLiteral("llvmpipe (LLVM 15.0.6, 256 bits)")));
    QVERIFY(isSoftwareRenderer(QStringLiteral("Software Rasterizer")));
    QVERIFY(!isSoftwareRenderer(QStringLiteral("NVIDIA GeForce RTX 3060/PCIe/SSE2")));
    QCOMPARE(defaultRenderer(), Renderer::Raster);  // Qt's offscreen platform has no OpenGL windows
}

void ImGuiSurfaceTest::hiddenSurfacesDoNotDraw() {
    ButtonSurface surface(m_theme, nullptr, Renderer::Raster);
    surface.requestRepaint();
    QTest::qWait(60);
    QCOMPARE(surface.framesDrawn(), 0);
}

QTEST_MAIN(ImGuiSurfaceTest)
#include "tst_imgui_surface.moc"
