#include "widgets/imgui/input_queue.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cfloat>

namespace convolab {
namespace {

struct KeyPair {
    int qtKey;
    ImGuiKey key;
};
constexpr std::array<KeyPair, 22> kKeys{{{Qt::Key_Tab, ImGuiKey_Tab},           {Qt::Key_Left, ImGuiKey_LeftArrow},
                                         {Qt::Key_Right, ImGuiKey_RightArrow},  {Qt::Key_Up, ImGuiKey_UpArrow},
                                         {Qt::Key_Down, ImGuiKey_DownArrow},    {Qt::Key_PageUp, ImGuiKey_PageUp},
                                         {Qt::Key_PageDown, ImGuiKey_PageDown}, {Qt::Key_Home, ImGuiKey_Home},
                                         {Qt::Key_End, ImGuiKey_End},           {Qt::Key_Insert, ImGuiKey_Insert},
                                         {Qt::Key_Delete, ImGuiKey_Delete},     {Qt::Key_Backspace, ImGuiKey_Backspace},
                                         {Qt::Key_Space, ImGuiKey_Space},       {Qt::Key_Return, ImGuiKey_Enter},
                                         {Qt::Key_Escape, ImGuiKey_Escape},     {Qt::Key_Enter, ImGuiKey_KeyPadEnter},
                                         {Qt::Key_A, ImGuiKey_A},               {Qt::Key_C, ImGuiKey_C},
                                         {Qt::Key_V, ImGuiKey_V},               {Qt::Key_X, ImGuiKey_X},
                                         {Qt::Key_Y, ImGuiKey_Y},               {Qt::Key_Z, ImGuiKey_Z}}};

int buttonIndex(Qt::MouseButton button) {
    return button == Qt::LeftButton ? 0 : button == Qt::RightButton ? 1 : button == Qt::MiddleButton ? 2 : -1;
}

}  // namespace

void InputQueue::mapKeys(ImGuiIO& io) {
    for (std::size_t i = 0; i < kKeys.size(); ++i)
        io.KeyMap[kKeys[i].key] = static_cast<int>(i);
}

bool InputQueue::addKey(QEvent* event) {
    auto* key = static_cast<QKeyEvent*>(event);
    const bool down = event->type() == QEvent::KeyPress;
    const int wanted = key->key() == Qt::Key_Backtab ? Qt::Key_Tab : key->key();
    const auto known = std::find_if(kKeys.begin(), kKeys.end(), [wanted](const KeyPair& pair) { return pair.qtKey == wanted; });
    const int modifiers = static_cast<int>(key->modifiers().toInt());
    if (known != kKeys.end() && !(key->isAutoRepeat() && !down))
        m_inputs.push_back({Kind::Key, {}, static_cast<int>(known - kKeys.begin()), down, modifiers, {}});
    const bool typed = down && !key->text().isEmpty() && key->text()[0].isPrint() &&
                       !(key->modifiers() & (Qt::ControlModifier | Qt::MetaModifier));
    if (typed)
        m_inputs.push_back({Kind::Text, {}, 0, false, modifiers, key->text()});
    return known != kKeys.end() || typed;
}

bool InputQueue::add(QEvent* event) {
    switch (event->type()) {
    case QEvent::MouseMove: {
        const QPointF position = static_cast<QMouseEvent*>(event)->position();
        if (!m_inputs.empty() && m_inputs.back().kind == Kind::Move)
            m_inputs.back().position = position;
        else
            m_inputs.push_back({Kind::Move, position, 0, false, 0, {}});
        return true;
    }
    case QEvent::MouseButtonPress:
    case QEvent::MouseButtonDblClick:
    case QEvent::MouseButtonRelease: {
        auto* mouse = static_cast<QMouseEvent*>(event);
        const int button = buttonIndex(mouse->button());
        if (button < 0)
            return false;
        const bool down = event->type() != QEvent::MouseButtonRelease;
        m_inputs.push_back({Kind::Button, mouse->position(), button, down, static_cast<int>(mouse->modifiers().toInt()), {}});
        return true;
    }
    case QEvent::Wheel: {
        auto* wheel = static_cast<QWheelEvent*>(event);
        m_inputs.push_back({Kind::Wheel, QPointF(wheel->angleDelta()) / 120.0, 0, false, static_cast<int>(wheel->modifiers().toInt()), {}});
        return true;
    }
    case QEvent::KeyPress:
    case QEvent::KeyRelease:
        return addKey(event);
    case QEvent::Leave:
        m_inputs.push_back({Kind::Leave, {}, 0, false, 0, {}});
        return true;
    case QEvent::FocusIn:
    case QEvent::FocusOut:
        m_inputs.push_back({Kind::Focus, {}, 0, event->type() == QEvent::FocusIn, 0, {}});
        return true;
    default:
        return false;
    }
}

void InputQueue::applyTo(ImGuiIO& io) {
    const auto setModifiers = [&io](int flags) {
        const auto modifiers = Qt::KeyboardModifiers::fromInt(static_cast<Qt::KeyboardModifiers::Int>(flags));
        io.KeyShift = modifiers.testFlag(Qt::ShiftModifier);
        io.KeyCtrl = modifiers.testFlag(Qt::ControlModifier);
        io.KeyAlt = modifiers.testFlag(Qt::AltModifier);
        io.KeySuper = modifiers.testFlag(Qt::MetaModifier);
    };
    const auto setPosition = [&io](QPointF position) {
        io.MousePos = {static_cast<float>(position.x()), static_cast<float>(position.y())};
    };
    bool transition = false;
    while (!m_inputs.empty() && !transition) {
        const Input input = m_inputs.front();
        m_inputs.pop_front();
        switch (input.kind) {
        case Kind::Move: setPosition(input.position); break;
        case Kind::Leave: io.MousePos = {-FLT_MAX, -FLT_MAX}; break;
        case Kind::Button:
            setPosition(input.position);
            setModifiers(input.modifiers);
            io.MouseDown[input.code] = input.down;
            transition = true;
            break;
        case Kind::Key:
            setModifiers(input.modifiers);
            io.KeysDown[input.code] = input.down;
            transition = true;
            break;
        case Kind::Text: io.AddInputCharactersUTF8(input.text.toUtf8().constData()); break;
        case Kind::Wheel:
            setModifiers(input.modifiers);
            io.MouseWheelH += static_cast<float>(input.position.x());
            io.MouseWheel += static_cast<float>(input.position.y());
            break;
        case Kind::Focus:
            io.AddFocusEvent(input.down);
            if (!input.down) {
                std::fill(std::begin(io.KeysDown), std::end(io.KeysDown), false);
                setModifiers(0);
            }
            break;
        }
    }
}

}  // namespace convolab
