// Without a camera there is a sentence, and nothing else.
#include <unistd.h>

#include <QFile>
#include <QTemporaryFile>
#include <QtTest>
#include <atomic>
#include <mutex>

#include "datasets/camera.h"

using namespace convolab;

namespace {

/// What the process writes to stderr while this lives.
class CapturedStderr {
  public:
    CapturedStderr() : m_before(dup(STDERR_FILENO)) {
        if (m_file.open()) dup2(m_file.handle(), STDERR_FILENO);
    }
    ~CapturedStderr() { restore(); }
    QByteArray text() {
        restore();
        QFile file(m_file.fileName());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
    }

  private:
    void restore() {
        if (m_before < 0) return;
        dup2(m_before, STDERR_FILENO);
        close(m_before);
        m_before = -1;
    }
    QTemporaryFile m_file;
    int m_before;
};

}  // namespace

class TestCamera : public QObject {
    Q_OBJECT

  private slots:
    void absenceIsASentence() {
        if (Camera::available().ok()) QSKIP("this computer has a camera");
        const Error error = Camera::available().error();
        QCOMPARE(error.code, ErrorCode::DeviceUnavailable);
        QVERIFY2(QString::fromStdString(error.sentence()).contains(QStringLiteral("camera")), error.sentence().c_str());
        QVERIFY(!error.hint.empty());

        CapturedStderr captured;
        std::atomic<int> frames = 0, ends = 0;
        std::mutex mutex;
        std::string said;
        {
            Camera camera([&](Picture) { ++frames; }, [&](const Error& end) {
                const std::lock_guard lock(mutex);
                said = end.sentence();
                ++ends;
            });
            QTRY_COMPARE(ends.load(), 1);
        }
        QCOMPARE(captured.text(), QByteArray());
        QCOMPARE(frames.load(), 0);
        QCOMPARE(said, error.sentence());
    }

    void itsModuleLoads() {
        const Status support = Camera::support();
        QVERIFY2(support.ok(), support.ok() ? "" : support.error().sentence().c_str());
    }

    void picturesArrive() {
        if (!Camera::available().ok()) QSKIP("this computer has no camera");
        std::atomic<int> frames = 0, ends = 0, widths = 0;
        {
            Camera camera([&](const Picture& picture) { widths = picture.width; ++frames; }, [&](const Error&) { ++ends; });
            QTRY_VERIFY_WITH_TIMEOUT(frames.load() > 3 || ends.load() > 0, 15000);
        }
        if (ends.load() > 0) QSKIP("the camera gives no pictures");
        QVERIFY(widths.load() > 0);
    }
};

QTEST_GUILESS_MAIN(TestCamera)
#include "tst_camera.moc"
