#include "app/lenses/train/layer_list.h"

#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QLabel>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <vector>

#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/layers/layer_kind.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/canvas_selection.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kShownRuns = 5;

struct LayerRow {
    NodeId node;
    QString name;
    QString number;
    GroupColor group = GroupColor::Shape;
    bool docked = false;
};

}  // namespace

class LayerListModel : public QAbstractListModel {
  public:
    using QAbstractListModel::QAbstractListModel;
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
    QVariant data(const QModelIndex& index, int role) const override {
        const LayerRow& row = m_rows[static_cast<std::size_t>(index.row())];
        if (role == Qt::DisplayRole) return row.name;
        if (role == Qt::AccessibleTextRole) return row.name + QStringLiteral(", ") + row.number + QStringLiteral(" parameters");
        return {};
    }
    void setRows(std::vector<LayerRow> rows) {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    }
    const std::vector<LayerRow>& rows() const { return m_rows; }

  private:
    std::vector<LayerRow> m_rows;
};

namespace {

class LayerDelegate : public QStyledItemDelegate {
  public:
    LayerDelegate(const Theme& theme, const LayerListModel& model, QObject* parent)
        : QStyledItemDelegate(parent), m_theme(theme), m_model(model) {}

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override {
        const bool docked = m_model.rows()[static_cast<std::size_t>(index.row())].docked;
        return {160, docked ? metrics::kDockedRow : metrics::kListRow};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const LayerRow& row = m_model.rows()[static_cast<std::size_t>(index.row())];
        const Tokens& colors = m_theme.current();
        const QRect area = option.rect;
        if (option.state & (QStyle::State_Selected | QStyle::State_MouseOver)) painter->fillRect(area, toQColor(colors.bg4));
        if (option.state & QStyle::State_Selected) painter->fillRect(QRect(area.left(), area.top(), 2, area.height()), toQColor(colors.accent));
        const int left = area.left() + metrics::kPanelPadding + (row.docked ? 16 : 0);
        const int size = row.docked ? 13 : 15;
        painter->drawPixmap(left, area.center().y() - size / 2,
                            iconPixmap(groupIconName(row.group), colors.group(row.group), size, painter->device()->devicePixelRatioF()));
        painter->setFont(m_theme.font(row.docked ? FontRole::Caption : FontRole::Body));
        painter->setPen(toQColor(row.docked ? colors.text2 : colors.text1));
        const QRect text = area.adjusted(left - area.left() + 23, 0, -metrics::kPanelPadding, 0);
        const QRect number = painter->boundingRect(text, Qt::AlignVCenter | Qt::AlignRight, row.number);
        painter->drawText(text.adjusted(0, 0, -number.width() - 6, 0), Qt::AlignVCenter | Qt::AlignLeft,
                          painter->fontMetrics().elidedText(row.name, Qt::ElideRight, text.width() - number.width() - 6));
        painter->setPen(toQColor(colors.text3));
        painter->drawText(text, Qt::AlignVCenter | Qt::AlignRight, row.number);
    }

  private:
    const Theme& m_theme;
    const LayerListModel& m_model;
};

}  // namespace

LayerList::LayerList(Theme& theme, LabDocument& document, TrainingSession& session, CanvasSelection& selection, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_document(document), m_session(session), m_selection(selection) {
    setObjectName(QStringLiteral("layerList"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* header = new QFrame;
    header->setProperty("role", "header");
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    auto* title = new QLabel(tr("Layers"));
    title->setFont(m_theme.font(FontRole::BodyStrong));
    auto* note = new QLabel(tr("parameters"));
    note->setProperty("role", "muted");
    note->setFont(m_theme.font(FontRole::Caption));
    row->addWidget(title);
    row->addStretch(1);
    row->addWidget(note);
    column->addWidget(header);

    m_model = new LayerListModel(this);
    m_view = new QListView;
    m_view->setObjectName(QStringLiteral("layerListView"));
    m_view->setAccessibleName(tr("Layers"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new LayerDelegate(m_theme, *m_model, this));
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setMouseTracking(true);
    column->addWidget(m_view, 1);

    m_runsBox = new QWidget;
    auto* runsColumn = new QVBoxLayout(m_runsBox);
    runsColumn->setContentsMargins(metrics::kPanelPadding, 8, metrics::kPanelPadding, 8);
    runsColumn->setSpacing(0);
    auto* runsTitle = new QLabel(tr("Runs"));
    runsTitle->setFont(m_theme.font(FontRole::BodyStrong));
    auto* runsNote = new QLabel(tr("best validation accuracy"));
    runsNote->setProperty("role", "muted");
    runsNote->setFont(m_theme.font(FontRole::Caption));
    auto* runsHead = new QHBoxLayout;
    runsHead->addWidget(runsTitle);
    runsHead->addStretch(1);
    runsHead->addWidget(runsNote);
    runsColumn->addLayout(runsHead);
    m_runs = new QVBoxLayout;
    m_runs->setSpacing(0);
    runsColumn->addLayout(m_runs);
    column->addWidget(m_runsBox);

    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (m_showing) return;
        std::set<NodeId> nodes;
        for (const QModelIndex& index : m_view->selectionModel()->selectedIndexes()) {
            nodes.insert(m_model->rows()[static_cast<std::size_t>(index.row())].node);
        }
        m_selection.set(nodes, {}, nodes.empty() ? NodeId{} : *nodes.rbegin());
    });
    connect(&m_selection, &CanvasSelection::changed, this, &LayerList::showSelection);
    connect(&m_document.network(), &SpecEditor::specChanged, this, &LayerList::refreshLayers);
    connect(&m_document, &LabDocument::opened, this, &LayerList::refreshRuns);
    connect(&m_theme, &Theme::changed, this, &LayerList::refreshRuns);
    connect(&m_session, &TrainingSession::runStarted, this, &LayerList::refreshRuns);
    connect(&m_session, &TrainingSession::runRecorded, this, &LayerList::refreshRuns);
    refreshLayers();
    refreshRuns();
}

void LayerList::refreshLayers() {
    const NetworkSpec& spec = m_document.network().spec();
    const Analysis& analysis = m_document.network().analysis();
    std::vector<LayerRow> rows;
    std::vector<NodeId> order = analysis.order;
    if (order.size() != spec.nodes().size()) {
        order.clear();
        for (const Node& node : spec.nodes()) order.push_back(node.id);
    }
    for (const NodeId id : order) {
        const Node* node = spec.node(id);
        const NodeAnalysis* layer = analysis.find(id);
        const LayerKind* kind = findLayerKind(node->kind);
        const std::int64_t parameters = layer != nullptr ? layer->cost.parameters : 0;
        rows.push_back({id, QString::fromStdString(node->name), parameters > 0 ? QString::fromStdString(countText(parameters)) : QStringLiteral("–"),
                        kind != nullptr ? groupColor(kind->group) : GroupColor::Shape, isDocked(spec, id)});
    }
    m_showing = true;
    m_model->setRows(std::move(rows));
    m_showing = false;
    showSelection();
}

void LayerList::showSelection() {
    m_showing = true;
    QItemSelection wanted;
    for (std::size_t i = 0; i < m_model->rows().size(); ++i) {
        if (!m_selection.contains(m_model->rows()[i].node)) continue;
        const QModelIndex index = m_model->index(static_cast<int>(i));
        wanted.select(index, index);
    }
    m_view->selectionModel()->select(wanted, QItemSelectionModel::ClearAndSelect);
    m_showing = false;
}

void LayerList::refreshRuns() {
    while (QLayoutItem* item = m_runs->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    std::vector<RunInfo> runs;
    if (m_document.file() != nullptr) {
        if (auto read = m_document.file()->readRuns(); read.ok()) runs = std::move(read).value();
    }
    m_runsBox->setVisible(!runs.empty());
    const Tokens& colors = m_theme.current();
    for (std::size_t shown = 0; shown < runs.size() && shown < kShownRuns; ++shown) {
        const RunInfo& run = runs[runs.size() - 1 - shown];
        const bool newest = shown == 0;
        QString result = QString::fromStdString(run.state);
        if (run.state != "failed" && run.bestAccuracy >= 0) result = QString::fromStdString(percentText(run.bestAccuracy));
        auto* row = new QLabel(QStringLiteral("<table width=\"100%\"><tr><td><span style=\"color:%1\">●</span>&nbsp; %2</td>"
                                              "<td align=\"right\">%3</td></tr></table>")
                                   .arg(QString::fromStdString(hexText(newest ? colors.accent : colors.text3)),
                                        QString::fromStdString(run.title).toHtmlEscaped(), result.toHtmlEscaped()));
        row->setFont(m_theme.font(FontRole::Caption));
        row->setToolTip(tr("Best accuracy on the validation images. Started %1.").arg(QString::fromStdString(run.startedAt)));
        m_runs->addWidget(row);
    }
}

}  // namespace convolab
