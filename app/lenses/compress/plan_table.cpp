#include "app/lenses/compress/plan_table.h"

#include <QAbstractTableModel>
#include <QHeaderView>
#include <QLocale>
#include <QRegularExpression>
#include <QTableView>
#include <QVBoxLayout>

#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

enum Column { Layer, Sparsity, Bits, Kept, Bytes, Columns };

constexpr std::int64_t kLongestCount = 999'999;

QString text(const std::string& value) { return QString::fromStdString(value); }

/// What fits into a narrow column; the tool tip says it to the last digit.
QString shortCount(std::int64_t count) { return text(count > kLongestCount ? siText(static_cast<double>(count), "") : countText(count)); }

}  // namespace

class PlanTableModel : public QAbstractTableModel {
  public:
    PlanTableModel(const Theme& theme, CompressSession& session, QObject* parent) : QAbstractTableModel(parent), m_theme(theme), m_session(session) {}

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() || !m_laid ? 0 : static_cast<int>(layers().size()) + 1; }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : Columns; }

    QVariant headerData(int section, Qt::Orientation orientation, int role) const override {
        if (orientation != Qt::Horizontal) return {};
        if (role == Qt::TextAlignmentRole) return int((section == Layer ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        if (role != Qt::DisplayRole) return {};
        const QString names[] = {PlanTable::tr("Layer"), PlanTable::tr("Sparsity"), PlanTable::tr("Bits"), PlanTable::tr("Kept"), PlanTable::tr("Bytes")};
        return names[section];
    }

    QVariant data(const QModelIndex& index, int role) const override {
        if (role == Qt::TextAlignmentRole) return int((index.column() == Layer ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        const bool whole = index.row() == static_cast<int>(layers().size());
        if (role == Qt::FontRole && whole) return m_theme.font(FontRole::BodyStrong);
        if (role == Qt::ToolTipRole) return hint(index, whole);
        if (role == Qt::ForegroundRole && m_session.laidWaits() && index.column() >= Kept) return toQColor(m_theme.current().text3);
        if (role == Qt::EditRole && !whole) {
            const LayerFigures& layer = layers()[static_cast<std::size_t>(index.row())];
            if (index.column() == Sparsity) return text(valueText(100.0 * layer.plan.sparsity, 4));
            if (index.column() == Bits) return layer.plan.bits < kFloatBits ? text(bitsText(layer.plan)) : QStringLiteral("32");
        }
        if (role != Qt::DisplayRole) return {};
        return whole ? wholeText(index.column()) : layerText(layers()[static_cast<std::size_t>(index.row())], index.column());
    }

    Qt::ItemFlags flags(const QModelIndex& index) const override {
        Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
        const bool editable = index.row() < static_cast<int>(layers().size()) && (index.column() == Sparsity || index.column() == Bits);
        return editable ? flags | Qt::ItemIsEditable : flags;
    }

    bool setData(const QModelIndex& index, const QVariant& value, int role) override {
        if (role != Qt::EditRole || !m_session.network()) return false;
        const LayerFigures& layer = layers()[static_cast<std::size_t>(index.row())];
        return index.column() == Bits ? setBits(layer, value.toString()) : setSparsity(layer, value.toString());
    }

    void show(const LaidPlanPtr& laid) {
        const bool sameRows = laid && m_laid && laid->figures.layers.size() == m_laid->figures.layers.size();
        if (!sameRows) beginResetModel();
        m_laid = laid;
        if (!sameRows) endResetModel();
        else emit dataChanged(index(0, 0), index(rowCount() - 1, Columns - 1));
    }
    const std::vector<LayerFigures>& layers() const {
        static const std::vector<LayerFigures> none;
        return m_laid ? m_laid->figures.layers : none;
    }

  private:
    bool setSparsity(const LayerFigures& layer, QString typed) {
        CompressionPlan plan = m_session.plan();
        typed.remove(QLatin1Char('%'));
        bool ok = false;
        const double number = QLocale::c().toDouble(typed.trimmed(), &ok);
        if (!ok) return false;
        plan.layers[layer.layer].sparsity = number / 100.0;
        return take(plan, PlanTable::tr("Prune %1").arg(text(layer.name)));
    }

    /// "5", "5 K" for shared values, "32" or "FP32".
    bool setBits(const LayerFigures& layer, const QString& typed) {
        static const QRegularExpression kForm(QStringLiteral("^(?:fp)?\\s*(\\d{1,3})\\s*(k?)$"), QRegularExpression::CaseInsensitiveOption);
        const QRegularExpressionMatch match = kForm.match(typed.trimmed());
        if (!match.hasMatch()) return false;
        CompressionPlan plan = m_session.plan();
        LayerCompression& wanted = plan.layers[layer.layer];
        wanted.bits = match.captured(1).toInt();
        if (wanted.bits < kFloatBits) wanted.levels = match.captured(2).isEmpty() ? WeightLevels::Uniform : WeightLevels::KMeans;
        return take(plan, PlanTable::tr("Quantise %1").arg(text(layer.name)));
    }

    bool take(const CompressionPlan& plan, const QString& what) {
        if (!validatePlan(plan, *m_session.network()).ok()) return false;
        m_session.setPlan(plan, what);
        return true;
    }

    QString layerText(const LayerFigures& layer, int column) const {
        switch (column) {
            case Layer: return text(layer.name);
            case Sparsity: return layer.kept < layer.weights ? text(sparsityText(layer.sparsity())) : QStringLiteral("0 %");
            case Bits: return text(bitsText(layer.plan));
            case Kept: return shortCount(layer.kept);
            default: return shortCount(layer.bytes);
        }
    }
    QString wholeText(int column) const {
        const PlanFigures& figures = m_laid->figures;
        switch (column) {
            case Layer: return PlanTable::tr("Network");
            case Sparsity: return figures.kept < figures.weights ? text(fixedText(100.0 * figures.sparsity(), 1)) + QStringLiteral(" %") : QStringLiteral("0 %");
            case Bits: return figures.bits() >= kFloatBits ? QStringLiteral("FP32") : text(fixedText(figures.bits(), 1));
            case Kept: return shortCount(figures.kept);
            default: return shortCount(figures.bytes);
        }
    }
    QVariant hint(const QModelIndex& index, bool whole) const {
        if (index.column() == Bits) {
            return whole ? PlanTable::tr("The mean over the weights that are kept")
                         : PlanTable::tr("Bits of a weight: 2 to 8, or 32 for float32; “5 K” shares 32 values found by k-means. Double click to edit");
        }
        if (index.column() < Kept) return index.column() == Sparsity && !whole ? QVariant(PlanTable::tr("Double click to edit")) : QVariant();
        if (whole) {
            const PlanFigures& figures = m_laid->figures;
            if (index.column() == Kept) return PlanTable::tr("%1 of %2 weights").arg(text(countText(figures.kept)), text(countText(figures.weights)));
            return PlanTable::tr("%1 bytes of %2 as float32, with biases and indices").arg(text(countText(figures.bytes)), text(countText(figures.denseBytes)));
        }
        const LayerFigures& layer = layers()[static_cast<std::size_t>(index.row())];
        if (index.column() == Kept) return PlanTable::tr("%1 of %2 weights").arg(text(countText(layer.kept)), text(countText(layer.weights)));
        return PlanTable::tr("%1 bytes of %2 as float32, with biases and indices").arg(text(countText(layer.bytes)), text(countText(layer.denseBytes)));
    }

    const Theme& m_theme;
    CompressSession& m_session;
    LaidPlanPtr m_laid;
};

PlanTable::PlanTable(Theme& theme, CompressSession& session, QWidget* parent) : QWidget(parent), m_session(session) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    m_model = new PlanTableModel(theme, session, this);
    m_view = new QTableView;
    m_view->setObjectName(QStringLiteral("planTable"));
    m_view->setAccessibleName(tr("Compression plan"));
    m_view->setProperty("density", "compact");
    m_view->setModel(m_model);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed | QAbstractItemView::SelectedClicked);
    m_view->setShowGrid(false);
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(metrics::kTableRow);
    m_view->verticalHeader()->setMinimumSectionSize(metrics::kTableRow);
    m_view->horizontalHeader()->setMinimumSectionSize(20);
    m_view->horizontalHeader()->setFixedHeight(metrics::kTableRow);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->horizontalHeader()->setSectionResizeMode(Layer, QHeaderView::Stretch);
    const int widths[] = {0, 54, 44, 56, 56};
    for (int i = Sparsity; i < Columns; ++i) m_view->setColumnWidth(i, widths[i]);
    column->addWidget(m_view);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& now) {
        if (m_showing || !now.isValid() || now.row() >= static_cast<int>(m_model->layers().size())) return;
        emit layerChosen(m_model->layers()[static_cast<std::size_t>(now.row())].layer);
    });
    connect(&m_session, &CompressSession::laidChanged, this, &PlanTable::refresh);
    refresh();
}

PlanTable::~PlanTable() = default;

void PlanTable::refresh() {
    m_showing = true;
    m_model->show(m_session.laid());
    m_showing = false;
    fitHeight();
    setLayer(m_layer);
}

void PlanTable::fitHeight() { m_view->setFixedHeight(metrics::kTableRow * (m_model->rowCount() + 1) + 2); }

void PlanTable::setLayer(NodeId layer) {
    m_layer = layer;
    for (std::size_t i = 0; i < m_model->layers().size(); ++i) {
        if (m_model->layers()[i].layer != layer) continue;
        m_showing = true;
        const QModelIndex current = m_view->currentIndex();
        if (current.row() != static_cast<int>(i)) m_view->setCurrentIndex(m_model->index(static_cast<int>(i), Layer));
        m_showing = false;
    }
}

}  // namespace convolab
