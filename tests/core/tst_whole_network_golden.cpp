// Whole networks against PyTorch's numbers (tests/golden): logits, loss, gradients, running statistics, losses and
// weights of five steps.
#include <QtTest>

#include "tests/core/golden_networks.h"

using namespace convolab;
using convolab::testing::goldenCase;
using convolab::testing::GoldenArray;
using convolab::testing::largestDifference;
using convolab::testing::entryNamed;
using convolab::testing::goldenResidualNetwork;
using convolab::testing::goldenSmallNetwork;
using convolab::testing::loadGolden;

namespace {

constexpr double kTolerance = 2e-5;

double worstOf(const NetworkSpec& spec, const Model& model, std::span<const float> buffer, const nlohmann::json& expected) {
    double worst = 0.0;
    for (const auto& [name, array] : expected.items()) {
        const ParameterEntry& entry = entryNamed(spec, *model.layout(), name);
        const auto values = buffer.subspan(entry.offset, static_cast<std::size_t>(entry.spec.shape.size()));
        worst = std::max(worst, largestDifference(values, array.get<GoldenArray>().data));
    }
    return worst;
}

struct Run {
    NetworkSpec spec;
    nlohmann::json start;
    std::vector<float> images;
    Shape shape;
    std::vector<int> labels;
    std::unique_ptr<Model> model;

    Run(const std::string& topic, Tier tier) : spec(topic == "small_network" ? goldenSmallNetwork() : goldenResidualNetwork()),
                                               start(goldenCase(topic, "start")) {
        const auto input = start.at("input").get<GoldenArray>();
        images = input.floats();
        shape = Shape(input.shape);
        start.at("labels").get_to(labels);
        CompileOptions options;
        options.maximumBatch = shape[0];
        options.training = true;
        options.fastestTier = tier;
        auto compiled = Model::compile(spec, options);
        if (!compiled.ok()) qFatal("%s", compiled.error().sentence().c_str());
        model = std::move(compiled).value();
        loadGolden(spec, *model->layout(), start.at("parameters"), model->parameters());
    }

    LossResult step(std::uint64_t number) { return model->trainStep({images.data(), shape}, labels, number); }
};

}  // namespace

class TestWholeNetworkGolden : public QObject {
    Q_OBJECT

  private:
    static void addRows() {
        QTest::addColumn<QString>("topic");
        QTest::addColumn<int>("tier");
        for (const char* topic : {"small_network", "residual_network"}) {
            for (const Tier tier : {Tier::Reference, Tier::Portable, Tier::OneDnn}) {
                QTest::addRow("%s, %s", topic, tierName(tier)) << QString(topic) << static_cast<int>(tier);
            }
        }
    }
    static Run run() {
        QFETCH(QString, topic);
        QFETCH(int, tier);
        return {topic.toStdString(), static_cast<Tier>(tier)};
    }

  private slots:
    void oneStep_data() { addRows(); }
    void oneStep() {
        Run now = run();
        const LossResult result = now.step(0);
        QVERIFY(std::abs(result.loss - now.start.at("loss").get<double>()) < kTolerance);
        QVERIFY(largestDifference(now.model->logits().span(), now.start.at("logits").get<GoldenArray>().data) < kTolerance);
        const double gradients = worstOf(now.spec, *now.model, now.model->gradients(), now.start.at("gradients"));
        QVERIFY2(gradients < kTolerance, qPrintable(QString::number(gradients)));
        if (!now.start.contains("running_after_one_step")) return;
        QVERIFY(worstOf(now.spec, *now.model, now.model->statistics(), now.start.at("running_after_one_step")) < kTolerance);
        const auto evaluated = now.model->forward({now.images.data(), now.shape});
        const auto expected = now.start.at("evaluation_logits_after_one_step").get<GoldenArray>();
        QVERIFY(largestDifference(evaluated.span(), expected.data) < kTolerance);
    }

    void fiveStepsWithMomentum_data() { addRows(); }
    void fiveStepsWithMomentum() {
        Run now = run();
        QFETCH(QString, topic);
        const nlohmann::json golden = goldenCase(topic.toStdString(), "sgd_momentum");
        const auto rate = golden.at("learning_rate").get<float>();
        const auto momentum = golden.at("momentum").get<float>();
        std::vector<float> velocity(now.model->parameters().size());
        std::uint64_t step = 0;
        for (const double expected : golden.at("losses")) {
            const double loss = now.step(step++).loss;
            QVERIFY2(std::abs(loss - expected) < 1e-4, qPrintable(QString("step %1: %2").arg(step).arg(loss - expected)));
            for (std::size_t i = 0; i < velocity.size(); ++i) {
                velocity[i] = momentum * velocity[i] + now.model->gradients()[i];
                now.model->parameters()[i] -= rate * velocity[i];
            }
        }
        const double worst = worstOf(now.spec, *now.model, now.model->parameters(), golden.at("final_parameters"));
        QVERIFY2(worst < 1e-4, qPrintable(QString::number(worst)));
    }
};

QTEST_GUILESS_MAIN(TestWholeNetworkGolden)
#include "tst_whole_network_golden.moc"
