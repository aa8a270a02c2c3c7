// ImGui's style from the tokens.
#pragma once

#include "widgets/theme/tokens.h"

#include <imgui.h>

namespace convolab {

void applyImGuiStyle(ImGuiStyle& style, const Tokens& tokens);

inline ImU32 imColor(ThemeColor color) { return IM_COL32(color.red, color.green, color.blue, color.alpha); }
ImVec4 imVec4(ThemeColor color);

}  // namespace convolab
