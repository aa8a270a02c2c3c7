#include "widgets/inspector/attribute_row.h"

#include "widgets/canvas/layer_group_style.h"

#include <QContextMenuEvent>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>

namespace convolab {

AttributeRow::AttributeRow(const AttributeSchema& schema, const Theme& theme, QWidget* parent)
    : QWidget(parent), m_schema(schema), m_theme(theme), m_label(new QLabel(toQString(schema.label), this)),
      m_editor(makeAttributeEditor(schema, this)), m_error(new QLabel(this)) {
    setObjectName(QStringLiteral("attribute_") + toQString(schema.key));
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 1, 0, 1);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 1);
    m_label->setFixedWidth(metrics::kLabelWide);
    m_label->setFixedHeight(metrics::kField);
    m_label->setToolTip(toQString(schema.help));
    m_editor->setToolTip(toQString(schema.help));
    m_editor->setMinimumHeight(metrics::kField);
    grid->addWidget(m_label, 0, 0, Qt::AlignTop);
    grid->addWidget(m_editor, 0, 1);
    if (!schema.unit.empty()) {
        auto* unit = new QLabel(toQString(schema.unit), this);
        unit->setProperty("role", "muted");
        grid->addWidget(unit, 0, 2);
    }
    m_error->setProperty("role", "error");
    m_error->setObjectName(QStringLiteral("attributeError"));
    m_error->setFont(theme.font(FontRole::Caption));
    m_error->setWordWrap(true);
    m_error->hide();
    grid->addWidget(m_error, 1, 0, 1, schema.unit.empty() ? 2 : 3);
    connect(m_editor, &AttributeEditor::edited, this, &AttributeRow::check);
    connect(m_editor, &AttributeEditor::unreadable, this, &AttributeRow::refuse);
    setLabelColor(false);
}

void AttributeRow::setValue(const AttributeValue& value) {
    m_editor->setValue(value);
    m_editor->setInvalid(false);
    m_error->hide();
    m_changed = normalizedAttribute(m_schema, value) != normalizedAttribute(m_schema, m_schema.defaultValue);
    setLabelColor(m_changed);
}

QString AttributeRow::errorText() const { return m_error->isHidden() ? QString() : m_error->text(); }

void AttributeRow::check(const AttributeValue& value) {
    const AttributeValue normal = normalizedAttribute(m_schema, value);
    if (const Status status = validateAttribute(m_schema, normal); !status.ok()) return refuse(toQString(status.error().message));
    m_editor->setInvalid(false);
    m_error->hide();
    emit accepted(normal);
}

void AttributeRow::refuse(const QString& reason) {
    QString sentence = reason;
    if (!sentence.isEmpty()) sentence[0] = sentence[0].toUpper();
    m_editor->setInvalid(true);
    m_error->setText(sentence);
    m_error->show();
}

void AttributeRow::setLabelColor(bool changed) {
    QPalette palette = m_label->palette();
    palette.setColor(QPalette::WindowText, toQColor(changed ? m_theme.current().text1 : m_theme.current().text2));
    m_label->setPalette(palette);
}

void AttributeRow::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    QAction* reset = menu.addAction(tr("Reset to %1").arg(toQString(attributeText(m_schema.defaultValue))));
    reset->setEnabled(m_changed || !m_error->isHidden());
    if (menu.exec(event->globalPos()) == reset) emit resetRequested();
}

}  // namespace convolab
