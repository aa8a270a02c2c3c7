#include "widgets/diagnostics/diagnostic_popover.h"

#include "widgets/canvas/layer_group_style.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace convolab {

namespace {

// The style sheet gives each role its colour; no role is the colour of values.
QLabel* makeLabel(const QString& text, const QFont& font, const char* role, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setFont(font);
    if (role) label->setProperty("role", role);
    label->setTextFormat(Qt::PlainText);
    return label;
}

void clear(QLayout* layout) {
    while (QLayoutItem* item = layout->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        } else if (QLayout* inner = item->layout()) {
            clear(inner);
        }
        delete item;
    }
}

}  // namespace

QPushButton* makeFixButton(const Fix& fix, bool main, const Theme& theme, QWidget* parent) {
    auto* button = new QPushButton(toQString(fix.label), parent);
    if (main) button->setProperty("role", "primary");
    button->setIcon(theme.icon(QStringLiteral("wrench"), main ? theme.current().onAccent : theme.current().text2));
    button->setFixedHeight(metrics::kButton);
    button->setAccessibleName(QObject::tr("Fix: %1").arg(toQString(fix.label)));
    button->setObjectName(main ? QStringLiteral("mainFix") : QStringLiteral("otherFix"));
    button->setCursor(Qt::PointingHandCursor);
    return button;
}

DiagnosticPopover::DiagnosticPopover(const Theme& theme, QWidget* parent)
    : QFrame(parent), m_theme(theme), m_layout(new QVBoxLayout(this)) {
    setObjectName(QStringLiteral("diagnosticPopover"));
    setFocusPolicy(Qt::StrongFocus);
    m_layout->setContentsMargins(14, 12, 14, 12);
    m_layout->setSpacing(6);
    hide();
}

void DiagnosticPopover::showDiagnostics(std::vector<Diagnostic> diagnostics, std::size_t index) {
    m_diagnostics = std::move(diagnostics);
    m_index = std::min(index, m_diagnostics.empty() ? 0 : m_diagnostics.size() - 1);
    if (m_diagnostics.empty()) {
        hide();
        return;
    }
    rebuild();
    adjustSize();
    show();
    raise();
}

QWidget* DiagnosticPopover::header(const Diagnostic& diagnostic) {
    const Tokens& t = m_theme.current();
    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    const bool error = diagnostic.severity == Severity::Error;
    auto* icon = new QLabel(row);
    icon->setPixmap(iconPixmap(error ? "error" : "warning", error ? t.error : t.warning, 16, devicePixelRatioF()));
    layout->addWidget(icon);
    layout->addWidget(makeLabel(toQString(diagnostic.title), m_theme.font(FontRole::BodyStrong), nullptr, row), 1);
    if (m_diagnostics.size() > 1) {
        auto* next = new QToolButton(row);
        next->setText(tr("%1 of %2").arg(m_index + 1).arg(m_diagnostics.size()));
        next->setProperty("role", "flat");
        next->setAccessibleName(tr("Next problem of this layer"));
        connect(next, &QToolButton::clicked, this, [this] { showDiagnostics(m_diagnostics, (m_index + 1) % m_diagnostics.size()); });
        layout->addWidget(next);
    }
    auto* close = new QToolButton(row);
    close->setIcon(m_theme.icon(QStringLiteral("close")));
    close->setProperty("role", "icon");
    close->setAccessibleName(tr("Close"));
    connect(close, &QToolButton::clicked, this, [this] { hide(); emit closed(); });
    layout->addWidget(close);
    return row;
}

void DiagnosticPopover::addDetails(const Diagnostic& diagnostic) {
    if (diagnostic.details.empty()) return;
    auto* grid = new QGridLayout;
    grid->setContentsMargins(0, 2, 0, 2);
    grid->setHorizontalSpacing(20);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    int row = 0;
    for (const auto& detail : diagnostic.details) {
        grid->addWidget(makeLabel(toQString(detail[0]), m_theme.font(FontRole::Body), "muted", this), row, 0);
        grid->addWidget(makeLabel(toQString(detail[1]), m_theme.font(FontRole::Body), "caption", this), row, 1);
        auto* value = makeLabel(toQString(detail[2]), m_theme.font(FontRole::Body),
                                row > 0 && diagnostic.severity == Severity::Error ? "error" : nullptr, this);
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        grid->addWidget(value, row++, 2);
    }
    m_layout->addLayout(grid);
}

void DiagnosticPopover::addFixes(const Diagnostic& diagnostic) {
    if (diagnostic.fixes.empty()) return;
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 4, 0, 0);
    row->setSpacing(8);
    int width = 0;
    for (std::size_t i = 0; i < diagnostic.fixes.size(); ++i) {
        QPushButton* button = makeFixButton(diagnostic.fixes[i], i == 0, m_theme, this);
        button->setProperty("fixIndex", int(i));
        button->installEventFilter(this);
        connect(button, &QPushButton::clicked, this, [this, i] {
            const Fix fix = m_diagnostics[m_index].fixes[i];
            hide();
            emit fixChosen(fix);
        });
        // A third long button goes to the next line instead of widening the popover.
        if (width > 0 && width + button->sizeHint().width() > 420) {
            row->addStretch(1);
            m_layout->addLayout(row);
            row = new QHBoxLayout;
            row->setSpacing(8);
            width = 0;
        }
        width += button->sizeHint().width() + 8;
        row->addWidget(button);
    }
    row->addStretch(1);
    m_layout->addLayout(row);
    m_layout->addWidget(makeLabel(tr("Hover to see it on the canvas. Ctrl Z takes it back."), m_theme.font(FontRole::Caption),
                                  "muted", this));
}

void DiagnosticPopover::rebuild() {
    clear(m_layout);
    const Diagnostic& diagnostic = m_diagnostics[m_index];
    m_layout->addWidget(header(diagnostic));
    auto* message = makeLabel(toQString(diagnostic.message), m_theme.font(FontRole::Body), "caption", this);
    message->setWordWrap(true);
    message->setMinimumWidth(320);
    message->setMaximumWidth(420);
    message->setFixedHeight(message->heightForWidth(320));
    m_layout->addWidget(message);
    addDetails(diagnostic);
    addFixes(diagnostic);
    setAccessibleName(toQString(diagnostic.title));
    setAccessibleDescription(toQString(diagnostic.message));
}

bool DiagnosticPopover::eventFilter(QObject* watched, QEvent* event) {
    const QVariant index = watched->property("fixIndex");
    if (index.isValid() && m_index < m_diagnostics.size()) {
        const auto& fixes = m_diagnostics[m_index].fixes;
        const auto i = static_cast<std::size_t>(index.toInt());
        if (event->type() == QEvent::Enter || event->type() == QEvent::FocusIn) {
            if (i < fixes.size()) emit fixLookedAt(fixes[i]);
        } else if (event->type() == QEvent::Leave || event->type() == QEvent::FocusOut || event->type() == QEvent::Hide) {
            emit fixLeft();
        }
    }
    return QFrame::eventFilter(watched, event);
}

void DiagnosticPopover::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) {
        hide();
        emit closed();
        return;
    }
    QFrame::keyPressEvent(event);
}

void DiagnosticPopover::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool error = m_index < m_diagnostics.size() && m_diagnostics[m_index].severity == Severity::Error;
    painter.setPen(QPen(toQColor(mixColors(t.pop, error ? t.error : t.warning, 0.7)), 1));
    painter.setBrush(toQColor(t.pop));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), metrics::kPopRadius, metrics::kPopRadius);
}

}  // namespace convolab
