#pragma once

#include <QImage>
#include <map>

#include "core/model/weights.h"
#include "widgets/canvas/card_decorator.h"

namespace convolab {

class SpecEditor;
class Theme;

/// Draws each layer's newest weights into its card: the kernels of a convolution for its first input channel, a dense
/// layer's matrix thinned to the slot, or a picture for each unit where these are few and see a small image; for a folded block those of its layer with the most weights. Diverging colours, symmetric about 0, limit = the layer's largest magnitude.
class WeightsDecorator : public CardDecorator {
  public:
    WeightsDecorator(const Theme& theme, const SpecEditor& editor) : m_theme(theme), m_editor(editor) {}

    void setWeights(WeightSetPtr weights);  ///< null: nothing is trained yet
    int slotHeight(NodeId head) const override;
    void paint(QPainter& painter, const QRectF& slot, NodeId head) const override;
    QString hint(const QRectF& slot, NodeId head, QPointF at) const override;

    /// The layer whose weights a card shows; 0: it has none to show.
    NodeId shownLayer(NodeId head) const;

  private:
    /// A dense layer of few units over a small image is drawn like a convolution: what each unit looks for.
    Shape drawnShape(const ParameterEntry& entry) const;
    const QImage& picture(const ParameterEntry& entry) const;

    const Theme& m_theme;
    const SpecEditor& m_editor;
    WeightSetPtr m_weights;
    mutable std::map<NodeId, QImage> m_pictures;  ///< of m_weights, made when first painted
};

}  // namespace convolab
