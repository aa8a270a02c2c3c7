#pragma once

#include <QObject>
#include <memory>

#include "app/lenses/lens.h"
#include "app/lenses/measure/measure_session.h"

namespace convolab {

class CanvasView;
class HeatBar;
class HeatDecorator;
class LayerList;
class MeasurePanel;
class MeasureStrip;
class Theme;

/// Measure: what the network costs and what it is worth, layer by layer and as five numbers (LASER).
class MeasureLens : public QObject, public Lens {
    Q_OBJECT

  public:
    MeasureLens(Theme& theme, LabDocument& document, TrainingSession& training, ImageDesk& desk, CanvasView& canvas,
                QObject* parent = nullptr);
    ~MeasureLens() override;

    QString id() const override { return QStringLiteral("measure"); }
    QString title() const override { return tr("Measure"); }
    QWidget* leftPanel() override;
    QWidget* rightPanel() override;
    QWidget* strip() override;
    int stripHeight() const override { return 310; }
    CardDecorator* decorator() override;
    void setActive(bool active) override;

    MeasureSession& session() { return m_session; }
    HeatDecorator& heat() { return *m_heat; }

  signals:
    void cardsChanged();  ///< what the decorator draws is new
    void message(const QString& text, bool problem);

  private:
    void refreshCards();

    ImageDesk& m_desk;
    MeasureSession m_session;
    std::unique_ptr<HeatDecorator> m_heat;
    LayerList* m_list = nullptr;
    MeasurePanel* m_panel = nullptr;
    MeasureStrip* m_strip = nullptr;
    HeatBar* m_bar = nullptr;
    bool m_active = false;
};

}  // namespace convolab
