#include "app/lenses/train/weights_decorator.h"

#include <QPainter>
#include <algorithm>

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

QString captionOf(const ParameterEntry& entry, float limit) {
    const Shape& shape = entry.spec.shape;
    const QString range = QStringLiteral("±%1").arg(QString::fromStdString(valueText(limit, 2)));
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

int WeightsDecorator::slotHeight(NodeId head) const {
    const Node* node = m_editor.spec().node(head);
    return node != nullptr && (node->kind == "conv2d" || node->kind == "dense") ? kSlotHeight : 0;
}

const QImage& WeightsDecorator::picture(const ParameterEntry& entry) const {
    const auto found = m_pictures.find(entry.node);
    if (found != m_pictures.end()) return found->second;
    WeightPicture made = weightPicture(entry.spec.shape, m_weights->values(entry), {.mostFilters = kMostKernels, .mostCells = kMostCells});
    QImage image = std::move(made.image);
    image.setText(QStringLiteral("caption"), captionOf(entry, made.limit));
    return m_pictures.emplace(entry.node, std::move(image)).first->second;
}

void WeightsDecorator::paint(QPainter& painter, const QRectF& slot, NodeId head) const {
    const Tokens& colors = m_theme.current();
    painter.setFont(m_theme.font(FontRole::Axis));
    painter.setPen(toQColor(colors.text3));
    const ParameterEntry* entry = m_weights ? drawnEntry(*m_weights->layout, head) : nullptr;
    if (entry == nullptr) {
        painter.drawText(slot, Qt::AlignCenter, QObject::tr("not trained"));
        return;
    }
    const QImage& image = picture(*entry);
    const QRectF area = slot.adjusted(8, 6, -8, -kCaptionHeight - 4);
    const double scale = std::min({area.width() / image.width(), area.height() / image.height(), 16.0});
    QRectF target(QPointF(0, 0), QSizeF(image.width(), image.height()) * scale);
    target.moveCenter(area.center());
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(target, image);
    painter.drawText(QRectF(slot.left(), slot.bottom() - kCaptionHeight - 2, slot.width(), kCaptionHeight), Qt::AlignCenter,
                     image.text(QStringLiteral("caption")));
}

}  // namespace convolab
