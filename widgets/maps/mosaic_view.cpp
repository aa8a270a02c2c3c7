#include "widgets/maps/mosaic_view.h"

#include "widgets/plots/number_text.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr int kRoomForWhy = 48;

}  // namespace

MosaicView::MosaicView(Theme& theme, const QString& name, QWidget* parent) : ValueView(theme, name, parent) {
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void MosaicView::setMaps(const std::string& title, std::shared_ptr<const void> owner, View<const float> maps, MapMosaic mosaic) {
    const bool sameShape = m_maps.shape == maps.shape && m_mosaic.columns() == mosaic.columns() &&
                           m_mosaic.shownMaps().size() == mosaic.shownMaps().size();
    m_title = title;
    m_owner = std::move(owner);
    m_maps = maps;
    m_mosaic = std::move(mosaic);
    if (!sameShape) updateGeometry();
    describe();
    update();
}

void MosaicView::clear(const QString& why) {
    m_owner.reset();
    m_maps = {};
    m_mosaic = {};
    m_why = why;
    updateGeometry();
    setAccessibleDescription(why);
    update();
}

void MosaicView::setSelected(std::int64_t map) {
    if (map == m_marks.selected) return;
    m_marks.selected = map;
    describe();
    update();
}

void MosaicView::setOff(std::set<std::int64_t> maps) {
    m_marks.off = std::move(maps);
    describe();
    update();
}

void MosaicView::setCaptions(std::function<QString(std::int64_t)> caption) {
    m_caption = std::move(caption);
    updateGeometry();
    update();
}

void MosaicView::describe() {
    if (m_mosaic.empty()) return;
    QString text = tr("%1, %2 maps").arg(QString::fromStdString(m_title)).arg(m_mosaic.total());
    if (m_marks.selected >= 0) text += tr(", map %1 chosen").arg(m_marks.selected);
    if (!m_marks.off.empty()) text += tr(", %n switched off", nullptr, static_cast<int>(m_marks.off.size()));
    setAccessibleDescription(text);
}

QSize MosaicView::sizeHint() const { return {280, heightForWidth(280)}; }

int MosaicView::heightForWidth(int width) const {
    if (m_mosaic.empty()) return kRoomForWhy;
    const auto rows = std::ceil(static_cast<double>(m_mosaic.shownMaps().size()) / m_mosaic.columns());
    return static_cast<int>(std::ceil(m_mosaic.heightFor(width - 4) + rows * captionHeight())) + 4;
}

// With captions the rows of tiles stand further apart than the mosaic itself puts them.
QRectF MosaicView::box() const {
    const QRectF room(2, 2, width() - 4.0, std::max(1.0, m_mosaic.heightFor(width() - 4)));
    const QRectF used = m_mosaic.area(room);
    return {room.topLeft(), QSizeF(used.width(), room.height())};
}

QRectF MosaicView::tileRect(std::size_t tile) const {
    const double row = static_cast<double>(tile / static_cast<std::size_t>(m_mosaic.columns()));
    return m_mosaic.tileRect(box(), tile).translated(0, row * captionHeight());
}

std::optional<MosaicView::Place> MosaicView::placeAt(QPointF at) const {
    if (!m_caption) return m_mosaic.placeAt(box(), at);
    for (std::size_t tile = 0; tile < m_mosaic.shownMaps().size(); ++tile) {
        const QRectF rect = tileRect(tile);
        if (rect.contains(at)) return m_mosaic.placeAt(box(), at - rect.topLeft() + m_mosaic.tileRect(box(), tile).topLeft());
    }
    return std::nullopt;
}

double MosaicView::valueAt(const Place& place) const {
    return m_maps[(place.map * planes() * m_maps.shape.height() + place.row) * m_maps.shape.width() + place.column];
}

std::optional<InstrumentExport> MosaicView::exported() const {
    if (m_mosaic.empty()) return std::nullopt;
    const int rows = static_cast<int>(m_maps.shape.height()), columns = static_cast<int>(m_maps.shape.width());
    if (m_mosaic.isVector()) {
        const int across = m_mosaic.columns(), down = static_cast<int>((m_mosaic.total() + across - 1) / across);
        std::vector<float> values(m_maps.data, m_maps.data + m_mosaic.total());
        values.resize(static_cast<std::size_t>(across) * static_cast<std::size_t>(down), std::nanf(""));
        return mapExport({m_title, down, across, std::move(values), m_mosaic.scale()});
    }
    std::vector<ValueTable> tables;
    for (const std::int64_t map : m_mosaic.shownMaps()) {
        const float* first = m_maps.data + map * planes() * rows * columns;
        tables.push_back({tr("map %1").arg(map).toStdString(), rows, columns, {first, first + rows * columns}, m_mosaic.scale()});
    }
    return mosaicExport(m_title, std::move(tables), m_mosaic.columns());
}

void MosaicView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (m_mosaic.empty()) {
        painter.setFont(theme().font(FontRole::Caption));
        painter.setPen(toQColor(tokens().text3));
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, m_why);
        return;
    }
    if (!m_caption) {
        m_mosaic.paint(painter, box(), tokens(), m_marks);
    } else {
        painter.setFont(theme().font(FontRole::Axis));
        for (std::size_t tile = 0; tile < m_mosaic.shownMaps().size(); ++tile) {
            const QRectF rect = tileRect(tile);
            m_mosaic.paintTile(painter, rect, tile, tokens(), m_marks);
            painter.setPen(toQColor(tokens().text3));
            painter.drawText(QRectF(rect.left() - 8, rect.bottom() + 1, rect.width() + 16, captionHeight() - 1), Qt::AlignCenter,
                             m_caption(m_mosaic.shownMaps()[tile]));
        }
    }
    paintFocus(painter, rect());
}

void MosaicView::mouseMoveEvent(QMouseEvent* event) {
    const auto place = placeAt(event->position());
    setCursor(place ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (place) emit pointed(*place);
}

void MosaicView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    setFocus(Qt::MouseFocusReason);
    const auto place = placeAt(event->position());
    if (!place) return;
    if (event->modifiers() & Qt::ControlModifier)
        emit toggled(place->map);
    else
        emit chosen(*place);
}

void MosaicView::leaveEvent(QEvent*) { emit left(); }

void MosaicView::keyPressEvent(QKeyEvent* event) {
    const auto& maps = m_mosaic.shownMaps();
    if (maps.empty()) return ValueView::keyPressEvent(event);
    const auto found = std::find(maps.begin(), maps.end(), m_marks.selected);
    auto at = found == maps.end() ? std::ptrdiff_t{-1} : found - maps.begin();
    switch (event->key()) {
        case Qt::Key_Left: at -= 1; break;
        case Qt::Key_Right: at += 1; break;
        case Qt::Key_Up: at -= m_mosaic.columns(); break;
        case Qt::Key_Down: at += m_mosaic.columns(); break;
        case Qt::Key_Home: at = 0; break;
        case Qt::Key_End: at = static_cast<std::ptrdiff_t>(maps.size()) - 1; break;
        case Qt::Key_O:
            if (at >= 0) emit toggled(m_marks.selected);
            return;
        default: return ValueView::keyPressEvent(event);
    }
    at = std::clamp(at, std::ptrdiff_t{0}, static_cast<std::ptrdiff_t>(maps.size()) - 1);
    emit chosen({maps[static_cast<std::size_t>(at)], m_maps.shape.height() / 2, m_maps.shape.width() / 2});
}

}  // namespace convolab
