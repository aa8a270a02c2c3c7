#include "app/lenses/compress/plan_decorator.h"

#include <QCoreApplication>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "app/lenses/block_note.h"
#include "app/lenses/compress/compress_presenters.h"
#include "core/compress/sparsity.h"
#include "core/compress/weight_groups.h"
#include "core/graph/blocks.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/spec_editor.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kSlot = 292;
constexpr double kInset = 8, kFigures = 142, kCaption = 14, kRow = 15, kBar = 7, kErrorBar = 3, kLayerRow = 20, kLayerBar = 4;
constexpr int kBoxes = 8;
constexpr std::int64_t kMostFilters = 16, kMostChannels = 8, kMostCells = 60;

QString tr(const char* words) { return QCoreApplication::translate("compress", words); }
QString text(const std::string& value) { return QString::fromStdString(value); }

}  // namespace

void PlanDecorator::show(LaidPlanPtr laid, bool waits, const QString& problem) {
    if (laid != m_laid) m_pictures.clear();
    m_laid = std::move(laid);
    m_largestBytes = 0;
    m_waits = waits;
    m_problem = problem;
}

void PlanDecorator::showErrors(const std::vector<LayerQuantizationError>& errors, bool stale) {
    m_errors.clear();
    m_largestError = 0.0;
    m_worst = {};
    m_errorsStale = stale;
    double least = INFINITY;
    for (const LayerQuantizationError& error : errors) {
        m_errors[error.node] = error.outputSqnr;
        m_largestError = std::max(m_largestError, relativeError(error.outputSqnr));
        if (error.bits >= kFloatBits || error.outputSqnr >= least) continue;
        least = error.outputSqnr;
        m_worst = error.node;
    }
}

int PlanDecorator::slotHeight(NodeId head) const { return m_editor.spec().node(head) != nullptr ? kSlot : 0; }

std::vector<const LayerFigures*> PlanDecorator::layers(NodeId head) const {
    std::vector<const LayerFigures*> found;
    if (!m_laid) return found;
    const Block* block = foldedBlock(m_editor.spec(), head);
    for (const LayerFigures& each : m_laid->figures.layers) {
        const bool inside = block != nullptr && std::find(block->nodes.begin(), block->nodes.end(), each.layer) != block->nodes.end();
        if (inside || each.layer == head) found.push_back(&each);
    }
    return found;
}

std::int64_t PlanDecorator::largestBytes() const {
    if (m_largestBytes > 0) return m_largestBytes;
    std::map<NodeId, std::int64_t> cards;
    for (const LayerFigures& each : m_laid->figures.layers) {
        const NodeId head = m_editor.spec().node(each.layer) != nullptr ? cardHead(m_editor.spec(), each.layer) : each.layer;
        m_largestBytes = std::max({m_largestBytes, cards[head] += each.denseBytes, std::int64_t{1}});
    }
    return m_largestBytes;
}

QRectF PlanDecorator::pictureArea(const QRectF& slot) {
    return {slot.left() + kInset, slot.top() + 6, slot.width() - 2 * kInset, std::max(0.0, slot.height() - kFigures - kCaption - 10)};
}

QRectF PlanDecorator::layerRow(const QRectF& area, std::size_t row) {
    return {area.left(), area.top() + kLayerRow * static_cast<double>(row), area.width(), kLayerRow};
}

const WeightPicture& PlanDecorator::picture(NodeId layer) const {
    const auto found = m_pictures.find(layer);
    if (found != m_pictures.end()) return found->second;
    const ParameterEntry* entry = weightEntry(*m_laid->weights->layout, layer);
    WeightPictureOptions options{.keep = layerMask(*m_laid->masks, layer), .allChannels = true, .mostFilters = kMostFilters,
                                 .mostChannels = kMostChannels, .mostCells = kMostCells};
    return m_pictures.emplace(layer, weightPicture(entry->spec.shape, m_laid->weights->values(*entry), options)).first->second;
}

QRectF PlanDecorator::pictureTarget(const QRectF& area, const WeightPicture& shown) const {
    const double scale = std::min({area.width() / shown.image.width(), area.height() / shown.image.height(), 16.0});
    QRectF target(QPointF(0, 0), QSizeF(shown.image.width(), shown.image.height()) * scale);
    target.moveCenter(area.center());
    return target;
}

void PlanDecorator::paint(QPainter& painter, const QRectF& slot, NodeId head) const {
    painter.setFont(m_theme.font(FontRole::Axis));
    const Layers shown = layers(head);
    if (shown.empty()) return paintNone(painter, slot, head);
    const QRectF area = pictureArea(slot);
    if (!(m_hidden && m_hidden(pictureHead(m_editor.spec(), head)))) {
        if (foldedBlock(m_editor.spec(), head) != nullptr)
            paintLayers(painter, area, shown);
        else
            paintPicture(painter, area, *shown.front());
    }
    paintFigures(painter, QRectF(slot.left() + kInset, slot.bottom() - kFigures, slot.width() - 2 * kInset, kFigures), shown);
}

void PlanDecorator::paintNone(QPainter& painter, const QRectF& slot, NodeId head) const {
    painter.setPen(toQColor(m_theme.current().text3));
    const bool compressible = [&] {
        const auto all = compressibleLayers(m_editor.spec());
        const auto nodes = cardChain(m_editor.spec(), head);
        return std::find_first_of(all.begin(), all.end(), nodes.begin(), nodes.end()) != all.end();
    }();
    const QString words = !compressible ? tr("no weights") : m_problem.isEmpty() ? tr("computing …") : tr("not trained");
    painter.drawText(slot.adjusted(kInset, 0, -kInset, 0), int(Qt::AlignCenter) | Qt::TextWordWrap, words);
}

void PlanDecorator::paintPicture(QPainter& painter, const QRectF& area, const LayerFigures& layer) const {
    const WeightPicture& shown = picture(layer.layer);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(pictureTarget(area, shown), shown.image);
    if (shown.whole) return;
    const ParameterEntry* entry = weightEntry(*m_laid->weights->layout, layer.layer);
    const QString words = tr("%1×%2 of %3×%4").arg(shown.rows).arg(shown.columns).arg(entry->spec.shape[0]).arg(entry->spec.shape[1]);
    painter.setPen(toQColor(m_theme.current().text3));
    painter.drawText(QRectF(area.left() - 4, area.bottom() + 2, area.width() + 8, kCaption), int(Qt::AlignCenter) | Qt::TextSingleLine, words);
}

/// A bar for each layer of a block: as long as it has weights, hatched where they are pruned.
void PlanDecorator::paintLayers(QPainter& painter, const QRectF& area, const Layers& shown) const {
    const Tokens& t = m_theme.current();
    const auto fitting = static_cast<std::size_t>(std::max(1.0, (area.height() + kCaption) / kLayerRow));
    const bool more = shown.size() > fitting;
    const std::size_t rows = more ? fitting - 1 : shown.size();
    std::int64_t most = 1;
    for (const LayerFigures* each : shown) most = std::max(most, each->weights);
    for (std::size_t i = 0; i < rows; ++i) {
        const LayerFigures& layer = *shown[i];
        const QRectF row = layerRow(area, i);
        const QRectF line(row.left(), row.top(), row.width(), kCaption);
        const QString count = text(compactText(static_cast<double>(layer.kept), 2));
        const double room = row.width() - QFontMetricsF(painter.font()).horizontalAdvance(count) - 6;
        painter.setPen(toQColor(t.text2));
        painter.drawText(line, int(Qt::AlignVCenter | Qt::AlignLeft) | Qt::TextSingleLine,
                         QFontMetricsF(painter.font()).elidedText(text(layer.name), Qt::ElideMiddle, room));
        painter.setPen(toQColor(m_waits ? t.text3 : t.text1));
        painter.drawText(line, int(Qt::AlignVCenter | Qt::AlignRight) | Qt::TextSingleLine, count);
        const double whole = std::max(1.0, row.width() * static_cast<double>(layer.weights) / static_cast<double>(most));
        const QRectF bar(row.left(), line.bottom(), whole, kLayerBar);
        painter.fillRect(bar, toQColor(t.bg4));
        const QRectF pruned(bar.right() - whole * layer.sparsity(), bar.top(), whole * layer.sparsity(), kLayerBar);
        painter.fillRect(QRectF(bar.topLeft(), QPointF(pruned.left(), bar.bottom())), toQColor(t.series[3]));
        painter.fillRect(pruned, QBrush(toQColor(t.text3), Qt::BDiagPattern));
    }
    if (!more) return;
    painter.setPen(toQColor(t.text3));
    painter.drawText(layerRow(area, rows), int(Qt::AlignHCenter | Qt::AlignTop), tr("+ %1 layers").arg(shown.size() - rows));
}

void PlanDecorator::paintFigures(QPainter& painter, const QRectF& area, const Layers& shown) const {
    const Tokens& t = m_theme.current();
    const LayerFigures layer = sumOf(shown);
    painter.setPen(QPen(toQColor(t.line), 1));
    painter.drawLine(QPointF(area.left() - kInset + 1, area.top() + 0.5), QPointF(area.right() + kInset - 1, area.top() + 0.5));
    double y = area.top() + 4;
    const auto row = [&](const QString& name, const QString& value, bool stale) {
        const QRectF line(area.left(), y, area.width(), kRow);
        painter.setPen(toQColor(t.text3));
        painter.drawText(line, int(Qt::AlignVCenter | Qt::AlignLeft), name);
        painter.setPen(toQColor(stale ? t.text3 : t.text1));
        painter.drawText(line, int(Qt::AlignVCenter | Qt::AlignRight), value);
        y += kRow;
    };
    const auto trough = [&] {
        const QRectF bar(area.left(), y + 1, area.width(), kBar);
        painter.fillRect(bar, toQColor(t.bg4));
        y += kBar + 5;
        return bar;
    };
    row(tr("sparsity"), layer.kept < layer.weights ? text(sparsityText(layer.sparsity())) : QStringLiteral("0 %"), m_waits);
    const QRectF bar = trough();
    const double pruned = bar.width() * layer.sparsity();
    painter.fillRect(QRectF(bar.topLeft(), QSizeF(pruned, bar.height())), QBrush(toQColor(t.text3), Qt::BDiagPattern));
    if (pruned > 0.5) painter.fillRect(QRectF(bar.left() + pruned - 1, bar.top() - 2, 2, bar.height() + 4), toQColor(t.text1));
    paintBits(painter, QRectF(area.left(), y, area.width(), kRow), layer.plan, text(bitsRangeText(shown)));
    y += kRow + 3;
    paintError(painter, QRectF(area.left(), y, area.width(), kRow), shown);
    y += kRow + 5;
    row(tr("size"), text(bytesText(static_cast<double>(layer.bytes))), m_waits);
    const std::int64_t largest = largestBytes();
    // The square root keeps small layers visible beside a large one.
    const auto length = [&](std::int64_t bytes) { return area.width() * std::sqrt(static_cast<double>(bytes) / static_cast<double>(largest)); };
    painter.fillRect(QRectF(area.left(), y + 1, std::max(1.0, length(layer.denseBytes)), 4), toQColor(t.edge));
    painter.fillRect(QRectF(area.left(), y + 7, std::max(1.0, length(layer.bytes)), 4), toQColor(t.series[3]));
    y += 15;
    const double share = m_laid->figures.bytes > 0 ? static_cast<double>(layer.bytes) / static_cast<double>(m_laid->figures.bytes) : 0.0;
    row(tr("share"), text(fixedText(100.0 * share, 1)) + QStringLiteral(" %"), m_waits);
}

void PlanDecorator::paintBits(QPainter& painter, const QRectF& row, const LayerCompression& plan, const QString& words) const {
    const Tokens& t = m_theme.current();
    const bool real = plan.bits >= kFloatBits;
    const ThemeColor filled = t.series[plan.levels == WeightLevels::KMeans ? 4 : 0];
    const double pitch = std::min(7.5, (row.width() - 34) / kBoxes);
    for (int i = 0; i < kBoxes; ++i) {
        const QRectF box(row.left() + pitch * i, row.center().y() - 4, pitch - 1.5, 8);
        painter.fillRect(box, toQColor(real ? t.text3 : i < plan.bits ? filled : t.bg4));
    }
    painter.setPen(toQColor(t.text1));
    painter.drawText(row, int(Qt::AlignVCenter | Qt::AlignRight), words);
}

std::optional<std::pair<NodeId, double>> PlanDecorator::worstError(const Layers& layers) const {
    std::optional<std::pair<NodeId, double>> worst;
    for (const LayerFigures* layer : layers) {
        const auto found = m_errors.find(layer->layer);
        if (found != m_errors.end() && (!worst || found->second < worst->second)) worst = *found;
    }
    return worst;
}

/// "SQNR 21.3 dB", and below it how much of the output it is: the widest bar is the layer that suffers most. Of several
/// layers the one that suffers most.
void PlanDecorator::paintError(QPainter& painter, const QRectF& row, const Layers& layers) const {
    const Tokens& t = m_theme.current();
    const auto found = worstError(layers);
    painter.setPen(toQColor(t.text3));
    painter.drawText(row, int(Qt::AlignVCenter | Qt::AlignLeft), tr("SQNR"));
    painter.fillRect(QRectF(row.left(), row.bottom(), row.width(), kErrorBar), toQColor(t.bg4));
    if (!found) {
        painter.drawText(row, int(Qt::AlignVCenter | Qt::AlignRight), QStringLiteral("–"));
        return;
    }
    const double part = m_largestError > 0 ? relativeError(found->second) / m_largestError : 0.0;
    const bool worst = found->first == m_worst && part > 0;
    painter.setPen(toQColor(m_errorsStale ? t.text3 : worst ? t.warning : t.text1));
    painter.drawText(row, int(Qt::AlignVCenter | Qt::AlignRight), text(decibelsText(found->second)));
    if (part <= 0) return;
    painter.fillRect(QRectF(row.left(), row.bottom(), std::max(1.0, row.width() * part), kErrorBar), toQColor(m_errorsStale ? t.text3 : worst ? t.warning : t.series[0]));
}

QString PlanDecorator::figuresHint(const Layers& layers) const {
    const LayerFigures sum = sumOf(layers);
    const auto error = worstError(layers);
    const QString name = error && layers.size() > 1 ? tr(" in %1").arg(text(m_laid->figures.find(error->first)->name)) : QString();
    const QString loses = error ? tr("; error of the output%1 %2 of the signal").arg(name, text(shareText(relativeError(error->second)))) : QString();
    const QString bits = text(layers.size() > 1 ? bitsRangeText(layers) : bitsText(sum.plan));
    return tr("%1 of %2 weights kept, %3; %4 bytes of %5")
               .arg(text(countText(sum.kept)), text(countText(sum.weights)), bits, text(countText(sum.bytes)), text(countText(sum.denseBytes))) + loses;
}

QString PlanDecorator::hint(const QRectF& slot, NodeId head, QPointF at) const {
    const Layers shown = layers(head);
    if (shown.empty()) return {};
    const NetworkSpec& spec = m_editor.spec();
    const QString note = blockSumNote(spec, head);
    if (at.y() >= slot.bottom() - kFigures) return withNote(note, figuresHint(shown));
    const QRectF area = pictureArea(slot);
    if (area.height() <= 12 || (m_hidden && m_hidden(pictureHead(spec, head)))) return note;
    if (note.isEmpty()) return weightHint(area, head, at);
    for (std::size_t i = 0; i < shown.size(); ++i)
        if (layerRow(area, i).contains(at)) return withNote(note, text(shown[i]->name) + QStringLiteral(": ") + figuresHint({shown[i]}));
    return note;
}

QString PlanDecorator::weightHint(const QRectF& area, NodeId head, QPointF at) const {
    const WeightPicture& shown = picture(head);
    const QRectF target = pictureTarget(area, shown);
    if (!target.contains(at)) return {};
    const int x = static_cast<int>((at.x() - target.left()) / target.width() * shown.image.width());
    const int y = static_cast<int>((at.y() - target.top()) / target.height() * shown.image.height());
    const auto weight = shown.weightAt(x, y);
    if (!weight) return {};
    const ParameterEntry* entry = weightEntry(*m_laid->weights->layout, head);
    const Shape& shape = entry->spec.shape;
    const std::int64_t filter = *weight / (shape.size() / shape[0]), rest = *weight % (shape.size() / shape[0]);
    const QString where = shape.rank() == 4
                              ? tr("filter %1, channel %2, row %3, column %4").arg(filter).arg(rest / (shape[2] * shape[3])).arg(rest / shape[3] % shape[2]).arg(rest % shape[3])
                              : tr("unit %1, input %2").arg(filter).arg(rest);
    const auto index = static_cast<std::size_t>(*weight);
    const auto value = [&](const WeightSet& weights) { return text(valueText(weights.values(*weightEntry(*weights.layout, head))[index], 3)); };
    const auto mask = layerMask(*m_laid->masks, head);
    if (index < mask.size() && mask[index] == 0) return tr("%1: %2, pruned").arg(where, value(*m_laid->ground.base));
    return tr("%1: %2").arg(where, value(*m_laid->weights));
}

}  // namespace convolab
