// Ten training steps of presets against PyTorch (tests/golden/training.json): from the same weights and batches, which
// both sides calculate by a formula, every loss agrees to 1e-4 of itself.
#include <QtTest>

#include <cmath>

#include "core/graph/presets.h"
#include "core/model/model.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

// Multiples of 2⁻¹⁵ in [−1, 1): cases_training.py, grid_values.
double gridValue(std::uint64_t index, std::uint64_t seed) {
    std::uint64_t x = (index + seed * 1'000'003) & 0xFFFFFFFF;
    for (int i = 0; i < 2; ++i) x = ((x ^ (x >> 16)) * 0x45D9F3B) & 0xFFFFFFFF;
    x ^= x >> 16;
    return (static_cast<double>(x >> 16) - 32768.0) / 32768.0;
}

void fill(Model& model) {
    std::uint64_t number = 0;
    for (const ParameterEntry& entry : model.layout()->entries) {
        if (!entry.spec.trainable) continue;
        const auto values = model.parameters().subspan(entry.offset, static_cast<std::size_t>(entry.spec.shape.size()));
        const double bound = std::sqrt(6.0 / static_cast<double>(entry.spec.shape.size() / entry.spec.shape[0]));
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (entry.spec.role == ParameterRole::Weight) values[i] = static_cast<float>(gridValue(i, number) * bound);
            else values[i] = entry.spec.role == ParameterRole::Scale ? 1.0F : 0.0F;
        }
        ++number;
    }
}

}  // namespace

class TestTrainingGolden : public QObject {
    Q_OBJECT

  private slots:
    void tenSteps_data() {
        QTest::addColumn<int>("place");
        const auto cases = goldenCases("training");
        for (std::size_t i = 0; i < cases.size(); ++i) QTest::newRow(cases[i].at("name").get<std::string>().c_str()) << static_cast<int>(i);
    }
    void tenSteps() {
        QFETCH(int, place);
        const nlohmann::json golden = goldenCases("training").at(static_cast<std::size_t>(place));
        const auto spec = makePreset(golden.at("name").get<std::string>());
        QVERIFY2(spec.ok(), spec ? "" : spec.error().sentence().c_str());
        CompileOptions options;
        options.maximumBatch = golden.at("batch").get<std::int64_t>();
        options.training = true;
        auto compiled = Model::compile(*spec, options);
        QVERIFY2(compiled.ok(), compiled ? "" : compiled.error().sentence().c_str());
        Model& model = **compiled;
        QCOMPARE(static_cast<std::int64_t>(model.parameters().size()), golden.at("parameters").get<std::int64_t>());
        fill(model);

        const auto rate = golden.at("learning_rate").get<float>();
        const auto momentum = golden.at("momentum").get<float>();
        const Shape image = model.inputShape();
        const auto n = static_cast<std::size_t>(options.maximumBatch);
        std::vector<float> images(n * static_cast<std::size_t>(image.size())), velocity(model.parameters().size());
        std::vector<int> labels(n);
        std::uint64_t step = 0;
        for (const double expected : golden.at("losses")) {
            for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<float>((gridValue(i, 1000 + step) + 1) / 2);
            for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<int>((gridValue(i, 2000 + step) + 1) / 2 * 10);
            const Shape shape{options.maximumBatch, image.channels(), image.height(), image.width()};
            const double loss = model.trainStep({images.data(), shape}, labels, step++).loss;
            QVERIFY2(std::abs(loss - expected) <= 1e-4 * std::abs(expected),
                     qPrintable(QString("step %1: %2 in place of %3").arg(step).arg(loss, 0, 'g', 9).arg(expected, 0, 'g', 9)));
            for (std::size_t i = 0; i < velocity.size(); ++i) {
                velocity[i] = momentum * velocity[i] + model.gradients()[i];
                model.parameters()[i] -= rate * velocity[i];
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestTrainingGolden)
#include "tst_training_golden.moc"
