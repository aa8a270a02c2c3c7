#include "widgets/palette/palette_panel.h"

#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/layer_search.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace convolab {

PalettePanel::PalettePanel(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setObjectName(QStringLiteral("palette"));
    setAccessibleName(tr("Palette"));
    setProperty("role", "panel");
    setAttribute(Qt::WA_StyledBackground);
    setFixedWidth(metrics::kLeftPanel);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHeader());
    column->addWidget(makeSearch());
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(12, 0, 12, 12);
    layout->setSpacing(4);
    makeGroups(layout);
    m_nothing = new QLabel(tr("No layer matches"), content);
    m_nothing->setObjectName(QStringLiteral("noMatch"));
    m_nothing->setProperty("role", "muted");
    m_nothing->hide();
    layout->addWidget(m_nothing);
    layout->addStretch(1);
    scroll->setWidget(content);
    column->addWidget(scroll, 1);
    connect(&theme, &Theme::changed, this, &PalettePanel::restyle);
    restyle();
}

QWidget* PalettePanel::makeHeader() {
    auto* header = new QWidget(this);
    header->setProperty("role", "header");
    header->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(12, 0, 12, 0);
    auto* title = new QLabel(tr("Palette"), header);
    title->setFont(m_theme.font(FontRole::BodyStrong));
    auto* hint = new QLabel(tr("drag, or ↵ to add"), header);
    hint->setFont(m_theme.font(FontRole::Caption));
    hint->setProperty("role", "muted");
    row->addWidget(title);
    row->addStretch(1);
    row->addWidget(hint);
    return header;
}

QWidget* PalettePanel::makeSearch() {
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(12, 8, 12, 8);
    m_search = new QLineEdit(box);
    m_search->setObjectName(QStringLiteral("paletteSearch"));
    m_search->setPlaceholderText(tr("Search layers"));
    m_search->setAccessibleName(tr("Search layers"));
    m_search->setTextMargins(18, 0, 22, 0);
    m_search->installEventFilter(this);
    row->addWidget(m_search);
    auto* inside = new QHBoxLayout(m_search);
    inside->setContentsMargins(6, 0, 4, 0);
    m_glass = new QLabel(m_search);
    m_slash = new QLabel(QStringLiteral("/"), m_search);
    m_slash->setAlignment(Qt::AlignCenter);
    m_slash->setFixedSize(16, 16);
    m_slash->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_glass->setAttribute(Qt::WA_TransparentForMouseEvents);
    inside->addWidget(m_glass);
    inside->addStretch(1);
    inside->addWidget(m_slash);
    connect(m_search, &QLineEdit::textChanged, this, &PalettePanel::filter);
    connect(m_search, &QLineEdit::returnPressed, this, [this] {
        const auto found = matchingKindIds(m_search->text());
        if (!found.empty() && !m_search->text().isEmpty()) emit addRequested(toQString(found.front()));
    });
    return box;
}

PalettePanel::Group& PalettePanel::groupFor(std::optional<LayerGroup> heading, QVBoxLayout* layout) {
    const auto found = std::find_if(m_groups.begin(), m_groups.end(), [heading](const Group& each) { return each.group == heading; });
    if (found != m_groups.end()) return *found;
    Group group{.heading = new QWidget, .icon = nullptr, .group = heading, .grid = new QWidget, .buttons = {}};
    auto* row = new QHBoxLayout(group.heading);
    row->setContentsMargins(0, 6, 0, 0);
    row->setSpacing(8);
    group.icon = new QLabel(group.heading);
    auto* title = new QLabel(heading ? groupTitle(*heading) : tr("Blocks"), group.heading);
    title->setFont(m_theme.font(FontRole::Caption));
    title->setProperty("role", "caption");
    row->addWidget(group.icon);
    row->addWidget(title, 1);
    auto* grid = new QGridLayout(group.grid);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(4);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    layout->addWidget(group.heading);
    layout->addWidget(group.grid);
    m_groups.push_back(std::move(group));
    return m_groups.back();
}

void PalettePanel::addButton(Group& group, PaletteButton* button) {
    button->installEventFilter(this);
    connect(button, &PaletteButton::addRequested, this, [this, button] { emit addRequested(toQString(button->kindId())); });
    group.buttons.push_back(button);
}

void PalettePanel::makeGroups(QVBoxLayout* layout) {
    for (const LayerKind* kind : layerKinds()) {
        // The two ends of a network share a heading.
        Group& group = groupFor(kind->group == LayerGroup::Output ? LayerGroup::Input : kind->group, layout);
        addButton(group, new PaletteButton(*kind, m_theme, group.grid));
        for (const KindPreset& preset : kindPresets()) {
            if (preset.kind == kind->id) addButton(group, new PaletteButton(preset, m_theme, group.grid));
        }
    }
    for (const BlockKind* kind : blockKinds()) {
        Group& group = groupFor({}, layout);
        addButton(group, new PaletteButton(*kind, m_theme, group.grid));
    }
    filter({});
}

// Buttons that remain close ranks.
void PalettePanel::filter(const QString& text) {
    const std::vector<std::string> wanted = matchingKindIds(text);
    bool any = false;
    for (Group& group : m_groups) {
        auto* grid = static_cast<QGridLayout*>(group.grid->layout());
        int shown = 0;
        for (PaletteButton* button : group.buttons) {
            grid->removeWidget(button);
            const bool matches = std::find(wanted.begin(), wanted.end(), button->kindId()) != wanted.end();
            button->setVisible(matches);
            if (!matches) continue;
            grid->addWidget(button, shown / 2, shown % 2);
            ++shown;
        }
        group.heading->setVisible(shown > 0);
        group.grid->setVisible(shown > 0);
        any = any || shown > 0;
    }
    if (m_nothing) m_nothing->setVisible(!any);
    if (m_slash) m_slash->setVisible(text.isEmpty());
}

PaletteButton* PalettePanel::button(const std::string& kind) const {
    for (const Group& group : m_groups)
        for (PaletteButton* each : group.buttons)
            if (each->kindId() == kind) return each;
    return nullptr;
}

std::vector<PaletteButton*> PalettePanel::visibleButtons() const {
    std::vector<PaletteButton*> result;
    for (const Group& group : m_groups)
        for (PaletteButton* each : group.buttons)
            if (!each->isHidden()) result.push_back(each);
    return result;
}

void PalettePanel::focusSearch() {
    m_search->setFocus();
    m_search->selectAll();
}

void PalettePanel::restyle() {
    const Tokens& t = m_theme.current();
    for (const Group& group : m_groups) {
        const QString icon = group.group ? groupIconName(groupColor(*group.group)) : QStringLiteral("block");
        const ThemeColor color = group.group ? t.group(groupColor(*group.group)) : t.text3;
        group.icon->setPixmap(iconPixmap(icon, color, 14, devicePixelRatioF()));
    }
    m_glass->setPixmap(iconPixmap(QStringLiteral("search"), t.text3, 14, devicePixelRatioF()));
    m_slash->setStyleSheet(QStringLiteral("border: 1px solid %1; border-radius: 3px; color: %2; font-size: 10px; background: transparent;")
                               .arg(toQColor(t.line2).name(), toQColor(t.text3).name()));
    update();
}

void PalettePanel::keyPressEvent(QKeyEvent* event) {
    if (event->text() == QStringLiteral("/")) return focusSearch();
    QWidget::keyPressEvent(event);
}

bool PalettePanel::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (watched == m_search) {
        if (key == Qt::Key_Down) {
            const auto buttons = visibleButtons();
            if (!buttons.empty()) buttons.front()->setFocus();
            return true;
        }
        if (key == Qt::Key_Escape && !m_search->text().isEmpty()) {
            m_search->clear();
            return true;
        }
    } else if (auto* from = qobject_cast<PaletteButton*>(watched)) {
        const int dx = key == Qt::Key_Left ? -1 : key == Qt::Key_Right ? 1 : 0;
        const int dy = key == Qt::Key_Up ? -1 : key == Qt::Key_Down ? 1 : 0;
        if (dx != 0 || dy != 0) {
            moveFocus(from, dx, dy);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void PalettePanel::moveFocus(PaletteButton* from, int dx, int dy) {
    const QPoint here = from->mapTo(this, from->rect().center());
    PaletteButton* best = nullptr;
    int nearest = 1 << 30;
    for (PaletteButton* each : visibleButtons()) {
        const QPoint by = each->mapTo(this, each->rect().center()) - here;
        const int along = dx * by.x() + dy * by.y();
        const int across = std::abs(dx != 0 ? by.y() : by.x());
        if (each == from || along <= 0 || (dx != 0 && across > 8)) continue;
        if (along + 2 * across >= nearest) continue;
        nearest = along + 2 * across;
        best = each;
    }
    if (best)
        best->setFocus();
    else if (dy < 0)
        focusSearch();
}

}  // namespace convolab
