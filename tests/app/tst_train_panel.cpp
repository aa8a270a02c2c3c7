// The recipe as a form: every control writes into the document, can be undone, and shows what the network will get; the
// range test in the strip.
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QUndoStack>

#include "app/lab_document.h"
#include "app/lenses/train/augmented_strip.h"
#include "app/lenses/train/rate_range_page.h"
#include "app/lenses/train/rate_range_session.h"
#include "app/lenses/train/training_panel.h"
#include "app/report/regression.h"
#include "app/training_session.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "core/inspect/fitted_line.h"
#include "core/train/optimizer.h"
#include "core/train/preset_recipe.h"
#include "core/train/schedule.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

constexpr int kPatience = 60000;

struct Bench {
    std::shared_ptr<DatasetCache> datasets = std::make_shared<DatasetCache>();
    LabDocument document;
    TrainingSession session{document, datasets};

    ~Bench() { session.settle(); }
};

template <class Widget>
Widget* child(QWidget& parent, const char* name) {
    auto* found = parent.findChild<Widget*>(QLatin1String(name));
    if (found == nullptr) qFatal("no widget %s", name);
    return found;
}

void type(QWidget& parent, const char* name, const QString& text) {
    auto* field = child<QLineEdit>(parent, name);
    field->selectAll();
    QTest::keyClicks(field, text);
}

void choose(QWidget& parent, const char* name, const QString& data) {
    auto* combo = child<QComboBox>(parent, name);
    const int index = combo->findData(data) >= 0 ? combo->findData(data) : combo->findText(data);
    combo->setCurrentIndex(index);
    emit combo->activated(index);
}

}  // namespace

class TrainPanelTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Bench> m_bench;
    std::unique_ptr<TrainingPanel> m_panel;

    const Recipe& recipe() { return m_bench->document.recipe(); }
    void undo() { m_bench->document.network().undoStack().undo(); }
    bool shown(const char* name) { return child<QWidget>(*m_panel, name)->isVisibleTo(m_panel.get()); }

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(1);
        m_theme = std::make_unique<Theme>(ThemeMode::Dark);
        m_theme->applyTo(*qApp);
    }

    void init() {
        m_bench = std::make_unique<Bench>();
        m_panel = std::make_unique<TrainingPanel>(*m_theme, m_bench->document, m_bench->session);
        m_panel->resize(340, 900);
        auto spec = makePreset("lenet-like");
        QVERIFY(spec.ok() && m_bench->document.startNew(std::move(spec).value(), {}).ok());
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->datasets->peek("digits") != nullptr, kPatience);
        m_panel->show();
    }

    void cleanup() {
        m_panel.reset();
        m_bench.reset();
    }

    void everyOptimizerAndScheduleCanBeChosen() {
        for (const Optimizer* optimizer : optimizers()) {
            choose(*m_panel, "optimizerCombo", QString::fromStdString(optimizer->id));
            QCOMPARE(recipe().optimizer.kind, optimizer->id);
            QString formula = child<QLabel>(*m_panel, "optimizerFormula")->text();
            // A line may end between two equations, not within one.
            for (const QString& part : formula.split(QLatin1Char(' '), Qt::SkipEmptyParts))
                QVERIFY2(part.contains(QChar(0x2190)) || part.startsWith(QStringLiteral("then")), qPrintable(part));
            QCOMPARE(formula.replace(QChar(QChar::Nbsp), QLatin1Char(' ')), QString::fromStdString(optimizer->formula));
        }
        for (const Schedule* schedule : schedules()) {
            choose(*m_panel, "scheduleCombo", QString::fromStdString(schedule->id));
            QCOMPARE(recipe().schedule.kind, schedule->id);
        }
        undo();
        QVERIFY(recipe().schedule.kind != "plateau");
    }

    void optionsFollowTheKind() {
        choose(*m_panel, "optimizerCombo", "rmsprop");
        QVERIFY(!shown("option_alpha"));
        QTest::mouseClick(child<QPushButton>(*m_panel, "moreOptimizer"), Qt::LeftButton);
        QVERIFY(shown("option_alpha") && shown("option_centered") && !shown("option_beta1"));
        type(*m_panel, "option_alpha", "0.95");
        QCOMPARE(recipe().optimizer.alpha, 0.95);
        child<QCheckBox>(*m_panel, "option_centered")->click();
        QVERIFY(recipe().optimizer.centered);
        choose(*m_panel, "scheduleCombo", "multi_step");
        QVERIFY(shown("option_milestones") && !shown("option_patience"));
        type(*m_panel, "option_milestones", "3+7.5");
        QCOMPARE(recipe().schedule.milestones, (std::vector<double>{3, 7.5}));
        type(*m_panel, "option_milestones", "7+3");
        QVERIFY(child<QLineEdit>(*m_panel, "option_milestones")->property("invalid").toBool());
        QCOMPARE(recipe().schedule.milestones, (std::vector<double>{7}));  // what was right on the way
    }

    void weightDecaySaysWhatItDoes() {
        auto* formula = child<QLabel>(*m_panel, "decayFormula");
        QVERIFY(formula->text().contains(QStringLiteral("adds λ w")));
        choose(*m_panel, "optimizerCombo", "adamw");
        QVERIFY(formula->text().contains(QStringLiteral("(1 − η λ) w")));
    }

    void regularisationIsFoldedAndNamed() {
        QVERIFY(!shown("l2Field"));
        QTest::mouseClick(child<QPushButton>(*m_panel, "moreRegularisation"), Qt::LeftButton);
        QVERIFY(shown("l2Field"));
        type(*m_panel, "l1Field", "0.0001");
        type(*m_panel, "l2Field", "0.002");
        type(*m_panel, "clipNormField", "1.5");
        type(*m_panel, "clipValueField", "0.5");
        type(*m_panel, "averagingField", "0.999");
        QCOMPARE(recipe().l1, 0.0001);
        QCOMPARE(recipe().l2, 0.002);
        QCOMPARE(recipe().clipNorm, 1.5);
        QCOMPARE(recipe().clipValue, 0.5);
        QCOMPARE(recipe().averaging, 0.999);
        QVERIFY(validateRecipe(recipe()).ok());
        undo();
        QVERIFY(recipe().averaging != 0.999);
    }

    void targetsBelongToTheCrossEntropy() {
        type(*m_panel, "smoothingField", "0.1");
        QCOMPARE(recipe().labelSmoothing, 0.1);
        choose(*m_panel, "classWeightsCombo", "Balanced");
        QVERIFY(recipe().classWeights.balanced);
        choose(*m_panel, "classWeightsCombo", "A list");
        QCOMPARE(recipe().classWeights.values.size(), std::size_t{10});
        QVERIFY(shown("classWeightsField"));
        type(*m_panel, "classWeightsField", "1,2,3");
        QVERIFY(child<QLineEdit>(*m_panel, "classWeightsField")->property("invalid").toBool());
        QCOMPARE(recipe().classWeights.values, std::vector<double>(10, 1.0));
        type(*m_panel, "classWeightsField", "1, 2, 1, 1, 1, 1, 1, 1, 1, 0.5");
        QCOMPARE(recipe().classWeights.values[9], 0.5);
        type(*m_panel, "earlyStoppingField", "4");
        QCOMPARE(recipe().earlyStopping, std::int64_t{4});
        child<QCheckBox>(*m_panel, "keepBestSwitch")->click();
        QVERIFY(!recipe().keepBest);
        QVERIFY(validateRecipe(recipe()).ok());
    }

    void everyLossCanBeChosen() {
        for (const auto& [name, loss] : {std::pair{"Mean squared error", LossKind::MeanSquaredError}, std::pair{"Cross-entropy", LossKind::CrossEntropy}}) {
            choose(*m_panel, "lossField", name);
            QCOMPARE(recipe().loss, loss);
            QCOMPARE(child<QComboBox>(*m_panel, "lossField")->currentText(), QString::fromLatin1(name));
            QCOMPARE(shown("smoothingField"), loss == LossKind::CrossEntropy);
        }
    }

    void regressionsSayWhatTheyMeasure() {
        const std::optional<Recipe> own = recipeOfPreset("linear-regression");
        QVERIFY(own && m_bench->document.startNew(makePreset("linear-regression").value(), *own).ok());
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->datasets->peek("houses") != nullptr, kPatience);
        QTRY_COMPARE(child<QLabel>(*m_panel, "datasetNote")->text(), QStringLiteral("size, ft² → price, k$"));
        QCOMPARE(child<QComboBox>(*m_panel, "lossField")->currentText(), QStringLiteral("Mean squared error"));
        QCOMPARE(child<QCheckBox>(*m_panel, "keepBestSwitch")->text(), QStringLiteral("by validation loss"));
    }

    // Start, done: the line that the plot draws is the closed form, and no run claims an accuracy.
    void trainsALineInTheWindow() {
        const std::optional<Recipe> own = recipeOfPreset("linear-regression");
        QVERIFY(own && m_bench->document.startNew(makePreset("linear-regression").value(), *own).ok());
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->datasets->peek("houses") != nullptr, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->session.canPlay(), kPatience);  // the canvas has heard of the data as well
        m_bench->session.play();
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->session.status().state == TrainerState::Done, kPatience);
        QTRY_VERIFY(m_bench->session.bestWeights() && m_bench->session.bestWeights()->step == 100);
        const auto line = fittedLine(m_bench->document.network().spec(), *m_bench->session.bestWeights());
        QVERIFY(line.has_value());
        const PlotDescription plot = fitPlot(*m_bench->datasets->peek("houses"), line);
        QCOMPARE(plot.series.size(), std::size_t{2});
        QCOMPARE(plot.series[0].x, (std::vector<double>{852, 1416, 1534, 2104}));
        QCOMPARE(plot.series[0].y, (std::vector<double>{178, 232, 315, 460}));
        QCOMPARE(plot.series[1].name, std::string("price = −42.783 + 0.22962 · size"));
        QVERIFY(std::abs(plot.series[1].y.back() - (-42.783 + 0.22962 * plot.series[1].x.back())) < 0.05);
        const auto runs = m_bench->document.file()->readRuns();
        QVERIFY(runs.ok() && !runs->empty());
        QTRY_COMPARE(m_bench->document.file()->readRuns()->back().bestAccuracy, -1.0);
    }

    void augmentationsAreSwitchedAndShown() {
        auto* strip = child<AugmentedStrip>(*m_panel, "augmentedStrip");
        QVERIFY(!strip->isVisibleTo(m_panel.get()));
        QVERIFY(!shown("augment_rotate_degrees"));
        child<QCheckBox>(*m_panel, "augment_rotate")->setChecked(true);
        QVERIFY(shown("augment_rotate_degrees"));
        QCOMPARE(recipe().augmentations.size(), std::size_t{1});
        type(*m_panel, "augment_rotate_degrees", "30");
        QVERIFY(recipe().augmentations[0] == *parseAugmentation("rotate:degrees=30"));
        QTRY_VERIFY(strip->isVisibleTo(m_panel.get()));
        QCOMPARE(strip->augmented().size(), std::size_t{8});
        QVERIFY(strip->augmented()[0].size() == strip->originals()[0].size() && strip->augmented() != strip->originals());
        const auto before = strip->augmented();
        QTest::mouseClick(child<QPushButton>(*m_panel, "drawAgainButton"), Qt::LeftButton);
        QVERIFY(strip->augmented() != before);
        // Geometry stands before colour, whatever was switched on first.
        QVERIFY(!shown("augment_noise"));
        QTest::mouseClick(child<QPushButton>(*m_panel, "moreAugmentation"), Qt::LeftButton);
        child<QCheckBox>(*m_panel, "augment_noise")->setChecked(true);
        child<QCheckBox>(*m_panel, "augment_shift")->setChecked(true);
        QCOMPARE(recipe().augmentations.size(), std::size_t{3});
        QCOMPARE(recipe().augmentations[0].kind, std::string("shift"));
        QCOMPARE(recipe().augmentations[2].kind, std::string("noise"));
        child<QCheckBox>(*m_panel, "augment_rotate")->setChecked(false);
        QCOMPARE(recipe().augmentations.size(), std::size_t{2});
        undo();
        for (const char* kind : {"rotate", "noise", "shift"}) {
            const bool on = std::ranges::any_of(recipe().augmentations, [kind](const AugmentationSpec& spec) { return spec.kind == kind; });
            QCOMPARE(child<QCheckBox>(*m_panel, (std::string("augment_") + kind).c_str())->isChecked(), on);
        }
        // A range that is none is said and not taken over.
        child<QCheckBox>(*m_panel, "augment_scale")->setChecked(true);
        type(*m_panel, "augment_scale_from", "1.9");
        QVERIFY(child<QLabel>(*m_panel, "augmentationProblem")->text().contains(QStringLiteral("smaller size first")));
        QVERIFY(validateRecipe(recipe()).ok());
    }

    void liveFieldsDoNotWaitForARestart() {
        m_bench->session.play();
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->session.history().steps.size() > 3, kPatience);
        child<QCheckBox>(*m_panel, "augment_shift")->setChecked(true);
        type(*m_panel, "clipNormField", "2");
        QVERIFY(!m_bench->session.recipeWaitsForRestart());
        type(*m_panel, "averagingField", "0.9");
        QVERIFY(m_bench->session.recipeWaitsForRestart());
        const std::size_t steps = m_bench->session.history().steps.size();
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->session.history().steps.size() > steps + 3, kPatience);
        m_bench->session.pause();
    }

    void rangeTestTakesARateOver() {
        RateRangeSession session(m_bench->document, m_bench->session);
        RateRangePage page(*m_theme, m_bench->document, session);
        page.resize(900, 300);
        page.show();
        type(page, "rangeLowest", "1e-5");
        type(page, "rangeSteps", "5");
        QTest::mouseClick(child<QPushButton>(page, "runRangeTest"), Qt::LeftButton);
        QVERIFY(child<QLabel>(page, "rangeSaid")->text().contains(QStringLiteral("from 10 to")));
        type(page, "rangeSteps", "40");
        const Recipe before = recipe();
        QTest::mouseClick(child<QPushButton>(page, "runRangeTest"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        QVERIFY(recipe() == before);  // a copy was trained
        QVERIFY(!m_bench->session.hasRun());
        QVERIFY(session.range().suggested.has_value());
        const auto* curve = static_cast<CurvesInstrument*>(child<InstrumentView>(page, "rateRangePlot")->instrument());
        QVERIFY(curve->largePlots().at(0).series.at(0).x.size() > 10);
        QVERIFY(curve->largePlots().at(0).xAxis.scale == PlotScale::Log);
        QTest::mouseClick(child<QPushButton>(page, "takeRate"), Qt::LeftButton);
        QCOMPARE(recipe().rate, *session.range().suggested);
        undo();
        QCOMPARE(recipe().rate, before.rate);
        // A click into the curve takes that rate.
        auto* view = child<InstrumentView>(page, "rateRangePlot");
        QTRY_VERIFY(view->width() > 400);
        QTest::mouseClick(view, Qt::LeftButton, {}, QPoint(view->width() / 2, view->height() / 2));
        QTRY_VERIFY(recipe().rate != before.rate);
        QVERIFY(recipe().rate > 1e-5 && recipe().rate < 1.0);
    }

    void rangeTestCanBeCancelled() {
        RateRangeSession session(m_bench->document, m_bench->session);
        session.run({.lowest = 1e-6, .highest = 1.0, .steps = 20000});
        QTRY_VERIFY_WITH_TIMEOUT(session.range().points.size() > 3, kPatience);
        session.job().cancel();
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Cancelled, kPatience);
        QVERIFY(session.range().points.size() > 3);  // what there is stays
    }
};

QTEST_MAIN(TrainPanelTest)
#include "tst_train_panel.moc"
