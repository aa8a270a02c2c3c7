#include "widgets/inspector/layer_costs.h"

#include "core/graph/block_edits.h"
#include "core/graph/padding.h"
#include "core/layers/adaptive_window.h"
#include "core/layers/layer_kind.h"
#include "core/util/text.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/plots/number_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <set>

namespace convolab {

namespace {

QString text(const char* source) { return QCoreApplication::translate("Costs", source); }
QString count(std::int64_t value) { return toQString(withThousands(value)); }

struct Products {
    QString parameters, macs;
};

// The two kinds with a weight matrix; others have nothing to multiply.
Products productsOf(const Node& node, const Shape& input, const Shape& output) {
    const LayerKind* kind = findLayerKind(node.kind);
    const auto attributes = completeAttributes(kind->attributes, node.attributes);
    if (!attributes.ok()) return {};
    if (node.kind == "conv2d") {
        const auto& kernel = attributes->integers("kernel");
        const std::int64_t perGroup = input.channels() / std::max<std::int64_t>(1, attributes->integer("groups"));
        const QString taps = QStringLiteral("%1·%2·%3").arg(perGroup).arg(kernel[0]).arg(kernel[1]);
        const QString filters = QString::number(output.channels());
        return {attributes->flag("bias") ? QStringLiteral("%1 × (%2 + 1)").arg(filters, taps) : QStringLiteral("%1 × %2").arg(filters, taps),
                QStringLiteral("%1·%2·%3 × %4").arg(filters).arg(output.height()).arg(output.width()).arg(taps)};
    }
    if (node.kind == "dense") {
        const QString out = QString::number(output.size()), in = QString::number(input.size());
        return {attributes->flag("bias") ? QStringLiteral("%1 × (%2 + 1)").arg(out, in) : QStringLiteral("%1 × %2").arg(out, in),
                QStringLiteral("%1 × %2").arg(out, in)};
    }
    if (node.kind == "batch_norm" || node.kind == "group_norm") return {QStringLiteral("2 × %1").arg(input.channels()), {}};
    if (node.kind == "instance_norm" && attributes->flag("affine")) return {QStringLiteral("2 × %1").arg(input.channels()), {}};
    if (node.kind == "layer_norm") return {QStringLiteral("2 × %1").arg(toQString(input.text())), {}};
    return {};
}

bool seesWholeMaps(const std::string& kind) {
    return kind == "dense" || kind == "global_avg_pool" || kind == "layer_norm" || kind == "group_norm" || kind == "instance_norm";
}

/// The window of an adaptive pooling, which the shapes decide; none where its windows differ or a shape is unknown.
std::optional<WindowGeometry> adaptiveWindowOf(const Analysis& analysis, NodeId id) {
    const NodeAnalysis* shapes = analysis.find(id);
    if (!shapes || !shapes->output || shapes->inputs.empty() || !shapes->inputs.front()) return {};
    const auto window = regularWindow(*shapes->inputs.front(), *shapes->output);
    if (!window) return {};
    WindowGeometry geometry;
    geometry.kernel = {window->kernelHeight, window->kernelWidth};
    geometry.stride = {window->strideHeight, window->strideWidth};
    return geometry;
}

}  // namespace

std::vector<CostLine> costLines(const NetworkSpec& spec, const Analysis& analysis, NodeId id) {
    const Node* node = spec.node(id);
    const NodeAnalysis* result = analysis.find(id);
    std::vector<CostLine> lines;
    if (!node || !result) return lines;
    const bool known = result->output.has_value();
    const QString unknown = QStringLiteral("?");
    Products products;
    if (known && !result->inputs.empty() && result->inputs.front() && findLayerKind(node->kind))
        products = productsOf(*node, *result->inputs.front(), *result->output);
    lines.push_back({text("Output"), {}, known ? toQString(result->output->text()) : unknown});
    lines.push_back({text("Parameters"), products.parameters, known ? count(result->cost.parameters) : unknown});
    lines.push_back({text("MACs"), products.macs, known ? count(result->cost.macs) : unknown});
    lines.push_back({text("Activation"), {}, known ? toQString(bytesText(double(result->cost.activationBytes))) : unknown});
    if (const auto field = receptiveField(spec, id))
        lines.push_back({text("Receptive field"), {}, field->wholeImage ? text("whole image") : QStringLiteral("%1×%2 px").arg(field->height).arg(field->width)});
    return lines;
}

std::vector<CostLine> blockLines(const NetworkSpec& spec, const Analysis& analysis, const Block& block) {
    const NodeAnalysis* exit = analysis.find(borderOf(spec, block).exit);
    Cost total;
    for (const NodeId id : block.nodes) {
        const NodeAnalysis* layer = analysis.find(id);
        if (!layer) continue;
        total.parameters += layer->cost.parameters;
        total.macs += layer->cost.macs;
        total.activationBytes += layer->cost.activationBytes;
    }
    return {{text("Layers"), {}, count(std::int64_t(block.nodes.size()))},
            {text("Output"), {}, exit && exit->output ? toQString(exit->output->text()) : QStringLiteral("?")},
            {text("Parameters"), {}, count(total.parameters)},
            {text("MACs"), {}, count(total.macs)},
            {text("Activations"), {}, toQString(bytesText(double(total.activationBytes)))}};
}

std::vector<CostLine> networkLines(const NetworkSpec& spec, const Analysis& analysis) {
    return {{text("Layers"), {}, count(std::int64_t(spec.nodes().size()))},
            {text("Input"), {}, analysis.inputShape ? toQString(analysis.inputShape->text()) : QStringLiteral("–")},
            {text("Classes"), {}, analysis.classes > 0 ? count(analysis.classes) : QStringLiteral("–")},
            {text("Parameters"), {}, count(analysis.total.parameters)},
            {text("MACs"), {}, count(analysis.total.macs)},
            {text("Activations"), {}, toQString(bytesText(double(analysis.total.activationBytes)))},
            {text("Size"), {}, toQString(bytesText(4.0 * double(analysis.total.parameters)))}};
}

std::optional<ReceptiveField> receptiveField(const NetworkSpec& spec, NodeId wanted) {
    struct Field {
        ReceptiveField field;
        std::int64_t jumpY = 1, jumpX = 1;
    };
    // What these see depends on sizes that only the analysis knows.
    static const std::set<std::string> kBySize{"reshape", "permute", "resize", "conv_transpose2d"};
    std::set<NodeId> unknown;
    std::map<NodeId, Field> fields;
    for (const NodeId id : spec.topologicalOrder()) {
        const Node& node = *spec.node(id);
        const auto incoming = spec.edgesInto(id);
        const bool behindUnknown = std::any_of(incoming.begin(), incoming.end(), [&](const Edge* edge) { return unknown.contains(edge->from.node); });
        if (behindUnknown || kBySize.contains(node.kind)) {
            unknown.insert(id);
            continue;
        }
        if (node.kind == "input") fields[id] = {};
        Field reached;
        bool any = node.kind == "input";
        for (const Edge* edge : spec.edgesInto(id)) {
            const auto before = fields.find(edge->from.node);
            if (before == fields.end()) continue;
            any = true;
            const Field& other = before->second;
            reached.field.height = std::max(reached.field.height, other.field.height);
            reached.field.width = std::max(reached.field.width, other.field.width);
            reached.field.wholeImage = reached.field.wholeImage || other.field.wholeImage;
            reached.jumpY = std::max(reached.jumpY, other.jumpY);
            reached.jumpX = std::max(reached.jumpX, other.jumpX);
        }
        if (!any) continue;
        const bool adaptive = node.kind.starts_with("adaptive_");
        const auto window = adaptive ? adaptiveWindowOf(analyze(spec), id) : windowOf(node);
        if (adaptive && !window) continue;
        if (window && window->kernel.size() == 2 && window->stride.size() == 2) {
            const std::int64_t dilationY = window->dilation.empty() ? 1 : window->dilation[0];
            const std::int64_t dilationX = window->dilation.size() < 2 ? dilationY : window->dilation[1];
            reached.field.height += (window->kernel[0] - 1) * dilationY * reached.jumpY;
            reached.field.width += (window->kernel[1] - 1) * dilationX * reached.jumpX;
            reached.jumpY *= window->stride[0];
            reached.jumpX *= window->stride[1];
        }
        if (seesWholeMaps(node.kind)) reached.field.wholeImage = true;
        fields[id] = reached;
        if (id == wanted) return reached.field;
    }
    return std::nullopt;
}

}  // namespace convolab
