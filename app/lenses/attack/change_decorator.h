#pragma once

#include <functional>
#include <map>

#include "app/lenses/attack/attack_bench.h"
#include "widgets/canvas/card_decorator.h"
#include "widgets/maps/map_mosaic.h"

namespace convolab {

class SpecEditor;
class Theme;

/// How far the adversarial image's activations depart from the clean one's, on the cards: the signed change of each map,
/// ‖Δa‖ / ‖a‖, and bars for this image, a mean, and noise of the same size. On the input the adversarial image, on the
/// output the classes before and after. Edges are wider and warmer the more their values depart.
class ChangeDecorator : public CardDecorator {
  public:
    ChangeDecorator(const Theme& theme, const SpecEditor& editor) : m_theme(theme), m_editor(editor) {}

    /// `picture` null: nothing to show, and `problem` says why.
    void show(AttackPicturePtr picture, SampleDivergencePtr sample, bool waits, const QString& problem);
    void setHidden(std::function<bool(NodeId)> hidden) { m_hidden = std::move(hidden); }  ///< its picture is switched off
    void setClassName(std::function<QString(int)> name) { m_className = std::move(name); }

    int slotHeight(NodeId head) const override;
    void paint(QPainter& painter, const QRectF& slot, NodeId head) const override;
    QString hint(const QRectF& slot, NodeId head, QPointF at) const override;
    std::optional<EdgeLook> edge(NodeId fromHead, NodeId toHead) const override;

    /// Of the layer itself, for the layer list; nothing where it is not known.
    std::optional<double> divergence(NodeId node) const;
    /// The layer whose output a card shows: the last one docked in it; of a folded block its last layer.
    NodeId shownLayer(NodeId head) const;

    struct Figures {
        double own = 0.0;
        std::optional<double> mean, noise;
    };
    std::optional<Figures> figures(NodeId head) const;

  private:
    bool isOutput(NodeId head) const;
    QString valueHint(const QRectF& slot, NodeId head, QPointF at, const Figures& values) const;
    const MapMosaic& mosaic(NodeId node) const;
    void paintFigures(QPainter& painter, const QRectF& area, const Figures& figures) const;
    void paintClasses(QPainter& painter, const QRectF& area) const;
    void paintInput(QPainter& painter, const QRectF& area) const;
    double largest() const;

    const Theme& m_theme;
    const SpecEditor& m_editor;
    AttackPicturePtr m_picture;
    SampleDivergencePtr m_sample;
    QString m_problem;
    bool m_waits = false;
    std::function<bool(NodeId)> m_hidden;
    std::function<QString(int)> m_className;
    mutable std::map<NodeId, MapMosaic> m_mosaics;  ///< of m_picture, made when first painted
};

}  // namespace convolab
