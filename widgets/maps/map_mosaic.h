// The maps of one layer as tiles side by side: 2 columns up to 6 maps, 4 up to 16, then the 16 strongest. A vector is a
// grid of cells. A value: make it on any thread, paint it on the UI thread.
#pragma once

#include "core/tensor/tensor.h"
#include "widgets/maps/value_scale.h"

#include <QPointF>
#include <QRectF>

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

class QPainter;

namespace convolab {

struct Tokens;

struct MapMosaicOptions {
    int most = 16;             // tiles; more maps: the strongest by mean magnitude, in order of index
    int columns = 0;           // 0: by the rule above
    bool colour = false;       // each three maps are red, green and blue of one tile: 0 … limit is dark … bright about grey
    bool scalePerMap = false;
    int largestSide = 0;       // larger maps are thinned to so many values a side; 0: never
    std::optional<ValueScale> scale = {};  // instead of ValueScale::of all values
};

class MapMosaic {
public:
    struct Place {
        std::int64_t map = 0, row = 0, column = 0;  // of a vector: map = the unit
        bool operator==(const Place&) const = default;
    };

    MapMosaic() = default;
    // (C, H, W), or (n). 1 × 1 maps count as a vector.
    explicit MapMosaic(View<const float> maps, const MapMosaicOptions& options = {});

    bool empty() const { return m_tiles.empty(); }
    bool isVector() const { return m_vector; }
    std::int64_t total() const { return m_total; }
    std::int64_t hiddenMaps() const { return m_vector ? 0 : m_total - static_cast<std::int64_t>(m_tiles.size()); }
    const ValueScale& scale() const { return m_scale; }          // of all maps together
    const std::vector<std::int64_t>& shownMaps() const { return m_maps; }  // per tile; of a vector: every unit
    bool hasNaN() const { return m_hasNaN; }
    int columns() const { return m_columns; }

    // Where the tiles come to stand in a box: centred, as large as they fit. A vector's tiles are its cells.
    QRectF tileRect(const QRectF& box, std::size_t tile) const;
    QRectF area(const QRectF& box) const;
    std::optional<Place> placeAt(const QRectF& box, QPointF at) const;
    // How high the tiles are at full width.
    double heightFor(double width) const;
    static double heightFor(const Shape& shape, double width, int most = 16);  // of a layer with this output

    struct Marks {
        std::int64_t selected = -1;         // map or unit: accent outline
        std::set<std::int64_t> off = {};    // crossed out
    };
    void paint(QPainter& painter, const QRectF& box, const Tokens& tokens, const Marks& marks) const;
    void paintTile(QPainter& painter, const QRectF& rect, std::size_t tile, const Tokens& tokens, const Marks& marks) const;

private:
    struct Geometry {
        QPointF origin;
        double width = 0, height = 0, gap = 0;  // of a tile
    };
    Geometry geometry(const QRectF& box) const;
    void paintMarks(QPainter& painter, const QRectF& rect, std::size_t tile, const Tokens& tokens, const Marks& marks) const;
    void takeVector(View<const float> values);
    void takeMaps(View<const float> maps, const MapMosaicOptions& options);

    std::vector<QImage> m_tiles;  // one per map; of a vector a single picture of all units
    std::vector<std::int64_t> m_maps;
    ValueScale m_scale;
    std::int64_t m_total = 0, m_rows = 0, m_width = 0;  // m_rows × m_width: values of one map
    int m_columns = 1;
    bool m_vector = false, m_hasNaN = false;
};

// Columns of a grid of n cells: a divisor near the square root, so that few cells stay empty.
int unitColumns(std::int64_t units);

}  // namespace convolab
