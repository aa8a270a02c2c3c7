#include "app/lenses/compress/stage_section.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/job_row.h"
#include "app/lenses/compress/stage_session.h"
#include "app/lenses/measure/hatch.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kRow = 19, kNameWidth = 62, kBytesWidth = 76, kAccuracyWidth = 54, kBarHeight = 8;
constexpr double kThinnest = 2.0;

QString text(const std::string& value) { return QString::fromStdString(value); }

}  // namespace

StageBars::StageBars(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setObjectName(QStringLiteral("stageBars"));
    setAccessibleName(tr("Stages"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(4 * kRow);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize StageBars::sizeHint() const { return {288, 4 * kRow}; }

void StageBars::show(std::vector<Stage> stages) {
    m_stages = std::move(stages);
    setAccessibleDescription(text(stageLine(m_stages)));
    setToolTip(m_stages.empty() ? QString() : text(stageLine(m_stages)));
    update();
}

QRectF StageBars::barOf(std::size_t row) const {
    const double room = width() - kNameWidth - kBytesWidth - kAccuracyWidth - 8;
    if (row >= m_stages.size() || !m_stages[row].there()) return {};
    const double share = std::min(1.0, static_cast<double>(m_stages[row].bytes) / static_cast<double>(std::max<std::int64_t>(1, m_stages.front().bytes)));
    return {kNameWidth, static_cast<double>(row) * kRow + (kRow - kBarHeight) / 2.0, std::max(kThinnest, share * room), kBarHeight};
}

void StageBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = m_theme.current();
    const double room = width() - kNameWidth - kBytesWidth - kAccuracyWidth - 8;
    for (std::size_t i = 0; i < m_stages.size(); ++i) {
        const Stage& stage = m_stages[i];
        const int top = static_cast<int>(i) * kRow;
        const bool last = std::none_of(m_stages.begin() + static_cast<std::ptrdiff_t>(i) + 1, m_stages.end(), [](const Stage& each) { return each.there(); });
        painter.setFont(m_theme.font(FontRole::Caption));
        painter.setPen(toQColor(stage.there() ? t.text2 : t.text3));
        painter.drawText(QRect(0, top, kNameWidth, kRow), Qt::AlignVCenter | Qt::AlignLeft, text(stage.name));
        painter.fillRect(QRectF(kNameWidth, top + (kRow - kBarHeight) / 2.0, room, kBarHeight), toQColor(t.bg4));
        if (stage.there()) fillBar(painter, barOf(i), toQColor(i == 0 ? t.text3 : last ? t.accent : t.seriesColor(0)), !stage.exact, 1.0);
        painter.setFont(m_theme.font(last && stage.there() ? FontRole::BodyStrong : FontRole::Caption));
        painter.setPen(toQColor(stage.there() ? t.text1 : t.text3));
        painter.drawText(QRect(width() - kBytesWidth - kAccuracyWidth, top, kBytesWidth, kRow), Qt::AlignVCenter | Qt::AlignRight, text(stageBytes(stage)));
        painter.setFont(m_theme.font(FontRole::Caption));
        painter.setPen(toQColor(stage.accuracy ? t.text2 : t.text3));
        const QString accuracy = stage.accuracy ? text(percentText(*stage.accuracy)) : stage.there() ? QStringLiteral("…") : QString();
        painter.drawText(QRect(width() - kAccuracyWidth, top, kAccuracyWidth, kRow), Qt::AlignVCenter | Qt::AlignRight, accuracy);
    }
}

StageSection::StageSection(Theme& theme, StageSession& stages, QWidget* parent) : PanelSection(theme, tr("Stages"), {}, parent), m_session(stages) {
    setObjectName(QStringLiteral("stageSection"));
    note()->setObjectName(QStringLiteral("stageRatio"));
    m_bars = new StageBars(theme);
    add(m_bars);
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    auto* name = new QLabel(tr("Coder"));
    name->setProperty("role", "caption");
    name->setFixedWidth(kNameWidth - 6);
    m_coder = new QComboBox;
    m_coder->setObjectName(QStringLiteral("coderChoice"));
    m_coder->setAccessibleName(tr("Coder"));
    name->setBuddy(m_coder);
    for (const WeightCoder* coder : weightCoders()) {
        m_coder->addItem(text(coder->label), text(coder->id));
        m_coder->setItemData(m_coder->count() - 1, text(coder->help), Qt::ToolTipRole);
    }
    m_code = new QPushButton(tr("Code it"));
    m_code->setObjectName(QStringLiteral("codeButton"));
    m_code->setProperty("role", "small");
    row->addWidget(name);
    row->addWidget(m_coder, 1);
    row->addWidget(m_code);
    column()->addSpacing(2);
    column()->addLayout(row);
    auto* job = new JobRow(theme, m_session.job());
    job->setObjectName(QStringLiteral("codeJob"));
    add(job);
    connect(m_coder, &QComboBox::activated, this, [this] { m_session.setCoder(m_coder->currentData().toString().toStdString()); });
    connect(m_code, &QPushButton::clicked, &m_session, &StageSession::code);
    connect(&m_session, &StageSession::changed, this, &StageSection::refresh);
    refresh();
}

void StageSection::refresh() {
    std::vector<Stage> stages = m_session.stages();
    setVisible(!stages.empty());
    note()->setText(text(stageRatio(stages)));
    m_bars->show(std::move(stages));
    m_coder->setCurrentIndex(std::max(0, m_coder->findData(text(m_session.coder()))));
    m_coder->setToolTip(text(findWeightCoder(std::string_view(m_session.coder()))->help));
    QString reason;
    const bool can = m_session.canCode(&reason);
    m_code->setEnabled(can && !m_session.job().isRunning());
    m_code->setToolTip(can ? tr("Writes the packed file in memory, reads it back and measures it: bytes to the byte") : reason);
}

}  // namespace convolab
