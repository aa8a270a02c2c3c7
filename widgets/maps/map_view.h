// One map or image, as large as its box, to point at: a window of cells may lie on it, and padding around it.
#pragma once

#include "core/tensor/tensor.h"
#include "widgets/maps/value_export.h"
#include "widgets/maps/value_view.h"

#include <QImage>
#include <QPoint>

namespace convolab {

// Cells that a kernel covers, in cells of the map; may begin before 0 or end beyond (padding).
struct CellWindow {
    int top = 0, left = 0, height = 1, width = 1;      // number of taps
    int dilationHeight = 1, dilationWidth = 1;         // distance between taps
    int coveredHeight() const { return (height - 1) * dilationHeight + 1; }
    int coveredWidth() const { return (width - 1) * dilationWidth + 1; }
    bool operator==(const CellWindow&) const = default;
};

struct CellPadding {
    int top = 0, left = 0, bottom = 0, right = 0;
    bool operator==(const CellPadding&) const = default;
};

class MapView : public ValueView {
    Q_OBJECT

public:
    MapView(Theme& theme, const QString& name, QWidget* parent = nullptr);

    void clear(const QString& why = {});  // one plain line instead of a picture
    void setMap(const std::string& title, std::span<const float> values, int rows, int columns, const ValueScale& scale);
    // (C, H, W) in [0, 1], grey or colour; the values of all channels stand in the tooltip.
    void setImage(const std::string& title, View<const float> image);
    void setOverlay(QImage overlay, double opacity);  // of the map's size, over it; null: none
    void setWindow(std::optional<CellWindow> window);
    void setPadding(const CellPadding& padding);      // drawn as dashed cells around
    void setMark(std::optional<QPoint> cell);         // x: column, y: row
    void setLargestSide(int pixels);                  // 0: as wide as the box
    void setNumbersShown(bool shown);                 // in the cells, where they are large enough

    int rows() const { return m_table.rows; }
    int columns() const { return m_table.columns; }
    double valueAt(int row, int column) const;
    const std::optional<CellWindow>& window() const { return m_window; }
    const std::optional<QPoint>& mark() const { return m_mark; }
    const QImage& picture() const { return m_picture; }
    QRectF cellRect(int row, int column) const;  // also of padding
    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

signals:
    void pointed(int row, int column);  // by the pointer or the arrow keys
    void chosen(int row, int column);   // by a click or Enter
    void left();                        // the pointer went away

protected:
    std::optional<InstrumentExport> exported() const override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Frame {
        QPointF origin;  // of cell (0, 0)
        double cell = 1;
    };
    double cellFor(double width) const;
    Frame frame() const;
    std::optional<QPoint> cellAt(QPointF at) const;
    void point(QPoint cell);
    void paintNumbers(QPainter& painter, const Frame& frame) const;
    void paintPadding(QPainter& painter, const Frame& frame) const;
    void paintWindow(QPainter& painter, const Frame& frame) const;
    QString valueText(int row, int column) const;

    ValueTable m_table;               // of an image: its first channel
    std::vector<std::vector<float>> m_channels;  // of an image with several
    QImage m_picture, m_overlay;
    double m_opacity = 1;
    QString m_why;
    std::optional<CellWindow> m_window;
    std::optional<QPoint> m_mark;
    CellPadding m_padding;
    int m_largestSide = 240;
    bool m_numbers = false;
};

}  // namespace convolab
