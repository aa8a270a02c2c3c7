// Progress, cancel and the four ends of a long job, and the row that shows it.
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>
#include <atomic>
#include <thread>

#include "app/image/background_job.h"
#include "app/image/job_row.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

Error cancelled() { return {ErrorCode::Cancelled, "cancelled", {}, {}}; }

/// Goes on until it is cancelled or let go.
std::function<Result<int>(const BackgroundJob::Context&)> longWork(const std::atomic<bool>& go, std::atomic<int>* running = nullptr) {
    return [&go, running](const BackgroundJob::Context& context) -> Result<int> {
        if (running != nullptr) ++*running;
        while (!go) {
            if (!context.progress(0.25)) {
                if (running != nullptr) --*running;
                return cancelled();
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return 7;
    };
}

}  // namespace

class TestBackgroundJob : public QObject {
    Q_OBJECT

    Theme m_theme;

  private slots:
    void initTestCase() { m_theme.applyTo(*qApp); }

    void doneGivesTheResultOnce() {
        BackgroundJob job;
        QCOMPARE(job.state(), BackgroundJob::State::Idle);
        QSignalSpy finished(&job, &BackgroundJob::finished);
        int result = 0;
        std::vector<int> onTheWay;
        const std::thread::id ui = std::this_thread::get_id();
        job.start<int>(QStringLiteral("Count"), [&](const BackgroundJob::Context& context) -> Result<int> {
            if (std::this_thread::get_id() == ui) return cancelled();
            for (int i = 0; i < 3; ++i) context.toUi([&onTheWay, i] { onTheWay.push_back(i); });
            return 42;
        }, [&](int value) { result = value; });
        QVERIFY(job.isRunning());
        QTRY_COMPARE(finished.size(), 1);
        QCOMPARE(job.state(), BackgroundJob::State::Done);
        QCOMPARE(result, 42);
        QCOMPARE(onTheWay, (std::vector<int>{0, 1, 2}));
        QCOMPARE(job.share(), 1.0);
    }

    void cancelledAndFailedAreToldApart() {
        BackgroundJob job;
        const std::atomic<bool> never = false;
        bool done = false;
        job.start<int>(QStringLiteral("Wait"), longWork(never), [&](int) { done = true; });
        QTRY_COMPARE(job.share(), 0.25);
        job.cancel();
        QTRY_COMPARE(job.state(), BackgroundJob::State::Cancelled);
        job.start<int>(QStringLiteral("Fail"), [](const BackgroundJob::Context&) -> Result<int> {
            return Error{ErrorCode::InvalidArgument, "the sample is empty", {}, "choose more images"};
        }, [&](int) { done = true; });
        QTRY_COMPARE(job.state(), BackgroundJob::State::Failed);
        QCOMPARE(job.error(), QStringLiteral("the sample is empty: choose more images"));
        job.start<int>(QStringLiteral("Throw"), [](const BackgroundJob::Context&) -> Result<int> { throw std::runtime_error("broken"); }, [&](int) { done = true; });
        QTRY_COMPARE(job.state(), BackgroundJob::State::Failed);
        QCOMPARE(job.error(), QStringLiteral("broken"));
        QVERIFY(!done);
    }

    void aNewStartReplacesTheOldOne() {
        BackgroundJob job;
        const std::atomic<bool> never = false;
        std::atomic<int> running = 0;
        std::vector<int> results;
        job.start<int>(QStringLiteral("Old"), longWork(never, &running), [&](int) { results.push_back(1); });
        QTRY_COMPARE(running.load(), 1);
        int besideMe = -1;
        job.start<int>(QStringLiteral("New"), [&](const BackgroundJob::Context&) -> Result<int> {
            besideMe = running.load();
            return 2;
        }, [&](int value) { results.push_back(value); });
        QTRY_COMPARE(job.state(), BackgroundJob::State::Done);
        QCOMPARE(results, std::vector<int>{2});
        QCOMPARE(besideMe, 0);  // never two at once
    }

    void goingAwayEndsTheWork() {
        const std::atomic<bool> never = false;
        std::atomic<int> running = 0;
        {
            BackgroundJob job;
            job.start<int>(QStringLiteral("Wait"), longWork(never, &running), [](int) {});
            QTRY_COMPARE(running.load(), 1);
        }
        QCOMPARE(running.load(), 0);
    }

    void theRowAppearsAfterHalfASecond() {
        BackgroundJob job;
        std::atomic<bool> go = false;
        QWidget window;
        auto* row = new JobRow(m_theme, job, &window);
        window.show();
        QVERIFY(!row->isVisibleTo(&window));
        job.start<int>(QStringLiteral("Predictions on the test set"), longWork(go), [](int) {});
        QVERIFY(!row->isVisibleTo(&window));
        QTRY_VERIFY(row->isVisibleTo(&window));
        QVERIFY(job.secondsRunning() >= 0.5);
        QTRY_VERIFY(row->findChild<QLabel*>(QStringLiteral("jobText"))->text().startsWith(QStringLiteral("Predictions on the test set · ")));
        QCOMPARE(row->findChild<QProgressBar*>()->value(), 250);
        QVERIFY(*job.secondsLeft() > 1.0);
        QTest::mouseClick(row->findChild<QPushButton*>(QStringLiteral("jobCancel")), Qt::LeftButton);
        QTRY_COMPARE(job.state(), BackgroundJob::State::Cancelled);
        QVERIFY(!row->isVisibleTo(&window));
    }

    void theRowComesIntoView() {
        BackgroundJob job;
        std::atomic<bool> go = false;
        QScrollArea area;
        area.setWidgetResizable(true);
        auto* content = new QWidget;
        auto* column = new QVBoxLayout(content);
        auto* form = new QWidget;
        form->setFixedHeight(900);
        column->addWidget(form);
        auto* row = new JobRow(m_theme, job);
        column->addWidget(row);
        area.setWidget(content);
        area.resize(300, 400);
        area.show();
        job.start<int>(QStringLiteral("Recipe"), longWork(go), [](int) {});
        QTRY_VERIFY(row->isVisibleTo(&area));
        const auto inView = [&] { return area.viewport()->rect().contains(QRect(row->mapTo(area.viewport(), QPoint()), row->size())); };
        QTRY_VERIFY(row->height() > 10 && inView());
        // Only when it appears: a person who looks elsewhere meanwhile stays there.
        area.verticalScrollBar()->setValue(0);
        go = true;
        QTRY_COMPARE(job.state(), BackgroundJob::State::Done);
        QCOMPARE(area.verticalScrollBar()->value(), 0);
    }

    void theRowKeepsAFailure() {
        BackgroundJob job;
        QWidget window;
        auto* row = new JobRow(m_theme, job, &window);
        window.show();
        job.start<int>(QStringLiteral("Fail"), [](const BackgroundJob::Context&) -> Result<int> { return Error{ErrorCode::InvalidArgument, "the sample is empty", {}, {}}; }, [](int) {});
        QTRY_VERIFY(row->isVisibleTo(&window));
        QCOMPARE(row->findChild<QLabel*>(QStringLiteral("jobText"))->text(), QStringLiteral("the sample is empty"));
        QVERIFY(!row->findChild<QPushButton*>(QStringLiteral("jobCancel"))->isVisibleTo(&window));
    }
};

QTEST_MAIN(TestBackgroundJob)
#include "tst_background_job.moc"
