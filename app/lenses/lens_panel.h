#pragma once

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace convolab {

class Theme;

/// A titled part of a lens's right panel: rows of a label and a field, and whatever else stands below the title.
class PanelSection : public QWidget {
    Q_OBJECT

  public:
    PanelSection(const Theme& theme, const QString& title, const QString& note = {}, QWidget* parent = nullptr);

    QVBoxLayout* column() { return m_column; }
    QLabel* note() { return m_note; }  ///< grey, right of the title
    void setTitle(const QString& title);
    void setLabelWidth(int pixels) { m_labelWidth = pixels; }  ///< of rows that are added later
    /// Returns the row, so that it can be hidden. The label is the field's buddy.
    QWidget* addRow(const QString& label, QWidget* field);
    void add(QWidget* widget);

  private:
    QVBoxLayout* m_column = nullptr;
    QLabel *m_title = nullptr, *m_note = nullptr;
    int m_labelWidth;
};

/// The frame of a lens's right panel: a header with a title and a word about the state, sections that scroll, a footer.
/// The wheel scrolls the panel; it turns a slider or a list only where that has the focus.
class LensPanel : public QWidget {
    Q_OBJECT

  public:
    LensPanel(Theme& theme, const QString& objectName, const QString& title, QWidget* parent = nullptr);

    QLabel* state() { return m_state; }
    void addToHeader(QWidget* widget);       ///< right of the state
    void addSection(PanelSection* section);  ///< with a line above it, but for the first
    void addToColumn(QWidget* widget);
    void addFooter(QWidget* footer);         ///< does not scroll

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

    Theme& m_theme;

  private:
    QVBoxLayout* m_column = nullptr;
    QHBoxLayout* m_header = nullptr;
    QLabel* m_state = nullptr;
};

}  // namespace convolab
