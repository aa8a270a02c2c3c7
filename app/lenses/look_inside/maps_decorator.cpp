#include "app/lenses/look_inside/maps_decorator.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/lenses/block_note.h"
#include "app/lenses/class_column.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "core/graph/blocks.h"
#include "core/graph/docking.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/spec_editor.h"
#include "widgets/pictures/pixel_picture.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kInset = 6, kMoreLine = 14, kSmallestSlot = 60;
constexpr double kBarRow = 15, kBarLabel = 22, kBarValue = 28, kWidestLabel = 44;
constexpr std::size_t kMostBars = 12;

bool isOutput(const NetworkSpec& spec, NodeId node) { return spec.node(node) != nullptr && spec.node(node)->kind == "output"; }

}  // namespace

const LayerPicture* MapsDecorator::picture(NodeId head) const {
    if (!m_pictures) return nullptr;
    const auto found = m_pictures->byHead.find(pictureHead(m_editor.spec(), head));
    return found == m_pictures->byHead.end() ? nullptr : &found->second;
}

double MapsDecorator::wantedHeight(NodeId card) const {
    const NetworkSpec& spec = m_editor.spec();
    const NodeId head = pictureHead(spec, card);
    const NodeAnalysis* layer = m_editor.analysis().find(head);
    if (layer == nullptr || !layer->output) return 0;
    const double width = card::kWidth - 2 * kInset;
    const auto rows = dockedLayers(spec, head);
    const bool output = isOutput(spec, head) || std::any_of(rows.begin(), rows.end(), [&](NodeId row) { return isOutput(spec, row); });
    if (output) return kBarRow * static_cast<double>(std::min<std::int64_t>(layer->output->channels(), kMostBars));
    if (spec.node(head)->kind == "input") return width;
    const bool more = layer->output->isImage() && layer->output->channels() > 16;
    return MapMosaic::heightFor(*layer->output, width) + (more ? kMoreLine : 0);
}

// All slots are equally high, so that the rows and footers of the cards stand in one line.
void MapsDecorator::beginLayout() {
    m_tallest = kSmallestSlot;
    for (const Node& node : m_editor.spec().nodes())
        if (cardHead(m_editor.spec(), node.id) == node.id) m_tallest = std::max(m_tallest, wantedHeight(node.id) + 2 * kInset);
}

int MapsDecorator::slotHeight(NodeId head) const {
    return m_hidden && m_hidden(pictureHead(m_editor.spec(), head)) ? 0 : static_cast<int>(std::min<double>(std::ceil(m_tallest), m_largest));
}

QRectF MapsDecorator::mosaicBox(const QRectF& slot, NodeId head) const {
    const LayerPicture* shown = picture(head);
    const bool more = shown != nullptr && shown->mosaic.hiddenMaps() > 0;
    return slot.adjusted(kInset, kInset, -kInset, -kInset - (more ? kMoreLine : 0));
}

QString MapsDecorator::className(int label) const {
    return label < m_classes.size() ? m_classes[label] : QString::number(label);
}

std::vector<int> MapsDecorator::barClasses(const LayerPicture& picture, const QRectF& slot) const {
    std::vector<int> classes(picture.probabilities.size());
    std::iota(classes.begin(), classes.end(), 0);
    const auto fitting = static_cast<std::size_t>(std::max(1.0, (slot.height() - 2 * kInset) / 12));
    const std::size_t most = std::min(kMostBars, fitting);
    if (classes.size() <= most) return classes;
    std::stable_sort(classes.begin(), classes.end(), [&](int a, int b) {
        return picture.probabilities[static_cast<std::size_t>(a)] > picture.probabilities[static_cast<std::size_t>(b)];
    });
    classes.resize(most);
    return classes;
}

QRectF MapsDecorator::barRow(const QRectF& slot, std::size_t rows, std::size_t row) const {
    const double height = std::min(kBarRow, (slot.height() - 2 * kInset) / static_cast<double>(rows));
    const double top = slot.center().y() - height * static_cast<double>(rows) / 2;
    return {slot.left() + kInset, top + height * static_cast<double>(row), slot.width() - 2 * kInset, height};
}

void MapsDecorator::paintBars(QPainter& painter, const QRectF& slot, const LayerPicture& picture) const {
    const Tokens& colors = m_theme.current();
    const std::vector<int> classes = barClasses(picture, slot);
    QStringList names;
    for (const int index : classes) names += className(index);
    const double label = classColumn(QFontMetricsF(painter.font()), names, kBarLabel, kWidestLabel);
    const auto best = std::max_element(picture.probabilities.begin(), picture.probabilities.end()) - picture.probabilities.begin();
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const QRectF row = barRow(slot, classes.size(), i);
        const double share = picture.probabilities[static_cast<std::size_t>(classes[i])];
        const bool top = classes[i] == best;
        const QRectF bar(row.left() + label, row.center().y() - 3.5, row.width() - label - kBarValue, 7);
        painter.fillRect(bar, toQColor(colors.bg4));
        painter.fillRect(QRectF(bar.topLeft(), QSizeF(bar.width() * (std::isfinite(share) ? share : 0.0), bar.height())),
                         toQColor(top ? colors.group(GroupColor::Output) : colors.text3));
        painter.setPen(toQColor(top ? colors.text1 : colors.text3));
        const QString name = QFontMetricsF(painter.font()).elidedText(names[static_cast<qsizetype>(i)], Qt::ElideRight, label - 4);
        painter.drawText(QRectF(row.left(), row.top(), label - 4, row.height()), Qt::AlignLeft | Qt::AlignVCenter, name);
        painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, QString::fromStdString(fixedText(100 * share, 1)));
    }
}

void MapsDecorator::paint(QPainter& painter, const QRectF& slot, NodeId head) const {
    const Tokens& colors = m_theme.current();
    painter.setFont(m_theme.font(FontRole::Axis));
    const LayerPicture* shown = picture(head);
    if (shown == nullptr) {
        painter.setPen(toQColor(colors.text3));
        painter.drawText(slot.adjusted(kInset, 0, -kInset, 0), Qt::AlignCenter | Qt::TextWordWrap, m_note);
        return;
    }
    if (m_stale) painter.setOpacity(painter.opacity() * 0.45);
    const QRectF box = mosaicBox(slot, head);
    if (!shown->image.isNull()) {
        drawPixels(painter, shown->image, box);
    } else if (!shown->probabilities.empty()) {
        paintBars(painter, slot, *shown);
    } else if (shown->hasNaN) {
        painter.setPen(toQColor(colors.warning));
        painter.drawText(box, Qt::AlignCenter | Qt::TextWordWrap, QObject::tr("not numbers (NaN)"));
    } else {
        MapMosaic::Marks marks;
        const NodeId layer = m_focus.layer(), pictured = pictureHead(m_editor.spec(), head);
        if (layer && dockHead(m_editor.spec(), layer) == pictured) marks.selected = m_focus.map();
        for (const ChannelRef& off : m_off)
            if (dockHead(m_editor.spec(), off.node) == pictured) marks.off.insert(off.channel);
        shown->mosaic.paint(painter, box, colors, marks);
        if (shown->mosaic.hiddenMaps() > 0) {
            painter.setPen(toQColor(colors.text3));
            painter.drawText(QRectF(slot.left(), slot.bottom() - kMoreLine - 4, slot.width(), kMoreLine), Qt::AlignCenter,
                             QStringLiteral("+ %1").arg(QString::fromStdString(countText(shown->mosaic.hiddenMaps()))));
        }
    }
}

bool MapsDecorator::press(const QRectF& slot, NodeId head, QPointF at, Qt::KeyboardModifiers modifiers) {
    const LayerPicture* shown = picture(head);
    if (shown == nullptr) return false;
    if (!shown->probabilities.empty()) {
        const std::vector<int> classes = barClasses(*shown, slot);
        for (std::size_t i = 0; i < classes.size(); ++i) {
            if (!barRow(slot, classes.size(), i).contains(at)) continue;
            m_focus.setValue({pictureHead(m_editor.spec(), head), classes[i], 0, 0});
            return true;
        }
        return false;
    }
    const auto place = shown->mosaic.placeAt(mosaicBox(slot, head), at);
    if (!place) return false;
    const NodeId layer = pictureHead(m_editor.spec(), head);
    if (modifiers & Qt::ControlModifier) {
        if (m_toggle) m_toggle({layer, place->map});
    } else {
        m_focus.setValue({layer, place->map, place->row, place->column});
    }
    return true;
}

QString MapsDecorator::hint(const QRectF& slot, NodeId head, QPointF at) const {
    const LayerPicture* shown = picture(head);
    if (shown == nullptr) return {};
    return withNote(blockOutputNote(m_editor.spec(), head, shown->shown), valueHint(slot, head, at, *shown));
}

QString MapsDecorator::valueHint(const QRectF& slot, NodeId head, QPointF at, const LayerPicture& shown) const {
    if (!shown.probabilities.empty()) {
        const std::vector<int> classes = barClasses(shown, slot);
        for (std::size_t i = 0; i < classes.size(); ++i) {
            if (!barRow(slot, classes.size(), i).contains(at)) continue;
            const double share = shown.probabilities[static_cast<std::size_t>(classes[i])];
            return QStringLiteral("%1: %2").arg(className(classes[i]), QString::fromStdString(percentText(share)));
        }
        return {};
    }
    const auto place = shown.mosaic.placeAt(mosaicBox(slot, head), at);
    const auto values = m_pictures->snapshot->outputs.find(shown.shown);
    if (!place || values == m_pictures->snapshot->outputs.end()) return {};
    const Shape& shape = values->second.shape();
    const ValueRef value{shown.shown, place->map, place->row, place->column};
    const float number = values->second.span()[static_cast<std::size_t>((value.channel * shape.height() + value.row) * shape.width() + value.column)];
    return QObject::tr("%1: %2\nClick to look at it, Ctrl + click to switch it off or on; by keys: , and . and X")
        .arg(placeText(value, shape), QString::fromStdString(valueText(number, 4)));
}

}  // namespace convolab
