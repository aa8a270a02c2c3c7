// What the tests of the canvas share: a document with a small chain, a view of it, and a hand that presses and drags.
#pragma once

#include "core/graph/presets.h"
#include "core/layers/layer_kind.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/spec_document.h"
#include "widgets/theme/theme.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QtTest>

namespace convolab {

struct CanvasBench {
    explicit CanvasBench(NetworkSpec spec) : document(std::move(spec)), canvas(document, theme) {
        theme.applyTo(*qApp);
        canvas.setReduceMotion(true);
        canvas.resize(1200, 640);
        canvas.show();
        canvas.setZoom(1, {0, 0});
        canvas.centerOn(canvas.canvas().cardBounds().center());
        canvas.activateWindow();
        (void)QTest::qWaitForWindowActive(&canvas);
        canvas.setFocus();
    }

    const NetworkSpec& spec() const { return document.spec(); }
    NodeId id(const char* name) const {
        const Node* node = spec().nodeByName(name);
        return node ? node->id : NodeId{};
    }
    const CardItem& item(const char* name) const { return *canvas.canvas().cardItemOf(id(name)); }
    QPoint at(QPointF scene) const { return canvas.viewportPosition(scene); }
    QPoint header(const char* name) const { return at(item(name).pos() + QPointF(70, 14)); }
    QPoint output(const char* name) const { return at(item(name).outputPort()); }
    QPoint input(const char* name, int port = 0) const { return at(item(name).inputPort(port)); }
    QPoint row(const char* name) const {
        const CardItem& card = item(name);
        for (std::size_t i = 0; i < card.card().rows.size(); ++i)
            if (card.card().rows[i].node == id(name)) return at(card.pos() + card.card().rowRect(i).center());
        return {};
    }
    QPoint middleOf(const char* from, const char* to) const { return (output(from) + input(to)) / 2; }

    void press(QPoint place, Qt::KeyboardModifiers keys = {}) { QTest::mousePress(canvas.viewport(), Qt::LeftButton, keys, place); }
    void moveTo(QPoint place) {
        QMouseEvent event(QEvent::MouseMove, place, canvas.viewport()->mapToGlobal(place), Qt::NoButton, Qt::LeftButton, {});
        QApplication::sendEvent(canvas.viewport(), &event);
    }
    void release(QPoint place) { QTest::mouseRelease(canvas.viewport(), Qt::LeftButton, {}, place); }
    void drag(QPoint from, QPoint to) {
        press(from);
        moveTo(from + (to - from) / 2);
        moveTo(to);
        release(to);
    }
    void click(QPoint place, Qt::KeyboardModifiers keys = {}) { QTest::mouseClick(canvas.viewport(), Qt::LeftButton, keys, place); }
    void key(Qt::Key key, Qt::KeyboardModifiers keys = {}) { QTest::keyClick(&canvas, key, keys); }

    // A drag from the palette, as the window system would deliver it.
    void hover(const char* kind, QPoint place) {
        mime.setData(kLayerKindMime, kind);
        QDragEnterEvent enter(place, Qt::CopyAction, &mime, Qt::LeftButton, {});
        QApplication::sendEvent(canvas.viewport(), &enter);
        QDragMoveEvent over(place, Qt::CopyAction, &mime, Qt::LeftButton, {});
        QApplication::sendEvent(canvas.viewport(), &over);
    }
    void drop(const char* kind, QPoint place) {
        hover(kind, place);
        QDropEvent event(place, Qt::CopyAction, &mime, Qt::LeftButton, {});
        QApplication::sendEvent(canvas.viewport(), &event);
    }
    // "Input > Conv 1 > ReLU 1": the names along single edges.
    QString chain(const char* first) const {
        QStringList names;
        NodeId node = id(first);
        while (node) {
            names << QString::fromStdString(spec().node(node)->name);
            const auto out = spec().edgesOutOf(node);
            node = out.size() == 1 && names.size() < 50 ? out.front()->to.node : NodeId{};
        }
        return names.join(" > ");
    }

    Theme theme;
    SpecDocument document;
    CanvasView canvas;
    QMimeData mime;
};

// Input 1×28×28, Conv, ReLU docked, Pool, Flatten docked, Dense, Softmax and Output docked.
inline NetworkSpec smallChain() {
    NetworkSpec spec;
    const std::vector<std::pair<const char*, const char*>> layers{{"input", "Input"}, {"conv2d", "Conv"}, {"relu", "ReLU"}, {"max_pool", "Pool"},
                                                                  {"flatten", "Flatten"}, {"dense", "Dense"}, {"softmax", "Softmax"}, {"output", "Output"}};
    NodeId before;
    double x = 0;
    for (const auto& [kind, name] : layers) {
        const NodeId node = spec.addNode(kind, {}, name, {x, 0});
        if (before) (void)spec.connect({before, 0}, {node, 0});
        if (!findLayerKind(kind)->docks) x += card::kPitch;
        before = node;
    }
    return spec;
}

}  // namespace convolab
