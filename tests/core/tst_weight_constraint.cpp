// Trainings whose weights stay inside a set: it holds after every step, and such a run resumes bit for bit.
#include <QTest>

#include <cmath>

#include "core/train/training_loop.h"
#include "core/train/weight_constraint.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

// Every third weight is pruned.
class EveryThirdZero final : public WeightConstraint {
  public:
    void adaptGradients(std::span<float> gradients) const override { clear(gradients); }
    void project(std::span<float> parameters) const override { clear(parameters); }

  private:
    static void clear(std::span<float> values) {
        for (std::size_t i = 0; i < values.size(); i += 3) values[i] = 0.0F;
    }
};

// The passes see weights on a grid of 1/16, the optimizer moves the exact ones.
class Grid final : public WeightConstraint {
  public:
    bool usesOtherWeights() const override { return true; }
    void use(std::span<const float> trained, std::span<float> used) const override {
        for (std::size_t i = 0; i < used.size(); ++i) used[i] = std::nearbyint(trained[i] * 16.0F) / 16.0F;
    }
};

std::unique_ptr<TrainingLoop> makeLoop(std::shared_ptr<const WeightConstraint> constraint,
                                       const Checkpoint* start = nullptr) {
    auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), tinyRecipe(), start, nullptr, constraint);
    if (!loop.ok()) throw std::runtime_error(loop.error().sentence());
    return std::move(loop).value();
}

void runSteps(TrainingLoop& loop, int count) {
    for (int i = 0; i < count; ++i) {
        const Status status = loop.runStep();
        if (!status.ok()) throw std::runtime_error(status.error().sentence());
    }
}

bool onGrid(const std::vector<float>& values) {
    return std::ranges::all_of(values, [](float value) { return std::nearbyint(value * 16.0F) == value * 16.0F; });
}

}  // namespace

class TestWeightConstraint : public QObject {
    Q_OBJECT

  private slots:
    void prunedWeightsStayZero() {
        const auto loop = makeLoop(std::make_shared<EveryThirdZero>());
        for (int step = 0; step <= 12; ++step) {
            const auto weights = loop->publish();
            std::size_t others = 0;
            for (std::size_t i = 0; i < weights->parameters.size(); ++i) {
                if (i % 3 == 0) {
                    QCOMPARE(weights->parameters[i], 0.0F);
                } else {
                    others += weights->parameters[i] != 0.0F;
                }
            }
            QVERIFY(others > weights->parameters.size() / 3);
            runSteps(*loop, 1);
        }
    }

    void passesSeeTheGridAndCheckpointsTheExactWeights() {
        const auto loop = makeLoop(std::make_shared<Grid>());
        runSteps(*loop, 12);
        QVERIFY(onGrid(loop->publish()->parameters));
        QVERIFY(onGrid(loop->bestWeights()->parameters));
        const Checkpoint checkpoint = loop->checkpoint();
        QVERIFY(!onGrid(checkpoint.weights.parameters));
        float furthest = 0.0F;
        for (std::size_t i = 0; i < checkpoint.weights.parameters.size(); ++i) {
            furthest = std::max(furthest, std::abs(checkpoint.weights.parameters[i] - loop->publish()->parameters[i]));
        }
        QVERIFY(furthest <= 1.0F / 32.0F);
    }

    void resumesBitForBit_data() {
        QTest::addColumn<bool>("grid");
        QTest::newRow("pruned") << false;
        QTest::newRow("straight-through") << true;
    }
    void resumesBitForBit() {
        QFETCH(bool, grid);
        std::shared_ptr<const WeightConstraint> constraint = std::make_shared<EveryThirdZero>();
        if (grid) constraint = std::make_shared<Grid>();
        const auto whole = makeLoop(constraint);
        runSteps(*whole, 7);
        const Checkpoint middle = whole->checkpoint();
        runSteps(*whole, 6);
        const auto second = makeLoop(constraint, &middle);
        runSteps(*second, 6);
        QCOMPARE(second->checkpoint().weights.parameters, whole->checkpoint().weights.parameters);
        QCOMPARE(second->publish()->parameters, whole->publish()->parameters);
        QCOMPARE(second->checkpoint().optimizerState, whole->checkpoint().optimizerState);
    }
};

QTEST_GUILESS_MAIN(TestWeightConstraint)
#include "tst_weight_constraint.moc"
