// What every attack promises: box and budget to the last bit, the same images whatever the batch, a fair control.
#include <QtTest>

#include "core/attack/perturbation.h"
#include "tests/core/attack_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

// Images that are hard on the box: half of the pixels are exactly 0 or 1.
Tensor spikyImages(const Shape& shape, std::uint64_t seed) {
    Tensor images(shape);
    RandomSequence random(seed, RandomStreamId::Data);
    for (float& value : images.span()) {
        const float drawn = random.uniform(-0.5F, 1.5F);
        value = std::clamp(drawn, 0.0F, 1.0F);
    }
    return images;
}

bool insideBox(std::span<const float> values) {
    return std::ranges::all_of(values, [](float value) { return value >= 0.0F && value <= 1.0F; });
}

bool insideBudget(const AttackSpec& attack, std::span<const float> clean, std::span<const float> adversarial) {
    if (attack.norm == AttackNorm::L2) return perturbationOf(clean, adversarial).l2 <= attack.epsilon;
    const auto epsilon = static_cast<float>(attack.epsilon);
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const float difference = std::abs(adversarial[i] - clean[i]);
        if (!(difference <= epsilon)) return false;
    }
    return true;
}

// Dense 3 classes of 4 inputs without a softmax, and its weights: W x + b.
struct Affine {
    static constexpr int kInputs = 4;
    NetworkSpec spec;
    WeightSet weights;

    Affine() {
        spec = ChainBuilder("affine").input({kInputs}).dense(3).add("output").build();
        weights = initialWeights(spec, analyze(spec), 1);
        const std::vector<float> values = {1.0F, -0.5F, 0.25F, 0.75F, -0.5F, 1.0F, -0.25F, 0.5F, 0.3F, 0.4F, 1.0F, -1.0F};
        const ParameterEntry* weight = weights.layout->find(weights.layout->entries.front().node, "weight");
        const ParameterEntry* bias = weights.layout->find(weight->node, "bias");
        std::ranges::copy(values, weights.parameters.begin() + static_cast<std::ptrdiff_t>(weight->offset));
        const std::vector<float> shift = {0.1F, 0.0F, -0.1F};
        std::ranges::copy(shift, weights.parameters.begin() + static_cast<std::ptrdiff_t>(bias->offset));
    }
    double weight(int k, int i) const { return weights.parameters[static_cast<std::size_t>(k * kInputs + i)]; }
    double logit(int k, std::span<const float> x) const {
        double sum = weights.parameters[static_cast<std::size_t>(3 * kInputs + k)];
        for (int i = 0; i < kInputs; ++i) sum += weight(k, i) * x[static_cast<std::size_t>(i)];
        return sum;
    }
};

}  // namespace

class TestAttack : public QObject {
    Q_OBJECT

  private slots:
    void projectionHoldsToTheLastBit_data() {
        QTest::addColumn<double>("epsilon");
        for (const double epsilon : {0.0, 1e-8, 1.0 / 255.0, 0.1, 0.3, 0.7, 1.0, 3.0}) {
            QTest::addRow("%g", epsilon) << epsilon;
        }
    }
    void projectionHoldsToTheLastBit() {
        QFETCH(double, epsilon);
        for (const AttackNorm norm : {AttackNorm::Linf, AttackNorm::L2}) {
            AttackSpec attack;
            attack.norm = norm;
            attack.epsilon = epsilon;
            for (std::uint64_t seed = 0; seed < 40; ++seed) {
                const Shape shape{3, 1, 9, 7};
                const Tensor clean = spikyImages(shape, 2 * seed);
                Tensor moved = spikyImages(shape, 2 * seed + 1);
                const AllowedRegion region(attack, clean.view());
                region.project(moved.view());
                for (std::size_t i = 0; i < 3; ++i) {
                    const auto before = clean.span().subspan(63 * i, 63);
                    const auto after = std::as_const(moved).span().subspan(63 * i, 63);
                    QVERIFY(insideBox(after));
                    QVERIFY(insideBudget(attack, before, after));
                    // It does not give away what it may use, either.
                    const PerturbationSize size = perturbationOf(before, after);
                    const double used = norm == AttackNorm::L2 ? size.l2 : size.linf;
                    if (epsilon > 1e-4 && epsilon < 0.5) QVERIFY(used > 0.999 * epsilon);
                }
                // What is inside already stays as it is.
                const Tensor once = moved.clone();
                region.project(moved.view());
                QVERIFY(norm == AttackNorm::L2 || std::ranges::equal(once.span(), moved.span()));
            }
        }
    }

    void boxAndBudget_data() {
        QTest::addColumn<QString>("text");
        for (const AttackMethod* method : attackMethods()) {
            for (const char* budget : {"eps=0.05", "eps=8/255", "eps=0.3", "eps=0.6,norm=l2", "eps=4,norm=l2", "eps=0"}) {
                const std::string text = method->id + ":" + budget + ",steps=5";
                QTest::newRow(text.c_str()) << QString::fromStdString(text);
                if (method->supportsTarget) {
                    const std::string targeted = text + ",target=1";
                    QTest::newRow(targeted.c_str()) << QString::fromStdString(targeted);
                }
                if (method->supportsRandomStart) {
                    const std::string random = text + ",random_start=true,restarts=2";
                    QTest::newRow(random.c_str()) << QString::fromStdString(random);
                }
            }
        }
    }
    void boxAndBudget() {
        QFETCH(QString, text);
        Victim victim(mixedNetwork());
        const AttackSpec attack = attackOf(text.toStdString());
        victim.images.tensor = spikyImages(victim.images.tensor.shape(), 77);
        std::ranges::fill(victim.images.labels, 0);
        const AttackOutcome outcome = victim.attack(attack);
        for (std::size_t i = 0; i < outcome.images.size(); ++i) {
            const auto adversarial = victim.pixelsOf(outcome.adversarial, i);
            QVERIFY(insideBox(adversarial));
            QVERIFY(insideBudget(attack, victim.clean(i), adversarial));
            const AttackedImage& image = outcome.images[i];
            const PerturbationSize size = perturbationOf(victim.clean(i), adversarial);
            QCOMPARE(image.linf, size.linf);
            QCOMPARE(image.l2, size.l2);
            const bool changed = !std::ranges::equal(victim.clean(i), adversarial);
            if (!image.perturbed) QVERIFY(!changed);
            if (attack.epsilon == 0.0) QVERIFY(!changed);
        }
    }

    // Predictions are of the images that come back, not of something on the way.
    void outcomesAreTrue() {
        for (const char* text : {"pgd:eps=0.1,restarts=3", "fgsm:eps=0.1", "deepfool:eps=1", "noise:eps=0.5", "pgd:eps=0.1,target=3"}) {
            Victim victim(mixedNetwork());
            for (int& label : victim.images.labels) {
                if (label == 3) label = 0;
            }
            const AttackSpec attack = attackOf(text);
            const AttackOutcome outcome = victim.attack(attack);
            Model& model = victim.attacker->model();
            model.forward(outcome.adversarial.view());
            const View<const float> logits = model.logits();
            for (std::size_t i = 0; i < outcome.images.size(); ++i) {
                const float* row = logits.data + static_cast<std::int64_t>(i) * logits.shape[1];
                const int now = static_cast<int>(std::max_element(row, row + logits.shape[1]) - row);
                const AttackedImage& image = outcome.images[i];
                QCOMPARE(image.prediction, now);
                QCOMPARE(image.fooled, attack.target ? now == *attack.target : now != image.label);
            }
        }
    }

    // Which images share a batch, and in which order, does not matter.
    void batchesDoNotMatter_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"pgd:eps=0.02,steps=8,restarts=3", "pgd:eps=0.3,norm=l2,steps=8", "fgsm:eps=0.03,random_start=true",
                                 "noise:eps=0.1,norm=l2", "noise:eps=0.1", "deepfool:eps=1"}) {
            QTest::newRow(text) << text;
        }
    }
    void batchesDoNotMatter() {
        QFETCH(QString, text);
        const AttackSpec attack = attackOf(text.toStdString());
        Victim victim(mixedNetwork(), 12);
        const AttackOutcome together = victim.attack(attack);
        const Shape one = victim.attacker->model().inputShape().withBatch(1);
        for (std::size_t i = 12; i-- > 0;) {
            auto alone = victim.attacker->run(attack, {victim.clean(i).data(), one}, std::span(victim.images.labels).subspan(i, 1),
                                              std::span(victim.ids).subspan(i, 1));
            QVERIFY(alone.ok());
            const double apart = perturbationOf(victim.pixelsOf(together.adversarial, i), alone->adversarial.span()).linf;
            QVERIFY2(apart < 1e-5, qPrintable(QString("image %1: %2").arg(i).arg(apart)));
            QCOMPARE(alone->images.front().prediction, together.images[i].prediction);
        }
    }

    void randomNumbersFollowTheSeed() {
        Victim victim(mixedNetwork());
        for (const char* text : {"pgd:eps=0.02,steps=2", "noise:eps=0.05", "noise:eps=0.05,norm=l2"}) {
            AttackSpec attack = attackOf(text);
            const AttackOutcome first = victim.attack(attack);
            QVERIFY(std::ranges::equal(first.adversarial.span(), victim.attack(attack).adversarial.span()));
            attack.seed = 1;
            QVERIFY(!std::ranges::equal(first.adversarial.span(), victim.attack(attack).adversarial.span()));
        }
    }

    void randomStartsFillTheBall() {
        constexpr std::int64_t kImages = 400;
        const Shape shape{kImages, 1, 2, 1};  // two dimensions: the share within half the radius is 1/4 in both balls
        Tensor clean(shape);
        std::ranges::fill(clean.span(), 0.5F);
        std::vector<std::int64_t> ids(kImages);
        std::iota(ids.begin(), ids.end(), 0);
        for (const AttackNorm norm : {AttackNorm::Linf, AttackNorm::L2}) {
            AttackSpec attack;
            attack.norm = norm;
            attack.epsilon = 0.25;
            Tensor start(shape);
            AllowedRegion(attack, clean.view()).startAtRandom(start.view(), 3, 0, ids);
            int near = 0;
            for (std::size_t i = 0; i < kImages; ++i) {
                const PerturbationSize size = perturbationOf(clean.span().subspan(2 * i, 2), std::as_const(start).span().subspan(2 * i, 2));
                const double length = norm == AttackNorm::L2 ? size.l2 : size.linf;
                QVERIFY(length <= 0.25 && length > 0.0);
                near += length <= 0.125 ? 1 : 0;
            }
            QVERIFY2(std::abs(near - 100) < 35, qPrintable(QString::number(near)));  // four deviations
        }
    }

    void noiseIsAsLargeAsItMayBe() {
        Victim victim(mixedNetwork());
        const auto sizes = [&](const char* text) {
            std::vector<double> found;
            const AttackSpec attack = attackOf(text);
            for (const AttackedImage& image : victim.attack(attack).images) {
                found.push_back(attack.norm == AttackNorm::L2 ? image.l2 : image.linf);
            }
            return found;
        };
        for (const double size : sizes("noise:eps=0.1")) QCOMPARE(size, static_cast<double>(0.1F));
        for (const double size : sizes("noise:eps=0.8,norm=l2")) QVERIFY(size <= 0.8 && size > 0.8 * (1.0 - 1e-6));
        // Black and white pixels can only go one way; the others make up for it.
        victim.images.tensor = spikyImages(victim.images.tensor.shape(), 5);
        std::ranges::fill(victim.images.labels, 0);
        const AttackOutcome outcome = victim.attack("noise:eps=2,norm=l2");
        for (const AttackedImage& image : outcome.images) {
            if (image.perturbed) QVERIFY(image.l2 <= 2.0 && image.l2 > 2.0 * (1.0 - 1e-6));
        }
    }

    void wrongAlreadyIsLeftAlone() {
        Victim victim(mixedNetwork());
        const int said = victim.images.labels[4];
        victim.images.labels[4] = said == 0 ? 1 : 0;
        const AttackOutcome outcome = victim.attack("pgd:eps=0.3,steps=3");
        QVERIFY(outcome.images[4].fooled && !outcome.images[4].perturbed);
        QVERIFY(std::ranges::equal(victim.clean(4), victim.pixelsOf(outcome.adversarial, 4)));
        QCOMPARE(outcome.images[4].prediction, said);
        QVERIFY(outcome.images[3].perturbed);
    }

    void restartsHelp() {
        Victim victim(mixedNetwork(), 40);
        const auto fooled = [&](const char* text) {
            const AttackOutcome outcome = victim.attack(text);
            return std::ranges::count_if(outcome.images, [](const AttackedImage& image) { return image.fooled; });
        };
        const auto once = fooled("noise:eps=0.2");
        const auto often = fooled("noise:eps=0.2,restarts=30");
        QVERIFY2(often > once && once < 40, qPrintable(QString("%1 and %2").arg(once).arg(often)));
    }

    void deepFoolCrossesTheNearestBorder_data() {
        QTest::addColumn<int>("norm");
        QTest::newRow("L∞") << static_cast<int>(AttackNorm::Linf);
        QTest::newRow("L2") << static_cast<int>(AttackNorm::L2);
    }
    void deepFoolCrossesTheNearestBorder() {
        QFETCH(int, norm);
        const Affine affine;
        const std::vector<float> x = {0.52F, 0.5F, 0.48F, 0.5F};
        int own = 0;
        for (int k = 1; k < 3; ++k) own = affine.logit(k, x) > affine.logit(own, x) ? k : own;
        // The closed form: r = 1.02 (f_own − f_k) / ‖w‖² w towards the nearest border (L∞: over ‖w‖₁, by signs).
        std::vector<double> expected;
        double nearest = 1e9;
        for (int k = 0; k < 3; ++k) {
            if (k == own) continue;
            std::vector<double> w;
            double dual = 0.0;
            for (int i = 0; i < Affine::kInputs; ++i) {
                w.push_back(affine.weight(k, i) - affine.weight(own, i));
                dual += norm == static_cast<int>(AttackNorm::L2) ? w.back() * w.back() : std::abs(w.back());
            }
            if (norm == static_cast<int>(AttackNorm::L2)) dual = std::sqrt(dual);
            const double distance = (affine.logit(own, x) - affine.logit(k, x)) / dual;
            if (distance >= nearest) continue;
            nearest = distance;
            expected.clear();
            for (const double value : w) {
                expected.push_back(1.02 * distance * (norm == static_cast<int>(AttackNorm::L2) ? value / dual : (value > 0 ? 1 : -1)));
            }
        }
        auto attacker = Attacker::create(affine.spec, 1);
        QVERIFY(attacker.ok() && (*attacker)->bind(affine.weights).ok());
        AttackSpec attack = attackOf("deepfool:eps=1");
        attack.norm = static_cast<AttackNorm>(norm);
        const std::int64_t id = 0;
        const auto outcome = (*attacker)->run(attack, {x.data(), Shape{1, 4}}, {&own, 1}, {&id, 1});
        QVERIFY(outcome.ok() && outcome->images.front().fooled);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double r = static_cast<double>(outcome->adversarial.data()[i]) - x[i];
            QVERIFY2(std::abs(r - expected[i]) < 1e-4 * nearest, qPrintable(QString("%1 against %2").arg(r).arg(expected[i])));
        }
        // ε caps it.
        attack.epsilon = nearest / 2.0;
        const auto capped = (*attacker)->run(attack, {x.data(), Shape{1, 4}}, {&own, 1}, {&id, 1});
        QVERIFY(capped.ok() && !capped->images.front().fooled);
        QVERIFY(std::abs((norm == static_cast<int>(AttackNorm::L2) ? capped->images.front().l2 : capped->images.front().linf) -
                         nearest / 2.0) < 1e-6);
    }

    void deepFoolFoolsWithLittle() {
        Victim victim(mixedNetwork());
        const AttackOutcome outcome = victim.attack("deepfool:eps=4,norm=l2,steps=50");
        for (const AttackedImage& image : outcome.images) {
            QVERIFY(image.fooled && image.prediction != image.label);
            QVERIFY2(image.relativeL2 < 0.2, qPrintable(QString::number(image.relativeL2)));
        }
    }

    void vanishedGradientsAreSeen() {
        Victim victim(ChainBuilder("saturated").input({1, 6, 6}).dense(2).classifier(2).build());
        for (const char* text : {"pgd:eps=0.01", "fgsm:eps=0.01", "deepfool:eps=1", "noise:eps=0.01"}) {
            for (const AttackedImage& image : victim.attack(text).images) QVERIFY(!image.gradientVanished);
        }
        // Logits so far apart that the softmax is exactly 1 and 0: the loss has no slope left, the logits have.
        for (float& value : victim.weights.parameters) value *= 1000.0F;
        QVERIFY(victim.attacker->bind(victim.weights).ok());
        for (const AttackedImage& image : victim.attack("pgd:eps=0.0001").images) QVERIFY(image.gradientVanished && !image.fooled);
        for (const AttackedImage& image : victim.attack("noise:eps=0.0001").images) QVERIFY(!image.gradientVanished);
        for (const AttackedImage& image : victim.attack("deepfool:eps=1").images) {
            QVERIFY(!image.gradientVanished);
            QVERIFY2(image.fooled, qPrintable(QString("%1 %2").arg(image.linf).arg(image.l2)));
        }
    }

    void wrongCallsAreAnswered() {
        Victim victim(mixedNetwork());
        const auto run = [&](const AttackSpec& attack) {
            return errorOf(victim.attacker->run(attack, victim.images.view(), victim.images.labels, victim.ids));
        };
        AttackSpec attack;
        attack.target = victim.images.labels[2];
        QVERIFY(run(attack).contains("which the image belongs to: choose another class"));
        attack.target = 7;
        QVERIFY(run(attack).contains("the classes 0 to 6"));
        attack = {};
        attack.epsilon = -1.0;
        QVERIFY(run(attack).startsWith("ε is -1"));
        attack = {};
        victim.images.tensor.data()[3] = 1.01F;
        QVERIFY(run(attack).contains("outside [0, 1]"));
        victim.images.tensor.data()[3] = std::numeric_limits<float>::quiet_NaN();
        QVERIFY(run(attack).contains("outside [0, 1]"));
    }

    void notAClassifier() {
        const auto one = Attacker::create(ChainBuilder("one").input({4}).dense(1).add("output").build());
        QVERIFY(!one.ok() && one.error().sentence().find("at least two classes") != std::string::npos);
        const auto maps = Attacker::create(ChainBuilder("maps").input({1, 8, 8}).conv({}).add("output").build());
        QVERIFY(!maps.ok() && maps.error().sentence().find("one value per class") != std::string::npos);
    }

    // The model is never called again once somebody has said stop.
    void cancelTakesOneCall() {
        Victim victim(mixedNetwork());
        for (const char* text : {"pgd:eps=0.001,steps=50", "bim:eps=0.001,steps=50", "fgsm:eps=0.001", "noise:eps=0.001",
                                 "deepfool:eps=0.001"}) {
            int calls = 0;
            const int allowed = std::string(text).starts_with("pgd") ? 5 : 0;
            const auto outcome = victim.attacker->run(attackOf(text), victim.images.view(), victim.images.labels, victim.ids,
                                                      [&] { return calls++ < allowed; });
            QVERIFY(!outcome.ok() && outcome.error().code == ErrorCode::Cancelled);
            QCOMPARE(calls, allowed + 1);
        }
    }
};

QTEST_GUILESS_MAIN(TestAttack)
#include "tst_attack.moc"
