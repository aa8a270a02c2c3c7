#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "app/lenses/compress/plan_bench.h"
#include "core/compress/quantization/quantization_error.h"
#include "widgets/canvas/card_decorator.h"
#include "widgets/weights/weight_picture.h"

namespace convolab {

class SpecEditor;
class Theme;

/// The plan on the cards: a layer's weights with the pruned ones left empty, its sparsity, its bits, its bytes before and
/// after, and its share of the network. A folded block shows the sums, and in place of the weights a bar for each of its
/// layers.
class PlanDecorator : public CardDecorator {
  public:
    PlanDecorator(const Theme& theme, const SpecEditor& editor) : m_theme(theme), m_editor(editor) {}

    void show(LaidPlanPtr laid, bool waits, const QString& problem);
    /// What rounding does to each layer's output; none: nothing is rounded, or it is not known yet.
    void showErrors(const std::vector<LayerQuantizationError>& errors, bool stale);
    void setHidden(std::function<bool(NodeId)> hidden) { m_hidden = std::move(hidden); }  ///< its picture is switched off

    void beginLayout() override { m_largestBytes = 0; }
    int slotHeight(NodeId head) const override;
    void paint(QPainter& painter, const QRectF& slot, NodeId head) const override;
    QString hint(const QRectF& slot, NodeId head, QPointF at) const override;

    /// The layers with weights in a card: its head, or those of a folded block in execution order. Empty: it has none.
    std::vector<const LayerFigures*> layers(NodeId head) const;
    static QRectF pictureArea(const QRectF& slot);
    static QRectF layerRow(const QRectF& area, std::size_t row);  ///< of a block's layers in the picture's area

  private:
    const WeightPicture& picture(NodeId layer) const;
    QRectF pictureTarget(const QRectF& area, const WeightPicture& picture) const;
    using Layers = std::vector<const LayerFigures*>;
    void paintPicture(QPainter& painter, const QRectF& area, const LayerFigures& figures) const;
    void paintLayers(QPainter& painter, const QRectF& area, const Layers& layers) const;
    void paintFigures(QPainter& painter, const QRectF& area, const Layers& layers) const;
    void paintBits(QPainter& painter, const QRectF& row, const LayerCompression& plan, const QString& words) const;
    void paintError(QPainter& painter, const QRectF& row, const Layers& layers) const;
    QString figuresHint(const Layers& layers) const;
    QString weightHint(const QRectF& area, NodeId layer, QPointF at) const;
    std::optional<std::pair<NodeId, double>> worstError(const Layers& layers) const;  ///< the layer and its SQNR in dB
    std::int64_t largestBytes() const;                                                ///< of the card that is largest unpacked
    void paintNone(QPainter& painter, const QRectF& slot, NodeId head) const;

    const Theme& m_theme;
    const SpecEditor& m_editor;
    LaidPlanPtr m_laid;
    std::map<NodeId, double> m_errors;  ///< SQNR of the outputs in dB
    double m_largestError = 0.0;        ///< as a share of the signal
    NodeId m_worst;                     ///< of the layers on fewer than 32 bits
    bool m_waits = false, m_errorsStale = false;
    QString m_problem;
    std::function<bool(NodeId)> m_hidden;
    mutable std::int64_t m_largestBytes = 0;             ///< 0: not computed yet
    mutable std::map<NodeId, WeightPicture> m_pictures;  ///< of m_laid, made when first painted
};

}  // namespace convolab
