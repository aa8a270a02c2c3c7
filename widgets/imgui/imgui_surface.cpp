#include "widgets/imgui/imgui_surface.h"

#include "widgets/imgui/imgui_backend.h"

#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QTimer>

namespace convolab {
namespace {

constexpr double kInteractionMs = 1000.0 / 60, kDataGlMs = 1000.0 / 30, kDataRasterMs = 1000.0 / 10;
constexpr double kShareOfCore = 0.05;  // what painting data may cost on the raster
constexpr int kSettleFrames = 2;       // ImGui needs a frame or two until hover and popups have settled

qint64 steadyMilliseconds() {
    static QElapsedTimer clock = [] {
        QElapsedTimer timer;
        timer.start();
        return timer;
    }();
    return clock.elapsed();
}

}  // namespace

ImGuiSurface::ImGuiSurface(Theme& theme, QWidget* parent, std::optional<Renderer> renderer)
    : QWidget(parent), m_theme(theme), m_host(std::make_unique<ImGuiHost>()), m_timer(new QTimer(this)) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    m_backend = renderer.value_or(defaultRenderer()) == Renderer::OpenGl ? makeGlBackend(*this) : makeRasterBackend(*this);
    m_timer->setSingleShot(true);
    m_timer->setTimerType(Qt::PreciseTimer);
    connect(m_timer, &QTimer::timeout, this, [this] {
        m_dataPending = m_interactionPending = false;
        m_backend->draw();
    });
    connect(&theme, &Theme::changed, this, [this] { requestRepaint(); });
}

ImGuiSurface::~ImGuiSurface() { m_backend.reset(); }

Renderer ImGuiSurface::renderer() const { return m_backend->kind(); }

ImFont* ImGuiSurface::imFont(FontRole role) const { return m_host->fonts().font(role); }

void* ImGuiSurface::texture(const std::string& key, const PixelImage& image) { return m_backend->texture(key, image); }

void ImGuiSurface::requestRepaint(RepaintReason reason) {
    (reason == RepaintReason::Data ? m_dataPending : m_interactionPending) = true;
    scheduleFrame();
}

void ImGuiSurface::scheduleFrame() {
    if (!isVisible())
        return;
    double interval = kInteractionMs;
    if (!m_interactionPending && m_settleFrames == 0) {
        interval = kDataGlMs;
        if (renderer() == Renderer::Raster)
            interval = std::clamp(m_lastFrameMs / kShareOfCore, kDataRasterMs, 1000.0);
    }
    const qint64 due = m_lastFrameAt + static_cast<qint64>(interval);
    const int wait = static_cast<int>(std::max<qint64>(0, due - steadyMilliseconds()));
    if (!m_timer->isActive() || m_timer->remainingTime() > wait)
        m_timer->start(wait);
}

QImage ImGuiSurface::grabImage() {
    // Queued input and ImGui's own layout both take a few frames.
    for (int frame = 0; frame < kSettleFrames; ++frame)
        (void)m_backend->grab();
    return m_backend->grab();
}

ImDrawData* ImGuiSurface::buildFrame() {
    const qint64 now = steadyMilliseconds();
    const double seconds = static_cast<double>(now - m_lastFrameAt) * 1e-3;
    m_lastFrameAt = now;
    m_settleFrames = m_host->input().isEmpty() ? std::max(0, m_settleFrames - 1) : kSettleFrames;
    return m_host->frame(QSizeF(size()), m_theme.current(), seconds, [this] { drawFrame(); });
}

void ImGuiSurface::frameDrawn(double milliseconds) {
    ++m_frames;
    m_lastFrameMs = milliseconds;
    m_backend->setCursor(m_host->cursor());
    if (!m_host->input().isEmpty() || m_settleFrames > 0)
        requestRepaint();
}

bool ImGuiSurface::handleInput(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride && m_host->wantsText()) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::MouseButtonPress) {
        auto* mouse = static_cast<QMouseEvent*>(event);
        setFocus(Qt::MouseFocusReason);
        if (mouse->button() == Qt::RightButton) {
            contextMenuAt(mouse->position(), mouse->globalPosition().toPoint());
            return true;
        }
    }
    const bool isKey = event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease;
    if (!m_host->input().add(event))
        return false;
    m_settleFrames = kSettleFrames;
    requestRepaint();
    // Keys that nothing in ImGui waits for stay the window's: the space bar pauses, Tab moves on.
    return !isKey || m_host->wantsText();
}

void ImGuiSurface::contextMenuAt(QPointF, QPoint) {}

bool ImGuiSurface::event(QEvent* event) {
    if (!m_backend || m_backend->kind() == Renderer::OpenGl)
        return QWidget::event(event);
    const bool focus = event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut || event->type() == QEvent::Leave;
    const bool taken = handleInput(event);
    return taken && !focus ? true : QWidget::event(event);
}

void ImGuiSurface::paintEvent(QPaintEvent* event) { m_backend->paint(event); }

void ImGuiSurface::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    requestRepaint();
}

void ImGuiSurface::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    requestRepaint();
}

bool ImGuiSurface::focusNextPrevChild(bool next) { return m_host->wantsText() ? false : QWidget::focusNextPrevChild(next); }

}  // namespace convolab
