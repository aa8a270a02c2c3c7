#include "app/image/prediction_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/image/image_desk.h"
#include "core/data/targets.h"
#include "core/inspect/activations.h"
#include "core/model/nearest_target.h"
#include "widgets/pictures/prediction_bars.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QString coloured(const QString& text, ThemeColor color) {
    return QStringLiteral("<span style='color:%1'>%2</span>").arg(QString::fromStdString(hexText(color)), text.toHtmlEscaped());
}

}  // namespace

PredictionPanel::PredictionPanel(Theme& theme, ImageDesk& desk, QWidget* parent) : QWidget(parent), m_theme(theme), m_desk(desk) {
    setObjectName(QStringLiteral("predictionPanel"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(metrics::kPanelPadding, 6, metrics::kPanelPadding, 8);
    column->setSpacing(2);
    m_title = new QLabel;
    m_title->setObjectName(QStringLiteral("predictionTitle"));
    m_title->setFont(theme.font(FontRole::Body));
    m_title->setTextFormat(Qt::RichText);
    m_title->setFixedHeight(metrics::kSmallButton);
    m_image = new QLabel;
    m_image->setObjectName(QStringLiteral("imageCaption"));
    m_image->setFont(theme.font(FontRole::Caption));
    m_image->setTextFormat(Qt::RichText);
    for (QLabel* label : {m_title, m_image}) label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_noteRow = new QWidget;
    auto* noteRow = new QHBoxLayout(m_noteRow);
    noteRow->setContentsMargins(0, 0, 0, 0);
    m_note = new QLabel;
    m_note->setObjectName(QStringLiteral("weightsNote"));
    m_note->setFont(theme.font(FontRole::Caption));
    m_note->setProperty("role", "warning");
    m_note->setWordWrap(true);
    m_allOn = new QPushButton(tr("All on"));
    m_allOn->setObjectName(QStringLiteral("allChannelsOn"));
    m_allOn->setProperty("role", "link");
    noteRow->addWidget(m_note, 1);
    noteRow->addWidget(m_allOn);
    m_bars = new PredictionBars(theme);
    m_bars->setObjectName(QStringLiteral("predictionBars"));
    column->addWidget(m_title);
    column->addWidget(m_image);
    column->addWidget(m_noteRow);
    column->addWidget(m_bars, 1);
    connect(m_allOn, &QPushButton::clicked, &desk.probe, &ProbeSession::clearChannelsOff);
    connect(&desk.image, &CurrentImage::changed, this, [this] {
        refreshImage();
        refreshAnswer();
    });
    connect(&desk.image, &CurrentImage::datasetChanged, this, &PredictionPanel::refreshAnswer);
    connect(&desk.probe, &ProbeSession::snapshotArrived, this, &PredictionPanel::refreshAnswer);
    connect(&desk.probe, &ProbeSession::weightsChanged, this, &PredictionPanel::refreshNote);
    connect(&desk.probe, &ProbeSession::channelsOffChanged, this, &PredictionPanel::refreshNote);
    connect(&theme, &Theme::changed, this, [this] {
        refreshImage();
        refreshAnswer();
    });
    refreshImage();
    refreshAnswer();
    refreshNote();
}

void PredictionPanel::refreshImage() {
    const CurrentImage& image = m_desk.image;
    const Tokens& colors = m_theme.current();
    QString text = coloured(image.caption(), colors.text2);
    QString plain = image.caption();
    if (const auto label = image.label()) {
        text += coloured(tr(", label "), colors.text3) + coloured(image.className(*label), colors.text1);
        plain += tr(", label %1").arg(image.className(*label));
    }
    if (!image.how().isEmpty()) {
        text += coloured(QStringLiteral(" · ") + image.how(), colors.text3);
        plain += QStringLiteral(" · ") + image.how();
    }
    if (!image.dial().isIdentity()) {
        text += coloured(tr(" · through the dial"), colors.text3);
        plain += tr(" · through the dial");
    }
    m_image->setText(text);
    m_image->setToolTip(plain);
    m_image->setAccessibleName(plain);
    m_bars->setTruth(image.label().value_or(-1));
}

void PredictionPanel::refreshAnswer() {
    const ActivationSnapshotPtr snapshot = m_desk.probe.snapshot();
    const Tokens& colors = m_theme.current();
    const DatasetPtr dataset = m_desk.image.dataset();
    const Targets* targets = dataset ? targetsOf(*dataset) : nullptr;
    if (snapshot && targets != nullptr && !snapshot->logits.empty() && static_cast<int>(snapshot->logits.size()) == outputsOf(*dataset)) {
        return showOutputs(*snapshot, *targets, dataset->classes());
    }
    if (!snapshot || snapshot->probabilities.empty()) {
        m_title->setText(tr("Prediction"));
        const QString problem = m_desk.probe.problem().isEmpty() ? m_desk.image.problem() : m_desk.probe.problem();
        m_bars->setEmptyText(snapshot ? tr("The output of this network is no list of classes.") : problem);
        m_bars->setProbabilities({});
        return;
    }
    QStringList names;
    for (std::size_t i = 0; i < snapshot->probabilities.size(); ++i) {
        names << (m_desk.image.dataset() ? m_desk.image.className(static_cast<int>(i)) : QString::number(i));
    }
    m_bars->setClasses(names);
    m_bars->setProbabilities(snapshot->probabilities);
    const int top = snapshot->predicted;
    const auto label = m_desk.image.label();
    const bool wrong = label && *label != top && !m_desk.probe.isStale();
    const auto share = static_cast<double>(snapshot->probabilities[static_cast<std::size_t>(top)]);
    const QString numbers = tr(" %1,").arg(QString::fromStdString(percentText(share, 1))) + time();
    m_title->setText(coloured(tr("Prediction "), colors.text1) +
                     QStringLiteral("<b>") + coloured(names.value(top), wrong ? colors.error : colors.text1) + QStringLiteral("</b>") +
                     coloured(wrong ? tr(" wrong,") : QString(), colors.error) + coloured(numbers, colors.text3));
    m_title->setAccessibleName(tr("Prediction %1").arg(names.value(top)) + numbers);
}

void PredictionPanel::showOutputs(const ActivationSnapshot& snapshot, const Targets& targets, int classes) {
    const Tokens& colors = m_theme.current();
    const auto label = m_desk.image.label();
    const auto number = [](double value, const Quantity& of) {
        return QString::fromStdString(valueText(value) + (of.unit.empty() ? "" : " " + of.unit));
    };
    QString answer;
    bool wrong = false;
    if (targets.isRegression()) {
        answer = number(static_cast<double>(snapshot.logits.front()), targets.estimated);
        m_bars->setProbabilities({});
        m_bars->setEmptyText(tr("%1 %2 → %3 %4").arg(QString::fromStdString(targets.measured.name), number(static_cast<double>(snapshot.image.data()[0]), targets.measured),
                                                      QString::fromStdString(targets.estimated.name), answer));
    } else {
        const int said = nearestTarget(targets.values, snapshot.logits);
        answer = m_desk.image.className(said);
        wrong = label && *label != said && !m_desk.probe.isStale();
        // One output that tells two classes apart speaks for both; else every output for itself.
        const bool two = snapshot.logits.size() == 1 && classes == 2;
        QStringList names;
        std::vector<float> values = snapshot.logits;
        if (two) {
            names = {m_desk.image.className(0), m_desk.image.className(1)};
            values = {1.0F - snapshot.logits[0], snapshot.logits[0]};
        } else {
            for (std::size_t i = 0; i < values.size(); ++i) names << tr("output %1").arg(i);
            m_bars->setTruth(-1);
        }
        m_bars->setClasses(names);
        m_bars->setProbabilities(std::move(values));
    }
    m_title->setText(coloured(tr("Prediction "), colors.text1) + QStringLiteral("<b>") + coloured(answer, wrong ? colors.error : colors.text1) +
                     QStringLiteral("</b>") + coloured(wrong ? tr(" wrong,") : QString(), colors.error) + coloured(time(), colors.text3));
    m_title->setAccessibleName(tr("Prediction %1").arg(answer) + time());
}

/// Of the forward pass, and where it ran if that was not the processor.
QString PredictionPanel::time() const {
    const QString text = tr(" in %1 ms").arg(QString::fromStdString(valueText(m_desk.probe.milliseconds(), 2)));
    const std::string& device = m_desk.probe.device();
    return device.empty() || device == "cpu" ? text : text + tr(" on %1").arg(QString::fromStdString(device));
}

void PredictionPanel::refreshNote() {
    QStringList notes;
    if (!m_desk.probe.weightsNote().isEmpty()) notes << m_desk.probe.weightsNote();
    const auto off = static_cast<int>(m_desk.probe.channelsOff().size());
    if (off > 0) notes << tr("%n channel(s) switched off", nullptr, off);
    m_note->setText(notes.join(QStringLiteral("; ")));
    m_allOn->setVisible(off > 0);
    m_noteRow->setVisible(!notes.isEmpty());
}

}  // namespace convolab
