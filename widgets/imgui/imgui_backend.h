// How a surface gets its picture: by OpenGL or by the raster. Internal to this folder.
#pragma once

#include "widgets/imgui/imgui_host.h"
#include "widgets/imgui/imgui_surface.h"

struct ImDrawData;

namespace convolab {

class ImGuiBackend {
public:
    explicit ImGuiBackend(ImGuiSurface& surface) : m_surface(surface) {}
    virtual ~ImGuiBackend() = default;

    virtual Renderer kind() const = 0;
    virtual void draw() = 0;  // one frame, now or as soon as the window system allows
    virtual QImage grab() = 0;
    virtual void* texture(const std::string& key, const PixelImage& image) = 0;
    virtual void paint(QPaintEvent*) {}
    virtual void setCursor(Qt::CursorShape shape) { m_surface.setCursor(shape); }

protected:
    ImDrawData* buildFrame() { return m_surface.buildFrame(); }
    ImGuiHost& host() { return *m_surface.m_host; }
    void frameDrawn(double milliseconds) { m_surface.frameDrawn(milliseconds); }
    bool handleInput(QEvent* event) { return m_surface.handleInput(event); }

    ImGuiSurface& m_surface;
};

std::unique_ptr<ImGuiBackend> makeRasterBackend(ImGuiSurface& surface);
std::unique_ptr<ImGuiBackend> makeGlBackend(ImGuiSurface& surface);

}  // namespace convolab
