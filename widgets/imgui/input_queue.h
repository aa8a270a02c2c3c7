// Qt's input on its way to ImGui 1.86, which reads only the state at the start of a frame. A frame therefore takes moves and
// at most one press or release; what follows waits for the next frame, so that a quick click is never lost.
#pragma once

#include <QPointF>
#include <QString>

#include <deque>

class QEvent;
struct ImGuiIO;

namespace convolab {

class InputQueue {
public:
    bool add(QEvent* event);  // true if the event is ImGui's
    void applyTo(ImGuiIO& io);
    bool isEmpty() const { return m_inputs.empty(); }

    static void mapKeys(ImGuiIO& io);

private:
    enum class Kind { Move, Leave, Button, Key, Text, Wheel, Focus };
    struct Input {
        Kind kind = Kind::Move;
        QPointF position;      // logical pixels; for Wheel the notches
        int code = 0;          // button or key index
        bool down = false;
        int modifiers = 0;
        QString text;
    };

    bool addKey(QEvent* event);

    std::deque<Input> m_inputs;
};

}  // namespace convolab
