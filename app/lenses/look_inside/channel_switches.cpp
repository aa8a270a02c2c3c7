#include "app/lenses/look_inside/channel_switches.h"

#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/look_inside/accuracy_text.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "core/inspect/predictions.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kRestMs = 200;
constexpr std::size_t kNamed = 3;

Result<std::int64_t> correctOf(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset, const Progress& progress) {
    CONVOLAB_ASSIGN(const PredictionTable table, predictSplit(spec, weights, dataset, Split::Validation, ChannelSwitches::kImages, progress));
    return table.correct();
}

}  // namespace

ChannelSwitches::ChannelSwitches(Theme& theme, LabDocument& document, ImageDesk& desk, QWidget* parent)
    : QWidget(parent), m_document(document), m_desk(desk) {
    setObjectName(QStringLiteral("channelSwitches"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(metrics::kPanelPadding, 8, metrics::kPanelPadding, 10);
    column->setSpacing(3);
    const auto label = [&](const char* object, FontRole font, const char* role) {
        auto* made = new QLabel;
        made->setObjectName(QLatin1String(object));
        made->setFont(theme.font(font));
        made->setProperty("role", role);
        made->setWordWrap(true);
        column->addWidget(made);
        return made;
    };
    m_title = label("switchesTitle", FontRole::BodyStrong, "warning");
    m_which = label("switchesWhich", FontRole::Caption, "caption");
    m_off = label("accuracyOff", FontRole::Caption, "caption");
    m_all = label("accuracyAllOn", FontRole::Caption, "caption");
    m_allOn = new QPushButton(tr("Switch all on"));
    m_allOn->setObjectName(QStringLiteral("switchAllOn"));
    column->addWidget(m_allOn, 0, Qt::AlignLeft);
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_rest, &QTimer::timeout, this, &ChannelSwitches::count);
    connect(m_allOn, &QPushButton::clicked, this, [this] { m_desk.probe.clearChannelsOff(); });
    connect(&m_desk.probe, &ProbeSession::channelsOffChanged, this, &ChannelSwitches::refresh);
    connect(&m_desk.probe, &ProbeSession::weightsChanged, this, &ChannelSwitches::refresh);
    connect(&m_desk.image, &CurrentImage::datasetChanged, this, [this] {
        m_offCount.reset();
        m_allCount.reset();
        refresh();
    });
    connect(&m_job, &BackgroundJob::finished, this, &ChannelSwitches::showCounts);
    refresh();
}

void ChannelSwitches::setActive(bool active) {
    m_active = active;
    if (active)
        refresh();
    else
        m_job.cancel();
}

QString ChannelSwitches::offText() const {
    QStringList names;
    const auto& off = m_desk.probe.channelsOff();
    for (const ChannelRef& channel : off) {
        if (static_cast<std::size_t>(names.size()) == kNamed) break;
        names << tr("%1 map %2").arg(layerName(m_document.network().spec(), channel.node)).arg(channel.channel);
    }
    const QString text = names.join(QStringLiteral(", "));
    return off.size() > kNamed ? text + tr(" and %1 more").arg(off.size() - kNamed) : text;
}

void ChannelSwitches::refresh() {
    const auto& off = m_desk.probe.channelsOff();
    setVisible(!off.empty());
    if (off.empty()) {
        m_job.cancel();
        return;
    }
    m_title->setText(off.size() == 1 ? tr("1 channel off") : tr("%1 channels off").arg(off.size()));
    m_which->setText(offText());
    showCounts();
    if (m_active) m_rest.start();
}

QString ChannelSwitches::countText(const std::optional<Count>& count, const WeightSetPtr& now) const {
    if (!m_desk.image.dataset()) return tr("unknown: no data set");
    if (!count) return QStringLiteral("…");
    const QString text = accuracyText(count->correct, count->images, Split::Validation, count->ofAll);
    return count->weights == now ? text : text + QStringLiteral(" …");
}

void ChannelSwitches::showCounts() {
    const auto show = [this](QLabel* label, const QString& what, const std::optional<Count>& count, const WeightSetPtr& now) {
        label->setText(what.arg(countText(count, now)));
        // What a newer count will replace is grey.
        label->setProperty("role", count && count->weights == now ? "caption" : "muted");
        label->style()->unpolish(label);
        label->style()->polish(label);
    };
    show(m_off, tr("With them off: %1"), m_offCount, m_desk.probe.effectiveWeights());
    show(m_all, tr("All on: %1"), m_allCount, m_desk.probe.weights());
}

void ChannelSwitches::count() {
    const WeightSetPtr off = m_desk.probe.effectiveWeights(), all = m_desk.probe.weights();
    const DatasetPtr dataset = m_desk.image.dataset();
    if (!m_active || m_desk.probe.channelsOff().empty() || !off || !all || !dataset || off == all) return;
    if (m_offCount && m_offCount->weights == off && m_allCount && m_allCount->weights == all) return;
    const std::int64_t ofAll = dataset->size(Split::Validation), images = std::min(ofAll, kImages);
    const bool keepAll = m_allCount && m_allCount->weights == all;
    m_job.start<Counts>(
        tr("Accuracy with channels off"),
        [spec = m_desk.probe.spec(), off, all, dataset, ofAll, images, keepAll, before = m_allCount](const BackgroundJob::Context& job) -> Result<Counts> {
            Counts counts{{off, 0, images, ofAll}, keepAll ? *before : Count{all, 0, images, ofAll}};
            CONVOLAB_ASSIGN(counts.off.correct, correctOf(spec, *off, *dataset, [&](double share) { return job.progress(share / 2); }));
            if (!keepAll) {
                CONVOLAB_ASSIGN(counts.all.correct, correctOf(spec, *all, *dataset, [&](double share) { return job.progress(0.5 + share / 2); }));
            }
            return counts;
        },
        [this](Counts counts) {
            m_offCount = std::move(counts.off);
            m_allCount = std::move(counts.all);
        });
}

}  // namespace convolab
