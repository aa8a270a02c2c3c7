// An instrument is one picture drawn with Dear ImGui, on OpenGL or on the CPU, from data that its owner hands it.
// UI thread only.
#pragma once

#include "widgets/imgui/pixel_image.h"
#include "widgets/plots/plot_description.h"
#include "widgets/plots/plot_layout.h"
#include "widgets/theme/theme.h"

#include <functional>
#include <optional>
#include <string>

struct ImFont;

namespace convolab {

// What the surface lends to an instrument for one frame. Lengths are logical pixels; the origin is the view's upper left.
class InstrumentContext {
public:
    virtual ~InstrumentContext() = default;
    virtual const Tokens& tokens() const = 0;
    virtual double width() const = 0;
    virtual double height() const = 0;
    virtual double devicePixelRatio() const = 0;
    virtual ImFont* font(FontRole role) const = 0;  // Heat cells and start page fall back to the key number's size
    // Uploads or renews an image; key is the caller's own name for it. The result is an ImTextureID, valid in this frame.
    virtual void* texture(const std::string& key, const PixelImage& image) = 0;
    virtual void keepAwake() = 0;  // asks for one more frame after this one
};

// What the context menu copies or saves. The functions are called only when a person chooses them.
struct InstrumentExport {
    std::string name;  // of the file: "Loss"
    std::function<std::string()> text, csv;
    std::function<std::string(ThemeMode)> svg;
};

class Instrument {
public:
    virtual ~Instrument() = default;
    virtual void draw(InstrumentContext& context) = 0;
    virtual std::string accessibleText() const = 0;  // read by screen readers
    virtual std::optional<InstrumentExport> exportAt(double, double) const { return std::nullopt; }
};

}  // namespace convolab
