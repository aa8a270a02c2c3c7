#include "widgets/imgui/renderer_choice.h"

#include <QGuiApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>

namespace convolab {
namespace {

Renderer decide() {
    const QString platform = QGuiApplication::platformName();
    if (platform == QLatin1String("offscreen") || platform == QLatin1String("minimal"))
        return Renderer::Raster;
    const QByteArray wanted = qgetenv("CONVOLAB_RENDERER").toLower();
    if (wanted == "raster")
        return Renderer::Raster;
    const QString renderer = probeOpenGl();
    if (renderer.isEmpty())
        return Renderer::Raster;
    return wanted == "gl" || !isSoftwareRenderer(renderer) ? Renderer::OpenGl : Renderer::Raster;
}

}  // namespace

bool isSoftwareRenderer(const QString& glRenderer) {
    for (const char* name : {"llvmpipe", "softpipe", "swrast", "software"}) {
        if (glRenderer.contains(QLatin1String(name), Qt::CaseInsensitive))
            return true;
    }
    return false;
}

QString probeOpenGl() {
    QSurfaceFormat format;
    format.setVersion(3, 3);
    format.setProfile(QSurfaceFormat::CoreProfile);
    QOpenGLContext context;
    context.setFormat(format);
    if (!context.create() || context.format().version() < std::pair(3, 3))
        return {};
    QOffscreenSurface surface;
    surface.setFormat(context.format());
    surface.create();
    if (!surface.isValid() || !context.makeCurrent(&surface))
        return {};
    const auto* name = reinterpret_cast<const char*>(context.functions()->glGetString(GL_RENDERER));
    const QString renderer = QString::fromUtf8(name ? name : "");
    context.doneCurrent();
    return renderer;
}

Renderer defaultRenderer() {
    static const Renderer kChoice = decide();
    return kChoice;
}

}  // namespace convolab
