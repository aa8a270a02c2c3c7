#include "app/lenses/attack/change_decorator.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <numeric>

#include "app/lenses/block_note.h"
#include "app/lenses/class_column.h"
#include "core/graph/docking.h"
#include "core/layers/softmax_kinds.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/spec_editor.h"
#include "widgets/pictures/pixel_picture.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kSlot = 240, kFigures = 78;
constexpr double kInset = 8, kRow = 14, kBar = 6, kNames = 32;
constexpr double kClassName = 16, kWidestClassName = 40;
constexpr double kThinnest = 1.5, kWidest = 4.5;
constexpr int kLargestMap = 96;  // values a side in a card

QString tr(const char* text) { return QCoreApplication::translate("attack", text); }

QString divergenceText(double value) { return QString::fromStdString(value < 10 ? fixedText(value, 2) : valueText(value, 3)); }

QRectF pictureArea(const QRectF& slot) {
    return {slot.left() + kInset, slot.top() + 6, slot.width() - 2 * kInset, slot.height() - kFigures - 12};
}

/// Softmax and output say the same as the logits in other units.
bool repeatsLogits(const NetworkSpec& spec, NodeId id) {
    const Node* node = spec.node(id);
    return node != nullptr && (isSoftmax(node->kind) || node->kind == "output");
}

}  // namespace

void ChangeDecorator::show(AttackPicturePtr picture, SampleDivergencePtr sample, bool waits, const QString& problem) {
    if (picture != m_picture) m_mosaics.clear();
    m_picture = std::move(picture);
    m_sample = std::move(sample);
    m_waits = waits;
    m_problem = problem;
}

NodeId ChangeDecorator::shownLayer(NodeId head) const {
    const NetworkSpec& spec = m_editor.spec();
    if (!isOutput(head)) return convolab::shownLayer(spec, m_editor.analysis(), pictureHead(spec, head));
    NodeId shown = head;
    for (const NodeId node : cardChain(spec, head)) {
        if (m_picture && m_picture->clean->outputs.contains(node) && !repeatsLogits(spec, node)) shown = node;
    }
    return shown;
}

bool ChangeDecorator::isOutput(NodeId head) const {
    const NodeId output = m_editor.analysis().output;
    const auto chain = cardChain(m_editor.spec(), head);
    return output != NodeId{} && std::find(chain.begin(), chain.end(), output) != chain.end();
}

int ChangeDecorator::slotHeight(NodeId head) const { return m_editor.spec().node(head) != nullptr ? kSlot : 0; }

std::optional<double> ChangeDecorator::divergence(NodeId node) const {
    if (!m_picture) return std::nullopt;
    const auto found = m_picture->divergence.find(node);
    return found == m_picture->divergence.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ChangeDecorator::Figures> ChangeDecorator::figures(NodeId head) const {
    const NodeId node = shownLayer(head);
    const auto own = divergence(node);
    if (!own) return std::nullopt;
    Figures figures{*own, {}, {}};
    if (const auto noise = m_picture->noiseDivergence.find(node); noise != m_picture->noiseDivergence.end()) figures.noise = noise->second;
    if (m_sample && m_sample->images > 0) {
        if (const auto mean = m_sample->mean.find(node); mean != m_sample->mean.end()) figures.mean = mean->second;
    }
    return figures;
}

double ChangeDecorator::largest() const {
    double largest = 1.0;
    if (!m_picture) return largest;
    for (const auto* values : {&m_picture->divergence, &m_picture->noiseDivergence}) {
        for (const auto& [node, value] : *values) {
            if (!repeatsLogits(m_editor.spec(), node)) largest = std::max(largest, value);
        }
    }
    return largest;
}

std::optional<EdgeLook> ChangeDecorator::edge(NodeId fromHead, NodeId) const {
    const auto value = figures(fromHead);
    if (!value) return std::nullopt;
    const double share = std::clamp(value->own / largest(), 0.0, 1.0);
    const Tokens& t = m_theme.current();
    return EdgeLook{kThinnest + (kWidest - kThinnest) * share, mixColors(t.edge, t.series[1], std::min(1.0, 0.15 + 1.2 * share))};
}

const MapMosaic& ChangeDecorator::mosaic(NodeId node) const {
    const auto found = m_mosaics.find(node);
    if (found != m_mosaics.end()) return found->second;
    const Tensor &clean = m_picture->clean->outputs.at(node), &attacked = m_picture->attacked->outputs.at(node);
    Tensor change(clean.shape());
    for (std::int64_t i = 0; i < change.size(); ++i) change.data()[i] = attacked.data()[i] - clean.data()[i];
    MapMosaicOptions options;
    options.largestSide = kLargestMap;
    options.scale = ValueScale::diverging(change.span());
    return m_mosaics.emplace(node, MapMosaic(change.view(), options)).first->second;
}

void ChangeDecorator::paint(QPainter& painter, const QRectF& slot, NodeId head) const {
    const Tokens& t = m_theme.current();
    painter.setFont(m_theme.font(FontRole::Axis));
    const auto values = figures(head);
    if (!values) {
        painter.setPen(toQColor(t.text3));
        painter.drawText(slot.adjusted(kInset, 0, -kInset, 0), int(Qt::AlignCenter) | Qt::TextWordWrap,
                         m_picture ? tr("not on the way to the output") : m_problem.isEmpty() ? tr("computing …") : tr("no answer"));
        return;
    }
    const bool hidden = m_hidden && m_hidden(pictureHead(m_editor.spec(), head));
    const QRectF area = pictureArea(slot);
    if (area.height() > 12 && !hidden) {
        if (isOutput(head)) {
            paintClasses(painter, area);
        } else if (head == m_editor.analysis().input) {
            paintInput(painter, area);
        } else {
            mosaic(shownLayer(head)).paint(painter, area, t, {});
        }
    }
    paintFigures(painter, QRectF(slot.left() + kInset, slot.bottom() - kFigures, slot.width() - 2 * kInset, kFigures), *values);
}

QString ChangeDecorator::hint(const QRectF& slot, NodeId head, QPointF at) const {
    const auto values = figures(head);
    if (!values) return {};
    return withNote(blockOutputNote(m_editor.spec(), head, shownLayer(head)), valueHint(slot, head, at, *values));
}

QString ChangeDecorator::valueHint(const QRectF& slot, NodeId head, QPointF at, const Figures& values) const {
    const NodeId node = shownLayer(head);
    if (at.y() >= slot.bottom() - kFigures) {
        QString text = tr("‖Δa‖ / ‖a‖: this image %1").arg(divergenceText(values.own));
        if (values.mean) text += tr(", mean of %1 images %2").arg(m_sample->images).arg(divergenceText(*values.mean));
        if (values.noise) text += tr(", noise of the same size %1").arg(divergenceText(*values.noise));
        return text;
    }
    if (isOutput(head) || head == m_editor.analysis().input) return {};
    const auto place = mosaic(node).placeAt(pictureArea(slot), at);
    if (!place) return {};
    const Tensor &clean = m_picture->clean->outputs.at(node), &attacked = m_picture->attacked->outputs.at(node);
    const Shape& shape = clean.shape();
    const std::int64_t index = shape.rank() == 3 ? (place->map * shape.height() + place->row) * shape.width() + place->column : place->map;
    if (index < 0 || index >= clean.size()) return {};
    const auto number = [](float value) { return QString::fromStdString(valueText(value, 3)); };
    const QString where = mosaic(node).isVector() ? tr("unit %1").arg(place->map)
                                                  : tr("map %1, row %2, column %3").arg(place->map).arg(place->row).arg(place->column);
    return tr("%1: %2 → %3, change %4").arg(where, number(clean.data()[index]), number(attacked.data()[index]),
                                            number(attacked.data()[index] - clean.data()[index]));
}

void ChangeDecorator::paintInput(QPainter& painter, const QRectF& area) const {
    drawPixels(painter, pixelPicture(m_picture->adversarial.view()), area);
}

void ChangeDecorator::paintClasses(QPainter& painter, const QRectF& area) const {
    const Tokens& t = m_theme.current();
    const auto &before = m_picture->clean->probabilities, &after = m_picture->attacked->probabilities;
    const auto fits = static_cast<std::size_t>(std::max(1.0, area.height() / 10));
    std::vector<std::size_t> classes(before.size());
    std::iota(classes.begin(), classes.end(), 0);
    if (classes.size() > fits) {
        std::stable_sort(classes.begin(), classes.end(), [&](std::size_t a, std::size_t b) {
            return std::max(before[a], after[a]) > std::max(before[b], after[b]);
        });
        classes.resize(fits);
        std::sort(classes.begin(), classes.end());
    }
    const double row = std::min(kRow, area.height() / static_cast<double>(std::max<std::size_t>(1, classes.size())));
    const double top = area.center().y() - row * static_cast<double>(classes.size()) / 2;
    QStringList labels;
    for (const std::size_t each : classes) {
        const auto index = static_cast<int>(each);
        labels += m_className ? m_className(index) : QString::number(index);
    }
    const double names = classColumn(QFontMetricsF(painter.font()), labels, kClassName, kWidestClassName);
    const double numbers = 26, bar = area.width() - names - numbers;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const auto index = static_cast<int>(classes[i]);
        const bool now = index == m_picture->attacked->predicted, was = index == m_picture->clean->predicted;
        const QRectF line(area.left(), top + row * static_cast<double>(i), area.width(), row);
        painter.setPen(toQColor(now || was ? t.text1 : t.text3));
        painter.drawText(QRectF(line.left(), line.top(), names - 3, row), int(Qt::AlignVCenter) | Qt::TextSingleLine,
                         QFontMetricsF(painter.font()).elidedText(labels[static_cast<qsizetype>(i)], Qt::ElideRight, names - 3));
        const QRectF trough(line.left() + names, line.center().y() - 3.5, bar, 7);
        painter.fillRect(trough, toQColor(t.bg4));
        painter.fillRect(QRectF(trough.topLeft(), QSizeF(bar * after[classes[i]], 7)), toQColor(now ? (m_waits ? t.text3 : t.series[1]) : t.edge));
        if (before[classes[i]] > 0.005F) {
            painter.setPen(QPen(toQColor(t.series[0]), 1, Qt::DashLine));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(QRectF(trough.left() + 0.5, trough.top() + 0.5, std::max(1.0, bar * before[classes[i]] - 1), 6));
        }
        painter.setPen(toQColor(now ? t.text1 : t.text3));
        painter.drawText(QRectF(trough.right(), line.top(), numbers, row), int(Qt::AlignVCenter | Qt::AlignRight) | Qt::TextSingleLine,
                         QString::fromStdString(fixedText(100.0 * after[classes[i]], 1)));
    }
}

void ChangeDecorator::paintFigures(QPainter& painter, const QRectF& area, const Figures& figures) const {
    const Tokens& t = m_theme.current();
    painter.setPen(QPen(toQColor(t.line), 1));
    painter.drawLine(QPointF(area.left() - kInset + 1, area.top() + 0.5), QPointF(area.right() + kInset - 1, area.top() + 0.5));
    const QRectF head(area.left(), area.top() + 4, area.width(), 22);
    const double limit = largest();
    const double share = std::clamp(figures.own / limit, 0.0, 1.0);
    painter.setPen(toQColor(t.text3));
    painter.drawText(head, int(Qt::AlignVCenter | Qt::AlignLeft), QStringLiteral("‖Δa‖/‖a‖"));
    painter.setFont(m_theme.font(FontRole::LessonTitle));
    painter.setPen(toQColor(m_waits ? t.text3 : mixColors(t.text2, t.series[1], std::min(1.0, 0.5 + share))));
    painter.drawText(head, int(Qt::AlignVCenter | Qt::AlignRight), divergenceText(figures.own));
    painter.setFont(m_theme.font(FontRole::Axis));
    const auto bar = [&](int index, const QString& name, std::optional<double> value, ThemeColor color) {
        const QRectF row(area.left(), head.bottom() + 1 + kRow * index, area.width(), kRow);
        painter.setPen(toQColor(t.text2));
        painter.drawText(QRectF(row.left(), row.top(), kNames, kRow), int(Qt::AlignVCenter | Qt::AlignLeft), name);
        const QRectF trough(row.left() + kNames, row.center().y() - kBar / 2, row.width() - kNames, kBar);
        painter.setPen(Qt::NoPen);
        painter.setBrush(toQColor(t.bg4));
        painter.drawRoundedRect(trough, 2, 2);
        if (!value) return;
        painter.setBrush(toQColor(color));
        const double width = trough.width() * std::clamp(*value / limit, 0.0, 1.0);
        if (width >= 1) painter.drawRoundedRect(QRectF(trough.topLeft(), QSizeF(width, kBar)), 2, 2);
    };
    bar(0, tr("this"), figures.own, m_waits ? t.text3 : t.series[1]);
    bar(1, tr("mean"), figures.mean, mixColors(t.bg3, t.series[1], 0.7));
    bar(2, tr("noise"), figures.noise, t.edge);
}

}  // namespace convolab
