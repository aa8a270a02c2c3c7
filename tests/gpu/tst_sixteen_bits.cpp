// Rounding to 16 bits and back: every number of both types, the values between neighbours, what is too large, too small or none.
#include <QtTest>
#include <cmath>
#include <limits>

#include "gpu/kernels/factors.h"

using namespace convolab::gpu;

namespace {

// The definition, in double: sign, exponent and fraction as IEEE 754 writes them.
double valueOf(FactorType type, std::uint32_t bits) {
    const int fractionBits = type == FactorType::Bf16 ? 7 : 10, exponentBits = 15 - fractionBits, bias = (1 << (exponentBits - 1)) - 1;
    const int exponent = static_cast<int>(bits >> fractionBits & ((1U << exponentBits) - 1U));
    const double fraction = static_cast<double>(bits & ((1U << fractionBits) - 1U)) / (1 << fractionBits), sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
    if (exponent == (1 << exponentBits) - 1) return fraction == 0.0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias);
    return sign * std::ldexp(1.0 + fraction, exponent - bias);
}

std::uint32_t largestFinite(FactorType type) { return type == FactorType::Bf16 ? 0x7F7FU : 0x7BFFU; }

void types() {
    QTest::addColumn<FactorType>("type");
    QTest::newRow("bf16") << FactorType::Bf16;
    QTest::newRow("fp16") << FactorType::Fp16;
}

}  // namespace

class TestSixteenBits : public QObject {
    Q_OBJECT

  private slots:
    void everyNumber_data() { types(); }
    void everyNumber() {
        QFETCH(FactorType, type);
        for (std::uint32_t bits = 0; bits <= 0xFFFFU; ++bits) {
            const float wide = from16(type, static_cast<std::uint16_t>(bits));
            const double expected = valueOf(type, bits);
            const std::uint16_t back = to16(type, wide);
            if (std::isnan(expected)) {
                QVERIFY2(std::isnan(wide) && std::isnan(from16(type, back)), qPrintable(QString::number(bits, 16)));
                continue;
            }
            const bool same = static_cast<double>(wide) == expected && std::signbit(wide) == std::signbit(expected) && back == bits;
            QVERIFY2(same, qPrintable(QString("%1: %2, not %3, and back %4").arg(bits, 0, 16).arg(static_cast<double>(wide)).arg(expected).arg(back, 0, 16)));
            QCOMPARE(roundedTo(type, wide), wide);
        }
    }

    // Half way between two neighbours the even one; a little further on, the nearer one.
    void betweenNeighbours_data() { types(); }
    void betweenNeighbours() {
        QFETCH(FactorType, type);
        for (std::uint32_t bits = 0; bits < largestFinite(type); ++bits) {
            const double low = valueOf(type, bits), high = valueOf(type, bits + 1);
            const auto middle = static_cast<float>((low + high) / 2);
            QCOMPARE(static_cast<double>(middle), (low + high) / 2);  // a float32 holds it
            const auto rounded = [&](float value, std::uint32_t sign) { return static_cast<std::uint32_t>(to16(type, sign != 0 ? -value : value)); };
            for (const std::uint32_t sign : {0U, 0x8000U}) {
                QCOMPARE(rounded(middle, sign), sign | (bits % 2 == 0 ? bits : bits + 1));
                QCOMPARE(rounded(std::nextafter(middle, 0.0F), sign), sign | bits);
                QCOMPARE(rounded(std::nextafter(middle, std::numeric_limits<float>::infinity()), sign), sign | (bits + 1));
            }
        }
    }

    void tooLargeIsInfinite_data() { types(); }
    void tooLargeIsInfinite() {
        QFETCH(FactorType, type);
        const double largest = valueOf(type, largestFinite(type)), step = largest - valueOf(type, largestFinite(type) - 1);
        const auto edge = static_cast<float>(largest + step / 2);
        const float infinity = std::numeric_limits<float>::infinity();
        QCOMPARE(static_cast<double>(roundedTo(type, std::nextafter(edge, 0.0F))), largest);
        for (const float large : {edge, std::numeric_limits<float>::max(), infinity}) {
            QCOMPARE(roundedTo(type, large), infinity);
            QCOMPARE(roundedTo(type, -large), -infinity);
        }
    }

    void tooSmallIsZero() {
        for (const FactorType type : {FactorType::Bf16, FactorType::Fp16}) {
            const auto half = static_cast<float>(valueOf(type, 1) / 2);  // of the smallest number
            QCOMPARE(to16(type, half), std::uint16_t{0});
            QCOMPARE(to16(type, -half), std::uint16_t{0x8000});
            QCOMPARE(to16(type, std::nextafter(half, 1.0F)), std::uint16_t{1});
            QCOMPARE(to16(type, std::numeric_limits<float>::denorm_min()), std::uint16_t{0});
        }
        QCOMPARE(valueOf(FactorType::Fp16, 1), 0x1p-24);
    }

    void noneStaysNone() {
        for (const FactorType type : {FactorType::Bf16, FactorType::Fp16}) {
            for (const std::uint32_t bits : {0x7F800001U, 0x7FC00000U, 0x7FFFFFFFU, 0xFF800001U, 0xFFC01234U}) {
                QVERIFY(std::isnan(roundedTo(type, floatOf(bits))));
                QCOMPARE(std::signbit(roundedTo(type, floatOf(bits))), bits >> 31 != 0U);
            }
        }
    }

    void factorsReadAlike() {
        const float values[] = {1.0F, 3.14159274F, -0.1F, 70000.0F};
        for (const FactorType type : {FactorType::Bf16, FactorType::Fp16}) {
            std::uint16_t stored[4];
            for (int i = 0; i < 4; ++i) stored[i] = to16(type, values[i]);
            const ProductFactors rounding(values, type), from(stored, type), exact(values);
            for (int i = 0; i < 4; ++i) {
                QCOMPARE(rounding[i], from[i]);
                QCOMPARE(exact[i], values[i]);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestSixteenBits)
#include "tst_sixteen_bits.moc"
