#pragma once

#include "app/lenses/lens_panel.h"

class QGridLayout;
class QPushButton;

namespace convolab {

class CompressSession;
class DenseSession;
class LabDocument;
class TrainingSession;

/// What making the network dense gives: filters, parameters, MACs and measured time before and after, how equal it is, and
/// why some filters have to stay. There only while there is an outcome to take or leave.
class DenseSection : public PanelSection {
    Q_OBJECT

  public:
    DenseSection(Theme& theme, LabDocument& document, TrainingSession& session, CompressSession& compress, DenseSession& dense, QWidget* parent = nullptr);

  signals:
    void message(const QString& text, bool problem);

  private:
    void refresh();
    void take();
    QString layersText() const;
    QString heldText() const;

    LabDocument& m_document;
    TrainingSession& m_session;
    CompressSession& m_compress;
    DenseSession& m_dense;
    QGridLayout* m_grid = nullptr;
    QLabel* m_cells[4][3] = {};
    QLabel *m_proof = nullptr, *m_layers = nullptr, *m_held = nullptr;
    QPushButton *m_take = nullptr, *m_leave = nullptr;
};

}  // namespace convolab
