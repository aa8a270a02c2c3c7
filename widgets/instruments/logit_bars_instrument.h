// The values before the softmax, clean (dashed) and adversarial (filled), one row per class about a common zero.
#pragma once

#include "widgets/instruments/instrument.h"

#include <string>
#include <vector>

namespace convolab {

struct LogitRow {
    std::string name;            // of the class
    double clean = 0, adversarial = 0;
    double cleanShare = 0, adversarialShare = 0;  // probabilities, for the hover values
};

struct LogitPicture {
    std::vector<LogitRow> rows;  // every class, by index
    int cleanClass = -1;         // predicted on the clean image
    int adversarialClass = -1;   // on the adversarial one
    bool adversarialKnown = true;  // false: only the clean values are drawn
    bool preview = false;
    std::string emptyText = "No image";
};

class LogitBarsInstrument : public Instrument {
public:
    void setPicture(LogitPicture picture) { m_picture = std::move(picture); }
    const LogitPicture& picture() const { return m_picture; }

    void draw(InstrumentContext& context) override;
    std::string accessibleText() const override;
    std::optional<InstrumentExport> exportAt(double x, double y) const override;

    // Where the bars of a class stand in a view of this size; nothing where its row does not fit. Rows that do not fit
    // are those with the smallest probabilities.
    struct Bar {
        PlotRect clean, adversarial;
    };
    std::optional<Bar> bar(int index, double width, double height) const;

private:
    struct Layout;
    Layout layout(double width, double height, const TextWidth& textWidth) const;
    void drawRow(InstrumentContext& context, const Layout& layout, std::size_t row) const;
    void drawHover(InstrumentContext& context, const Layout& layout) const;
    std::string csv() const;
    std::string svg(ThemeMode mode) const;

    LogitPicture m_picture;
    double m_names = 0;  // width of the longest class name, as last drawn
};

}  // namespace convolab
