#include "widgets/inspector/layer_costs.h"

#include "core/graph/block_edits.h"
#include "core/inspect/receptive_field.h"
#include "core/layers/layer_kind.h"
#include "core/util/text.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/plots/number_text.h"

#include <QCoreApplication>

#include <algorithm>

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

// "5×5 px", or the range where neighbouring values differ.
QString sizeText(const LayerField& field) {
    const QString largest = QStringLiteral("%1×%2").arg(field.largestHeight).arg(field.largestWidth);
    const bool one = field.smallestHeight == field.largestHeight && field.smallestWidth == field.largestWidth;
    if (one) return largest + QStringLiteral(" px");
    return text("%1×%2 to %3 px").arg(field.smallestHeight).arg(field.smallestWidth).arg(largest);
}

CostLine fieldLine(const NetworkSpec& spec, const Analysis& analysis, NodeId node, const LayerField& field) {
    CostLine line{text("Receptive field"), {}, field.wholeImage ? text("whole image") : sizeText(field)};
    if (!analysis.inputShape->isImage()) line.value = text("whole input");
    const PixelRect inside = field.middle.clipped(analysis.inputShape->height(), analysis.inputShape->width());
    if (field.wholeImage && field.mixing && field.mixing != node)
        line.note = text("Every value of %1 sees all that reaches it").arg(toQString(spec.node(field.mixing)->name));
    else if (!field.wholeImage)
        line.note = text("The value in the middle sees rows %1 to %2, columns %3 to %4").arg(inside.top).arg(inside.bottom).arg(inside.left).arg(inside.right);
    return line;
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
    if (const auto field = layerField(spec, analysis, id)) lines.push_back(fieldLine(spec, analysis, id, *field));
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

}  // namespace convolab
