#include "widgets/imgui/font_atlas.h"
#include "widgets/imgui/raster.h"

#include <QImage>
#include <QTest>

#include <imgui.h>

using namespace convolab;

namespace {

// Draws into a bare draw list, without windows or style.
class Canvas {
public:
    explicit Canvas(QSize size) : m_image(size, QImage::Format_RGB32), m_fonts(FontAtlas::forScale(1)) {
        m_image.fill(QColor(10, 20, 30));
        m_context = ImGui::CreateContext(m_fonts->atlas());
        ImGui::SetCurrentContext(m_context);
        m_font = {m_fonts->atlas()->TexWidth, m_fonts->atlas()->TexHeight, m_fonts->atlas()->TexPixelsAlpha8, {}};
        m_fonts->atlas()->SetTexID(&m_font);
        ImGui::GetIO().DisplaySize = {static_cast<float>(size.width()), static_cast<float>(size.height())};
        ImGui::GetIO().IniFilename = nullptr;
        ImGui::GetIO().DeltaTime = 0.016f;
        ImGui::NewFrame();
    }
    ~Canvas() { ImGui::DestroyContext(m_context); }

    ImDrawList* list() { return ImGui::GetForegroundDrawList(); }
    ImFont* font() { return m_fonts->font(FontRole::Body); }
    const QImage& finish() {
        ImGui::Render();
        rasterize(*ImGui::GetDrawData(), m_image);
        return m_image;
    }

private:
    QImage m_image;
    std::shared_ptr<FontAtlas> m_fonts;
    RasterTexture m_font;
    ImGuiContext* m_context;
};

int changedPixels(const QImage& image) {
    int changed = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            changed += image.pixelColor(x, y) != QColor(10, 20, 30);
    }
    return changed;
}

}  // namespace

class RasterTest : public QObject {
    Q_OBJECT

private slots:
    void rectanglesFillExactly();
    void translucencyBlends();
    void clippingHolds();
    void textIsDrawnInItsColour();
    void imagesAreNearestNeighbour();
    void trianglesMeetWithoutOverlap();
    void linesAreAntiAliased();
    void shapesOutsideAreHarmless();
};

void RasterTest::rectanglesFillExactly() {
    Canvas canvas({40, 30});
    canvas.list()->AddRectFilled({5, 6}, {15, 12}, IM_COL32(200, 100, 50, 255));
    const QImage& image = canvas.finish();
    QCOMPARE(changedPixels(image), 60);
    QCOMPARE(image.pixelColor(5, 6), QColor(200, 100, 50));
    QCOMPARE(image.pixelColor(14, 11), QColor(200, 100, 50));
    QCOMPARE(image.pixelColor(15, 11), QColor(10, 20, 30));
}

void RasterTest::translucencyBlends() {
    Canvas canvas({10, 10});
    canvas.list()->AddRectFilled({0, 0}, {10, 10}, IM_COL32(250, 0, 130, 128));
    const QColor color = canvas.finish().pixelColor(4, 4);
    QVERIFY(std::abs(color.red() - 130) <= 2 && std::abs(color.green() - 10) <= 2 && std::abs(color.blue() - 80) <= 2);
}

void RasterTest::clippingHolds() {
    Canvas canvas({40, 30});
    canvas.list()->PushClipRect({10, 10}, {20, 20});
    canvas.list()->AddRectFilled({0, 0}, {40, 30}, IM_COL32_WHITE);
    canvas.list()->AddCircleFilled({20, 20}, 15, IM_COL32(255, 0, 0, 255));
    canvas.list()->PopClipRect();
    QCOMPARE(changedPixels(canvas.finish()), 100);
}

void RasterTest::textIsDrawnInItsColour() {
    Canvas canvas({120, 30});
    canvas.list()->AddText(canvas.font(), canvas.font()->FontSize, {4, 4}, IM_COL32(255, 255, 255, 255), "H 12 \u2212\u2207");
    const QImage& image = canvas.finish();
    QVERIFY(changedPixels(image) > 60);
    // The stems of H are full white somewhere.
    bool white = false;
    for (int x = 4; x < 16; ++x)
        white = white || image.pixelColor(x, 12).lightness() > 220;
    QVERIFY(white);
    for (const ImWchar code : {ImWchar(0x2212), ImWchar(0x2207), ImWchar(0x25B2), ImWchar(0x3B7), ImWchar(0xD7)})
        QVERIFY2(canvas.font()->FindGlyphNoFallback(code), qPrintable(QString::number(code, 16)));
}

void RasterTest::imagesAreNearestNeighbour() {
    RasterTexture texture = makeRasterTexture({2, 2, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}, 1});
    Canvas canvas({40, 40});
    canvas.list()->AddImage(&texture, {0, 0}, {20, 20});
    const QImage& image = canvas.finish();
    QCOMPARE(image.pixelColor(9, 9), QColor(255, 0, 0));
    QCOMPARE(image.pixelColor(10, 9), QColor(0, 255, 0));
    QCOMPARE(image.pixelColor(9, 10), QColor(0, 0, 255));
    QCOMPARE(image.pixelColor(19, 19), QColor(255, 255, 255));
    QCOMPARE(image.pixelColor(20, 20), QColor(10, 20, 30));
    const RasterTexture grey = makeRasterTexture({1, 1, 1, {77}, 0});
    QCOMPARE(grey.argb[0], 0xFF4D4D4Du);
}

void RasterTest::trianglesMeetWithoutOverlap() {
    Canvas canvas({64, 64});
    // Half-transparent: a pixel drawn twice, or not at all, would differ from its neighbours.
    canvas.list()->Flags = ImDrawListFlags_None;
    const ImU32 color = IM_COL32(255, 255, 255, 100);
    canvas.list()->AddTriangleFilled({3.3f, 2.1f}, {60.7f, 20.2f}, {30.2f, 40.9f}, color);
    canvas.list()->AddTriangleFilled({60.7f, 20.2f}, {62.5f, 61.3f}, {30.2f, 40.9f}, color);
    const QImage& image = canvas.finish();
    QSet<QRgb> colors;
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x)
            colors.insert(image.pixel(x, y));
    }
    QCOMPARE(colors.size(), 2);
    // On the shared edge's way from (60.7, 20.2) to (30.2, 40.9).
    for (int y = 21; y < 40; ++y)
        QVERIFY(image.pixelColor(static_cast<int>(60.7 - (y + 0.5 - 20.2) * 30.5 / 20.7), y) != QColor(10, 20, 30));
}

void RasterTest::linesAreAntiAliased() {
    Canvas canvas({64, 64});
    const ImVec2 points[] = {{4, 8.5f}, {60, 30.5f}, {10, 60}};
    canvas.list()->Flags = ImDrawListFlags_AntiAliasedLines;
    canvas.list()->AddPolyline(points, 3, IM_COL32(255, 255, 255, 255), 0, 1.75f);
    const QImage& image = canvas.finish();
    QSet<QRgb> colors;
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x)
            colors.insert(image.pixel(x, y));
    }
    QVERIFY(colors.size() > 20);
    QVERIFY(colors.contains(qRgb(255, 255, 255)));
}

void RasterTest::shapesOutsideAreHarmless() {
    Canvas canvas({32, 32});
    canvas.list()->AddRectFilled({-1e5f, -1e5f}, {-10, -10}, IM_COL32_WHITE);
    canvas.list()->AddTriangleFilled({-1e7f, 5}, {1e7f, 6}, {40, 1e7f}, IM_COL32_WHITE);
    canvas.list()->AddLine({-500, 16}, {500, 16}, IM_COL32_WHITE, 3);
    QVERIFY(changedPixels(canvas.finish()) > 90);
}

QTEST_MAIN(RasterTest)
#include "tst_raster.moc"
