// Bits, Huffman codes and relative indices against sizes from a textbook implementation, and every coder there and back.
#include <QTest>

#include <cmath>
#include <numeric>

#include "core/compress/coding/huffman.h"
#include "core/compress/coding/relative_index.h"
#include "core/compress/coding/weight_coder.h"
#include "core/util/random.h"
#include "tests/core/coding_case.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::vector<std::int64_t> countsOf(const std::vector<std::uint8_t>& symbols) {
    std::vector<std::int64_t> counts(256, 0);
    for (const std::uint8_t symbol : symbols) ++counts[symbol];
    return counts;
}

// 1 where the code is complete: no bit pattern is left without a meaning.
double kraftSum(const HuffmanCode& code) {
    double sum = 0.0;
    for (const std::uint8_t length : code.lengths()) sum += length > 0 ? std::pow(2.0, -length) : 0.0;
    return sum;
}

TensorContent contentOf(std::vector<float> values) { return {std::move(values), {}}; }
TensorContent contentOf(Codebook codebook) {
    TensorContent content;
    for (std::size_t i = 0; i < codebook.codes.size(); ++i) content.values.push_back(codebook.value(i));
    content.codebook = std::move(codebook);
    return content;
}

}  // namespace

class TestCoders : public QObject {
    Q_OBJECT

  private slots:
    void bitsThereAndBack();
    void huffmanSizes_data();
    void huffmanSizes();
    void longCodesAreLimited();
    void loneSymbol();
    void canonicalCodes();
    void lengthsThatMakeNoCode();
    void indexSizes_data();
    void indexSizes();
    void indicesThereAndBack();
    void codersThereAndBack_data();
    void codersThereAndBack();
    void sizesOfCoders();
    void smallestOfTheStagesSoFar();
    void tagsAreDifferent();
    void anyBytesAreAnAnswer();
};

void TestCoders::bitsThereAndBack() {
    RandomSequence random(1, RandomStreamId::Analysis);
    BitWriter writer;
    std::vector<std::pair<std::uint32_t, int>> written;
    for (int i = 0; i < 500; ++i) {
        const int count = static_cast<int>(random.below(33));
        const std::uint32_t value = random.next() & static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
        written.emplace_back(value, count);
        writer.bits(value, count);
    }
    writer.number(0);
    writer.number(300);
    writer.number(std::uint64_t{1} << 62);
    writer.real(-0.1F);
    writer.text("end");
    const std::string bytes = writer.take();
    BitReader reader(bytes);
    for (const auto& [value, count] : written) QCOMPARE(reader.bits(count), value);
    QCOMPARE(reader.number(), std::uint64_t{0});
    QCOMPARE(reader.number(), std::uint64_t{300});
    QCOMPARE(reader.number(), std::uint64_t{1} << 62);
    QCOMPARE(reader.real(), -0.1F);
    QCOMPARE(reader.text(3), std::string_view("end"));
    QVERIFY(reader.atEnd());
    QCOMPARE(reader.bits(1), 0U);
    QVERIFY(!reader.ok());
    BitReader longest(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12));
    QCOMPARE(longest.number(), std::uint64_t{0});
    QVERIFY(!longest.ok());
    BitReader tooMuch(std::string_view("ab"));
    QCOMPARE(tooMuch.text(SIZE_MAX / 4), std::string_view());
    QVERIFY(!tooMuch.ok());
}

void TestCoders::huffmanSizes_data() {
    QTest::addColumn<int>("bits");
    for (const int bits : {2, 4, 5, 8}) QTest::addRow("%d bits", bits) << bits;
}

void TestCoders::huffmanSizes() {
    QFETCH(int, bits);
    const auto golden = goldenCase("coding", "codes_" + std::to_string(bits) + "_bits");
    std::vector<std::uint8_t> codes;
    for (const float weight : formulaWeights(golden["count"])) {
        codes.push_back(static_cast<std::uint8_t>(std::min((weight + 0.5) * (1 << bits), (1 << bits) - 1.0)));
    }
    const std::vector<std::int64_t> counts = countsOf(codes);
    const HuffmanCode code(counts);
    QCOMPARE(kraftSum(code), 1.0);
    QCOMPARE(code.messageBits(counts), golden["huffman_bits"].get<std::int64_t>());
    BitWriter writer;
    code.writeTable(writer);
    for (const std::uint8_t symbol : codes) code.write(writer, symbol);
    const std::string bytes = writer.take();
    QCOMPARE(static_cast<std::int64_t>(bytes.size()), (huffmanBits(counts) + 7) / 8);
    QCOMPARE(code.tableBits(), std::int64_t{8 + 4 * (1 << bits)});
    BitReader reader(bytes);
    const auto back = HuffmanCode::readTable(reader);
    QVERIFY(back.has_value());
    for (const std::uint8_t symbol : codes) QCOMPARE(back->read(reader), std::optional(symbol));
    QVERIFY(reader.atEnd());
}

void TestCoders::longCodesAreLimited() {
    const auto golden = goldenCase("coding", "fibonacci");
    const auto counts = golden["counts"].get<std::vector<std::int64_t>>();
    const HuffmanCode code(counts);
    QCOMPARE(static_cast<int>(std::ranges::max(code.lengths())), HuffmanCode::kLongest);  // plain Huffman: 23
    QCOMPARE(kraftSum(code), 1.0);
    const auto unlimited = golden["huffman_bits"].get<double>();
    QVERIFY(static_cast<double>(code.messageBits(counts)) > unlimited);
    QVERIFY(static_cast<double>(code.messageBits(counts)) < unlimited * 1.001);
}

void TestCoders::loneSymbol() {
    std::vector<std::int64_t> counts(32, 0);
    counts[9] = 5;
    const HuffmanCode code(counts);
    QCOMPARE(code.messageBits(counts), std::int64_t{5});
    BitWriter writer;
    code.writeTable(writer);
    for (int i = 0; i < 5; ++i) code.write(writer, 9);
    const std::string bytes = writer.take();
    BitReader reader(bytes);
    const auto back = HuffmanCode::readTable(reader);
    QVERIFY(back.has_value());
    for (int i = 0; i < 5; ++i) QCOMPARE(back->read(reader), std::optional(std::uint8_t{9}));
    QCOMPARE(huffmanBits(std::vector<std::int64_t>(8, 0)), std::int64_t{0});
}

// The worked example of RFC 1951, section 3.2.2: lengths 3, 3, 3, 3, 3, 2, 4, 4 give the codes 010 … 110, 00, 1110, 1111.
void TestCoders::canonicalCodes() {
    const std::vector<std::int64_t> counts{8, 8, 8, 8, 8, 16, 4, 4};
    const HuffmanCode code(counts);
    QCOMPARE(code.lengths(), (std::vector<std::uint8_t>{3, 3, 3, 3, 3, 2, 4, 4}));
    BitWriter writer;
    for (const std::uint8_t symbol : {5, 0, 4, 6, 7}) code.write(writer, symbol);
    const std::string bytes = writer.take();
    BitReader reader(bytes);
    QCOMPARE(reader.bits(16), 0b00'010'110'1110'1111U);
}

void TestCoders::lengthsThatMakeNoCode() {
    const auto table = [](std::initializer_list<std::uint32_t> lengths) {
        BitWriter writer;
        writer.bits(static_cast<std::uint32_t>(lengths.size() - 1), 8);
        for (const std::uint32_t length : lengths) writer.bits(length, 4);
        return writer.take();
    };
    const auto reads = [](const std::string& bytes) {
        BitReader reader(bytes);
        return HuffmanCode::readTable(reader).has_value();
    };
    QVERIFY(reads(table({1, 2, 2})));
    QVERIFY(reads(table({0, 0, 1})));
    QVERIFY(!reads(table({1, 1, 1})));  // too many
    QVERIFY(!reads(table({1, 2, 3})));  // one too few
    QVERIFY(!reads(table({2})));
    QVERIFY(!reads(table({0, 0})));
    QVERIFY(!reads(table({1, 2, 2}).substr(0, 2)));
}

void TestCoders::indexSizes_data() {
    QTest::addColumn<QString>("name");
    for (const auto& entry : goldenCases("coding")) {
        if (entry.contains("widths")) {
            const QString name = QString::fromStdString(entry["name"]);
            QTest::newRow(qPrintable(name)) << name;
        }
    }
}

void TestCoders::indexSizes() {
    QFETCH(QString, name);
    const auto golden = goldenCase("coding", name.toStdString());
    const std::vector<std::uint8_t> keep = formulaMask(golden["count"], golden["permille"]);
    const Gaps gaps(keep);
    QCOMPARE(gaps.kept(), golden["kept"].get<std::int64_t>());
    for (const auto& width : golden["widths"]) {
        const int bits = width["bits"];
        const std::vector<std::int64_t> counts = gaps.symbolCounts(bits);
        const std::vector<std::uint8_t> symbols = indexSymbols(keep, bits);
        QCOMPARE(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), width["symbols"].get<std::int64_t>());
        QCOMPARE(static_cast<std::int64_t>(symbols.size()), width["symbols"].get<std::int64_t>());
        std::vector<std::int64_t> found = countsOf(symbols);
        found.resize(counts.size());
        QCOMPARE(found, counts);
        const HuffmanCode code(counts);
        QCOMPARE(code.messageBits(counts), width["huffman_bits"].get<std::int64_t>());
    }
}

void TestCoders::indicesThereAndBack() {
    for (const int permille : {0, 1, 20, 500, 999, 1000}) {
        const std::vector<std::uint8_t> keep = formulaMask(5000, permille);
        for (int bits = 1; bits <= kMostIndexBits; ++bits) {
            IndexReader reader(5000, bits);
            std::vector<std::uint8_t> found(keep.size(), 0);
            for (const std::uint8_t symbol : indexSymbols(keep, bits)) {
                const auto position = reader.next(symbol);
                QVERIFY(position.has_value());
                if (*position >= 0) found[static_cast<std::size_t>(*position)] = 1;
            }
            QCOMPARE(found, keep);
        }
    }
    IndexReader reader(10, 3);
    QCOMPARE(reader.next(7), std::optional<std::int64_t>(-1));
    QCOMPARE(reader.next(2), std::optional<std::int64_t>(9));
    QVERIFY(!reader.next(0).has_value());
    QVERIFY(!reader.next(200).has_value());
}

void TestCoders::codersThereAndBack_data() {
    QTest::addColumn<int>("permille");
    QTest::addColumn<int>("bits");
    for (const int permille : {0, 3, 60, 400, 1000}) {
        for (const int bits : {1, 2, 5, 8}) QTest::addRow("%d per mille, %d bits", permille, bits) << permille << bits;
    }
}

void TestCoders::codersThereAndBack() {
    QFETCH(int, permille);
    QFETCH(int, bits);
    constexpr std::int64_t kCount = 4000;
    const TensorContent content = contentOf(formulaCodebook(kCount, permille, bits));
    for (const WeightCoder* coder : weightCoders()) {
        CodedBits spent;
        const std::string bytes = coder->encode(content, spent);
        const std::int64_t counted = spent.indices + spent.values + spent.codebook + spent.tables;
        QCOMPARE((counted + 7) / 8, static_cast<std::int64_t>(bytes.size()));
        const auto back = coder->decode(bytes, kCount);
        QVERIFY2(back.ok(), back.ok() ? "" : (coder->id + ": " + back.error().sentence()).c_str());
        QVERIFY(back->values == content.values);
        QCOMPARE(back->codebook.has_value(), coder->needsCodebook);
        if (coder->needsCodebook) QVERIFY(*back->codebook == *content.codebook);
    }
}

// By hand: what each coder writes, from the golden sizes of its streams.
void TestCoders::sizesOfCoders() {
    const auto golden = goldenCase("coding", "sparse_3000_80");
    const std::int64_t kept = golden["kept"];
    const TensorContent content = contentOf(formulaCodebook(3000, 80, 4));
    std::int64_t packed = INT64_MAX;
    std::int64_t coded = INT64_MAX;
    for (const auto& width : golden["widths"]) {
        packed = std::min(packed, width["packed_bits"].get<std::int64_t>());
        const std::int64_t table = 8 + 4 * (width["largest"].get<std::int64_t>() + 1);
        coded = std::min(coded, width["huffman_bits"].get<std::int64_t>() + table);
    }
    const auto sizeWith = [&](const char* id) {
        CodedBits spent;
        return static_cast<std::int64_t>(findWeightCoder(std::string_view(id))->encode(content, spent).size());
    };
    constexpr std::int64_t kCounts = 3;  // kept (2 bytes) and the width of the indices
    constexpr std::int64_t kCodebook = 2 + 16 * 4;
    QCOMPARE(sizeWith("dense"), std::int64_t{12'000});
    QCOMPARE(sizeWith("sparse"), kCounts + (packed + 7) / 8 + 4 * kept);
    QCOMPARE(sizeWith("packed"), kCodebook + kCounts + (packed + 4 * kept + 7) / 8);
    const std::vector<std::int64_t> members = content.codebook->counts();
    const std::int64_t codes = HuffmanCode(members).messageBits(members) + 8 + 4 * 16;
    QCOMPARE(sizeWith("huffman"), kCodebook + kCounts + (coded + codes + 7) / 8);
}

void TestCoders::smallestOfTheStagesSoFar() {
    const TensorContent shared = contentOf(formulaCodebook(4000, 50, 4));
    std::size_t before = SIZE_MAX;
    for (const WeightCoder* coder : weightCoders()) {
        const CodedTensor coded = encodeSmallest(shared, *coder);
        QCOMPARE(coded.coder, coder);  // at this sparsity each stage is smaller than the one before
        QVERIFY(coded.bytes.size() < before);
        before = coded.bytes.size();
    }
    // Without zeros, indices cost; without a codebook there is nothing to share.
    QCOMPARE(encodeSmallest(contentOf(formulaWeights(500)), *weightCoders().back()).coder->id, std::string("dense"));
}

void TestCoders::tagsAreDifferent() {
    for (const WeightCoder* coder : weightCoders()) {
        QCOMPARE(findWeightCoder(coder->tag), coder);
        QCOMPARE(findWeightCoder(std::string_view(coder->id)), coder);
        QVERIFY(!coder->label.empty() && !coder->help.empty());
    }
    QVERIFY(findWeightCoder(std::uint8_t{250}) == nullptr);
}

// Cut, altered and made-up bytes: a content of the right size, or a sentence.
void TestCoders::anyBytesAreAnAnswer() {
    constexpr std::int64_t kCount = 700;
    const TensorContent content = contentOf(formulaCodebook(kCount, 200, 5));
    RandomSequence random(5, RandomStreamId::Analysis);
    int answers = 0;
    int errors = 0;
    const auto ask = [&](const WeightCoder& coder, const std::string& bytes) {
        const auto result = coder.decode(bytes, kCount);
        if (result.ok()) {
            ++answers;
            return static_cast<std::int64_t>(result->values.size()) == kCount;
        }
        ++errors;
        return !result.error().message.empty();
    };
    for (const WeightCoder* coder : weightCoders()) {
        CodedBits spent;
        const std::string good = coder->encode(content, spent);
        for (std::size_t size = 0; size < good.size(); size += 3) {
            QVERIFY(ask(*coder, good.substr(0, size)));
            QVERIFY(!coder->decode(good.substr(0, size), kCount).ok());
        }
        for (int i = 0; i < 2000; ++i) {
            std::string bad = good;
            for (std::uint32_t flip = 0; flip <= random.below(3); ++flip) {
                bad[random.below(static_cast<std::uint32_t>(bad.size()))] ^= static_cast<char>(1U << random.below(8));
            }
            QVERIFY(ask(*coder, bad));
            std::string noise(random.below(80), '\0');
            for (char& byte : noise) byte = static_cast<char>(random.next());
            QVERIFY(ask(*coder, noise));
        }
    }
    QVERIFY(answers > 100);
    QVERIFY(errors > 1000);
}

QTEST_GUILESS_MAIN(TestCoders)
#include "tst_coders.moc"
