// Evidence maps against PyTorch's (tests/golden/inspect.json), their properties on larger networks, and
// refusals.
#include <QtTest>
#include <set>

#include "core/inspect/attribution.h"
#include "tests/core/golden_networks.h"
#include "tests/core/inspect_case.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr double kTolerance = 1e-4;  // of the map's largest value

struct Golden {
    nlohmann::json about;
    NetworkSpec spec;
    WeightSetPtr weights;
    std::vector<float> image;
    Shape shape;

    explicit Golden(const std::string& name)
        : about(goldenCase("inspect", name)),
          spec(name == "small" ? goldenSmallNetwork() : goldenResidualNetwork()) {
        const NodeId input = spec.nodeByName("Input")->id;
        spec.setAttribute(input, "mean", std::vector<double>{about.at("mean").get<double>()});
        spec.setAttribute(input, "std", std::vector<double>{about.at("std").get<double>()});
        weights =
            std::make_shared<WeightSet>(goldenWeights(spec, about.at("parameters"), about.at("statistics")));
        const auto array = about.at("input").get<GoldenArray>();
        image = array.floats();
        shape = Shape(std::vector<std::int64_t>(array.shape.begin() + 1, array.shape.end()));
    }
    AttributionRequest request(int target) const {
        AttributionRequest wanted;
        wanted.weights = weights;
        wanted.image = {image.data(), shape};
        wanted.target = target;
        return wanted;
    }
};

Result<Attribution> attribute(const std::string& method, const NetworkSpec& spec,
                              const AttributionRequest& request) {
    return findAttributionMethod(method)->run(spec, request, {});
}

std::vector<double> arrayOf(const nlohmann::json& json, const char* key) {
    return json.at(key).get<GoldenArray>().data;
}

double sumOf(const Tensor& map) {
    double sum = 0.0;
    for (const float value : map.span()) sum += value;
    return sum;
}

/// A request whose image lives as long as it does.
struct Asked {
    Tensor image;
    AttributionRequest request;

    explicit Asked(const NetworkSpec& spec, int target = -1) : image(randomImage(*analyze(spec).inputShape)) {
        request.weights = std::make_shared<WeightSet>(livelyWeights(spec));
        request.image = image.view();
        request.target = target;
    }
};

}  // namespace

class TestAttribution : public QObject {
    Q_OBJECT

  private slots:
    void equalsPyTorch_data() {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("method");
        for (const char* network : {"small", "residual"}) {
            for (const AttributionMethod* method : attributionMethods()) {
                QTest::addRow("%s, %s", network, method->id.c_str())
                    << QString(network) << QString::fromStdString(method->id);
            }
        }
    }
    void equalsPyTorch() {
        QFETCH(QString, network);
        QFETCH(QString, method);
        const Golden golden(network.toStdString());
        std::string key = method.toStdString();
        std::replace(key.begin(), key.end(), '-', '_');
        const auto logits = golden.about.at("logits").get<GoldenArray>().data;
        for (const nlohmann::json& expected : golden.about.at("targets")) {
            const int target = expected.at("target").get<int>();
            const Attribution got =
                attribute(method.toStdString(), golden.spec, golden.request(target)).value();
            QCOMPARE(got.target, target);
            QVERIFY(std::abs(got.logit - logits[static_cast<std::size_t>(target)]) < 1e-5);
            QVERIFY(got.map.shape() == Shape({golden.shape[1], golden.shape[2]}));
            const double error = relativeToLargest(got.map.span(), arrayOf(expected, key.c_str()));
            QVERIFY2(error <= kTolerance, qPrintable(QString("class %1: %2").arg(target).arg(error)));
            QCOMPARE(got.isSigned, method == "integrated-gradients");
            QCOMPARE(got.coarse.shape().rank() == 2, method == "gradcam");
            if (method != "gradcam") continue;
            QVERIFY(relativeToLargest(got.coarse.span(), arrayOf(expected, "gradcam_coarse")) <= kTolerance);
        }
    }

    // The numbers in the note are the map's sum and the difference of the scores.
    void integratedGradientsAreComplete() {
        const Golden golden("small");
        for (const nlohmann::json& expected : golden.about.at("targets")) {
            AttributionRequest request = golden.request(expected.at("target").get<int>());
            request.steps = 1000;
            const Attribution got = attribute("integrated-gradients", golden.spec, request).value();
            const double difference = expected.at("difference_to_black").get<double>();
            QVERIFY(std::abs(sumOf(got.map) - difference) < 2e-3);
            const QString note = QString::fromStdString(got.note).replace("−", "-");
            const QStringList words = note.split(' ');
            QCOMPARE(words.size(), 4);
            QVERIFY(std::abs(words[1].toDouble() - sumOf(got.map)) < 1e-4);
            QVERIFY(std::abs(words[3].toDouble() - difference) < 1e-4);
        }
    }

    // Against finite differences on networks that the golden numbers do not cover.
    void saliencyIsTheSlope_data() {
        QTest::addColumn<QString>("network");
        for (const char* name : {"lenet-like", "windows", "mlp-512-256"})
            QTest::newRow(name) << QString(name);
    }
    void saliencyIsTheSlope() {
        QFETCH(QString, network);
        const NetworkSpec spec = inspectedNetwork(network.toStdString());
        Asked asked(spec);
        const Attribution saliency = attribute("saliency", spec, asked.request).value();
        const auto snapshot = snapshotOf(spec, asked.request.weights, &asked.image);
        QCOMPARE(saliency.target, snapshot->predicted);
        CompileOptions options;
        options.maximumBatch = 2;
        options.fastestTier = Tier::Reference;
        const auto model = Model::compile(spec, options).value();
        QVERIFY(model->bind(*asked.request.weights).ok());
        const std::int64_t plane = saliency.map.size();
        RandomSequence random(4, RandomStreamId::Analysis);
        int agreeing = 0;
        for (int probe = 0; probe < 20; ++probe) {
            const std::int64_t pixel = random.below(static_cast<std::uint32_t>(plane));
            double steepest = 0.0;
            for (std::int64_t at = pixel; at < asked.image.size(); at += plane) {
                Tensor pair(asked.image.shape().withBatch(2));
                for (int side : {0, 1}) {
                    float* image = pair.data() + side * asked.image.size();
                    std::copy_n(asked.image.data(), asked.image.size(), image);
                    image[at] += side == 0 ? -2e-3F : 2e-3F;
                }
                model->forward(pair.view());
                const View<const float> logits = model->logits();
                const double slope = (static_cast<double>(logits[logits.shape[1] + saliency.target]) -
                                      logits[saliency.target]) /
                                     4e-3;
                steepest = std::max(steepest, std::abs(slope));
            }
            // A kink within the step is the finite difference's fault.
            if (std::abs(steepest - saliency.map.data()[pixel]) <= 0.02 * steepest + 2e-3) ++agreeing;
        }
        QVERIFY2(agreeing >= 17, qPrintable(QString::number(agreeing)));
    }

    void gradCamLooksAtTheChosenLayer() {
        const NetworkSpec spec = residualNetwork();
        Asked asked(spec, 3);
        const Attribution usual = attribute("gradcam", spec, asked.request).value();
        QVERIFY(usual.coarse.shape() == Shape({8, 8}));
        QVERIFY2(usual.note.find("ReLU 5") != std::string::npos, usual.note.c_str());
        asked.request.layer = idOf(spec, "ReLU 5");
        const Attribution same = attribute("gradcam", spec, asked.request).value();
        QVERIFY(std::equal(usual.map.span().begin(), usual.map.span().end(), same.map.span().begin()));
        asked.request.layer = idOf(spec, "Conv 1");
        QVERIFY(attribute("gradcam", spec, asked.request).value().coarse.shape() == Shape({16, 16}));
        asked.request.layer = idOf(spec, "Dense 1");
        QCOMPARE(attribute("gradcam", spec, asked.request).error().code, ErrorCode::Unsupported);
        QCOMPARE(attribute("gradcam", spec, asked.request).error().node, std::string("Dense 1"));
        asked.request.layer = NodeId{99};
        QCOMPARE(attribute("gradcam", spec, asked.request).error().code, ErrorCode::NotFound);
    }

    void networksWithoutConvolutionSayWhatMakesSense() {
        const NetworkSpec spec = inspectedNetwork("mlp-512-256");
        Asked asked(spec);
        const Error error = attribute("gradcam", spec, asked.request).error();
        QCOMPARE(error.code, ErrorCode::Unsupported);
        QVERIFY2(error.sentence().find("saliency and integrated gradients") != std::string::npos,
                 error.sentence().c_str());
        for (const AttributionMethod* method : attributionMethods()) {
            QCOMPARE(method->run(spec, asked.request, {}).ok(), !method->needsConvolution);
        }
    }

    void vectorsHaveARow() {
        const NetworkSpec spec =
            ChainBuilder("Vector").input(Shape{12}).dense(6).relu().classifier(3).build();
        Asked asked(spec);
        for (const char* method : {"saliency", "integrated-gradients"}) {
            const Attribution got = attribute(method, spec, asked.request).value();
            QVERIFY(got.map.shape() == Shape({1, 12}));
            QVERIFY(*std::max_element(got.map.span().begin(), got.map.span().end()) > 0.0F);
        }
    }

    void everyMethodRefusesWhatDoesNotFit_data() {
        QTest::addColumn<QString>("method");
        for (const AttributionMethod* method : attributionMethods())
            QTest::newRow(method->id.c_str()) << QString::fromStdString(method->id);
    }
    void everyMethodRefusesWhatDoesNotFit() {
        QFETCH(QString, method);
        const std::string id = method.toStdString();
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        Asked asked(spec, 10);
        const auto refused = [&](const NetworkSpec& network) {
            return attribute(id, network, asked.request).error();
        };
        QCOMPARE(refused(spec).code, ErrorCode::InvalidArgument);
        QVERIFY(refused(spec).message.find("no class 10, they are counted from 0 to 9") != std::string::npos);
        asked.request.target = 9;
        QVERIFY(attribute(id, spec, asked.request).ok());
        QCOMPARE(refused(residualNetwork()).code, ErrorCode::ShapeMismatch);
        QVERIFY(!attribute(id, NetworkSpec{}, asked.request).ok());
        const Tensor small = randomImage({1, 28, 28});
        asked.request.image = small.view();
        QCOMPARE(refused(spec).code, ErrorCode::ShapeMismatch);
        QVERIFY(refused(spec).message.find("1×28×28") != std::string::npos);
    }

    void everyMethodCanBeCancelled_data() { everyMethodRefusesWhatDoesNotFit_data(); }
    void everyMethodCanBeCancelled() {
        QFETCH(QString, method);
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        Asked asked(spec);
        const auto* found = findAttributionMethod(method.toStdString());
        std::vector<double> shares;
        QVERIFY(found
                    ->run(spec, asked.request,
                          [&](double share) {
                              shares.push_back(share);
                              return true;
                          })
                    .ok());
        QVERIFY(!shares.empty() && std::is_sorted(shares.begin(), shares.end()) && shares.back() <= 1.0);
        QCOMPARE(found->run(spec, asked.request, [](double) { return false; }).error().code,
                 ErrorCode::Cancelled);
    }

    void stepsAreChecked() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        Asked asked(spec);
        for (const int steps : {0, -3, 1001}) {
            asked.request.steps = steps;
            QCOMPARE(attribute("integrated-gradients", spec, asked.request).error().code,
                     ErrorCode::InvalidArgument);
        }
        asked.request.steps = 1;
        QVERIFY(attribute("integrated-gradients", spec, asked.request).ok());
    }

    void theRegistryNamesEachOnce() {
        std::set<std::string> ids;
        for (const AttributionMethod* method : attributionMethods()) {
            QVERIFY(ids.insert(method->id).second);
            QVERIFY(findAttributionMethod(method->id) == method);
            QVERIFY(!method->label.empty() && !method->help.empty());
        }
        QVERIFY(findAttributionMethod("guesswork") == nullptr);
    }
};

QTEST_GUILESS_MAIN(TestAttribution)
#include "tst_attribution.moc"
