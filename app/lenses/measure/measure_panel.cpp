#include "app/lenses/measure/measure_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/job_row.h"
#include "app/lenses/measure/laser_view.h"
#include "app/lenses/measure/measure_presenters.h"
#include "app/lenses/measure/measure_session.h"
#include "core/attack/attack_text.h"
#include "widgets/canvas/canvas_selection.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatches[] = {1, 8, 64, 256};
constexpr int kRooflineHeight = 250;
constexpr const char* kAttacks[] = {"pgd:eps=0.1,steps=20", "pgd:eps=0.3,steps=40", "pgd:eps=8/255,steps=20", "fgsm:eps=0.1", ""};

QString attackWords(const char* text) {
    if (*text == '\0') return MeasurePanel::tr("none");
    const auto attack = parseAttack(text);
    const AttackMethod* method = findAttackMethod(attack->method);
    return MeasurePanel::tr("%1%2, ε %3").arg(QString::fromStdString(method->label), method->iterative ? QStringLiteral(" %1").arg(attack->steps) : QString(),
                                              QString::fromStdString(epsilonText(attack->epsilon)));
}

}  // namespace

MeasurePanel::MeasurePanel(Theme& theme, MeasureSession& session, CanvasSelection& selection, QWidget* parent)
    : LensPanel(theme, QStringLiteral("measurePanel"), tr("Measure"), parent), m_session(session), m_selection(selection) {
    m_measure = new QPushButton(tr("Measure"));
    m_measure->setObjectName(QStringLiteral("measureNowButton"));
    m_measure->setProperty("role", "small");
    addToHeader(m_measure);
    connect(m_measure, &QPushButton::clicked, this, [this] { m_session.measure(m_session.card() != nullptr); });
    buildCard();
    buildRoofline();
    buildEnergy();
    buildMethod();
    connect(&m_session, &MeasureSession::changed, this, &MeasurePanel::refresh);
    connect(&m_session, &MeasureSession::displayChanged, this, &MeasurePanel::refresh);
    connect(&m_session.job(), &BackgroundJob::changed, this, &MeasurePanel::refresh);
    connect(&m_selection, &CanvasSelection::changed, this, &MeasurePanel::refreshRoofline);
    refresh();
}

void MeasurePanel::buildCard() {
    auto* section = new PanelSection(m_theme, tr("LASER"));
    m_names = section->note();
    auto* job = new JobRow(m_theme, m_session.job());
    job->setObjectName(QStringLiteral("measureJob"));
    section->add(job);
    m_laser = new LaserView(m_theme);
    section->add(m_laser);
    m_note = new QLabel;
    m_note->setObjectName(QStringLiteral("measureNote"));
    m_note->setProperty("role", "muted");
    m_note->setFont(m_theme.font(FontRole::Caption));
    m_note->setWordWrap(true);
    section->add(m_note);
    addSection(section);
}

void MeasurePanel::buildRoofline() {
    auto* section = new PanelSection(m_theme, tr("Roofline"));
    // Native child windows do not scroll well.
    m_rooflineView = new InstrumentView(m_theme, nullptr, Renderer::Raster);
    m_rooflineView->setObjectName(QStringLiteral("rooflinePlot"));
    m_rooflineView->setAccessibleName(tr("Roofline of this computer"));
    m_rooflineView->setFixedHeight(kRooflineHeight);
    auto owned = std::make_unique<RooflineInstrument>();
    m_roofline = owned.get();
    m_roofline->setChosen([this](int key) { m_selection.only(NodeId{key}); });
    m_rooflineView->setInstrument(std::move(owned));
    section->add(m_rooflineView);
    m_machine = new QLabel;
    m_machine->setObjectName(QStringLiteral("machineNote"));
    m_machine->setProperty("role", "muted");
    m_machine->setFont(m_theme.font(FontRole::Caption));
    m_machine->setWordWrap(true);
    section->add(m_machine);
    addSection(section);
}

void MeasurePanel::buildEnergy() {
    auto* section = new PanelSection(m_theme, tr("Shown at"));
    m_batch = new SegmentedControl({QStringLiteral("1"), QStringLiteral("8"), QStringLiteral("64"), QStringLiteral("256")});
    m_batch->setObjectName(QStringLiteral("energyBatch"));
    m_batch->setAccessibleName(tr("Batch"));
    m_batch->setCurrentIndex(0);
    section->addRow(tr("Batch"), m_batch);
    m_home = new QComboBox;
    m_home->setObjectName(QStringLiteral("weightHome"));
    for (const WeightHome home : weightHomes()) m_home->addItem(tr(weightHomeLabel(home)));
    m_home->setToolTip(tr("The modelled energy reads each weight from there, once per batch: 640 pJ from DRAM, 50, 10 or 5 pJ from SRAM of "
                          "1 MB, 32 KB or 8 KB. \"Where they fit\" takes the smallest that holds them all."));
    section->addRow(tr("Weights live in"), m_home);
    m_wording = new QLabel(tr("Energy: %1").arg(QLatin1String(kModelledWording)));
    m_measured = new QLabel;
    for (QLabel* label : {m_wording, m_measured}) {
        label->setProperty("role", "muted");
        label->setFont(m_theme.font(FontRole::Caption));
        label->setWordWrap(true);
        section->add(label);
    }
    m_wording->setObjectName(QStringLiteral("energyWording"));
    m_measured->setObjectName(QStringLiteral("energyMeasured"));
    addSection(section);
    connect(m_batch, &SegmentedControl::chosen, this, &MeasurePanel::applyEnergy);
    connect(m_home, &QComboBox::activated, this, &MeasurePanel::applyEnergy);
}

void MeasurePanel::buildMethod() {
    auto* section = new PanelSection(m_theme, tr("Next measurement"));
    m_split = new SegmentedControl({tr("validation"), tr("test")});
    m_split->setObjectName(QStringLiteral("measureSplit"));
    m_split->setAccessibleName(tr("Split"));
    m_split->setCurrentIndex(1);
    section->addRow(tr("Accuracy on"), m_split);
    m_attack = new QComboBox;
    m_attack->setObjectName(QStringLiteral("measureAttack"));
    for (const char* attack : kAttacks) m_attack->addItem(attackWords(attack));
    m_attack->setToolTip(tr("For the robustness: on a seeded sample of the split, balanced by class"));
    section->addRow(tr("Attack"), m_attack);
    addSection(section);
    connect(m_split, &SegmentedControl::chosen, this, &MeasurePanel::applyMethod);
    connect(m_attack, &QComboBox::activated, this, &MeasurePanel::applyMethod);
}

void MeasurePanel::applyEnergy() {
    m_session.setEnergy({weightHomes()[static_cast<std::size_t>(m_home->currentIndex())], kBatches[m_batch->currentIndex()]});
}

void MeasurePanel::applyMethod() {
    MeasureSession::Settings settings = m_session.settings();
    settings.split = m_split->currentIndex() == 0 ? Split::Validation : Split::Test;
    const char* attack = kAttacks[m_attack->currentIndex()];
    settings.attack.reset();
    if (*attack != '\0') settings.attack = *parseAttack(attack);
    m_session.setSettings(settings);
}

void MeasurePanel::refresh() {
    const auto& networks = m_session.networks();
    const bool known = m_session.card() != nullptr;
    QString reason;
    const bool able = m_session.canMeasure(&reason);
    m_measure->setEnabled(able && !m_session.job().isRunning());
    m_measure->setText(known ? tr("Measure again") : tr("Measure"));
    m_measure->setToolTip(!able ? tr("Cannot measure: %1").arg(reason) : known ? tr("All numbers anew, this computer's peak, too") : tr("Latency, accuracy, size, energy and robustness"));
    m_laser->setRows(known ? laserRows(networks, m_session.measuredBatch()) : std::vector<LaserRow>{}, m_session.isStale());
    m_laser->setVisible(known);
    QStringList names;
    for (const MeasuredNetwork& network : networks) names << network.name;
    m_names->setText(networks.size() > 1 ? names.join(QStringLiteral(" · ")) : QString());
    QStringList notes;
    if (!able) notes << tr("Cannot measure: %1").arg(reason);
    else if (!known) notes << tr("Nothing is measured yet.");
    else if (m_session.isStale()) notes << tr("The network has changed since: measure again.");
    else if (m_session.weightsMoved()) notes << tr("Trained on since: accuracy and robustness are of the weights before.");
    if (able && !m_session.hint().isEmpty()) notes << m_session.hint() + QLatin1Char('.');
    m_note->setText(notes.join(QLatin1Char(' ')));
    m_note->setVisible(!notes.isEmpty());
    const auto& peak = m_session.peak();
    m_machine->setText(peak ? tr("%1, %2, measured: %3 from memory (solid), %4 from caches (dashed)")
                                   .arg(QString::fromStdString(peak->processor), peak->threads == 1 ? tr("1 thread") : tr("%1 threads").arg(peak->threads),
                                        QString::fromStdString(siText(peak->memoryBytes, "B/s")), QString::fromStdString(siText(peak->cacheBytes, "B/s")))
                            : QString());
    m_machine->setVisible(peak.has_value());
    if (const auto card = m_session.card()) {
        m_measured->setText(card->measuredEnergy ? tr("Measured (RAPL, whole package, idle subtracted): %1 an image")
                                                       .arg(QString::fromStdString(siText(card->measuredEnergy->joulesPerImage, "J")))
                                                 : tr("Measured: not readable"));
        m_measured->setToolTip(QString::fromStdString(card->measuredEnergyNote));
    }
    m_measured->setVisible(known);
    refreshRoofline();
}

void MeasurePanel::refreshRoofline() {
    const auto card = m_session.card();
    m_roofline->setPicture(rooflinePicture(m_session.isStale() ? nullptr : card.get(), m_session.peak(), m_selection.nodes(),
                                           card ? tr("Measure again") : tr("Not measured yet")));
    m_rooflineView->requestRepaint();
}

}  // namespace convolab
