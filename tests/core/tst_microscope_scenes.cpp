// The worked examples of courses, and convolutions and poolings of numbers that a person gave.
#include <QtTest>
#include <set>

#include "core/inspect/microscope.h"

using namespace convolab;

namespace {

MicroscopeScene scene(const std::string& id) {
    for (MicroscopeScene& candidate : microscopeScenes()) {
        if (candidate.id == id) return std::move(candidate);
    }
    throw std::runtime_error("no scene " + id);
}

ConvolutionSandbox ramp(std::int64_t side) {
    ConvolutionSandbox sandbox;
    sandbox.input = Tensor(Shape{1, side, side});
    for (std::int64_t i = 0; i < sandbox.input.size(); ++i)
        sandbox.input.data()[i] = static_cast<float>(i + 1);
    return sandbox;
}

void use(ConvolutionSandbox& sandbox, const NumberGrid& kernel) {
    sandbox.kernels = Tensor(Shape{1, 1, kernel.rows, kernel.columns});
    std::copy(kernel.values.begin(), kernel.values.end(), sandbox.kernels.data());
    sandbox.window.kernelHeight = kernel.rows;
    sandbox.window.kernelWidth = kernel.columns;
}

std::vector<float> valuesOf(const Tensor& tensor) { return {tensor.span().begin(), tensor.span().end()}; }

std::string refusal(const ConvolutionSandbox& sandbox) {
    const Status status = sandbox.check();
    return status.ok() ? "" : status.error().sentence();
}

}  // namespace

class TestMicroscopeScenes : public QObject {
    Q_OBJECT

  private slots:
    void everySceneShowsItsNumber() {
        std::set<std::string> ids;
        int photographs = 0;
        for (const MicroscopeScene& candidate : microscopeScenes()) {
            QVERIFY(ids.insert(candidate.id).second);
            QVERIFY(!candidate.title.empty() && !candidate.about.empty());
            QVERIFY(candidate.convolution.has_value() != candidate.pooling.has_value());
            const ValueRef& at = candidate.focus;
            const Status status =
                candidate.convolution ? candidate.convolution->check() : candidate.pooling->check();
            QVERIFY2(status.ok(), candidate.id.c_str());
            const ValueExplanation explanation =
                candidate.convolution ? candidate.convolution->explain(at.channel, at.row, at.column)
                                      : candidate.pooling->explain(at.channel, at.row, at.column);
            QCOMPARE(explanation.result, candidate.expected);
            photographs += candidate.wantsPhotograph ? 1 : 0;
        }
        QCOMPARE(photographs, 3);
    }

    void oneChannel() {
        MicroscopeScene one = scene("one-channel");
        const ValueExplanation corner = one.convolution->explain(0, 0, 0);
        QCOMPARE(corner.result, 114.0);
        QCOMPARE(corner.sentence, std::string("300 − 113 − 73 = 114"));
        const std::vector<bool> padding{true, true, true, true, false, false, true, false, false};
        QVERIFY(corner.channels.front().patch.padding == padding);
        one.convolution->flipped = true;
        QCOMPARE(one.convolution->explain(0, 0, 0).result, 114.0);
        QVERIFY(one.convolution->output().shape() == Shape({1, 5, 5}));
    }

    void threeChannels() {
        MicroscopeScene three = scene("three-channels");
        const ValueExplanation corner = three.convolution->explain(0, 0, 0);
        QCOMPARE(corner.channels.size(), std::size_t{3});
        QCOMPARE(corner.channels[0].sum, 308.0);
        QCOMPARE(corner.channels[1].sum, -498.0);
        QCOMPARE(corner.channels[2].sum, 164.0);
        QCOMPARE(corner.bias.value(), 1.0);
        QCOMPARE(corner.result, -25.0);
        QCOMPARE(corner.sentence, std::string("308 − 498 + 164 + 1 = −25"));
        three.convolution->flipped = true;
        const ValueExplanation flipped = three.convolution->explain(0, 0, 0);
        QCOMPARE(flipped.channels[0].sum, -151.0);
        QCOMPARE(flipped.channels[1].sum, 164.0);
        QCOMPARE(flipped.channels[2].sum, 323.0);
        QCOMPARE(flipped.result, 337.0);
        QCOMPARE(three.convolution->output().data()[0], 337.0F);
    }

    void poolings() {
        const MicroscopeScene largest = scene("max-pooling");
        QVERIFY((valuesOf(largest.pooling->output()) == std::vector<float>{100, 184, 12, 45}));
        const ValueExplanation winner = largest.pooling->explain(0, 0, 0);
        QCOMPARE(winner.sentence, std::string("largest of 29, 15, 0, 100 = 100"));
        QCOMPARE(winner.steps[0].second, 1.0);
        QCOMPARE(winner.steps[1].second, 1.0);
        const MicroscopeScene mean = scene("average-pooling");
        QVERIFY((valuesOf(mean.pooling->output()) == std::vector<float>{36.5, 80, 12, 15}));
        QCOMPARE(mean.pooling->explain(0, 0, 0).sentence, std::string("(31 + 15 + 0 + 100) / 4 = 36.5"));
    }

    void paddedPoolingsIgnoreOrCountThePadding() {
        PoolingSandbox sandbox;
        sandbox.input = Tensor(Shape{2, 3, 3});
        for (std::int64_t i = 0; i < 18; ++i) sandbox.input.data()[i] = static_cast<float>(-1 - i);
        sandbox.window = {2, 2, 2, 2, 1, 1, 0, 0, 1, 1};
        QVERIFY(sandbox.check().ok());
        QVERIFY(sandbox.output().shape() == Shape({2, 2, 2}));
        QCOMPARE(sandbox.output().data()[0], -1.0F);
        QCOMPARE(sandbox.explain(1, 0, 0).result, -10.0);
        sandbox.maximum = false;
        QCOMPARE(sandbox.explain(0, 0, 0).result, -0.25);
        QCOMPARE(sandbox.explain(0, 1, 1).result, -7.0);
        sandbox.window.padTop = 2;
        QCOMPARE(sandbox.check().error().code, ErrorCode::InvalidArgument);
    }

    void stridePaddingAndDilation() {
        ConvolutionSandbox sandbox = ramp(5);
        use(sandbox, {2, 2, {1, 10, 100, 1000}, {}});
        sandbox.window.strideHeight = sandbox.window.strideWidth = 2;
        sandbox.window.dilationHeight = sandbox.window.dilationWidth = 2;
        QVERIFY(sandbox.check().ok());
        QVERIFY((valuesOf(sandbox.output()) == std::vector<float>{14131, 16353, 25241, 27463}));
        sandbox.window.padLeft = 1;
        QVERIFY(sandbox.output().shape() == Shape({1, 2, 2}));
        QCOMPARE(sandbox.explain(0, 0, 0).result, 2.0 * 10 + 12.0 * 1000);
    }

    void namedKernelsDoWhatTheySay() {
        std::set<std::string> ids;
        for (const NamedKernel& named : namedKernels()) {
            QVERIFY(ids.insert(named.id).second);
            QCOMPARE(static_cast<std::int64_t>(named.kernel.values.size()),
                     named.kernel.rows * named.kernel.columns);
            ConvolutionSandbox sandbox = ramp(7);
            use(sandbox, named.kernel);
            QVERIFY(sandbox.check().ok());
            std::fill_n(sandbox.input.data(), sandbox.input.size(), 8.0F);
            const bool edges = named.id.starts_with("sobel") || named.id.starts_with("laplacian");
            for (const float value : valuesOf(sandbox.output())) {
                QVERIFY2(std::abs(value - (edges ? 0.0F : 8.0F)) < 1e-4F, named.id.c_str());
            }
        }
        for (const char* id :
             {"identity", "sharpen", "box-blur", "gaussian", "sobel-x", "sobel-y", "laplacian", "emboss"}) {
            QVERIFY2(ids.contains(id), id);
        }
    }

    void refusesWithTheNumbers() {
        ConvolutionSandbox sandbox = ramp(5);
        use(sandbox, {7, 7, std::vector<float>(49, 1.0F), {}});
        QVERIFY2(refusal(sandbox).find("kernel 7×7 is larger than the input 5×5") != std::string::npos,
                 refusal(sandbox).c_str());
        sandbox.window.padTop = sandbox.window.padBottom = sandbox.window.padLeft = sandbox.window.padRight =
            1;
        QCOMPARE(refusal(sandbox), std::string());
        sandbox.window.strideWidth = 0;
        QVERIFY(refusal(sandbox).find("stride of 1×0") != std::string::npos);
        sandbox = ramp(5);
        use(sandbox, namedKernels().front().kernel);
        sandbox.bias = {1.0F, 2.0F};
        QVERIFY(refusal(sandbox).find("2 biases for 1 output") != std::string::npos);
        sandbox.bias.clear();
        sandbox.kernels = Tensor(Shape{1, 3, 3, 3});
        QVERIFY(refusal(sandbox).find("3 channels, the input has 1") != std::string::npos);
        sandbox.window.kernelHeight = 2;
        QVERIFY(refusal(sandbox).find("the window is 2×3") != std::string::npos);
        sandbox.input = Tensor{};
        QVERIFY(refusal(sandbox).find("empty") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestMicroscopeScenes)
#include "tst_microscope_scenes.moc"
