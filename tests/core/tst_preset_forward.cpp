// Every preset computes: compiled, bound to fresh weights, one random image forward.
#include <QtTest>

#include "core/graph/presets.h"
#include "core/model/model.h"
#include "core/util/random.h"

using namespace convolab;

class TestPresetForward : public QObject {
    Q_OBJECT

  private slots:
    void computes_data() {
        QTest::addColumn<QString>("preset");
        for (const PresetInfo& info : presets()) QTest::newRow(info.name.c_str()) << QString::fromStdString(info.name);
    }
    void computes() {
        QFETCH(QString, preset);
        QElapsedTimer timer;
        timer.start();
        const NetworkSpec spec = makePreset(preset.toStdString()).value();
        const Analysis analysis = analyze(spec);
        const WeightSet weights = initialWeights(spec, analysis, 7);
        CompileOptions options;
        options.maximumBatch = 1;
        auto compiled = Model::compile(spec, options);
        QVERIFY2(compiled.ok(), compiled ? "" : compiled.error().sentence().c_str());
        Model& model = **compiled;
        QVERIFY(model.bind(weights).ok());
        QCOMPARE(model.inputShape(), *analysis.inputShape);

        Tensor image(analysis.inputShape->withBatch(1));
        RandomSequence random(3, RandomStreamId::Data);
        for (float& value : image.span()) value = random.uniform();
        const qint64 made = timer.restart();
        const View<const float> output = model.forward(image.view());
        qInfo("%s: made in %lld ms, forward in %lld ms", qPrintable(preset), made, timer.elapsed());

        QCOMPARE(output.shape, analysis.find(analysis.output)->output->withBatch(1));
        QCOMPARE(output.size(), std::int64_t{analysis.classes});
        double sum = 0.0;
        for (std::int64_t i = 0; i < output.size(); ++i) {
            QVERIFY2(std::isfinite(output[i]), qPrintable(QString("output %1").arg(i)));
            sum += static_cast<double>(output[i]);
        }
        const NodeId last = spec.edgesInto(analysis.output).front()->from.node;
        if (spec.node(last)->kind == "softmax") QVERIFY2(std::abs(sum - 1.0) < 1e-4, qPrintable(QString::number(sum)));

        // The image decides: another one gives other logits (many an untrained network is too sure for its softmax to
        // show that), the same one the same bits.
        const auto logits = [&] {
            model.forward(image.view());
            const View<const float> values = model.logits();
            return std::vector<float>(values.data, values.data + values.size());
        };
        const std::vector<float> first = logits();
        QVERIFY(logits() == first);
        if (preset == "perceptron-t") return;  // of which a step is left
        for (float& value : image.span()) value = 1.0F - value;
        const std::vector<float> other = logits();
        QVERIFY(other != first);
        QVERIFY(std::all_of(other.begin(), other.end(), [](float value) { return std::isfinite(value); }));
    }
};

QTEST_GUILESS_MAIN(TestPresetForward)
#include "tst_preset_forward.moc"
