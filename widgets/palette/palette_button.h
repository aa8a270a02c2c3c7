// One layer kind on the palette: a flat button with a bar in its group's colour. Press or drag it.
#pragma once

#include "core/layers/layer_kind.h"
#include "widgets/theme/theme.h"

#include <QAbstractButton>

namespace convolab {

class PaletteButton : public QAbstractButton {
    Q_OBJECT

public:
    PaletteButton(const LayerKind& kind, const Theme& theme, QWidget* parent);
    const LayerKind& kind() const { return m_kind; }
    QSize sizeHint() const override { return {88, 24}; }

signals:
    void addRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void startDrag();

    const LayerKind& m_kind;
    const Theme& m_theme;
    QPoint m_pressedAt;
};

}  // namespace convolab
