#include "widgets/instruments/roofline_instrument.h"

#include "widgets/imgui/imgui_style.h"
#include "widgets/instruments/plot_painter.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"
#include "widgets/plots/svg_writer.h"

#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

constexpr double kGiga = 1e9, kPadding = 12, kTop = 2, kLegend = 16, kReach = 9;
constexpr double kDot = 4;

ImVec2 at(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }

bool overlap(const PlotRect& a, const PlotRect& b) {
    return a.left < b.right() && b.left < a.right() && a.top < b.bottom() && b.top < a.bottom();
}

std::vector<double> allX(const RooflinePicture& picture) {
    std::vector<double> values;
    for (const auto& layer : picture.layers) {
        for (const auto& place : {layer.first, layer.second})
            if (place)
                values.push_back(place->flopPerByte);
    }
    for (const auto& roof : picture.roofs)
        if (roof.bytesPerSecond > 0)
            values.push_back(roof.flops / roof.bytesPerSecond);
    return values;
}

// Down to the lowest point and up to the highest roof, a little apart.
std::pair<double, double> yRange(const RooflinePicture& picture) {
    double low = 1e300, high = 0;
    for (const auto& layer : picture.layers) {
        for (const auto& place : {layer.first, layer.second}) {
            if (!place)
                continue;
            low = std::min(low, place->flops);
            high = std::max(high, place->flops);
        }
    }
    for (const auto& roof : picture.roofs)
        high = std::max(high, roof.flops);
    return {low / 1.6 / kGiga, high * 1.7 / kGiga};
}

PlotSeries roofSeries(const RooflinePicture::Roof& roof, double from, double to) {
    PlotSeries series;
    series.name = roof.label.empty() ? roof.slopeLabel : roof.label;
    series.colorIndex = kSeriesColors - 1;
    series.dashed = roof.dashed;
    series.emphasised = !roof.dashed;
    series.ringAtNewest = false;
    series.x = {from};
    const double ridge = roof.bytesPerSecond > 0 ? roof.flops / roof.bytesPerSecond : from;
    if (ridge > from && ridge < to)
        series.x.push_back(ridge);
    series.x.push_back(to);
    for (const double x : series.x)
        series.y.push_back((roof.bytesPerSecond > 0 ? std::min(roof.flops, x * roof.bytesPerSecond) : roof.flops) / kGiga);
    return series;
}

}  // namespace

void RooflineInstrument::setPicture(RooflinePicture picture) {
    m_picture = std::move(picture);
    m_plot = {};
    m_plot.emptyText = m_picture.emptyText;
    m_plot.legend = false;
    m_plot.xAxis = {.label = "FLOP/B", .unit = "", .scale = PlotScale::Log};
    m_plot.yAxis = {.label = "GFLOP/s", .unit = "", .scale = PlotScale::Log};
    const std::vector<double> x = allX(m_picture);
    if (m_picture.layers.empty() || m_picture.roofs.empty() || x.empty())
        return;
    const double from = *std::min_element(x.begin(), x.end()) / 2, to = *std::max_element(x.begin(), x.end()) * 3;
    const auto [low, high] = yRange(m_picture);
    m_plot.xAxis.minimum = from;
    m_plot.xAxis.maximum = to;
    m_plot.yAxis.minimum = low;
    m_plot.yAxis.maximum = high;
    for (const auto& roof : m_picture.roofs)
        m_plot.series.push_back(roofSeries(roof, from, to));
}

void RooflineInstrument::draw(InstrumentContext& context) {
    PlotPainter painter(context, m_plot, {kPadding, kTop + kLegend - 8, context.width() - 2 * kPadding, context.height() - kTop - kLegend + 4});
    painter.paint();
    if (isEmpty(m_plot))
        return;
    drawLayers(context, painter.layout(), drawRoofLabels(context, painter.layout()));
    drawLegend(context, painter.layout());
    answer(context, painter.layout());
}

void RooflineInstrument::drawLegend(InstrumentContext& context, const PlotLayout& layout) const {
    const Tokens& tokens = context.tokens();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const double y = kTop + 8;
    double right = layout.area.right();
    paintText(context, FontRole::Axis, right, y, tokens.text2, m_picture.secondLabel, TextAlign::Right);
    right -= textWidth(context, FontRole::Axis, m_picture.secondLabel) + 10;
    list->AddCircle(at(right, y), static_cast<float>(kDot), imColor(tokens.text2), 16, 1.5f);
    right -= 16;
    paintText(context, FontRole::Axis, right, y, tokens.text2, m_picture.firstLabel, TextAlign::Right);
    right -= textWidth(context, FontRole::Axis, m_picture.firstLabel) + 10;
    list->AddCircleFilled(at(right, y), static_cast<float>(kDot), imColor(tokens.text2), 16);
}

std::vector<PlotRect> RooflineInstrument::drawRoofLabels(InstrumentContext& context, const PlotLayout& layout) const {
    const Tokens& tokens = context.tokens();
    std::vector<PlotRect> taken;
    for (const auto& roof : m_picture.roofs) {
        const double flat = layout.pixelY(roof.flops / kGiga), y = flat + (roof.dashed ? 8 : -8);
        if (roof.label.empty() || flat < layout.area.top || flat > layout.area.bottom())
            continue;
        const double width = textWidth(context, FontRole::Axis, roof.label);
        paintText(context, FontRole::Axis, layout.area.right() - 2, y, roof.dashed ? tokens.text3 : tokens.text2, roof.label, TextAlign::Right);
        taken.push_back({layout.area.right() - 2 - width, y - 6, width, 12});
    }
    return taken;
}

void RooflineInstrument::drawLayers(InstrumentContext& context, const PlotLayout& layout, std::vector<PlotRect> taken) {
    const Tokens& tokens = context.tokens();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto point = [&](const RooflinePicture::Place& place) { return at(layout.pixelX(place.flopPerByte), layout.pixelY(place.flops / kGiga)); };
    for (const auto& layer : m_picture.layers) {
        for (const auto& place : {layer.first, layer.second})
            if (place)
                taken.push_back({point(*place).x - kDot, point(*place).y - kDot, 2 * kDot, 2 * kDot});
        if (!layer.first || !layer.second)
            continue;
        const ImVec2 a = point(*layer.first), b = point(*layer.second);
        const double length = std::hypot(b.x - a.x, b.y - a.y);
        for (double done = 0; done < length; done += 4)
            list->AddCircleFilled(at(a.x + (b.x - a.x) * done / length, a.y + (b.y - a.y) * done / length), 0.7f,
                                  imColor(withAlpha(tokens.group(layer.group), 0.7)), 6);
    }
    for (const auto& layer : m_picture.layers) {
        const ThemeColor color = tokens.group(layer.group);
        if (layer.second) {
            list->AddCircleFilled(point(*layer.second), static_cast<float>(kDot), imColor(tokens.bg1), 16);
            list->AddCircle(point(*layer.second), static_cast<float>(kDot), imColor(color), 16, 1.6f);
        }
        if (!layer.first)
            continue;
        const ImVec2 centre = point(*layer.first);
        if (layer.selected)
            list->AddCircleFilled(centre, static_cast<float>(kDot) + 2.5f, imColor(tokens.accent), 20);
        list->AddCircleFilled(centre, static_cast<float>(kDot), imColor(color), 16);
    }
    // The selected layer's name first: it must not be the one that finds no room.
    std::vector<const RooflinePicture::Layer*> order;
    for (const auto& layer : m_picture.layers)
        order.push_back(&layer);
    std::stable_partition(order.begin(), order.end(), [](const auto* layer) { return layer->selected; });
    for (const auto* layer : order) {
        if (!layer->first)
            continue;
        const ImVec2 centre = point(*layer->first);
        const double width = textWidth(context, FontRole::Axis, layer->name);
        const PlotRect tries[] = {{centre.x + 8, centre.y - 6, width, 12}, {centre.x - 8 - width, centre.y - 6, width, 12},
                                  {centre.x - width / 2, centre.y + 6, width, 12}, {centre.x - width / 2, centre.y - 18, width, 12}};
        for (const PlotRect& box : tries) {
            const bool inside = box.left > layout.area.left && box.right() < layout.area.right() && box.bottom() < layout.area.bottom() && box.top > layout.area.top;
            if (!inside || std::any_of(taken.begin(), taken.end(), [&](const PlotRect& other) { return overlap(box, other); }))
                continue;
            paintText(context, FontRole::Axis, box.left, box.top + 6, layer->selected ? tokens.text1 : tokens.text2, layer->name);
            taken.push_back(box);
            break;
        }
    }
}

void RooflineInstrument::answer(InstrumentContext& context, const PlotLayout& layout) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const RooflinePicture::Layer* nearest = nullptr;
    double best = kReach;
    for (const auto& layer : m_picture.layers) {
        for (const auto& place : {layer.first, layer.second}) {
            if (!place)
                continue;
            const double distance = std::hypot(layout.pixelX(place->flopPerByte) - mouse.x, layout.pixelY(place->flops / kGiga) - mouse.y);
            if (distance >= best)
                continue;
            best = distance;
            nearest = &layer;
        }
    }
    if (nearest == nullptr)
        return;
    std::vector<TooltipRow> rows;
    const auto add = [&](const std::string& label, const std::optional<RooflinePicture::Place>& place) {
        if (place)
            rows.push_back({context.tokens().group(nearest->group), label,
                            siText(place->flops, "FLOP/s") + " at " + valueText(place->flopPerByte, 3) + " FLOP/B"});
    };
    add(m_picture.firstLabel, nearest->first);
    add(m_picture.secondLabel, nearest->second);
    paintTooltip(context, {0, 0, context.width(), context.height()}, mouse.x, mouse.y,
                 nearest->name + (nearest->note.empty() ? "" : ": " + nearest->note), rows);
    if (!m_chosen)
        return;
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left))
        m_chosen(nearest->key);
}

PlotDescription RooflineInstrument::exported() const {
    PlotDescription plot = m_plot;
    plot.title = "Roofline";
    plot.legend = true;
    int color = 0;
    for (const auto& layer : m_picture.layers) {
        std::vector<RooflinePicture::Place> places;
        for (const auto& place : {layer.first, layer.second})
            if (place)
                places.push_back(*place);
        std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.flopPerByte < b.flopPerByte; });
        PlotSeries series;
        series.name = layer.name;
        series.colorIndex = color++ % (kSeriesColors - 1);
        series.marker = PlotMarker::Circle;
        series.ringAtNewest = false;
        for (const auto& place : places) {
            series.x.push_back(place.flopPerByte);
            series.y.push_back(place.flops / kGiga);
        }
        plot.series.push_back(std::move(series));
    }
    return plot;
}

std::string RooflineInstrument::csv() const {
    std::string text = "layer,batch,FLOP per byte,FLOP/s\r\n";
    const auto add = [&](const std::string& name, const std::string& batch, const std::optional<RooflinePicture::Place>& place) {
        if (place)
            text += "\"" + name + "\",\"" + batch + "\"," + std::to_string(place->flopPerByte) + "," + std::to_string(place->flops) + "\r\n";
    };
    for (const auto& layer : m_picture.layers) {
        add(layer.name, m_picture.firstLabel, layer.first);
        add(layer.name, m_picture.secondLabel, layer.second);
    }
    return text;
}

std::optional<InstrumentExport> RooflineInstrument::exportAt(double, double) const {
    if (isEmpty(m_plot))
        return std::nullopt;
    const RooflineInstrument copy = *this;
    return InstrumentExport{"Roofline", [copy] { return copy.accessibleText(); }, [copy] { return copy.csv(); },
                            [copy](ThemeMode mode) { return writeSvg(copy.exported(), {640, 420}, mode); }};
}

std::string RooflineInstrument::accessibleText() const {
    if (isEmpty(m_plot))
        return "Roofline. " + m_picture.emptyText;
    std::string text = "Roofline";
    for (const auto& roof : m_picture.roofs)
        text += "\n" + roof.label + (roof.label.empty() || roof.slopeLabel.empty() ? "" : ", ") + roof.slopeLabel;
    for (const auto& layer : m_picture.layers) {
        text += "\n" + layer.name + ":";
        const auto add = [&](const std::string& label, const std::optional<RooflinePicture::Place>& place) {
            if (place)
                text += " " + label + ", " + siText(place->flops, "FLOP/s") + " at " + valueText(place->flopPerByte, 3) + " FLOP per byte;";
        };
        add(m_picture.firstLabel, layer.first);
        add(m_picture.secondLabel, layer.second);
        text += " " + layer.note;
    }
    return text;
}

}  // namespace convolab
