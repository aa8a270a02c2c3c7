#pragma once

#include <QObject>
#include <memory>

#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/dense_session.h"
#include "app/lenses/compress/error_session.h"
#include "app/lenses/compress/export_session.h"
#include "app/lenses/compress/recipe_session.h"
#include "app/lenses/compress/sensitivity_session.h"
#include "app/lenses/compress/stage_session.h"
#include "app/lenses/compress/tune_session.h"
#include "app/lenses/lens.h"

namespace convolab {

class CanvasSelection;
class CompressPanel;
class CompressStrip;
class LayerList;
class PlanDecorator;
class Theme;

/// Compress: how much of the network is needed. A plan lies over it, and its worth follows every change.
class CompressLens : public QObject, public Lens {
    Q_OBJECT

  public:
    CompressLens(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, CanvasSelection& selection,
                 QObject* parent = nullptr);
    ~CompressLens() override;

    QString id() const override { return QStringLiteral("compress"); }
    QString title() const override { return tr("Compress"); }
    QWidget* leftPanel() override;
    QWidget* rightPanel() override;
    QWidget* strip() override;
    int stripHeight() const override { return 310; }
    CardDecorator* decorator() override;
    void setActive(bool active) override;

    CompressSession& compress() { return m_compress; }
    TuneSession& tune() { return m_tune; }
    DenseSession& dense() { return m_dense; }
    SensitivitySession& sensitivity() { return m_sensitivity; }
    ErrorSession& errors() { return m_errors; }
    StageSession& stages() { return m_stages; }
    RecipeSession& recipe() { return m_recipe; }
    ExportSession& exports() { return m_exports; }

  signals:
    void cardsChanged();  ///< what the decorator draws is new
    void message(const QString& text, bool problem);
    void trainRequested();  ///< there are no weights to compress yet

  private:
    void refreshCards();
    void followSelection();
    NodeId firstLayer() const;

    LabDocument& m_document;
    ImageDesk& m_desk;
    CanvasSelection& m_selection;
    CompressSession m_compress;
    TuneSession m_tune;
    DenseSession m_dense;
    SensitivitySession m_sensitivity;
    ErrorSession m_errors;
    StageSession m_stages;
    RecipeSession m_recipe;
    ExportSession m_exports;
    LayerList* m_list = nullptr;
    CompressPanel* m_panel = nullptr;
    CompressStrip* m_strip = nullptr;
    std::unique_ptr<PlanDecorator> m_decorator;
    bool m_active = false;
};

}  // namespace convolab
