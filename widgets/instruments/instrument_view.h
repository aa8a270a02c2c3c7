// The widget that shows one Instrument, with a context menu to copy it as text, CSV, picture or SVG.
#pragma once

#include "widgets/imgui/imgui_surface.h"
#include "widgets/instruments/instrument.h"

#include <memory>

class QMenu;

namespace convolab {

class InstrumentView : public ImGuiSurface {
    Q_OBJECT

public:
    explicit InstrumentView(Theme& theme, QWidget* parent = nullptr, std::optional<Renderer> renderer = std::nullopt);
    ~InstrumentView() override;

    void setInstrument(std::unique_ptr<Instrument> instrument);
    Instrument* instrument() const { return m_instrument.get(); }
    void invalidate() { requestRepaint(RepaintReason::Data); }  // after the instrument's data changed

    // The menu for what stands at a position, or null where nothing can be copied. The caller owns it.
    std::unique_ptr<QMenu> makeMenu(QPointF position);

protected:
    void drawFrame() override;
    void contextMenuAt(QPointF position, QPoint globalPosition) override;
    bool event(QEvent* event) override;

private:
    std::unique_ptr<Instrument> m_instrument;
};

}  // namespace convolab
