#include "app/window/preset_gallery.h"

#include <QAbstractListModel>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kHeading = 34;
constexpr int kNameWidth = 200;  // the columns at a row's right and left; the purpose has what remains
constexpr int kInputWidth = 76, kParametersWidth = 88, kMacsWidth = 68;
constexpr int kPageRows = 8;

QString text(const std::string& utf8) { return QString::fromStdString(utf8); }

/// What a person may look for.
QString searchText(const PresetInfo& preset) {
    const QStringList parts{text(preset.name), text(preset.title), text(preset.description), text(preset.purpose), text(preset.source),
                            text(preset.group), preset.year > 0 ? QString::number(preset.year) : QString()};
    return parts.join(QLatin1Char(' '));
}

}  // namespace

bool presetMatches(const PresetInfo& preset, const QString& words) {
    const QString all = searchText(preset);
    const QStringList wanted = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    return std::all_of(wanted.begin(), wanted.end(), [&](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
}

/// Presets, and a heading before the first of each group.
class PresetListModel : public QAbstractListModel {
  public:
    using QAbstractListModel::QAbstractListModel;

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
    const PresetInfo* preset(int row) const { return row < 0 || row >= rowCount() ? nullptr : m_rows[static_cast<std::size_t>(row)].preset; }
    QString heading(int row) const { return m_rows[static_cast<std::size_t>(row)].heading; }
    int presetCount() const {
        return static_cast<int>(std::count_if(m_rows.begin(), m_rows.end(), [](const Row& row) { return row.preset != nullptr; }));
    }

    Qt::ItemFlags flags(const QModelIndex& index) const override {
        return preset(index.row()) ? Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemNeverHasChildren : Qt::ItemIsEnabled;
    }

    QVariant data(const QModelIndex& index, int role) const override {
        const PresetInfo* shown = preset(index.row());
        if (shown == nullptr) return role == Qt::DisplayRole ? heading(index.row()) : QVariant();
        if (role == Qt::DisplayRole) return text(shown->title);
        if (role == Qt::ToolTipRole) return text(shown->description) + QStringLiteral("\n") + text(shown->source);
        if (role != Qt::AccessibleTextRole) return {};
        return PresetGallery::tr("%1, input %2, %3 parameters, %4 multiplications. %5")
            .arg(text(shown->title), text(shown->input.text()), text(countText(shown->parameters)), text(countText(shown->macs)), text(shown->purpose));
    }

    void filter(const QString& words) {
        beginResetModel();
        m_rows.clear();
        QString group;
        for (const PresetInfo& each : presets()) {
            if (!presetMatches(each, words)) continue;
            if (text(each.group) != group) m_rows.push_back({nullptr, group = text(each.group)});
            m_rows.push_back({&each, {}});
        }
        endResetModel();
    }

  private:
    struct Row {
        const PresetInfo* preset = nullptr;  ///< none: a heading
        QString heading;
    };
    std::vector<Row> m_rows;
};

namespace {

class PresetDelegate : public QStyledItemDelegate {
  public:
    PresetDelegate(const Theme& theme, const PresetListModel& model, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme), m_model(model) {}

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override {
        return {480, m_model.preset(index.row()) ? metrics::kListRow : kHeading};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const PresetInfo* preset = m_model.preset(index.row());
        if (preset == nullptr) return paintHeading(*painter, option.rect, m_model.heading(index.row()));
        const Tokens& colors = m_theme.current();
        const QRect area = option.rect;
        const bool selected = option.state & QStyle::State_Selected;
        if (selected || (option.state & QStyle::State_MouseOver)) painter->fillRect(area, toQColor(colors.bg4));
        if (selected) painter->fillRect(QRect(area.left(), area.top(), 2, area.height()), toQColor(colors.accent));
        painter->setPen(toQColor(colors.line));
        painter->drawLine(area.bottomLeft(), area.bottomRight());
        paintName(*painter, area, *preset);
        const QRect rest = columnsOf(area);
        painter->setFont(m_theme.font(FontRole::Body));
        painter->setPen(toQColor(colors.text2));
        const QRect purpose(area.left() + 12 + kNameWidth, area.top(), rest.left() - area.left() - 24 - kNameWidth, area.height());
        painter->drawText(purpose, Qt::AlignVCenter | Qt::AlignLeft,
                          painter->fontMetrics().elidedText(text(preset->purpose), Qt::ElideRight, purpose.width()));
        painter->setPen(toQColor(colors.text1));
        paintColumns(*painter, rest, {text(preset->input.text()), text(countText(preset->parameters)), text(compactText(static_cast<double>(preset->macs)))});
    }

  private:
    static QRect columnsOf(const QRect& area) {
        return {area.right() - 12 - kInputWidth - kParametersWidth - kMacsWidth, area.top(), kInputWidth + kParametersWidth + kMacsWidth, area.height()};
    }

    static void paintColumns(QPainter& painter, QRect area, const QStringList& texts) {
        for (const auto& [width, each] : {std::pair(kInputWidth, texts[0]), std::pair(kParametersWidth, texts[1]), std::pair(kMacsWidth, texts[2])}) {
            painter.drawText(QRect(area.left(), area.top(), width, area.height()), Qt::AlignVCenter | Qt::AlignRight, each);
            area.setLeft(area.left() + width);
        }
    }

    void paintName(QPainter& painter, const QRect& area, const PresetInfo& preset) const {
        const Tokens& colors = m_theme.current();
        QRect name(area.left() + 12, area.top(), kNameWidth - 12, area.height());
        const QString year = preset.year > 0 && !text(preset.title).contains(QString::number(preset.year)) ? QString::number(preset.year) : QString();
        painter.setFont(m_theme.font(FontRole::BodyStrong));
        painter.setPen(toQColor(colors.text1));
        const int room = name.width() - (year.isEmpty() ? 0 : 38);
        const QString title = painter.fontMetrics().elidedText(text(preset.title), Qt::ElideRight, room);
        painter.drawText(name, Qt::AlignVCenter | Qt::AlignLeft, title);
        name.setLeft(name.left() + painter.fontMetrics().horizontalAdvance(title) + 8);
        painter.setFont(m_theme.font(FontRole::Caption));
        painter.setPen(toQColor(colors.text3));
        painter.drawText(name, Qt::AlignVCenter | Qt::AlignLeft, year);
    }

    void paintHeading(QPainter& painter, const QRect& area, const QString& heading) const {
        const Tokens& colors = m_theme.current();
        const QRect low = area.adjusted(0, 10, 0, 0);
        painter.setFont(m_theme.font(FontRole::CardName));
        painter.setPen(toQColor(colors.text2));
        painter.drawText(low.adjusted(12, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, heading);
        painter.setFont(m_theme.font(FontRole::Axis));
        painter.setPen(toQColor(colors.text3));
        paintColumns(painter, columnsOf(low), {PresetGallery::tr("input"), PresetGallery::tr("parameters"), PresetGallery::tr("MACs")});
        painter.setPen(toQColor(colors.line2));
        painter.drawLine(area.bottomLeft(), area.bottomRight());
    }

    const Theme& m_theme;
    const PresetListModel& m_model;
};

}  // namespace

PresetGallery::PresetGallery(Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_model(new PresetListModel(this)), m_search(new QLineEdit), m_count(new QLabel), m_list(new QListView) {
    setObjectName(QStringLiteral("presetGallery"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* top = new QHBoxLayout;
    top->setSpacing(10);
    auto* heading = new QLabel(tr("Networks"));
    heading->setFont(m_theme.font(FontRole::Name));
    m_count->setObjectName(QStringLiteral("presetCount"));
    m_count->setProperty("role", "muted");
    m_search->setObjectName(QStringLiteral("presetSearch"));
    m_search->setPlaceholderText(tr("Search: a name, a year, what it is for"));
    m_search->setAccessibleName(tr("Search the built-in networks"));
    m_search->setFixedWidth(280);
    m_search->installEventFilter(this);
    top->addWidget(heading);
    top->addWidget(m_count);
    top->addStretch(1);
    top->addWidget(m_search);
    column->addLayout(top);
    m_list->setObjectName(QStringLiteral("presetList"));
    m_list->setAccessibleName(tr("Built-in networks"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new PresetDelegate(m_theme, *m_model, m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);  // the columns stay where they are while a search shortens the list
    m_list->setMinimumHeight(3 * metrics::kListRow + kHeading);
    m_list->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_list->installEventFilter(this);
    m_list->viewport()->setAutoFillBackground(false);
    column->addWidget(m_list, 1);
    connect(m_search, &QLineEdit::textChanged, this, &PresetGallery::filter);
    connect(m_list, &QListView::doubleClicked, this, &PresetGallery::openCurrent);
    connect(&m_theme, &Theme::changed, m_list->viewport(), qOverload<>(&QWidget::update));
    filter({});
}

void PresetGallery::startSearch(const QString& typed) {
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->deselect();
    if (!typed.isEmpty()) m_search->insert(typed);
    if (typed.isEmpty()) m_search->selectAll();
}

void PresetGallery::filter(const QString& words) {
    m_model->filter(words);
    const int found = m_model->presetCount();
    m_count->setText(found > 0 ? QString::number(found) : tr("none matches: try fewer words"));
    // The first one found is what Enter opens; without a search nothing is marked.
    m_list->setCurrentIndex({});
    if (!words.trimmed().isEmpty()) moveBy(1);
    m_list->scrollToTop();
}

/// To a preset so many rows away; headings are passed over, and at the ends it stays.
void PresetGallery::moveBy(int rows) {
    const int count = m_model->rowCount();
    if (count == 0) return;
    int to = std::clamp(m_list->currentIndex().row() + rows, 0, count - 1);
    if (m_model->preset(to) == nullptr) to += rows < 0 && to > 0 ? -1 : 1;  // a heading has presets on both sides, or behind it
    m_list->setCurrentIndex(m_model->index(to));
    // A group's first one shows its heading.
    if (to > 0 && m_model->preset(to - 1) == nullptr) m_list->scrollTo(m_model->index(to - 1));
    m_list->scrollTo(m_model->index(to));
}

void PresetGallery::openCurrent() {
    if (const PresetInfo* chosen = m_model->preset(m_list->currentIndex().row())) emit presetChosen(text(chosen->name));
}

bool PresetGallery::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    switch (key->key()) {
        case Qt::Key_Down: moveBy(1); return true;
        case Qt::Key_Up: moveBy(-1); return true;
        case Qt::Key_PageDown: moveBy(kPageRows); return true;
        case Qt::Key_PageUp: moveBy(-kPageRows); return true;
        case Qt::Key_Return:
        case Qt::Key_Enter: openCurrent(); return true;
        case Qt::Key_Escape:
            if (m_search->text().isEmpty()) emit searchLeft();
            m_search->clear();
            return true;
        default: break;
    }
    const bool typed = watched == m_list && !key->text().isEmpty() && key->text().front().isPrint();
    if (typed) startSearch(key->text());
    return typed || QWidget::eventFilter(watched, event);
}

}  // namespace convolab
