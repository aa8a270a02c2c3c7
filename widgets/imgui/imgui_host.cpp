#include "widgets/imgui/imgui_host.h"

#include "widgets/imgui/imgui_style.h"

#include <QClipboard>
#include <QGuiApplication>

#include <imgui.h>

#include <algorithm>
#include <cfloat>

namespace convolab {

ImGuiHost::ImGuiHost() : m_fonts(FontAtlas::forScale(1.0)) {
    // Creating a context makes it current only if there was none.
    ImGuiContext* before = ImGui::GetCurrentContext();
    m_context = ImGui::CreateContext(m_fonts->atlas());
    ImGui::SetCurrentContext(m_context);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = io.LogFilename = nullptr;
    io.MousePos = {-FLT_MAX, -FLT_MAX};
    io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    // Both renderers add a command's vertex offset, so a window may hold more than 65,536 vertices.
    io.BackendFlags |= ImGuiBackendFlags_HasMouseCursors | ImGuiBackendFlags_RendererHasVtxOffset;
    io.ConfigInputTextCursorBlink = false;  // a blinking caret would repaint for ever
    io.ClipboardUserData = &m_clipboard;
    io.GetClipboardTextFn = [](void* data) {
        auto& text = *static_cast<std::string*>(data);
        text = QGuiApplication::clipboard()->text().toStdString();
        return text.c_str();
    };
    io.SetClipboardTextFn = [](void*, const char* text) { QGuiApplication::clipboard()->setText(QString::fromUtf8(text)); };
    InputQueue::mapKeys(io);
    ImGui::SetCurrentContext(before);
}

ImGuiHost::~ImGuiHost() {
    const bool current = ImGui::GetCurrentContext() == m_context;
    ImGui::DestroyContext(m_context);
    if (current)
        ImGui::SetCurrentContext(nullptr);
}

void ImGuiHost::makeCurrent() { ImGui::SetCurrentContext(m_context); }

void ImGuiHost::setScale(double devicePixelRatio) {
    if (m_fonts->scale() == devicePixelRatio)
        return;
    makeCurrent();
    m_fonts = FontAtlas::forScale(devicePixelRatio);
    ImGui::GetIO().Fonts = m_fonts->atlas();
}

ImDrawData* ImGuiHost::frame(QSizeF size, const Tokens& tokens, double seconds, const std::function<void()>& draw) {
    makeCurrent();
    ImGuiIO& io = ImGui::GetIO();
    applyImGuiStyle(ImGui::GetStyle(), tokens);
    const auto scale = static_cast<float>(m_fonts->scale());
    io.DisplaySize = {static_cast<float>(size.width()), static_cast<float>(size.height())};
    io.DisplayFramebufferScale = {scale, scale};
    io.FontGlobalScale = 1 / scale;
    io.FontDefault = m_fonts->font(FontRole::Body);
    io.DeltaTime = static_cast<float>(std::clamp(seconds, 1e-4, 0.25));
    m_input.applyTo(io);
    ImGui::NewFrame();
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(io.DisplaySize);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::Begin("surface", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                                         ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollWithMouse);
    ImGui::PopStyleVar();
    draw();
    ImGui::End();
    ImGui::Render();
    return ImGui::GetDrawData();
}

Qt::CursorShape ImGuiHost::cursor() {
    makeCurrent();
    switch (ImGui::GetMouseCursor()) {
    case ImGuiMouseCursor_TextInput: return Qt::IBeamCursor;
    case ImGuiMouseCursor_ResizeAll: return Qt::SizeAllCursor;
    case ImGuiMouseCursor_ResizeNS: return Qt::SizeVerCursor;
    case ImGuiMouseCursor_ResizeEW: return Qt::SizeHorCursor;
    case ImGuiMouseCursor_ResizeNESW: return Qt::SizeBDiagCursor;
    case ImGuiMouseCursor_ResizeNWSE: return Qt::SizeFDiagCursor;
    case ImGuiMouseCursor_Hand: return Qt::PointingHandCursor;
    case ImGuiMouseCursor_NotAllowed: return Qt::ForbiddenCursor;
    default: return Qt::ArrowCursor;
    }
}

bool ImGuiHost::wantsText() {
    makeCurrent();
    return ImGui::GetIO().WantTextInput;
}

}  // namespace convolab
