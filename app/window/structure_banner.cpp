#include "app/window/structure_banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "app/training_session.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

StructureBanner::StructureBanner(Theme& theme, TrainingSession& session, QWidget* canvas) : QFrame(canvas), m_session(session) {
    setObjectName(QStringLiteral("structureBanner"));
    setProperty("role", "pop");
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 6, 8, 6);
    row->setSpacing(8);
    m_text = new QLabel;
    m_text->setFont(theme.font(FontRole::Body));
    m_resume = new QPushButton(tr("Resume"));
    m_resume->setObjectName(QStringLiteral("resumeButton"));
    m_resume->setProperty("role", "primary");
    m_restart = new QPushButton(tr("Start over"));
    m_restart->setObjectName(QStringLiteral("startOverButton"));
    row->addWidget(m_text);
    row->addWidget(m_resume);
    row->addWidget(m_restart);
    connect(m_resume, &QPushButton::clicked, &session, &TrainingSession::play);
    connect(m_restart, &QPushButton::clicked, &session, &TrainingSession::restart);
    connect(&session, &TrainingSession::changed, this, &StructureBanner::refresh);
    canvas->installEventFilter(this);
    hide();
}

void StructureBanner::refresh() {
    const bool wanted = m_session.structureChanged() && !m_session.history().steps.empty();
    if (wanted) {
        QString reason;
        const bool playable = m_session.canPlay(&reason);
        m_resume->setEnabled(playable);
        m_restart->setEnabled(playable);
        m_resume->setToolTip(playable ? tr("Goes on from the kept weights") : tr("Not while the network has an error: %1").arg(reason));
        const QString step = QString::fromStdString(countText(m_session.history().steps.back().step));
        m_text->setText(tr("Structure changed: training paused at step %1. %2")
                            .arg(step, playable ? m_session.keptWeightsText() : tr("The network has an error.")));
    }
    setVisible(wanted);
    if (wanted) place();
}

void StructureBanner::place() {
    adjustSize();
    move((parentWidget()->width() - width()) / 2, 14);
    raise();
}

bool StructureBanner::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize && isVisible()) place();
    return QFrame::eventFilter(watched, event);
}

}  // namespace convolab
