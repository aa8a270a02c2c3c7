// Layers that change values one by one, several in a kernel: the same bits as with a kernel each, in random networks of all such kinds,
// training and evaluation, whole and ragged batches; how many kernels are left of a residual block, and how much memory.
#include <QtTest>
#include <random>

#include "core/backend/gpu_description.h"
#include "core/graph/example_network.h"
#include "core/graph/presets.h"
#include "gpu/session/host_executor.h"
#include "gpu/session/session.h"
#include "tests/core/op_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

using Integers = std::vector<std::int64_t>;
constexpr std::int64_t kBatch = 4;

struct Described {
    NetworkSpec spec;
    Analysis analysis;
    std::shared_ptr<const ParameterLayout> layout;
    GpuNetwork network;
    explicit Described(NetworkSpec from)
        : spec(std::move(from)),
          analysis(analyze(spec)),
          layout(std::make_shared<const ParameterLayout>(makeParameterLayout(spec, analysis))),
          network(describeGpuNetwork(spec, analysis, *layout, CompileOptions{}).value()) {}
};

gpu::PlanOptions optionsOf(bool fuse, bool training = true, gpu::Kernels kernels = gpu::Kernels::Automatic) {
    gpu::PlanOptions options{.maximumBatch = kBatch, .training = training, .crossEntropy = true, .kernels = kernels};
    options.fuse = fuse;
    return options;
}

// Everything that steps and evaluations leave behind.
struct Traces {
    std::vector<double> losses;
    std::vector<float> values;
    bool operator==(const Traces&) const = default;
};

Traces tracesOf(const Described& d, const gpu::PlanOptions& options) {
    const ConvolabGpuNetwork& network = d.network.network;
    std::unique_ptr<gpu::Session> session;
    const gpu::Answer refused = gpu::Session::open(std::make_unique<gpu::HostExecutor>(std::size_t{1} << 28), network, options, session);
    if (refused) throw std::runtime_error(refused->outcome.words);
    const WeightSet weights = initialWeights(d.spec, d.analysis, 7);
    session->writeWeights(weights.parameters.data(), weights.statistics.data());
    const std::vector<float> images = spreadValues<float>(kBatch * session->imageSize(), 11);
    const std::vector<std::int32_t> labels = {0, 2, 1, 2};
    Traces traces;
    const auto keep = [&](std::int64_t count, auto&& read) {
        std::vector<float> values(static_cast<std::size_t>(count));
        read(values.data());
        traces.values.insert(traces.values.end(), values.begin(), values.end());
    };
    for (std::uint32_t step = 0; step < 3; ++step) {
        const std::int64_t n = step == 1 ? 3 : kBatch;
        ConvolabGpuLoss loss{};
        if (options.training) {
            const std::uint32_t key[2] = {step, 5};
            ConvolabGpuUpdate update{};
            update.kind = kGpuSgd;
            update.rate = 0.05F;
            session->step({images.data(), labels.data(), n, key, &update}, loss);
            traces.losses.push_back(loss.loss);
            keep(network.parameterCount, [&](float* to) { session->readGradients(to); });
            keep(network.statisticCount, [&](float* to) { session->readStatistics(to); });
        }
        keep(n * session->outputSize(), [&](float* to) { session->evaluate(images.data(), labels.data(), n, &loss, to, nullptr); });
        traces.losses.push_back(loss.loss);
    }
    return traces;
}

/// Memory that nobody touches.
std::byte* const kNowhere = reinterpret_cast<std::byte*>(std::uintptr_t{1} << 40);

/// The launches of a plan that is not run.
std::vector<gpu::Launch> launchesOf(const Described& d, bool fuse, bool training, bool trainStep) {
    gpu::NetworkPlan plan(d.network.network, optionsOf(fuse, training));
    plan.place(kNowhere);
    return trainStep ? plan.trainStep(kBatch, 0.0, false) : plan.evaluation(kBatch, false);
}

template <class... Bodies>
int countOf(const std::vector<gpu::Launch>& launches, gpu::Part part = gpu::Part::Forward) {
    return static_cast<int>(std::ranges::count_if(launches, [&](const gpu::Launch& launch) { return launch.part == part && gpu::isOneOf(launch, gpu::BodyList<Bodies...>{}); }));
}

int kernelsOf(const std::vector<gpu::Launch>& launches, gpu::Part part) {
    return static_cast<int>(std::ranges::count(launches, part, &gpu::Launch::part));
}

NodeId join(NetworkSpec& spec, const std::string& kind, std::vector<NodeId> inputs) {
    const NodeId made = spec.addNode(kind, {});
    for (std::size_t k = 0; k < inputs.size(); ++k) spec.connect({inputs[k], 0}, {made, static_cast<int>(k)}).value();
    return made;
}

NetworkSpec classifierOf(NetworkSpec spec, NodeId last) {
    const NodeId scores = append(spec, append(spec, last, "global_avg_pool"), "dense", {{"units", std::int64_t{3}}});
    append(spec, append(spec, scores, "softmax"), "output");
    return spec;
}

const Attributes kThreeByThree{{"filters", std::int64_t{3}}, {"kernel", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}};

// conv, batch norm, ReLU, conv, batch norm, + the input, ReLU.
NetworkSpec residualNetwork() {
    NetworkSpec spec;
    const NodeId input = append(spec, {}, "input", {{"shape", Integers{2, 5, 5}}});
    const NodeId stem = append(spec, input, "conv2d", kThreeByThree);
    const NodeId inner = append(spec, append(spec, append(spec, stem, "conv2d", kThreeByThree), "batch_norm"), "relu");
    const NodeId outer = append(spec, append(spec, inner, "conv2d", kThreeByThree), "batch_norm");
    return classifierOf(spec, append(spec, join(spec, "add", {outer, stem}), "relu"));
}

/// Maps of 3×5×5 go through layers drawn by chance; now and then two of them are added, multiplied, or weighed channel by channel.
NetworkSpec randomNetwork(std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto draw = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
    const std::vector<std::string> kinds = {"relu", "leaky_relu", "prelu", "relu6", "elu", "gelu", "silu", "softplus", "sigmoid", "hard_sigmoid", "hard_swish", "tanh"};
    NetworkSpec spec;
    const NodeId input = append(spec, {}, "input", {{"shape", Integers{2, 5, 5}}, {"mean", std::vector<double>{0.1, 0.2}}, {"std", std::vector<double>{0.5, 2.0}}});
    const NodeId first = draw(2) == 0 ? append(spec, input, kinds[draw(kinds.size())]) : input;
    std::vector<NodeId> maps = {append(spec, first, "conv2d", kThreeByThree)};
    const auto any = [&] { return maps[maps.size() - 1 - draw(std::min<std::size_t>(maps.size(), 4))]; };
    for (int i = 0; i < 14; ++i) {
        const NodeId last = draw(4) == 0 ? any() : maps.back();
        switch (draw(9)) {
            case 0: maps.push_back(append(spec, last, "conv2d", kThreeByThree)); break;
            case 1:
            case 2: maps.push_back(append(spec, last, "batch_norm")); break;
            case 3: maps.push_back(append(spec, last, "dropout", {{"rate", 0.25}})); break;
            case 4: maps.push_back(join(spec, "add", draw(2) == 0 ? std::vector<NodeId>{last, any()} : std::vector<NodeId>{any(), last, any()})); break;
            case 5:
                if (draw(2) == 0) {
                    maps.push_back(join(spec, "multiply", {any(), last}));
                } else {
                    const NodeId weights = append(spec, append(spec, any(), "global_avg_pool"), "dense", {{"units", std::int64_t{3}}});
                    maps.push_back(join(spec, "multiply", {last, append(spec, weights, "sigmoid")}));
                }
                break;
            default: maps.push_back(append(spec, last, kinds[draw(kinds.size())])); break;
        }
    }
    // Branches that nobody reads would not be a network.
    std::vector<NodeId> ends;
    for (const NodeId id : maps) {
        if (std::ranges::none_of(spec.edges(), [&](const Edge& edge) { return edge.from.node == id; })) ends.push_back(id);
    }
    return classifierOf(spec, ends.size() == 1 ? ends.front() : append(spec, join(spec, "add", ends), "tanh"));
}

}  // namespace

class TestChains : public QObject {
    Q_OBJECT

  private slots:
    void randomNetworksAgree_data() {
        QTest::addColumn<int>("seed");
        for (int seed = 0; seed < 24; ++seed) QTest::addRow("%d", seed) << seed;
    }
    void randomNetworksAgree() {
        QFETCH(int, seed);
        const Described d(randomNetwork(static_cast<std::uint32_t>(seed)));
        const Traces expected = tracesOf(d, optionsOf(false));
        QVERIFY(!expected.losses.empty() && std::isfinite(expected.losses.back()));
        const Traces fused = tracesOf(d, optionsOf(true));
        QCOMPARE(fused.losses, expected.losses);
        QVERIFY(fused == expected);  // bit for bit
        QVERIFY(tracesOf(d, optionsOf(true)) == fused);
        QVERIFY(tracesOf(d, optionsOf(true, true, gpu::Kernels::SmallTiles)) == tracesOf(d, optionsOf(false, true, gpu::Kernels::SmallTiles)));
        QVERIFY(tracesOf(d, optionsOf(true, false)) == tracesOf(d, optionsOf(false, false)));
        m_chains += countOf<gpu::Chain>(launchesOf(d, true, true, true));
        m_gradients += countOf<gpu::ChainGradient>(launchesOf(d, true, true, true), gpu::Part::Backward);
        m_merged += countOf<gpu::ChainedNormInputGradient>(launchesOf(d, true, true, true), gpu::Part::Backward);
    }
    void theNetworksHadChains() { QVERIFY2(m_chains > 40 && m_gradients > 20 && m_merged > 8, qPrintable(QString("%1 %2 %3").arg(m_chains).arg(m_gradients).arg(m_merged))); }

    void presetsAgree_data() {
        QTest::addColumn<QString>("preset");
        QTest::addColumn<int>("size");
        QTest::newRow("resnet-20") << "resnet-20" << 8;
        QTest::newRow("mobilenet-v2-32") << "mobilenet-v2-32" << 8;
        QTest::newRow("vgg-small-bn") << "vgg-small-bn" << 8;
    }
    void presetsAgree() {
        QFETCH(QString, preset);
        QFETCH(int, size);
        const Described d(makePreset(preset.toStdString(), {.input = Shape{3, size, size}, .classes = {}, .width = {}}).value());
        QVERIFY(tracesOf(d, optionsOf(true)) == tracesOf(d, optionsOf(false)));
    }

    // All batch norms, sums and activations of a ResNet end in chains.
    void aWholeResNet() {
        const Described d(makePreset("resnet-50").value());
        gpu::NetworkPlan plan(d.network.network, optionsOf(true)), single(d.network.network, optionsOf(false));
        plan.place(kNowhere);
        single.place(kNowhere);
        const std::vector<gpu::Launch> fused = plan.trainStep(kBatch, 0.0, false), apart = single.trainStep(kBatch, 0.0, false);
        QCOMPARE((countOf<gpu::BatchNorm, gpu::Add, gpu::Activate<gpu::Relu>>(fused)), 4);  // projections end in their sum, which is another's
        qInfo("ResNet-50, one step: %zu kernels, %zu with a kernel per layer; %.1f MB, %.1f MB", fused.size(), apart.size(), 1e-6 * static_cast<double>(plan.arenaBytes()),
              1e-6 * static_cast<double>(single.arenaBytes()));
        QVERIFY(fused.size() < apart.size() && plan.arenaBytes() < single.arenaBytes());
    }

    // Moments of both batch norms, and a kernel for each of the two ends of the block: normalised, added, rectified.
    void aResidualBlock() {
        const Described d(residualNetwork());
        for (const bool training : {true, false}) {
            const std::vector<gpu::Launch> launches = launchesOf(d, true, training, training);
            QCOMPARE((countOf<gpu::BatchNorm, gpu::Activate<gpu::Relu>, gpu::Add>(launches)), 0);
            QCOMPARE(countOf<gpu::Chain>(launches), 2);
        }
        for (const bool training : {true, false}) QCOMPARE(countOf<gpu::RunningMoments>(launchesOf(d, true, training, false)), 0);
        const std::vector<gpu::Launch> fused = launchesOf(d, true, true, true), single = launchesOf(d, false, true, true);
        QCOMPARE(kernelsOf(single, gpu::Part::Forward) - kernelsOf(fused, gpu::Part::Forward), 3);
        // Behind the inner one the ReLU's gradient is found where the batch norm's is computed; the outer one's goes two ways.
        QCOMPARE(countOf<gpu::ChainGradient>(fused, gpu::Part::Backward), 1);
        QCOMPARE(countOf<gpu::ChainedNormInputGradient>(fused, gpu::Part::Backward), 1);
        QCOMPARE(countOf<gpu::ActivateGradient<gpu::Relu>>(fused, gpu::Part::Backward), 0);
        QCOMPARE(kernelsOf(single, gpu::Part::Backward) - kernelsOf(fused, gpu::Part::Backward), 1);
        // The outer ReLU's gradient reads the block's output, not what was added.
        for (const gpu::Launch& launch : fused) {
            if (!gpu::isOneOf(launch, gpu::BodyList<gpu::ChainGradient>{})) continue;
            gpu::ChainGradient body;
            std::memcpy(&body, launch.arguments, sizeof body);
            QVERIFY(body.byOutput && body.recomputed == 0 && body.chain.count == 3);
            QVERIFY(body.chain.steps[1].gradient != nullptr && body.dx == nullptr);  // both have the same gradient, which is written once
        }
        QVERIFY(tracesOf(d, optionsOf(true)) == tracesOf(d, optionsOf(false)));
    }

    // Values between the steps are nowhere.
    void chainsHoldLess() {
        const Described d(residualNetwork());
        for (const bool training : {true, false}) {
            QVERIFY(gpu::NetworkPlan(d.network.network, optionsOf(true, training)).arenaBytes() <= gpu::NetworkPlan(d.network.network, optionsOf(false, training)).arenaBytes());
        }
        QVERIFY(gpu::NetworkPlan(d.network.network, optionsOf(true)).arenaBytes() < gpu::NetworkPlan(d.network.network, optionsOf(false)).arenaBytes());
    }

    // A chain's time is that of its first layer; the others have no kernel.
    void whoseTimeItIs() {
        const Described d(residualNetwork());
        std::vector<int> forward(static_cast<std::size_t>(d.network.network.opCount));
        for (const gpu::Launch& launch : launchesOf(d, true, true, true)) {
            if (launch.part == gpu::Part::Forward) ++forward[static_cast<std::size_t>(launch.op)];
        }
        for (std::size_t i = 0; i < forward.size(); ++i) {
            const ConvolabGpuOp& op = d.network.network.ops[i];
            if (op.kind == kGpuBatchNorm) QVERIFY(forward[i] >= 2);
            if (op.kind == kGpuAdd || op.kind == kGpuActivation) QCOMPARE(forward[i], 0);
        }
    }

    // A sum over more than a chain has steps for, and values that are read twice.
    void longAndForkedChains() {
        NetworkSpec spec;
        NodeId last = append(spec, append(spec, {}, "input", {{"shape", Integers{2, 5, 5}}}), "conv2d", kThreeByThree);
        for (const char* kind : {"tanh", "sigmoid", "silu", "gelu", "elu", "softplus", "hard_swish", "leaky_relu", "relu6"}) last = append(spec, last, kind);
        const NodeId fork = append(spec, last, "tanh");
        last = join(spec, "multiply", {fork, append(spec, fork, "sigmoid")});
        const Described d(classifierOf(spec, join(spec, "add", {last, last})));
        QVERIFY(countOf<gpu::Chain>(launchesOf(d, true, true, true)) >= 2);
        QVERIFY(tracesOf(d, optionsOf(true)) == tracesOf(d, optionsOf(false)));
    }

    void theOracleHasNone() {
        const Described d(residualNetwork());
        gpu::NetworkPlan plan(d.network.network, optionsOf(true, true, gpu::Kernels::Plain));
        plan.place(kNowhere);
        QCOMPARE(countOf<gpu::Chain>(plan.trainStep(kBatch, 0.0, false)), 0);
    }

  private:
    int m_chains = 0, m_gradients = 0, m_merged = 0;
};

QTEST_GUILESS_MAIN(TestChains)
#include "tst_chains.moc"
