#include "app/lenses/compress/error_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <cmath>

#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/error_session.h"
#include "app/lenses/compress/error_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QString text(const std::string& value) { return QString::fromStdString(value); }

}  // namespace

ErrorPage::ErrorPage(Theme& theme, ErrorSession& errors, QWidget* parent) : QWidget(parent), m_theme(theme), m_errors(errors) {
    setObjectName(QStringLiteral("errorPage"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 8, 0, 0);
    column->setSpacing(4);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    m_title = new QLabel(tr("Error of each layer"));
    m_title->setFont(theme.font(FontRole::CardName));
    m_legend = new QLabel;
    m_legend->setFont(theme.font(FontRole::Axis));
    m_legend->setProperty("role", "muted");
    head->addWidget(m_title);
    head->addStretch(1);
    head->addWidget(m_legend);
    column->addLayout(head);
    m_view = new ErrorView(theme);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(m_view);
    column->addWidget(scroll, 1);
    m_summary = new QLabel;
    m_summary->setObjectName(QStringLiteral("errorSummary"));
    m_summary->setFont(theme.font(FontRole::Caption));
    m_summary->setProperty("role", "muted");
    m_summary->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 2);
    m_summary->setWordWrap(true);
    column->addWidget(m_summary);
    connect(m_view, &ErrorView::layerChosen, this, &ErrorPage::layerChosen);
    connect(&m_errors, &ErrorSession::changed, this, &ErrorPage::refresh);
    connect(&theme, &Theme::changed, this, &ErrorPage::refresh);
    refresh();
}

QString ErrorPage::summary() const {
    const LayerQuantizationError* worst = m_errors.worst();
    if (worst == nullptr) return {};
    if (std::isinf(worst->outputSqnr)) {
        return tr("Nothing is lost any more: these weights were fine-tuned on their levels (%1 validation images)").arg(text(countText(m_errors.images())));
    }
    return tr("%1 suffers most: %2 at its output, largest error %3 (%4 validation images)")
        .arg(text(worst->name), text(decibelsText(worst->outputSqnr)), text(valueText(worst->outputMaxError, 3)), text(countText(m_errors.images())));
}

void ErrorPage::refresh() {
    const bool failed = m_errors.job().state() == BackgroundJob::State::Failed;
    const QString empty = failed                          ? m_errors.job().error()
                          : m_errors.job().isRunning() ? tr("Looking at the errors …")
                                                       : tr("Quantise a layer to see what it costs each of them");
    const LayerQuantizationError* worst = m_errors.worst();
    m_view->setBars(errorBars(m_errors.rows()), worst != nullptr && !std::isinf(worst->outputSqnr) ? worst->node : NodeId{}, m_errors.isStale(), empty);
    const auto swatch = [](const ThemeColor& color, const QString& name) {
        return QStringLiteral("<span style=\"color:%1\">■</span> %2").arg(toQColor(color).name(), name);
    };
    const Tokens& t = m_theme.current();
    m_legend->setText(m_view->longest() <= ErrorView::kNothing ? QString()
                                              : swatch(t.series[0], tr("outputs")) + QStringLiteral("&nbsp; ") + swatch(t.series[2], tr("weights")) +
                                                    QStringLiteral("&nbsp; 0 – ") + text(shareText(m_view->longest())));
    m_legend->setToolTip(tr("The error's root mean square as a share of the signal's; the whole width is the largest of them. 20 dB are a tenth."));
    m_summary->setText(summary());
    m_summary->setVisible(worst != nullptr);
}

}  // namespace convolab
