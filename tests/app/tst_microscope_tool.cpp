// The microscope in the window: the network's own numbers written out, the window that follows the hand, worked examples
// and the sandbox.
#include <QSignalSpy>
#include <QCheckBox>
#include <QComboBox>
#include <QPlainTextEdit>
#include <QSlider>
#include <QSpinBox>
#include <cmath>

#include "app/lenses/look_inside/tools/microscope_tool.h"
#include "app/lenses/look_inside/tools/sandbox_page.h"
#include "tests/app/look_inside_bench.h"
#include "widgets/maps/contribution_view.h"
#include "widgets/maps/mosaic_view.h"
#include "widgets/maps/number_grid_view.h"
#include "widgets/maps/value_rows.h"

using namespace convolab;
using namespace convolab::testing;

class TestMicroscopeTool : public QObject {
    Q_OBJECT

    Theme m_theme;
    std::unique_ptr<LookInsideBench> m_bench;

    void open(const char* preset, std::int64_t steps = 0) { m_bench->open(preset, steps); }
    const ActivationSnapshot& snapshot() { return m_bench->snapshot(); }
    float outputOf(const ValueRef& value) { return m_bench->outputOf(value); }

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(1);
        m_theme.applyTo(*qApp);
    }
    void init() { m_bench = std::make_unique<LookInsideBench>(m_theme); }
    void cleanup() { m_bench.reset(); }

    void microscopeWritesOutTheNetworksOwnNumbers() {
        open("lenet-like", 20);
        m_bench->choose("microscope");
        const ValueRef value{m_bench->node("Conv 1"), 2, 13, 16};
        m_bench->focus().setValue(value);
        auto* rows = m_bench->shown<ValueRows>("explanationRows");
        QTRY_VERIFY(m_bench->text("microscopePlace").contains(QStringLiteral("map 2, row 13, column 16")));
        auto* patch = m_bench->shown<NumberGridView>("patchGrid");
        auto* kernel = m_bench->shown<NumberGridView>("kernelGrid");
        auto* products = m_bench->shown<NumberGridView>("productsGrid");
        const float* image = snapshot().image.data();
        double sum = 0;
        for (int row = 0; row < 3; ++row)
            for (int column = 0; column < 3; ++column) {
                QCOMPARE(patch->grid().at(row, column), image[(13 + row) * 32 + 16 + column]);
                QCOMPARE(products->grid().at(row, column), patch->grid().at(row, column) * kernel->grid().at(row, column));
                sum += products->grid().at(row, column);
            }
        const WeightSetPtr weights = m_bench->desk().probe.weights();
        const double bias = weights->values(*weights->layout->find(value.node, "bias"))[2];
        QVERIFY(std::abs(sum + bias - outputOf(value)) < 1e-5);  // the fast tier's own value
        QCOMPARE(rows->rows().back().label, QStringLiteral("After ReLU 1"));
        QVERIFY(std::abs(numberIn(rows->rows().back().value) - std::max(0.0F, outputOf(value))) < 6e-4);
        // The grids light up together.
        QMouseEvent move(QEvent::MouseMove, kernel->cellRect(1, 2).center(), kernel->mapToGlobal(kernel->cellRect(1, 2).center()), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(kernel, &move);
        QCOMPARE(patch->lit(), std::optional(QPoint(2, 1)));
        QCOMPARE(products->lit(), std::optional(QPoint(2, 1)));
    }

    void windowFollowsPointerSliderAndPlay() {
        open("lenet-like");
        auto* tool = qobject_cast<MicroscopeTool*>(m_bench->choose("microscope"));
        QVERIFY(tool != nullptr);
        m_bench->focus().setValue({m_bench->node("Conv 1"), 1, 5, 5});
        auto* input = m_bench->shown<MapView>("stageInput");
        auto* output = m_bench->shown<MapView>("stageOutput");
        QTRY_COMPARE(output->rows(), 30);
        QTRY_COMPARE(m_bench->text("stagePosition"), QStringLiteral("156 of 900"));
        m_bench->hover(*output, 22, 16);
        QTRY_COMPARE(m_bench->focus().value().row, std::int64_t{22});
        QTRY_COMPARE(input->window().value().top, 22);
        QCOMPARE(input->window().value().left, 16);
        QCOMPARE(output->mark().value(), QPoint(16, 22));
        QTRY_COMPARE(m_bench->text("stagePosition"), QStringLiteral("677 of 900"));
        QTRY_VERIFY(tool->lastRefreshMs() > 0);
        m_bench->hover(*input, 10, 20);  // the window whose middle lies there
        QTRY_COMPARE(m_bench->focus().value().row, std::int64_t{9});
        QCOMPARE(m_bench->focus().value().column, std::int64_t{19});
        auto* slider = m_bench->shown<QSlider>("stageSlider");
        slider->setFocus();
        QTest::keyClick(slider, Qt::Key_Right);
        QTRY_COMPARE(m_bench->focus().value().column, std::int64_t{20});
        QTest::mouseClick(m_bench->shown<QToolButton>("stagePlay"), Qt::LeftButton);
        QTRY_VERIFY(m_bench->focus().value().column >= 23 || m_bench->focus().value().row > 9);
        QTest::mouseClick(m_bench->shown<QToolButton>("stagePlay"), Qt::LeftButton);
        const ValueRef stopped = m_bench->focus().value();
        QSignalSpy moved(&m_bench->focus(), &InspectFocus::changed);
        QVERIFY(!moved.wait(120));
        QVERIFY(m_bench->focus().value() == stopped);
    }

    void deeperConvolutionListsItsTermsAndPartialMaps() {
        open("lenet-like", 10);
        m_bench->choose("microscope");
        m_bench->focus().setValue({m_bench->node("Conv 2"), 3, 6, 6});
        auto* terms = m_bench->shown<ContributionView>("termList");
        QTRY_COMPARE(terms->shown().size(), std::size_t{6});
        auto* partial = m_bench->shown<MosaicView>("partialMaps");
        QTRY_COMPARE(partial->mosaic().total(), std::int64_t{8});  // six, the bias, the map
        const double map = partial->valueAt({7, 6, 6});
        QVERIFY(std::abs(map - outputOf(m_bench->focus().value())) < 1e-4);
        double sum = partial->valueAt({6, 6, 6});
        for (int i = 0; i < 6; ++i) sum += partial->valueAt({i, 6, 6});
        QVERIFY(std::abs(sum - map) < 1e-5);
        const std::int64_t largest = terms->shown().front().index;
        QTest::mouseClick(terms, Qt::LeftButton, {}, QPoint(20, 8));
        QTRY_COMPARE(m_bench->shown<QComboBox>("microscopeInputMap")->currentData().toLongLong(), static_cast<qlonglong>(largest));
        // True convolution: another sum, on the same patch.
        const float before = m_bench->shown<NumberGridView>("kernelGrid")->grid().at(0, 0);
        QTest::mouseClick(m_bench->shown<QCheckBox>("microscopeFlip"), Qt::LeftButton, {}, QPoint(10, 8));
        QTRY_COMPARE(m_bench->shown<NumberGridView>("kernelGrid")->grid().at(2, 2), before);
    }

    void otherLayersAreWrittenOutToo() {
        open("lenet-like", 10);
        m_bench->choose("microscope");
        auto* rows = m_bench->shown<ValueRows>("explanationRows");
        m_bench->focus().setValue({m_bench->node("Pool 1"), 2, 4, 4});
        QTRY_COMPARE(rows->rows().back().label, QStringLiteral("Mean"));
        QVERIFY(std::abs(numberIn(rows->rows().back().value) - outputOf(m_bench->focus().value())) < 6e-4);
        m_bench->focus().setValue({m_bench->node("Dense 2"), 11, 0, 0});
        QTRY_COMPARE(rows->rows().back().label, QStringLiteral("After ReLU 4"));
        QCOMPARE(m_bench->shown<ContributionView>("termList")->summedUp(), std::size_t{120 - 7});
        m_bench->focus().setLayer(m_bench->node("Softmax 1"));
        QTRY_COMPARE(rows->rows().back().label, QStringLiteral("Probability"));
        m_bench->focus().setLayer(m_bench->node("ReLU 1"));
        QTRY_COMPARE(rows->rows().front().label, QStringLiteral("input"));
        m_bench->focus().setLayer(m_bench->node("Input"));
        QTRY_VERIFY(!m_bench->text("microscopePlace").contains(QStringLiteral("ReLU")));
        QVERIFY(!rows->isVisible());
    }

    void examplesAndSandbox() {
        open("lenet-like");
        m_bench->choose("microscope");
        clickSegment(m_bench->child<QWidget>("microscopePages"), 1);
        auto* page = m_bench->child<SandboxPage>("sandboxPage");
        QVERIFY(page->isVisible());
        QCOMPARE(page->explanation()->result, 114.0);
        auto* scenes = m_bench->child<QComboBox>("sceneCombo");
        const auto scenesNow = microscopeScenes();
        QCOMPARE(scenes->count(), static_cast<int>(scenesNow.size()) + 1);
        for (std::size_t i = 0; i < scenesNow.size(); ++i) {
            page->openScene(static_cast<int>(i));
            QVERIFY(page->problem().ok());
            if (!scenesNow[i].wantsPhotograph) QCOMPARE(page->explanation()->result, scenesNow[i].expected);
        }
        page->openScene(1);
        QTest::mouseClick(m_bench->child<QCheckBox>("sandboxFlip"), Qt::LeftButton, {}, QPoint(10, 8));
        QCOMPARE(page->explanation()->result, 337.0);  // true convolution
        // Your own: 2 × 2 under a kernel that is too large, then one that fits.
        auto* input = m_bench->child<QPlainTextEdit>("sandboxInput");
        auto* kernel = m_bench->child<QPlainTextEdit>("sandboxKernel");
        auto* error = m_bench->child<QLabel>("sandboxError");
        page->openScene(0);
        m_bench->child<QSpinBox>("sandboxPadding")->setValue(0);
        input->setPlainText(QStringLiteral("1 2\n3 4"));
        QVERIFY(!page->problem().ok());
        QVERIFY(error->isVisible() && error->text().contains(QStringLiteral("3×3")));
        kernel->setPlainText(QStringLiteral("1 0\n0 1"));
        QVERIFY(page->problem().ok() && !error->isVisible());
        QCOMPARE(page->explanation()->result, 5.0);
        kernel->setPlainText(QStringLiteral("1 x\n0 1"));
        QVERIFY(error->isVisible() && error->text().contains(QStringLiteral("\u201Cx\u201D")));
        auto* named = m_bench->child<QComboBox>("namedKernels");
        m_bench->child<QSpinBox>("sandboxPadding")->setValue(1);
        named->setCurrentIndex(1);
        emit named->activated(1);  // identity
        QCOMPARE(page->explanation()->result, 1.0);
        QTest::mouseClick(m_bench->child<QPushButton>("sandboxCurrentImage"), Qt::LeftButton);
        QVERIFY(m_bench->text("sandboxOutputShape").startsWith(QStringLiteral("1×32×32")));
    }
};

QTEST_MAIN(TestMicroscopeTool)
#include "tst_microscope_tool.moc"
