// One kind of layer or block on the palette: a flat button with a bar in its group's colour. Press or drag it.
#pragma once

#include "core/graph/blocks/block_kind.h"
#include "core/graph/kind_presets.h"
#include "core/layers/layer_kind.h"
#include "widgets/theme/theme.h"

#include <QAbstractButton>

#include <optional>

namespace convolab {

class PaletteButton : public QAbstractButton {
    Q_OBJECT

public:
    PaletteButton(const LayerKind& kind, const Theme& theme, QWidget* parent);
    PaletteButton(const KindPreset& preset, const Theme& theme, QWidget* parent);
    PaletteButton(const BlockKind& kind, const Theme& theme, QWidget* parent);
    const std::string& kindId() const { return m_kindId; }
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
    void describe(const std::string& label, const std::string& title, const std::string& help);
    void startDrag();

    std::string m_kindId;
    std::optional<LayerGroup> m_group;  // nothing: a block
    const Theme& m_theme;
    QPoint m_pressedAt;
};

}  // namespace convolab
