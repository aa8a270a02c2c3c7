// The attack lens in a real window with the real mouse: LeNet learns digits, ε is dragged until the digit is taken for
// another, a curve is measured and cancelled.
#include <QPushButton>
#include <QSlider>
#include <QStandardPaths>
#include <QStyle>
#include <QStyleOptionSlider>

#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "tests/app/real_pointer.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/perturbation_instrument.h"
#include "widgets/theme/theme.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = 60000;

QPoint handleOf(const QSlider& slider) {
    QStyleOptionSlider option;
    option.initFrom(&slider);
    option.orientation = Qt::Horizontal;
    option.minimum = slider.minimum();
    option.maximum = slider.maximum();
    option.sliderPosition = slider.value();
    option.sliderValue = slider.value();
    return slider.mapToGlobal(slider.style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, &slider).center());
}

template <class Shown>
const Shown& instrumentOf(MainWindow& window, const char* view) {
    auto* found = window.findChild<InstrumentView*>(QLatin1String(view));
    if (found == nullptr) qFatal("there is no %s", view);
    return dynamic_cast<const Shown&>(*found->instrument());
}

}  // namespace

class TestAttackWindow : public QObject {
    Q_OBJECT

  private slots:
    void dragMeasureCancel() {
        if (QGuiApplication::platformName() == QLatin1String("offscreen")) QSKIP("the real mouse needs a display; run under Xvfb");
        CONVOLAB_NEEDS_DISPLAY();
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(0);
        Theme theme(ThemeMode::Dark);
        theme.applyTo(*qApp);
        MainWindow window(theme);
        window.resize(1600, 1000);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.move(0, 0);
        window.startLenetOnDigits(QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(window.session().history().steps.size() >= 250, kPatience);
        window.session().pause();
        QTRY_COMPARE_WITH_TIMEOUT(window.session().status().state, TrainerState::Paused, kPatience);

        clickOn(*window.findChild<QPushButton*>(QStringLiteral("attackLens")));
        QTRY_COMPARE(window.lens(), QStringLiteral("attack"));
        const auto& pictures = instrumentOf<PerturbationInstrument>(window, "attackPictures");
        const auto settled = [&] { return !pictures.picture().adversarial.isEmpty() && !pictures.picture().preview; };
        QTRY_VERIFY_WITH_TIMEOUT(settled(), kPatience);
        const auto before = pictures.picture().adversarial.values;

        // To the right end of the slider: ε = 0.3, under which an undefended network does not stand.
        auto* slider = window.findChild<QSlider*>(QStringLiteral("epsilonSlider"));
        dragPointer(handleOf(*slider), slider->mapToGlobal(QPoint(slider->width() + 20, slider->height() / 2)));
        QCOMPARE(slider->value(), slider->maximum());
        QTRY_VERIFY_WITH_TIMEOUT(settled() && pictures.picture().adversarial.values != before, kPatience);
        QVERIFY(pictures.picture().fooled);
        QVERIFY(pictures.picture().cleanClass != pictures.picture().adversarialClass);
        const auto& clean = pictures.picture().clean.values;
        const auto& adversarial = pictures.picture().adversarial.values;
        for (std::size_t i = 0; i < clean.size(); ++i) {
            QVERIFY(adversarial[i] >= 0 && adversarial[i] <= 1 && std::abs(adversarial[i] - clean[i]) <= 0.3F);
        }

        // A curve comes point by point; cancelling keeps them.
        const auto& plot = instrumentOf<CurvesInstrument>(window, "attackPlot");
        const auto points = [&] {
            std::size_t count = 0;
            for (const PlotDescription& each : plot.largePlots())
                for (const PlotSeries& series : each.series) count += series.x.size();
            return count;
        };
        QCOMPARE(points(), std::size_t{0});
        auto* measure = window.findChild<QPushButton*>(QStringLiteral("measureButton"));
        auto* cancel = window.findChild<QWidget*>(QStringLiteral("curveJob"))->findChild<QPushButton*>(QStringLiteral("jobCancel"));
        QTRY_VERIFY_WITH_TIMEOUT(measure->isVisible() && measure->isEnabled(), kPatience);
        clickOn(*measure);
        QTRY_VERIFY_WITH_TIMEOUT(points() >= 2 && cancel->isVisible(), kPatience);
        clickOn(*cancel);
        QTRY_VERIFY_WITH_TIMEOUT(!cancel->isVisible(), kPatience);
        QVERIFY(points() >= 2);
        window.close();
    }
};

QTEST_MAIN(TestAttackWindow)
#include "tst_attack_window.moc"
