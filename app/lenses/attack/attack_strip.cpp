#include "app/lenses/attack/attack_strip.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>
#include <cctype>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/image/image_popover.h"
#include "app/lenses/attack/attack_files.h"
#include "app/lenses/attack/attack_presenters.h"
#include "app/lenses/attack/attack_session.h"
#include "app/lenses/train/form_fields.h"
#include "core/util/text.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kHardest = 20;
constexpr double kFactor = 8;

QString text(const std::string& value) { return QString::fromStdString(value); }

QFrame* upright() {
    auto* line = new QFrame;
    line->setProperty("role", "verticalSeparator");
    line->setFixedWidth(1);
    return line;
}

template <class Made>
Made* addInstrument(InstrumentView& view) {
    auto owned = std::make_unique<Made>();
    Made* made = owned.get();
    view.setInstrument(std::move(owned));
    return made;
}

}  // namespace

AttackStrip::AttackStrip(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, AttackSession& attack,
                         RobustnessSession& robustness, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_document(document), m_session(session), m_desk(desk), m_attack(attack), m_robustness(robustness) {
    setObjectName(QStringLiteral("attackStrip"));
    setProperty("role", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(buildPictures(theme), 5);
    row->addWidget(upright());
    m_logitView = new InstrumentView(theme);
    m_logitView->setObjectName(QStringLiteral("attackLogits"));
    m_logitView->setAccessibleName(tr("Logits"));
    m_logitView->setMinimumWidth(130);
    m_logits = addInstrument<LogitBarsInstrument>(*m_logitView);
    row->addWidget(m_logitView, 2);
    row->addWidget(upright());
    row->addWidget(buildPlot(theme), 3);

    connect(&m_attack, &AttackSession::pictureChanged, this, &AttackStrip::refreshPicture);
    connect(&m_attack, &AttackSession::specChanged, this, &AttackStrip::refreshPlot);
    connect(&m_desk.image, &CurrentImage::changed, this, &AttackStrip::refreshPicture);
    connect(&m_desk.probe, &ProbeSession::weightsChanged, this, &AttackStrip::refreshPlot);
    connect(&m_robustness, &RobustnessSession::changed, this, &AttackStrip::refreshPlot);
    refreshPicture();
    refreshPlot();
}

AttackStrip::~AttackStrip() = default;

QWidget* AttackStrip::buildPictures(Theme& theme) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 4);
    column->setSpacing(0);
    m_pictureView = new InstrumentView(theme);
    m_pictureView->setObjectName(QStringLiteral("attackPictures"));
    m_pictureView->setAccessibleName(tr("Clean image, perturbation and adversarial image"));
    m_pictures = addInstrument<PerturbationInstrument>(*m_pictureView);
    m_pictures->setFactor(kFactor);
    column->addWidget(m_pictureView, 1);

    auto* controls = new QHBoxLayout;
    controls->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    controls->setSpacing(6);
    auto* label = new QLabel(tr("Show r ×"));
    label->setProperty("role", "caption");
    m_factor = new ValueField(tr("Show r ×"), 1, 64, ValueField::Scale::Logarithmic, true);
    m_factor->setMinimumWidth(116);  // the slider has a way to go in a small window, too
    m_factor->setMaximumWidth(180);
    m_factor->field()->setObjectName(QStringLiteral("factorField"));
    m_factor->field()->setFixedWidth(44);
    m_factor->setValue(kFactor);
    connect(m_factor, &ValueField::valueEdited, this, [this](double factor) {
        m_pictures->setFactor(factor);
        m_pictureView->requestRepaint();
    });
    const auto button = [](const char* name, const QString& title) {
        auto* made = new QPushButton(title);
        made->setObjectName(QLatin1String(name));
        made->setProperty("role", "small");
        return made;
    };
    m_image = button("chooseImageButton", tr("Image …"));
    m_image->setToolTip(tr("Choose, draw, open or photograph the image"));
    m_next = button("nextImageButton", tr("Next"));
    m_next->setToolTip(tr("The next image of the split"));
    m_hardest = button("hardestButton", tr("Hardest"));
    m_save = button("saveAttackButton", tr("Save"));
    connect(m_image, &QPushButton::clicked, this, &AttackStrip::chooseImage);
    connect(m_next, &QPushButton::clicked, this, &AttackStrip::nextImage);
    auto* hardest = new QMenu(m_hardest);
    connect(hardest, &QMenu::aboutToShow, this, &AttackStrip::fillHardest);
    m_hardest->setMenu(hardest);
    auto* save = new QMenu(m_save);
    save->addAction(tr("Pictures (PNG) …"), this, [this] { this->save(false); })->setObjectName(QStringLiteral("savePng"));
    save->addAction(tr("Numbers (NPY) …"), this, [this] { this->save(true); })->setObjectName(QStringLiteral("saveNpy"));
    m_save->setMenu(save);
    controls->addWidget(label);
    controls->addWidget(m_factor, 1);
    controls->addStretch(1);
    for (QPushButton* each : {m_image, m_next, m_hardest, m_save}) controls->addWidget(each);
    column->addLayout(controls);
    return box;
}

QWidget* AttackStrip::buildPlot(Theme& theme) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 4);
    column->setSpacing(0);
    m_plotView = new InstrumentView(theme);
    m_plotView->setObjectName(QStringLiteral("attackPlot"));
    m_plotView->setAccessibleName(tr("Accuracy against ε"));
    m_plot = addInstrument<CurvesInstrument>(*m_plotView);
    m_plot->setNowDragged([this](double epsilon) {
        AttackSpec spec = m_attack.spec();
        spec.epsilon = std::round(epsilon * 1000) / 1000;
        m_attack.setSpec(spec);
    });
    column->addWidget(m_plotView, 1);
    m_which = new SegmentedControl({tr("over ε"), tr("defence")});
    m_which->setObjectName(QStringLiteral("plotControl"));
    m_which->setAccessibleName(tr("Plot"));
    m_which->setCurrentIndex(0);
    m_which->setVisible(false);
    connect(m_which, &SegmentedControl::chosen, this, &AttackStrip::refreshPlot);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    row->addWidget(m_which);
    row->addStretch(1);
    column->addLayout(row);
    return box;
}

void AttackStrip::refresh() {
    refreshPicture();
    refreshPlot();
}

void AttackStrip::setDefence(std::optional<PlotDescription> plot, WeightSetPtr weights) {
    m_defence = std::move(plot);
    m_defendedWeights = std::move(weights);
    refreshPlot();
}

void AttackStrip::showDefence() {
    m_which->setCurrentIndex(1);
    refreshPlot();
}

void AttackStrip::showCurves() {
    m_which->setCurrentIndex(0);
    refreshPlot();
}

void AttackStrip::refreshPicture() {
    const CurrentImage& image = m_desk.image;
    ImageWords words;
    words.title = image.caption().toStdString();
    if (!words.title.empty()) words.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words.title[0])));
    words.className = [&image](int label) { return image.className(label).toStdString(); };
    words.picture = image.pictureShape();
    words.waits = m_attack.pictureWaits();
    words.problem = m_attack.problem().toStdString();
    const AttackPicturePtr picture = m_attack.picture();
    m_pictures->setPicture(perturbationPicture(picture.get(), words));
    m_logits->setPicture(logitPicture(picture.get(), words));
    // At the speed of a hand, not of data.
    m_pictureView->requestRepaint();
    m_logitView->requestRepaint();
    const bool fromData = image.dataset() != nullptr;
    m_next->setEnabled(fromData);
    m_hardest->setEnabled(fromData && !m_robustness.hardest(1).empty());
    m_save->setEnabled(picture != nullptr);
}

void AttackStrip::refreshPlot() {
    m_which->setVisible(m_defence.has_value());
    if (m_defence && m_which->currentIndex() == 1) {
        m_plot->setPlots({*m_defence});
    } else {
        CurveWords words;
        words.epsilon = m_attack.spec().epsilon;
        words.largest = m_attack.largestEpsilon();
        words.norm = m_attack.spec().norm;
        words.current = m_desk.probe.weights();
        words.defended = m_defendedWeights;
        words.images = m_robustness.images();
        words.split = m_robustness.sample().split;
        m_plot->setPlots({accuracyPlot(m_robustness.curves(), words)});
    }
    m_plotView->requestRepaint();
    m_hardest->setEnabled(m_desk.image.dataset() != nullptr && !m_robustness.hardest(1).empty());
    m_hardest->setToolTip(m_hardest->isEnabled() ? tr("The images that fell to the smallest perturbations") : tr("Measure a curve first"));
}

void AttackStrip::chooseImage() {
    if (!m_chooser) m_chooser = std::make_unique<ImagePopover>(m_theme, m_document, m_session, m_desk, this);
    m_chooser->showAbove(this);  // the pictures below stay in sight
}

void AttackStrip::nextImage() {
    const CurrentImage& image = m_desk.image;
    const std::int64_t count = image.dataset()->size(image.split());
    const std::int64_t next = image.label() ? image.index() + 1 : image.index();  // back from a drawing: the one before it
    m_desk.image.showDatasetImage(image.split(), next < count ? next : 0);
}

void AttackStrip::fillHardest() {
    QMenu* menu = m_hardest->menu();
    menu->clear();
    const Split split = m_robustness.sample().split;
    for (const RobustnessSession::HardImage& image : m_robustness.hardest(kHardest)) {
        const QString words = tr("%1 image %2: ε %3, ‖r‖₂ %4")
                                  .arg(QLatin1String(splitName(split)), text(countText(image.index)), text(formatNumber(image.epsilon, 3)),
                                       text(fixedText(image.l2, 2)));
        menu->addAction(words, this, [this, split, index = image.index] { m_desk.image.showDatasetImage(split, index); });
    }
}

QString AttackStrip::saveStem() const {
    QString stem = m_desk.image.caption().section(QLatin1Char('.'), 0, 0);
    for (QChar& letter : stem) {
        if (!letter.isLetterOrNumber()) letter = QLatin1Char('-');
    }
    return stem.isEmpty() ? QStringLiteral("image") : stem;
}

void AttackStrip::save(bool numbers) {
    const AttackPicturePtr picture = m_attack.picture();
    if (!picture) return;
    const QString folder = QFileDialog::getExistingDirectory(window(), tr("A folder for clean, r and adversarial"));
    if (folder.isEmpty()) return;
    const auto saved = numbers ? saveAttackNumbers(*picture, folder, saveStem())
                               : saveAttackPictures(*picture, m_desk.image.pictureShape(), m_factor->value(), folder, saveStem());
    if (saved.ok()) {
        emit message(tr("Saved %1").arg(saved->join(QStringLiteral(", "))), false);
    } else {
        emit message(text(saved.error().sentence()), true);
    }
}

}  // namespace convolab
