// Optimizers and schedules against PyTorch's numbers, and the rules between them.
#include <QTest>

#include <cmath>

#include "core/cpu/compute_team.h"
#include "core/train/finite.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/util/random.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

OptimizerSpec specOf(const nlohmann::json& golden) {
    OptimizerSpec spec;
    spec.kind = golden.at("optimizer");
    (spec.kind == "rmsprop" ? spec.rmspropMomentum : spec.momentum) = golden.value("momentum", spec.momentum);
    spec.alpha = golden.value("alpha", spec.alpha);
    spec.centered = golden.value("centered", spec.centered);
    spec.rateDecay = golden.value("lr_decay", spec.rateDecay);
    spec.nesterov = golden.value("nesterov", spec.nesterov);
    spec.beta1 = golden.value("beta1", spec.beta1);
    spec.beta2 = golden.value("beta2", spec.beta2);
    spec.epsilon = golden.value("epsilon", spec.epsilon);
    return spec;
}

bool validScheduleOf(const ScheduleSpec& spec) {
    Recipe recipe;
    recipe.schedule = spec;
    return validateRecipe(recipe).ok();
}

struct Trajectory {
    std::vector<float> weights, state;
};

Trajectory run(const OptimizerSpec& spec, std::vector<float> weights, const std::vector<float>& gradients,
               int steps) {
    const Optimizer& optimizer = *findOptimizer(spec.kind);
    Trajectory result{std::move(weights), std::vector<float>(optimizer.stateSize(spec, gradients.size()))};
    for (int step = 1; step <= steps; ++step) {
        optimizer.update(spec, {result.weights, gradients, result.state, 0.01, 0.001, step});
    }
    return result;
}

}  // namespace

class TestOptimizers : public QObject {
    Q_OBJECT

  private slots:
    void trajectoriesArePyTorchs_data() {
        QTest::addColumn<QString>("name");
        for (const auto& entry : goldenCases("optimizers")) {
            const std::string name = entry.at("name");
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
        }
    }
    void trajectoriesArePyTorchs() {
        QFETCH(QString, name);
        const nlohmann::json golden = goldenCase("optimizers", name.toStdString());
        const OptimizerSpec spec = specOf(golden);
        const Optimizer* optimizer = findOptimizer(spec.kind);
        QVERIFY(optimizer != nullptr);
        std::vector<float> weights = golden.at("start").get<GoldenArray>().floats();
        const std::size_t count = weights.size();
        const std::vector<float> gradients = golden.at("gradients").get<GoldenArray>().floats();
        const std::vector<double> expected = golden.at("values_after").get<GoldenArray>().data;
        std::vector<float> state(optimizer->stateSize(spec, count));
        for (std::size_t step = 0; step * count < expected.size(); ++step) {
            const bool finite = optimizer->update(spec, {.parameters = weights,
                                     .gradients = std::span(gradients).subspan(step * count, count),
                                     .state = state,
                                     .rate = golden.at("learning_rate"),
                                     .weightDecay = golden.at("weight_decay"),
                                     .step = static_cast<std::int64_t>(step) + 1});
            QVERIFY(finite);
            const std::vector<double> after(
                expected.begin() + static_cast<std::ptrdiff_t>(step * count),
                expected.begin() + static_cast<std::ptrdiff_t>((step + 1) * count));
            QVERIFY(largestDifference(std::span<const float>(weights), after) < 2e-6);
        }
    }

    void plainDescentHasNoState() {
        OptimizerSpec spec{.kind = "sgd", .momentum = 0.0};
        QCOMPARE(findOptimizer("sgd")->stateSize(spec, 100), std::size_t{0});
        spec.momentum = 0.9;
        QCOMPARE(findOptimizer("sgd")->stateSize(spec, 100), std::size_t{100});
        QCOMPARE(findOptimizer("adam")->stateSize(spec, 100), std::size_t{200});
        QCOMPARE(findOptimizer("adagrad")->stateSize(spec, 100), std::size_t{100});
        QCOMPARE(findOptimizer("rmsprop")->stateSize(spec, 100), std::size_t{100});
        spec.rmspropMomentum = 0.9;
        spec.centered = true;
        QCOMPARE(findOptimizer("rmsprop")->stateSize(spec, 100), std::size_t{300});
    }

    void badWeightsAreSeen_data() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("place");
        constexpr int kCount = 70'001;  // several pieces, shared by the threads
        for (const Optimizer* optimizer : optimizers()) {
            for (const int place : {0, 20'000, kCount - 1}) {
                QTest::addRow("%s, %d", optimizer->id.c_str(), place) << QString::fromStdString(optimizer->id) << place;
            }
        }
    }
    void badWeightsAreSeen() {
        QFETCH(QString, kind);
        QFETCH(int, place);
        const OptimizerSpec spec{.kind = kind.toStdString()};
        const Optimizer& optimizer = *findOptimizer(spec.kind);
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 0.5F}) {
            std::vector<float> weights(70'001, 0.25F), gradients(weights.size(), 0.5F);
            gradients[static_cast<std::size_t>(place)] = bad;
            std::vector<float> state(optimizer.stateSize(spec, weights.size()));
            QCOMPARE(optimizer.update(spec, {weights, gradients, state, 0.01, 0.001, 1}), std::isfinite(bad));
        }
    }

    void threadsDoNotChangeTheBits() {
        constexpr std::size_t kMany = 200'003;
        std::vector<float> weights(kMany), gradients(kMany);
        RandomSequence random(7, RandomStreamId::Analysis);
        for (std::size_t i = 0; i < kMany; ++i) {
            weights[i] = random.normal();
            gradients[i] = random.normal();
        }
        for (const Optimizer* optimizer : optimizers()) {
            const OptimizerSpec spec{.kind = optimizer->id, .rmspropMomentum = 0.5, .centered = true};
            setComputeThreads(1);
            const Trajectory one = run(spec, weights, gradients, 3);
            setComputeThreads(3);
            const Trajectory three = run(spec, weights, gradients, 3);
            setComputeThreads(0);
            QVERIFY2(one.weights == three.weights && one.state == three.state, optimizer->id.c_str());
        }
    }

    void schedulesFollowTheirFormulas_data() {
        QTest::addColumn<QString>("name");
        for (const auto& entry : goldenCases("schedules")) {
            const std::string name = entry.at("name");
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
        }
    }
    void schedulesFollowTheirFormulas() {
        QFETCH(QString, name);
        const nlohmann::json golden = goldenCase("schedules", name.toStdString());
        ScheduleSpec spec;
        const std::string id = name.toStdString();
        for (const Schedule* schedule : schedules()) {
            if (id == "warm_up_" + schedule->id || id.starts_with(schedule->id)) spec.kind = schedule->id;
        }
        spec.milestones = golden.value("milestones", spec.milestones);
        spec.decay = golden.value("decay", spec.decay);
        spec.riseShare = golden.value("rise_share", spec.riseShare);
        spec.startShare = golden.value("start_share", spec.startShare);
        spec.finalShare = golden.value("final_share", spec.finalShare);
        spec.patience = golden.value("patience", spec.patience);
        spec.threshold = golden.value("threshold", spec.threshold);
        spec.cooldown = golden.value("cooldown", spec.cooldown);
        spec.warmupSteps = golden.value("warm_up_steps", 0);
        spec.stepEpochs = golden.value("every", 1.0);
        spec.factor = golden.value("factor", 1.0);
        const std::vector<double> rates = golden.at("rates");
        const std::vector<double> losses = golden.value("losses", std::vector<double>{});
        PlateauMemory memory;
        QVERIFY(validScheduleOf(spec));
        for (std::size_t step = 0; step < rates.size(); ++step) {
            const ScheduleTime time{static_cast<std::int64_t>(step), golden.at("total_steps"), 1, memory.factor};
            const double rate = scheduledRate(spec, time, golden.at("base_rate"));
            QVERIFY2(std::abs(rate - rates[step]) < 1e-12, qPrintable(QString::number(step)));
            if (!losses.empty()) findSchedule(spec.kind)->observe(spec, losses[step], memory);
        }
    }

    void stepScheduleCountsEpochs() {
        const ScheduleSpec spec{.kind = "step", .stepEpochs = 2, .factor = 0.1};
        QCOMPARE(scheduleFactor(spec, {199, 1000, 100}), 1.0);
        QCOMPARE(scheduleFactor(spec, {200, 1000, 100}), 0.1);
        QCOMPARE(scheduleFactor(spec, {400, 1000, 100}), std::pow(0.1, 2.0));
    }

    void milestonesAreEpochs() {
        const ScheduleSpec spec{.kind = "multi_step", .factor = 0.1, .milestones = {1.5, 3.0}};
        QCOMPARE(scheduleFactor(spec, {149, 1000, 100}), 1.0);
        QCOMPARE(scheduleFactor(spec, {150, 1000, 100}), 0.1);
        QCOMPARE(scheduleFactor(spec, {300, 1000, 100}), std::pow(0.1, 2.0));
    }

    void exponentialFallsEvenly() {
        const ScheduleSpec spec{.kind = "exponential", .decay = 0.81};
        QCOMPARE(scheduleFactor(spec, {0, 1000, 100}), 1.0);
        QVERIFY(std::abs(scheduleFactor(spec, {50, 1000, 100}) - 0.9) < 1e-12);
        QVERIFY(std::abs(scheduleFactor(spec, {100, 1000, 100}) - 0.81) < 1e-12);
    }

    void oneCycleWithoutARiseFallsFromTheFullRate() {
        const ScheduleSpec spec{.kind = "one_cycle", .finalShare = 0.1, .riseShare = 0.0};
        QCOMPARE(scheduleFactor(spec, {0, 11, 1}), 1.0);
        QVERIFY(std::abs(scheduleFactor(spec, {10, 11, 1}) - 0.1) < 1e-12);
        QVERIFY(std::isfinite(scheduleFactor(spec, {0, 1, 1})));
    }

    void cosineEndsAtItsFinalShare() {
        const ScheduleSpec spec{.kind = "cosine", .finalShare = 0.05};
        QCOMPARE(scheduleFactor(spec, {0, 100, 10}), 1.0);
        QCOMPARE(scheduleFactor(spec, {100, 100, 10}), 0.05);
    }

    void everythingInTheRegistriesIsDescribed() {
        for (const Optimizer* optimizer : optimizers()) {
            QVERIFY(findOptimizer(optimizer->id) == optimizer);
            QVERIFY(!optimizer->label.empty() && !optimizer->help.empty() && !optimizer->formula.empty());
            for (const auto& option : optimizer->options)
                QVERIFY(!option.label.empty() && !option.help.empty());
        }
        for (const Schedule* schedule : schedules()) {
            QVERIFY(findSchedule(schedule->id) == schedule);
            QVERIFY(!schedule->label.empty() && !schedule->help.empty());
            for (const auto& option : schedule->options)
                QVERIFY(!option.label.empty() && !option.help.empty());
        }
        QVERIFY(findOptimizer("lion") == nullptr && findSchedule("lion") == nullptr);
    }

    void findsWhatIsNotFinite() {
        std::vector<float> values(1000, 1.5F);
        values[3] = std::numeric_limits<float>::max();
        values[4] = -std::numeric_limits<float>::denorm_min();
        QVERIFY(allFinite(values));
        for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
            for (const std::size_t place : {std::size_t{0}, std::size_t{517}, std::size_t{999}}) {
                std::vector<float> broken = values;
                broken[place] = bad;
                QVERIFY(!allFinite(broken));
            }
        }
        QVERIFY(allFinite({}));
    }
};

QTEST_GUILESS_MAIN(TestOptimizers)
#include "tst_optimizers.moc"
