#pragma once

#include <functional>
#include <memory>
#include <set>

#include "app/lenses/look_inside/layer_pictures.h"
#include "core/inspect/ablation.h"
#include "widgets/canvas/card_decorator.h"

namespace convolab {

class InspectFocus;
class SpecEditor;
class Theme;

/// Draws what the current image does in each layer into its card: the maps, the image itself in the input's, bars in the
/// output's; for a folded block the maps that leave it. A click on a map looks at it, Ctrl + click switches it off and on.
class MapsDecorator : public CardDecorator {
  public:
    MapsDecorator(const Theme& theme, const SpecEditor& editor, InspectFocus& focus)
        : m_theme(theme), m_editor(editor), m_focus(focus) {}

    void setPictures(std::shared_ptr<const LayerPictures> pictures) { m_pictures = std::move(pictures); }
    void setStale(bool stale) { m_stale = stale; }            ///< drawn faint: a newer answer is missing
    void setNote(const QString& note) { m_note = note; }      ///< stands in empty slots
    void setChannelsOff(std::set<ChannelRef> channels) { m_off = std::move(channels); }
    void setClassNames(QStringList names) { m_classes = std::move(names); }
    void setHidden(std::function<bool(NodeId)> hidden) { m_hidden = std::move(hidden); }
    void setToggle(std::function<void(const ChannelRef&)> toggle) { m_toggle = std::move(toggle); }
    void setLargestSlot(int pixels) { m_largest = pixels; }
    void toggle(const ChannelRef& channel) const { if (m_toggle) m_toggle(channel); }  ///< as Ctrl + click on its map

    void beginLayout() override;
    int slotHeight(NodeId head) const override;
    void paint(QPainter& painter, const QRectF& slot, NodeId head) const override;
    bool press(const QRectF& slot, NodeId head, QPointF at, Qt::KeyboardModifiers modifiers) override;
    QString hint(const QRectF& slot, NodeId head, QPointF at) const override;

    /// Where the maps stand in a slot, for tests that click on one.
    QRectF mosaicBox(const QRectF& slot, NodeId head) const;
    const LayerPicture* picture(NodeId head) const;

  private:
    double wantedHeight(NodeId card) const;
    QString valueHint(const QRectF& slot, NodeId head, QPointF at, const LayerPicture& shown) const;
    QRectF barRow(const QRectF& slot, std::size_t rows, std::size_t row) const;
    std::vector<int> barClasses(const LayerPicture& picture, const QRectF& slot) const;
    void paintBars(QPainter& painter, const QRectF& slot, const LayerPicture& picture) const;
    QString className(int label) const;

    const Theme& m_theme;
    const SpecEditor& m_editor;
    InspectFocus& m_focus;
    std::shared_ptr<const LayerPictures> m_pictures;
    std::set<ChannelRef> m_off;
    QStringList m_classes;
    QString m_note;
    std::function<bool(NodeId)> m_hidden;
    std::function<void(const ChannelRef&)> m_toggle;
    int m_largest = 236;
    double m_tallest = 0.0;  ///< what the card with the most to show would like to have
    bool m_stale = false;
};

}  // namespace convolab
