#pragma once

#include <QFrame>
#include <vector>

#include "app/image/dial_curve.h"

class QCheckBox;
class QPushButton;

namespace convolab {

class CurvesInstrument;
class InstrumentView;
class SegmentedControl;
class Theme;
class ValueField;
struct ImageDesk;

/// The dial: shifts, turns, scales, disturbs and inverts the current image, and below it how the accuracy of the network
/// bears one of these.
class DialPopover : public QFrame {
    Q_OBJECT

  public:
    DialPopover(Theme& theme, ImageDesk& desk, QWidget* parent = nullptr);

    void showAbove(QWidget* button);

  private:
    void buildFields();
    void buildCurve();
    void refresh();
    void refreshCurve();

    Theme& m_theme;
    ImageDesk& m_desk;
    DialCurve m_curve;
    std::vector<ValueField*> m_fields;  ///< in the order of dialAxes()
    QCheckBox* m_invert = nullptr;
    QPushButton *m_reset = nullptr, *m_measure = nullptr;
    SegmentedControl *m_axis = nullptr, *m_images = nullptr, *m_split = nullptr;
    InstrumentView* m_view = nullptr;
    CurvesInstrument* m_plot = nullptr;
};

}  // namespace convolab
