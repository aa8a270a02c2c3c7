#include "app/window/status_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>

#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/cpu/compute_team.h"
#include "core/cpu/onednn/ops.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kMessageMs = 6000;

QString strong(const std::string& text, const Tokens& colors) {
    return QStringLiteral("<span style=\"color:%1\">%2</span>").arg(QString::fromStdString(hexText(colors.text1)),
                                                                   QString::fromStdString(text).toHtmlEscaped());
}

/// A style sheet costs a re-polish: only where it changes.
void restyle(QWidget& widget, const QString& style) {
    if (widget.styleSheet() != style) widget.setStyleSheet(style);
}

}  // namespace

StatusBar::StatusBar(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_document(document), m_session(session) {
    setObjectName(QStringLiteral("statusBar"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(metrics::kStatusBar);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 1, 12, 0);
    row->setSpacing(12);
    m_diagnostics = new QPushButton;
    m_diagnostics->setObjectName(QStringLiteral("diagnosticsButton"));
    m_diagnostics->setProperty("role", "status");
    m_diagnostics->setCursor(Qt::PointingHandCursor);
    m_diagnostics->setIconSize({14, 14});
    connect(m_diagnostics, &QPushButton::clicked, this, &StatusBar::diagnosticsClicked);
    m_cost = new QLabel;
    m_cost->setObjectName(QStringLiteral("costLabel"));
    m_message = new QLabel;
    m_message->setObjectName(QStringLiteral("messageLabel"));
    m_right = new QLabel;
    m_right->setObjectName(QStringLiteral("saveLabel"));
    for (QLabel* label : {m_cost, m_message, m_right}) {
        label->setFont(m_theme.font(FontRole::Caption));
        label->setProperty("role", "caption");
        label->setTextFormat(Qt::RichText);
    }
    m_diagnostics->setFont(m_theme.font(FontRole::Caption));
    row->addWidget(m_diagnostics);
    row->addWidget(m_cost);
    row->addWidget(m_message);
    row->addStretch(1);
    row->addWidget(m_right);
    connect(&m_document.network(), &SpecEditor::specChanged, this, &StatusBar::refresh);
    connect(&m_document, &LabDocument::opened, this, &StatusBar::refresh);
    connect(&m_document, &LabDocument::saveStateChanged, this, &StatusBar::refresh);
    connect(&m_document, &LabDocument::recipeChanged, this, &StatusBar::refresh);
    connect(&m_theme, &Theme::changed, this, &StatusBar::refresh);
    refresh();
}

void StatusBar::showMessage(const QString& text, bool isError) {
    m_message->setText(QStringLiteral("<span style=\"color:%1\">%2</span>")
                           .arg(QString::fromStdString(hexText(isError ? m_theme.current().error : m_theme.current().text1)),
                                text.toHtmlEscaped()));
    m_message->setToolTip(text);
    m_message->setVisible(true);
    m_cost->setVisible(false);
    const QString shown = text;
    QTimer::singleShot(isError ? 3 * kMessageMs : kMessageMs, this, [this, shown] {
        if (!m_message->text().contains(shown.toHtmlEscaped())) return;
        m_message->setVisible(false);
        m_cost->setVisible(true);
    });
}

void StatusBar::refreshDiagnostics() {
    const Tokens& colors = m_theme.current();
    const Analysis& analysis = m_document.network().analysis();
    const auto errors = static_cast<int>(analysis.errorCount());
    const auto warnings = static_cast<int>(analysis.diagnostics.size()) - errors;
    QString text = tr("No problems");
    QString icon = QStringLiteral("check");
    ThemeColor color = colors.ok;
    if (errors > 0) {
        text = errors == 1 ? tr("1 error") : tr("%1 errors").arg(errors);
        icon = QStringLiteral("error");
        color = colors.error;
    } else if (warnings > 0) {
        text = warnings == 1 ? tr("1 warning") : tr("%1 warnings").arg(warnings);
        icon = QStringLiteral("warning");
        color = colors.warning;
    }
    m_diagnostics->setVisible(m_document.isOpen());
    m_diagnostics->setText(text);
    m_diagnostics->setIcon(m_theme.icon(icon, color));
    m_diagnostics->setAccessibleName(tr("Problems: %1").arg(text));
    const ThemeColor textColor = errors + warnings > 0 ? color : colors.text2;
    restyle(*m_diagnostics, QStringLiteral("QPushButton{background:transparent;border:1px solid transparent;border-radius:3px;padding:0;min-height:16px;color:%1}"
                                                "QPushButton:hover{text-decoration:underline}QPushButton:focus{border-color:%2}")
                                     .arg(QString::fromStdString(hexText(textColor)), QString::fromStdString(hexText(colors.accent))));
}

void StatusBar::refresh() {
    const Tokens& colors = m_theme.current();
    restyle(*this, QStringLiteral("#statusBar{background:%1;border-top:1px solid %2}")
                       .arg(QString::fromStdString(hexText(colors.bg1)), QString::fromStdString(hexText(colors.line))));
    refreshDiagnostics();
    const QString gap = QStringLiteral("&nbsp;&nbsp;&nbsp;");
    if (!m_document.isOpen()) {
        m_cost->setText(tr("No network open"));
    } else {
        const Cost& total = m_document.network().analysis().total;
        m_cost->setText(tr("parameters %1").arg(strong(countText(total.parameters), colors)) + gap +
                        tr("MACs %1").arg(strong(countText(total.macs), colors)) + gap +
                        tr("activations %1 / image").arg(strong(bytesText(static_cast<double>(total.activationBytes)), colors)) + gap +
                        tr("size %1").arg(strong(bytesText(4.0 * static_cast<double>(total.parameters)), colors)));
    }
    const QString backend = QStringLiteral("%1 · %2 · %3").arg(QLatin1String(onednn::fastestTier()), QLatin1String(instructionSet()),
                                                              computeThreads() == 1 ? tr("1 thread") : tr("%1 threads").arg(computeThreads()));
    QString save;
    if (m_document.isOpen()) {
        save = tr("seed %1").arg(strong(std::to_string(m_document.recipe().seed), colors)) + gap;
        const QString state = m_document.saveState().toHtmlEscaped();
        save += m_document.hasSaveProblem()
                    ? QStringLiteral("<b style=\"color:%1\">%2</b>").arg(QString::fromStdString(hexText(colors.error)), state)
                    : state;
        save += gap;
    }
    m_right->setText(save + backend);
    m_right->setToolTip(m_document.hasSaveProblem() ? m_document.saveState() : QString());
}

}  // namespace convolab
