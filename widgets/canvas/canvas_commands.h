// What menus, keys and panels ask of the network as a whole: add, delete, duplicate, copy, paste, nudge, fix.
// Each is one undo step; new layers end up selected.
#pragma once

#include "widgets/canvas/canvas_selection.h"
#include "widgets/canvas/drop_plan.h"
#include "widgets/canvas/spec_editor.h"

#include <string>

class QMimeData;

namespace convolab {

inline constexpr const char* kLayerKindMime = "application/x-convolab-layer-kind";  // a kind's id, from the palette
inline constexpr const char* kFragmentMime = "application/x-convolab-layers";       // spec JSON

class CanvasCommands {
public:
    CanvasCommands(SpecEditor& editor, CanvasSelection& selection) : m_editor(editor), m_selection(selection) {}

    // `kind` of a layer or of a block.
    NodeId add(const std::string& kind, QPointF placeIfAlone = {});  // behind the current layer, else at the end
    NodeId drop(const DropPlan& plan);
    void removeSelected();     // layers with healing, edges
    void remove(NodeId node);
    void duplicateSelected();
    void copySelected() const;
    void cutSelected();
    bool canPaste() const;
    void paste();
    void selectAll();
    void selectNeighbour(int dx, int dy);  // by arrow keys
    void nudge(double dx, double dy);
    Status rename(NodeId node, const QString& name);
    void connect(PortRef from, PortRef to);
    void apply(const Fix& fix);
    void groupSelected();  // the selected layers become a block
    void setFolded(const std::string& block, bool folded);
    void unfold(const std::string& block);  // forgets the block, keeps its layers

private:
    QString nameOf(NodeId node) const;

    SpecEditor& m_editor;
    CanvasSelection& m_selection;
};

// The fix tried on a copy, with new layers placed: the same edit that `apply` makes.
NetworkSpec withFix(const NetworkSpec& spec, const Fix& fix);

}  // namespace convolab
