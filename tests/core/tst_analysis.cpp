#include <QtTest>
#include <functional>

#include "core/graph/presets.h"
#include "core/layers/layer_kind.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

/// A network with one fault, the diagnostic that it must give, and words of its sentence.
struct Fault {
    const char* name;
    DiagnosticCode code;
    const char* layer;  ///< "" = the whole network
    const char* said;
    std::function<void(NetworkSpec&)> damage;  ///< of smallChain()
    AnalysisContext context = {};
};

void residual(NetworkSpec& spec, std::int64_t stride) {
    spec.addNode("conv2d", {{"filters", std::int64_t{32}}, {"stride", Integers{stride, stride}}, {"pads", Integers{1, 1, 1, 1}}},
                 "Body");
    spec.addNode("add", {}, "Add");
    spec.removeNode(idOf(spec, "Relu 1"), true);
    spec.disconnect(spec.edgeInto({idOf(spec, "Flatten 1"), 0})->id);
    link(spec, {{"Conv 1", "Body"}, {"Body", "Add"}, {"Conv 1", "Add"}, {"Add", "Flatten 1"}});
}

void set(NetworkSpec& spec, const char* layer, const char* key, AttributeValue value) {
    spec.setAttribute(idOf(spec, layer), key, std::move(value));
}

std::vector<Fault> faults() {
    using Code = DiagnosticCode;
    const auto remove = [](const char* layer, bool heal) {
        return [=](NetworkSpec& spec) { spec.removeNode(idOf(spec, layer), heal); };
    };
    const auto change = [](const char* layer, const char* key, AttributeValue value) {
        return [=](NetworkSpec& spec) { set(spec, layer, key, value); };
    };
    return {
        {"no input", Code::NoInput, "", "no input layer", remove("Input", false)},
        {"empty", Code::NoInput, "", "no input layer", [](NetworkSpec& spec) { spec = {}; }},
        {"two inputs", Code::SeveralInputs, "Second", "2 inputs (Input, Second)",
         [](NetworkSpec& spec) { spec.addNode("input", {}, "Second"); }},
        {"no output", Code::NoOutput, "", "behind Dense 1", remove("Output", false)},
        {"two outputs", Code::SeveralOutputs, "Second", "2 outputs",
         [](NetworkSpec& spec) {
             spec.addNode("output", {}, "Second");
             link(spec, {{"Dense 1", "Second"}});
         }},
        {"nothing to train", Code::NoTrainableOutput, "Output", "nothing to train",
         [](NetworkSpec& spec) {
             spec.removeNode(idOf(spec, "Conv 1"), true);
             spec.removeNode(idOf(spec, "Dense 1"), true);
         }},
        {"loop", Code::Cycle, "Add", "Add → Relu 1 → Add is a loop",
         [](NetworkSpec& spec) {
             spec.disconnect(spec.edgeInto({idOf(spec, "Relu 1"), 0})->id);
             static_cast<void>(spec.insertNode({NodeId{90}, "add", "Add", {}, {}}));
             link(spec, {{"Conv 1", "Add"}, {"Add", "Relu 1"}});
             static_cast<void>(spec.insertEdge({{}, {idOf(spec, "Relu 1"), 0}, {NodeId{90}, 1}}));
         }},
        {"lonely", Code::Unconnected, "Lonely", "not connected",
         [](NetworkSpec& spec) { spec.addNode("dropout", {}, "Lonely"); }},
        {"island", Code::Unconnected, "A", "no effect",
         [](NetworkSpec& spec) {
             spec.addNode("relu", {}, "A");
             spec.addNode("relu", {}, "B");
             link(spec, {{"A", "B"}});
         }},
        {"chain cut", Code::MissingInput, "Relu 1", "nothing arrives at Relu 1",
         [](NetworkSpec& spec) { spec.disconnect(spec.edgeInto({idOf(spec, "Relu 1"), 0})->id); }},
        {"output without input", Code::MissingInput, "Output", "nothing arrives at Output",
         [](NetworkSpec& spec) { spec.disconnect(spec.edgeInto({idOf(spec, "Output"), 0})->id); }},
        {"merge with one input", Code::MissingInput, "Add", "needs at least 2",
         [](NetworkSpec& spec) {
             static_cast<void>(spec.insertOnEdge(spec.addNode("add", {}, "Add"), spec.edgeInto({idOf(spec, "Relu 1"), 0})->id));
         }},
        {"dead end", Code::DeadEnd, "Side", "reach no output",
         [](NetworkSpec& spec) {
             spec.addNode("conv2d", {}, "Side");
             link(spec, {{"Conv 1", "Side"}});
         }},
        {"unknown kind", Code::UnknownKind, "Odd", "nearest is \"dense\"",
         [](NetworkSpec& spec) { spec.addNode("dens", {}, "Odd"); }},
        {"attribute out of range", Code::BadAttribute, "Conv 1", "\"filters\" is 0",
         change("Conv 1", "filters", std::int64_t{0})},
        {"unknown attribute", Code::BadAttribute, "Conv 1", "did you mean \"kernel\"?",
         change("Conv 1", "kernle", Integers{3, 3})},
        {"wrong choice", Code::BadAttribute, "Conv 1", "did you mean \"he_normal\"?",
         change("Conv 1", "init", std::string("he_norml"))},
        {"image into dense", Code::BadShape, "Dense 1", "an image of 4×6×6", remove("Flatten 1", true)},
        {"image into softmax", Code::BadShape, "Softmax", "an image of 4×6×6",
         [](NetworkSpec& spec) {
             static_cast<void>(spec.insertOnEdge(spec.addNode("softmax", {}, "Softmax"), spec.edgeInto({idOf(spec, "Relu 1"), 0})->id));
         }},
        {"image into the output", Code::BadShape, "Output", "an image of 4×6×6",
         [](NetworkSpec& spec) {
             spec.removeNode(idOf(spec, "Flatten 1"), true);
             spec.removeNode(idOf(spec, "Dense 1"), true);
         }},
        {"conv behind flatten", Code::BadShape, "Late", "an image is needed",
         [](NetworkSpec& spec) {
             static_cast<void>(spec.insertOnEdge(spec.addNode("conv2d", {}, "Late"), spec.edgeInto({idOf(spec, "Dense 1"), 0})->id));
         }},
        {"kernel too large", Code::BadShape, "Conv 1", "kernel 9×9 is larger than the input 8×8",
         change("Conv 1", "kernel", Integers{9, 9})},
        {"groups", Code::BadShape, "Conv 1", "groups", change("Conv 1", "groups", std::int64_t{3})},
        {"784 expected", Code::BadShape, "Dense 1", "144 values arrive, 784 expected",
         change("Dense 1", "inputs", std::int64_t{784})},
        {"means", Code::BadShape, "Input", "2 values of mean", change("Input", "mean", Reals{0.5, 0.5})},
        {"huge image", Code::BadShape, "Input", "more than 268,435,456 values",
         change("Input", "shape", Integers{60000, 60000, 60000})},
        {"add with other channels and stride", Code::ShapesDisagree, "Add", "Body gives 32×3×3, Conv 1 gives 4×6×6",
         [](NetworkSpec& spec) { residual(spec, 2); }},
        {"add with other channels", Code::ShapesDisagree, "Add", "Body gives 32×6×6", [](NetworkSpec& spec) { residual(spec, 1); }},
        {"concatenation of sizes", Code::ShapesDisagree, "Join", "Conv 1 gives 4×6×6, Input gives 1×8×8",
         [](NetworkSpec& spec) {
             const NodeId join = spec.addNode("concat", {}, "Join");
             static_cast<void>(spec.insertOnEdge(join, spec.edgeInto({idOf(spec, "Relu 1"), 0})->id));
             link(spec, {{"Input", "Join"}});
         }},
        {"classes", Code::ClassesDisagree, "Dense 1", "10 values leave the network, but Shapes has 7 classes",
         [](NetworkSpec&) {}, {{}, 7, "Shapes"}},
        {"classes without dense", Code::ClassesDisagree, "Output", "144 values leave", remove("Dense 1", true), {{}, 7, ""}},
        {"other images", Code::InputDisagrees, "Input", "are 3×32×32, the network takes 1×8×8", [](NetworkSpec&) {},
         {Shape{3, 32, 32}, {}, "CIFAR-10"}},
        {"softmax twice", Code::SoftmaxTwice, "Second", "Second follows First",
         [](NetworkSpec& spec) {
             for (const char* name : {"First", "Second"}) {
                 static_cast<void>(spec.insertOnEdge(spec.addNode("softmax", {}, name), spec.edgeInto({idOf(spec, "Output"), 0})->id));
             }
         }},
    };
}

NetworkSpec damaged(const Fault& fault) {
    NetworkSpec spec = smallChain();
    fault.damage(spec);
    return spec;
}

}  // namespace

class TestAnalysis : public QObject {
    Q_OBJECT

  private slots:
    void aWholeNetworkHasNoDiagnostics() {
        const NetworkSpec spec = smallChain();
        const Analysis analysis = analyze(spec, {Shape{1, 8, 8}, 10, "digits"});
        QVERIFY(analysis.diagnostics.empty());
        QVERIFY(requireComplete(spec, analysis).ok());
        QCOMPARE(analysis.order.size(), std::size_t{6});
        QCOMPARE(*analysis.find(idOf(spec, "Conv 1"))->output, (Shape{4, 6, 6}));
        QCOMPARE(analysis.classes, 10);
        QCOMPARE(analysis.total.parameters, std::int64_t{4 * 9 + 4 + 144 * 10 + 10});
    }

    void faultsAreNamed_data() {
        QTest::addColumn<int>("index");
        int index = 0;
        for (const Fault& fault : faults()) QTest::newRow(fault.name) << index++;
    }
    void faultsAreNamed() {
        QFETCH(int, index);
        const Fault fault = faults()[static_cast<std::size_t>(index)];
        const NetworkSpec spec = damaged(fault);
        const Analysis analysis = analyze(spec, fault.context);
        const NodeId node = *fault.layer == '\0' ? NodeId{} : idOf(spec, fault.layer);
        const Diagnostic* diagnostic = findDiagnostic(analysis, fault.code, node);
        QVERIFY(diagnostic != nullptr);
        QVERIFY2(QString::fromStdString(diagnostic->message).contains(fault.said), diagnostic->message.c_str());
        QVERIFY(!diagnostic->title.empty());
        QVERIFY(!diagnostic->fixes.empty());
        if (diagnostic->severity == Severity::Error) QVERIFY(!requireComplete(spec, analysis).ok());
    }

    void everyFixRemovesItsDiagnostic_data() { faultsAreNamed_data(); }
    void everyFixRemovesItsDiagnostic() {
        QFETCH(int, index);
        const Fault fault = faults()[static_cast<std::size_t>(index)];
        const NetworkSpec spec = damaged(fault);
        for (const Diagnostic& diagnostic : analyze(spec, fault.context).diagnostics) {
            for (const Fix& fix : diagnostic.fixes) {
                NetworkSpec repaired = spec;
                fix.apply(repaired);
                const Analysis after = analyze(repaired, fault.context);
                const Diagnostic* left = findDiagnostic(after, diagnostic.code, diagnostic.node);
                const bool gone = left == nullptr || (!diagnostic.node && left->message != diagnostic.message);
                QVERIFY2(gone, (fix.label + " | " + (left ? left->message : "")).c_str());
            }
        }
    }

    void theMainFixOfAResidualIsAProjection() {
        NetworkSpec spec = smallChain();
        residual(spec, 2);
        const Diagnostic diagnostic = analyze(spec).diagnostics.front();
        QCOMPARE(diagnostic.fixes.front().label, std::string("Insert 1×1 convolution, 32 filters, stride 2"));
        diagnostic.fixes.front().apply(spec);
        QVERIFY(analyze(spec).diagnostics.empty());
    }

    void errorsAreNotRepeatedDownstream() {
        NetworkSpec spec = smallChain();
        set(spec, "Conv 1", "kernel", Integers{9, 9});
        const Analysis analysis = analyze(spec, {{}, 7, ""});
        QCOMPARE(analysis.diagnostics.size(), std::size_t{1});
        QVERIFY(!analysis.find(idOf(spec, "Dense 1"))->output.has_value());
    }

    void layersBesideTheNetworkAreNotRun() {
        NetworkSpec spec = smallChain();
        spec.addNode("conv2d", {}, "Side");
        spec.addNode("dropout", {}, "Lonely");
        link(spec, {{"Conv 1", "Side"}});
        const Analysis analysis = analyze(spec);
        QVERIFY(!analysis.hasErrors());
        QCOMPARE(analysis.order.size(), std::size_t{6});
    }

    void aHundredLayersTakeUnderFiveMilliseconds() {
        NetworkSpec spec;
        NodeId last = spec.addNode("input", {{"shape", Integers{16, 32, 32}}});
        while (spec.nodes().size() < 97) {
            const NodeId conv = spec.addNode("conv2d", {{"pads", Integers{1, 1, 1, 1}}});
            const NodeId norm = spec.addNode("batch_norm");
            const NodeId add = spec.addNode("add");
            QVERIFY(spec.connect({last, 0}, {conv, 0}).ok() && spec.connect({conv, 0}, {norm, 0}).ok());
            QVERIFY(spec.connect({norm, 0}, {add, 0}).ok() && spec.connect({last, 0}, {add, 1}).ok());
            last = add;
        }
        for (const char* kind : {"global_avg_pool", "dense", "output"}) {
            const NodeId next = spec.addNode(kind);
            QVERIFY(spec.connect({last, 0}, {next, 0}).ok());
            last = next;
        }
        QCOMPARE(spec.nodes().size(), std::size_t{100});
        qint64 fastest = std::numeric_limits<qint64>::max();
        for (int run = 0; run < 20; ++run) {
            QElapsedTimer timer;
            timer.start();
            QVERIFY(analyze(spec).diagnostics.empty());
            fastest = std::min(fastest, timer.nsecsElapsed());
        }
        qInfo("analyze of 100 layers: %.3f ms", static_cast<double>(fastest) * 1e-6);
#ifdef NDEBUG
        QVERIFY(fastest < 5'000'000);
#endif
    }
};

QTEST_GUILESS_MAIN(TestAnalysis)
#include "tst_analysis.moc"
