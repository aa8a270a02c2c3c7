// Attacks that run where the network runs: the bodies' arithmetic against that of core/attack, whole attacks and adversarial
// trainings on a device that is this processor, and that their images stay there.
#include <QtTest>

#include "core/attack/perturbation.h"
#include "core/attack/robustness.h"
#include "core/train/training_loop.h"
#include "core/util/device_lost.h"
#include "core/util/spread_values.h"
#include "gpu/launch/launch.h"
#include "tests/core/attack_case.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel onDevice() { return compilerOf(hostModule()); }

constexpr std::int64_t kImages = 5;
constexpr std::int64_t kPixels = 3 * 7 * 7;

// Clean images with pixels on the border of the box, gradients with zeros, and the same in the device's words.
struct Ball {
    AttackSpec spec;
    Shape shape{kImages, 3, 7, 7};
    Tensor clean{shape}, gradient{shape}, expected{shape}, got{shape};
    std::vector<std::int64_t> ids;
    gpu::AscentNumbers numbers{};

    explicit Ball(const std::string& attack) : spec(attackOf(attack)) {
        RandomSequence random(9, RandomStreamId::Analysis);
        for (std::int64_t i = 0; i < clean.size(); ++i) {
            clean.data()[i] = std::clamp(random.uniform(-0.3F, 1.3F), 0.0F, 1.0F);
            gradient.data()[i] = i % 11 == 0 ? 0.0F : 1e-3F * random.normal();
        }
        std::fill_n(gradient.data() + kPixels, kPixels, 0.0F);  // one image has none
        for (std::int64_t i = 0; i < kImages; ++i) ids.push_back(3 + (std::int64_t{1} << (8 * i)));
        const auto key = randomKey(spec.seed, RandomStreamId::Attack, 4);
        numbers = {{key[0], key[1]}, spec.epsilon, stepSize(spec), {}};
    }
    AllowedRegion region() const { return {spec, clean.view()}; }

    void startHere(bool projects) {
        region().startAtRandom(expected.view(), spec.seed, 4, ids);
        if (projects) region().project(expected.view());
        std::ranges::copy(expected.span(), got.data());
    }
    void stepHere() {
        stepAlong(spec.norm, gradient.view(), stepSize(spec), expected.view());
        region().project(expected.view());
    }
    template <class Body>
    void run(const Body& body, gpu::Index count) {
        const gpu::Launch launch = gpu::launchOf(body, count);
        gpu::runOnHost({&launch, 1});
    }
    gpu::BallMove move(bool start, bool projects) {
        return {&numbers, ids.data(), clean.data(), start ? nullptr : gradient.data(), got.data(), kPixels, projects};
    }
    bool sameBits() const { return std::memcmp(expected.data(), got.data(), sizeof(float) * static_cast<std::size_t>(got.size())) == 0; }
    double apart() const { return relativeError(got.span(), expected.span()); }
    bool allowed() const {
        for (std::int64_t i = 0; i < kImages; ++i) {
            const auto own = [&](const Tensor& t) { return std::span<const float>(t.data() + i * kPixels, kPixels); };
            if (std::ranges::any_of(own(got), [](float x) { return !(x >= 0.0F && x <= 1.0F); })) return false;
            if (perturbationOf(own(clean), own(got)).l2 > spec.epsilon) return false;
        }
        return true;
    }
};

Attacker& deviceAttacker(const Victim& victim, std::unique_ptr<Attacker>& attacker) {
    attacker = std::move(Attacker::create(victim.spec, static_cast<std::int64_t>(victim.ids.size()), onDevice())).value();
    if (!attacker->bind(victim.weights).ok()) qFatal("the weights do not fit");
    return *attacker;
}

Recipe recipeWith(const char* adversarial, std::int64_t steps) {
    Recipe recipe = tinyRecipe();
    recipe.adversarial = parseAdversarial(adversarial).value();
    recipe.steps = steps;
    return recipe;
}

std::unique_ptr<TrainingLoop> loopOn(const CompileModel& compile, const Recipe& recipe) {
    return std::move(TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, nullptr, nullptr, nullptr, {}, compile)).value();
}

std::vector<double> lossesOf(TrainingLoop& loop, int steps) {
    for (int i = 0; i < steps; ++i) {
        if (!loop.runStep().ok()) qFatal("a step failed");
    }
    std::vector<double> losses;
    for (const StepMetrics& step : loop.history().steps) losses.push_back(step.loss);
    return losses;
}

}  // namespace

class TestGpuAttack : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void cubes_data() {
        QTest::addColumn<QString>("attack");
        for (const char* attack : {"pgd:eps=8/255", "pgd:eps=0.3,steps=3", "pgd:eps=0.0001,step=0.3", "pgd:eps=1", "pgd:eps=0"}) QTest::newRow(attack) << attack;
    }
    void cubes() {
        QFETCH(QString, attack);
        for (const bool projects : {false, true}) {
            Ball ball(attack.toStdString());
            ball.startHere(projects);
            std::ranges::fill(ball.got.span(), 9.0F);
            ball.run(gpu::CubeStart{&ball.numbers, ball.ids.data(), ball.clean.data(), ball.got.data(), kPixels, projects}, ball.got.size());
            QVERIFY(ball.sameBits());
            for (int step = 0; step < 4; ++step) {
                ball.stepHere();
                ball.run(gpu::CubeStep{&ball.numbers, ball.clean.data(), ball.gradient.data(), ball.got.data()}, ball.got.size());
                QVERIFY(ball.sameBits());
            }
        }
    }

    void balls_data() {
        QTest::addColumn<QString>("attack");
        for (const char* attack : {"pgd:eps=1.5,norm=l2", "pgd:eps=0.01,norm=l2,step=4", "pgd:eps=12,norm=l2,step=30", "pgd:eps=0,norm=l2"}) QTest::newRow(attack) << attack;
    }
    // One thread per image: the processor's bits. A block per image: the same up to rounding, and inside to the last bit.
    void balls() {
        QFETCH(QString, attack);
        for (const bool blocks : {false, true}) {
            for (const bool projects : {false, true}) {
                Ball ball(attack.toStdString());
                const auto moved = [&](bool start, bool projected) {
                    if (blocks) ball.run(gpu::BallMoveByBlocks{ball.move(start, projected)}, kImages);
                    else ball.run(ball.move(start, projected), kImages);
                    if (projected) QVERIFY(ball.allowed());
                    if (blocks) QVERIFY2(ball.apart() < 1e-6, qPrintable(QString::number(ball.apart())));
                    else QVERIFY(ball.sameBits());
                    std::ranges::copy(ball.expected.span(), ball.got.data());
                };
                ball.startHere(projects);
                ball.run(gpu::BallNormals{&ball.numbers, ball.ids.data(), ball.got.data(), kPixels}, ball.got.size());
                moved(true, projects);
                for (int step = 0; step < 4; ++step) {
                    ball.stepHere();
                    moved(false, true);
                }
            }
        }
    }

    void gradientsThatAreNotZero() {
        Ball ball("pgd:eps=0.1");
        ball.gradient.data()[2 * kPixels] = std::nanf("");
        for (const bool blocks : {false, true}) {
            std::vector<std::int32_t> saw{0, 0, 0, 0, 1};
            const gpu::SawGradient body{ball.gradient.data(), saw.data(), kPixels};
            if (blocks) ball.run(gpu::BlockSum<gpu::SawGradientTerms>{gpu::SawGradientTerms{body}}, kImages);
            else ball.run(body, kImages);
            QCOMPARE(saw, (std::vector<std::int32_t>{1, 0, 1, 1, 1}));
        }
    }

    // Whole attacks agree with the processor's but for pixels whose gradient is rounding.
    void wholeAttacks_data() {
        QTest::addColumn<QString>("attack");
        for (const char* attack : {"fgsm:eps=0.1", "fgsm:eps=0.1,random_start=true", "bim:eps=0.1,steps=4", "pgd:eps=0.1,steps=4,restarts=2,seed=3",
                                   "pgd:eps=0.1,steps=4,target=1", "fgsm:eps=0.8,norm=l2", "pgd:eps=0.8,norm=l2,steps=4", "deepfool:eps=1,norm=l2",
                                   "deepfool:eps=1", "noise:eps=0.2"}) {
            QTest::newRow(attack) << attack;
        }
    }
    void wholeAttacks() {
        QFETCH(QString, attack);
        AttackSpec spec = attackOf(attack.toStdString());
        Victim victim(smallNetworkWithState());
        if (spec.target) std::ranges::fill(victim.images.labels, 0);  // those that are wrong are attacked all the same
        std::unique_ptr<Attacker> made;
        Attacker& there = deviceAttacker(victim, made);
        const AttackOutcome expected = victim.attack(spec);
        const auto got = there.run(spec, victim.images.view(), victim.images.labels, victim.ids);
        QVERIFY2(got.ok(), qPrintable(errorOf(got)));
        std::int64_t other = 0;
        for (std::int64_t i = 0; i < expected.adversarial.size(); ++i) other += std::abs(got->adversarial.data()[i] - expected.adversarial.data()[i]) > 1e-3F ? 1 : 0;
        QVERIFY2(other * 100 <= expected.adversarial.size(), qPrintable(QString("%1 pixels of %2 are others").arg(other).arg(expected.adversarial.size())));
        int perturbed = 0;
        for (std::size_t i = 0; i < expected.images.size(); ++i) {
            QCOMPARE(got->images[i].perturbed, expected.images[i].perturbed);
            QCOMPARE(got->images[i].fooled, expected.images[i].fooled);
            QCOMPARE(got->images[i].gradientVanished, expected.images[i].gradientVanished);
            perturbed += got->images[i].perturbed ? 1 : 0;
            if (!findAttackMethod(spec.method)->findsSmallest) QVERIFY((spec.norm == AttackNorm::L2 ? got->images[i].l2 : got->images[i].linf) <= spec.epsilon + (spec.norm == AttackNorm::L2 ? 0.0 : 1e-8));
        }
        QVERIFY(perturbed > 0);
    }

    // From the first step to the last nothing crosses over, and steps are replayed.
    void imagesStayThere() {
        Victim victim(smallNetworkWithState());
        std::unique_ptr<Attacker> made;
        auto& model = dynamic_cast<GpuModel&>(deviceAttacker(victim, made).model());
        gpu::HostExecutor& executor = *hostDevice().executor;
        const AscentRequest request{.startsAtRandom = true, .projectsStart = true, .epsilon = 0.1, .step = 0.02, .clean = victim.images.view(),
                                    .classes = victim.images.labels, .ids = victim.ids};
        model.beginAscent(request);
        const std::size_t up = executor.bytesUp, down = executor.bytesDown;
        for (int step = 0; step < 6; ++step) model.ascend();
        QCOMPARE(executor.bytesUp, up);
        QCOMPARE(executor.bytesDown, down);
        QVERIFY(executor.replays >= 4);
        Tensor first(victim.images.tensor.shape()), second(victim.images.tensor.shape());
        std::vector<std::uint8_t> saw(victim.ids.size());
        model.readAscent(first.view(), saw);
        QVERIFY(std::ranges::all_of(saw, [](std::uint8_t seen) { return seen == 1; }));
        model.beginAscent(request);  // another one, by the recording
        for (int step = 0; step < 6; ++step) model.ascend();
        model.readAscent(second.view(), {});
        QCOMPARE(copyOf(second.span()), copyOf(first.span()));
    }

    void cancelled() {
        Victim victim(smallNetworkWithState());
        std::unique_ptr<Attacker> made;
        int asked = 0;
        const auto outcome = deviceAttacker(victim, made).run(attackOf("pgd:eps=0.1,steps=40"), victim.images.view(), victim.images.labels, victim.ids, [&] { return ++asked < 7; });
        QVERIFY(!outcome.ok());
        QCOMPARE(outcome.error().code, ErrorCode::Cancelled);
        QCOMPARE(asked, 7);
    }

    void aSplitOnADevice() {
        const NetworkSpec spec = tinyNetwork();
        const WeightSet weights = initialWeights(spec, analyze(spec), 3);
        const auto measured = [&](const CompileModel& compile) {
            return measureRobustness(spec, weights, *tinyDataset(), attackOf("pgd:eps=0.05,steps=3"), {.split = Split::Validation}, {}, {}, compile);
        };
        const auto here = measured(Model::compile), there = measured(onDevice());
        QVERIFY(here.ok() && there.ok());
        QCOMPARE(there->cleanCorrect, here->cleanCorrect);
        QCOMPARE(there->robustCorrect, here->robustCorrect);
        const CompileModel broken = [](const NetworkSpec& s, const CompileOptions& o) {
            auto model = onDevice()(s, o);
            hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress"};
            return model;
        };
        const auto lost = measured(broken);
        QVERIFY(!lost.ok());
        QVERIFY(lost.error().sentence().find("cudaErrorIllegalAddress") != std::string::npos);
    }

    // The same losses as on the processor, from attacks in the model that is trained.
    void adversarialTraining_data() {
        QTest::addColumn<QString>("adversarial");
        QTest::addColumn<bool>("staysThere");
        QTest::newRow("pgd") << "pgd:eps=0.1,steps=3" << true;
        QTest::newRow("half") << "pgd:eps=0.1,steps=2,mix=0.5" << true;
        QTest::newRow("l2") << "pgd:eps=0.9,norm=l2,steps=2" << true;
        QTest::newRow("fast") << "fgsm:eps=0.1,random_start=true,warmup=0.5" << true;
        QTest::newRow("noise") << "noise:eps=0.2" << false;
    }
    void adversarialTraining() {
        QFETCH(QString, adversarial);
        QFETCH(bool, staysThere);
        const Recipe recipe = recipeWith(qPrintable(adversarial), 8);
        const auto here = loopOn(Model::compile, recipe);
        std::vector<gpu::HostExecutor*> executors;
        const CompileModel compile = [&](const NetworkSpec& s, const CompileOptions& o) {
            auto model = onDevice()(s, o);
            executors.push_back(hostDevice().executor);
            return model;
        };
        const auto there = loopOn(compile, recipe);
        lossesOf(*there, 2);
        const std::size_t up = executors[0]->bytesUp, down = executors[0]->bytesDown;
        const int attacks = executors[1]->runs + executors[1]->records + executors[1]->replays;
        const std::vector<double> expected = lossesOf(*here, 3), got = lossesOf(*there, 1);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QVERIFY2(std::abs(got[i] - expected[i]) < 0.02 * expected[i], qPrintable(QString("step %1: %2, not %3").arg(i + 1).arg(got[i]).arg(expected[i])));
        }
        // Batch, labels, numbers and what becomes of the loss; no weights, no gradients, no images on their way back.
        const std::size_t batch = sizeof(float) * 16 * 64;
        if (staysThere) {
            QVERIFY2(executors[0]->bytesUp - up < 2 * batch, qPrintable(QString::number(executors[0]->bytesUp - up)));
            QVERIFY2(executors[0]->bytesDown - down < 100, qPrintable(QString::number(executors[0]->bytesDown - down)));
            QCOMPARE(executors[1]->runs + executors[1]->records + executors[1]->replays, attacks);
        }
    }

    // Weights of a squared error are attacked by the cross-entropy: in a model of its own.
    void squaredErrorNeedsAModelOfItsOwn() {
        Recipe recipe = recipeWith("pgd:eps=0.1,steps=2", 4);
        recipe.loss = LossKind::MeanSquaredError;
        const auto here = loopOn(Model::compile, recipe), there = loopOn(onDevice(), recipe);
        const std::vector<double> expected = lossesOf(*here, 2), got = lossesOf(*there, 2);
        for (std::size_t i = 0; i < expected.size(); ++i) QVERIFY2(std::abs(got[i] - expected[i]) < 0.02 * expected[i], qPrintable(QString("step %1: %2, not %3").arg(i + 1).arg(got[i]).arg(expected[i])));
        CompileOptions options = trainingOptions(4);
        options.inputGradient = true;
        options.loss = LossKind::MeanSquaredError;
        QVERIFY(!dynamic_cast<AscendsByItself&>(*onDevice()(tinyNetwork(), options).value()).canAscend());
    }

    // Several devices do not give the gradient of the images: the first one attacks for them.
    void severalDevices() {
        const CompileModel several = [](const NetworkSpec& s, const CompileOptions& o) { return compileOnGpu(hostModule(), {.ordinals = {0, 1}}, s, o); };
        const auto loop = loopOn(several, recipeWith("pgd:eps=0.1,steps=2", 4));
        for (const double loss : lossesOf(*loop, 3)) QVERIFY(std::isfinite(loss));
    }

    // In mid-run from the processor to the device and back.
    void theTrainingMoves() {
        const Recipe recipe = recipeWith("pgd:eps=0.1,steps=2", 12);
        const auto straight = loopOn(Model::compile, recipe), moving = loopOn(Model::compile, recipe);
        lossesOf(*moving, 2);
        QVERIFY(moving->moveTo(onDevice()).ok());
        QVERIFY(moving->model().options().inputGradient);
        lossesOf(*moving, 2);
        QVERIFY(moving->moveTo(Model::compile).ok());
        QVERIFY(!moving->model().options().inputGradient);
        const std::vector<double> got = lossesOf(*moving, 2), expected = lossesOf(*straight, 6);
        QCOMPARE(got.size(), expected.size());
        // The sign of a gradient near 0 turns rounding into ±ε: within two steps of attack the losses part by some percent.
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QVERIFY2(std::abs(got[i] - expected[i]) < 0.1 * expected[i], qPrintable(QString("step %1: %2, not %3").arg(i).arg(got[i]).arg(expected[i])));
        }
    }

    void refusals() {
        ModelPair training(onDevice(), tinyNetwork(), trainingOptions(4));
        auto& model = dynamic_cast<GpuModel&>(*training.device);
        QVERIFY(!model.canAscend());
        QVERIFY_THROWS_EXCEPTION(DeviceLost, model.ascend());
        Victim victim(smallNetworkWithState(), 4);
        hostDevice().memoryBytes = Attacker::create(victim.spec, 4, onDevice()).value()->model().arenaBytes() + 64;
        std::unique_ptr<Attacker> made;
        try {
            static_cast<void>(deviceAttacker(victim, made).run(attackOf("pgd:eps=0.1"), victim.images.view(), victim.images.labels, victim.ids));
            QFAIL("nothing was thrown");
        } catch (const DeviceLost& lost) {
            QCOMPARE(lost.error.code, ErrorCode::OutOfMemory);
            QVERIFY2(lost.error.sentence().find("the attack takes") != std::string::npos, lost.error.sentence().c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestGpuAttack)
#include "tst_gpu_attack.moc"
