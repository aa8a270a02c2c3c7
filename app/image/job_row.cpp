#include "app/image/job_row.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStyle>
#include <QTimer>
#include <QVBoxLayout>
#include <cmath>

#include "app/image/background_job.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kQuietSeconds = 0.5;
constexpr int kBarSteps = 1000;
constexpr int kRoomAround = 32;  // for the line that some sections write below

QString timeText(double seconds) {
    if (seconds < 60.0) return JobRow::tr("%1 s left").arg(static_cast<int>(std::ceil(seconds)));
    return JobRow::tr("%1 min left").arg(static_cast<int>(std::ceil(seconds / 60.0)));
}

}  // namespace

JobRow::JobRow(Theme& theme, BackgroundJob& job, QWidget* parent) : QWidget(parent), m_job(job) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 2, 0, 2);
    column->setSpacing(2);
    m_bar = new QProgressBar;
    m_bar->setRange(0, kBarSteps);
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Progress"));
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    m_text = new QLabel;
    m_text->setObjectName(QStringLiteral("jobText"));
    m_text->setFont(theme.font(FontRole::Caption));
    m_text->setWordWrap(true);
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(QStringLiteral("jobCancel"));
    m_cancel->setProperty("role", "small");
    row->addWidget(m_text, 1);
    row->addWidget(m_cancel);
    column->addWidget(m_bar);
    column->addLayout(row);
    connect(m_cancel, &QPushButton::clicked, &m_job, &BackgroundJob::cancel);
    connect(&m_job, &BackgroundJob::changed, this, &JobRow::refresh);
    refresh();
}

void JobRow::refresh() {
    const bool failed = m_job.state() == BackgroundJob::State::Failed;
    const bool running = m_job.isRunning() && m_job.secondsRunning() >= kQuietSeconds;
    const bool appears = isHidden() && (running || failed);
    setVisible(running || failed);
    if (appears) QTimer::singleShot(0, this, &JobRow::bringIntoView);  // once it has its place
    m_bar->setVisible(running);
    m_cancel->setVisible(running);
    const char* role = failed ? "error" : "caption";
    if (m_text->property("role").toString() != QLatin1String(role)) {
        m_text->setProperty("role", role);
        m_text->style()->unpolish(m_text);
        m_text->style()->polish(m_text);
    }
    if (failed) return m_text->setText(m_job.error());
    m_bar->setValue(static_cast<int>(m_job.share() * kBarSteps));
    const auto left = m_job.secondsLeft();
    m_text->setText(left ? m_job.title() + QStringLiteral(" · ") + timeText(*left) : m_job.title());
}

/// What a person has just started must not run below the fold.
void JobRow::bringIntoView() {
    for (QWidget* above = parentWidget(); above != nullptr; above = above->parentWidget()) {
        if (auto* area = qobject_cast<QScrollArea*>(above)) return area->ensureWidgetVisible(this, 0, kRoomAround);
    }
}

}  // namespace convolab
