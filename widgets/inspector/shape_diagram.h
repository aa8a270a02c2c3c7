// The input and the output of a convolution or pooling as two boxes, with the window that makes one value of the other.
#pragma once

#include "core/graph/padding.h"
#include "core/tensor/shape.h"
#include "widgets/theme/theme.h"

#include <QWidget>

#include <optional>

namespace convolab {

class ShapeDiagram : public QWidget {
    Q_OBJECT

public:
    ShapeDiagram(const Theme& theme, QWidget* parent);
    // Hides itself where there is nothing to show.
    void show(const std::optional<Shape>& input, const std::optional<Shape>& output, const std::optional<WindowGeometry>& window,
              GroupColor group, const QString& note);
    QSize sizeHint() const override { return {288, 116}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    std::optional<Shape> m_input, m_output;
    std::optional<WindowGeometry> m_window;
    GroupColor m_group = GroupColor::Convolution;
    QString m_note;
};

}  // namespace convolab
