// One ImGui context with its fonts, style and queue of input.
#pragma once

#include "widgets/imgui/font_atlas.h"
#include "widgets/imgui/input_queue.h"

#include <QSizeF>

#include <functional>

struct ImDrawData;
struct ImGuiContext;

namespace convolab {

class ImGuiHost {
public:
    ImGuiHost();
    ~ImGuiHost();
    ImGuiHost(const ImGuiHost&) = delete;
    ImGuiHost& operator=(const ImGuiHost&) = delete;

    InputQueue& input() { return m_input; }
    void setScale(double devicePixelRatio);  // changes the atlas; not within a frame
    FontAtlas& fonts() { return *m_fonts; }
    void makeCurrent();

    // One frame: takes input, runs draw, returns what to render (valid until the next frame).
    ImDrawData* frame(QSizeF size, const Tokens& tokens, double seconds, const std::function<void()>& draw);

    Qt::CursorShape cursor();
    bool wantsText();

private:
    std::shared_ptr<FontAtlas> m_fonts;
    ImGuiContext* m_context = nullptr;
    InputQueue m_input;
    std::string m_clipboard;  // keeps the text alive that ImGui is looking at
};

}  // namespace convolab
