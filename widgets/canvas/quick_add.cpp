#include "widgets/canvas/quick_add.h"

#include "core/graph/blocks/block_kind.h"
#include "core/graph/kind_presets.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/layer_search.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace convolab {

QuickAdd::QuickAdd(const Theme& theme, QWidget* parent)
    : QFrame(parent), m_theme(theme), m_search(new QLineEdit(this)), m_list(new QListWidget(this)) {
    setObjectName(QStringLiteral("quickAdd"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(6);
    layout->addWidget(m_search);
    layout->addWidget(m_list);
    m_search->setObjectName(QStringLiteral("quickAddSearch"));
    m_search->setPlaceholderText(tr("Add a layer"));
    m_search->setAccessibleName(tr("Search for a layer to add"));
    m_list->setObjectName(QStringLiteral("quickAddList"));
    m_list->setAccessibleName(tr("Layers"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setIconSize({16, 16});
    setFixedSize(232, 284);
    m_search->installEventFilter(this);
    connect(m_search, &QLineEdit::textChanged, this, &QuickAdd::filter);
    connect(m_list, &QListWidget::itemClicked, this, &QuickAdd::choose);
    hide();
}

void QuickAdd::open(QPoint at, QPointF place) {
    m_place = place;
    m_search->clear();
    filter({});
    const QSize room = parentWidget()->size() - size();
    move(std::clamp(at.x(), 4, std::max(4, room.width() - 4)), std::clamp(at.y(), 4, std::max(4, room.height() - 4)));
    show();
    raise();
    m_search->setFocus();
}

void QuickAdd::filter(const QString& text) {
    m_list->clear();
    for (const std::string& id : matchingKindIds(text)) {
        if (const LayerKind* kind = findLayerKind(id)) {
            const GroupColor group = groupColor(kind->group);
            offer(id, kind->label, kind->title, kind->help, themeIcon(groupIconName(group), m_theme.current().group(group)));
        } else if (const KindPreset* preset = findKindPreset(id)) {
            const GroupColor group = groupColorOfKind(preset->kind);
            offer(id, preset->label, preset->title, preset->help, themeIcon(groupIconName(group), m_theme.current().group(group)));
        } else if (const BlockKind* block = findBlockKind(id)) {
            offer(id, block->label, block->title, block->help, themeIcon(QStringLiteral("block"), m_theme.current().text3));
        }
    }
    if (m_list->count() > 0) return m_list->setCurrentRow(0);
    auto* none = new QListWidgetItem(tr("No layer matches"), m_list);
    none->setFlags(Qt::NoItemFlags);
}

void QuickAdd::offer(const std::string& id, const std::string& label, const std::string& title, const std::string& help, const QIcon& icon) {
    const QString name = label == title ? toQString(label) : QStringLiteral("%1   %2").arg(toQString(label), toQString(title));
    auto* item = new QListWidgetItem(icon, name, m_list);
    item->setData(Qt::UserRole, toQString(id));
    item->setToolTip(toQString(help));
    item->setSizeHint({0, 26});
}

void QuickAdd::choose() {
    const QListWidgetItem* item = m_list->currentItem();
    if (!item || item->data(Qt::UserRole).isNull()) return;
    const QString kind = item->data(Qt::UserRole).toString();
    hide();
    emit chosen(kind, m_place);
}

bool QuickAdd::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::FocusOut) {
        hide();
    } else if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const int step = key->key() == Qt::Key_Down ? 1 : key->key() == Qt::Key_Up ? -1 : 0;
        if (step != 0 && m_list->count() > 0) {
            m_list->setCurrentRow(std::clamp(m_list->currentRow() + step, 0, m_list->count() - 1));
            return true;
        }
        // A line edit lets Return through; the canvas would rename what has just been added.
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            choose();
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            hide();
            parentWidget()->setFocus();
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void QuickAdd::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(toQColor(t.line2), 1));
    painter.setBrush(toQColor(t.pop));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), metrics::kPopRadius, metrics::kPopRadius);
}

}  // namespace convolab
