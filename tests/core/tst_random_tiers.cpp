// Every tier of every layer kind against the reference arithmetic over random attributes, sizes and layouts.
#include <QtTest>

#include <set>

#include "core/cpu/compute_team.h"
#include "tests/core/op_case.h"
#include "tests/core/random_layers.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kCases = 216;
constexpr double kTolerance = 1e-4;
constexpr double kLeast = 0.02;  // where a function is flat, only rounding is left of a gradient

// Every third case in evaluation, where gradients run through constant weights.
std::string disagreementOf(const LayerKind& kind, const LayerExample& example, int index) {
    LayerCase<float> reference(kind, example);
    reference.training = index % 3 != 2;
    // Spread evenly about 0 they would cancel where they are summed, and only rounding would be left.
    for (float& gradient : reference.outputGradient) gradient += 0.3F;
    if (index % 4 == 1) {  // far from 0, where activations saturate
        for (auto& input : reference.inputs) {
            for (float& value : input) value *= 5.0F;
        }
    }
    const Tier tier = index % 2 == 0 ? Tier::OneDnn : Tier::Portable;
    const int block = std::vector<int>{1, 8, 16}[static_cast<std::size_t>(index / 3 % 3)];
    OpCase run(reference, tier, block, example.batch + index % 2);
    if (example.inputs.size() > 1 && index % 5 == 4) run.request.wantInputGradient[static_cast<std::size_t>(index) % example.inputs.size()] = false;
    run.prepare();
    if (run.op->tier == Tier::Reference) return "there is no tier faster than the reference";
    run.run();
    reference.forward();
    reference.backward();
    std::string found = disagreement(run, reference, kTolerance, kLeast);
    if (found.empty() && !run.spareLanesAreZero()) found = "lanes beyond the channels are not 0";
    if (!found.empty()) found += ", " + run.op->implementation + ", block " + std::to_string(block) + (reference.training ? "" : ", evaluation");
    return found;
}

}  // namespace

class TestRandomTiers : public QObject {
    Q_OBJECT

  private slots:
    void agreesWithReference_data() {
        QTest::addColumn<int>("kindIndex");
        for (std::size_t k = 0; k < layerKinds().size(); ++k) QTest::newRow(layerKinds()[k]->id.c_str()) << static_cast<int>(k);
    }
    void agreesWithReference() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        for (int i = 0; i < kCases; ++i) {
            const LayerExample example = randomExample(kind, static_cast<std::uint64_t>(i));
            const std::string found = disagreementOf(kind, example, i);
            QVERIFY2(found.empty(), ("case " + std::to_string(i) + ", " + describe(kind, example) + ": " + found).c_str());
        }
    }

    void drawsAreVaried() {
        const LayerKind& kind = *findLayerKind("conv2d");
        std::set<std::string> different;
        bool pixel = false, grouped = false, strideBeyondKernel = false;
        for (std::uint64_t seed = 0; seed < kCases; ++seed) {
            const LayerExample example = randomExample(kind, seed);
            different.insert(describe(kind, example));
            const Attributes all = completeAttributes(kind.attributes, example.attributes).value();
            pixel = pixel || example.inputs[0].height() * example.inputs[0].width() == 1;
            grouped = grouped || all.integer("groups") > 1;
            strideBeyondKernel = strideBeyondKernel || all.integers("stride")[0] > all.integers("kernel")[0];
        }
        QVERIFY(different.size() > 200);
        QVERIFY(pixel && grouped && strideBeyondKernel);
    }
};

QTEST_GUILESS_MAIN(TestRandomTiers)
#include "tst_random_tiers.moc"
