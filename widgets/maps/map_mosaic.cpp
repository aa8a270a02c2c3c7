#include "widgets/maps/map_mosaic.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kGap = 2;
constexpr double kLargestPixel = 24;  // a 1 × 3 map need not fill the card

std::vector<std::int64_t> strongest(View<const float> maps, std::int64_t most) {
    const std::int64_t count = maps.shape[0], area = maps.shape.size() / std::max<std::int64_t>(1, count);
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    if (count <= most) return order;
    std::vector<double> strength(order.size());
    for (std::int64_t map = 0; map < count; ++map)
        for (std::int64_t i = 0; i < area; ++i)
            strength[static_cast<std::size_t>(map)] += std::abs(static_cast<double>(maps[map * area + i]));
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return strength[static_cast<std::size_t>(a)] > strength[static_cast<std::size_t>(b)];
    });
    order.resize(static_cast<std::size_t>(most));
    std::sort(order.begin(), order.end());
    return order;
}

int mosaicColumns(std::int64_t total, std::int64_t tiles) { return tiles == 1 ? 1 : total <= 6 ? 2 : 4; }

double stackedHeight(std::int64_t tiles, int columns, std::int64_t rows, std::int64_t width, double gap, double room) {
    const double across = std::min<double>(columns, static_cast<double>(tiles)), down = std::ceil(static_cast<double>(tiles) / columns);
    const double tile = std::min((room - gap * (across - 1)) / across, kLargestPixel * static_cast<double>(width));
    return down * tile * static_cast<double>(rows) / static_cast<double>(width) + gap * (down - 1);
}

// Signed values as colours about middle grey: what a filter on a colour image looks for.
QImage colourPicture(const float* planes, std::int64_t rows, std::int64_t width, double limit) {
    QImage picture(static_cast<int>(width), static_cast<int>(rows), QImage::Format_RGB32);
    const std::int64_t area = rows * width;
    const auto level = [&](std::int64_t at) {
        const double value = planes[at] / limit;
        return std::isfinite(value) ? static_cast<int>(std::lround(std::clamp(0.5 + 0.5 * value, 0.0, 1.0) * 255)) : 0;
    };
    for (std::int64_t y = 0; y < rows; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
            const std::int64_t at = y * width + x;
            picture.setPixel(static_cast<int>(x), static_cast<int>(y), qRgb(level(at), level(at + area), level(at + 2 * area)));
        }
    return picture;
}

void cross(QPainter& painter, const QRectF& tile, const Tokens& tokens) {
    painter.fillRect(tile, toQColor(withAlpha(tokens.bg3, 0.72)));
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setPen(QPen(toQColor(tokens.warning), 1.5));
    const QRectF inner = tile.adjusted(2, 2, -2, -2);
    painter.drawLine(inner.topLeft(), inner.bottomRight());
    painter.drawLine(inner.topRight(), inner.bottomLeft());
    painter.setRenderHint(QPainter::Antialiasing, false);
}

}  // namespace

int unitColumns(std::int64_t units) {
    const auto root = static_cast<std::int64_t>(std::floor(std::sqrt(static_cast<double>(units))));
    for (std::int64_t columns = root; columns >= std::max<std::int64_t>(1, root / 2); --columns)
        if (units % columns == 0) return static_cast<int>(columns);
    return static_cast<int>(std::max<std::int64_t>(1, root));
}

MapMosaic::MapMosaic(View<const float> maps, const MapMosaicOptions& options) {
    if (maps.data == nullptr || maps.shape.size() == 0) return;
    m_scale = options.scale ? *options.scale : ValueScale::of(maps.span());
    m_hasNaN = hasNonFinite(maps.span());
    m_total = maps.shape.channels() / (options.colour ? 3 : 1);
    m_vector = maps.shape.height() * maps.shape.width() == 1;
    if (m_vector)
        takeVector(maps);
    else
        takeMaps(maps, options);
}

void MapMosaic::takeVector(View<const float> values) {
    m_rows = m_width = 1;
    m_columns = unitColumns(m_total);
    const std::int64_t rows = (m_total + m_columns - 1) / m_columns;
    QImage picture(m_columns, static_cast<int>(rows), QImage::Format_ARGB32_Premultiplied);
    picture.fill(Qt::transparent);
    for (std::int64_t unit = 0; unit < m_total; ++unit) {
        const ThemeColor color = m_scale.color(values[unit]);
        picture.setPixel(static_cast<int>(unit % m_columns), static_cast<int>(unit / m_columns), qRgb(color.red, color.green, color.blue));
    }
    m_tiles.push_back(std::move(picture));
    m_maps.resize(static_cast<std::size_t>(m_total));
    std::iota(m_maps.begin(), m_maps.end(), 0);
}

void MapMosaic::takeMaps(View<const float> maps, const MapMosaicOptions& options) {
    m_rows = maps.shape.height();
    m_width = maps.shape.width();
    const std::int64_t planes = options.colour ? 3 : 1;
    m_maps = strongest({maps.data, Shape{m_total, planes * m_rows, m_width}}, options.most);
    const auto count = static_cast<std::int64_t>(m_maps.size());
    m_columns = options.columns > 0 ? options.columns : mosaicColumns(m_total, count);
    const std::int64_t longest = std::max(m_rows, m_width);
    const std::int64_t step = options.largestSide > 0 ? (longest + options.largestSide - 1) / options.largestSide : 1;
    const std::int64_t rows = (m_rows + step - 1) / step, width = (m_width + step - 1) / step, area = m_rows * m_width;
    std::vector<float> thinned(static_cast<std::size_t>(rows * width));
    for (const std::int64_t map : m_maps) {
        const float* values = maps.data + map * planes * area;
        if (options.colour) {
            m_tiles.push_back(colourPicture(values, m_rows, m_width, m_scale.limit));
            continue;
        }
        std::span<const float> shown(values, static_cast<std::size_t>(area));
        if (step > 1) {
            for (std::int64_t y = 0; y < rows; ++y)
                for (std::int64_t x = 0; x < width; ++x)
                    thinned[static_cast<std::size_t>(y * width + x)] = values[y * step * m_width + x * step];
            shown = thinned;
        }
        ValueScale scale = m_scale;
        if (options.scalePerMap) scale.limit = ValueScale::of({values, static_cast<std::size_t>(area)}).limit;
        m_tiles.push_back(scale.picture(shown, static_cast<int>(width), static_cast<int>(rows)));
    }
}

double MapMosaic::heightFor(double width) const {
    if (empty()) return 0;
    return stackedHeight(static_cast<std::int64_t>(m_maps.size()), m_columns, m_rows, m_width, m_vector ? 0 : kGap, width);
}

double MapMosaic::heightFor(const Shape& shape, double width, int most) {
    if (shape.size() == 0) return 0;
    const bool vector = shape.height() * shape.width() == 1;
    const std::int64_t tiles = vector ? shape.channels() : std::min<std::int64_t>(shape.channels(), most);
    return stackedHeight(tiles, vector ? unitColumns(tiles) : mosaicColumns(shape.channels(), tiles), shape.height(), shape.width(),
                         vector ? 0 : kGap, width);
}

MapMosaic::Geometry MapMosaic::geometry(const QRectF& box) const {
    Geometry result;
    const auto tiles = m_vector ? static_cast<double>(m_total) : static_cast<double>(m_tiles.size());
    const double columns = std::min<double>(m_columns, tiles), rows = std::ceil(tiles / m_columns);
    result.gap = m_vector ? 0 : kGap;
    const double aspect = static_cast<double>(m_rows) / static_cast<double>(m_width);
    const double wide = (box.width() - result.gap * (columns - 1)) / columns;
    const double high = (box.height() - result.gap * (rows - 1)) / rows / aspect;
    result.width = std::max(1.0, std::min({wide, high, kLargestPixel * static_cast<double>(m_width)}));
    // Whole pixels keep the cells of a mosaic equal; only tiny ones need the fraction.
    if (result.width > 8) result.width = std::floor(result.width);
    result.height = result.width * aspect;
    const QSizeF size(columns * result.width + (columns - 1) * result.gap, rows * result.height + (rows - 1) * result.gap);
    result.origin = {std::floor(box.center().x() - size.width() / 2), std::floor(box.center().y() - size.height() / 2)};
    return result;
}

QRectF MapMosaic::tileRect(const QRectF& box, std::size_t tile) const {
    const Geometry g = geometry(box);
    const auto column = static_cast<double>(tile % static_cast<std::size_t>(m_columns));
    const auto row = static_cast<double>(tile / static_cast<std::size_t>(m_columns));
    return {g.origin.x() + column * (g.width + g.gap), g.origin.y() + row * (g.height + g.gap), g.width, g.height};
}

QRectF MapMosaic::area(const QRectF& box) const {
    if (empty()) return {};
    QRectF result = tileRect(box, 0);
    for (const std::size_t tile : {std::min<std::size_t>(m_maps.size(), static_cast<std::size_t>(m_columns)) - 1, m_maps.size() - 1})
        result |= tileRect(box, tile);
    return result;
}

std::optional<MapMosaic::Place> MapMosaic::placeAt(const QRectF& box, QPointF at) const {
    if (empty()) return std::nullopt;
    for (std::size_t tile = 0; tile < m_maps.size(); ++tile) {
        const QRectF rect = tileRect(box, tile);
        if (!rect.contains(at)) continue;
        const auto cell = [](double offset, double extent, std::int64_t count) {
            return std::clamp(static_cast<std::int64_t>(offset / extent * static_cast<double>(count)), std::int64_t{0}, count - 1);
        };
        return Place{m_maps[tile], cell(at.y() - rect.top(), rect.height(), m_rows), cell(at.x() - rect.left(), rect.width(), m_width)};
    }
    return std::nullopt;
}

void MapMosaic::paintMarks(QPainter& painter, const QRectF& rect, std::size_t tile, const Tokens& tokens, const Marks& marks) const {
    if (marks.off.contains(m_maps[tile])) cross(painter, rect, tokens);
    if (m_maps[tile] != marks.selected) return;
    painter.setPen(QPen(toQColor(tokens.accent), 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.drawRect(rect.adjusted(-0.75, -0.75, 0.75, 0.75));
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void MapMosaic::paintTile(QPainter& painter, const QRectF& rect, std::size_t tile, const Tokens& tokens, const Marks& marks) const {
    painter.save();
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(rect, m_tiles[tile]);
    paintMarks(painter, rect, tile, tokens, marks);
    painter.restore();
}

void MapMosaic::paint(QPainter& painter, const QRectF& box, const Tokens& tokens, const Marks& marks) const {
    if (empty()) return;
    painter.save();
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (m_vector) {
        const double columns = m_columns, rows = std::ceil(static_cast<double>(m_total) / m_columns);
        const QRectF first = tileRect(box, 0);
        painter.drawImage(QRectF(first.topLeft(), QSizeF(columns * first.width(), rows * first.height())), m_tiles.front());
    } else {
        for (std::size_t tile = 0; tile < m_tiles.size(); ++tile) painter.drawImage(tileRect(box, tile), m_tiles[tile]);
    }
    for (std::size_t tile = 0; tile < m_maps.size(); ++tile) paintMarks(painter, tileRect(box, tile), tile, tokens, marks);
    painter.restore();
}

}  // namespace convolab
