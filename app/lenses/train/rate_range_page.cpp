#include "app/lenses/train/rate_range_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/image/job_row.h"
#include "app/lab_document.h"
#include "app/lenses/train/rate_range_session.h"
#include "app/report/rate_range_plot.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kFieldWidth = 64;

QString text(const std::string& value) { return QString::fromStdString(value); }

}  // namespace

RateRangePage::RateRangePage(Theme& theme, LabDocument& document, RateRangeSession& session, QWidget* parent)
    : QWidget(parent), m_document(document), m_session(session) {
    setProperty("role", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 4);
    column->setSpacing(0);
    m_view = new InstrumentView(theme);
    m_view->setObjectName(QStringLiteral("rateRangePlot"));
    m_view->setAccessibleName(tr("Loss over the learning rate"));
    auto curve = std::make_unique<CurvesInstrument>();
    m_curve = curve.get();
    m_view->setInstrument(std::move(curve));
    // The plot is being drawn when it calls: what it shows may change only behind that.
    m_curve->setClicked([this](double rate) { QMetaObject::invokeMethod(this, [this, rate] { take(rate); }, Qt::QueuedConnection); });
    column->addWidget(m_view, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    row->setSpacing(8);
    const RateRangeOptions usual;
    m_lowest = addField(tr("from"), "rangeLowest", text(valueText(usual.lowest)), *row);
    m_highest = addField(tr("to"), "rangeHighest", text(valueText(usual.highest)), *row);
    m_steps = addField(tr("steps"), "rangeSteps", QString::number(usual.steps), *row);
    const auto button = [row](const char* name, const QString& title) {
        auto* made = new QPushButton(title);
        made->setObjectName(QLatin1String(name));
        made->setProperty("role", "small");
        row->addWidget(made);
        return made;
    };
    m_run = button("runRangeTest", tr("Test again"));
    m_run->setToolTip(tr("Trains a copy with fresh weights, its rate rising from step to step; nothing of the document changes"));
    m_take = button("takeRate", {});
    row->addWidget(new JobRow(theme, m_session.job()));
    m_said = new QLabel;
    m_said->setObjectName(QStringLiteral("rangeSaid"));
    m_said->setProperty("role", "muted");
    m_said->setFont(theme.font(FontRole::Caption));
    m_said->setWordWrap(true);
    m_said->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    row->addWidget(m_said, 1);
    QPushButton* back = button("closeRangeTest", tr("Back to the curves"));
    column->addLayout(row);
    connect(back, &QPushButton::clicked, this, &RateRangePage::closed);
    connect(m_run, &QPushButton::clicked, this, &RateRangePage::run);
    connect(m_take, &QPushButton::clicked, this, [this] { if (m_session.range().suggested) take(*m_session.range().suggested); });
    connect(&m_session, &RateRangeSession::changed, this, &RateRangePage::refresh);
    connect(&m_document, &LabDocument::recipeChanged, this, &RateRangePage::refresh);
    refresh();
}

QLineEdit* RateRangePage::addField(const QString& label, const char* name, const QString& value, QHBoxLayout& row) {
    auto* caption = new QLabel(label);
    caption->setProperty("role", "caption");
    auto* field = new QLineEdit(value);
    field->setObjectName(QLatin1String(name));
    field->setAccessibleName(tr("Range test, %1").arg(label));
    field->setFixedWidth(kFieldWidth);
    field->setAlignment(Qt::AlignRight);
    caption->setBuddy(field);
    row.addWidget(caption);
    row.addWidget(field);
    return field;
}

void RateRangePage::run() {
    const auto plain = [](const QLineEdit& field) {
        QString typed = field.text().trimmed();
        return typed.replace(QChar(0x2212), QLatin1Char('-')).remove(QLatin1Char(',')).toStdString();
    };
    const auto options = parseRateRange("min=" + plain(*m_lowest) + ",max=" + plain(*m_highest) + ",steps=" + plain(*m_steps));
    m_problem = options.ok() ? QString() : text(options.error().sentence());
    if (options.ok() && m_session.canRun(&m_problem)) m_session.run(*options);
    refresh();
}

void RateRangePage::take(double rate) { m_session.takeOver(rate); }

void RateRangePage::refresh() {
    const RateRange& range = m_session.range();
    m_curve->setPlots({rateRangePlot(range, m_document.recipe().rate)});
    m_view->invalidate();
    const bool running = m_session.job().isRunning();
    m_run->setEnabled(!running);
    m_run->setText(range.points.empty() ? tr("Run the test") : tr("Test again"));
    m_take->setVisible(range.suggested.has_value());
    if (range.suggested) m_take->setText(tr("Use %1").arg(text(valueText(*range.suggested, 2))));
    QString said = m_problem;
    if (said.isEmpty() && !running && !range.points.empty()) said = text(rateRangeText(range)) + tr("; a click takes a rate over");
    m_said->setText(said);
    m_said->setToolTip(said);
}

}  // namespace convolab
