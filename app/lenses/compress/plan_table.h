#pragma once

#include <QWidget>

#include "core/graph/network_spec.h"

class QTableView;

namespace convolab {

class CompressSession;
class Theme;

/// The plan as a table: a row per layer and one for the network. Sparsity and bits are edited in their cells; the chosen
/// row is the chosen layer.
class PlanTable : public QWidget {
    Q_OBJECT

  public:
    PlanTable(Theme& theme, CompressSession& session, QWidget* parent = nullptr);
    ~PlanTable() override;

    void setLayer(NodeId layer);
    QTableView& view() { return *m_view; }

  signals:
    void layerChosen(NodeId layer);  ///< by a person

  private:
    void refresh();
    void fitHeight();

    CompressSession& m_session;
    class PlanTableModel* m_model = nullptr;
    QTableView* m_view = nullptr;
    NodeId m_layer;
    bool m_showing = false;
};

}  // namespace convolab
