#pragma once

#include "app/lenses/lens_panel.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace convolab {

class CanvasSelection;
class InstrumentView;
class LaserView;
class MeasureSession;
class RooflineInstrument;
class SegmentedControl;

/// The right panel of the measure lens: the LASER card, the roofline, and what the modelled energy assumes.
class MeasurePanel : public LensPanel {
    Q_OBJECT

  public:
    MeasurePanel(Theme& theme, MeasureSession& session, CanvasSelection& selection, QWidget* parent = nullptr);

    void refresh();
    void refreshRoofline();

  private:
    void buildCard();
    void buildRoofline();
    void buildEnergy();
    void buildMethod();
    void applyEnergy();
    void applyMethod();

    MeasureSession& m_session;
    CanvasSelection& m_selection;
    QPushButton* m_measure = nullptr;
    LaserView* m_laser = nullptr;
    QLabel *m_note = nullptr, *m_names = nullptr, *m_machine = nullptr, *m_wording = nullptr, *m_measured = nullptr;
    InstrumentView* m_rooflineView = nullptr;
    RooflineInstrument* m_roofline = nullptr;
    QComboBox* m_home = nullptr;
    SegmentedControl *m_batch = nullptr, *m_split = nullptr;
    QComboBox* m_attack = nullptr;
};

}  // namespace convolab
