// "clean + r (drawn × k) = adversarial": the image, what was added, and the sum, as large as the view allows.
#pragma once

#include "widgets/instruments/instrument.h"

#include <string>
#include <vector>

namespace convolab {

// Pixel values (C, H, W), one channel or three, in [0, 1]; of a perturbation in [-1, 1].
struct ValueImage {
    int width = 0, height = 0, channels = 1;
    std::vector<float> values;
    bool isEmpty() const { return values.empty(); }
};

// Grey or colour, as it is; values outside [0, 1] are cut off.
PixelImage pixelsOf(const ValueImage& image);
// `factor` times the values: diverging about 0 for one channel, about middle grey for colour.
PixelImage differencePixels(const ValueImage& image, double factor);

struct PerturbationPicture {
    std::string title, note;            // "Test image 5", "of 10,000"
    ValueImage clean, perturbation, adversarial;
    std::string cleanClass, cleanShare; // "4", "99.98 %"
    std::string bound;                  // "|r| ≤ 0.120"
    std::string adversarialClass, adversarialShare;
    bool fooled = false;                // the adversarial class is not the clean one
    bool preview = false;               // a better one is on its way: shown grey with "…"
    std::string emptyText = "No image";
    std::string message;                // a plain line below instead of the captions: what is missing; may be empty
};

class PerturbationInstrument : public Instrument {
public:
    void setPicture(PerturbationPicture picture);
    const PerturbationPicture& picture() const { return m_picture; }
    void setFactor(double factor);  // r is drawn × this
    double factor() const { return m_factor; }

    void draw(InstrumentContext& context) override;
    std::string accessibleText() const override;
    std::optional<InstrumentExport> exportAt(double x, double y) const override;

    // Where the three pictures stand in a view of this size.
    struct Places {
        PlotRect clean, perturbation, adversarial;
    };
    Places places(double width, double height) const;

private:
    void renewPixels();
    void drawTile(InstrumentContext& context, const char* key, const PixelImage& pixels, const PlotRect& place, bool outlined) const;
    void drawCaptions(InstrumentContext& context, const Places& places) const;
    void drawHover(InstrumentContext& context, const Places& places) const;
    std::string csv() const;
    std::string svg(ThemeMode mode) const;

    PerturbationPicture m_picture;
    double m_factor = 8;
    PixelImage m_clean, m_difference, m_adversarial;
};

}  // namespace convolab
