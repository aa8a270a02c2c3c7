#pragma once

#include <QWidget>

#include "core/train/rate_range.h"

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace convolab {

class CurvesInstrument;
class InstrumentView;
class LabDocument;
class RateRangeSession;
class Theme;

/// The range test in the strip: loss over the rate, what it suggests, and its ends. A click into the curve takes that rate over.
class RateRangePage : public QWidget {
    Q_OBJECT

  public:
    RateRangePage(Theme& theme, LabDocument& document, RateRangeSession& session, QWidget* parent = nullptr);

  signals:
    void closed();  ///< back to the curves

  private:
    QLineEdit* addField(const QString& label, const char* name, const QString& value, QHBoxLayout& row);
    void run();
    void refresh();
    void take(double rate);

    LabDocument& m_document;
    RateRangeSession& m_session;
    InstrumentView* m_view = nullptr;
    CurvesInstrument* m_curve = nullptr;
    QLineEdit *m_lowest = nullptr, *m_highest = nullptr, *m_steps = nullptr;
    QPushButton *m_run = nullptr, *m_take = nullptr;
    QLabel* m_said = nullptr;
    QString m_problem;
};

}  // namespace convolab
