#include "widgets/imgui/imgui_style.h"

namespace convolab {

ImVec4 imVec4(ThemeColor color) {
    return {static_cast<float>(color.red) / 255, static_cast<float>(color.green) / 255, static_cast<float>(color.blue) / 255,
            static_cast<float>(color.alpha) / 255};
}

void applyImGuiStyle(ImGuiStyle& style, const Tokens& colors) {
    style.WindowPadding = {12, 12};
    style.FramePadding = {8, 4};
    style.ItemSpacing = {8, 4};
    style.FrameRounding = style.GrabRounding = style.ChildRounding = style.ScrollbarRounding = 4;
    style.PopupRounding = 6;
    style.WindowRounding = 0;
    style.FrameBorderSize = style.PopupBorderSize = 1;
    style.WindowBorderSize = style.ChildBorderSize = 0;
    style.ScrollbarSize = 10;
    style.AntiAliasedLinesUseTex = false;  // the raster draws triangles, not textured lines
    const auto set = [&style](ImGuiCol which, ThemeColor color) { style.Colors[which] = imVec4(color); };
    const ThemeColor clear = withAlpha(colors.bg1, 0);
    set(ImGuiCol_Text, colors.text1);
    set(ImGuiCol_TextDisabled, colors.text3);
    set(ImGuiCol_WindowBg, colors.bg1);
    set(ImGuiCol_ChildBg, clear);
    set(ImGuiCol_PopupBg, colors.pop);
    set(ImGuiCol_Border, colors.line2);
    set(ImGuiCol_BorderShadow, clear);
    set(ImGuiCol_FrameBg, colors.field);
    set(ImGuiCol_FrameBgHovered, colors.bg4);
    set(ImGuiCol_FrameBgActive, mixColors(colors.bg4, hexColor(0), 0.06));
    set(ImGuiCol_ScrollbarBg, clear);
    set(ImGuiCol_ScrollbarGrab, colors.line2);
    set(ImGuiCol_ScrollbarGrabHovered, colors.text3);
    set(ImGuiCol_ScrollbarGrabActive, colors.text3);
    set(ImGuiCol_CheckMark, colors.text1);
    set(ImGuiCol_SliderGrab, colors.text1);
    set(ImGuiCol_SliderGrabActive, colors.accent);
    set(ImGuiCol_Button, colors.bg3);
    set(ImGuiCol_ButtonHovered, colors.bg4);
    set(ImGuiCol_ButtonActive, mixColors(colors.bg4, hexColor(0), 0.06));
    set(ImGuiCol_Header, colors.bg4);
    set(ImGuiCol_HeaderHovered, colors.bg4);
    set(ImGuiCol_HeaderActive, colors.bg4);
    set(ImGuiCol_Separator, colors.line);
    set(ImGuiCol_PlotLines, colors.series[0]);
    set(ImGuiCol_PlotHistogram, colors.series[0]);
    set(ImGuiCol_TextSelectedBg, withAlpha(colors.accent, 0.3));
    set(ImGuiCol_NavHighlight, colors.accent);
}

}  // namespace convolab
