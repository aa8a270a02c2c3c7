#include "widgets/instruments/instrument_view.h"

#include "widgets/instruments/export_menu.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QMenu>

namespace convolab {
namespace {

class SurfaceContext : public InstrumentContext {
public:
    explicit SurfaceContext(ImGuiSurface& surface, std::function<void()> keepAwake)
        : m_surface(surface), m_keepAwake(std::move(keepAwake)) {}

    const Tokens& tokens() const override { return m_surface.theme().current(); }
    double width() const override { return m_surface.width(); }
    double height() const override { return m_surface.height(); }
    double devicePixelRatio() const override { return m_surface.devicePixelRatioF(); }
    ImFont* font(FontRole role) const override { return m_surface.imFont(role); }
    void* texture(const std::string& key, const PixelImage& image) override { return m_surface.texture(key, image); }
    void keepAwake() override { m_keepAwake(); }

private:
    ImGuiSurface& m_surface;
    std::function<void()> m_keepAwake;
};

}  // namespace

InstrumentView::InstrumentView(Theme& theme, QWidget* parent, std::optional<Renderer> renderer) : ImGuiSurface(theme, parent, renderer) {}

InstrumentView::~InstrumentView() = default;

void InstrumentView::setInstrument(std::unique_ptr<Instrument> instrument) {
    m_instrument = std::move(instrument);
    requestRepaint();
}

void InstrumentView::drawFrame() {
    if (!m_instrument)
        return;
    SurfaceContext context(*this, [this] { keepAwake(); });
    m_instrument->draw(context);
    if (QAccessible::isActive())
        setAccessibleDescription(QString::fromStdString(m_instrument->accessibleText()));
}

std::unique_ptr<QMenu> InstrumentView::makeMenu(QPointF position) {
    const auto source = m_instrument ? m_instrument->exportAt(position.x(), position.y()) : std::nullopt;
    if (!source)
        return nullptr;
    auto menu = std::make_unique<QMenu>(this);
    addExportActions(*menu, *source, theme().mode());
    return menu;
}

void InstrumentView::contextMenuAt(QPointF position, QPoint globalPosition) {
    std::unique_ptr<QMenu> menu = makeMenu(position);
    if (!menu)
        return;
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu.release()->popup(globalPosition);
}

bool InstrumentView::event(QEvent* event) {
    // The Menu key and Shift+F10 come as a context menu event; the mouse's was answered at its press.
    if (event->type() == QEvent::ContextMenu) {
        auto* request = static_cast<QContextMenuEvent*>(event);
        if (request->reason() == QContextMenuEvent::Keyboard)
            contextMenuAt(rect().center(), mapToGlobal(rect().center()));
        return true;
    }
    return ImGuiSurface::event(event);
}

}  // namespace convolab
