// The roofline: attained FLOP/s over FLOP per byte moved, under what arithmetic and memory allow. Layers are points that
// can be pointed at and chosen; a second point of the same layer (a larger batch) hangs on a dotted line.
#pragma once

#include "widgets/instruments/instrument.h"

#include <vector>

namespace convolab {

struct RooflinePicture {
    struct Roof {
        std::string label = {};           // "AVX2, 48 GFLOP/s"
        double flops = 0;            // FLOP/s of the flat part
        double bytesPerSecond = 0;   // slope of the other part
        std::string slopeLabel = {};      // "22 GB/s": in words only, there is no room at the slope
        bool dashed = false;
    };
    struct Place {
        double flopPerByte = 0, flops = 0;
    };
    struct Layer {
        std::string name = {};
        GroupColor group = GroupColor::Shape;
        int key = 0;                 // handed back when it is chosen
        std::optional<Place> first, second;
        std::string note = {};            // "memory-bound", for the tooltip
        bool selected = false;
    };
    std::vector<Roof> roofs = {};         // the first one is the one that counts
    std::vector<Layer> layers = {};
    std::string firstLabel = "batch 1", secondLabel = "batch 64";
    std::string emptyText = {};
};

class RooflineInstrument : public Instrument {
public:
    void setPicture(RooflinePicture picture);
    const RooflinePicture& picture() const { return m_picture; }
    void setChosen(std::function<void(int key)> callback) { m_chosen = std::move(callback); }

    void draw(InstrumentContext& context) override;
    std::string accessibleText() const override;
    std::optional<InstrumentExport> exportAt(double x, double y) const override;

    const PlotDescription& plot() const { return m_plot; }  // axes and roofs; what leaves the program has the layers, too

private:
    PlotDescription exported() const;
    std::string csv() const;
    // Names keep clear of what is `taken`.
    void drawLayers(InstrumentContext& context, const PlotLayout& layout, std::vector<PlotRect> taken);
    std::vector<PlotRect> drawRoofLabels(InstrumentContext& context, const PlotLayout& layout) const;
    void drawLegend(InstrumentContext& context, const PlotLayout& layout) const;
    void answer(InstrumentContext& context, const PlotLayout& layout);

    RooflinePicture m_picture;
    PlotDescription m_plot;
    std::function<void(int)> m_chosen;
};

}  // namespace convolab
