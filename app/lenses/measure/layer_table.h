#pragma once

#include <QTableView>
#include <memory>

#include "app/lenses/measure/measure_presenters.h"

class QMenu;

namespace convolab {

class CanvasSelection;
class LayerTableModel;
class Theme;

/// Every layer that runs with its numbers, sortable by each column; cells are coloured by their share of the column's
/// largest. Below, whatever the order: what lies between the layers, and the network. The selection is the canvas's.
class LayerTable : public QTableView {
    Q_OBJECT

  public:
    LayerTable(Theme& theme, CanvasSelection& selection, QWidget* parent = nullptr);
    ~LayerTable() override;

    void setRows(std::vector<LayerRowFigures> rows, bool stale);
    QString text() const;   ///< tab-separated, as shown
    std::string csv() const;
    std::unique_ptr<QMenu> makeMenu() const;

  signals:
    void saveRequested();   ///< "Save as CSV …"

  protected:
    void contextMenuEvent(QContextMenuEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    void showSelection();
    void fitColumns();

    Theme& m_theme;
    CanvasSelection& m_selection;
    LayerTableModel* m_model = nullptr;
    bool m_showing = false;
    bool m_stale = false;
};

}  // namespace convolab
