// Adversarial images against PyTorch's (tests/golden/attacks.json), on a plain network and on one with batch norm.
#include <QtTest>

#include "core/attack/attack.h"
#include "core/attack/perturbation.h"
#include "tests/core/golden_networks.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr double kTolerance = 1e-4;  // of the perturbation's own size

struct Victim {
    NetworkSpec spec;
    nlohmann::json about;
    std::vector<float> images;
    Shape shape;
    std::vector<int> labels;
    std::vector<std::int64_t> ids;
    std::unique_ptr<Model> model;

    explicit Victim(const std::string& name)
        : spec(name == "small" ? goldenSmallNetwork() : goldenResidualNetwork()),
          about(goldenCase("attacks", name + "_network")) {
        const auto input = about.at("input").get<GoldenArray>();
        images = input.floats();
        shape = Shape(input.shape);
        about.at("labels").get_to(labels);
        for (std::size_t i = 0; i < labels.size(); ++i) ids.push_back(static_cast<std::int64_t>(i));
        CompileOptions options;
        options.maximumBatch = shape[0];
        options.differentiable = true;
        auto compiled = Model::compile(spec, options);
        if (!compiled.ok()) qFatal("%s", compiled.error().sentence().c_str());
        model = std::move(compiled).value();
        WeightSet weights = initialWeights(spec, analyze(spec), 1);
        loadGolden(spec, *weights.layout, about.at("parameters"), weights.parameters);
        loadGolden(spec, *weights.layout, about.at("running"), weights.statistics);
        if (!model->bind(weights).ok()) qFatal("the weights do not fit");
    }
};

}  // namespace

class TestAttackGolden : public QObject {
    Q_OBJECT

  private slots:
    void adversarialImagesAreTheirs_data() {
        QTest::addColumn<QString>("name");
        int rows = 0;
        for (const nlohmann::json& golden : goldenCases("attacks")) {
            if (!golden.contains("method")) continue;
            QTest::newRow(golden.at("name").get<std::string>().c_str())
                << QString::fromStdString(golden.at("name").get<std::string>());
            ++rows;
        }
        QCOMPARE(rows, 24);
    }
    void adversarialImagesAreTheirs() {
        QFETCH(QString, name);
        const nlohmann::json golden = goldenCase("attacks", name.toStdString());
        Victim victim(name.section('_', 0, 0).toStdString());
        AttackSpec attack;
        attack.method = golden.at("method");
        attack.norm = golden.at("norm") == "l2" ? AttackNorm::L2 : AttackNorm::Linf;
        attack.epsilon = golden.at("epsilon");
        attack.steps = golden.at("steps");
        if (golden.at("targeted")) attack.target = victim.about.at("target").get<int>();
        if (attack.method == "pgd") attack.randomStart = false;
        QVERIFY(std::abs(stepSize(attack) - golden.at("step").get<double>()) < 1e-12);

        Tensor adversarial(victim.shape);
        const AttackBatch batch{.model = *victim.model, .images = {victim.images.data(), victim.shape},
                                .labels = victim.labels, .ids = victim.ids};
        QVERIFY(findAttackMethod(attack.method)->run(attack, batch, adversarial.view()).ok());
        const auto expected = golden.at("adversarial").get<GoldenArray>().floats();
        const std::size_t pixels = expected.size() / victim.labels.size();
        for (std::size_t i = 0; i < victim.labels.size(); ++i) {
            const auto theirs = std::span(expected).subspan(i * pixels, pixels);
            const PerturbationSize size = perturbationOf(std::span(victim.images).subspan(i * pixels, pixels), theirs);
            QVERIFY(size.l2 > 0.1);
            const double apart = perturbationOf(theirs, std::as_const(adversarial).span().subspan(i * pixels, pixels)).l2;
            QVERIFY2(apart <= kTolerance * size.l2, qPrintable(QString("image %1: %2 of %3").arg(i).arg(apart).arg(size.l2)));
        }
    }
};

QTEST_GUILESS_MAIN(TestAttackGolden)
#include "tst_attack_golden.moc"
