// Robustness of a whole split: what is counted, which images, curves over ε, cancelling, and what a reader is told.
#include <QtTest>
#include <map>

#include "core/attack/attack_text.h"
#include "core/attack/robustness.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

AttackSpec attackOf(const std::string& text) {
    auto spec = parseAttack(text);
    if (!spec.ok()) qFatal("%s", spec.error().sentence().c_str());
    return *spec;
}

// A network that knows the bars.
struct Trained {
    NetworkSpec spec = tinyNetwork();
    DatasetPtr dataset = tinyDataset(180);
    WeightSetPtr weights;

    Trained() {
        Recipe recipe = tinyRecipe();
        recipe.steps = 60;
        auto loop = TrainingLoop::create(spec, dataset, recipe);
        while (!(*loop)->finished()) {
            if (!(*loop)->runStep().ok()) qFatal("the training failed");
        }
        weights = (*loop)->publish();
    }

    Result<RobustnessResult> measure(const std::string& attack, RobustnessSample sample = {.split = Split::Validation},
                                     const Progress& progress = {}, const OutcomeSink& sink = {}) const {
        return measureRobustness(spec, *weights, *dataset, attackOf(attack), sample, progress, sink);
    }
    RobustnessResult result(const std::string& attack, RobustnessSample sample = {.split = Split::Validation}) const {
        auto measured = measure(attack, std::move(sample));
        if (!measured.ok()) qFatal("%s", measured.error().sentence().c_str());
        return *measured;
    }
    QString sentence(const std::string& attack, RobustnessSample sample) const {
        const auto measured = measure(attack, std::move(sample));
        return measured.ok() ? QString() : QString::fromStdString(measured.error().sentence());
    }
};

const Trained& trained() {
    static const Trained instance;
    return instance;
}

RobustnessResult counted(const char* attack, double robust, std::int64_t images = 1000) {
    RobustnessResult result;
    result.attack = attackOf(attack);
    result.images = images;
    result.cleanCorrect = images;
    result.robustCorrect = std::llround(robust * static_cast<double>(images));
    return result;
}

std::string noteOn(const char* first, double firstRobust, const char* second, double secondRobust, std::int64_t images = 1000) {
    const auto curve = [&](const char* attack, double robust) {
        const RobustnessResult result = counted(attack, robust, images);
        return std::pair{result.attack, std::vector<CurvePoint>{{0.0, counted(attack, 1.0)}, {result.attack.epsilon, result}}};
    };
    return flatteryNote({curve(first, firstRobust), curve(second, secondRobust)});
}

}  // namespace

class TestRobustness : public QObject {
    Q_OBJECT

  private slots:
    void countsAreThoseOfTheImages() {
        std::map<std::int64_t, AttackedImage> seen;
        const auto measured = trained().measure("pgd:eps=0.1,steps=5", {.split = Split::Validation}, {},
                                                [&](std::span<const std::int64_t> indices, const AttackOutcome& outcome) {
                                                    for (std::size_t i = 0; i < indices.size(); ++i) {
                                                        QVERIFY(seen.emplace(indices[i], outcome.images[i]).second);
                                                    }
                                                });
        QVERIFY(measured.ok());
        QCOMPARE(seen.size(), std::size_t{180});
        std::int64_t clean = 0, robust = 0, fooled = 0, perturbed = 0;
        double linf = 0.0, largest = 0.0;
        for (const auto& [index, image] : seen) {
            QCOMPARE(image.label, trained().dataset->label(Split::Validation, index));
            const bool correct = image.cleanPrediction == image.label;
            clean += correct;
            robust += correct && image.prediction == image.label;
            fooled += correct && image.fooled;
            perturbed += image.perturbed;
            linf += image.perturbed ? image.linf : 0.0;
            largest = std::max(largest, image.l2);
        }
        QCOMPARE(measured->images, std::int64_t{180});
        QCOMPARE(measured->cleanCorrect, clean);
        QCOMPARE(measured->robustCorrect, robust);
        QCOMPARE(measured->fooled, fooled);
        QCOMPARE(clean - fooled, robust);
        QVERIFY(fooled > 0 && robust > 0 && perturbed > 0);
        QVERIFY(std::abs(measured->meanLinf - linf / static_cast<double>(perturbed)) < 1e-9);
        QCOMPARE(measured->maxL2, largest);
        QCOMPARE(measured->maxLinf, static_cast<double>(0.1F));
        QCOMPARE(measured->robustAccuracy(), static_cast<double>(robust) / 180.0);
        QCOMPARE(measured->successRate(), static_cast<double>(fooled) / static_cast<double>(clean));
        QCOMPARE(measured->rho, 0.0);
        QVERIFY(measured->seconds > 0.0 && !measured->cancelled && measured->notes().empty());
    }

    void cleanAccuracyIsTheEvaluations() {
        const auto evaluated = evaluate(trained().spec, *trained().weights, *trained().dataset, Split::Validation);
        QVERIFY(evaluated.ok());
        const RobustnessResult result = trained().result("fgsm:eps=0");
        QCOMPARE(result.cleanAccuracy(), evaluated->accuracy);
        QCOMPARE(result.robustAccuracy(), evaluated->accuracy);
        QCOMPARE(result.fooled, std::int64_t{0});
    }

    void strongerIsStronger() {
        const double noise = trained().result("noise:eps=0.15").robustAccuracy();
        const double fgsm = trained().result("fgsm:eps=0.15").robustAccuracy();
        const double pgd = trained().result("pgd:eps=0.15,restarts=3").robustAccuracy();
        QVERIFY2(noise > fgsm && fgsm >= pgd, qPrintable(QString("%1 %2 %3").arg(noise).arg(fgsm).arg(pgd)));
    }

    void smallestPerturbation() {
        const RobustnessResult result = trained().result("deepfool:eps=8,norm=l2,steps=50");
        QCOMPARE(result.successRate(), 1.0);
        QVERIFY2(result.rho > 0.01 && result.rho < 0.6, qPrintable(QString::number(result.rho)));
        QCOMPARE(trained().result("pgd:eps=0.3,steps=5").rho, 0.0);
        // Smaller than what an attack of a fixed size needs to fool half of them.
        QVERIFY(result.meanL2 < trained().result("fgsm:eps=0.3").meanL2);
    }

    void samples() {
        RobustnessSample first{.split = Split::Validation, .limit = 10, .indices = {}};
        QCOMPARE(trained().result("fgsm:eps=0.1", first).images, std::int64_t{10});
        first.limit = 1'000'000;
        QCOMPARE(trained().result("fgsm:eps=0.1", first).images, std::int64_t{180});
        const RobustnessSample chosen{.split = Split::Test, .limit = 3, .indices = {19, 2, 7, 11}};
        std::vector<std::int64_t> seen;
        const auto measured = trained().measure("fgsm:eps=0.1", chosen, {}, [&](std::span<const std::int64_t> indices, const AttackOutcome&) {
            seen.insert(seen.end(), indices.begin(), indices.end());
        });
        QVERIFY(measured.ok() && measured->split == Split::Test);
        QCOMPARE(seen, chosen.indices);
        QCOMPARE(trained().sentence("fgsm:eps=0.1", {.split = Split::Test, .limit = 0, .indices = {20}}),
                 QString("there is no image 20 in Tiny bars's test split: it has the images 0 to 19"));
    }

    // An image gets the same perturbation whichever others are measured with it.
    void samplesAgreeImageByImage() {
        std::map<std::int64_t, double> whole;
        const auto keep = [](std::map<std::int64_t, double>& to) {
            return [&to](std::span<const std::int64_t> indices, const AttackOutcome& outcome) {
                for (std::size_t i = 0; i < indices.size(); ++i) to[indices[i]] = outcome.images[i].l2;
            };
        };
        QVERIFY(trained().measure("pgd:eps=0.1,norm=linf,steps=3", {.split = Split::Validation}, {}, keep(whole)).ok());
        std::map<std::int64_t, double> part;
        const RobustnessSample some{.split = Split::Validation, .limit = 0, .indices = {3, 50, 101, 170}};
        QVERIFY(trained().measure("pgd:eps=0.1,norm=linf,steps=3", some, {}, keep(part)).ok());
        QCOMPARE(part.size(), std::size_t{4});
        for (const auto& [index, l2] : part) QVERIFY(std::abs(l2 - whole.at(index)) < 1e-4);
    }

    void balancedSampleIsBalanced() {
        const auto chosen = balancedSample(*trained().dataset, Split::Validation, 30, 1);
        QCOMPARE(chosen.size(), std::size_t{30});
        QVERIFY(std::ranges::is_sorted(chosen));
        QVERIFY(std::ranges::adjacent_find(chosen) == chosen.end());
        std::map<int, int> counts;
        for (const std::int64_t index : chosen) ++counts[trained().dataset->label(Split::Validation, index)];
        QCOMPARE(counts, (std::map<int, int>{{0, 10}, {1, 10}, {2, 10}}));
        QCOMPARE(balancedSample(*trained().dataset, Split::Validation, 30, 1), chosen);
        QVERIFY(balancedSample(*trained().dataset, Split::Validation, 30, 2) != chosen);
    }

    void targetedLeavesItsOwnClassOut() {
        const RobustnessResult result = trained().result("pgd:eps=0.4,target=1");
        QCOMPARE(result.images, std::int64_t{120});
        QCOMPARE(result.leftOut, std::int64_t{60});
        QVERIFY(result.fooled > 0);
        QCOMPARE(result.notes(), std::vector<std::string>{"60 images are left out: they belong to the target class 1"});
        const RobustnessSample own{.split = Split::Validation, .limit = 0, .indices = {1, 4, 7}};
        QCOMPARE(trained().sentence("pgd:eps=0.4,target=1", own),
                 QString("all 3 images belong to the target class 1: choose another target, or images of other classes"));
    }

    void wrongWishesAreAnswered() {
        AttackSpec attack = attackOf("pgd");
        attack.epsilon = -0.1;
        const auto refused = measureRobustness(trained().spec, *trained().weights, *trained().dataset, attack, {});
        QVERIFY(!refused.ok() && refused.error().message == "ε is -0.1");
        QVERIFY(trained().sentence("pgd:target=3", {}).contains("the classes 0 to 2"));
        const auto unfit = measureRobustness(tinyNetwork(4), *trained().weights, *trained().dataset, attackOf("pgd"), {});
        QVERIFY(!unfit.ok() && unfit.error().code == ErrorCode::ShapeMismatch);
        const auto empty = measureRobustness(trained().spec, *trained().weights, *tinyDataset(0), attackOf("pgd"), {.split = Split::Validation});
        QVERIFY(!empty.ok() && empty.error().sentence() == "Tiny bars's validation split has no images");
    }

    void curveFallsFromTheCleanAccuracy() {
        const std::vector<double> epsilons = {0.0, 0.05, 0.1, 0.2, 0.4};
        std::vector<double> announced;
        std::vector<double> shares;
        const auto curve = robustnessCurve(trained().spec, *trained().weights, *trained().dataset, attackOf("pgd:steps=10"), epsilons,
                                           {.split = Split::Validation}, [&](double share) { shares.push_back(share); return true; },
                                           [&](const CurvePoint& point) { announced.push_back(point.epsilon); });
        QVERIFY(curve.ok());
        QCOMPARE(announced, epsilons);
        QCOMPARE(curve->front().result.robustAccuracy(), trained().result("fgsm:eps=0").cleanAccuracy());
        for (std::size_t i = 0; i < curve->size(); ++i) {
            const RobustnessResult& result = (*curve)[i].result;
            QCOMPARE(result.attack.epsilon, epsilons[i]);
            if (i > 0) QVERIFY(result.robustCorrect <= (*curve)[i - 1].result.robustCorrect);
            // A point of the curve is that measurement.
            AttackSpec same = attackOf("pgd:steps=10");
            same.epsilon = epsilons[i];
            const auto alone = measureRobustness(trained().spec, *trained().weights, *trained().dataset, same, {.split = Split::Validation});
            QCOMPARE(alone->robustCorrect, result.robustCorrect);
        }
        QVERIFY(curve->back().result.robustAccuracy() < 0.1);
        QVERIFY(std::ranges::is_sorted(shares));
        QVERIFY(shares.front() == 0.0 && shares.back() == 1.0);
    }

    void cancelKeepsWhatWasDone() {
        int batches = 0;
        bool stopped = false;
        int callsAfter = 0;
        const auto measured = trained().measure("pgd:eps=0.1,steps=20", {.split = Split::Validation},
                                                [&](double) {
                                                    if (stopped) ++callsAfter;
                                                    stopped = stopped || batches == 2;
                                                    return !stopped;
                                                },
                                                [&](std::span<const std::int64_t>, const AttackOutcome&) { ++batches; });
        QVERIFY(measured.ok() && measured->cancelled);
        QCOMPARE(measured->images, std::int64_t{128});
        QCOMPARE(callsAfter, 0);
        QCOMPARE(measured->notes(), std::vector<std::string>{"cancelled after 128 images: the numbers are of those"});

        // A curve keeps its finished points and the part of the one that was begun.
        int points = 0;
        int calls = 0;
        const std::vector<double> epsilons = {0.0, 0.1, 0.2};
        const auto curve = robustnessCurve(trained().spec, *trained().weights, *trained().dataset, attackOf("pgd:steps=5"), epsilons,
                                           {.split = Split::Validation}, [&](double) { return points < 1 || ++calls < 10; },
                                           [&](const CurvePoint&) { ++points; });
        QVERIFY(curve.ok());
        QCOMPARE(curve->size(), std::size_t{2});
        QVERIFY(!(*curve)[0].result.cancelled);
        QVERIFY((*curve)[1].result.cancelled && (*curve)[1].result.images == 64);
        const auto none = trained().measure("pgd:eps=0.1", {.split = Split::Validation}, [](double) { return false; });
        QVERIFY(none.ok() && none->cancelled && none->images == 0 && none->cleanAccuracy() == 0.0);
    }

    void maskedGradientsAreTold() {
        WeightSet steep = *trained().weights;
        for (float& value : steep.parameters) value *= 300.0F;
        const auto result = measureRobustness(trained().spec, steep, *trained().dataset, attackOf("pgd:eps=0.01"), {.split = Split::Validation});
        QVERIFY(result.ok() && result->gradientVanished > 0);
        const auto notes = result->notes();
        QCOMPARE(notes.size(), std::size_t{1});
        QCOMPARE(notes.front(), "the gradient vanishes (is exactly 0) on " + std::to_string(result->gradientVanished) +
                                    " of 180 images: a robust-looking number may be masked gradients, not robustness");
    }

    void flatteryIsTold() {
        QCOMPARE(noteOn("fgsm:eps=0.3", 0.9, "pgd:eps=0.3,steps=40", 0.1),
                 std::string("FGSM flatters: at ε = 0.3 (76.5/255) it leaves 90 %, PGD-40 only 10 %"));
        QCOMPARE(noteOn("pgd:eps=0.3,steps=40", 0.3, "pgd:eps=0.3,steps=10", 0.5),
                 std::string("PGD-10 flatters: at ε = 0.3 (76.5/255) it leaves 50 %, PGD-40 only 30 %"));
        QCOMPARE(noteOn("fgsm:eps=0.3", 0.9, "pgd:eps=0.3", 0.87), std::string());
        QCOMPARE(noteOn("fgsm:eps=0.3", 0.9, "pgd:eps=0.2", 0.1), std::string());
        QCOMPARE(noteOn("fgsm:eps=0.3", 0.2, "pgd:eps=0.3", 0.9), std::string());
        QCOMPARE(noteOn("noise:eps=0.3", 0.9, "pgd:eps=0.3", 0.1), std::string());
        QCOMPARE(noteOn("fgsm:eps=0.3", 0.6, "pgd:eps=0.3", 0.5, 20), std::string());  // 20 images say nothing
        QCOMPARE(noteOn("fgsm:eps=0.3,norm=l2", 0.9, "pgd:eps=0.3", 0.1), std::string());
    }
};

QTEST_GUILESS_MAIN(TestRobustness)
#include "tst_robustness.moc"
