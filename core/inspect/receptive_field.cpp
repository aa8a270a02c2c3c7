#include "core/inspect/receptive_field.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/layers/adaptive_window.h"
#include "core/layers/connection_table.h"
#include "core/layers/rearranging.h"
#include "core/layers/softmax_kinds.h"
#include "core/layers/window.h"
#include "core/model/fusion.h"
#include "core/util/text.h"

namespace convolab {

namespace {

void unite(std::optional<PixelRect>& into, const PixelRect& rect) {
    if (!into) {
        into = rect;
        return;
    }
    *into = {std::min(into->top, rect.top), std::min(into->left, rect.left),
             std::max(into->bottom, rect.bottom), std::max(into->right, rect.right)};
}

/// What is seen of one layer's output: a rectangle per channel; none: nothing. Mostly all channels are seen alike.
class Seen {
  public:
    bool alike() const { return m_each.empty(); }
    const std::optional<PixelRect>& of(std::int64_t channel) const {
        return m_each.empty() ? m_all : m_each[static_cast<std::size_t>(channel)];
    }
    std::optional<PixelRect> together() const {
        std::optional<PixelRect> all = m_all;
        for (const auto& rect : m_each) {
            if (rect) unite(all, *rect);
        }
        return all;
    }
    void joinAll(const PixelRect& rect) {
        if (m_each.empty()) return unite(m_all, rect);
        for (auto& each : m_each) unite(each, rect);
    }
    void join(std::int64_t channel, std::int64_t channels, const PixelRect& rect) {
        if (channels == 1) return joinAll(rect);
        if (m_each.empty()) m_each.assign(static_cast<std::size_t>(channels), m_all);
        unite(m_each[static_cast<std::size_t>(channel)], rect);
    }

  private:
    std::optional<PixelRect> m_all;                 ///< while no channel differs
    std::vector<std::optional<PixelRect>> m_each;   ///< then alone in use
};

PixelRect whole(const Shape& shape) { return {0, 0, shape.height() - 1, shape.width() - 1}; }

/// The taps of all windows in `rect`.
PixelRect behindWindow(const Window& window, const PixelRect& rect) {
    const std::int64_t top = rect.top * window.strideHeight - window.padTop;
    const std::int64_t left = rect.left * window.strideWidth - window.padLeft;
    return {top, left, rect.bottom * window.strideHeight - window.padTop + window.coveredHeight() - 1,
            rect.right * window.strideWidth - window.padLeft + window.coveredWidth() - 1};
}

/// Normalisations whose statistics run over an image: each value depends on all of them.
bool usesWholeMaps(const std::string& kind) {
    return kind == "layer_norm" || kind == "group_norm" || kind == "instance_norm";
}

/// Walks from the value back to the input, layer by layer.
class Walker {
  public:
    Walker(const NetworkSpec& spec, const Analysis& analysis) : m_spec(spec), m_analysis(analysis), m_order(spec.topologicalOrder()) {
        for (const Edge& edge : spec.edges()) m_incoming[edge.to.node].push_back(&edge);
        for (auto& [node, edges] : m_incoming) {
            std::sort(edges.begin(), edges.end(), [](const Edge* a, const Edge* b) { return a->to.port < b->to.port; });
        }
    }

    std::optional<PixelRect> run(const ValueRef& value) {
        m_seen.clear();
        see(value.node, value.channel, {value.row, value.column, value.row, value.column});
        return walk(value.node);
    }

    /// All channels at one place.
    std::optional<PixelRect> runAll(NodeId node, std::int64_t row, std::int64_t column) {
        m_seen.clear();
        seeAll(node, {row, column, row, column});
        return walk(node);
    }

    NodeId mixing() const { return m_mixing; }    ///< of the last walk
    bool irregular() const { return m_irregular; }  ///< neighbouring values may see differently much

  private:
    std::optional<PixelRect> walk(NodeId start) {
        m_mixing = {};
        m_irregular = false;
        bool reached = false;
        for (auto id = m_order.rbegin(); id != m_order.rend(); ++id) {
            reached = reached || *id == start;
            if (reached && m_seen.contains(*id)) lookBehind(*m_spec.node(*id));
        }
        return m_seen[m_analysis.input].together();
    }

    const Shape& shapeOf(NodeId node) const { return *m_analysis.find(node)->output; }

    /// Padding of inner layers is 0 whatever the pixels are: only what exists is seen.
    PixelRect existing(NodeId node, const PixelRect& rect) const {
        if (node == m_analysis.input) return rect;
        return rect.clipped(shapeOf(node).height(), shapeOf(node).width());
    }

    void see(NodeId node, std::int64_t channel, PixelRect rect) {
        rect = existing(node, rect);
        if (rect.height() > 0 && rect.width() > 0) m_seen[node].join(channel, shapeOf(node).channels(), rect);
    }

    void seeAll(NodeId node, PixelRect rect) {
        rect = existing(node, rect);
        if (rect.height() > 0 && rect.width() > 0) m_seen[node].joinAll(rect);
    }

    void lookBehind(const Node& node) {
        const Seen seen = m_seen[node.id];
        const LayerKind& kind = *findLayerKind(node.kind);
        std::int64_t firstChannel = 0;  // of a concat's input
        for (const Edge* edge : m_incoming[node.id]) {
            const NodeId from = edge->from.node;
            const auto together = seen.together();
            if (!together) continue;
            if (node.kind == "conv_transpose2d") {
                m_irregular = true;
                throughTransposed(node, seen, from);
            } else if (node.kind == "conv2d_table") {
                throughTable(node, seen, from);
            } else if (kind.group == LayerGroup::Convolution) {
                throughConvolution(node, seen, from);
            } else if (kind.group == LayerGroup::Dense || isSoftmax(node.kind) || usesWholeMaps(node.kind)) {
                m_mixing = node.id;
                seeAll(from, whole(shapeOf(from)));
            } else if (const Rearranging* moved = asRearranging(kind)) {
                throughRearranging(node, *moved, seen, from);
            } else if (seen.alike()) {
                seeAll(from, behindAlike(node, kind, shapeOf(from), *together));
            } else {
                throughChannels(node, kind, seen, from, firstChannel);
            }
            firstChannel += shapeOf(from).channels();
        }
    }

    /// Layers that keep channels apart, or look a few of them aside, where all channels are seen alike.
    PixelRect behindAlike(const Node& node, const LayerKind& kind, const Shape& shape, const PixelRect& rect) {
        if (kind.group == LayerGroup::Pooling) return behindPooling(node, shape, rect);
        if (node.kind == "flatten") return whole(shape);
        if (shape.height() == 1 && shape.width() == 1) return {0, 0, 0, 0};  // also a gate, which multiplies a whole map
        return rect;
    }

    /// What the taps of a transposed convolution bring to the values of `rect`, if anything.
    static std::optional<PixelRect> behindTransposed(const Window& w, const Shape& input, const PixelRect& rect) {
        std::optional<PixelRect> seen;
        const auto sources = [](std::int64_t first, std::int64_t last, std::int64_t taps, std::int64_t dilation, std::int64_t stride,
                                std::int64_t before, std::int64_t extent) {
            std::optional<std::pair<std::int64_t, std::int64_t>> range;
            for (std::int64_t at = first + before; at <= last + before; ++at) {
                for (std::int64_t u = 0; u < taps; ++u) {
                    const std::int64_t from = at - u * dilation;
                    if (from < 0 || from % stride != 0 || from / stride >= extent) continue;
                    if (!range) range = {from / stride, from / stride};
                    range = {std::min(range->first, from / stride), std::max(range->second, from / stride)};
                }
            }
            return range;
        };
        const auto rows = sources(rect.top, rect.bottom, w.kernelHeight, w.dilationHeight, w.strideHeight, w.padTop, input.height());
        const auto columns = sources(rect.left, rect.right, w.kernelWidth, w.dilationWidth, w.strideWidth, w.padLeft, input.width());
        if (rows && columns) seen = PixelRect{rows->first, columns->first, rows->second, columns->second};
        return seen;
    }

    void throughTransposed(const Node& node, const Seen& seen, NodeId from) {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Window window = Window::of(attributes);
        if (seen.alike()) {
            if (const auto rect = behindTransposed(window, shapeOf(from), *seen.together())) seeAll(from, *rect);
            return;
        }
        const std::int64_t groups = attributes.integer("groups"), depth = shapeOf(from).channels() / groups;
        const std::int64_t all = shapeOf(node.id).channels(), filters = all / groups;
        for (std::int64_t f = 0; f < all; ++f) {
            if (!seen.of(f)) continue;
            const auto rect = behindTransposed(window, shapeOf(from), *seen.of(f));
            const std::int64_t first = f / filters * depth;
            for (std::int64_t c = first; rect && c < first + depth; ++c) see(from, c, *rect);
        }
    }

    void throughTable(const Node& node, const Seen& seen, NodeId from) {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Window window = Window::of(attributes);
        const ConnectionTable table(attributes);
        for (std::int64_t f = 0; f < shapeOf(node.id).channels(); ++f) {
            if (!seen.of(f)) continue;
            for (const std::int64_t c : table.inputsOf(f)) see(from, c, behindWindow(window, *seen.of(f)));
        }
    }

    void throughConvolution(const Node& node, const Seen& seen, NodeId from) {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Window window = Window::of(attributes);
        const std::int64_t groups = attributes.integer("groups");
        if (groups == 1 || seen.alike()) return seeAll(from, behindWindow(window, *seen.together()));
        const std::int64_t filters = shapeOf(node.id).channels() / groups;
        const std::int64_t depth = shapeOf(from).channels() / groups;
        for (std::int64_t group = 0; group < groups; ++group) {
            std::optional<PixelRect> together;
            for (std::int64_t f = group * filters; f < (group + 1) * filters; ++f) {
                if (seen.of(f)) unite(together, *seen.of(f));
            }
            if (!together) continue;
            for (std::int64_t c = group * depth; c < (group + 1) * depth; ++c) see(from, c, behindWindow(window, *together));
        }
    }

    /// The outermost rows and columns that a bilinear resize mixes.
    static PixelRect behindBilinear(const Shape& in, const Shape& out, const PixelRect& rect) {
        const auto last = [](const LinearTap& tap) { return tap.share > 0.0 ? tap.second : tap.first; };
        return {linearTap(rect.top, in.height(), out.height()).first, linearTap(rect.left, in.width(), out.width()).first,
                last(linearTap(rect.bottom, in.height(), out.height())), last(linearTap(rect.right, in.width(), out.width()))};
    }

    /// Value by value; where maps stay maps and are seen alike, one of them stands for all.
    void throughRearranging(const Node& node, const Rearranging& kind, const Seen& seen, NodeId from) {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Shape& in = shapeOf(from);
        const Shape& out = shapeOf(node.id);
        const bool mapsStay = kind.channelBehind(attributes, in, 0).has_value();
        const bool alike = mapsStay && seen.alike() && in.channels() == out.channels();
        m_irregular = m_irregular || in.height() != out.height() || in.width() != out.width() || !mapsStay;
        const auto sees = [&](std::int64_t channel, const PixelRect& rect) { alike ? seeAll(from, rect) : see(from, channel, rect); };
        for (std::int64_t channel = 0; channel < (alike ? 1 : out.channels()); ++channel) {
            const auto& rect = seen.of(channel);
            if (!rect) continue;
            if (!kind.copies(attributes)) {
                sees(channel, behindBilinear(in, out, *rect));
                continue;
            }
            for (std::int64_t row = rect->top; row <= rect->bottom; ++row) {
                for (std::int64_t column = rect->left; column <= rect->right; ++column) {
                    const auto place = kind.sourceOf(attributes, in, out, {channel, row, column});
                    if (place) sees(place->channel, {place->row, place->column, place->row, place->column});
                }
            }
        }
    }

    PixelRect behindPooling(const Node& node, const Shape& shape, const PixelRect& rect) {
        if (node.kind == "global_avg_pool") {
            m_mixing = node.id;
            return whole(shape);
        }
        if (!node.kind.starts_with("adaptive_")) return behindWindow(Window::of(attributesOf(m_spec, node.id)), rect);
        m_irregular = true;
        const Shape& to = shapeOf(node.id);
        const AdaptiveAxis rows{shape.height(), to.height()}, columns{shape.width(), to.width()};
        return {rows.begin(rect.top), columns.begin(rect.left), rows.end(rect.bottom) - 1, columns.end(rect.right) - 1};
    }

    /// Layers that keep channels apart, or look a few of them aside.
    void throughChannels(const Node& node, const LayerKind& kind, const Seen& seen, NodeId from,
                         std::int64_t firstChannel) {
        const Shape& shape = shapeOf(from);
        for (std::int64_t channel = 0; channel < shapeOf(node.id).channels(); ++channel) {
            if (!seen.of(channel)) continue;
            const PixelRect rect = *seen.of(channel);
            if (node.kind == "lrn") {
                const std::int64_t size = attributesOf(m_spec, node.id).integer("size");
                const std::int64_t last = std::min(channel + (size - 1) / 2, shape.channels() - 1);
                for (std::int64_t c = std::max<std::int64_t>(channel - size / 2, 0); c <= last; ++c) see(from, c, rect);
            } else if (node.kind == "flatten") {
                const std::int64_t plane = shape.height() * shape.width();
                const std::int64_t row = channel % plane / shape.width();
                const std::int64_t column = channel % shape.width();
                see(from, channel / plane, {row, column, row, column});
            } else if (node.kind == "concat") {
                const std::int64_t own = channel - firstChannel;
                if (own >= 0 && own < shape.channels()) see(from, own, rect);
            } else {
                see(from, channel, behindAlike(node, kind, shape, rect));
            }
        }
    }

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    std::vector<NodeId> m_order;
    std::map<NodeId, std::vector<const Edge*>> m_incoming;  ///< by port
    std::map<NodeId, Seen> m_seen;
    NodeId m_mixing;
    bool m_irregular = false;
};

/// Does a value of this layer's output come out of one map, at one place? Not where maps were cut up on the way to it.
bool mapsStayMaps(const NetworkSpec& spec, const Analysis& analysis, NodeId id) {
    while (true) {
        const Node& node = *spec.node(id);
        const LayerKind& kind = *findLayerKind(node.kind);
        const auto incoming = spec.edgesInto(id);
        if (incoming.size() != 1 || (kind.group != LayerGroup::Activation && kind.group != LayerGroup::Shape)) return true;
        id = incoming.front()->from.node;
        const Rearranging* moved = asRearranging(kind);
        if (moved != nullptr && !moved->channelBehind(attributesOf(spec, node.id), *analysis.find(id)->output, 0)) return false;
    }
}

/// A flatten's values are those of its maps.
NodeId beforeFlatten(const NetworkSpec& spec, NodeId id) {
    while (spec.node(id)->kind == "flatten" && !spec.edgesInto(id).empty()) id = spec.edgesInto(id).front()->from.node;
    return id;
}

}  // namespace

PixelRect PixelRect::clipped(std::int64_t imageHeight, std::int64_t imageWidth) const {
    return {std::max<std::int64_t>(top, 0), std::max<std::int64_t>(left, 0),
            std::min(bottom, imageHeight - 1), std::min(right, imageWidth - 1)};
}

Result<PixelRect> receptiveField(const NetworkSpec& spec, const Analysis& analysis, const ValueRef& value) {
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    const Node* node = spec.node(value.node);
    if (node == nullptr ||
        std::find(analysis.order.begin(), analysis.order.end(), value.node) == analysis.order.end()) {
        return Error{ErrorCode::NotFound,
                     node == nullptr ? "there is no layer with number " + std::to_string(value.node.value)
                                     : "it does not lead to the output",
                     node == nullptr ? "" : node->name, "choose a layer between input and output"};
    }
    const Shape& shape = *analysis.find(value.node)->output;
    const bool inside = value.channel >= 0 && value.channel < shape.channels() && value.row >= 0 &&
                        value.row < shape.height() && value.column >= 0 && value.column < shape.width();
    if (!inside) {
        return Error{ErrorCode::InvalidArgument,
                     "there is no value (" + withThousands(value.channel) + ", " + withThousands(value.row) +
                         ", " + withThousands(value.column) + ") in an output of " + shape.text(),
                     node->name, "count from 0"};
    }
    return Walker(spec, analysis).run(value).value_or(PixelRect{});
}

std::optional<LayerField> layerField(const NetworkSpec& spec, const Analysis& analysis, NodeId wanted) {
    constexpr std::int64_t kAround = 4, kMostChannels = 16;
    const NodeAnalysis* known = analysis.find(wanted);
    if (!analysis.input || !analysis.inputShape || known == nullptr || !known->output) return {};
    const NodeId node = beforeFlatten(spec, wanted);
    const Shape shape = *analysis.find(node)->output;
    const std::int64_t row = shape.height() / 2, column = shape.width() / 2;
    Walker walker(spec, analysis);
    const bool together = mapsStayMaps(spec, analysis, node);
    std::optional<LayerField> field;
    bool irregular = false;
    const auto look = [&](std::int64_t channel, std::int64_t y, std::int64_t x) {
        if (y < 0 || x < 0 || y >= shape.height() || x >= shape.width()) return;
        const auto rect = together ? walker.runAll(node, y, x) : walker.run({node, channel, y, x});
        irregular = irregular || walker.irregular();
        if (!rect) return;
        const PixelRect inside = rect->clipped(analysis.inputShape->height(), analysis.inputShape->width());
        const bool all = inside == whole(*analysis.inputShape);
        if (!field) field = LayerField{*rect, rect->height(), rect->width(), 0, 0, true, walker.mixing()};
        field->smallestHeight = std::min(field->smallestHeight, rect->height());
        field->smallestWidth = std::min(field->smallestWidth, rect->width());
        field->largestHeight = std::max(field->largestHeight, rect->height());
        field->largestWidth = std::max(field->largestWidth, rect->width());
        field->wholeImage = field->wholeImage && all;
    };
    look(shape.channels() / 2, row, column);
    // Of a vector that was maps, values from all over them: evenly spaced ones may all be corners.
    constexpr double kGoldenRatio = 0.6180339887498949;
    for (std::int64_t part = 0; !together && part < std::min(shape.channels(), kMostChannels); ++part) {
        const double share = std::fmod(static_cast<double>(part + 1) * kGoldenRatio, 1.0);
        look(shape.channels() <= kMostChannels ? part : static_cast<std::int64_t>(share * static_cast<double>(shape.channels())), row, column);
    }
    for (std::int64_t away = -kAround; irregular && away <= kAround; ++away) {
        look(shape.channels() / 2, row + away, column);
        look(shape.channels() / 2, row, column + away);
    }
    return field;
}

}  // namespace convolab
