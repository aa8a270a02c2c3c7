#include "widgets/imgui/imgui_backend.h"

#include <QElapsedTimer>
#include <QEvent>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QOpenGLWindow>
#include <QVBoxLayout>

#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <map>

namespace convolab {

namespace {
class GlBackend;
}

// The native child window; it hands its events to the surface, which it outlives never.
class GlSurfaceWindow : public QOpenGLWindow {
public:
    explicit GlSurfaceWindow(GlBackend& backend) : m_backend(backend) {
        QSurfaceFormat format;
        format.setVersion(3, 3);
        format.setProfile(QSurfaceFormat::CoreProfile);
        format.setSwapInterval(0);  // several surfaces must not wait for one another
        setFormat(format);
    }

protected:
    void initializeGL() override;
    void paintGL() override;
    bool event(QEvent* event) override;

private:
    GlBackend& m_backend;
};

namespace {

class GlBackend : public ImGuiBackend {
public:
    explicit GlBackend(ImGuiSurface& surface) : ImGuiBackend(surface), m_window(new GlSurfaceWindow(*this)) {
        QWidget* container = QWidget::createWindowContainer(m_window, &surface);
        container->setFocusPolicy(Qt::StrongFocus);
        container->setMinimumSize(1, 1);
        surface.setFocusProxy(container);
        auto* layout = new QVBoxLayout(&surface);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(container);
    }

    // The container deletes the window, and with it the context, after this.
    ~GlBackend() override {
        if (!m_ready)
            return;
        m_window->makeCurrent();
        host().makeCurrent();
        for (const auto& [key, slot] : m_textures)
            gl()->glDeleteTextures(1, &slot.id);
        host().fonts().atlas()->SetTexID(m_fontTexture);
        ImGui_ImplOpenGL3_Shutdown();
        m_window->doneCurrent();
        delete m_window;
    }

    Renderer kind() const override { return Renderer::OpenGl; }
    void draw() override { m_window->update(); }
    QImage grab() override { return m_window->grabFramebuffer(); }
    void setCursor(Qt::CursorShape shape) override { m_window->setCursor(shape); }

    void* texture(const std::string& key, const PixelImage& image) override {
        Slot& slot = m_textures[key];
        const bool same = slot.id && image.version != 0 && slot.version == image.version && slot.size == QSize(image.width, image.height);
        if (!same)
            upload(slot, image);
        return reinterpret_cast<void*>(static_cast<std::intptr_t>(slot.id));
    }

    void initialize() {
        host().makeCurrent();
        ImGui_ImplOpenGL3_Init("#version 330 core");
        m_ready = true;
    }

    void paint() {
        QElapsedTimer timer;
        timer.start();
        const double ratio = m_window->devicePixelRatio();
        const FontAtlas* before = &host().fonts();
        host().setScale(ratio);
        host().makeCurrent();
        if (m_fontTexture == nullptr || before != &host().fonts()) {
            // The backend deletes the texture that the atlas names, so name ours of the former scale.
            host().fonts().atlas()->SetTexID(m_fontTexture);
            ImGui_ImplOpenGL3_DestroyFontsTexture();
            ImGui_ImplOpenGL3_NewFrame();
            ImGui_ImplOpenGL3_DestroyFontsTexture();
            ImGui_ImplOpenGL3_CreateFontsTexture();
            m_fontTexture = host().fonts().atlas()->TexID;
        }
        host().fonts().atlas()->SetTexID(m_fontTexture);
        ImGui_ImplOpenGL3_NewFrame();
        ImDrawData* data = buildFrame();
        const ThemeColor color = m_surface.theme().current().bg1;
        const auto part = [](std::uint8_t channel) { return static_cast<float>(channel) / 255; };
        gl()->glClearColor(part(color.red), part(color.green), part(color.blue), 1);
        gl()->glClear(GL_COLOR_BUFFER_BIT);
        ImGui_ImplOpenGL3_RenderDrawData(data);
        frameDrawn(static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    }

    bool input(QEvent* event) { return handleInput(event); }

private:
    struct Slot {
        GLuint id = 0;
        std::uint64_t version = 0;
        QSize size;
    };

    QOpenGLFunctions* gl() { return m_window->context()->functions(); }

    void upload(Slot& slot, const PixelImage& image) {
        const auto count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
        const auto channels = static_cast<std::size_t>(image.channels);
        std::vector<std::uint8_t> rgba(count * 4, 255);
        if (image.pixels.size() >= count * channels) {
            for (std::size_t i = 0; i < count; ++i) {
                const std::uint8_t* pixel = image.pixels.data() + i * channels;
                for (std::size_t c = 0; c < 3; ++c)
                    rgba[4 * i + c] = channels >= 3 ? pixel[c] : pixel[0];
                rgba[4 * i + 3] = channels == 4 ? pixel[3] : 255;
            }
        }
        if (!slot.id)
            gl()->glGenTextures(1, &slot.id);
        gl()->glBindTexture(GL_TEXTURE_2D, slot.id);
        for (const GLenum parameter : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER})
            gl()->glTexParameteri(GL_TEXTURE_2D, parameter, GL_NEAREST);
        for (const GLenum parameter : {GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T})
            gl()->glTexParameteri(GL_TEXTURE_2D, parameter, GL_CLAMP_TO_EDGE);
        gl()->glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, image.width, image.height, 0, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
        slot.version = image.version;
        slot.size = {image.width, image.height};
    }

    GlSurfaceWindow* m_window;
    std::map<std::string, Slot> m_textures;
    void* m_fontTexture = nullptr;
    bool m_ready = false;
};

}  // namespace

void GlSurfaceWindow::initializeGL() { m_backend.initialize(); }

void GlSurfaceWindow::paintGL() { m_backend.paint(); }

bool GlSurfaceWindow::event(QEvent* event) { return m_backend.input(event) || QOpenGLWindow::event(event); }

std::unique_ptr<ImGuiBackend> makeGlBackend(ImGuiSurface& surface) { return std::make_unique<GlBackend>(surface); }

}  // namespace convolab
