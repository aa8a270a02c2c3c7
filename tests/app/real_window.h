// The program in a real window: started as a child process, used with xdotool's mouse and keyboard, judged by
// its pixels. All coordinates are those of the window, in pixels.
#pragma once

#include <QColor>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QImage>
#include <QPixmap>
#include <QPoint>
#include <QScreen>
#include <QTest>
#include <cstdlib>
#include <functional>

#include "tests/app/run_program.h"
#include "widgets/theme/tokens.h"

namespace convolab::testing {

inline constexpr int kLooksAtRest = 3;  // as many equal pictures in a row count as rest

// Runs xdotool and returns what it printed; empty where it failed.
inline QByteArray xdotool(const QStringList& arguments) {
    QProcess process;
    process.start(QStringLiteral("xdotool"), arguments);
    if (!process.waitForFinished(10'000) || process.exitCode() != 0) return {};
    return process.readAllStandardOutput().trimmed();
}

// Empty where the mouse can be used, else the sentence for QSKIP.
inline QByteArray displayMissing() {
    if (qEnvironmentVariableIsEmpty("DISPLAY"))
        return "there is no DISPLAY: tests/run starts one for this test";
    if (xdotool({QStringLiteral("version")}).isEmpty())
        return "xdotool is not installed or cannot reach the display";
    if (xdotool({QStringLiteral("get_desktop")}).isEmpty())
        return "no window manager runs on the display: start openbox";
    return {};
}

inline bool isNear(QRgb pixel, ThemeColor color, int tolerance) {
    return std::abs(qRed(pixel) - color.red) <= tolerance &&
           std::abs(qGreen(pixel) - color.green) <= tolerance &&
           std::abs(qBlue(pixel) - color.blue) <= tolerance;
}

// The smallest rectangle around all pixels of this colour inside the area; empty where there are none.
inline QRect boundsOf(const QImage& image, ThemeColor color, const QRect& area, int tolerance = 4) {
    QRect bounds;
    const QRect inside = area & image.rect();
    for (int y = inside.top(); y <= inside.bottom(); ++y) {
        for (int x = inside.left(); x <= inside.right(); ++x) {
            if (isNear(image.pixel(x, y), color, tolerance)) bounds |= QRect(x, y, 1, 1);
        }
    }
    return bounds;
}

// The program with its window. Its home, settings and data lie in the workplace. Ends with the object.
class RealWindow {
  public:
    explicit RealWindow(const Workplace& place) : m_place(place) {}
    ~RealWindow() {
        if (m_process.state() == QProcess::NotRunning) return;
        m_process.kill();
        m_process.waitForFinished();
    }

    // Waits until the window is there and has painted itself.
    bool start(const QStringList& arguments = {}) {
        m_place.prepare(m_process, arguments);
        QProcessEnvironment environment = m_process.processEnvironment();
        environment.insert(QStringLiteral("DISPLAY"), qEnvironmentVariable("DISPLAY"));
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), m_place.path(QStringLiteral(".config")));
        environment.insert(QStringLiteral("XDG_CACHE_HOME"), m_place.path(QStringLiteral(".cache")));
        for (const char* name :
             {"XDG_CURRENT_DESKTOP", "QT_QPA_PLATFORMTHEME", "QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE"}) {
            environment.remove(QString::fromLatin1(name));
        }
        m_process.setProcessEnvironment(environment);
        m_process.setProcessChannelMode(QProcess::ForwardedChannels);
        m_process.start();
        m_window = waitForWindow(QStringLiteral("Convolab"));
        if (m_window.isEmpty()) return false;
        // The mouse rests where it hovers over nothing.
        move({3, 60});
        return waitUntil([](const QImage& picture) {
            return !boundsOf(picture, tokens(ThemeMode::Dark).text2, picture.rect()).isEmpty();
        });
    }

    QImage picture() const {
        return QGuiApplication::primaryScreen()
            ->grabWindow(static_cast<WId>(m_window.toULongLong()))
            .toImage();
    }

    // Looks at the window ten times a second until it is as wanted, or the program ends, or patience does.
    // What it saw last then lies in the folder $CONVOLAB_TEST_PICTURES, where that is set.
    bool waitUntil(const std::function<bool(const QImage&)>& wanted, int milliseconds = 60'000) {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < milliseconds && m_process.state() == QProcess::Running) {
            const QImage now = picture();
            if (!now.isNull() && wanted(now)) return true;
            QTest::qWait(100);
        }
        if (const QString folder = qEnvironmentVariable("CONVOLAB_TEST_PICTURES"); !folder.isEmpty()) {
            picture().save(folder + QLatin1Char('/') + QLatin1String(QTest::currentTestFunction()) +
                           QStringLiteral(".png"));
        }
        return false;
    }

    // Where something is once it rests: cards glide to their places. Empty where it never rests.
    QRect settled(const std::function<QRect(const QImage&)>& where) {
        QRect before;
        int looks = 0;
        const bool rests = waitUntil(
            [&](const QImage& now) {
                const QRect here = where(now);
                looks = !here.isEmpty() && here == before ? looks + 1 : 0;
                before = here;
                return looks >= kLooksAtRest;
            },
            10'000);
        return rests ? before : QRect();
    }

    // As a hand does it: a press that comes at once after the move, or a release at once after the press, is
    // sometimes lost between two frames of a busy window.
    void click(QPoint where) const {
        move(where);
        QTest::qWait(120);
        xdotool({QStringLiteral("mousedown"), QStringLiteral("1")});
        QTest::qWait(80);
        xdotool({QStringLiteral("mouseup"), QStringLiteral("1")});
    }

    void drag(QPoint from, QPoint to) const {
        constexpr int kMoves = 12;
        move(from);
        QTest::qWait(150);
        xdotool({QStringLiteral("mousedown"), QStringLiteral("1")});
        QTest::qWait(150);
        for (int i = 1; i <= kMoves; ++i) {
            move(from + (to - from) * i / kMoves);
            QTest::qWait(40);
        }
        QTest::qWait(400);
        xdotool({QStringLiteral("mouseup"), QStringLiteral("1")});
    }

    void move(QPoint where) const {
        xdotool({QStringLiteral("mousemove"), QStringLiteral("--window"), QString::fromLatin1(m_window),
                 QString::number(where.x()), QString::number(where.y())});
    }

    void key(const char* keys) const { xdotool({QStringLiteral("key"), QString::fromLatin1(keys)}); }
    void type(const QString& text) const {
        xdotool({QStringLiteral("type"), QStringLiteral("--delay"), QStringLiteral("30"), text});
    }

    // The window of this program with this in its title; empty where none appears.
    QByteArray waitForWindow(const QString& title, int milliseconds = 60'000) {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < milliseconds && m_process.state() != QProcess::NotRunning) {
            const QByteArray found =
                xdotool({QStringLiteral("search"), QStringLiteral("--onlyvisible"), QStringLiteral("--all"),
                         QStringLiteral("--pid"), QString::number(m_process.processId()),
                         QStringLiteral("--name"), title});
            if (!found.isEmpty()) return found.split('\n').first();
            QTest::qWait(50);
        }
        return {};
    }

    // Closes the window as the window manager does; false where the program does not end with status 0 in
    // this time.
    bool close(int milliseconds = 10'000) {
        xdotool({QStringLiteral("windowactivate"), QStringLiteral("--sync"), QString::fromLatin1(m_window)});
        key("alt+F4");
        return m_process.waitForFinished(milliseconds) && m_process.exitStatus() == QProcess::NormalExit &&
               m_process.exitCode() == 0;
    }

    bool isRunning() const { return m_process.state() == QProcess::Running; }

  private:
    const Workplace& m_place;
    QProcess m_process;
    QByteArray m_window;
};

// main() of a test that looks at a display, or says that there is none.
inline int runDisplayTest(QObject& test, int argc, char** argv) {
    const bool display = !qEnvironmentVariableIsEmpty("DISPLAY");
    qputenv("QT_QPA_PLATFORM", display ? "xcb" : "offscreen");
    QGuiApplication application(argc, argv);
    return QTest::qExec(&test, argc, argv);
}

}  // namespace convolab::testing

// Skips the test function where there is no display, no xdotool or no window manager.
#define CONVOLAB_NEEDS_DISPLAY()                                                                \
    if (const QByteArray missing = ::convolab::testing::displayMissing(); !missing.isEmpty()) { \
        QSKIP(missing.constData());                                                             \
    }
