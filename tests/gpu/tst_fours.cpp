// Bodies that compute four results at once: the same bits as one by one, with ends that are no four, and where values do not lie so.
#include <QtTest>

#include "gpu/launch/launch.h"
#include "gpu/plan/arena.h"
#include "tests/core/op_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr gpu::Index kCount = 103;

// Eight runs of numbers behind one another, each at a multiple of 16 bytes, or one value further.
struct Rows {
    std::vector<float> memory;
    std::size_t first;
    explicit Rows(bool aligned) {
        memory.resize(8 * 128 + 16);
        const std::size_t begin = (gpu::kArenaAlignment - reinterpret_cast<std::uintptr_t>(memory.data()) % gpu::kArenaAlignment) % gpu::kArenaAlignment / sizeof(float);
        first = begin % 16 + (aligned ? 0 : 1);
        for (int row = 0; row < 7; ++row) {
            const std::vector<float> values = spreadValues<float>(128, static_cast<std::uint64_t>(row + 1));
            for (std::size_t i = 0; i < 120; ++i) at(row)[i] = row == 3 || row == 4 ? std::abs(values[i]) : values[i];  // squares
        }
    }
    float* at(int row) { return memory.data() + first + static_cast<std::size_t>(row) * 128; }
    std::vector<float> all() { return {at(0), at(7)}; }
};

template <class Make>
void compare(Make&& make) {
    for (const bool aligned : {true, false}) {
        Rows one(aligned), four(aligned);
        const auto body = make(one);
        for (gpu::Index i = 0; i < kCount; ++i) body(i);
        const auto same = make(four);
        QCOMPARE(same.beginsFours(), aligned);
        const gpu::Launch launch = gpu::launchOf(same, kCount);
        gpu::runOnHost({&launch, 1});
        QCOMPARE(four.all(), one.all());
        if (aligned) {
            Rows touched(true);
            QVERIFY(touched.all() != one.all());
            QCOMPARE(one.at(6)[kCount], touched.at(6)[kCount]);  // nothing behind the end
        }
    }
}

}  // namespace

class TestFours : public QObject {
    Q_OBJECT

  private slots:
    void activations() {
        compare([](Rows& r) { return gpu::Activate<gpu::Gelu>{r.at(0), r.at(6), {}}; });
        compare([](Rows& r) { return gpu::Activate<gpu::LeakyRelu>{r.at(0), r.at(6), {0.1F}}; });
        compare([](Rows& r) { return gpu::ActivateGradient<gpu::Silu>{r.at(0), r.at(1), r.at(6), {}}; });
    }

    void sumsAndCopies() {
        compare([](Rows& r) { return gpu::Add{r.at(0), r.at(1), r.at(6)}; });
        compare([](Rows& r) { return gpu::Add{r.at(0), r.at(1), r.at(0)}; });  // in place
        compare([](Rows& r) { return gpu::Copy{r.at(0), r.at(6)}; });
    }

    void dropoutDrawsOnceForFour() {
        static gpu::StepState state{{3, 9}, {}};
        compare([](Rows& r) { return gpu::Dropout{&state, 5, 6'000'000, 1.5F, r.at(0), r.at(6)}; });
    }

    void optimizers() {
        static ConvolabGpuUpdate u{};
        u.rate = 0.1F;
        u.decay = 0.01F;
        u.momentum = u.memory = 0.9F;
        u.momentumRest = u.memoryRest = 0.1F;
        u.secondScale = u.shrink = 0.99F;
        u.epsilon = 1e-8F;
        compare([](Rows& r) { return gpu::SgdUpdate{r.at(0), r.at(1), &u}; });
        compare([](Rows& r) { return gpu::MomentumUpdate{r.at(0), r.at(1), r.at(2), &u, false}; });
        compare([](Rows& r) { return gpu::MomentumUpdate{r.at(0), r.at(1), r.at(2), &u, true}; });
        compare([](Rows& r) { return gpu::AdamUpdate{r.at(0), r.at(1), r.at(2), r.at(3), &u}; });
        compare([](Rows& r) { return gpu::AdagradUpdate{r.at(0), r.at(1), r.at(3), &u}; });
    }

    void chains() {
        static gpu::StepState state{{3, 9}, {}};
        compare([](Rows& r) {
            gpu::Chain chain;
            chain.x = r.at(0);
            chain.y = r.at(6);
            chain.state = &state;
            chain.count = 5;
            chain.steps[0].kind = gpu::kChainInput;
            chain.steps[0].first = r.at(2);
            chain.steps[0].second = r.at(3);
            chain.steps[0].inner = gpu::Divisor(7);
            chain.steps[0].count = gpu::Divisor(3);
            chain.steps[1].kind = gpu::kChainAdd;
            chain.steps[1].first = r.at(1);
            chain.steps[2].kind = kGpuTanh;
            chain.steps[3].kind = gpu::kChainDropout;
            chain.steps[3].threshold = 6'000'000;
            chain.steps[3].a = 1.5F;
            chain.steps[4].kind = gpu::kChainMultiply;
            chain.steps[4].first = r.at(4);
            chain.steps[4].inner = gpu::Divisor(5);
            return chain;
        });
    }
};

QTEST_GUILESS_MAIN(TestFours)
#include "tst_fours.moc"
