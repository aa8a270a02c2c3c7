// The packed file: there and back to the bit, its bytes counted, and whatever the bytes are, an answer.
#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <zlib.h>

#include <cmath>
#include <ctime>

#include "core/compress/coding/bit_stream.h"
#include "core/compress/coding/packed_size.h"
#include "core/graph/presets.h"
#include "core/graph/spec_json.h"
#include "core/util/random.h"
#include "core/train/training_loop.h"
#include "tests/core/coding_case.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::size_t kHeader = 9;

// Of the processor, not of the clock: tests share the machine.
double processMilliseconds() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Fresh weights with biases that are no zeros.
WeightSet weightsOf(const NetworkSpec& spec) {
    WeightSet weights = initialWeights(spec, analyze(spec), 5);
    RandomSequence random(6, RandomStreamId::Analysis);
    for (const ParameterEntry& entry : weights.layout->entries) {
        if (entry.spec.role != ParameterRole::Bias) continue;
        for (std::int64_t i = 0; i < entry.spec.shape.size(); ++i) {
            weights.parameters[entry.offset + static_cast<std::size_t>(i)] = random.uniform(-0.1F, 0.1F);
        }
    }
    return weights;
}

// Pruned and shared; batch norm and its statistics included.
PackedNetwork compressedNetwork(const NetworkSpec& spec, double sparsity, int bits) {
    const CompressionPlan plan = planOfAll(spec, sparsity, bits);
    WeightSet weights = weightsOf(spec);
    const Masks masks = makeMasks(spec, weights, plan).value();
    weights = masked(weights, masks);
    PackedNetwork network{spec, {}, makeCodebooks(spec, weights, plan, &masks).value()};
    network.weights = shared(weights, network.codebooks);
    network.weights.step = 1234;
    return network;
}

PackedNetwork tinyPacked() { return compressedNetwork(tinyNetwork(), 0.6, 3); }

// The checksum of altered bytes put right, so that what is behind it is reached.
void repairChecksum(std::string& bytes) {
    if (bytes.size() < kHeader) return;
    const auto* body = reinterpret_cast<const Bytef*>(bytes.data() + kHeader);
    const uLong sum = crc32(0, body, static_cast<uInt>(bytes.size() - kHeader));
    for (int i = 0; i < 4; ++i) bytes[5 + static_cast<std::size_t>(i)] = static_cast<char>(sum >> (8 * i));
}

std::string errorOf(const std::string& bytes) {
    const auto network = unpackNetwork(bytes);
    return network.ok() ? std::string{} : network.error().sentence();
}

std::string withVersion(std::string bytes, char version) {
    bytes[4] = version;
    return bytes;
}

// A file with this text as its network and nothing behind it.
std::string fileAround(const std::string& json, std::size_t saidSize) {
    uLongf size = compressBound(static_cast<uLong>(json.size()));
    std::string packed(size, '\0');
    compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(json.data()),
              static_cast<uLong>(json.size()), 9);
    packed.resize(size);
    BitWriter body;
    body.number(saidSize);
    body.number(packed.size());
    body.text(packed);
    body.number(0);
    std::string bytes = "CLPK\x01....";
    bytes += body.take();
    repairChecksum(bytes);
    return bytes;
}

}  // namespace

class TestPackedFile : public QObject {
    Q_OBJECT

  private slots:
    void thereAndBackToTheBit();
    void withoutCodebooks();
    void evaluatesTheSame();
    void sizesAddUp();
    void estimateIsNearAndFast();
    void refusesWhatDoesNotFit();
    void saysWhatIsWrong();
    void hugeSizes();
    void anyAlterationIsNoticed();
    void anyBytesAreAnAnswer();
    void files();
};

void TestPackedFile::thereAndBackToTheBit() {
    const PackedNetwork network = tinyPacked();
    for (const WeightCoder* last : weightCoders()) {
        const auto bytes = packNetwork(network, *last);
        QVERIFY(bytes.ok());
        const auto back = unpackNetwork(*bytes);
        QVERIFY2(back.ok(), back.ok() ? "" : back.error().sentence().c_str());
        QVERIFY(back->spec == network.spec);
        QVERIFY(sameWeights(back->weights, network.weights));
        QVERIFY(requireLayout(back->weights, *network.weights.layout).ok());
    }
    const auto back = unpackNetwork(packNetwork(network).value());
    QVERIFY(back.ok());
    for (const auto& [layer, codebook] : back->codebooks) QVERIFY(codebook == network.codebooks.at(layer));
    QCOMPARE(packNetwork(network).value(), packNetwork(*back).value());
}

void TestPackedFile::withoutCodebooks() {
    PackedNetwork network = tinyPacked();
    network.codebooks.clear();
    network.weights.parameters.back() = -0.0F;
    network.weights.parameters.front() = NAN;
    const auto back = unpackNetwork(packNetwork(network).value());
    QVERIFY(back.ok());
    QVERIFY(sameWeights(back->weights, network.weights));
    QVERIFY(back->codebooks.empty());
}

void TestPackedFile::evaluatesTheSame() {
    const PackedNetwork network = tinyPacked();
    const auto back = unpackNetwork(packNetwork(network).value());
    QVERIFY(back.ok());
    const DatasetPtr images = tinyDataset();
    const auto before = evaluate(network.spec, network.weights, *images, Split::Test);
    const auto after = evaluate(back->spec, back->weights, *images, Split::Test);
    QVERIFY(before.ok() && after.ok());
    QCOMPARE(after->loss, before->loss);
    QCOMPARE(after->accuracy, before->accuracy);
    QCOMPARE(after->confusion, before->confusion);
}

void TestPackedFile::sizesAddUp() {
    const PackedNetwork network = compressedNetwork(makePreset("lenet-like").value(), 0.9, 5);
    const auto size = packedSize(network);
    QVERIFY(size.ok());
    const std::vector<const WeightCoder*>& coders = weightCoders();
    QCOMPARE(size->stages.size(), coders.size());
    QCOMPARE(size->stages[0].bytes, 4 * static_cast<std::int64_t>(network.weights.parameters.size()));
    for (std::size_t stage = 1; stage < coders.size(); ++stage) {
        QCOMPARE(size->stages[stage].coder, coders[stage]);
        QCOMPARE(size->stages[stage].bytes, static_cast<std::int64_t>(packNetwork(network, *coders[stage]).value().size()));
        QVERIFY(size->stages[stage].bytes <= size->stages[stage - 1].bytes);
    }
    std::int64_t sum = size->headerBytes + size->otherBytes;
    std::int64_t pruned = 0;
    for (const LayerBytes& layer : size->layers) {
        sum += layer.stages.back();
        pruned += layer.weights - layer.kept;
        QCOMPARE(layer.kept, network.codebooks.at(layer.layer).kept());
        QCOMPARE(layer.bits, 5);
        QCOMPARE(layer.name, network.spec.node(layer.layer)->name);
    }
    QCOMPARE(sum, size->bytes());
    QCOMPARE(size->kept, size->parameters - pruned);
    QVERIFY(size->ratio() > 8.0);
}

void TestPackedFile::estimateIsNearAndFast() {
    const NetworkSpec spec = makePreset("conv20-conv50").value();  // 431,080 parameters
    const WeightSet weights = weightsOf(spec);
    for (const double sparsity : {0.0, 0.5, 0.9, 0.98}) {
        for (const int bits : {3, 5, 8}) {
            const CompressionPlan plan = planOfAll(spec, sparsity, bits);
            const Masks masks = makeMasks(spec, weights, plan).value();
            double fastest = 1e9;
            Result<PackedSize> guessed = Error{};
            for (int attempt = 0; attempt < 5; ++attempt) {
                const double before = processMilliseconds();
                guessed = estimatedSize(spec, weights, plan, &masks);
                fastest = std::min(fastest, processMilliseconds() - before);
            }
            QVERIFY(guessed.ok());
            const auto exact = packedSize(compressedNetwork(spec, sparsity, bits));
            QVERIFY(exact.ok());
            for (std::size_t stage = 0; stage < exact->stages.size(); ++stage) {
                const auto bytes = static_cast<double>(exact->stages[stage].bytes);
                const double off = static_cast<double>(guessed->stages[stage].bytes) / bytes - 1.0;
                QVERIFY2(std::abs(off) < 0.02, qPrintable(QString("%1, sparsity %2, %3 bits: %4 %").arg(
                                                   exact->stages[stage].coder->id.c_str()).arg(sparsity).arg(bits).arg(100 * off)));
            }
            QCOMPARE(guessed->kept, exact->kept);
            qInfo("sparsity %.2f, %d bits: %.2f ms", sparsity, bits, fastest);
#ifdef NDEBUG
            QVERIFY(fastest < 10.0);  // 2 to 4 ms, and twice that beside other programs in the same caches
#endif
        }
    }
}

void TestPackedFile::refusesWhatDoesNotFit() {
    PackedNetwork network = tinyPacked();
    network.weights.parameters[0] += 1.0F;
    const auto changed = packNetwork(network);
    QVERIFY(!changed.ok());
    QVERIFY(changed.error().sentence().starts_with("[Conv 1] the weights are not those of its codebook"));
    PackedNetwork other = tinyPacked();
    other.spec = tinyNetwork(5);
    QVERIFY(!packNetwork(other).ok());
    PackedNetwork halfBuilt = tinyPacked();
    halfBuilt.spec.removeNode(halfBuilt.spec.nodeByName("Flatten 1")->id, false);
    QVERIFY(!packNetwork(halfBuilt).ok());
}

void TestPackedFile::saysWhatIsWrong() {
    const std::string good = packNetwork(tinyPacked()).value();
    QVERIFY(errorOf("").starts_with("it is no packed network"));
    QVERIFY(errorOf("SQLite format 3").starts_with("it is no packed network"));
    QVERIFY(errorOf(good.substr(0, 7)).starts_with("it ends within its header"));
    QVERIFY(errorOf(good.substr(0, good.size() / 2)).starts_with("its checksum is wrong: it is cut short or altered"));
    const auto newer = unpackNetwork(withVersion(good, 2));
    QVERIFY(!newer.ok());
    QCOMPARE(newer.error().code, ErrorCode::UnsupportedVersion);
    QCOMPARE(newer.error().sentence(), std::string("it was written by a newer version (format 2, this one reads up to 1): "
                                                   "open it with a newer Convolab"));
    QVERIFY(!errorOf(withVersion(good, 0)).empty());
    std::string longer = good + "more";
    repairChecksum(longer);
    QVERIFY(errorOf(longer).starts_with("there is something behind its last tensor"));
    std::string shorter = good.substr(0, good.size() - 3);
    repairChecksum(shorter);
    QVERIFY2(errorOf(shorter).starts_with("[Dense 1] it ends within the bias"), errorOf(shorter).c_str());
}

// Sizes that nothing stands behind: refused before memory is taken.
void TestPackedFile::hugeSizes() {
    QVERIFY(errorOf(fileAround("{}", std::size_t{1} << 50)).starts_with("its network would be a text of"));
    QVERIFY(errorOf(fileAround("{}", 900)).starts_with("its network cannot be unpacked"));
    QVERIFY(errorOf(fileAround("[1]", 3)).starts_with("its network makes no sense"));
    NetworkSpec wide = chain({{"input", {{"shape", std::vector<std::int64_t>{65'536}}}},
                              {"dense", {{"units", std::int64_t{16'000}}}},
                              {"output", {}}});
    const std::string json = specToJson(wide);
    const std::string sentence = errorOf(fileAround(json, json.size()));
    QVERIFY2(sentence.starts_with("its network needs 3.91 GiB of weights, more than its"), sentence.c_str());
}

void TestPackedFile::anyAlterationIsNoticed() {
    const std::string good = packNetwork(tinyPacked()).value();
    for (std::size_t size = 0; size < good.size(); ++size) QVERIFY(!unpackNetwork(good.substr(0, size)).ok());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] ^= static_cast<char>(1U << (bit % 8));
        const auto result = unpackNetwork(bad);
        QVERIFY(!result.ok());
        QVERIFY(!result.error().message.empty());
    }
}

// With the checksum put right: what is read is a network that fits, or there is a sentence.
void TestPackedFile::anyBytesAreAnAnswer() {
    const std::string good = packNetwork(tinyPacked()).value();
    RandomSequence random(9, RandomStreamId::Analysis);
    int read = 0;
    for (int i = 0; i < 6000; ++i) {
        std::string bad = good;
        if (i % 3 == 0) bad.resize(random.below(static_cast<std::uint32_t>(bad.size())));
        for (std::uint32_t flips = random.below(4); flips > 0 && bad.size() > kHeader; --flips) {
            const std::size_t place = kHeader + random.below(static_cast<std::uint32_t>(bad.size() - kHeader));
            bad[place] = static_cast<char>(i % 2 == 0 ? bad[place] ^ static_cast<char>(1U << random.below(8)) : random.next());
        }
        repairChecksum(bad);
        const auto result = unpackNetwork(bad);
        if (!result.ok()) {
            QVERIFY(!result.error().message.empty());
            continue;
        }
        ++read;
        QVERIFY(requireLayout(result->weights, makeParameterLayout(result->spec, analyze(result->spec))).ok());
    }
    QVERIFY(read > 50);
    QVERIFY(read < 5000);
}

void TestPackedFile::files() {
    QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("tiny.packed").toStdString();
    const PackedNetwork network = tinyPacked();
    const auto bytes = writePackedFile(network, file);
    QVERIFY(bytes.ok());
    QCOMPARE(*bytes, static_cast<std::int64_t>(std::filesystem::file_size(file)));
    const auto back = readPackedFile(file);
    QVERIFY(back.ok());
    QVERIFY(sameWeights(back->weights, network.weights));
    std::filesystem::resize_file(file, 100);
    const auto cut = readPackedFile(file);
    QVERIFY(!cut.ok());
    QVERIFY2(cut.error().message.starts_with(file.string() + ": its checksum is wrong"), cut.error().message.c_str());
    QVERIFY(readPackedFile(file.string() + "x").error().code == ErrorCode::NotFound);
    QVERIFY(!readPackedFile(folder.path().toStdString()).ok());
    QVERIFY(!writePackedFile(network, folder.filePath("none/tiny.packed").toStdString()).ok());
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
}

QTEST_GUILESS_MAIN(TestPackedFile)
#include "tst_packed_file.moc"
