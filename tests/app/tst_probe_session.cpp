// The network's live answer: right, newest, cheap for the training, and honest about its weights.
#include <QSignalSpy>
#include <QUndoStack>
#include <algorithm>
#include <cstring>

#include "core/model/model.h"
#include "tests/app/image_bench.h"

using namespace convolab;
using namespace convolab::testing;

class TestProbeSession : public QObject {
    Q_OBJECT

    std::unique_ptr<ImageBench> m_bench;
    ProbeSession& probe() { return m_bench->desk.probe; }
    CurrentImage& image() { return m_bench->desk.image; }

    void openActive(const char* preset = "lenet-like", const Recipe& recipe = {}) {
        m_bench->openPreset(preset, recipe);
        QTRY_VERIFY_WITH_TIMEOUT(image().image() != nullptr, kPatience);
        probe().setActive(true);
        waitForAnswer();
    }
    void waitForAnswer() { QTRY_VERIFY_WITH_TIMEOUT(probe().snapshot() != nullptr && !probe().isStale(), kPatience); }

  private slots:
    void initTestCase() { prepareApplication(); }
    void init() { m_bench = std::make_unique<ImageBench>(); }
    void cleanup() { m_bench.reset(); }

    void answersAsTheModelDoes() {
        openActive();
        QVERIFY(probe().untrained());
        QCOMPARE(probe().weightsNote(), QStringLiteral("untrained weights"));
        const NetworkSpec& spec = m_bench->document.network().spec();
        CompileOptions one;
        one.maximumBatch = 1;
        auto model = Model::compile(spec, one);
        QVERIFY(model.ok());
        const WeightSet fresh = initialWeights(spec, m_bench->document.network().analysis(), m_bench->document.recipe().seed);
        QVERIFY((*model)->bind(fresh).ok());
        (*model)->forward({image().image()->data(), image().image()->shape().withBatch(1)});
        const View<const float> logits = (*model)->logits();
        const auto& answer = *probe().snapshot();
        QCOMPARE(answer.logits.size(), std::size_t{10});
        for (std::size_t i = 0; i < 10; ++i) QVERIFY(std::abs(answer.logits[i] - logits.data[i]) < 1e-5F);
        QVERIFY(answer.outputs.contains(m_bench->node("Conv 1")));
        QCOMPARE(answer.outputs.at(m_bench->node("Conv 1")).shape(), (Shape{6, 30, 30}));
        QVERIFY(probe().milliseconds() > 0.0);
    }

    void restsWhileNobodyLooks() {
        m_bench->openPreset("lenet-like");
        QSignalSpy arrived(&probe(), &ProbeSession::snapshotArrived);
        QTRY_VERIFY_WITH_TIMEOUT(image().image() != nullptr, kPatience);
        image().showDatasetImage(Split::Test, 3);
        QVERIFY(!arrived.wait(50));
        QCOMPARE(probe().snapshot(), nullptr);
        probe().setActive(true);
        waitForAnswer();
    }

    void theNewestImageWins() {
        openActive();
        QSignalSpy arrived(&probe(), &ProbeSession::snapshotArrived);
        for (std::int64_t i = 1; i <= 200; ++i) image().showDatasetImage(Split::Test, i);
        waitForAnswer();
        QVERIFY2(arrived.size() < 200, qPrintable(QString::number(arrived.size())));
        const auto isNewest = [&] {
            const std::span<const float> seen = probe().snapshot()->image.span();
            return std::equal(seen.begin(), seen.end(), image().image()->span().begin());
        };
        QTRY_VERIFY_WITH_TIMEOUT(isNewest(), kPatience);
    }

    void followsTheTraining() {
        openActive();
        Recipe recipe = m_bench->document.recipe();
        recipe.steps = 100'000;
        m_bench->document.setRecipe(recipe);
        m_bench->session.play();
        QTRY_VERIFY_WITH_TIMEOUT(probe().snapshot() && probe().snapshot()->weights->step > 20, kPatience);
        QVERIFY(!probe().untrained());
        QCOMPARE(probe().weightsNote(), QString());
        const std::int64_t step = probe().snapshot()->weights->step;
        QTRY_VERIFY_WITH_TIMEOUT(probe().snapshot()->weights->step > step, kPatience);
        m_bench->session.pause();
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->session.status().state, TrainerState::Paused, kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(probe().snapshot()->weights->step, m_bench->session.status().step, kPatience);
    }

    void lookingChangesNothing() {
        Recipe recipe;
        recipe.steps = 60;
        const auto weightsAfter = [&](bool looking) -> std::vector<float> {
            ImageBench bench;
            bench.openPreset("lenet-like", recipe);
            bench.desk.probe.setActive(looking);
            bench.session.play();
            std::int64_t index = 0;
            const auto done = [&] {
                if (looking) bench.desk.image.showDatasetImage(Split::Test, ++index);
                return bench.session.status().state == TrainerState::Done;
            };
            [&] { QTRY_VERIFY_WITH_TIMEOUT(done(), kPatience); }();
            const WeightSetPtr weights = bench.session.weights();
            return weights ? weights->parameters : std::vector<float>{};
        };
        const auto alone = weightsAfter(false);
        const auto watched = weightsAfter(true);
        QCOMPARE(alone.size(), std::size_t{81194});
        QCOMPARE(watched.size(), alone.size());
        QCOMPARE(std::memcmp(alone.data(), watched.data(), alone.size() * sizeof(float)), 0);
    }

    void anEditCarriesTheWeightsOver() {
        openActive();
        m_bench->train(5);
        QTRY_VERIFY_WITH_TIMEOUT(!probe().untrained(), kPatience);
        m_bench->set("Dense 1", "units", std::int64_t{96});
        QTRY_COMPARE_WITH_TIMEOUT(probe().weightsNote(), QStringLiteral("3 of 5 layers keep their weights, the others are fresh"), kPatience);
        waitForAnswer();
        QCOMPARE(probe().snapshot()->outputs.at(m_bench->node("Dense 1")).size(), 96);
        const ParameterEntry* entry = probe().weights()->layout->find(m_bench->node("Conv 1"), "weight");
        QVERIFY(entry != nullptr);
        const auto kept = probe().weights()->values(*entry);
        const auto trained = m_bench->session.weights()->values(*m_bench->session.weights()->layout->find(m_bench->node("Conv 1"), "weight"));
        QVERIFY(std::equal(kept.begin(), kept.end(), trained.begin(), trained.end()));
    }

    void aNetworkWithAnErrorHasNoAnswer() {
        openActive();
        QSignalSpy failed(&probe(), &ProbeSession::failed);
        m_bench->set("Conv 1", "kernel", std::vector<std::int64_t>{99, 99});
        QCOMPARE(failed.size(), 1);
        QCOMPARE(probe().snapshot(), nullptr);
        QCOMPARE(probe().weights(), nullptr);
        QVERIFY2(probe().problem().contains(QStringLiteral("Conv 1")), qPrintable(probe().problem()));
        m_bench->document.network().undoStack().undo();
        waitForAnswer();
        QCOMPARE(probe().problem(), QString());
    }

    void switchedOffChannelsAreSilent() {
        openActive();
        const WeightSetPtr whole = probe().effectiveWeights();
        QCOMPARE(probe().weights(), whole);
        const NodeId conv = m_bench->node("Conv 1");
        const auto logits = probe().snapshot()->logits;
        QVERIFY(probe().setChannelOff({conv, 2}, true).ok());
        QTRY_VERIFY_WITH_TIMEOUT(probe().effectiveWeights() != whole, kPatience);
        waitForAnswer();
        QCOMPARE(probe().weights(), whole);
        QVERIFY(probe().isChannelOff({conv, 2}) && !probe().isChannelOff({conv, 1}));
        const Tensor& maps = probe().snapshot()->outputs.at(conv);
        QVERIFY(std::all_of(maps.data() + 2 * 900, maps.data() + 3 * 900, [](float value) { return value == 0.0F; }));
        QVERIFY(probe().snapshot()->logits != logits);
        QVERIFY(!probe().setChannelOff({m_bench->node("Input"), 0}, true).ok());
        probe().clearChannelsOff();
        QTRY_COMPARE_WITH_TIMEOUT(probe().effectiveWeights(), whole, kPatience);
        waitForAnswer();
        QCOMPARE(probe().snapshot()->logits, logits);
    }

    void predictionsAreKeptAndGoStale() {
        openActive();
        PredictionsCache& predictions = m_bench->desk.predictions;
        QVERIFY(predictions.isStale(Split::Test));
        predictions.ask(Split::Test);
        QTRY_VERIFY_WITH_TIMEOUT(predictions.table(Split::Test) != nullptr, kPatience);
        QVERIFY(!predictions.isStale(Split::Test));
        const auto table = predictions.table(Split::Test);
        QCOMPARE(table->rows.size(), std::size_t{2000});
        const auto direct = predictSplit(probe().spec(), *probe().weights(), *image().dataset(), Split::Test, 20);
        for (std::size_t i = 0; i < 20; ++i) QCOMPARE(table->rows[i].predicted, direct->rows[i].predicted);
        QCOMPARE(predictions.wholeTable(Split::Test), table);
        QCOMPARE(predictions.table(Split::Train), nullptr);
        m_bench->train(3);
        QTRY_VERIFY_WITH_TIMEOUT(predictions.isStale(Split::Test), kPatience);
        QCOMPARE(predictions.table(Split::Test), table);
        predictions.ask(Split::Test);
        predictions.job().cancel();
        QTRY_COMPARE_WITH_TIMEOUT(predictions.job().state(), BackgroundJob::State::Cancelled, kPatience);
        QCOMPARE(predictions.table(Split::Test), table);
        m_bench->set("Input", "shape", std::vector<std::int64_t>{1, 28, 28});
        QCOMPARE(predictions.table(Split::Test), nullptr);
    }
};

QTEST_MAIN(TestProbeSession)
#include "tst_probe_session.moc"
