// "Arrange": all cards where a preset would have them, in lines that can be read whole.
#pragma once

namespace convolab {

class CanvasView;

// One undo step; none where everything stands so already. Then the view shows all of it.
void arrange(CanvasView& view);

}  // namespace convolab
