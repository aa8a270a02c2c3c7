#include "widgets/diagnostics/diagnostics_list.h"

#include "widgets/canvas/layer_group_style.h"
#include "widgets/diagnostics/diagnostic_popover.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace convolab {

DiagnosticsList::DiagnosticsList(SpecEditor& editor, const Theme& theme, QWidget* parent)
    : QScrollArea(parent), m_editor(editor), m_theme(theme) {
    setObjectName(QStringLiteral("diagnosticsList"));
    setAccessibleName(tr("Problems"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* content = new QWidget(this);
    m_rows = new QVBoxLayout(content);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(8);
    setWidget(content);
    connect(&editor, &SpecEditor::specChanged, this, &DiagnosticsList::refresh);
    connect(&theme, &Theme::changed, this, &DiagnosticsList::refresh);
    refresh();
}

void DiagnosticsList::setFilter(std::function<bool(const Diagnostic&)> filter) {
    m_filter = std::move(filter);
    refresh();
}

void DiagnosticsList::refresh() {
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();  // a row may be the sender
        }
        delete item;
    }
    m_fixes.clear();
    m_count = 0;
    for (const Severity severity : {Severity::Error, Severity::Warning})
        for (const Diagnostic& diagnostic : m_editor.analysis().diagnostics) {
            if (diagnostic.severity != severity || (m_filter && !m_filter(diagnostic))) continue;
            m_rows->addWidget(makeRow(diagnostic));
            ++m_count;
        }
    if (m_count == 0 && !m_filter) {
        auto* none = new QLabel(tr("No problems"), widget());
        none->setObjectName(QStringLiteral("noProblems"));
        none->setProperty("role", "muted");
        m_rows->addWidget(none);
    }
    m_rows->addStretch(1);
}

QWidget* DiagnosticsList::makeRow(const Diagnostic& diagnostic) {
    const Tokens& t = m_theme.current();
    auto* row = new QWidget(widget());
    row->setObjectName(QStringLiteral("diagnostic"));
    auto* across = new QHBoxLayout(row);
    across->setContentsMargins(0, 0, 0, 0);
    across->setSpacing(8);
    const bool error = diagnostic.severity == Severity::Error;
    auto* icon = new QLabel(row);
    icon->setPixmap(iconPixmap(error ? "error" : "warning", error ? t.error : t.warning, 16, devicePixelRatioF()));
    icon->setAccessibleName(error ? tr("Error") : tr("Warning"));
    across->addWidget(icon, 0, Qt::AlignTop);
    auto* column = new QVBoxLayout;
    column->setSpacing(4);
    across->addLayout(column, 1);
    auto* title = new QLabel(toQString(diagnostic.title), row);
    title->setFont(m_theme.font(FontRole::BodyStrong));
    title->setWordWrap(true);
    column->addWidget(title);
    auto* message = new QLabel(toQString(diagnostic.message), row);
    message->setWordWrap(true);
    message->setProperty("role", "muted");
    column->addWidget(message);
    for (std::size_t i = 0; i < diagnostic.fixes.size(); ++i) {
        QPushButton* button = makeFixButton(diagnostic.fixes[i], false, m_theme, row);
        button->setProperty("role", "small");
        button->setFixedHeight(metrics::kSmallButton);
        button->setProperty("fixIndex", int(m_fixes.size()));
        button->installEventFilter(this);
        m_fixes.push_back(diagnostic.fixes[i]);
        connect(button, &QPushButton::clicked, this, [this, fix = diagnostic.fixes[i]] { emit fixChosen(fix); });
        column->addWidget(button, 0, Qt::AlignLeft);
    }
    if (diagnostic.node) {
        auto* show = new QPushButton(row);
        show->setText(tr("Show"));
        show->setProperty("role", "link");
        show->setObjectName(QStringLiteral("showNode"));
        show->setCursor(Qt::PointingHandCursor);
        show->setAccessibleName(tr("Show on the canvas: %1").arg(toQString(diagnostic.title)));
        connect(show, &QPushButton::clicked, this, [this, node = diagnostic.node] { emit nodeChosen(node); });
        column->addWidget(show, 0, Qt::AlignLeft);
    }
    row->setAccessibleName(toQString(diagnostic.title));
    row->setAccessibleDescription(toQString(diagnostic.message));
    return row;
}

bool DiagnosticsList::eventFilter(QObject* watched, QEvent* event) {
    const QVariant index = watched->property("fixIndex");
    if (index.isValid()) {
        const auto i = static_cast<std::size_t>(index.toInt());
        if ((event->type() == QEvent::Enter || event->type() == QEvent::FocusIn) && i < m_fixes.size()) emit fixLookedAt(m_fixes[i]);
        if (event->type() == QEvent::Leave || event->type() == QEvent::FocusOut) emit fixLeft();
    }
    return QScrollArea::eventFilter(watched, event);
}

}  // namespace convolab
