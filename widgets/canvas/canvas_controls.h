// The small group at the lower left of the canvas: fit, zoom, add a layer.
#pragma once

#include "widgets/theme/theme.h"

#include <QFrame>

class QToolButton;

namespace convolab {

class CanvasView;

class CanvasControls : public QFrame {
    Q_OBJECT

public:
    CanvasControls(CanvasView& view, const Theme& theme);

private:
    void restyle();

    const Theme& m_theme;
    QToolButton *m_fit, *m_zoom, *m_add;
};

}  // namespace convolab
