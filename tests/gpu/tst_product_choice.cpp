// How products and sums are shared out among blocks: what the tiles cover, that splits make up the depth, sizes that tiles cannot take;
// and tiles of several rows and columns of blocks against the plain kernels.
#include <QtTest>
#include <random>

#include "core/layers/layer_kind.h"
#include "tests/gpu/device_op_case.h"

using namespace convolab;
using namespace convolab::testing;
using gpu::Kernels;

class TestProductChoice : public QObject {
    Q_OBJECT

  private slots:
    void divisionByMultiplication() {
        std::mt19937 random(5);
        for (const gpu::Index divisor : {1, 2, 3, 5, 7, 9, 25, 28, 49, 63, 64, 65, 1000, 12544, 65535, 1 << 20, (1 << 30) + 1, 2147483647}) {
            const gpu::Divisor fast(divisor);
            const auto check = [&](std::int64_t n) {
                const auto number = static_cast<std::int32_t>(n), quotient = fast.quotient(number);
                return quotient == n / divisor && fast.rest(number, quotient) == n % divisor;
            };
            for (const std::int64_t n : {std::int64_t{0}, std::int64_t{divisor - 1}, std::int64_t{divisor}, std::int64_t{2147483646}, std::int64_t{2147483647}}) QVERIFY(check(n));
            for (int i = 0; i < 2000; ++i) QVERIFY(check(random() >> 1));
            for (std::int64_t multiple = divisor; multiple < 2147483647 && multiple < 50 * divisor; multiple += divisor) QVERIFY(check(multiple) && check(multiple - 1));
        }
    }

    void tilesCoverTheProduct() {
        for (const gpu::Index rows : {8, 64, 65, 500}) {
            for (const gpu::Index columns : {8, 100, 5000}) {
                for (const gpu::Index depth : {8, 100, 4096, 100000}) {
                    const auto c = gpu::chooseProduct(Kernels::Automatic, rows, columns, depth, 2, rows * columns);
                    QVERIFY(c.tiled);
                    QVERIFY(c.rowTiles * c.side >= rows && (c.rowTiles - 1) * c.side < rows);
                    QVERIFY(c.columnTiles * c.side >= columns && (c.columnTiles - 1) * c.side < columns);
                    QCOMPARE(c.blocks, gpu::Index{2} * c.rowTiles * c.columnTiles * c.splits);
                    QCOMPARE(c.each % (1024 / c.side), 0);
                    QVERIFY(gpu::Index{c.each} * c.splits >= depth && gpu::Index{c.each} * (c.splits - 1) < depth);  // no split without work
                    if (c.splits > 1) QVERIFY(sizeof(float) * static_cast<std::size_t>(c.splits * 2 * rows * columns) <= gpu::kSplitBytes);
                }
            }
        }
    }

    // A weight gradient has few results and a great depth: its splits fill the device.
    void deepProductsAreSplit() {
        QVERIFY(gpu::chooseProduct(Kernels::Automatic, 20, 25, 128 * 576, 1, 1 << 20).splits >= 64);
        QCOMPARE(gpu::chooseProduct(Kernels::Automatic, 512, 100000, 4608, 1, 1 << 28).splits, 1);
        QCOMPARE(gpu::chooseProduct(Kernels::Automatic, 512, 100000, 4608, 1, 1 << 28).side, 128);
    }

    void whatTilesCannotTake() {
        const gpu::Index limit = gpu::Index{1} << 31;
        QVERIFY(gpu::chooseProduct(Kernels::Automatic, 64, 64, 64, 1, limit - 1).tiled);
        QVERIFY(!gpu::chooseProduct(Kernels::Automatic, 64, 64, 64, 1, limit).tiled);
        QVERIFY(!gpu::chooseProduct(Kernels::LargeTiles, 64, limit, 64, 1, 100).tiled);
        QVERIFY(!gpu::chooseProduct(Kernels::Automatic, 1, 5000, 9, 64, 100000).tiled);  // a filter per channel
        QVERIFY(!gpu::chooseProduct(Kernels::Plain, 64, 64, 64, 1, 4096).tiled);
    }

    // Several tiles in both directions, groups, strides: more than the random layers of tst_kernel_bodies reach.
    void severalTiles_data() {
        using Integers = std::vector<std::int64_t>;
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("row");
        const std::pair<const char*, Attributes> rows[] = {
            {"conv2d", {{"filters", std::int64_t{140}}, {"kernel", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}}},
            {"conv2d", {{"filters", std::int64_t{150}}, {"kernel", Integers{3, 2}}, {"stride", Integers{2, 1}}, {"groups", std::int64_t{2}}}},
            {"conv_transpose2d", {{"filters", std::int64_t{70}}, {"kernel", Integers{3, 3}}, {"stride", Integers{2, 2}}}},
            {"dense", {{"units", std::int64_t{200}}}},
        };
        m_cases.assign(std::begin(rows), std::end(rows));
        for (int i = 0; i < static_cast<int>(m_cases.size()); ++i) QTest::addRow("%s %d", rows[i].first, i) << QString(rows[i].first) << i;
    }
    void severalTiles() {
        QFETCH(QString, kind);
        QFETCH(int, row);
        const LayerKind* layer = findLayerKind(kind.toStdString());
        QVERIFY(layer != nullptr);
        const Shape input = kind == "dense" ? Shape{170} : Shape{6, 12, 11};
        LayerCase<float> reference(*layer, m_cases[static_cast<std::size_t>(row)].second, {input}, kind == "dense" ? 150 : 3);
        reference.training = true;
        DeviceOpCase plain(reference, Kernels::Plain);
        plain.run();
        for (const Kernels kernels : {Kernels::Automatic, Kernels::SmallTiles, Kernels::LargeTiles}) {
            DeviceOpCase tiled(reference, kernels);
            tiled.run();
            QVERIFY(tiled.workspaceIsKept());
            QVERIFY(relativeError(tiled.output, plain.output, 0.02) < 2e-5);
            QVERIFY(relativeError(tiled.inputGradients[0], plain.inputGradients[0], 0.02) < 2e-5);
            for (std::size_t i = 0; i < plain.gradients.size(); ++i) QVERIFY(relativeError(tiled.gradients[i], plain.gradients[i], 0.02) < 5e-5);
        }
    }

  private:
    std::vector<std::pair<const char*, Attributes>> m_cases;
};

QTEST_GUILESS_MAIN(TestProductChoice)
#include "tst_product_choice.moc"
