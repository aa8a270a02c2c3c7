// The arena of the device's memory: nothing overlaps, everything is aligned, the peak is near the least possible, and too
// little memory is answered with the batch that fits.
#include <QtTest>

#include "core/util/random.h"
#include "gpu/plan/arena.h"

using namespace convolab;
using namespace convolab::gpu;

namespace {

void verifyPlaced(const std::vector<ArenaPiece>& pieces, std::size_t total) {
    for (std::size_t a = 0; a < pieces.size(); ++a) {
        QCOMPARE(pieces[a].offset % kArenaAlignment, std::size_t{0});
        QVERIFY(pieces[a].offset + pieces[a].bytes <= total);
        for (std::size_t b = 0; b < a; ++b) {
            const bool together = pieces[a].first <= pieces[b].last && pieces[b].first <= pieces[a].last;
            const bool apart = pieces[a].offset + pieces[a].bytes <= pieces[b].offset || pieces[b].offset + pieces[b].bytes <= pieces[a].offset;
            QVERIFY2(!together || apart, qPrintable(QString("pieces %1 and %2 share memory").arg(a).arg(b)));
        }
    }
}

}  // namespace

class TestArena : public QObject {
    Q_OBJECT

  private slots:
    void reusesWhatIsFree() {
        std::vector<ArenaPiece> pieces = {{1000, 0, 1, 0}, {1000, 1, 2, 0}, {1000, 2, 3, 0}, {1000, 3, 4, 0}};
        const std::size_t total = placePieces(pieces);
        QCOMPARE(total, 2 * alignedSize(1000));
        verifyPlaced(pieces, total);
    }

    void takesTheSmallestGap() {
        // At time 5 there is a gap of 10 units at the bottom and one of 8 between the two pieces that stay.
        constexpr std::size_t u = kArenaAlignment;
        std::vector<ArenaPiece> pieces = {{10 * u, 0, 0, 0}, {9 * u, 0, 9, 0}, {8 * u, 0, 0, 0}, {7 * u, 0, 9, 0}, {6 * u, 5, 5, 0}, {5 * u, 5, 5, 0}};
        const std::size_t total = placePieces(pieces);
        verifyPlaced(pieces, total);
        QCOMPARE(pieces[4].offset, 19 * u);
        QCOMPARE(pieces[5].offset, std::size_t{0});
        QCOMPARE(total, peakOfPieces(pieces));
    }

    void empty() {
        std::vector<ArenaPiece> none;
        QCOMPARE(placePieces(none), std::size_t{0});
        QCOMPARE(peakOfPieces(none), std::size_t{0});
        std::vector<ArenaPiece> nothing = {{0, 0, 5, 0}, {100, 0, 5, 0}};
        QCOMPARE(placePieces(nothing), kArenaAlignment);
    }

    // Lives like those of a network: values from their making to their use in the backward pass.
    void randomLives() {
        double ratios = 0.0;
        constexpr int kCases = 200;
        for (std::uint64_t seed = 0; seed < kCases; ++seed) {
            RandomSequence draw(seed, RandomStreamId::Analysis);
            std::vector<ArenaPiece> pieces;
            const int count = 1 + static_cast<int>(draw.below(40));
            for (int i = 0; i < count; ++i) {
                const int first = static_cast<int>(draw.below(30));
                pieces.push_back({1 + draw.below(100000), first, first + static_cast<int>(draw.below(12)), 0});
            }
            const std::size_t total = placePieces(pieces);
            verifyPlaced(pieces, total);
            const std::size_t least = peakOfPieces(pieces);
            QVERIFY(total >= least);
            const double ratio = static_cast<double>(total) / static_cast<double>(least);
            QVERIFY2(ratio <= 1.5, qPrintable(QString("%1 for %2").arg(total).arg(least)));
            ratios += ratio;
        }
        QVERIFY2(ratios / kCases <= 1.08, qPrintable(QString::number(ratios / kCases)));
    }

    void batchThatFits() {
        const auto bytes = [](std::int64_t batch) { return static_cast<std::size_t>(1000 + 300 * batch); };
        QCOMPARE(largestBatchThatFits(64, 1000 + 300 * 64, bytes), 64);
        QCOMPARE(largestBatchThatFits(64, 1000 + 300 * 64 - 1, bytes), 63);
        QCOMPARE(largestBatchThatFits(64, 1300, bytes), 1);
        QCOMPARE(largestBatchThatFits(64, 1299, bytes), 0);
        QCOMPARE(largestBatchThatFits(1, 5000, bytes), 1);
        for (std::int64_t most = 1; most < 40; ++most) {
            for (std::size_t free = 900; free < 13000; free += 97) {
                const std::int64_t fits = largestBatchThatFits(most, free, bytes);
                QVERIFY(fits == 0 ? bytes(1) > free : bytes(fits) <= free && (fits == most || bytes(fits + 1) > free));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestArena)
#include "tst_arena.moc"
