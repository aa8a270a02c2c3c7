#include "app/window/structure_banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <algorithm>

#include "app/training_session.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kMargin = 12;

}  // namespace

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
    m_text->setObjectName(QStringLiteral("bannerText"));
    m_close = new QPushButton(tr("Close"));
    m_close->setObjectName(QStringLiteral("closeBannerButton"));
    row->addWidget(m_text, 1);
    row->addWidget(m_resume);
    row->addWidget(m_restart);
    row->addWidget(m_close);
    connect(m_resume, &QPushButton::clicked, this, &StructureBanner::press);
    connect(m_close, &QPushButton::clicked, &session, &TrainingSession::forgetMoveProblem);
    connect(m_restart, &QPushButton::clicked, &session, &TrainingSession::restart);
    connect(&session, &TrainingSession::changed, this, &StructureBanner::refresh);
    canvas->installEventFilter(this);
    hide();
}

void StructureBanner::refresh() {
    const bool structure = m_session.structureChanged() && !m_session.history().steps.empty();
    const bool lost = !structure && m_session.deviceLost();
    const bool move = !structure && !lost && m_session.moveProblem();
    if (structure) showStructure();
    if (lost) showDeviceLost();
    if (move) showMoveProblem();
    m_resume->setVisible(!move);
    m_restart->setVisible(structure);
    m_close->setVisible(move);
    setVisible(structure || lost || move);
    if (isVisible()) place();
}

void StructureBanner::press() {
    if (m_session.structureChanged()) {
        m_session.play();
    } else {
        m_session.goOnOnCpu();
    }
}

void StructureBanner::showStructure() {
    QString reason;
    const bool playable = m_session.canPlay(&reason);
    m_resume->setText(tr("Resume"));
    m_resume->setEnabled(playable);
    m_restart->setEnabled(playable);
    m_resume->setToolTip(playable ? tr("Goes on from the kept weights") : tr("Not while the network has an error: %1").arg(reason));
    const QString step = QString::fromStdString(countText(m_session.history().steps.back().step));
    m_text->setText(tr("Structure changed: training paused at step %1. %2")
                        .arg(step, playable ? m_session.keptWeightsText() : tr("The network has an error.")));
}

void StructureBanner::showDeviceLost() {
    m_resume->setText(tr("Train on the CPU"));
    m_resume->setEnabled(m_session.canPlay());
    m_resume->setToolTip(tr("Goes on from the weights that were kept"));
    m_text->setText(tr("Training stopped: %1").arg(QString::fromStdString(m_session.status().error->sentence())));
}

void StructureBanner::showMoveProblem() {
    m_text->setText(tr("Training stays on %1: %2")
                        .arg(QString::fromStdString(m_session.device().name), QString::fromStdString(m_session.moveProblem()->sentence())));
}

void StructureBanner::place() {
    // A long sentence takes more lines rather than more than the canvas.
    int buttons = 0;
    for (const QPushButton* button : {m_resume, m_restart, m_close}) {
        if (!button->isHidden()) buttons += button->sizeHint().width() + layout()->spacing();
    }
    const QMargins margins = layout()->contentsMargins();
    const int most = std::max(200, parentWidget()->width() - 2 * kMargin - buttons - margins.left() - margins.right());
    const int whole = m_text->fontMetrics().horizontalAdvance(m_text->text()) + 2;
    m_text->setWordWrap(whole > most);
    m_text->setFixedWidth(std::min(whole, most));
    m_text->setMinimumHeight(whole > most ? m_text->heightForWidth(most) : 0);
    adjustSize();
    move((parentWidget()->width() - width()) / 2, 14);
    raise();
}

bool StructureBanner::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize && isVisible()) place();
    return QFrame::eventFilter(watched, event);
}

}  // namespace convolab
