// Which lists of launches are recorded: those that come again, the most recent of them.
#include <QtTest>

#include "gpu/session/graph_policy.h"

using namespace convolab::gpu;

using Step = GraphPolicy::Step;

class TestGraphPolicy : public QObject {
    Q_OBJECT

  private slots:
    void recordsTheSecondTime() {
        GraphPolicy policy;
        QCOMPARE(policy.decide(7).step, Step::Run);
        const auto recorded = policy.decide(7);
        QCOMPARE(recorded.step, Step::Record);
        for (int i = 0; i < 3; ++i) {
            const auto again = policy.decide(7);
            QCOMPARE(again.step, Step::Replay);
            QCOMPARE(again.slot, recorded.slot);
        }
    }

    void listsHaveSlotsOfTheirOwn() {
        GraphPolicy policy;
        std::vector<int> taken;
        for (std::uint64_t key = 0; key < GraphPolicy::kSlots; ++key) {
            policy.decide(key);
            taken.push_back(policy.decide(key).slot);
        }
        std::ranges::sort(taken);
        QCOMPARE(taken, (std::vector<int>{0, 1, 2, 3}));
    }

    void theOldestGivesWay() {
        GraphPolicy policy;
        for (std::uint64_t key = 0; key < 4; ++key) {
            policy.decide(key);
            policy.decide(key);
        }
        const int freed = policy.decide(1).slot;
        for (const std::uint64_t key : {0, 2, 3}) policy.decide(key);  // 1 is now the oldest
        policy.decide(9);
        const auto newcomer = policy.decide(9);
        QCOMPARE(newcomer.step, Step::Record);
        QCOMPARE(newcomer.slot, freed);
        QCOMPARE(policy.decide(0).step, Step::Replay);
        QCOMPARE(policy.decide(1).step, Step::Run);  // begins anew
        QCOMPARE(policy.decide(1).step, Step::Record);
    }

    void whatCannotBeRecordedIsRun() {
        GraphPolicy policy;
        policy.decide(5);
        QCOMPARE(policy.decide(5).step, Step::Record);
        policy.giveUp(5);
        for (int i = 0; i < 3; ++i) QCOMPARE(policy.decide(5).step, Step::Run);
        policy.decide(6);
        QCOMPARE(policy.decide(6).slot, 0);  // its slot is free
    }

    void changedListsBeginAnew() {
        GraphPolicy policy;
        policy.decide(5);
        policy.decide(5);
        policy.forgetAll();
        QCOMPARE(policy.decide(5).step, Step::Run);
    }
};

QTEST_GUILESS_MAIN(TestGraphPolicy)
#include "tst_graph_policy.moc"
