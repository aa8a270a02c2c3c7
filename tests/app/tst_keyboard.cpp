// The keyboard alone is enough: whatever it can reach shows that it has the focus.
#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>

#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/theme/theme.h"

using namespace convolab;

class TestKeyboard : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(0);
        m_theme = std::make_unique<Theme>(ThemeMode::Dark);
        m_theme->applyTo(*qApp);
        m_window = std::make_unique<MainWindow>(*m_theme);
        m_window->resize(1600, 1000);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void cleanupTestCase() { m_window.reset(); }

    void everyControlShowsItsFocus_data() {
        QTest::addColumn<QString>("lens");
        for (const char* lens : {"", "build", "train", "look-inside", "compress", "attack", "measure"})
            QTest::newRow(*lens ? lens : "start page") << QString::fromLatin1(lens);
    }
    void everyControlShowsItsFocus() {
        QFETCH(QString, lens);
        if (!lens.isEmpty()) {
            if (m_window->lens().isEmpty()) m_window->openPreset("lenet-like");
            m_window->setLens(lens);
            QTest::qWait(300);  // what the lens computes for its first picture
        }
        QStringList blind;
        int seen = 0;
        for (QWidget* control : m_window->findChildren<QWidget*>()) {
            const bool standard = qobject_cast<QAbstractButton*>(control) || qobject_cast<QLineEdit*>(control) || qobject_cast<QComboBox*>(control) ||
                                  qobject_cast<QAbstractSlider*>(control);
            if (!standard || !control->isVisible() || !control->isEnabled() || !(control->focusPolicy() & Qt::TabFocus)) continue;
            if (control->objectName().startsWith(QStringLiteral("qt_")) || control->visibleRegion().isEmpty()) continue;
            m_window->canvas().setFocus();
            const QImage without = pictureOf(*control);
            control->setFocus(Qt::TabFocusReason);
            if (!control->hasFocus()) continue;
            if (auto* field = qobject_cast<QLineEdit*>(control)) field->deselect();
            ++seen;
            if (pictureOf(*control) == without) blind << control->objectName() + QStringLiteral(" in ") + control->parentWidget()->objectName();
        }
        QVERIFY(seen > 5);
        QVERIFY2(blind.isEmpty(), qPrintable(blind.join(QStringLiteral("; "))));
    }

  private:
    static QImage pictureOf(QWidget& control) { return control.grab().toImage(); }

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestKeyboard)
#include "tst_keyboard.moc"
