#include "app/lenses/look_inside/partial_tiles.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <numeric>


namespace convolab {

namespace {

QString say(const char* text) { return QCoreApplication::translate("PartialTiles", text); }

/// Indices of the partial maps with the largest sums of magnitudes, in order of index.
std::vector<std::int64_t> largest(const Tensor& partials, std::size_t most) {
    const std::int64_t count = partials.shape()[0], area = partials.size() / count;
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    if (order.size() <= most) return order;
    std::vector<double> strength(order.size());
    for (std::int64_t i = 0; i < partials.size(); ++i)
        strength[static_cast<std::size_t>(i / area)] += std::abs(static_cast<double>(partials.data()[i]));
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return strength[static_cast<std::size_t>(a)] > strength[static_cast<std::size_t>(b)];
    });
    order.resize(most);
    std::sort(order.begin(), order.end());
    return order;
}

}  // namespace

PartialTiles partialTiles(const Tensor& partials, std::int64_t firstInput, std::optional<double> bias, std::int64_t outputMap, int most) {
    PartialTiles result;
    const std::int64_t count = partials.shape()[0], height = partials.shape()[1], width = partials.shape()[2], area = height * width;
    const std::vector<std::int64_t> own = largest(partials, static_cast<std::size_t>(most));
    const auto others = count - static_cast<std::int64_t>(own.size());
    const std::int64_t tiles = static_cast<std::int64_t>(own.size()) + (others > 0 ? 1 : 0) + (bias ? 1 : 0) + 1;
    result.maps = Tensor(Shape{tiles, height, width});
    float* next = result.maps.data();
    std::vector<double> sum(static_cast<std::size_t>(area), bias.value_or(0.0)), rest(static_cast<std::size_t>(area));
    for (std::int64_t map = 0; map < count; ++map) {
        const bool shown = std::binary_search(own.begin(), own.end(), map);
        for (std::int64_t i = 0; i < area; ++i) {
            const float value = partials.data()[map * area + i];
            sum[static_cast<std::size_t>(i)] += value;
            if (!shown) rest[static_cast<std::size_t>(i)] += value;
        }
        if (!shown) continue;
        next = std::copy_n(partials.data() + map * area, area, next);
        result.captions << QString::number(firstInput + map);
        result.inputMaps.push_back(firstInput + map);
    }
    const auto addTile = [&](const QString& caption, const std::vector<double>& values) {
        next = std::transform(values.begin(), values.end(), next, [](double value) { return static_cast<float>(value); });
        result.captions << caption;
        result.inputMaps.push_back(-1);
    };
    if (others > 0) addTile(say("%1 others").arg(others), rest);
    if (bias) addTile(say("+ bias"), std::vector<double>(static_cast<std::size_t>(area), *bias));
    addTile(say("= map %1").arg(outputMap), sum);
    result.mosaic = MapMosaic(result.maps.view(), {.most = static_cast<int>(tiles), .columns = tiles <= 3 ? 3 : 4,
                                                   .scale = ValueScale::diverging(result.maps.span())});
    return result;
}

}  // namespace convolab
