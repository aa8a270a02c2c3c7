#include "app/lenses/layer_list.h"

#include <QAbstractListModel>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QMouseEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <vector>

#include "app/lab_document.h"
#include "core/graph/docking.h"
#include "core/layers/layer_kind.h"
#include "widgets/canvas/canvas_selection.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kEyeRoom = 24;  // at the right of a row: icon and the gap before it
constexpr int kEyeIcon = 14;

struct LayerRow {
    NodeId node;
    QString name;
    QString number;
    GroupColor group = GroupColor::Shape;
    bool docked = false;
    bool hidden = false;
};

}  // namespace

class LayerListModel : public QAbstractListModel {
  public:
    using QAbstractListModel::QAbstractListModel;
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
    QVariant data(const QModelIndex& index, int role) const override {
        const LayerRow& row = m_rows[static_cast<std::size_t>(index.row())];
        if (role == Qt::DisplayRole) return row.name;
        if (role == Qt::AccessibleTextRole) {
            const QString hidden = row.hidden ? LayerList::tr(", picture hidden") : QString();
            return QStringLiteral("%1, %2 %3%4").arg(row.name, row.number, numberTitle, hidden);
        }
        return {};
    }
    void setRows(std::vector<LayerRow> rows) {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    }
    /// The same layers with something else beside them: what is selected stays.
    template <class Change>
    void changeRows(Change change) {
        for (LayerRow& row : m_rows) change(row);
        if (!m_rows.empty()) emit dataChanged(index(0), index(rowCount() - 1));
    }
    const std::vector<LayerRow>& rows() const { return m_rows; }

    QString numberTitle;
    bool eyes = false;

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
        const double ratio = painter->device()->devicePixelRatioF();
        painter->drawPixmap(left, area.center().y() - size / 2, iconPixmap(groupIconName(row.group), colors.group(row.group), size, ratio));
        painter->setFont(m_theme.font(row.docked ? FontRole::Caption : FontRole::Body));
        painter->setPen(toQColor(row.docked ? colors.text2 : colors.text1));
        QRect text = area.adjusted(left - area.left() + 23, 0, -metrics::kPanelPadding, 0);
        if (m_model.eyes) {
            text.setRight(text.right() - kEyeRoom + 4);
            if (!row.docked) {
                painter->drawPixmap(area.right() - metrics::kPanelPadding - kEyeIcon + 1, area.center().y() - kEyeIcon / 2 + 1,
                                    iconPixmap(row.hidden ? QStringLiteral("eye-off") : QStringLiteral("eye"),
                                               row.hidden ? colors.text2 : colors.text3, kEyeIcon, ratio));
            }
        }
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

LayerList::LayerList(Theme& theme, LabDocument& document, CanvasSelection& selection, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_document(document), m_selection(selection) {
    setObjectName(QStringLiteral("layerList"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    buildHeader(*column);
    m_model = new LayerListModel(this);
    m_view = new QListView;
    m_view->setObjectName(QStringLiteral("layerListView"));
    m_view->setAccessibleName(tr("Layers"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new LayerDelegate(m_theme, *m_model, this));
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setMouseTracking(true);
    m_view->installEventFilter(this);
    m_view->viewport()->installEventFilter(this);
    column->addWidget(m_view, 1);

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
    connect(&m_theme, &Theme::changed, m_view->viewport(), QOverload<>::of(&QWidget::update));
    setNumber(tr("parameters"), [this](NodeId node) {
        const NodeAnalysis* layer = m_document.network().analysis().find(node);
        const std::int64_t parameters = layer != nullptr ? layer->cost.parameters : 0;
        return parameters > 0 ? QString::fromStdString(countText(parameters)) : QStringLiteral("–");
    });
}

LayerList::~LayerList() = default;

void LayerList::buildHeader(QVBoxLayout& column) {
    auto* header = new QFrame;
    header->setProperty("role", "header");
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    auto* title = new QLabel(tr("Layers"));
    title->setFont(m_theme.font(FontRole::BodyStrong));
    m_numberTitle = new QLabel;
    m_numberTitle->setObjectName(QStringLiteral("layerNumberTitle"));
    m_numberTitle->setProperty("role", "muted");
    m_numberTitle->setFont(m_theme.font(FontRole::Caption));
    row->addWidget(title);
    row->addStretch(1);
    row->addWidget(m_numberTitle);
    column.addWidget(header);
}

void LayerList::setNumber(const QString& title, std::function<QString(NodeId)> number) {
    m_numberTitle->setText(title);
    m_model->numberTitle = title;
    m_number = std::move(number);
    refreshLayers();
}

void LayerList::refreshNumbers() {
    m_model->changeRows([this](LayerRow& row) { row.number = m_number(row.node); });
}

void LayerList::setEyesShown(bool shown) {
    m_model->eyes = shown;
    m_view->setToolTip(shown ? tr("The eye, or H, hides a layer's picture") : QString());
    m_view->viewport()->update();
}

void LayerList::addFooter(QWidget* footer) { layout()->addWidget(footer); }

void LayerList::refreshLayers() {
    const NetworkSpec& spec = m_document.network().spec();
    std::vector<LayerRow> rows;
    std::vector<NodeId> order = m_document.network().analysis().order;
    if (order.size() != spec.nodes().size()) {
        order.clear();
        for (const Node& node : spec.nodes()) order.push_back(node.id);
    }
    const auto add = [&](NodeId id, bool docked) {
        const Node* node = spec.node(id);
        const LayerKind* kind = findLayerKind(node->kind);
        rows.push_back({id, QString::fromStdString(node->name), m_number(id), kind != nullptr ? groupColor(kind->group) : GroupColor::Shape,
                        docked, m_hidden.contains(id)});
    };
    // Docked layers stand below their card's head, also where branches run side by side.
    for (const NodeId id : order) {
        if (isDocked(spec, id)) continue;
        add(id, false);
        for (const NodeId row : dockedLayers(spec, id)) add(row, true);
    }
    std::erase_if(m_hidden, [&spec](NodeId id) { return spec.node(id) == nullptr; });
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

void LayerList::toggleEye(const QModelIndex& index) {
    const LayerRow& clicked = m_model->rows()[static_cast<std::size_t>(index.row())];
    if (clicked.docked) return;
    if (!m_hidden.erase(clicked.node)) m_hidden.insert(clicked.node);
    m_model->changeRows([this](LayerRow& row) { row.hidden = m_hidden.contains(row.node); });
    emit picturesChanged();
}

bool LayerList::eventFilter(QObject* watched, QEvent* event) {
    if (m_model->eyes && watched == m_view->viewport() && event->type() == QEvent::MouseButtonPress) {
        const QPoint at = static_cast<QMouseEvent*>(event)->position().toPoint();
        const QModelIndex index = m_view->indexAt(at);
        if (index.isValid() && at.x() > m_view->viewport()->width() - metrics::kPanelPadding - kEyeRoom + 4) {
            toggleEye(index);
            return true;
        }
    }
    if (m_model->eyes && watched == m_view && event->type() == QEvent::KeyPress) {
        if (static_cast<QKeyEvent*>(event)->key() == Qt::Key_H && m_view->currentIndex().isValid()) {
            toggleEye(m_view->currentIndex());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace convolab
