#include "app/lenses/lens_panel.h"

#include <QAbstractSlider>
#include <QComboBox>
#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/theme/theme.h"

namespace convolab {

PanelSection::PanelSection(const Theme& theme, const QString& title, const QString& note, QWidget* parent)
    : QWidget(parent), m_labelWidth(metrics::kLabelWide) {
    m_column = new QVBoxLayout(this);
    m_column->setContentsMargins(metrics::kPanelPadding, 10, metrics::kPanelPadding, 10);
    m_column->setSpacing(2);
    auto* head = new QHBoxLayout;
    m_title = new QLabel(title);
    m_title->setFont(theme.font(FontRole::BodyStrong));
    m_note = new QLabel(note);
    m_note->setProperty("role", "muted");
    m_note->setFont(theme.font(FontRole::Caption));
    head->addWidget(m_title);
    head->addStretch(1);
    head->addWidget(m_note);
    m_column->addLayout(head);
    m_column->addSpacing(4);
}

QWidget* PanelSection::addRow(const QString& label, QWidget* field) {
    auto* row = new QWidget;
    row->setFixedHeight(metrics::kFormRow);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* name = new QLabel(label);
    name->setFixedWidth(m_labelWidth);
    name->setProperty("role", "caption");
    name->setBuddy(field);
    layout->addWidget(name);
    layout->addWidget(field, 1);
    m_column->addWidget(row);
    return row;
}

void PanelSection::setTitle(const QString& title) { m_title->setText(title); }

void PanelSection::add(QWidget* widget) { m_column->addWidget(widget); }

LensPanel::LensPanel(Theme& theme, const QString& objectName, const QString& title, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setObjectName(objectName);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    auto* header = new QFrame;
    header->setProperty("role", "header");
    auto* row = m_header = new QHBoxLayout(header);
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    auto* name = new QLabel(title);
    name->setFont(m_theme.font(FontRole::BodyStrong));
    m_state = new QLabel;
    m_state->setFont(m_theme.font(FontRole::Caption));
    row->addWidget(name);
    row->addStretch(1);
    row->addWidget(m_state);
    outer->addWidget(header);

    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* content = new QWidget;
    content->setProperty("role", "panel");
    auto* whole = new QVBoxLayout(content);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    m_column = new QVBoxLayout;
    m_column->setSpacing(0);
    whole->addLayout(m_column);
    whole->addStretch(1);
    scroll->setWidget(content);
    outer->addWidget(scroll, 1);
}

void LensPanel::addSection(PanelSection* section) {
    if (m_column->count() > 0) {
        auto* line = new QFrame;
        line->setProperty("role", "separator");
        m_column->addWidget(line);
    }
    for (QWidget* control : section->findChildren<QWidget*>()) {
        if (qobject_cast<QAbstractSlider*>(control) == nullptr && qobject_cast<QComboBox*>(control) == nullptr) continue;
        control->setFocusPolicy(Qt::StrongFocus);  // not by the wheel
        control->installEventFilter(this);
    }
    m_column->addWidget(section);
}

bool LensPanel::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::Wheel || static_cast<QWidget*>(watched)->hasFocus()) return QWidget::eventFilter(watched, event);
    event->ignore();  // goes on to the scroll area
    return true;
}

void LensPanel::addToHeader(QWidget* widget) { m_header->addWidget(widget); }

void LensPanel::addToColumn(QWidget* widget) { m_column->addWidget(widget); }

void LensPanel::addFooter(QWidget* footer) {
    auto* line = new QFrame;
    line->setProperty("role", "separator");
    layout()->addWidget(line);
    layout()->addWidget(footer);
}

}  // namespace convolab
