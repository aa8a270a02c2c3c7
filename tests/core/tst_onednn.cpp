// Which of oneDNN's implementations are taken.
#include <QtTest>

#include "core/cpu/onednn/engine.h"
#include "core/cpu/onednn/ops.h"
#include "tests/core/tier_cases.h"

using namespace convolab;
using namespace convolab::testing;

class TestOneDnn : public QObject {
    Q_OBJECT

  private slots:
    void itIsTheFastestTier() {
        QVERIFY(onednn::available());
        QCOMPARE(std::string(onednn::fastestTier()), std::string("oneDNN"));
    }

    // Also run with ONEDNN_MAX_CPU_ISA=AVX2, where 1-channel weight gradients have only a plain-loop version.
    void convolutionsAvoidPlainLoops() {
        for (const Extra& extra : extraCases()) {
            if (extra.kind != "conv2d") continue;
            LayerCase<float> reference = referenceCase(*findLayerKind("conv2d"), extra.example, extra.example.batch);
            OpCase run(reference, Tier::OneDnn, 1, extra.example.batch);
            run.prepare();
            const std::string& chosen = run.op->implementation;
            QVERIFY2(!onednn::isReference(chosen.c_str()), (extra.example.name + ": " + chosen).c_str());
            // Our own loops take the depthwise windows that oneDNN has plain loops for.
            QVERIFY2(run.op->tier == Tier::OneDnn || chosen == "depthwise loops", extra.example.name.c_str());
        }
    }

    void manyTilesGoByWinograd() {
        if (onednn::preferredBlock() != 16 || !onednn::winogradAllowed()) QSKIP("Winograd's convolutions need AVX-512");
        for (const Extra& extra : extraCases()) {
            if (extra.kind != "conv2d") continue;
            LayerCase<float> reference = referenceCase(*findLayerKind("conv2d"), extra.example, extra.example.batch);
            OpCase run(reference, Tier::OneDnn, 16, extra.example.batch);
            run.prepare();
            const bool expected = extra.example.name.find("tiles") != std::string::npos;
            QVERIFY2((run.op->implementation.find("wino") != std::string::npos) == expected,
                     (extra.example.name + ": " + run.op->implementation).c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestOneDnn)
#include "tst_onednn.moc"
