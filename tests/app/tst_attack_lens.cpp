// The attack lens in the window, in one process: ε under a hand, the method, drawn digits, curves, and the defended copy.
#include <QAbstractButton>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QStandardPaths>
#include <QTest>
#include <QWheelEvent>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lenses/attack/attack_lens.h"
#include "app/lenses/attack/change_decorator.h"
#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/logit_bars_instrument.h"
#include "widgets/instruments/perturbation_instrument.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

constexpr int kPatience = 120000;

template <class Widget>
Widget* child(QWidget& window, const char* name) {
    auto* found = window.findChild<Widget*>(QLatin1String(name));
    if (found == nullptr) qFatal("no widget %s", name);
    return found;
}

void click(QWidget& window, const char* name) { QTest::mouseClick(child<QAbstractButton>(window, name), Qt::LeftButton); }

/// A person's choice in a combo box: by the keyboard.
void choose(QComboBox& box, const QString& data) {
    const int index = box.findData(data);
    QVERIFY(index >= 0);
    box.setFocus();
    QTest::keyClick(&box, Qt::Key_Home);
    for (int i = 0; i < index; ++i) QTest::keyClick(&box, Qt::Key_Down);
    QCOMPARE(box.currentIndex(), index);
}

void typeInto(QLineEdit& field, const QString& text) {
    field.setFocus();
    field.selectAll();
    QTest::keyClicks(&field, text);
}

}  // namespace

class AttackLensTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(0);
        m_theme = std::make_unique<Theme>(ThemeMode::Dark);
        m_theme->applyTo(*qApp);
        // One training for all: the document with its weights is opened anew by each test.
        MainWindow window(*m_theme);
        window.resize(1600, 1000);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        click(window, "lenetCard");
        QTRY_VERIFY_WITH_TIMEOUT(window.session().history().steps.size() >= 150, kPatience);
        click(window, "playButton");
        QTRY_COMPARE_WITH_TIMEOUT(window.session().status().state, TrainerState::Paused, kPatience);
        window.session().settle();
        m_file = QString::fromStdString(window.document().path());
        window.close();
    }

    void init() {
        m_window = std::make_unique<MainWindow>(*m_theme);
        m_window->resize(1600, 1000);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }

    void cleanup() {
        m_window->close();
        m_window.reset();
    }

    void epsilonUnderAHandShowsFgsmAtOnceAndPgdAtRest() {
        openLens();
        const AttackSession& attack = lens().attack();
        QCOMPARE(attack.spec().method, std::string("pgd"));
        const std::vector<float> before = pictures().picture().perturbation.values;
        auto* slider = child<QSlider>(*m_window, "epsilonSlider");
        QSignalSpy arrived(&attack, &AttackSession::pictureChanged);
        slider->setFocus();
        std::vector<double> latencies;
        bool sawPreview = false;
        for (int i = 0; i < 12; ++i) {
            QTest::keyClick(slider, Qt::Key_PageUp);
            const double epsilon = attack.spec().epsilon;
            QTRY_VERIFY_WITH_TIMEOUT(attack.picture() && attack.picture()->spec.epsilon == epsilon, kPatience);
            sawPreview = sawPreview || attack.picture()->preview;
            latencies.push_back(attack.latencyMilliseconds());
        }
        QVERIFY(sawPreview);
        std::sort(latencies.begin(), latencies.end());
        qInfo("slider to picture: median %.1f ms, slowest %.1f ms", latencies[6], latencies.back());
        QVERIFY2(latencies[6] < 200, "a hand would feel this");
        QTRY_VERIFY_WITH_TIMEOUT(!attack.pictureWaits(), kPatience);
        QVERIFY(!attack.picture()->preview);
        QVERIFY(attack.spec().epsilon > 0.2);
        QVERIFY(pictures().picture().perturbation.values != before);
        QVERIFY(!pictures().picture().preview);
        // A budget that large fools LeNet: the class, its frame, and the bars change.
        QVERIFY(attack.picture()->outcome.fooled);
        QVERIFY(pictures().picture().adversarialClass != pictures().picture().cleanClass);
        const auto& logits = instrument<LogitBarsInstrument>("attackLogits").picture();
        QVERIFY(logits.adversarialClass != logits.cleanClass);
        auto* view = child<InstrumentView>(*m_window, "attackPictures");
        const auto where = pictures().places(view->width(), view->height());
        const QImage drawn = view->grabImage();
        const QRect frame = QRectF(where.adversarial.left - 3, where.adversarial.top - 3, where.adversarial.width + 6, where.adversarial.height + 6).toRect();
        int framed = 0;
        for (int x = frame.left(); x <= frame.right(); ++x) {
            for (int y = frame.top(); y <= frame.bottom(); ++y) framed += drawn.pixelColor(x, y) == toQColor(m_theme->current().series[1]);
        }
        QVERIFY(framed > 100);
    }

    void aDraggedLineInThePlotIsTheSameBudget() {
        openLens();
        QTRY_VERIFY_WITH_TIMEOUT(lens().attack().sweep() && !lens().attack().sweepWaits(), kPatience);
        auto& curves = instrument<CurvesInstrument>("sweepPlot");
        QVERIFY(!curves.largePlots().empty());
        auto* view = child<InstrumentView>(*m_window, "sweepPlot");
        view->grabImage();
        const PlotLayout layout = layoutPlot(curves.largePlots()[0], {12, 4, view->width() - 24.0, view->height() - 8.0},
                                             [](const std::string& text) { return 6.0 * static_cast<double>(text.size()); }, 0);
        const QPoint from(static_cast<int>(layout.pixelX(0.1)), view->height() / 2);
        QTest::mousePress(view, Qt::LeftButton, {}, from);
        view->grabImage();
        QTest::mouseMove(view, from + QPoint(60, 0));
        view->grabImage();
        QTRY_VERIFY(lens().attack().spec().epsilon > 0.15);
        QTest::mouseRelease(view, Qt::LeftButton, {}, from + QPoint(60, 0));
        QCOMPARE(curves.largePlots()[0].now, std::optional(lens().attack().spec().epsilon));
        QVERIFY(std::abs(child<QLineEdit>(*m_window, "epsilonField")->text().toDouble() - lens().attack().spec().epsilon) < 1e-3);
    }

    void budgetsAreTypedAsSharesAndLevels() {
        openLens();
        auto* field = child<QLineEdit>(*m_window, "epsilonField");
        typeInto(*field, QStringLiteral("8/255"));
        QCOMPARE(lens().attack().spec().epsilon, 8.0 / 255);
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(field->text(), QStringLiteral("0.03137"));
        for (const char* wrong : {"-1", "2", "nan", "eight"}) {
            typeInto(*field, QLatin1String(wrong));
            QVERIFY2(field->property("invalid").toBool(), wrong);
            QVERIFY(field->toolTip().contains(QStringLiteral("ε")));
            QCOMPARE(lens().attack().spec().epsilon, 8.0 / 255);
        }
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(!field->property("invalid").toBool());
        typeInto(*field, QStringLiteral("0"));
        QTRY_COMPARE_WITH_TIMEOUT(pictures().picture().message, std::string("ε is 0: nothing changes"), kPatience);
    }

    void theWheelScrollsAndChangesNothing() {
        openLens();
        auto* slider = child<QSlider>(*m_window, "epsilonSlider");
        const double before = lens().attack().spec().epsilon;
        child<QWidget>(*m_window, "canvas")->setFocus();
        const auto turn = [&] {
            QWheelEvent wheel(QPointF(5, 5), slider->mapToGlobal(QPointF(5, 5)), {}, {0, 240}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QApplication::sendEvent(slider, &wheel);
        };
        turn();
        QCOMPARE(lens().attack().spec().epsilon, before);
        slider->setFocus();
        turn();
        QVERIFY(lens().attack().spec().epsilon != before);
    }

    void theMethodDecidesWhichFieldsThereAre() {
        openLens();
        auto* method = child<QComboBox>(*m_window, "attackCombo");
        const auto shown = [this](const char* name) { return child<QWidget>(*m_window, name)->isVisible(); };
        QVERIFY(shown("stepsField") && shown("randomStartSwitch") && shown("restartsField"));
        choose(*method, QStringLiteral("fgsm"));
        QCOMPARE(lens().attack().spec().method, std::string("fgsm"));
        QVERIFY(!shown("stepsField") && !shown("restartsField"));
        choose(*method, QStringLiteral("noise"));
        QVERIFY(!shown("goalControl") && !shown("randomStartSwitch"));
        choose(*method, QStringLiteral("deepfool"));
        QTRY_VERIFY_WITH_TIMEOUT(lens().attack().picture() && lens().attack().picture()->spec.method == "deepfool" && !lens().attack().pictureWaits(), kPatience);
        choose(*method, QStringLiteral("pgd"));
        const auto press = [this](const char* control, int index) {
            QTest::mouseClick(child<SegmentedControl>(*m_window, control)->findChildren<QAbstractButton*>().at(index), Qt::LeftButton);
        };
        press("normControl", 1);
        QCOMPARE(lens().attack().spec().norm, AttackNorm::L2);
        QVERIFY(lens().attack().spec().epsilon > 0.5);
        QTRY_VERIFY_WITH_TIMEOUT(pictures().picture().bound.starts_with("‖r‖₂ ≤ ") && !pictures().picture().preview, kPatience);
        QVERIFY(lens().attack().picture()->outcome.l2 <= lens().attack().spec().epsilon + 1e-4);
        press("normControl", 0);
        press("goalControl", 1);
        QVERIFY(lens().attack().spec().target.has_value());
        QVERIFY(shown("targetCombo"));
        const int label = *desk().image.label();
        // The class that it is already cannot be the goal.
        auto* target = child<QComboBox>(*m_window, "targetCombo");
        target->setFocus();
        QTest::keyClick(target, Qt::Key_Home);
        for (int i = 0; i < label; ++i) QTest::keyClick(target, Qt::Key_Down);
        QCOMPARE(lens().attack().spec().target, std::optional(label));
        QVERIFY(lens().attack().problem().contains(QStringLiteral("already")));
        QVERIFY(child<QLabel>(*m_window, "attackProblem")->isVisible());
        QVERIFY(!lens().attack().picture());
        press("goalControl", 0);
        QTRY_VERIFY_WITH_TIMEOUT(lens().attack().picture() != nullptr, kPatience);
    }

    void aDrawnDigitIsAttackedWithoutALabel() {
        openLens();
        Picture pad = drawnOne();
        desk().image.showDrawing(std::move(pad));
        QTRY_VERIFY_WITH_TIMEOUT(lens().attack().picture() && !lens().attack().picture()->labelled, kPatience);
        QTRY_VERIFY(child<QLabel>(*m_window, "attackProblem")->text().contains(QStringLiteral("counts as the label")));
        QCOMPARE(lens().attack().picture()->outcome.label, lens().attack().picture()->clean->predicted);
        click(*m_window, "nextImageButton");
        QTRY_VERIFY_WITH_TIMEOUT(desk().image.label().has_value(), kPatience);
    }

    void nextImageGoesOn() {
        openLens();
        QCOMPARE(desk().image.index(), std::int64_t(0));
        click(*m_window, "nextImageButton");
        QCOMPARE(desk().image.index(), std::int64_t(1));
        QTRY_VERIFY_WITH_TIMEOUT(pictures().picture().title.find("1") != std::string::npos && !pictures().picture().preview, kPatience);
    }

    void theCardsAndTheListShowTheDivergence() {
        openLens();
        QTRY_VERIFY_WITH_TIMEOUT(lens().attack().sample() && !lens().attack().sampleWaits(), kPatience);
        const NodeId conv = nodeNamed("Conv 1"), dense = nodeNamed("Dense 3");
        auto* decorator = dynamic_cast<ChangeDecorator*>(lens().decorator());
        const auto figures = decorator->figures(conv);
        QVERIFY(figures && figures->mean && figures->noise);
        QVERIFY(figures->own > 0.01 && *figures->mean > 0.01 && *figures->noise > 0.01);
        // An attack grows on its way, noise does not.
        QVERIFY(decorator->figures(dense)->own > 1.5 * *decorator->figures(dense)->noise);
        auto* list = child<QListView>(*m_window, "layerListView");
        for (QListView* each : m_window->findChildren<QListView*>(QStringLiteral("layerListView"))) {
            if (each->isVisible()) list = each;
        }
        const QString row = list->model()->index(1, 0).data(Qt::AccessibleTextRole).toString();
        QVERIFY2(row.contains(QString::number(*decorator->divergence(list->model()->rowCount() > 1 ? conv : dense), 'f', 2)), qPrintable(row));
        const CardItem* card = m_window->canvas().canvas().cardItem(conv);
        QVERIFY(card->card().slotHeight > 150);
        const QRectF slot = card->card().slotRect();
        QVERIFY(decorator->hint(slot, conv, slot.bottomLeft() + QPointF(10, -10)).contains(QStringLiteral("noise of the same size")));
        QVERIFY(decorator->hint(slot, conv, slot.topLeft() + QPointF(slot.width() / 2 - 14, 30)).startsWith(QStringLiteral("map ")));
        const auto look = decorator->edge(conv, nodeNamed("Pool 1"));
        QVERIFY(look && look->width > 1.5 && look->width <= 4.5);
        // Painted: the bar of this image.
        const QImage canvas = m_window->canvas().grab().toImage();
        int orange = 0;
        for (int y = 0; y < canvas.height(); y += 2) {
            for (int x = 0; x < canvas.width(); x += 2) orange += canvas.pixelColor(x, y) == toQColor(m_theme->current().series[1]);
        }
        QVERIFY(orange > 50);
    }

    void aCurveIsMeasuredAndCancelled() {
        openLens();
        const auto setChecked = [this](const char* name, bool on) {
            auto* box = child<QCheckBox>(*m_window, name);
            if (box->isChecked() != on) box->click();
            QCOMPARE(box->isChecked(), on);
        };
        QVERIFY(!child<QCheckBox>(*m_window, "curve_pgd")->isEnabled());  // the method above is always measured
        setChecked("curve_fgsm", true);
        setChecked("curve_bim", false);
        setChecked("curve_noise", false);
        QTest::mouseClick(child<SegmentedControl>(*m_window, "curveImages")->findChildren<QAbstractButton*>().at(0), Qt::LeftButton);
        click(*m_window, "measureButton");
        QTRY_COMPARE_WITH_TIMEOUT(lens().robustness().job().state(), BackgroundJob::State::Done, kPatience);
        QCOMPARE(lens().robustness().curves().size(), std::size_t(2));
        const auto& plot = instrument<CurvesInstrument>("attackPlot").largePlots()[0];
        QCOMPARE(plot.series.size(), std::size_t(2));
        QCOMPARE(plot.series[0].x.size(), std::size_t(12));
        QVERIFY(plot.series[1].y.front() > 60 && plot.series[1].y.back() < 20);
        QVERIFY(child<QLabel>(*m_window, "cleanAccuracy")->text().contains(QStringLiteral(" ± ")));
        QVERIFY(child<QLabel>(*m_window, "robustAccuracy")->text().endsWith(QStringLiteral(" %")));
        QVERIFY(child<QLabel>(*m_window, "resultSample")->text().contains(QStringLiteral("test, 100 images")));
        // Hardest first.
        auto* hardest = child<QPushButton>(*m_window, "hardestButton");
        QVERIFY(hardest->isEnabled());
        emit hardest->menu()->aboutToShow();
        QVERIFY(hardest->menu()->actions().size() > 5 && hardest->menu()->actions().size() <= 20);
        hardest->menu()->actions().front()->trigger();
        QCOMPARE(desk().image.index(), lens().robustness().hardest(1)[0].index);
        // A long one, given up: its points stay.
        QTest::mouseClick(child<SegmentedControl>(*m_window, "curveImages")->findChildren<QAbstractButton*>().at(3), Qt::LeftButton);
        click(*m_window, "measureButton");
        QTRY_VERIFY_WITH_TIMEOUT(!lens().robustness().curves().front().points.empty(), kPatience);
        QPushButton* cancel = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((cancel = child<QWidget>(*m_window, "curveJob")->findChild<QPushButton*>()) != nullptr && cancel->isVisible(), kPatience);
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(lens().robustness().job().state(), BackgroundJob::State::Cancelled, kPatience);
        QVERIFY(!lens().robustness().curves().front().points.empty());
    }

    void theDefendedCopyLeavesTheDocumentAlone() {
        openLens();
        const WeightSetPtr weights = desk().probe.weights();
        const Recipe recipe = m_window->document().recipe();
        const auto runs = m_window->document().file()->readRuns()->size();
        choose(*child<QComboBox>(*m_window, "defenceCombo"), QStringLiteral("fgsm"));
        typeInto(*child<QLineEdit>(*m_window, "defenceEpsilonField"), QStringLiteral("0.1"));
        click(*m_window, "trainDefendedButton");
        DefenceSession& defence = lens().defence();
        QTRY_VERIFY_WITH_TIMEOUT(!defence.history().robust.empty(), kPatience);
        QVERIFY(defence.beganTrained());
        QCOMPARE(defence.recipe().adversarial->attack.method, std::string("fgsm"));
        QCOMPARE(defence.recipe().adversarial->attack.randomStart, std::optional(true));
        const auto& plots = instrument<CurvesInstrument>("attackPlot").largePlots();
        QTRY_COMPARE(plots[0].series.size(), std::size_t(3));
        QVERIFY(plots[0].series[1].name.starts_with("FGSM ("));
        QVERIFY(plots[0].series[2].name.starts_with("PGD 10 ("));
        click(*m_window, "trainDefendedButton");
        QTRY_COMPARE_WITH_TIMEOUT(defence.status().state, TrainerState::Paused, kPatience);
        QTRY_COMPARE(child<QPushButton>(*m_window, "trainDefendedButton")->text(), QStringLiteral("Resume"));
        const std::int64_t step = defence.status().step;
        click(*m_window, "trainDefendedButton");
        QTRY_VERIFY_WITH_TIMEOUT(defence.status().step > step, kPatience);
        click(*m_window, "stopDefendedButton");
        QTRY_COMPARE_WITH_TIMEOUT(defence.status().state, TrainerState::Cancelled, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(child<QPushButton>(*m_window, "openCopyButton")->isEnabled(), kPatience);

        QVERIFY(m_window->document().recipe() == recipe);
        QCOMPARE(m_window->document().file()->readRuns()->size(), runs);
        QCOMPARE(desk().probe.weights()->parameters, weights->parameters);
        QVERIFY(defence.weights()->parameters != weights->parameters);

        QTest::mouseClick(child<SegmentedControl>(*m_window, "curveImages")->findChildren<QAbstractButton*>().at(0), Qt::LeftButton);
        click(*m_window, "compareButton");
        QTRY_COMPARE_WITH_TIMEOUT(lens().robustness().job().state(), BackgroundJob::State::Done, kPatience);
        const auto cell = [this](int row, int column) {
            return child<QLabel>(*m_window, qPrintable(QStringLiteral("defenceCell_%1_%2").arg(row).arg(column)))->text().toDouble();
        };
        QVERIFY(cell(0, 0) > 60 && cell(1, 0) > 60);
        QVERIFY2(cell(1, 2) > cell(0, 2), "adversarial training did not help at its own ε");
        QVERIFY(instrument<CurvesInstrument>("attackPlot").largePlots()[0].series.back().name.ends_with(", defended"));

        const std::vector<float> defended = defence.weights()->parameters;
        click(*m_window, "openCopyButton");
        QVERIFY(m_window->document().name().endsWith(QStringLiteral("defended")));
        QVERIFY(!m_window->document().isNamed());
        QVERIFY(m_window->document().recipe().adversarial.has_value());
        QCOMPARE(m_window->session().weights()->parameters, defended);
        QVERIFY(!m_window->session().history().robust.empty());
        QVERIFY(!defence.hasRun());
        QVERIFY(lens().robustness().curves().empty());
    }

    void aNetworkWithAnErrorSaysSo() {
        click(*m_window, "emptyCard");
        click(*m_window, "attackLens");
        QTRY_VERIFY_WITH_TIMEOUT(!lens().attack().problem().isEmpty(), kPatience);
        QTRY_COMPARE(pictures().picture().emptyText, lens().attack().problem().toStdString());
        QVERIFY(!child<QPushButton>(*m_window, "measureButton")->isEnabled());
        QVERIFY(!child<QPushButton>(*m_window, "trainDefendedButton")->isEnabled());
        QVERIFY(!child<QPushButton>(*m_window, "saveAttackButton")->isEnabled());
    }

    void anUntrainedNetworkIsAttackedAndSaysThatItIs() {
        m_window->openPreset("lenet-like");
        click(*m_window, "attackLens");
        QTRY_VERIFY_WITH_TIMEOUT(lens().attack().picture() != nullptr, kPatience);
        QVERIFY(desk().probe.untrained());
        bool told = false;
        for (const QLabel* label : child<QWidget>(*m_window, "attackCurve")->findChildren<QLabel*>()) {
            told = told || label->text().contains(QStringLiteral("untrained"));
        }
        QVERIFY(told);
    }

    void everyControlHasANameAndKeepsItsPlace() {
        openLens();
        auto* panel = child<QWidget>(*m_window, "attackPanel");
        for (QWidget* widget : panel->findChildren<QWidget*>()) {
            const bool control = qobject_cast<QComboBox*>(widget) || qobject_cast<QSlider*>(widget) || qobject_cast<QLineEdit*>(widget) ||
                                 qobject_cast<QCheckBox*>(widget);
            if (!control || widget->objectName().startsWith(QStringLiteral("qt_"))) continue;
            const auto* box = qobject_cast<QCheckBox*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (box && !box->text().isEmpty()), qPrintable(widget->objectName()));
            QVERIFY2(widget->focusPolicy() != Qt::NoFocus, qPrintable(widget->objectName()));
        }
        // Low windows keep the pictures readable.
        m_window->resize(1280, 720);
        click(*m_window, "trainLens");
        click(*m_window, "attackLens");
        auto* view = child<InstrumentView>(*m_window, "attackPictures");
        QTRY_VERIFY(child<QWidget>(*m_window, "attackStrip")->height() <= 210);
        const auto where = pictures().places(view->width(), view->height());
        QVERIFY2(where.clean.width >= 84, qPrintable(QString::number(where.clean.width)));
        const auto* factor = child<QWidget>(*m_window, "factorField")->parentWidget()->findChild<QSlider*>();
        QVERIFY2(factor->width() >= 56, qPrintable(QString::number(factor->width())));
    }

  private:
    void openLens() {
        m_window->openFile(m_file);
        click(*m_window, "attackLens");
        QCOMPARE(m_window->lens(), QStringLiteral("attack"));
        QTRY_VERIFY_WITH_TIMEOUT(lens().attack().picture() && !lens().attack().pictureWaits(), kPatience);
    }

    AttackLens& lens() const { return *dynamic_cast<AttackLens*>(m_window->lensNamed(QStringLiteral("attack"))); }
    ImageDesk& desk() const { return m_window->desk(); }
    PerturbationInstrument& pictures() const { return instrument<PerturbationInstrument>("attackPictures"); }
    template <class Kind>
    Kind& instrument(const char* view) const {
        return *dynamic_cast<Kind*>(child<InstrumentView>(*m_window, view)->instrument());
    }
    NodeId nodeNamed(const char* name) const { return m_window->document().network().spec().nodeByName(name)->id; }

    /// A stroke from top to bottom.
    static Picture drawnOne() {
        Picture pad;
        pad.width = pad.height = 56;
        pad.channels = 1;
        pad.values.assign(56 * 56, 0);
        for (int y = 8; y < 48; ++y) {
            for (int x = 26; x < 31; ++x) pad.values[static_cast<std::size_t>(y * 56 + x)] = 65535;
        }
        return pad;
    }

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    QString m_file;
};

QTEST_MAIN(AttackLensTest)
#include "tst_attack_lens.moc"
