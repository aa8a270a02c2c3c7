// A small table of numbers in coloured cells. Several grids light up the same cell together.
#pragma once

#include "core/inspect/microscope.h"
#include "widgets/maps/value_export.h"
#include "widgets/maps/value_view.h"

#include <QPoint>

namespace convolab {

class NumberGridView : public ValueView {
    Q_OBJECT

public:
    NumberGridView(Theme& theme, const QString& name, QWidget* parent = nullptr);

    void setGrid(const NumberGrid& grid, const ValueScale& scale);
    void setCellSize(int pixels);           // numbers stand in cells of 19 and more
    void setLit(std::optional<QPoint> cell);  // x: column, y: row
    const std::optional<QPoint>& lit() const { return m_lit; }
    const NumberGrid& grid() const { return m_grid; }
    QString cellText(int row, int column) const;  // as painted
    QRectF cellRect(int row, int column) const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

signals:
    void pointed(int row, int column);
    void left();

protected:
    std::optional<InstrumentExport> exported() const override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    bool isPadding(int row, int column) const;

    NumberGrid m_grid;
    ValueScale m_scale;
    std::optional<QPoint> m_lit;
    int m_cell = 32, m_decimals = 2;
};

}  // namespace convolab
