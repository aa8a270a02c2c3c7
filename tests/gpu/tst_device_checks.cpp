// The checks that a device has to pass: the plain loops pass them all, and each finds a device that is wrong in its way.
#include <QTest>

#include "core/backend/device_checks.h"
#include "core/util/device_lost.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel hostCompiler() { return compilerOf(hostModule()); }

// Passes everything on, but adds `error` to one gradient.
class CrookedModel final : public Model {
  public:
    CrookedModel(std::unique_ptr<Model> straight, float error) : m_model(std::move(straight)), m_error(error) {}
    const std::shared_ptr<const ParameterLayout>& layout() const override { return m_model->layout(); }
    const Shape& inputShape() const override { return m_model->inputShape(); }
    const Shape& outputShape() const override { return m_model->outputShape(); }
    const CompileOptions& options() const override { return m_model->options(); }
    std::vector<LayerPlan> plan() const override { return m_model->plan(); }
    std::size_t arenaBytes() const override { return m_model->arenaBytes(); }
    std::span<float> parameters() override { return m_model->parameters(); }
    std::span<float> statistics() override { return m_model->statistics(); }
    std::span<float> gradients() override { return m_model->gradients(); }
    Status bind(const WeightSet& weights) override { return m_model->bind(weights); }
    void bind(std::span<const float> parameters, std::span<const float> statistics) override { m_model->bind(parameters, statistics); }
    WeightSet copyWeights(std::int64_t step) const override { return m_model->copyWeights(step); }
    void setLossTargets(LossTargets targets) override { m_model->setLossTargets(std::move(targets)); }
    LossResult trainStep(View<const float> images, std::span<const int> labels, std::uint64_t step) override {
        const LossResult result = m_model->trainStep(images, labels, step);
        if (!m_model->gradients().empty()) m_model->gradients()[0] += m_error;
        return result;
    }
    View<const float> forward(View<const float> images) override { return m_model->forward(images); }
    View<const float> logits() const override { return m_model->logits(); }
    LossResult evaluate(View<const float> images, std::span<const int> labels) override { return m_model->evaluate(images, labels); }
    View<const float> tap(NodeId node) const override { return m_model->tap(node); }
    void backward(View<const float> gradient) override { m_model->backward(gradient); }
    View<const float> inputGradient() const override { return m_model->inputGradient(); }
    View<const float> tapGradient(NodeId node) const override { return m_model->tapGradient(node); }

  private:
    std::unique_ptr<Model> m_model;
    float m_error;
};

// A device whose every other model computes one gradient wrongly by `error`, or every one.
CompileModel crooked(float error, bool everyOther = false) {
    return [error, everyOther, made = std::make_shared<int>(0)](const NetworkSpec& spec, const CompileOptions& options) -> Result<std::unique_ptr<Model>> {
        CONVOLAB_ASSIGN(std::unique_ptr<Model> model, hostCompiler()(spec, options));
        if (everyOther && ++*made % 2 == 0) return model;
        return std::unique_ptr<Model>(std::make_unique<CrookedModel>(std::move(model), error));
    };
}

std::string found(const char* name, const CompileModel& device) {
    for (const DeviceCheck& check : deviceChecks()) {
        if (check.name == name) return runDeviceCheck(check, device);
    }
    return "there is no such check";
}

}  // namespace

class TestDeviceChecks : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void thePlainLoopsPass_data() {
        QTest::addColumn<int>("index");
        const auto checks = deviceChecks();
        for (std::size_t i = 0; i < checks.size(); ++i) QTest::newRow(checks[i].name.c_str()) << static_cast<int>(i);
    }
    void thePlainLoopsPass() {
        QFETCH(int, index);
        const std::string wrong = runDeviceCheck(deviceChecks()[static_cast<std::size_t>(index)], hostCompiler());
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

    void wrongGradientsAreFound() {
        QVERIFY(found("conv2d", crooked(0.1F)).find("gradients differ") != std::string::npos);
        QVERIFY(found("branches", crooked(0.1F)).find("gradients differ") != std::string::npos);
        QVERIFY(found("network", crooked(0.1F)).find("gradients differ") != std::string::npos);
        QVERIFY(found("ten steps", crooked(30.0F)).find("loss of step") != std::string::npos);
    }

    void onceThisOnceThat() { QVERIFY(found("same bits", crooked(1e-3F, true)).find("other weights") != std::string::npos); }

    // Augmented by the numbers of another epoch; and a device that has no room for a data set.
    void wrongAugmentationIsFound() {
        static ConvolabGpuModule module = hostModule();
        module.session.chooseImages = [](ConvolabGpuSession* session, const ConvolabGpuChoice* choice, ConvolabGpuFailure* failure) {
            ConvolabGpuChoice other = *choice;
            other.key[1] ^= 1U;
            return hostModule().session.chooseImages(session, &other, failure);
        };
        const std::string wrong = found("augmentation", compilerOf(module));
        QVERIFY2(wrong.starts_with("shift: a value is "), wrong.c_str());
        hostDevice().memoryBytes = std::size_t{1} << 20;
        QVERIFY(found("augmentation", hostCompiler()).find("no room") != std::string::npos);
        QVERIFY(found("augmentation", Model::compile).empty());
    }

    void memoryWithoutEnd() {
        const CompileModel boundless = [](const NetworkSpec& spec, const CompileOptions& options) {
            CompileOptions small = options;
            small.maximumBatch = 1;
            return hostCompiler()(spec, small);
        };
        QVERIFY(found("out of memory", boundless).find("seem to fit") != std::string::npos);
    }

    void aDeviceThatIsLost() {
        const CompileModel lost = [](const NetworkSpec&, const CompileOptions&) -> Result<std::unique_ptr<Model>> {
            throw DeviceLost({ErrorCode::DeviceUnavailable, "the GPU fell off the bus", {}, "push it back"});
        };
        QVERIFY(found("weights", lost).find("fell off the bus") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestDeviceChecks)
#include "tst_device_checks.moc"
