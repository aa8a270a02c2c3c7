#include "widgets/canvas/arrange.h"

#include "core/graph/layout.h"
#include "widgets/canvas/canvas_view.h"

namespace convolab {

void arrange(CanvasView& view) {
    view.editor().edit(CanvasView::tr("Arrange"), [](NetworkSpec& spec) { autoLayout(spec); });
    view.fit();
}

}  // namespace convolab
