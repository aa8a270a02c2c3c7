#include "core/inspect/receptive_field.h"

#include <algorithm>
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

/// What is seen of one layer's output: a rectangle per channel; none: nothing.
using Seen = std::vector<std::optional<PixelRect>>;

void join(std::optional<PixelRect>& into, const PixelRect& rect) {
    if (!into) {
        into = rect;
        return;
    }
    *into = {std::min(into->top, rect.top), std::min(into->left, rect.left),
             std::max(into->bottom, rect.bottom), std::max(into->right, rect.right)};
}

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
    Walker(const NetworkSpec& spec, const Analysis& analysis) : m_spec(spec), m_analysis(analysis) {}

    std::optional<PixelRect> run(const ValueRef& value) {
        see(value.node, value.channel, {value.row, value.column, value.row, value.column});
        for (auto id = m_analysis.order.rbegin(); id != m_analysis.order.rend(); ++id) {
            if (m_seen.contains(*id)) lookBehind(*m_spec.node(*id));
        }
        std::optional<PixelRect> result;
        for (const auto& rect : m_seen[m_analysis.input]) {
            if (rect) join(result, *rect);
        }
        return result;
    }

  private:
    const Shape& shapeOf(NodeId node) const { return *m_analysis.find(node)->output; }

    /// Padding of inner layers is 0 whatever the pixels are: only what exists is seen.
    void see(NodeId node, std::int64_t channel, PixelRect rect) {
        const Shape& shape = shapeOf(node);
        Seen& seen = m_seen[node];
        seen.resize(static_cast<std::size_t>(shape.channels()));
        if (node != m_analysis.input) rect = rect.clipped(shape.height(), shape.width());
        if (rect.height() > 0 && rect.width() > 0) join(seen[static_cast<std::size_t>(channel)], rect);
    }

    void seeAll(NodeId node) {
        for (std::int64_t c = 0; c < shapeOf(node).channels(); ++c) see(node, c, whole(shapeOf(node)));
    }

    void lookBehind(const Node& node) {
        const Seen seen = m_seen[node.id];
        const LayerKind& kind = *findLayerKind(node.kind);
        std::int64_t firstChannel = 0;  // of a concat's input
        for (const Edge* edge : m_spec.edgesInto(node.id)) {
            const NodeId from = edge->from.node;
            const bool any =
                std::any_of(seen.begin(), seen.end(), [](const auto& rect) { return rect.has_value(); });
            if (!any) continue;
            if (node.kind == "conv_transpose2d") {
                throughTransposed(node, seen, from);
            } else if (node.kind == "conv2d_table") {
                throughTable(node, seen, from);
            } else if (kind.group == LayerGroup::Convolution) {
                throughConvolution(node, seen, from);
            } else if (kind.group == LayerGroup::Dense || isSoftmax(node.kind) || usesWholeMaps(node.kind)) {
                seeAll(from);
            } else if (const Rearranging* moved = asRearranging(kind)) {
                throughRearranging(node, *moved, seen, from);
            } else {
                throughChannels(node, kind, seen, from, firstChannel);
            }
            firstChannel += shapeOf(from).channels();
        }
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
        const std::int64_t groups = attributes.integer("groups"), depth = shapeOf(from).channels() / groups;
        const auto filters = static_cast<std::int64_t>(seen.size()) / groups;
        for (std::size_t f = 0; f < seen.size(); ++f) {
            if (!seen[f]) continue;
            const auto rect = behindTransposed(window, shapeOf(from), *seen[f]);
            const std::int64_t first = static_cast<std::int64_t>(f) / filters * depth;
            for (std::int64_t c = first; rect && c < first + depth; ++c) see(from, c, *rect);
        }
    }

    void throughTable(const Node& node, const Seen& seen, NodeId from) {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Window window = Window::of(attributes);
        const ConnectionTable table(attributes);
        for (std::size_t f = 0; f < seen.size(); ++f) {
            if (!seen[f]) continue;
            for (const std::int64_t c : table.inputsOf(static_cast<std::int64_t>(f))) see(from, c, behindWindow(window, *seen[f]));
        }
    }

    void throughConvolution(const Node& node, const Seen& seen, NodeId from) {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Window window = Window::of(attributes);
        const auto groups = static_cast<std::size_t>(attributes.integer("groups"));
        const std::size_t filters = seen.size() / groups;
        const std::int64_t depth = shapeOf(from).channels() / attributes.integer("groups");
        for (std::size_t group = 0; group < groups; ++group) {
            std::optional<PixelRect> together;
            for (std::size_t f = group * filters; f < (group + 1) * filters; ++f) {
                if (seen[f]) join(together, *seen[f]);
            }
            if (!together) continue;
            const auto first = static_cast<std::int64_t>(group) * depth;
            for (std::int64_t c = first; c < first + depth; ++c)
                see(from, c, behindWindow(window, *together));
        }
    }

    /// Value by value; the outermost rows and columns that a bilinear resize mixes.
    void throughRearranging(const Node& node, const Rearranging& kind, const Seen& seen, NodeId from) {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Shape& in = shapeOf(from);
        const Shape& out = shapeOf(node.id);
        for (std::size_t k = 0; k < seen.size(); ++k) {
            if (!seen[k]) continue;
            const auto channel = static_cast<std::int64_t>(k);
            if (!kind.copies(attributes)) {
                const auto last = [](const LinearTap& tap) { return tap.share > 0.0 ? tap.second : tap.first; };
                see(from, channel, {linearTap(seen[k]->top, in.height(), out.height()).first,
                                    linearTap(seen[k]->left, in.width(), out.width()).first,
                                    last(linearTap(seen[k]->bottom, in.height(), out.height())),
                                    last(linearTap(seen[k]->right, in.width(), out.width()))});
                continue;
            }
            for (std::int64_t row = seen[k]->top; row <= seen[k]->bottom; ++row) {
                for (std::int64_t column = seen[k]->left; column <= seen[k]->right; ++column) {
                    const auto place = kind.sourceOf(attributes, in, out, {channel, row, column});
                    if (place) see(from, place->channel, {place->row, place->column, place->row, place->column});
                }
            }
        }
    }

    PixelRect behindPooling(const Node& node, const Shape& shape, const PixelRect& rect) const {
        if (node.kind == "global_avg_pool") return whole(shape);
        if (!node.kind.starts_with("adaptive_")) return behindWindow(Window::of(attributesOf(m_spec, node.id)), rect);
        const Shape& to = shapeOf(node.id);
        const AdaptiveAxis rows{shape.height(), to.height()}, columns{shape.width(), to.width()};
        return {rows.begin(rect.top), columns.begin(rect.left), rows.end(rect.bottom) - 1, columns.end(rect.right) - 1};
    }

    /// Layers that keep channels apart, or look a few of them aside.
    void throughChannels(const Node& node, const LayerKind& kind, const Seen& seen, NodeId from,
                         std::int64_t firstChannel) {
        const Shape& shape = shapeOf(from);
        for (std::size_t k = 0; k < seen.size(); ++k) {
            if (!seen[k]) continue;
            const auto channel = static_cast<std::int64_t>(k);
            if (kind.group == LayerGroup::Pooling) {
                see(from, channel, behindPooling(node, shape, *seen[k]));
            } else if (node.kind == "lrn") {
                const std::int64_t size = attributesOf(m_spec, node.id).integer("size");
                const std::int64_t last = std::min(channel + (size - 1) / 2, shape.channels() - 1);
                for (std::int64_t c = std::max<std::int64_t>(channel - size / 2, 0); c <= last; ++c) see(from, c, *seen[k]);
            } else if (node.kind == "flatten") {
                const std::int64_t plane = shape.height() * shape.width();
                const std::int64_t row = channel % plane / shape.width();
                const std::int64_t column = channel % shape.width();
                see(from, channel / plane, {row, column, row, column});
            } else if (node.kind == "concat") {
                const std::int64_t own = channel - firstChannel;
                if (own >= 0 && own < shape.channels()) see(from, own, *seen[k]);
            } else if (shape.height() == 1 && shape.width() == 1) {
                see(from, channel, {0, 0, 0, 0});  // also a gate, which multiplies a whole map
            } else {
                see(from, channel, *seen[k]);
            }
        }
    }

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    std::map<NodeId, Seen> m_seen;
};

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

}  // namespace convolab
