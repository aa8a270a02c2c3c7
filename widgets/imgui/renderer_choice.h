// Which renderer draws the instruments.
#pragma once

#include <QString>

#include <optional>

namespace convolab {

enum class Renderer { OpenGl, Raster };

// CONVOLAB_RENDERER=gl|raster wins; else OpenGL where a 3.3 core context on real hardware can be made; else raster.
// Never OpenGL on Qt's offscreen and minimal platforms, which have no native child windows. Decided once per process.
Renderer defaultRenderer();

// True for Mesa's llvmpipe and softpipe, swrast and other software rasterisers.
bool isSoftwareRenderer(const QString& glRenderer);

// The GL_RENDERER string of a 3.3 core context; empty where none can be made.
QString probeOpenGl();

}  // namespace convolab
