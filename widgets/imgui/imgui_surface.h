// A Qt widget that shows Dear ImGui. The picture comes from OpenGL 3.3 in a native child window where a real graphics
// processor answers, otherwise from our own raster into a QImage. Each surface has its own ImGui context; fonts are shared
// per scale. Frames are drawn on demand only: a surface on which nothing happens costs nothing. UI thread only.
#pragma once

#include "widgets/imgui/pixel_image.h"
#include "widgets/imgui/renderer_choice.h"
#include "widgets/theme/theme.h"

#include <QImage>
#include <QWidget>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

class QTimer;
struct ImDrawData;
struct ImFont;

namespace convolab {

class ImGuiHost;
class ImGuiBackend;

enum class RepaintReason { Interaction, Data };  // at most 60 and 30 (OpenGL) or 10 (raster) frames a second

class ImGuiSurface : public QWidget {
    Q_OBJECT

public:
    // Without a renderer, defaultRenderer() decides. The theme must outlive the surface.
    explicit ImGuiSurface(Theme& theme, QWidget* parent = nullptr, std::optional<Renderer> renderer = std::nullopt);
    ~ImGuiSurface() override;

    Renderer renderer() const;
    void requestRepaint(RepaintReason reason = RepaintReason::Interaction);
    int framesDrawn() const { return m_frames; }
    double lastFrameMilliseconds() const { return m_lastFrameMs; }  // building and drawing, on this thread
    QImage grabImage();  // in device pixels; draws first. Empty on OpenGL before the first expose

    Theme& theme() const { return m_theme; }
    ImFont* imFont(FontRole role) const;
    void* texture(const std::string& key, const PixelImage& image);  // an ImTextureID; only while drawing

protected:
    virtual void drawFrame() = 0;  // called with this surface's ImGui context current, between NewFrame and Render
    virtual void contextMenuAt(QPointF position, QPoint globalPosition);

    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void keepAwake() { m_settleFrames = std::max(m_settleFrames, 1); }
    bool focusNextPrevChild(bool next) override;

private:
    friend class ImGuiBackend;

    ImDrawData* buildFrame();
    bool handleInput(QEvent* event);  // from the widget or from the native child window
    void frameDrawn(double milliseconds);
    void scheduleFrame();

    Theme& m_theme;
    std::unique_ptr<ImGuiHost> m_host;
    std::unique_ptr<ImGuiBackend> m_backend;
    QTimer* m_timer = nullptr;
    qint64 m_lastFrameAt = 0;  // ms of a steady clock
    int m_frames = 0;
    int m_settleFrames = 0;
    double m_lastFrameMs = 0;
    bool m_dataPending = false, m_interactionPending = false;
};

}  // namespace convolab
