#pragma once

#include <QWidget>
#include <vector>

#include "core/graph/presets.h"

class QLabel;
class QLineEdit;
class QListView;

namespace convolab {

class Theme;

/// Is every word of `text` somewhere in the preset's names, lines, source, group or year? Case does not matter.
bool presetMatches(const PresetInfo& preset, const QString& text);

/// The built-in networks as a list under headings, small ones first, with a field that searches it. The field keeps the
/// keyboard: arrows move in the list, Enter opens; so does a double click.
class PresetGallery : public QWidget {
    Q_OBJECT

  public:
    explicit PresetGallery(Theme& theme, QWidget* parent = nullptr);
    void startSearch(const QString& typed = {});  ///< puts the cursor into the field, behind what was typed so far

  signals:
    void presetChosen(const QString& name);
    void searchLeft();  ///< Escape in an empty field

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void filter(const QString& text);
    void moveBy(int rows);
    void openCurrent();

    Theme& m_theme;
    class PresetListModel* m_model;
    QLineEdit* m_search;
    QLabel* m_count;
    QListView* m_list;
};

}  // namespace convolab
