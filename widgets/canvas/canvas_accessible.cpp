#include "widgets/canvas/canvas_accessible.h"

#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/layer_group_style.h"

#include <QAccessibleWidget>
#include <QPointer>

#include <map>

namespace convolab {

namespace {

class LayerAccessible : public QAccessibleInterface {
public:
    LayerAccessible(CanvasView& view, NodeId node) : m_view(&view), m_node(node) {}

    bool isValid() const override { return m_view && layer(); }
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
    QAccessibleInterface* child(int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    void setText(QAccessible::Text, const QString&) override {}
    QAccessible::Role role() const override { return QAccessible::ListItem; }

    QString text(QAccessible::Text kind) const override {
        if (!isValid()) return {};
        if (kind == QAccessible::Name) return toQString(layer()->name);
        if (kind != QAccessible::Description) return {};
        const LayerKind* info = findLayerKind(layer()->kind);
        const NodeAnalysis* result = m_view->editor().analysis().find(m_node);
        QString text = info ? toQString(info->title) : toQString(layer()->kind);
        text += QStringLiteral(", ") + (result && result->output ? CanvasView::tr("output %1").arg(toQString(result->output->text()))
                                                                : CanvasView::tr("output unknown"));
        for (const Diagnostic& diagnostic : m_view->editor().analysis().diagnostics)
            if (diagnostic.node == m_node) text += QStringLiteral(". ") + toQString(diagnostic.title);
        return text;
    }
    QRect rect() const override {
        const CardItem* item = isValid() ? m_view->canvas().cardItemOf(m_node) : nullptr;
        if (!item) return {};
        QRectF box = item->rect();
        for (std::size_t i = 0; i < item->card().rows.size(); ++i)
            if (item->card().rows[i].node == m_node) box = item->card().rowRect(i).translated(item->pos());
        const QRect shown = m_view->mapFromScene(box).boundingRect();
        return {m_view->viewport()->mapToGlobal(shown.topLeft()), shown.size()};
    }
    QAccessible::State state() const override {
        QAccessible::State state;
        if (!isValid()) {
            state.invalid = true;
            return state;
        }
        state.selectable = state.focusable = state.multiSelectable = true;
        state.selected = m_view->selection().contains(m_node);
        state.focused = m_view->hasFocus() && m_view->selection().current() == m_node;
        return state;
    }
    NodeId node() const { return m_node; }

private:
    const Node* layer() const { return m_view->editor().spec().node(m_node); }

    QPointer<CanvasView> m_view;
    NodeId m_node;
};

// The overlay widgets come first, then the layers in the order of the network.
class CanvasAccessible : public QAccessibleWidget {
public:
    explicit CanvasAccessible(CanvasView& view) : QAccessibleWidget(&view, QAccessible::List), m_view(view) {}
    ~CanvasAccessible() override {
        for (const auto& [node, id] : m_layers) QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override { return QAccessibleWidget::childCount() + int(nodes().size()); }
    QAccessibleInterface* child(int index) const override {
        const int widgets = QAccessibleWidget::childCount();
        if (index < widgets) return QAccessibleWidget::child(index);
        if (index >= childCount()) return nullptr;
        const NodeId node = nodes()[std::size_t(index - widgets)].id;
        const auto found = m_layers.find(node);
        if (found != m_layers.end()) return QAccessible::accessibleInterface(found->second);
        auto* made = new LayerAccessible(m_view, node);  // the register owns it
        m_layers[node] = QAccessible::registerAccessibleInterface(made);
        return made;
    }
    int indexOfChild(const QAccessibleInterface* child) const override {
        if (const auto* layer = dynamic_cast<const LayerAccessible*>(child))
            for (std::size_t i = 0; i < nodes().size(); ++i)
                if (nodes()[i].id == layer->node()) return QAccessibleWidget::childCount() + int(i);
        return QAccessibleWidget::indexOfChild(child);
    }
    QAccessibleInterface* childAt(int x, int y) const override {
        for (int i = QAccessibleWidget::childCount(); i < childCount(); ++i)
            if (child(i)->rect().contains(x, y)) return child(i);
        return QAccessibleWidget::childAt(x, y);
    }

private:
    const std::vector<Node>& nodes() const { return m_view.editor().spec().nodes(); }

    CanvasView& m_view;
    mutable std::map<NodeId, QAccessible::Id> m_layers;
};

QAccessibleInterface* makeCanvasAccessible(const QString&, QObject* object) {
    auto* view = qobject_cast<CanvasView*>(object);
    return view ? new CanvasAccessible(*view) : nullptr;
}

}  // namespace

void installCanvasAccessibility() {
    static const bool installed = [] {
        QAccessible::installFactory(makeCanvasAccessible);
        return true;
    }();
    (void)installed;
}

}  // namespace convolab
