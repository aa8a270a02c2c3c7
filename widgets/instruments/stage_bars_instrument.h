// What each stage of a process leaves: a row per stage with a bar from zero, its amount and a remark.
#pragma once

#include "widgets/instruments/instrument.h"

#include <string>
#include <vector>

namespace convolab {

struct StageBar {
    std::string name;    // "pruned"
    double amount = 0;   // drawn
    std::string value;   // "28.4 KiB"
    std::string remark;  // "10.8×, 98.9 %"; may be empty
    bool planned = false;  // hatched: not reached yet
};

struct StagePicture {
    std::string title;
    std::string note;    // at the upper right
    std::vector<StageBar> bars;
    std::string emptyText = "Nothing yet";
};

class StageBarsInstrument : public Instrument {
public:
    void setPicture(StagePicture picture) { m_picture = std::move(picture); }
    const StagePicture& picture() const { return m_picture; }

    void draw(InstrumentContext& context) override;
    std::string accessibleText() const override;
    std::optional<InstrumentExport> exportAt(double x, double y) const override;

    PlotRect bar(std::size_t index, double width, double height) const;  // where it stands in a view of this size

private:
    double share(std::size_t index) const;
    std::string csv() const;
    std::string svg(ThemeMode mode) const;

    StagePicture m_picture;
};

}  // namespace convolab
