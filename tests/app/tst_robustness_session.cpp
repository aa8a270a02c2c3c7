// Curves of accuracy over ε in the background: what arrives, what cancelling keeps, and which images are hardest.
#include <QSignalSpy>
#include <QTest>

#include "app/lenses/attack/robustness_session.h"
#include "tests/app/trained_tiny.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = 60000;

RobustnessPlan plan(const std::vector<std::string>& attacks, std::vector<double> epsilons, std::int64_t limit = 60) {
    RobustnessPlan result;
    result.subjects.push_back({false, *trainedTiny().network, trainedTiny().weights});
    for (const std::string& attack : attacks) result.attacks.push_back(attackFrom(attack));
    result.epsilons = std::move(epsilons);
    result.sample = {.split = Split::Validation, .limit = limit};
    result.dataset = trainedTiny().dataset;
    return result;
}

}  // namespace

class RobustnessSessionTest : public QObject {
    Q_OBJECT

  private slots:
    void pointsAreThoseOfTheEngine() {
        RobustnessSession session;
        session.run(plan({"fgsm:eps=0.1", "pgd:eps=0.1,steps=5"}, {0.0, 0.1, 0.3}));
        QCOMPARE(session.images(), std::int64_t(60));
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        QCOMPARE(session.curves().size(), std::size_t(2));
        const RobustnessCurve* pgd = session.curve(false, attackFrom("pgd:eps=0.7,steps=5"));  // whatever its ε
        QVERIFY(pgd != nullptr);
        QCOMPARE(pgd->points.size(), std::size_t(3));
        const auto expected = measureRobustness(*trainedTiny().network, *trainedTiny().weights, *trainedTiny().dataset,
                                                attackFrom("pgd:eps=0.3,steps=5"), {.split = Split::Validation, .limit = 60});
        QCOMPARE(pgd->points[2].result.robustCorrect, expected->robustCorrect);
        QCOMPARE(pgd->points[2].result.images, std::int64_t(60));
        QVERIFY(pgd->points[0].result.robustCorrect >= pgd->points[1].result.robustCorrect);
        QCOMPARE(pgd->at(0.1), &pgd->points[1]);
        QVERIFY(pgd->at(0.11) == nullptr);
        QCOMPARE(pgd->nearest(0.11), &pgd->points[1]);
        QVERIFY(session.curve(true, attackFrom("pgd:eps=0.1,steps=5")) == nullptr);
    }

    void hardestAreThoseWithTheSmallestPerturbation() {
        RobustnessSession session;
        session.run(plan({"pgd:eps=0.1,steps=5"}, {0.05, 0.1, 0.2, 0.3}));
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        const auto hardest = session.hardest(10);
        QVERIFY(hardest.size() > 2);
        QVERIFY(hardest.size() <= 10);
        for (std::size_t i = 1; i < hardest.size(); ++i) QVERIFY(hardest[i - 1].l2 <= hardest[i].l2);
        // It does fall at that ε, and it was right before.
        Attacker& attacker = *m_attacker;
        AttackSpec spec = attackFrom("pgd:eps=0.1,steps=5");
        spec.epsilon = hardest.front().epsilon;
        const auto image = trainedTiny().image(Split::Validation, hardest.front().index);
        const int label = trainedTiny().dataset->label(Split::Validation, hardest.front().index);
        const auto outcome = attacker.run(spec, {image->data(), image->shape().withBatch(1)}, {&label, 1}, {&hardest.front().index, 1});
        QVERIFY(outcome.ok());
        QCOMPARE(outcome->images[0].cleanPrediction, label);
        QVERIFY(outcome->images[0].fooled);
        QVERIFY(std::abs(outcome->images[0].l2 - hardest.front().l2) < 1e-3);
    }

    void cancellingKeepsWhatWasDone() {
        RobustnessSession session;
        session.run(plan({"fgsm:eps=0.1", "pgd:eps=0.1,steps=100,restarts=50"}, {0.0, 0.1, 0.2, 0.3}, 0));
        QTRY_VERIFY_WITH_TIMEOUT(session.curves().front().points.size() == 4, kPatience);
        session.job().cancel();
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Cancelled, kPatience);
        QCOMPARE(session.curves().front().points.size(), std::size_t(4));
        QVERIFY(session.curves().back().points.size() < 4);
    }

    void whatIsThereIsNotMeasuredAgain() {
        RobustnessSession session;
        session.run(plan({"fgsm:eps=0.1"}, {0.0, 0.2}));
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        const double seconds = session.curves()[0].points[1].result.seconds;
        session.run(plan({"fgsm:eps=0.1"}, {0.0, 0.1, 0.2}));
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        QCOMPARE(session.curves()[0].points.size(), std::size_t(3));
        QCOMPARE(session.curves()[0].points[1].epsilon, 0.1);  // in its place
        QCOMPARE(session.curves()[0].points[2].result.seconds, seconds);
        // Other weights are another curve.
        RobustnessPlan newer = plan({"fgsm:eps=0.1"}, {0.0});
        newer.subjects[0].weights = std::make_shared<WeightSet>(*trainedTiny().weights);
        session.run(newer);
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        QCOMPARE(session.curves()[0].points.size(), std::size_t(1));
    }

    void anotherSampleBeginsAnew() {
        RobustnessSession session;
        session.run(plan({"fgsm:eps=0.1"}, {0.0, 0.1}, 20));
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        session.run(plan({"noise:eps=0.1"}, {0.0, 0.1}, 20));
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        QCOMPARE(session.curves().size(), std::size_t(2));
        session.run(plan({"noise:eps=0.1"}, {0.0, 0.1}, 30));
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        QCOMPARE(session.curves().size(), std::size_t(1));
        QCOMPARE(session.curves()[0].points.back().result.images, std::int64_t(30));
        session.clear();
        QVERIFY(session.curves().empty() && session.hardest(5).empty());
    }

    void aDefendedNetworkHasCurvesOfItsOwn() {
        RobustnessSession session;
        RobustnessPlan both = plan({"fgsm:eps=0.1"}, {0.0, 0.1}, 20);
        both.subjects.push_back({true, *trainedTiny().network, trainedTiny().weights});
        session.run(both);
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        QCOMPARE(session.curves().size(), std::size_t(2));
        QVERIFY(session.curve(true, attackFrom("fgsm:eps=0.1")) != nullptr);
        session.dropDefended();
        QCOMPARE(session.curves().size(), std::size_t(1));
    }

    void chosenEpsilonsAreAmongThoseMeasured() {
        const auto epsilons = curveEpsilons(0.3, {8.0 / 255, 0.15});
        QVERIFY(std::is_sorted(epsilons.begin(), epsilons.end()));
        QCOMPARE(epsilons.front(), 0.0);
        QCOMPARE(epsilons.back(), 0.3);
        QVERIFY(std::find(epsilons.begin(), epsilons.end(), 8.0 / 255) != epsilons.end());
        QCOMPARE(epsilons.size(), std::size_t(13));  // 0.15 is one of them anyway
    }

    void initTestCase() {
        auto made = Attacker::create(*trainedTiny().network, 1);
        QVERIFY(made.ok());
        m_attacker = std::move(made).value();
        QVERIFY(m_attacker->bind(*trainedTiny().weights).ok());
    }

  private:
    std::unique_ptr<Attacker> m_attacker;
};

QTEST_GUILESS_MAIN(RobustnessSessionTest)
#include "tst_robustness_session.moc"
