// The window with the lens Look inside in front, and what tests ask of it.
#pragma once

#include <QApplication>
#include <QElapsedTimer>
#include <QLabel>
#include <QMouseEvent>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QToolButton>
#include <functional>
#include <memory>

#include "app/image/image_desk.h"
#include "app/lenses/look_inside/inspect_panel.h"
#include "app/lenses/look_inside/look_inside_lens.h"
#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/maps/map_view.h"
#include "widgets/theme/theme.h"

namespace convolab::testing {

inline double numberIn(QString text) { return text.replace(QChar(0x2212), QLatin1Char('-')).remove(QLatin1Char(',')).toDouble(); }

inline void clickSegment(QWidget* control, int index) {
    QTest::mouseClick(control->findChild<QPushButton*>(QStringLiteral("segment%1").arg(index)), Qt::LeftButton);
}

class LookInsideBench {
  public:
    static constexpr int kPatience = 60000;

    explicit LookInsideBench(Theme& theme) : m_window(std::make_unique<MainWindow>(theme)) {
        m_window->resize(1600, 1000);
        m_window->canvas().setReduceMotion(true);
        m_window->show();
    }
    ~LookInsideBench() { m_window->close(); }

    MainWindow& window() { return *m_window; }
    LookInsideLens& lens() { return *dynamic_cast<LookInsideLens*>(m_window->lensNamed(QStringLiteral("look-inside"))); }
    InspectFocus& focus() { return lens().focus(); }
    ImageDesk& desk() { return m_window->desk(); }
    const NetworkSpec& spec() { return m_window->document().network().spec(); }
    NodeId node(const char* name) { return spec().nodeByName(name)->id; }

    /// A preset on the built-in digits, trained for some steps, with the lens in front and an answer there.
    void open(const char* preset, std::int64_t steps = 0, const char* dataset = "digits") { openNetwork(makePreset(preset).value(), steps, dataset); }
    void openNetwork(NetworkSpec spec, std::int64_t steps, const char* dataset) {
        Recipe recipe;
        recipe.dataset = dataset;
        if (steps > 0) recipe.steps = steps;
        recipe.validationEvery = 1000;
        m_window->startEmpty();
        QVERIFY(m_window->document().startNew(std::move(spec), recipe).ok());
        m_window->canvas().fit(false);
        if (steps > 0) {
            m_window->session().play();
            QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Done, kPatience);
        }
        m_window->setLens(QStringLiteral("look-inside"));
        waitForAnswer();
    }
    void waitForAnswer() {
        QTRY_VERIFY_WITH_TIMEOUT(desk().probe.snapshot() != nullptr && !desk().probe.isStale(), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(lens().maps().picture(spec().nodes().front().id) != nullptr, kPatience);
    }
    const ActivationSnapshot& snapshot() { return *desk().probe.snapshot(); }
    float outputOf(const ValueRef& value) {
        const Tensor& out = snapshot().outputs.at(value.node);
        return out.data()[(value.channel * out.shape().height() + value.row) * out.shape().width() + value.column];
    }
    InspectTool* choose(const char* tool) {
        QTest::mouseClick(child<QToolButton>((std::string(tool) + "Button").c_str()), Qt::LeftButton);
        return lens().panel().tool();
    }

    template <class Widget>
    Widget* child(const char* name) {
        auto* found = m_window->findChild<Widget*>(QLatin1String(name));
        if (found == nullptr) qFatal("there is no %s", name);
        return found;
    }
    /// What is shown of this name, or comes to be shown soon: several tools and lenses have a part of one name.
    template <class Widget>
    Widget* shown(const char* name) {
        QElapsedTimer clock;
        for (clock.start(); clock.elapsed() < kPatience; QTest::qWait(5))
            for (auto* found : m_window->findChildren<Widget*>(QLatin1String(name)))
                if (found->isVisible()) return found;
        qFatal("no %s is visible", name);
    }
    template <class Widget>
    Widget* shown() {
        for (auto* found : m_window->findChildren<Widget*>())
            if (found->isVisible()) return found;
        qFatal("none of this class is visible");
    }
    QString text(const char* label) {
        const auto labels = m_window->findChildren<QLabel*>(QLatin1String(label));
        for (const QLabel* found : labels)
            if (found->isVisible()) return found->text();
        return child<QLabel>(label)->text();
    }
    void hover(MapView& view, int row, int column) {
        const QPointF at = view.cellRect(row, column).center();
        QMouseEvent move(QEvent::MouseMove, at, view.mapToGlobal(at), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(&view, &move);
    }
    /// A point of a card's slot, in the canvas's viewport.
    QPoint inSlot(NodeId head, const std::function<QPointF(const QRectF&)>& place) {
        CanvasView& canvas = m_window->canvas();
        const CardItem* card = canvas.canvas().cardItem(head);
        return canvas.viewportPosition(card->pos() + place(card->card().slotRect()));
    }
    void clickMap(NodeId head, std::size_t tile, Qt::KeyboardModifiers modifiers = {}) {
        const QPoint at = inSlot(head, [&](const QRectF& slot) {
            return lens().maps().picture(head)->mosaic.tileRect(lens().maps().mosaicBox(slot, head), tile).center();
        });
        QTest::mouseClick(m_window->canvas().viewport(), Qt::LeftButton, modifiers, at);
    }

  private:
    std::unique_ptr<MainWindow> m_window;
};

}  // namespace convolab::testing
