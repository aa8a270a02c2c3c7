// Present in a real window: full screen, larger and crisp, without panels; what was there comes back.
#include <QAction>
#include <QLabel>
#include <QScreen>
#include <QStandardPaths>
#include <QWindow>

#include "app/main_window.h"
#include "app/window/presenter.h"
#include "app/window/screen_scale.h"
#include "core/cpu/compute_team.h"
#include "tests/app/real_pointer.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/theme/theme.h"

using namespace convolab;
using namespace convolab::testing;

class TestPresent : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("ConvolabTest"));
        setComputeThreads(0);
        m_theme = std::make_unique<Theme>(ThemeMode::Dark);
        m_theme->applyTo(*qApp);
    }

    void scaleOfAScreen_data() {
        QTest::addColumn<QSize>("screen");
        QTest::addColumn<double>("scale");
        QTest::newRow("small: never below 1") << QSize(1024, 768) << 1.0;
        QTest::newRow("1280x720") << QSize(1280, 720) << 1.0;
        QTest::newRow("the narrower side decides") << QSize(1600, 1000) << 1.25;
        QTest::newRow("full HD") << QSize(1920, 1080) << 1.5;
        QTest::newRow("never above 1.5") << QSize(3840, 2160) << 1.5;
    }
    void scaleOfAScreen() {
        QFETCH(QSize, screen);
        QTEST(presentScale(screen), "scale");
    }

    void comesAndGoes() {
        if (QGuiApplication::platformName() == QLatin1String("offscreen")) QSKIP("full screen needs a display; run under Xvfb");
        CONVOLAB_NEEDS_DISPLAY();
        MainWindow window(*m_theme);
        window.resize(1300, 860);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.activateWindow();
        window.openPreset("lenet-like");
        window.setLens(QStringLiteral("train"));
        QCoreApplication::processEvents();
        const QSize screen = window.screen()->size();
        const double scale = presentScale(screen);
        const QWidget* left = child(window, "leftPanels");
        const QWidget* right = child(window, "rightPanels");
        const QWidget* strip = child(window, "strips");
        const int stripHeight = strip->height();
        const double zoom = window.canvas().zoom();

        key(window, Qt::Key_F11);
        QTRY_VERIFY(window.isFullScreen());
        QTRY_COMPARE(window.devicePixelRatioF(), scale);
        QTRY_COMPARE(window.size(), screen / scale);
        QVERIFY(!left->isVisible() && !right->isVisible() && strip->isVisible());
        QCOMPARE(strip->width(), window.width());
        QTRY_VERIFY(window.canvas().zoom() * scale > zoom);  // larger for the eye

        // The pointer wears a ring, wherever it is over the window.
        const QWidget* ring = child(window, "pointerRing");
        moveTo(screenPoint(window.canvas(), {200, 100}, scale));
        QTRY_VERIFY(ring->isVisible());
        QTRY_VERIFY((ring->geometry().center() - window.canvas().mapTo(&window, QPoint(200, 100))).manhattanLength() <= 4);

        // A presenter's remote goes from lens to lens, whatever has the focus.
        key(window, Qt::Key_PageDown);
        QTRY_COMPARE(window.lens(), QStringLiteral("look-inside"));
        key(window, Qt::Key_PageUp);
        QTRY_COMPARE(window.lens(), QStringLiteral("train"));

        // A panel on demand.
        key(window, Qt::Key_F8);
        QTRY_VERIFY(right->isVisible());

        window.canvas().selection().clear();  // otherwise the first Escape is the canvas's
        key(window, Qt::Key_Escape);
        QTRY_VERIFY(!window.isFullScreen());
        QTRY_COMPARE(window.size(), QSize(1300, 860));
        QTRY_COMPARE(window.devicePixelRatioF(), 1.0);
        QVERIFY(left->isVisible() && right->isVisible() && !ring->isVisible());
        QTRY_COMPARE(strip->height(), stripHeight);
        QTRY_COMPARE(window.canvas().zoom(), zoom);
    }

    void keysAreShownOnRequest() {
        if (QGuiApplication::platformName() == QLatin1String("offscreen")) QSKIP("full screen needs a display; run under Xvfb");
        CONVOLAB_NEEDS_DISPLAY();
        MainWindow window(*m_theme);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.openPreset("lenet-like");
        const auto* caption = window.findChild<QLabel*>(QStringLiteral("keyCaption"));
        auto* keystrokes = window.findChild<QAction*>(QStringLiteral("keystrokesAction"));
        keystrokes->setChecked(false);
        key(window, Qt::Key_F11);
        QTRY_VERIFY(window.isFullScreen());
        key(window, Qt::Key_2, Qt::ControlModifier);
        QTRY_COMPARE(window.lens(), QStringLiteral("train"));
        QVERIFY(!caption->isVisible());
        keystrokes->setChecked(true);
        key(window, Qt::Key_1, Qt::ControlModifier);  // a shortcut: no widget sees its key
        QTRY_COMPARE(window.lens(), QStringLiteral("build"));
        QTRY_VERIFY(caption->isVisible());
        QCOMPARE(caption->text(), QStringLiteral("Ctrl+1"));
        QTRY_VERIFY(!caption->isVisible());
        keystrokes->setChecked(false);
        key(window, Qt::Key_F11);
        QTRY_VERIFY(!window.isFullScreen());
        key(window, Qt::Key_PageDown);  // only Present takes it
        QCOMPARE(window.lens(), QStringLiteral("build"));
    }

  private:
    static const QWidget* child(const MainWindow& window, const char* name) {
        const auto* found = window.findChild<QWidget*>(QLatin1String(name));
        if (found == nullptr) qFatal("there is no %s", name);
        return found;
    }
    static void key(MainWindow& window, Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
        QTest::keyClick(window.windowHandle(), key, modifiers);
    }
    static QPoint screenPoint(const QWidget& widget, QPoint at, double scale) {
        return (QPointF(widget.mapToGlobal(at)) * scale).toPoint();
    }

    std::unique_ptr<Theme> m_theme;
};

QTEST_MAIN(TestPresent)
#include "tst_present.moc"
