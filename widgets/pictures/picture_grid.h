#pragma once

#include <QAbstractScrollArea>
#include <QImage>
#include <functional>

namespace convolab {

class Theme;

/// What a thumbnail shows; asked for when it comes into view.
struct Thumbnail {
    QImage picture;
    QString caption;      ///< "7", "4 → 9"
    bool wrong = false;   ///< caption in the error colour
    QString accessible;   ///< "test image 5: 4, taken for 9"; empty: the caption
};

/// Any number of small pictures in rows, of which one can be chosen. Only those in view are made and painted, so a grid of
/// 60,000 is as quick as one of 8. Click, arrows, Home, End, Page Up and Down choose.
class PictureGrid : public QAbstractScrollArea {
    Q_OBJECT

  public:
    explicit PictureGrid(Theme& theme, QWidget* parent = nullptr);

    /// `make(i)` is called for 0 ≤ i < count as needed and must be quick (a fraction of a millisecond).
    void setPictures(qint64 count, std::function<Thumbnail(qint64)> make);
    void refresh();                       ///< forgets the thumbnails that were made
    void setSide(int pixels);             ///< of a thumbnail, 40 by default
    void setRows(int rows);               ///< fixes the height to so many rows; 0: free, scrolls
    void setSelected(qint64 index);       ///< −1: none; does not emit
    qint64 selected() const { return m_selected; }
    void setEmptyText(const QString& text);
    QRect cellRect(qint64 index) const;   ///< in the viewport
    int columns() const;

  signals:
    void chosen(qint64 index);            ///< by a person

  private:
    Theme& m_theme;
    std::function<Thumbnail(qint64)> m_make;
    QHash<qint64, Thumbnail> m_cache;
    QString m_empty;
    qint64 m_count = 0, m_selected = -1;
    int m_side = 40, m_rows = 0;
};

}  // namespace convolab
