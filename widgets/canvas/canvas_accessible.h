// The canvas for screen readers: its layers are children with a name, what they are, and whether they are selected.
#pragma once

namespace convolab {

void installCanvasAccessibility();  // once; does nothing the second time

}  // namespace convolab
