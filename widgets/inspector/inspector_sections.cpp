// The sections of which the inspector is built.
#include "widgets/inspector/inspector_panel.h"

#include "core/layers/layer_kind.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/diagnostics/diagnostics_list.h"

#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include <set>

namespace convolab {

namespace {

QLabel* textLabel(const QString& text, const QFont& font, const char* role) {
    auto* label = new QLabel(text);
    label->setFont(font);
    if (role) label->setProperty("role", role);
    return label;
}

// The problem is the node's own, that of a layer right before or behind it, or of the whole network.
bool isNear(const NetworkSpec& spec, NodeId node, const Diagnostic& diagnostic) {
    if (diagnostic.node == node || !diagnostic.node) return true;
    for (const Edge* edge : spec.edgesInto(node))
        if (edge->from.node == diagnostic.node) return true;
    for (const Edge* edge : spec.edgesOutOf(node))
        if (edge->to.node == diagnostic.node) return true;
    return false;
}

}  // namespace

QWidget* InspectorPanel::makeHeader(const QString& icon, ThemeColor color, const QString& name, const QString& title, bool editable) {
    auto* header = new QWidget(this);
    header->setObjectName(QStringLiteral("inspectorHeader"));
    auto* outer = new QVBoxLayout(header);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(10);
    outer->addLayout(row);
    auto* picture = new QLabel(header);
    picture->setPixmap(iconPixmap(icon, color, 18, devicePixelRatioF()));
    row->addWidget(picture);
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    row->addLayout(column, 1);
    if (editable) {
        m_name = new QLineEdit(name, header);
        m_name->setObjectName(QStringLiteral("inspectorName"));
        m_name->setAccessibleName(m_shown.empty() ? tr("Name of the network") : m_block.empty() ? tr("Name of the layer") : tr("Name of the block"));
        m_name->setPlaceholderText(tr("Unnamed network"));
        m_name->setFont(m_theme.font(FontRole::Name));
        m_name->setStyleSheet(QStringLiteral("QLineEdit:!hover:!focus { border-color: transparent; background: transparent; }"
                                             "QLineEdit { padding: 0 4px; margin-left: -5px; }"
                                             "QLineEdit[invalid=\"true\"] { border-color: %1; }").arg(toQColor(m_theme.current().error).name()));
        connect(m_name, &QLineEdit::textEdited, this, &InspectorPanel::rename);
        connect(m_name, &QLineEdit::editingFinished, this, [this] {
            // A refused name gives way to the one that stands.
            if (m_nameError) m_nameError->hide();
            if (!m_name) return;
            m_name->setProperty("invalid", false);
            m_name->setText(presentName());
        });
        column->addWidget(m_name);
    } else {
        column->addWidget(textLabel(name, m_theme.font(FontRole::Name), nullptr));
    }
    column->addWidget(textLabel(title, m_theme.font(FontRole::Caption), "muted"));
    m_nameError = textLabel({}, m_theme.font(FontRole::Caption), "error");
    m_nameError->setObjectName(QStringLiteral("nameError"));
    m_nameError->setWordWrap(true);
    m_nameError->setContentsMargins(12, 0, 12, 6);
    m_nameError->hide();
    outer->addWidget(m_nameError);
    auto* line = new QFrame(header);
    line->setProperty("role", "separator");
    outer->addWidget(line);
    return header;
}

QVBoxLayout* InspectorPanel::section(const QString& heading, const QString& note) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(4);
    if (!heading.isEmpty()) {
        auto* row = new QHBoxLayout;
        row->addWidget(textLabel(heading, m_theme.font(FontRole::BodyStrong), nullptr));
        row->addStretch(1);
        if (!note.isEmpty()) row->addWidget(textLabel(note, m_theme.font(FontRole::Caption), "muted"));
        column->addLayout(row);
    }
    if (!m_column->isEmpty() && !(m_column->count() == 1 && m_diagram)) {
        auto* line = new QFrame;
        line->setProperty("role", "separator");
        m_column->addWidget(line);
    }
    m_column->addWidget(box);
    return column;
}

void InspectorPanel::addForm(AttributeOwner owner) {
    auto* layout = section({});
    m_form = new AttributeForm(std::move(owner), m_theme, this);
    layout->addWidget(m_form);
}

void InspectorPanel::addFormula(const Node& node) {
    const LayerKind& kind = *findLayerKind(node.kind);
    auto* layout = section(tr("What it does"));
    if (!kind.formula.empty()) {
        auto* formula = textLabel(toQString(kind.formula), m_theme.font(FontRole::Caption), nullptr);
        formula->setObjectName(QStringLiteral("formula"));
        formula->setWordWrap(true);
        formula->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(formula);
    }
    auto* help = textLabel(toQString(kind.help), m_theme.font(FontRole::Caption), "caption");
    help->setWordWrap(true);
    layout->addWidget(help);
}

void InspectorPanel::addHelp(const QString& text) {
    auto* help = textLabel(text, m_theme.font(FontRole::Caption), "caption");
    help->setWordWrap(true);
    section(tr("What it does"))->addWidget(help);
}

void InspectorPanel::addCosts(const QString& heading, const QString& note) {
    auto* layout = section(heading, note);
    m_costs = new QWidget;
    m_costs->setObjectName(QStringLiteral("costs"));
    auto* grid = new QGridLayout(m_costs);
    grid->setContentsMargins(0, 2, 0, 0);
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(0);
    grid->setColumnStretch(1, 1);
    layout->addWidget(m_costs);
}

// The labels are made once and then only get new texts: a slider may be dragging.
void InspectorPanel::showCosts(const std::vector<CostLine>& lines) {
    auto* grid = static_cast<QGridLayout*>(m_costs->layout());
    for (int row = 0; row < int(lines.size()); ++row) {
        const CostLine& line = lines[std::size_t(row)];
        if (!grid->itemAtPosition(row, 0)) {
            auto* label = textLabel({}, m_theme.font(FontRole::Caption), "caption");
            label->setFixedHeight(metrics::kTableRow);
            grid->addWidget(label, row, 0);
            auto* value = textLabel({}, m_theme.font(FontRole::Caption), nullptr);
            value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
            value->setTextFormat(Qt::RichText);
            value->setTextInteractionFlags(Qt::TextSelectableByMouse);
            value->setObjectName(QStringLiteral("cost%1").arg(row));
            grid->addWidget(value, row, 1);
        }
        auto* label = static_cast<QLabel*>(grid->itemAtPosition(row, 0)->widget());
        auto* value = static_cast<QLabel*>(grid->itemAtPosition(row, 1)->widget());
        label->setText(line.label);
        label->show();
        value->show();
        const QString product = line.product.isEmpty() ? QString() : QStringLiteral("<span style='color:%1'>%2 = </span>")
                                                                         .arg(toQColor(m_theme.current().text3).name(), line.product.toHtmlEscaped());
        value->setText(product + line.value.toHtmlEscaped());
        value->setToolTip(line.note);
        label->setToolTip(line.note);
        value->setAccessibleName(line.label + QStringLiteral(": ") + (line.product.isEmpty() ? QString() : line.product + QStringLiteral(" = ")) + line.value);
    }
    for (int row = int(lines.size()); row < grid->rowCount(); ++row)
        for (int column = 0; column < 2; ++column)
            if (QLayoutItem* item = grid->itemAtPosition(row, column)) item->widget()->hide();
}

void InspectorPanel::addProblems(NodeId node) {
    auto* layout = section(node ? tr("Problems nearby") : tr("Problems"));
    m_problems = layout->parentWidget();
    m_list = new DiagnosticsList(m_editor, m_theme);
    if (node) m_list->setFilter([this, node](const Diagnostic& diagnostic) { return isNear(m_editor.spec(), node, diagnostic); });
    m_list->setMinimumHeight(180);
    connect(m_list, &DiagnosticsList::nodeChosen, this, &InspectorPanel::nodeChosen);
    connect(m_list, &DiagnosticsList::fixChosen, this, &InspectorPanel::fixChosen);
    connect(m_list, &DiagnosticsList::fixLookedAt, this, &InspectorPanel::fixLookedAt);
    connect(m_list, &DiagnosticsList::fixLeft, this, &InspectorPanel::fixLeft);
    layout->addWidget(m_list);
}

}  // namespace convolab
