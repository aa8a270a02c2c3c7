#pragma once

#include <QAbstractScrollArea>
#include <QHash>
#include <QImage>
#include <functional>

namespace convolab {

class Theme;

/// What a thumbnail shows; asked for when it comes into view.
struct Thumbnail {
    QImage picture;
    QString caption;     ///< "7", "4 → 9"
    bool wrong = false;  ///< caption in the error colour
    QString accessible;  ///< "test image 5: 4, taken for 9"; also the tooltip; empty: the caption
};

/// Any number of small pictures in rows, of which one can be chosen. Only those in view are made and painted, so a grid of
/// 60,000 is as quick as one of 8. Scrolls by whole rows. Click, arrows, Home, End, Page Up and Page Down choose.
class PictureGrid : public QAbstractScrollArea {
    Q_OBJECT

  public:
    explicit PictureGrid(Theme& theme, QWidget* parent = nullptr);

    /// `make(i)` is called for 0 ≤ i < count as needed and must be quick (a fraction of a millisecond). Keeps the
    /// place when the count stays the same.
    void setPictures(qint64 count, std::function<Thumbnail(qint64)> make);
    qint64 count() const { return m_count; }
    void refresh();                  ///< forgets the thumbnails that were made
    void setSide(int pixels);        ///< of a thumbnail, 40 by default
    void setRows(int rows);          ///< fixes the height to so many rows; 0: as high as there is room
    void setSelected(qint64 index, bool reveal = true);  ///< −1: none; does not emit
    qint64 selected() const { return m_selected; }
    void setLive(bool live);         ///< the selected one is the source in use: accent, otherwise a plain border
    void setStale(bool stale);       ///< captions in text3: older than what is known now
    void setEmptyText(const QString& text);
    QRect cellRect(qint64 index) const;  ///< of the picture, in the viewport; may lie outside
    int columns() const;
    int rowHeight() const;

  signals:
    void chosen(qint64 index);  ///< by a person

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool viewportEvent(QEvent* event) override;

  private:
    const Thumbnail& thumbnail(qint64 index);
    qint64 at(QPoint position) const;
    int rowsInView() const;
    void updateScrolling();
    void choose(qint64 index);
    void reveal(qint64 index);
    void paintCell(QPainter& painter, qint64 index);
    void describe();

    Theme& m_theme;
    std::function<Thumbnail(qint64)> m_make;
    QHash<qint64, Thumbnail> m_cache;
    QString m_empty;
    qint64 m_count = 0, m_selected = -1, m_hovered = -1;
    int m_side = 40, m_rows = 0;
    bool m_live = true, m_stale = false;
};

}  // namespace convolab
