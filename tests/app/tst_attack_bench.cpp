// One image on the bench: the attack and its preview, how far layers depart, this image over ε, the smallest perturbation,
// and means over a sample.
#include <QTest>
#include <cmath>

#include "app/lenses/attack/attack_bench.h"
#include "tests/app/trained_tiny.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::vector<double> epsilonsTo(double largest) {
    std::vector<double> epsilons;
    for (int i = 0; i <= 24; ++i) epsilons.push_back(largest * i / 24);
    return epsilons;
}

}  // namespace

class AttackBenchTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        QVERIFY(m_bench.prepare(trainedTiny().network, trainedTiny().weights).ok());
        // The first image that the network knows and a strong attack fools.
        for (std::int64_t i = 0; i < 20 && !m_image; ++i) {
            const auto image = trainedTiny().image(Split::Test, i);
            const int label = trainedTiny().dataset->label(Split::Test, i);
            const auto picture = m_bench.picture({image, label, i, attackFrom("pgd:eps=0.3,steps=10")}, {});
            QVERIFY2(picture.ok(), picture.ok() ? "" : picture.error().sentence().c_str());
            if ((*picture)->alreadyWrong() || !(*picture)->outcome.fooled) continue;
            m_image = image;
            m_label = label;
            m_id = i;
        }
        QVERIFY(m_image);
    }

    void aPreviewIsFgsmWithTheSameBudget() {
        AttackTask asked = task("pgd:eps=0.05,steps=10");
        asked.preview = true;
        const auto preview = m_bench.picture(asked, {});
        const auto fgsm = m_bench.picture(task("fgsm:eps=0.05"), {});
        QVERIFY(preview.ok() && fgsm.ok());
        QVERIFY((*preview)->preview);
        QVERIFY(!(*fgsm)->preview);
        QCOMPARE((*preview)->perturbation(), (*fgsm)->perturbation());
        QCOMPARE((*preview)->spec, asked.spec);
        for (const float value : (*fgsm)->perturbation()) QVERIFY(std::abs(value) <= 0.05F + 1e-6F);
        asked.spec = attackFrom("fgsm:eps=0.05");
        QVERIFY(!(*m_bench.picture(asked, {}))->preview);  // it is final at once
        QVERIFY(!isItsOwnPreview(attackFrom("fgsm:eps=0.05,random_start=true")));
    }

    void theAttackIsStrongerThanNoiseInTheLastLayer() {
        const auto result = m_bench.picture(task("pgd:eps=0.1,steps=20"), {});
        QVERIFY(result.ok());
        const AttackPicture& picture = **result;
        QCOMPARE(picture.divergence, layerDivergence(*picture.clean, *picture.attacked));
        QCOMPARE(picture.divergence.size(), picture.clean->outputs.size());
        QVERIFY(picture.divergence.size() >= 4);
        const Analysis analysis = analyze(*trainedTiny().network);
        QVERIFY(picture.divergence.at(analysis.output) > 2 * picture.noiseDivergence.at(analysis.output));
        // Noise changes the pixels as much as the attack may.
        QVERIFY(picture.noiseDivergence.at(analysis.input) > 0.5 * picture.divergence.at(analysis.input));
        QVERIFY(picture.outcome.linf <= 0.1 + 1e-7);
        QVERIFY(picture.seconds > 0);
    }

    void anUnlabelledImageIsAttackedAwayFromItsPrediction() {
        AttackTask drawn = task("pgd:eps=0.3,steps=10");
        drawn.label.reset();
        const auto picture = m_bench.picture(drawn, {});
        QVERIFY(picture.ok());
        QVERIFY(!(*picture)->labelled);
        QCOMPARE((*picture)->outcome.label, (*picture)->clean->predicted);
        QVERIFY((*picture)->outcome.fooled);
        QVERIFY((*picture)->attacked->predicted != (*picture)->clean->predicted);
    }

    void aWrongImageIsLeftAlone() {
        AttackTask wrong = task("pgd:eps=0.3,steps=10");
        wrong.label = (m_label + 1) % kTinyClasses;
        const auto picture = m_bench.picture(wrong, {});
        QVERIFY(picture.ok());
        QVERIFY((*picture)->alreadyWrong());
        for (const float value : (*picture)->perturbation()) QCOMPARE(value, 0.0F);
        const auto sweep = m_bench.sweep(wrong, epsilonsTo(0.3), {});
        QVERIFY(sweep.ok());
        QCOMPARE((*sweep)->flipsAt, std::optional(0.0));
    }

    void theSweepBeginsCleanAndFindsTheFlip() {
        EpsilonSweepPtr first;
        const auto result = m_bench.sweep(task("pgd:eps=0.05,steps=10"), epsilonsTo(0.3), {}, [&](EpsilonSweepPtr coarse) { first = coarse; });
        QVERIFY(result.ok());
        const EpsilonSweep& sweep = **result;
        QVERIFY(first && first->coarse && !sweep.coarse);
        QCOMPARE(first->epsilons.size(), std::size_t(7));
        QCOMPARE(sweep.epsilons, epsilonsTo(0.3));
        const auto clean = m_bench.picture(task("fgsm:eps=0"), {});
        QCOMPARE(static_cast<float>(sweep.labelShare.front()), (*clean)->clean->probabilities[static_cast<std::size_t>(m_label)]);
        QVERIFY(sweep.labelShare.back() < sweep.labelShare.front());
        QVERIFY(sweep.flipsAt.has_value());
        QVERIFY(sweep.adversarialClass >= 0 && sweep.adversarialClass != m_label);
        const auto predictedAt = [&](double epsilon) {
            AttackTask at = task("pgd:eps=0.05,steps=10");
            at.spec.epsilon = epsilon;
            return (*m_bench.picture(at, {}))->attacked->predicted;
        };
        QVERIFY(predictedAt(*sweep.flipsAt) != m_label);
        QCOMPARE(predictedAt(*sweep.flipsAt - 0.3 / 24 / 16), m_label);
    }

    void theSmallestPerturbationFools() {
        const auto smallest = m_bench.smallest(task("pgd:eps=0.05"), {});
        QVERIFY(smallest.ok());
        QVERIFY(smallest->found);
        QVERIFY(smallest->prediction != m_label);
        double norm = 0;
        for (const float value : m_image->span()) norm += static_cast<double>(value) * value;
        QVERIFY(std::abs(smallest->relativeL2 - smallest->l2 / std::sqrt(norm)) < 1e-6);
        // Smaller than what a large budget spends.
        QVERIFY(smallest->l2 < (*m_bench.picture(task("pgd:eps=0.3,steps=10"), {}))->outcome.l2);
    }

    void theSampleIsMeantOverImagesThatWereRight() {
        const auto sample = m_bench.sample(*trainedTiny().dataset, Split::Validation, 12, attackFrom("fgsm:eps=0.1"), {});
        QVERIFY2(sample.ok(), sample.ok() ? "" : sample.error().sentence().c_str());
        QVERIFY((*sample)->images > 6 && (*sample)->images <= 12);
        QCOMPARE((*sample)->split, Split::Validation);
        const Analysis analysis = analyze(*trainedTiny().network);
        QVERIFY((*sample)->mean.at(analysis.output) > 0.0);
        QVERIFY((*sample)->rho > 0.0 && (*sample)->rhoImages > 0);
        // With a target, images of that class are left out: every one left belongs to another class.
        const auto targeted = m_bench.sample(*trainedTiny().dataset, Split::Validation, 12, attackFrom("pgd:eps=0.1,steps=3,target=1"), {});
        QVERIFY2(targeted.ok(), targeted.ok() ? "" : targeted.error().sentence().c_str());
        QVERIFY((*targeted)->images <= 8);
    }

    void cancellingIsHonoured() {
        int calls = 0;
        const auto stop = [&] { return ++calls < 3; };
        const auto sweep = m_bench.sweep(task("pgd:eps=0.1,steps=10"), epsilonsTo(0.3), stop);
        QVERIFY(!sweep.ok());
        QCOMPARE(sweep.error().code, ErrorCode::Cancelled);
        QVERIFY(calls < 10);
    }

    void anotherNetworkIsCompiledAnew() {
        AttackBench bench;
        auto other = std::make_shared<NetworkSpec>(tinyNetwork());
        QVERIFY(bench.prepare(other, trainedTiny().weights).ok());
        QVERIFY(bench.picture(task("fgsm:eps=0.1"), {}).ok());
        auto broken = std::make_shared<NetworkSpec>();
        broken->addNode("input");
        const Status status = bench.prepare(broken, trainedTiny().weights);
        QVERIFY(!status.ok());
        QVERIFY(bench.prepare(other, trainedTiny().weights).ok());
        QVERIFY(bench.picture(task("fgsm:eps=0.1"), {}).ok());
    }

  private:
    AttackTask task(const std::string& text) const { return {m_image, m_label, m_id, attackFrom(text)}; }

    AttackBench m_bench;
    std::shared_ptr<const Tensor> m_image;
    int m_label = 0;
    std::int64_t m_id = 0;
};

QTEST_GUILESS_MAIN(AttackBenchTest)
#include "tst_attack_bench.moc"
