// Every tier of every layer kind against the reference arithmetic: forward, gradients of inputs and parameters,
// running statistics; dense and blocked layouts; batches below the maximum; fused activations.
#include <QtTest>

#include "core/cpu/compute_team.h"
#include "core/cpu/onednn/ops.h"
#include "core/cpu/portable/gemm.h"
#include "core/model/model.h"
#include "tests/core/tier_cases.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr double kTolerance = 1e-4;

void activate(std::vector<float>& values, std::vector<float>& gradients, float slope) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] > 0.0F) continue;
        values[i] *= slope;
        gradients[i] *= slope;
    }
}

void compare(const OpCase& run, const LayerCase<float>& expected) {
    const std::string found = disagreement(run, expected, kTolerance);
    QVERIFY2(found.empty(), found.c_str());
}

}  // namespace

class TestTiers : public QObject {
    Q_OBJECT

  private:
    static void addRows() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("example");  // −1 − i: extra case i
        QTest::addColumn<int>("tier");
        QTest::addColumn<int>("block");
        const auto add = [](const std::string& kind, const std::string& name, int index) {
            for (const Tier tier : {Tier::Portable, Tier::OneDnn}) {
                for (const int block : {1, 8, 16}) {
                    QTest::addRow("%s: %s, %s, block %d", kind.c_str(), name.c_str(), tierName(tier), block)
                        << QString::fromStdString(kind) << index << static_cast<int>(tier) << block;
                }
            }
        };
        for (const LayerKind* kind : layerKinds()) {
            for (std::size_t i = 0; i < kind->examples.size(); ++i) {
                add(kind->id, kind->examples[i].name, static_cast<int>(i));
            }
        }
        const auto extras = extraCases();
        for (std::size_t i = 0; i < extras.size(); ++i) {
            add(extras[i].kind, extras[i].example.name, -1 - static_cast<int>(i));
        }
    }

    struct Row {
        const LayerKind* kind;
        LayerExample example;
        Tier tier;
        int block;
    };

    static Row row() {
        QFETCH(QString, kind);
        QFETCH(int, example);
        QFETCH(int, tier);
        QFETCH(int, block);
        const LayerKind* found = findLayerKind(kind.toStdString());
        return {found, example >= 0 ? found->examples[static_cast<std::size_t>(example)] : extraCases()[static_cast<std::size_t>(-1 - example)].example,
                static_cast<Tier>(tier), block};
    }

  private slots:
    void agreesWithReference_data() { addRows(); }
    void agreesWithReference() {
        const Row now = row();
        for (const std::int64_t n : {std::int64_t{now.example.batch}, std::int64_t{1}}) {
            LayerCase<float> reference = referenceCase(*now.kind, now.example, n);
            OpCase run(reference, now.tier, now.block, now.example.batch + 2);
            run.prepare();
            run.run();
            reference.forward();
            reference.backward();
            compare(run, reference);
        }
    }

    void agreesWithFusedActivation_data() { addRows(); }
    void agreesWithFusedActivation() {
        const Row now = row();
        const std::string& id = now.kind->id;
        const bool pool = id == "max_pool";
        if (!pool && id != "conv2d" && id != "dense" && id != "batch_norm" && id != "add") return;
        for (const float slope : {0.0F, 0.125F}) {
            LayerCase<float> reference = referenceCase(*now.kind, now.example, now.example.batch);
            OpCase run(reference, now.tier, now.block, now.example.batch);
            (pool ? run.request.producerSlope : run.request.activationSlope) = slope;
            run.prepare();
            run.run();
            reference.forward();
            std::vector<float> activated = reference.output;
            activate(activated, reference.outputGradient, slope);
            reference.backward();
            if (!pool) reference.output = activated;
            compare(run, reference);
        }
    }

    void agreesWithFusedClipping_data() { addRows(); }
    void agreesWithFusedClipping() {
        const Row now = row();
        if (now.kind->id != "conv2d" && now.kind->id != "batch_norm") return;
        LayerCase<float> reference = referenceCase(*now.kind, now.example, now.example.batch);
        LayerCase<float> trial = reference;
        trial.forward();
        // A top between the values, so that each of the three parts has some.
        std::vector<float> sorted = trial.output;
        std::ranges::sort(sorted);
        const float low = sorted[sorted.size() * 3 / 4];
        const auto above = std::ranges::upper_bound(sorted, low);
        const float top = std::max(0.25F, above == sorted.end() ? low + 1.0F : 0.5F * (low + *above));
        OpCase run(reference, now.tier, now.block, now.example.batch);
        run.request.activationSlope = 0.0F;
        run.request.activationTop = top;
        run.prepare();
        run.run();
        reference.forward();
        std::vector<float> clipped = reference.output;
        for (std::size_t i = 0; i < clipped.size(); ++i) {
            if (clipped[i] <= 0.0F || clipped[i] >= top) reference.outputGradient[i] = 0.0F;
            clipped[i] = std::clamp(clipped[i], 0.0F, top);
        }
        reference.backward();
        reference.output = clipped;
        compare(run, reference);
    }

    void repeatsBitForBit_data() { addRows(); }
    void repeatsBitForBit() {
        const Row now = row();
        std::vector<std::vector<float>> first;
        for (int repeat = 0; repeat < 2; ++repeat) {
            LayerCase<float> reference = referenceCase(*now.kind, now.example, now.example.batch);
            OpCase run(reference, now.tier, now.block, now.example.batch);
            run.prepare();
            run.run();
            std::vector<std::vector<float>> results = run.parameterGradients;
            results.push_back(run.denseOutput());
            results.push_back(run.denseInputGradient(0));
            if (repeat == 0) first = results;
            QVERIFY(results == first);
        }
    }

    void matrixProducts_data() {
        QTest::addColumn<bool>("oneDnn");
        QTest::newRow("own") << false;
        QTest::newRow("oneDNN") << true;
    }
    void matrixProducts() {
        QFETCH(bool, oneDnn);
        const std::int64_t m = 37, n = 70, k = 301;
        const std::vector<float> a = spreadValues<float>(m * k, 1);
        const std::vector<float> b = spreadValues<float>(k * n, 2);
        for (const bool ta : {false, true}) {
            for (const bool tb : {false, true}) {
                std::vector<float> c(static_cast<std::size_t>(m * n), 1e30F), expected(c.size());
                if (oneDnn) onednn::gemm(ta, tb, m, n, k, a.data(), b.data(), c.data());
                else portableGemm(ta, tb, m, n, k, a.data(), b.data(), c.data(), false);
                for (std::int64_t i = 0; i < m; ++i) {
                    for (std::int64_t j = 0; j < n; ++j) {
                        double sum = 0.0;
                        for (std::int64_t l = 0; l < k; ++l) {
                            const auto left = static_cast<std::size_t>(ta ? l * m + i : i * k + l);
                            const auto right = static_cast<std::size_t>(tb ? j * k + l : l * n + j);
                            sum += static_cast<double>(a[left]) * b[right];
                        }
                        expected[static_cast<std::size_t>(i * n + j)] = static_cast<float>(sum);
                    }
                }
                QVERIFY(relativeError(c, expected) < 1e-5);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestTiers)
#include "tst_tiers.moc"
