#include "widgets/imgui/imgui_backend.h"
#include "widgets/imgui/raster.h"

#include <QElapsedTimer>
#include <QPaintEvent>
#include <QPainter>

#include <imgui.h>

#include <map>

namespace convolab {
namespace {

class RasterBackend : public ImGuiBackend {
public:
    using ImGuiBackend::ImGuiBackend;

    Renderer kind() const override { return Renderer::Raster; }

    void draw() override {
        drawImage();
        m_surface.update();
    }

    QImage grab() override {
        drawImage();
        return m_image.copy();
    }

    void* texture(const std::string& key, const PixelImage& image) override {
        Slot& slot = m_textures[key];
        const bool same = image.version != 0 && slot.version == image.version && slot.texture.width == image.width &&
                          slot.texture.height == image.height;
        if (!same)
            slot = {makeRasterTexture(image), image.version};
        return &slot.texture;
    }

    void paint(QPaintEvent* event) override {
        const double ratio = m_surface.devicePixelRatioF();
        if (m_image.size() != pixelSize(ratio))
            drawImage();
        QPainter painter(&m_surface);
        const QRect area = event->rect();
        painter.drawImage(QRectF(area), m_image, QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio));
    }

private:
    struct Slot {
        RasterTexture texture;
        std::uint64_t version = 0;
    };

    QSize pixelSize(double ratio) const { return (QSizeF(m_surface.size()) * ratio).toSize().expandedTo({1, 1}); }

    void drawImage() {
        QElapsedTimer timer;
        timer.start();
        const double ratio = m_surface.devicePixelRatioF();
        host().setScale(ratio);
        ImFontAtlas* atlas = host().fonts().atlas();
        m_font.width = atlas->TexWidth;
        m_font.height = atlas->TexHeight;
        m_font.alpha = atlas->TexPixelsAlpha8;
        atlas->SetTexID(&m_font);
        const ImDrawData* data = buildFrame();
        if (m_image.size() != pixelSize(ratio))
            m_image = QImage(pixelSize(ratio), QImage::Format_RGB32);
        rasterize(*data, m_image);
        frameDrawn(static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    }

    QImage m_image;
    RasterTexture m_font;
    std::map<std::string, Slot> m_textures;
};

}  // namespace

std::unique_ptr<ImGuiBackend> makeRasterBackend(ImGuiSurface& surface) { return std::make_unique<RasterBackend>(surface); }

}  // namespace convolab
