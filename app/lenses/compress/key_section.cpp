#include "app/lenses/compress/key_section.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include "app/image/job_row.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QString text(const std::string& value) { return QString::fromStdString(value); }

QString factorText(double factor, const QString& word) { return KeySection::tr("%1× %2").arg(text(fixedText(factor, factor < 100 ? 1 : 0)), word); }

}  // namespace

KeySection::KeySection(Theme& theme, CompressSession& session, QWidget* parent) : QWidget(parent), m_theme(theme), m_session(session) {
    setObjectName(QStringLiteral("compressKeys"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(metrics::kPanelPadding, 10, metrics::kPanelPadding, 10);
    column->setSpacing(2);
    m_problem = new QLabel;
    m_problem->setObjectName(QStringLiteral("compressProblem"));
    m_problem->setWordWrap(true);
    m_problem->setProperty("role", "caption");
    m_train = new QPushButton(tr("Train it"));
    m_train->setObjectName(QStringLiteral("compressTrainButton"));
    m_train->setProperty("role", "primary");
    connect(m_train, &QPushButton::clicked, this, &KeySection::trainRequested);
    column->addWidget(m_problem);
    column->addWidget(m_train, 0, Qt::AlignLeft);

    m_filled = new QWidget;
    auto* filled = new QVBoxLayout(m_filled);
    filled->setContentsMargins(0, 0, 0, 0);
    filled->setSpacing(2);
    m_numbers = new QHBoxLayout;
    m_numbers->setSpacing(8);
    m_size = addNumber("compressSize", tr("size"));
    m_accuracy = addNumber("compressAccuracy", tr("accuracy"));
    m_macs = addNumber("compressMacs", tr("non-zero MACs"));
    m_macs.name->setToolTip(tr("Multiplications whose weight is kept. All of them are executed until the network is made dense."));
    filled->addLayout(m_numbers);
    const auto caption = [this](const char* objectName) {
        auto* label = new QLabel;
        label->setObjectName(QLatin1String(objectName));
        label->setProperty("role", "muted");
        label->setFont(m_theme.font(FontRole::Caption));
        label->setWordWrap(true);
        return label;
    };
    m_sample = caption("compressSample");
    m_arithmetic = caption("compressArithmetic");
    filled->addSpacing(4);
    filled->addWidget(m_sample);
    filled->addWidget(m_arithmetic);
    auto* row = new QHBoxLayout;
    m_look = new QPushButton;
    m_look->setObjectName(QStringLiteral("lookAtTestButton"));
    m_look->setProperty("role", "link");
    m_look->setToolTip(tr("Plans are chosen on validation images. Every look at the test set makes it a little less of a test."));
    connect(m_look, &QPushButton::clicked, &m_session, &CompressSession::lookAtTest);
    m_test = caption("compressTest");
    row->addWidget(m_test);
    row->addWidget(m_look);
    row->addStretch(1);
    filled->addLayout(row);
    filled->addWidget(new JobRow(m_theme, m_session.testJob()));
    column->addWidget(m_filled);

    connect(&m_session, &CompressSession::laidChanged, this, &KeySection::refresh);
    connect(&m_session, &CompressSession::accuracyChanged, this, &KeySection::refreshAccuracy);
    refresh();
}

KeySection::Number KeySection::addNumber(const char* objectName, const QString& name) {
    Number number;
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    number.name = new QLabel(name);
    number.name->setProperty("role", "muted");
    number.name->setFont(m_theme.font(FontRole::Caption));
    number.value = new QLabel(QStringLiteral("–"));
    number.value->setObjectName(QLatin1String(objectName));
    number.value->setFont(m_theme.font(FontRole::KeyNumber));
    number.note = new QLabel(QStringLiteral(" "));
    number.note->setObjectName(QLatin1String(objectName) + QStringLiteral("Note"));
    number.note->setProperty("role", "caption");
    number.note->setFont(m_theme.font(FontRole::Caption));
    for (QLabel* label : {number.name, number.value, number.note}) column->addWidget(label);
    m_numbers->addLayout(column, 1);
    return number;
}

void KeySection::setRole(QLabel* label, const char* role) {
    if (label->property("role").toString() == QLatin1String(role)) return;
    label->setProperty("role", role);
    label->style()->unpolish(label);
    label->style()->polish(label);
}

void KeySection::refresh() {
    const QString problem = m_session.problem();
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    m_train->setVisible(!problem.isEmpty() && m_session.untrained());
    m_filled->setVisible(problem.isEmpty());
    const LaidPlanPtr laid = m_session.laid();
    if (!laid) {
        m_size.value->setText(QStringLiteral("–"));
        m_macs.value->setText(QStringLiteral("–"));
        return refreshAccuracy();
    }
    const PlanFigures& figures = laid->figures;
    m_size.value->setText(text(bytesText(static_cast<double>(figures.bytes))));
    m_size.note->setText(figures.bytes < figures.denseBytes ? factorText(figures.ratio(), tr("smaller"))
                                                            : tr("as float32"));
    const QString packed = laid->plan.quantizes() ? tr(": grids count as packed integers of their bits, with a scale each") : QString();
    m_size.value->setToolTip(tr("%1 bytes of %2 as float32, biases, indices and codebooks included")
                                 .arg(text(countText(figures.bytes)), text(countText(figures.denseBytes))) + packed);
    const bool all = figures.nonZeroMacs >= figures.macs;
    m_macs.value->setText(text(compactText(static_cast<double>(figures.nonZeroMacs), 3)));
    m_macs.note->setText(all ? tr("all executed")
                             : factorText(static_cast<double>(figures.macs) / static_cast<double>(std::max<std::int64_t>(1, figures.nonZeroMacs)), tr("fewer")));
    m_macs.value->setToolTip(tr("%1 of %2 per image; all %2 are executed until the network is made dense")
                                 .arg(text(countText(figures.nonZeroMacs)), text(countText(figures.macs))));
    refreshAccuracy();
}

void KeySection::refreshAccuracy() {
    const auto& accuracy = m_session.accuracy();
    const auto& original = m_session.original();
    const QString arithmetic = accuracy && m_session.laid() ? text(arithmeticText(m_session.laid()->plan, *accuracy)) : QString();
    m_arithmetic->setText(arithmetic);
    m_arithmetic->setVisible(!arithmetic.isEmpty());
    if (!accuracy) {
        const QString missing = m_session.accuracyProblem();
        m_accuracy.value->setText(m_session.laid() && missing.isEmpty() ? QStringLiteral("…") : QStringLiteral("–"));
        setRole(m_accuracy.value, "muted");
        m_accuracy.note->setText(missing.isEmpty() ? QStringLiteral(" ") : tr("not measured"));
        m_sample->setText(missing.isEmpty() ? QStringLiteral(" ") : missing);
        return refreshTest();
    }
    // A number of a part of the images, or of a plan before, is grey until the true one is there.
    const bool waits = m_session.accuracyWaits();
    m_accuracy.value->setText(text(fixedText(100.0 * accuracy->share(), 2)) + (waits ? tr(" % …") : tr(" %")));
    setRole(m_accuracy.value, waits ? "muted" : "");
    if (original && original->images == accuracy->images) {
        const double lost = original->share() - accuracy->share();
        m_accuracy.note->setText(text(pointsText(accuracy->share(), original->share())));
        setRole(m_accuracy.note, waits ? "muted" : lost > 0.00005 ? "warning" : lost < -0.00005 ? "ok" : "caption");
        m_accuracy.note->setToolTip(tr("points against %1 % of the uncompressed network on the same images").arg(text(fixedText(100.0 * original->share(), 2))));
    } else {
        m_accuracy.note->setText(QStringLiteral(" "));
    }
    m_sample->setText(text(sampleText(*accuracy)));
    refreshTest();
}

void KeySection::refreshTest() {
    const auto& test = m_session.test();
    const int looks = m_session.testLooks();
    const QString counted = looks == 1 ? tr("1 look") : tr("%1 looks").arg(looks);
    m_test->setVisible(test.has_value());
    if (test) m_test->setText(tr("test: %1 % %2 · %3").arg(text(fixedText(100.0 * test->share(), 2)), text(sampleText(*test)).section(QStringLiteral(" · "), 0, 0), counted));
    m_look->setVisible(!test);
    m_look->setText(looks == 0 ? tr("Look at the test accuracy") : tr("Look at the test accuracy (%1 so far)").arg(counted));
    m_look->setEnabled(m_session.laid() && !m_session.laidWaits());
}

}  // namespace convolab
