#include "app/lenses/measure/layer_table.h"

#include <QAbstractTableModel>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QStyledItemDelegate>
#include <algorithm>
#include <cmath>

#include "widgets/canvas/canvas_selection.h"
#include "widgets/instruments/export_menu.h"
#include "widgets/maps/value_scale.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kFirstMetric = 2;  // behind name and output
constexpr int kHeatRole = Qt::UserRole;
constexpr int kKindRole = Qt::UserRole + 1;

/// Units stand in the header: numbers of a column compare.
struct ColumnUnit {
    double scale = 1.0;
    QString suffix;
    int decimals = 0;
};

ColumnUnit unitOf(const LayerMetric& metric) {
    if (metric.unit == "s") return {1e6, QStringLiteral(" µs"), 1};
    if (metric.unit == "J") return {1e6, QStringLiteral(" µJ"), 2};
    if (metric.unit == "B") return {1.0 / 1024.0, QStringLiteral(" KiB"), 1};
    return {};
}

}  // namespace

class LayerTableModel : public QAbstractTableModel {
  public:
    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
    int columnCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : kFirstMetric + static_cast<int>(layerMetrics().size());
    }

    QVariant headerData(int section, Qt::Orientation orientation, int role) const override {
        if (orientation != Qt::Horizontal) return {};
        if (role == Qt::TextAlignmentRole) return int(section == 0 ? Qt::AlignLeft : Qt::AlignRight) | int(Qt::AlignVCenter);
        if (role == Qt::InitialSortOrderRole) return int(section < kFirstMetric ? Qt::AscendingOrder : Qt::DescendingOrder);
        if (section < kFirstMetric) return role == Qt::DisplayRole ? QVariant(section == 0 ? LayerTable::tr("Layer") : LayerTable::tr("Output")) : QVariant();
        const LayerMetric& metric = *layerMetrics()[static_cast<std::size_t>(section - kFirstMetric)];
        if (role == Qt::DisplayRole) return metric.id == "moved" ? LayerTable::tr("Moved KiB") : metricLabel(metric) + unitOf(metric).suffix;
        if (role == Qt::ToolTipRole) return LayerTable::tr(metric.help.c_str());
        return {};
    }

    QVariant data(const QModelIndex& index, int role) const override {
        const LayerRowFigures& row = m_rows[static_cast<std::size_t>(index.row())];
        switch (role) {
            case Qt::DisplayRole: return text(row, index.column());
            case Qt::TextAlignmentRole: return int(index.column() == 0 ? Qt::AlignLeft : Qt::AlignRight) | int(Qt::AlignVCenter);
            case kHeatRole: return heat(row, index.column());
            case kKindRole: return static_cast<int>(row.kind);
            default: return {};
        }
    }

    /// The two rows of the whole stay below.
    void sort(int column, Qt::SortOrder order) override {
        emit layoutAboutToBeChanged();
        m_column = column;
        m_order = order;
        arrange();
        emit layoutChanged();
    }

    void setRows(std::vector<LayerRowFigures> rows) {
        beginResetModel();
        m_rows = std::move(rows);
        m_inOrder = m_rows;
        arrange();
        endResetModel();
    }
    const std::vector<LayerRowFigures>& rows() const { return m_rows; }

    QString text(const LayerRowFigures& row, int column) const {
        if (column == 0) return row.name;
        if (column == 1) return row.output;
        const auto index = static_cast<std::size_t>(column - kFirstMetric);
        const auto value = index < row.values.size() ? row.values[index] : std::nullopt;
        if (!value) return QStringLiteral("–");
        const ColumnUnit unit = unitOf(*layerMetrics()[index]);
        if (unit.decimals == 0) return QString::fromStdString(countText(std::llround(*value)));
        return QString::fromStdString(fixedText(*value * unit.scale, unit.decimals));
    }

    /// Share of the column's largest layer; below 0: no colour.
    double heat(const LayerRowFigures& row, int column) const {
        if (column < kFirstMetric || row.kind == LayerRowFigures::Kind::Network) return -1.0;
        const auto index = static_cast<std::size_t>(column - kFirstMetric);
        if (index >= row.values.size() || !row.values[index]) return -1.0;
        double largest = 0.0;
        for (const LayerRowFigures& other : m_rows) {
            if (other.kind != LayerRowFigures::Kind::Network && other.values[index]) largest = std::max(largest, *other.values[index]);
        }
        return largest > 0.0 ? *row.values[index] / largest : -1.0;
    }

  private:
    void arrange() {
        m_rows = m_inOrder;
        if (m_column < 0) return;
        const auto end = std::find_if(m_rows.begin(), m_rows.end(), [](const auto& row) { return row.kind != LayerRowFigures::Kind::Layer; });
        const auto before = [this](const LayerRowFigures& a, const LayerRowFigures& b) {
            if (m_column == 0) return a.name.localeAwareCompare(b.name) < 0;
            if (m_column == 1) return a.output < b.output;
            const auto index = static_cast<std::size_t>(m_column - kFirstMetric);
            return a.values[index].value_or(-1.0) < b.values[index].value_or(-1.0);
        };
        std::stable_sort(m_rows.begin(), end, [&](const auto& a, const auto& b) {
            return m_order == Qt::AscendingOrder ? before(a, b) : before(b, a);
        });
    }

    std::vector<LayerRowFigures> m_rows, m_inOrder;
    int m_column = -1;
    Qt::SortOrder m_order = Qt::DescendingOrder;
};

namespace {

class HeatDelegate : public QStyledItemDelegate {
  public:
    HeatDelegate(const Theme& theme, const bool& stale, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme), m_stale(stale) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Tokens& t = m_theme.current();
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        const auto kind = static_cast<LayerRowFigures::Kind>(index.data(kKindRole).toInt());
        const double heat = index.data(kHeatRole).toDouble();
        ThemeColor ink = kind == LayerRowFigures::Kind::Between ? t.text3 : t.text1;
        if (index.column() == 1) ink = t.text3;
        if (m_stale) ink = t.text3;
        if (selected) painter->fillRect(option.rect, toQColor(t.bg4));
        else if (option.state.testFlag(QStyle::State_MouseOver)) painter->fillRect(option.rect, toQColor(t.bg3));
        if (heat >= 0.0) {
            // The map begins dark: on a light table, little heat would be grey.
            const double share = m_theme.mode() == ThemeMode::Light ? 2.0 * heat : 0.25 + heat;
            const ThemeColor color = mixColors(t.bg1, sequentialColor(heat), std::min(1.0, share));
            painter->fillRect(option.rect.adjusted(0, 1, -1, 0), toQColor(color));
            if (!m_stale) ink = contrastRatio(t.text1, color) >= 4.5 ? t.text1 : inkOn(color);
        }
        if (kind == LayerRowFigures::Kind::Network) {
            painter->setPen(toQColor(t.line2));
            painter->drawLine(option.rect.topLeft(), option.rect.topRight());
        }
        if (selected && index.column() == 0) painter->fillRect(QRect(option.rect.left(), option.rect.top(), 2, option.rect.height()), toQColor(t.accent));
        painter->setFont(m_theme.font(kind == LayerRowFigures::Kind::Network ? FontRole::BodyStrong : FontRole::Body));
        painter->setPen(toQColor(ink));
        const QRect area = option.rect.adjusted(8, 0, -8, 0);
        painter->drawText(area, index.data(Qt::TextAlignmentRole).toInt() | int(Qt::TextSingleLine),
                          painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, area.width()));
    }

  private:
    const Theme& m_theme;
    const bool& m_stale;
};

}  // namespace

LayerTable::LayerTable(Theme& theme, CanvasSelection& selection, QWidget* parent)
    : QTableView(parent), m_theme(theme), m_selection(selection) {
    setObjectName(QStringLiteral("layerTable"));
    setAccessibleName(tr("Layers with their numbers"));
    m_model = new LayerTableModel(this);
    setModel(m_model);
    setItemDelegate(new HeatDelegate(m_theme, m_stale, this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setShowGrid(false);
    setMouseTracking(true);
    setSortingEnabled(true);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(metrics::kTableRow);
    verticalHeader()->setMinimumSectionSize(metrics::kTableRow);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSortIndicatorClearable(true);
    horizontalHeader()->setSortIndicator(-1, Qt::DescendingOrder);
    horizontalHeader()->setFont(m_theme.font(FontRole::Caption));
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (m_showing) return;
        std::set<NodeId> nodes;
        for (const QModelIndex& index : selectionModel()->selectedRows()) {
            const NodeId node = m_model->rows()[static_cast<std::size_t>(index.row())].node;
            if (node) nodes.insert(node);
        }
        m_selection.set(nodes, {}, nodes.empty() ? NodeId{} : *nodes.rbegin());
    });
    connect(&m_selection, &CanvasSelection::changed, this, &LayerTable::showSelection);
    connect(m_model, &QAbstractItemModel::layoutChanged, this, &LayerTable::showSelection);
    connect(&m_theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

LayerTable::~LayerTable() = default;

void LayerTable::setRows(std::vector<LayerRowFigures> rows, bool stale) {
    m_stale = stale;
    m_showing = true;
    m_model->setRows(std::move(rows));
    m_showing = false;
    fitColumns();
    showSelection();
}

void LayerTable::showSelection() {
    m_showing = true;
    QItemSelection wanted;
    for (int i = 0; i < m_model->rowCount(); ++i) {
        const NodeId node = m_model->rows()[static_cast<std::size_t>(i)].node;
        if (node && m_selection.contains(node)) wanted.select(m_model->index(i, 0), m_model->index(i, m_model->columnCount() - 1));
    }
    selectionModel()->select(wanted, QItemSelectionModel::ClearAndSelect);
    m_showing = false;
}

/// The name gets what the numbers leave.
void LayerTable::fitColumns() {
    const QFontMetrics body(m_theme.font(FontRole::BodyStrong)), head(m_theme.font(FontRole::Caption));
    int used = 0;
    for (int column = 1; column < m_model->columnCount(); ++column) {
        int width = head.horizontalAdvance(m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString()) + 20;
        for (const LayerRowFigures& row : m_model->rows()) width = std::max(width, body.horizontalAdvance(m_model->text(row, column)) + 17);
        setColumnWidth(column, width);
        used += width;
    }
    setColumnWidth(0, std::max(96, viewport()->width() - used));
}

void LayerTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    fitColumns();
}

QString LayerTable::text() const {
    QStringList lines;
    QStringList header;
    for (int column = 0; column < m_model->columnCount(); ++column)
        header << m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    lines << header.join(QLatin1Char('\t'));
    for (const LayerRowFigures& row : m_model->rows()) {
        QStringList cells;
        for (int column = 0; column < m_model->columnCount(); ++column) cells << m_model->text(row, column);
        lines << cells.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n'));
}

std::string LayerTable::csv() const {
    std::string csv = "layer,output";
    for (const LayerMetric* metric : layerMetrics()) csv += "," + metric->id + (metric->unit.empty() ? "" : " [" + metric->unit + "]");
    csv += "\r\n";
    for (const LayerRowFigures& row : m_model->rows()) {
        csv += "\"" + row.name.toStdString() + "\"," + row.output.toStdString();
        for (std::size_t i = 0; i < layerMetrics().size(); ++i) {
            csv += ",";
            if (i < row.values.size() && row.values[i]) csv += QString::number(*row.values[i], 'g', 7).toStdString();
        }
        csv += "\r\n";
    }
    return csv;
}

std::unique_ptr<QMenu> LayerTable::makeMenu() const {
    if (m_model->rowCount() == 0) return nullptr;
    auto menu = std::make_unique<QMenu>();
    const std::vector<LayerRowFigures> rows = m_model->rows();
    const LayerTableModel* model = m_model;
    const InstrumentExport source{"Layers", [text = text()] { return text.toStdString(); }, [csv = csv()] { return csv; },
                                  [rows, model](ThemeMode mode) {
                                      const Tokens& t = tokens(mode);
                                      const double width = 720, step = 20;
                                      SvgText svg(width, step * static_cast<double>(rows.size() + 1) + 16, t.bg1, "Layers");
                                      const int columns = model->columnCount();
                                      const auto right = [&](int column) { return column == 0 ? 12.0 : 130 + (width - 142) * column / (columns - 1); };
                                      for (int column = 0; column < columns; ++column)
                                          svg.text({right(column), 22}, model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().toStdString(),
                                                   {.color = t.text3, .anchor = column == 0 ? SvgAnchor::Start : SvgAnchor::End});
                                      for (std::size_t i = 0; i < rows.size(); ++i) {
                                          for (int column = 0; column < columns; ++column)
                                              svg.text({right(column), 42 + step * static_cast<double>(i)}, model->text(rows[i], column).toStdString(),
                                                       {.color = t.text1, .anchor = column == 0 ? SvgAnchor::Start : SvgAnchor::End});
                                      }
                                      return svg.finish();
                                  }};
    addExportActions(*menu, source, m_theme.mode());
    return menu;
}

void LayerTable::contextMenuEvent(QContextMenuEvent* event) {
    const auto menu = makeMenu();
    if (!menu) return;
    menu->addSeparator();
    menu->addAction(tr("Save as CSV …"), this, &LayerTable::saveRequested)->setObjectName(QStringLiteral("saveCsv"));
    menu->exec(event->globalPos());
}

}  // namespace convolab
