// The whole network in small, with the part that is in view; there only while something is out of view.
#pragma once

#include "widgets/theme/theme.h"

#include <QWidget>

namespace convolab {

class CanvasView;

class CanvasMinimap : public QWidget {
    Q_OBJECT

public:
    CanvasMinimap(CanvasView& view, const Theme& theme);
    void refresh();  // shows, hides and resizes itself

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override { centreAt(event); }
    void mouseMoveEvent(QMouseEvent* event) override { centreAt(event); }

private:
    void centreAt(const QMouseEvent* event);
    QTransform toMap() const;  // from the scene

    CanvasView& m_view;
    const Theme& m_theme;
    QRectF m_shown;            // the scene's part that the map covers
};

}  // namespace convolab
