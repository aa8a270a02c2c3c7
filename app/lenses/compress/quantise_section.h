#pragma once

#include "app/image/background_job.h"
#include "app/lenses/compress/speed_meter.h"
#include "app/lenses/lens_panel.h"

class QComboBox;
class QPushButton;

namespace convolab {

class CompressSession;
struct ImageDesk;
class SegmentedControl;
class ValueField;

/// How numbers become integers in the whole network: scales, activations, how far a grid reaches and on how many images that
/// is seen; and whether integers are faster here, measured.
class QuantiseSection : public PanelSection {
    Q_OBJECT

  public:
    QuantiseSection(Theme& theme, CompressSession& session, ImageDesk& desk, QWidget* parent = nullptr);

    BackgroundJob& timing() { return m_timing; }
    const std::vector<SpeedComparison>& speeds() const { return m_speeds; }  ///< of the plan that lies there; empty: not measured

  private:
    void buildFields();
    void buildTiming(Theme& theme);
    void refresh();
    void refreshTiming();
    void time();
    void change(const QuantizationSettings& settings, const QString& what, const QString& mergeKey = {});

    CompressSession& m_session;
    ImageDesk& m_desk;
    BackgroundJob m_timing;
    std::vector<SpeedComparison> m_speeds;
    LaidPlanPtr m_timed;
    std::vector<QWidget*> m_rows;
    SegmentedControl *m_scales = nullptr, *m_activations = nullptr;
    QComboBox* m_range = nullptr;
    ValueField* m_images = nullptr;
    QPushButton* m_time = nullptr;
    QLabel *m_help = nullptr, *m_speed = nullptr;
    int m_gesture = 0;  ///< drags of one gesture are one undo step
};

}  // namespace convolab
