#include "app/lenses/train/weights_decorator.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>

#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/spec_editor.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"
#include "widgets/weights/weight_picture.h"

namespace convolab {

namespace {

constexpr int kSlotHeight = 132;
constexpr int kCaptionHeight = 14;
constexpr int kMostKernels = 16;
constexpr int kMostCells = 48;  // of a dense layer, per side

const ParameterEntry* drawnEntry(const ParameterLayout& layout, NodeId node) {
    for (const ParameterEntry& entry : layout.entries) {
        const bool drawable = entry.spec.shape.rank() == 4 || entry.spec.shape.rank() == 2;
        if (entry.node == node && entry.spec.role == ParameterRole::Weight && drawable) return &entry;
    }
    return nullptr;
}

/// The image that a dense layer sees, flattened or not; empty where it sees none.
Shape imageBefore(const NetworkSpec& spec, const Analysis& analysis, NodeId layer) {
    for (auto edges = spec.edgesInto(layer); !edges.empty(); edges = spec.edgesInto(edges.front()->from.node)) {
        const NodeId before = edges.front()->from.node;
        const NodeAnalysis* seen = analysis.find(before);
        if (seen != nullptr && seen->output && seen->output->isImage()) return *seen->output;
        if (spec.node(before)->kind != "flatten") break;
    }
    return {};
}

QString captionOf(const ParameterEntry& entry, const Shape& shape, float limit) {
    const QString range = QStringLiteral("±%1").arg(QString::fromStdString(valueText(limit, 2)));
    if (shape.rank() == 4 && entry.spec.shape.rank() == 2) {
        return (shape[0] == 1 ? QObject::tr("%1 unit · %2") : QObject::tr("%1 units · %2")).arg(shape[0]).arg(range);
    }
    if (shape.rank() == 4) {
        return shape[0] > kMostKernels ? QStringLiteral("%1 of %2 · %3").arg(kMostKernels).arg(shape[0]).arg(range)
                                       : QStringLiteral("%1 kernels · %2").arg(shape[0]).arg(range);
    }
    return QStringLiteral("%1×%2 · %3").arg(std::min<std::int64_t>(shape[0], kMostCells)).arg(std::min<std::int64_t>(shape[1], kMostCells)).arg(range);
}

}  // namespace

void WeightsDecorator::setWeights(WeightSetPtr weights) {
    if (weights == m_weights) return;
    m_weights = std::move(weights);
    m_pictures.clear();
}

NodeId WeightsDecorator::shownLayer(NodeId head) const {
    const NetworkSpec& spec = m_editor.spec();
    const Block* block = foldedBlock(spec, head);
    NodeId shown;
    std::int64_t most = -1;
    for (const NodeId id : block != nullptr ? block->nodes : std::vector<NodeId>{head}) {
        const Node* node = spec.node(id);
        if (node == nullptr || (node->kind != "conv2d" && node->kind != "dense")) continue;
        const NodeAnalysis* layer = m_editor.analysis().find(id);
        const std::int64_t parameters = layer != nullptr ? layer->cost.parameters : 0;
        if (parameters <= most) continue;
        most = parameters;
        shown = id;
    }
    return shown;
}

int WeightsDecorator::slotHeight(NodeId head) const {
    if (!shownLayer(head)) return 0;
    return foldedBlock(m_editor.spec(), head) != nullptr ? kSlotHeight + kCaptionHeight : kSlotHeight;
}

Shape WeightsDecorator::drawnShape(const ParameterEntry& entry) const {
    const Shape& shape = entry.spec.shape;
    if (shape.rank() == 4 || shape[0] > kMostKernels) return shape;
    const Shape seen = imageBefore(m_editor.spec(), m_editor.analysis(), entry.node);
    const bool small = seen.isImage() && seen.size() == shape[1] && seen.height() > 1 && seen.width() > 1 &&
                       std::max(seen.height(), seen.width()) <= kMostCells;
    return small ? Shape{shape[0], seen.channels(), seen.height(), seen.width()} : shape;
}

const QImage& WeightsDecorator::picture(const ParameterEntry& entry) const {
    const auto found = m_pictures.find(entry.node);
    if (found != m_pictures.end()) return found->second;
    const Shape shape = drawnShape(entry);
    WeightPicture made = weightPicture(shape, m_weights->values(entry), {.mostFilters = kMostKernels, .mostCells = kMostCells});
    QImage image = std::move(made.image);
    image.setText(QStringLiteral("caption"), captionOf(entry, shape, made.limit));
    return m_pictures.emplace(entry.node, std::move(image)).first->second;
}

void WeightsDecorator::paint(QPainter& painter, const QRectF& slot, NodeId head) const {
    const Tokens& colors = m_theme.current();
    painter.setFont(m_theme.font(FontRole::Axis));
    painter.setPen(toQColor(colors.text3));
    const NodeId layer = shownLayer(head);
    const ParameterEntry* entry = m_weights ? drawnEntry(*m_weights->layout, layer) : nullptr;
    if (entry == nullptr) {
        painter.drawText(slot, Qt::AlignCenter, QObject::tr("not trained"));
        return;
    }
    const QImage& image = picture(*entry);
    QRectF area = slot.adjusted(8, 6, -8, -kCaptionHeight - 4);
    if (foldedBlock(m_editor.spec(), head) != nullptr) {
        const QString name = QFontMetricsF(painter.font()).elidedText(toQString(m_editor.spec().node(layer)->name), Qt::ElideMiddle, area.width());
        painter.drawText(QRectF(area.left(), slot.top() + 3, area.width(), kCaptionHeight), Qt::AlignCenter, name);
        area.setTop(area.top() + kCaptionHeight);
    }
    const double scale = std::min({area.width() / image.width(), area.height() / image.height(), 16.0});
    QRectF target(QPointF(0, 0), QSizeF(image.width(), image.height()) * scale);
    target.moveCenter(area.center());
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(target, image);
    painter.drawText(QRectF(slot.left(), slot.bottom() - kCaptionHeight - 2, slot.width(), kCaptionHeight), Qt::AlignCenter,
                     image.text(QStringLiteral("caption")));
}

QString WeightsDecorator::hint(const QRectF&, NodeId head, QPointF) const {
    const Block* block = foldedBlock(m_editor.spec(), head);
    const Node* layer = m_editor.spec().node(shownLayer(head));
    if (block == nullptr || layer == nullptr) return {};
    return QObject::tr("block %1: weights of %2, its largest layer").arg(toQString(block->name), toQString(layer->name));
}

}  // namespace convolab
