// The one compute team: whoever holds it may take it again, everybody else waits until the outermost guard is gone.
#include <omp.h>

#include <QTest>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "core/cpu/compute_team.h"
#include "core/cpu/team_limit.h"

using namespace convolab;

class TestComputeTeam : public QObject {
    Q_OBJECT

  private slots:
    void nestedGuardsAreOneTurn() {
        std::atomic<bool> other = false;
        std::optional<ComputeGuard> outer(std::in_place);
        std::jthread waiting([&] {
            const ComputeGuard guard;
            other = true;
        });
        {
            const ComputeGuard inner;
            QCOMPARE(lastComputeWait(), 0.0);
        }
        // The inner guard has gone, the team is still held.
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        QVERIFY(!other);
        outer.reset();
        QTRY_VERIFY(other);
    }

    void waitIsMeasured() {
        std::optional<ComputeGuard> held(std::in_place);
        std::atomic<double> waited = 0.0;
        std::atomic<bool> done = false;
        std::jthread waiting([&] {
            const ComputeGuard guard;
            waited = lastComputeWait();
            done = true;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(40));
        held.reset();
        QTRY_VERIFY(done);
        QVERIFY(waited > 0.0);
        QVERIFY(waited < 5.0);
    }

    // Of this thread only, and only while they live; a limit never makes the team larger.
    void limitsHoldForOneThread() {
        setComputeThreads(3);
        {
            const TeamLimit one(1);
            const ComputeGuard guard;
            QCOMPARE(computeThreads(), 1);
            QCOMPARE(omp_get_max_threads(), 1);
            int elsewhere = 0;
            std::jthread([&] { elsewhere = computeThreads(); }).join();
            QCOMPARE(elsewhere, 3);
            {
                const TeamLimit many(100);
                QCOMPARE(computeThreads(), 3);
            }
            QCOMPARE(computeThreads(), 1);
        }
        QCOMPARE(computeThreads(), 3);
        QCOMPARE(omp_get_max_threads(), 3);
        setComputeThreads(0);
    }
};

QTEST_GUILESS_MAIN(TestComputeTeam)
#include "tst_compute_team.moc"
