#pragma once

#include <QString>
#include <optional>
#include <set>
#include <vector>

#include "app/lenses/measure/measure_session.h"
#include "core/measure/layer_metric.h"
#include "core/measure/pareto.h"
#include "widgets/instruments/roofline_instrument.h"

namespace convolab {

/// From cards to what is drawn. Plain functions; UI thread because of tr().

QString metricLabel(const LayerMetric& metric);      ///< "Data moved"
/// "38 µs", "45.3 µJ", "273 KiB", "146,016"; "–" where there is none.
QString metricText(const LayerMetric& metric, const std::optional<double>& value);
/// The same split for a large figure and the small unit below: "38" and "µs".
struct FigureText {
    QString number, unit;
};
FigureText figureText(const LayerMetric& metric, double value);

/// One letter of LASER: the open network's figure and a bar per network.
struct LaserRow {
    struct Bar {
        QString name = {};
        QString text = {};             ///< "–" where absent
        double fraction = 0.0;    ///< of the row's longest bar
        bool known = false;
        bool modelled = false;    ///< hatched
        bool best = false;        ///< marked by a shape, not only by colour; only where there are several
    };
    QString letter = {};
    QString value = {};
    QString caption = {};
    QString how = {};                  ///< how it was measured, for a tooltip
    std::vector<Bar> bars = {};        ///< of the networks, in their order
};
std::vector<LaserRow> laserRows(const std::vector<MeasuredNetwork>& networks, std::int64_t batch);
QString laserText(const std::vector<LaserRow>& rows);

/// A row of the per-layer table.
struct LayerRowFigures {
    NodeId node = {};                                    ///< 0: between layers, or the network
    QString name = {}, output = {};
    std::vector<std::optional<double>> values = {};      ///< per column of layerMetrics()
    enum class Kind { Layer, Between, Network } kind = Kind::Layer;
};
std::vector<LayerRowFigures> layerRows(const LaserCard& card, std::int64_t batch);

RooflinePicture rooflinePicture(const LaserCard* card, const std::optional<MachinePeak>& peak, const std::set<NodeId>& selected,
                                const QString& emptyText);

/// Images per second here (measured) and elsewhere (modelled).
struct DeviceBar {
    QString name, text, how;
    double imagesPerSecond = 0.0;
    bool measured = false;
    bool here = false;
};
std::vector<DeviceBar> deviceBars(const LaserCard& card, std::int64_t batch, const std::optional<MachinePeak>& peak);

/// µs per image over the batch, measured.
PlotDescription batchPlot(const std::vector<MeasuredNetwork>& networks, std::int64_t batch);
/// One point per network; those that no other beats on both axes are joined.
PlotDescription paretoPlot(const std::vector<MeasuredNetwork>& networks, const LaserAxis& x, const LaserAxis& y);

}  // namespace convolab
