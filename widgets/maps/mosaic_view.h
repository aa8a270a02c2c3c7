// All maps of a layer, large: point at a value, choose a map, switch one off.
#pragma once

#include "widgets/maps/map_mosaic.h"
#include "widgets/maps/value_export.h"
#include "widgets/maps/value_view.h"

#include <functional>
#include <memory>

namespace convolab {

class MosaicView : public ValueView {
    Q_OBJECT

public:
    using Place = MapMosaic::Place;
    MosaicView(Theme& theme, const QString& name, QWidget* parent = nullptr);

    // `maps` (C, H, W) or (n), of which `mosaic` was made, is memory of `owner`, which the view keeps alive.
    void setMaps(const std::string& title, std::shared_ptr<const void> owner, View<const float> maps, MapMosaic mosaic);
    void clear(const QString& why);
    void setSelected(std::int64_t map);
    void setOff(std::set<std::int64_t> maps);
    void setCaptions(std::function<QString(std::int64_t)> caption);  // under each tile; null: none

    const MapMosaic& mosaic() const { return m_mosaic; }
    QRectF tileRect(std::size_t tile) const;
    double valueAt(const Place& place) const;
    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

signals:
    void pointed(const convolab::MapMosaic::Place& place);
    void chosen(const convolab::MapMosaic::Place& place);   // click or Enter
    void toggled(qint64 map);                               // Ctrl + click, or O
    void left();

protected:
    std::optional<InstrumentExport> exported() const override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRectF box() const;
    // Three planes a tile where the mosaic shows colours; values are those of the first.
    std::int64_t planes() const { return m_mosaic.total() > 0 ? m_maps.shape.channels() / m_mosaic.total() : 1; }
    double captionHeight() const { return m_caption ? 15 : 0; }
    std::optional<Place> placeAt(QPointF at) const;
    void describe();

    std::string m_title;
    std::shared_ptr<const void> m_owner;
    View<const float> m_maps;
    MapMosaic m_mosaic;
    MapMosaic::Marks m_marks;
    std::function<QString(std::int64_t)> m_caption;
    QString m_why;
};

}  // namespace convolab
