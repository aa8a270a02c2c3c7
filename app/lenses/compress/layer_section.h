#pragma once

#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/layer_weights.h"
#include "app/lenses/lens_panel.h"

class QComboBox;
class QSlider;

namespace convolab {

class SegmentedControl;
class ValueField;
class WeightHistogramView;

/// The chosen layer: its weights with the threshold and the levels, how much of it goes, and on how many bits the rest stays.
class LayerSection : public PanelSection {
    Q_OBJECT

  public:
    LayerSection(Theme& theme, LabDocument& document, CompressSession& session, QWidget* parent = nullptr);

    void setLayer(NodeId layer);
    NodeId layer() const { return m_layer; }
    LayerWeights& weights() { return m_weights; }

  private:
    enum class Scope { Layer, Every, Global };
    void buildFields();
    void buildLevels();
    void showPlan();
    void showWeights();
    void setSparsity(double sparsity, const QString& mergeKey);
    void setGlobalSparsity(double sparsity, const QString& mergeKey);
    /// Of the layer or of all of them, as the scope says.
    void setBits(int bits, WeightLevels levels);
    void take(const Result<CompressionPlan>& plan, const QString& what, const QString& mergeKey);
    Scope scope() const;
    Granularity granularity() const;
    /// The plan with another sparsity of the chosen layer or of every one; bits stay.
    Result<CompressionPlan> withSparsity(double sparsity) const;
    void endGesture() { ++m_gesture; }

    Theme& m_theme;
    LabDocument& m_document;
    CompressSession& m_session;
    LayerWeights m_weights;
    LatestTask m_global;
    NodeId m_layer;
    WeightHistogramView* m_histogram = nullptr;
    ValueField* m_sparsity = nullptr;
    SegmentedControl *m_scope = nullptr, *m_granularity = nullptr, *m_bits = nullptr, *m_levels = nullptr;
    QComboBox* m_criterion = nullptr;
    QLabel *m_cutNote = nullptr, *m_levelsNote = nullptr, *m_message = nullptr;
    int m_gesture = 0;  ///< drags of one gesture are one undo step
    bool m_showing = false;
};

}  // namespace convolab
