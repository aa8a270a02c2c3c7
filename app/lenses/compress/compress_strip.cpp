#include "app/lenses/compress/compress_strip.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "app/image/job_row.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/error_page.h"
#include "app/lenses/compress/sensitivity_session.h"
#include "app/lenses/compress/tune_session.h"
#include "core/util/text.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

enum Curves { kSensitivity, kFineTuning, kErrors };
constexpr std::int64_t kNoPoint = -2;  // −1 is the original

QString text(const std::string& value) { return QString::fromStdString(value); }

QHBoxLayout* controlRow() {
    auto* row = new QHBoxLayout;
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    row->setSpacing(8);
    return row;
}

QPushButton* smallButton(const char* name, const QString& title) {
    auto* button = new QPushButton(title);
    button->setObjectName(QLatin1String(name));
    button->setProperty("role", "small");
    return button;
}

}  // namespace

CompressStrip::CompressStrip(Theme& theme, CompressSession& session, SensitivitySession& sensitivity, TuneSession& tune, ErrorSession& errors,
                             QWidget* parent)
    : QWidget(parent), m_session(session), m_sensitivity(sensitivity), m_tune(tune) {
    setObjectName(QStringLiteral("compressStrip"));
    setProperty("role", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(buildTradeOff(theme), 3);
    auto* line = new QFrame;
    line->setProperty("role", "verticalSeparator");
    row->addWidget(line);
    row->addWidget(buildCurves(theme, errors), 2);
    connect(&m_session, &CompressSession::pointsChanged, this, &CompressStrip::refreshPoints);
    connect(&m_session, &CompressSession::accuracyChanged, this, &CompressStrip::refreshPoints);
    connect(&m_session, &CompressSession::planChanged, this, [this] {
        m_looked.reset();
        refresh();
    });
    connect(&m_session, &CompressSession::laidChanged, this, &CompressStrip::refreshCurves);
    connect(&m_sensitivity, &SensitivitySession::changed, this, &CompressStrip::refreshCurves);
    connect(&m_tune, &TuneSession::changed, this, &CompressStrip::refreshCurves);
    refresh();
}

QWidget* CompressStrip::buildTradeOff(Theme& theme) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 4);
    column->setSpacing(0);
    m_scatterView = new InstrumentView(theme);
    m_scatterView->setObjectName(QStringLiteral("tradeOffPlot"));
    m_scatterView->setAccessibleName(tr("Accuracy against size"));
    auto owned = std::make_unique<ScatterInstrument>();
    m_scatter = owned.get();
    m_scatterView->setInstrument(std::move(owned));
    m_scatter->setTip([this](ScatterInstrument::Point point) { return tipOf(point); });
    // The plot is being drawn when it calls: what it shows may change only behind that.
    m_scatter->setClicked([this](ScatterInstrument::Point point) {
        QMetaObject::invokeMethod(this, [this, point] { choose(point); }, Qt::QueuedConnection);
    });
    m_scatter->setDoubleClicked([this](ScatterInstrument::Point point) {
        QMetaObject::invokeMethod(this, [this, point] { restore(point); }, Qt::QueuedConnection);
    });
    column->addWidget(m_scatterView, 1);
    auto* controls = controlRow();
    m_looking = new QLabel;
    m_looking->setObjectName(QStringLiteral("lookedPoint"));
    m_looking->setProperty("role", "muted");
    m_looking->setFont(theme.font(FontRole::Caption));
    m_restore = smallButton("restoreButton", tr("Restore"));
    m_restore->setToolTip(tr("Brings this plan back; undo returns to the one before"));
    connect(m_restore, &QPushButton::clicked, this, [this] {
        if (m_scatter->current()) restore(*m_scatter->current());
    });
    m_budget = new QLineEdit;
    m_budget->setObjectName(QStringLiteral("budgetField"));
    m_budget->setAccessibleName(tr("Budget in points"));
    m_budget->setToolTip(tr("How many points of accuracy may be lost: the dashed line"));
    m_budget->setFixedWidth(44);
    m_budget->setAlignment(Qt::AlignRight);
    connect(m_budget, &QLineEdit::editingFinished, this, &CompressStrip::readBudget);
    const auto caption = [&theme](const QString& words) {
        auto* label = new QLabel(words);
        label->setProperty("role", "muted");
        label->setFont(theme.font(FontRole::Caption));
        return label;
    };
    controls->addWidget(caption(tr("Budget")));
    controls->addWidget(m_budget);
    controls->addWidget(caption(tr("points")));
    controls->addSpacing(8);
    controls->addWidget(m_looking);
    controls->addStretch(1);
    controls->addWidget(m_restore);
    column->addLayout(controls);
    return box;
}

QWidget* CompressStrip::buildCurves(Theme& theme, ErrorSession& errors) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 4);
    column->setSpacing(0);
    m_curvesView = new InstrumentView(theme);
    m_curvesView->setObjectName(QStringLiteral("sensitivityPlot"));
    m_curvesView->setAccessibleName(tr("Sensitivity"));
    auto owned = std::make_unique<CurvesInstrument>();
    m_curves = owned.get();
    m_curvesView->setInstrument(std::move(owned));
    auto* errorPage = new ErrorPage(theme, errors);
    connect(errorPage, &ErrorPage::layerChosen, this, &CompressStrip::layerChosen);
    m_pages = new QStackedWidget;
    m_pages->addWidget(m_curvesView);
    m_pages->addWidget(errorPage);
    column->addWidget(m_pages, 1);
    auto* controls = controlRow();
    m_which = new SegmentedControl({tr("Sensitivity"), tr("Fine-tuning"), tr("Error")});
    m_which->setObjectName(QStringLiteral("compressPlotControl"));
    m_which->setProperty("density", "compact");
    m_which->setAccessibleName(tr("Plot"));
    m_which->setCurrentIndex(kSensitivity);
    connect(m_which, &SegmentedControl::chosen, this, &CompressStrip::refreshCurves);
    m_kind = new SegmentedControl({tr("Cut"), tr("Bits")});
    m_kind->setObjectName(QStringLiteral("sensitivityKindControl"));
    m_kind->setProperty("density", "compact");
    m_kind->setAccessibleName(tr("Sensitivity to"));
    m_kind->setOptionToolTip(0, tr("How much of a layer can go"));
    m_kind->setOptionToolTip(1, tr("How few bits a layer's weights can have"));
    m_kind->setCurrentIndex(0);
    connect(m_kind, &SegmentedControl::chosen, this, [this](int index) {
        m_sensitivity.setKind(index == 0 ? SensitivitySession::Kind::Pruning : SensitivitySession::Kind::Bits);
    });
    m_measure = smallButton("sensitivityButton", tr("Measure"));
    m_measure->setToolTip(tr("Prunes or rounds each layer alone, a step at a time, and measures what is left"));
    connect(m_measure, &QPushButton::clicked, &m_sensitivity, &SensitivitySession::run);
    auto* job = new JobRow(theme, m_sensitivity.job());
    job->setObjectName(QStringLiteral("sensitivityJob"));
    controls->addWidget(m_which);
    controls->addWidget(m_kind);
    controls->addWidget(job, 1);
    controls->addStretch(1);
    controls->addWidget(m_measure);
    column->addLayout(controls);
    return box;
}

void CompressStrip::refresh() {
    refreshPoints();
    refreshCurves();
}

void CompressStrip::showFineTuning() {
    m_which->setCurrentIndex(kFineTuning);
    refreshCurves();
}

/// What is no number between 0 and the largest budget leaves the one that was there.
void CompressStrip::readBudget() {
    bool number = false;
    const double points = m_budget->text().trimmed().replace(QLatin1Char(','), QLatin1Char('.')).toDouble(&number);
    if (number) m_session.setBudget(points / 100.0);
    refreshPoints();
}

void CompressStrip::refreshPoints() {
    const LaidPlanPtr laid = m_session.laid();
    TradeOffWords about;
    about.budget = m_session.budget();
    if (!m_budget->hasFocus()) m_budget->setText(text(formatNumber(100.0 * about.budget, 3)));
    about.base = m_session.points().empty() ? std::string() : m_session.baseKey();
    if (laid) about.denseBytes = laid->figures.denseBytes;
    if (m_session.original() && m_session.original()->whole()) about.original = m_session.original();
    TradeOff shown = tradeOffPlot(m_session.points(), about);
    m_ids = std::move(shown.ids);
    const TriedPoint* now = m_session.currentPoint();
    const std::int64_t wanted = m_looked ? *m_looked : now != nullptr ? now->id : kNoPoint;
    std::optional<ScatterInstrument::Point> current, before;
    for (std::size_t s = 0; s + 1 < m_ids.size(); ++s) {
        for (std::size_t i = 0; i < m_ids[s].size(); ++i) {
            if (m_ids[s][i] == wanted) current = {s, i};
        }
    }
    std::string word;
    if (const TriedPoint* shownPoint = current ? pointOf(*current) : nullptr; shownPoint != nullptr && shownPoint->fineTuned) {
        // The same plan before it was fine-tuned.
        for (const TriedPoint& point : m_session.points()) {
            if (point.fineTuned || point.planJson != shownPoint->planJson || point.base != shownPoint->base) continue;
            for (std::size_t i = 0; i < m_ids[0].size(); ++i) {
                if (m_ids[0][i] == point.id) before = {std::size_t{0}, i};
            }
            word = tr("%1 % before fine-tuning").arg(text(fixedText(100.0 * point.accuracy, 1))).toStdString();
        }
    }
    m_scatter->setPlot(std::move(shown.plot));
    m_scatter->setCurrent(current, before, word);
    m_scatterView->requestRepaint();
    const TriedPoint* looked = m_looked && current ? pointOf(*current) : nullptr;
    m_restore->setVisible(looked != nullptr && looked != now);
    m_looking->setText(looked == nullptr || looked == now ? QString()
                                                          : tr("%1, %2 %").arg(text(bytesText(static_cast<double>(looked->bytes))), text(fixedText(100.0 * looked->accuracy, 2))));
}

const TriedPoint* CompressStrip::pointOf(ScatterInstrument::Point point) const {
    if (point.series >= m_ids.size() || point.index >= m_ids[point.series].size()) return nullptr;
    const std::int64_t id = m_ids[point.series][point.index];
    for (const TriedPoint& each : m_session.points()) {
        if (each.id == id) return &each;
    }
    return nullptr;
}

ScatterInstrument::Tip CompressStrip::tipOf(ScatterInstrument::Point point) const {
    const TriedPoint* tried = pointOf(point);
    const LaidPlanPtr laid = m_session.laid();
    if (tried == nullptr) {
        ScatterInstrument::Tip tip{tr("original, float32").toStdString(), {}};
        if (laid) tip.rows.push_back({tr("size").toStdString(), bytesText(static_cast<double>(laid->figures.denseBytes))});
        if (m_session.original()) tip.rows.push_back({tr("accuracy").toStdString(), fixedText(100.0 * m_session.original()->share(), 2) + " %"});
        return tip;
    }
    const QString kind = tried->fineTuned ? tr("fine-tuned") : tr("cut only");
    ScatterInstrument::Tip tip{tr("point %1 · %2").arg(tried->id).arg(kind).toStdString(), {}};
    const std::string bytes = bytesText(static_cast<double>(tried->bytes));
    const double factor = laid && tried->bytes > 0 ? static_cast<double>(laid->figures.denseBytes) / static_cast<double>(tried->bytes) : 0.0;
    tip.rows.push_back({tr("size").toStdString(), factor > 0 ? bytes + ", " + fixedText(factor, 1) + "×" : bytes});
    tip.rows.push_back({tr("accuracy").toStdString(), fixedText(100.0 * tried->accuracy, 2) + " %"});
    tip.rows.push_back({QString::fromStdString(tried->split).toStdString(), countText(tried->images)});
    if (!m_session.isOfTheseWeights(*tried) && !tried->hasWeights) tip.rows.push_back({tr("of earlier weights").toStdString(), ""});
    else tip.rows.push_back({tr("double click to restore").toStdString(), ""});
    return tip;
}

void CompressStrip::choose(ScatterInstrument::Point point) {
    const TriedPoint* tried = pointOf(point);
    m_looked = tried != nullptr ? std::optional(tried->id) : std::nullopt;
    refreshPoints();
}

void CompressStrip::restore(ScatterInstrument::Point point) {
    const TriedPoint* tried = pointOf(point);
    if (tried == nullptr) return m_session.setOverlay({}, tr("Restore the original"));
    const Status restored = m_session.restore(tried->id);
    if (!restored.ok()) emit message(text(restored.error().sentence()), true);
}

void CompressStrip::refreshCurves() {
    const bool tuning = m_which->currentIndex() == kFineTuning;
    m_curves->setPlots({tuning ? tunePlot(m_tune) : sensitivityPlot(m_sensitivity, m_session.plan())});
    m_curvesView->requestRepaint();
    m_pages->setCurrentIndex(m_which->currentIndex() == kErrors ? 1 : 0);
    m_kind->setVisible(m_which->currentIndex() == kSensitivity);
    m_measure->setVisible(m_which->currentIndex() == kSensitivity && !m_sensitivity.job().isRunning());
    m_measure->setEnabled(m_session.laid() != nullptr);
    m_measure->setText(m_sensitivity.curves().empty() ? tr("Measure") : tr("Measure again"));
}

}  // namespace convolab
