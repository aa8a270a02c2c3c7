#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "core/measure/layer_metric.h"
#include "widgets/canvas/card_decorator.h"

namespace convolab {

class SpecEditor;
class Theme;

/// What each layer costs, on the cards: a block coloured by the chosen number, and four meters (time, energy, data moved,
/// MACs). A card counts all layers that run in it. Values are per image at the batch that is chosen.
class HeatDecorator : public CardDecorator {
  public:
    HeatDecorator(const Theme& theme, const SpecEditor& editor) : m_theme(theme), m_editor(editor) {}

    /// `card` null: nothing is measured, and `problem` says so. `measuredBatch` is the batch of the times.
    void show(std::shared_ptr<const LaserCard> card, const LayerMetric& metric, std::int64_t batch, std::int64_t measuredBatch,
              const QString& problem);
    void setHidden(std::function<bool(NodeId)> hidden) { m_hidden = std::move(hidden); }

    void beginLayout() override;
    int slotHeight(NodeId head) const override;
    void paint(QPainter& painter, const QRectF& slot, NodeId head) const override;
    QString hint(const QRectF& slot, NodeId head, QPointF at) const override;

    /// Of one layer by itself, or of all that a card shows; nothing where there is none.
    std::optional<double> layerValue(NodeId node, const LayerMetric& metric) const;
    std::optional<double> cardValue(NodeId head, const LayerMetric& metric) const;
    /// Of the card with the most.
    double largest(const LayerMetric& metric) const;
    double total(const LayerMetric& metric) const;
    ThemeColor heat(NodeId head) const;  ///< the block's colour

  private:
    struct Values {
        std::map<NodeId, double> layers, cards;
        double largest = 0.0, total = 0.0;
    };
    const Values& values(const LayerMetric& metric) const;  ///< made at first use, forgotten by show
    void paintBlock(QPainter& painter, const QRectF& block, NodeId head) const;
    void paintMeters(QPainter& painter, const QRectF& area, NodeId head) const;

    const Theme& m_theme;
    const SpecEditor& m_editor;
    std::shared_ptr<const LaserCard> m_card;
    const LayerMetric* m_metric = nullptr;
    std::int64_t m_batch = 1, m_measuredBatch = 1;
    QString m_problem;
    std::function<bool(NodeId)> m_hidden;
    mutable std::map<const LayerMetric*, Values> m_values;
};

}  // namespace convolab
