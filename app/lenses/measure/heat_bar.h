#pragma once

#include <QWidget>

#include "widgets/theme/tokens.h"

namespace convolab {

class HeatDecorator;
class MeasureSession;
class SegmentedControl;
class Theme;

/// Floats over the canvas, upper left: which number colours the cards, and what the colours mean.
class HeatBar : public QWidget {
    Q_OBJECT

  public:
    HeatBar(Theme& theme, MeasureSession& session, const HeatDecorator& heat, QWidget* canvas);
    void refresh();

  private:
    MeasureSession& m_session;
    const HeatDecorator& m_heat;
    SegmentedControl* m_choice = nullptr;
    class HeatScale* m_scale = nullptr;
    QStringList m_ids;
};

}  // namespace convolab
