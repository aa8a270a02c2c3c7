// What is asked of cuDNN: shapes and passes, the choice among its algorithms, what is kept of it on disk, refusals in words; and the
// real libraries, whose versions can be asked without a GPU.
#include <QtTest>
#include <QTemporaryDir>

#include <algorithm>
#include <fstream>

#include "gpu/libraries/libraries.h"
#include "tests/gpu/fake_dnn.h"

using namespace convolab::gpu;
using namespace convolab::testing;

namespace {

constexpr std::size_t kRoom = 1000;

ConvolutionShape shapeOf(Index kernel, Index stride, Index pad, Index dilation, Index groups) {
    const auto places = [&](Index in) { return (in + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1; };
    return {{4, 9, 8}, {6, places(9), places(8)}, kernel, kernel, stride, stride, pad, pad, dilation, dilation, groups};
}

struct Numbers {
    ConvolutionShape s;
    std::vector<float> in, out, weight, result, expected;
    Numbers(const ConvolutionShape& shape, Index n) : s(shape) {
        const auto fill = [](std::vector<float>& values, Index count, int step) {
            for (Index i = 0; i < count; ++i) values.push_back(static_cast<float>((i * step) % 23) / 7.0F - 1.5F);
        };
        fill(in, n * s.in.image(), 5);
        fill(out, n * s.out.image(), 7);
        fill(weight, s.out.channels * s.depth() * s.kernelHeight * s.kernelWidth, 3);
    }
    ConvolutionCall call(ConvolutionPass pass, Index n) {
        const float* first = pass == ConvolutionPass::InputGradient ? out.data() : in.data();
        const float* second = pass == ConvolutionPass::WeightGradient ? out.data() : weight.data();
        ConvolutionCall made{s, n, pass, first, second, nullptr};
        result.assign(static_cast<std::size_t>(made.count()), 99.0F);
        expected = result;
        made.result = expected.data();
        for (Index i = 0; i < made.count(); ++i) made(i);
        made.result = result.data();
        return made;
    }
};

std::vector<std::uint16_t> roundedCopy(FactorType type, const std::vector<float>& values) {
    std::vector<std::uint16_t> made;
    for (const float value : values) made.push_back(to16(type, value));
    return made;
}

}  // namespace

class TestConvolutionLibrary : public QObject {
    Q_OBJECT

  private slots:
    void init() { fakeDnn() = {}; }
    void cleanup() { QCOMPARE(fakeDnn().open, 0); }

    void everyPass() {
        const DnnTable table = fakeDnnTable();
        ConvolutionLibrary library(table, Precision::Float32, {{}, "test"}, &fakeDnn(), kRoom);
        QVERIFY(library.start().ok());
        int sizes = 0;
        for (const auto& shape : {shapeOf(3, 1, 1, 1, 1), shapeOf(2, 2, 0, 1, 2), shapeOf(3, 1, 2, 2, 1), shapeOf(1, 3, 0, 1, 2)}) {
            for (const auto pass : {ConvolutionPass::Forward, ConvolutionPass::InputGradient, ConvolutionPass::WeightGradient}) {
                Numbers numbers(shape, 2);
                const ConvolutionCall call = numbers.call(pass, 2);
                QVERIFY(ConvolutionCall::fits(shape, 2));
                QVERIFY(!library.run(call, this).ok());  // not prepared
                Outcome outcome = library.prepare(call, this);
                QVERIFY2(outcome.ok(), outcome.words.c_str());
                QCOMPARE(fakeDnn().trials, ++sizes);
                QVERIFY(library.prepare(call, this).ok());
                QCOMPARE(fakeDnn().trials, sizes);  // once per size
                outcome = library.run(call, this);
                QVERIFY2(outcome.ok() && numbers.result == numbers.expected, outcome.words.c_str());
            }
        }
        QCOMPARE(fakeDnn().lastAlgorithm, 1);  // the fastest of those that repeat bit for bit and have room
        QCOMPARE(fakeDnn().lastMath, kDnnFmaMath);
        QCOMPARE(fakeDnn().stream, static_cast<void*>(this));
    }

    void tf32IsAChoice() {
        const DnnTable table = fakeDnnTable();
        ConvolutionLibrary library(table, Precision::Tf32, {{}, "test"}, nullptr, kRoom);
        Numbers numbers(shapeOf(3, 1, 1, 1, 1), 1);
        const ConvolutionCall call = numbers.call(ConvolutionPass::Forward, 1);
        QVERIFY(library.start().ok() && library.prepare(call, nullptr).ok() && library.run(call, nullptr).ok());
        QCOMPARE(fakeDnn().lastMath, kDnnDefaultMath);
    }

    // 16 bits in and out, sums in float32, tensor cores allowed: the configurations that the library has.
    void factorsOf16Bits() {
        const DnnTable table = fakeDnnTable();
        ConvolutionLibrary library(table, Precision::Float32, {{}, "test"}, nullptr, kRoom);
        QVERIFY(library.start().ok());
        for (const FactorType type : {FactorType::Bf16, FactorType::Fp16}) {
            for (const auto pass : {ConvolutionPass::Forward, ConvolutionPass::InputGradient, ConvolutionPass::WeightGradient}) {
                Numbers numbers(shapeOf(3, 1, 1, 1, 1), 2);
                ConvolutionCall call = numbers.call(pass, 2);
                const std::vector<std::uint16_t> first = roundedCopy(type, pass == ConvolutionPass::InputGradient ? numbers.out : numbers.in);
                const std::vector<std::uint16_t> second = roundedCopy(type, pass == ConvolutionPass::WeightGradient ? numbers.out : numbers.weight);
                std::vector<std::uint16_t> expected(static_cast<std::size_t>(call.count())), got(expected.size());
                call.first = ProductFactors(first.data(), type);
                call.second = ProductFactors(second.data(), type);
                call.result = expected.data();
                for (Index i = 0; i < call.count(); ++i) call(i);
                call.result = got.data();
                QVERIFY(library.prepare(call, nullptr).ok());
                const Outcome outcome = library.run(call, nullptr);
                QVERIFY2(outcome.ok() && got == expected, outcome.words.c_str());
                QVERIFY(std::ranges::any_of(got, [](std::uint16_t value) { return value != 0; }));
                QCOMPARE(fakeDnn().lastType, type == FactorType::Bf16 ? 9 : 2);
                QCOMPARE(fakeDnn().lastMath, kDnnTensorMath);
            }
        }
        QCOMPARE(fakeDnn().trials, 6);  // a type's algorithm is its own
    }

    void whatDoesNotFit() {
        ConvolutionShape s = shapeOf(3, 1, 1, 1, 1);
        s.out.height += 1;  // one row more of padding below than above
        QVERIFY(!ConvolutionCall::fits(s, 2));
        QVERIFY(!ConvolutionCall::fits(shapeOf(3, 1, 1, 1, 1), Index{1} << 30));
    }

    void noDeterministicAlgorithm() {
        fakeDnn().answers.resize(3);
        const DnnTable table = fakeDnnTable();
        ConvolutionLibrary library(table, Precision::Float32, {{}, "test"}, nullptr, kRoom);
        Numbers numbers(shapeOf(3, 1, 1, 1, 1), 1);
        QVERIFY(library.start().ok());
        const Outcome outcome = library.prepare(numbers.call(ConvolutionPass::InputGradient, 1), nullptr);
        QVERIFY2(!outcome.ok() && outcome.words.find("(data)") != std::string::npos && outcome.words.find("same bits") != std::string::npos, outcome.words.c_str());
    }

    void refusals() {
        const DnnTable table = fakeDnnTable();
        fakeDnn().failCreate = 4;
        QCOMPARE(ConvolutionLibrary(table, Precision::Float32, {{}, "test"}, nullptr, 0).start().words, std::string("cudnnCreate: 4"));
        fakeDnn().failCreate = 0;
        ConvolutionLibrary library(table, Precision::Float32, {{}, "test"}, nullptr, kRoom);
        Numbers numbers(shapeOf(3, 1, 1, 1, 1), 1);
        const ConvolutionCall call = numbers.call(ConvolutionPass::WeightGradient, 1);
        QVERIFY(library.start().ok() && library.prepare(call, nullptr).ok());
        fakeDnn().failRun = 3000;
        QCOMPARE(library.run(call, nullptr).words, std::string("cudnnConvolutionBackwardFilter: CUDNN_STATUS_NOT_SUPPORTED"));
    }

    // The second program of the same device tries nothing; another version of the library tries anew.
    void theChoiceIsKeptOnDisk() {
        QTemporaryDir folder;
        const std::filesystem::path file = std::filesystem::path(folder.path().toStdString()) / "new" / "algorithms.txt";
        const DnnTable table = fakeDnnTable();
        Numbers numbers(shapeOf(3, 1, 1, 1, 1), 1);
        const ConvolutionCall call = numbers.call(ConvolutionPass::Forward, 1);
        const auto runs = [&](const std::string& title, Precision precision = Precision::Float32) {
            ConvolutionLibrary library(table, precision, {file, title}, nullptr, kRoom);
            return library.start().ok() && library.prepare(call, nullptr).ok() && library.run(call, nullptr).ok();
        };
        QVERIFY(runs("GPU, 1") && runs("GPU, 1"));
        QCOMPARE(fakeDnn().trials, 1);
        QCOMPARE(fakeDnn().lastAlgorithm, 1);
        QVERIFY(runs("GPU, 1", Precision::Tf32));
        QCOMPARE(fakeDnn().trials, 2);
        fakeDnn().bytesOf.erase(1);  // no longer supported
        fakeDnn().answers = {{3, 0, 0.9F, 0, 1, 0, {}}};
        QVERIFY(runs("GPU, 1"));
        QCOMPARE(fakeDnn().trials, 3);
        QCOMPARE(fakeDnn().lastAlgorithm, 3);
        QVERIFY(runs("GPU, 2"));
        QCOMPARE(fakeDnn().trials, 4);
        QCOMPARE(QDir(folder.path() + "/new").entryList(QDir::Files), QStringList{"algorithms.txt"});  // no drafts
    }

    void brokenCaches() {
        QTemporaryDir folder;
        const std::filesystem::path file = std::filesystem::path(folder.path().toStdString()) / "algorithms.txt";
        AlgorithmCache(file, "GPU").put("forward 1 2", 5);
        QCOMPARE(AlgorithmCache(file, "GPU").find("forward 1 2"), std::optional(5));
        QCOMPARE(AlgorithmCache(file, "another GPU").find("forward 1 2"), std::optional<int>());
        std::ofstream(file, std::ios::app) << "\n-3 data 1\nx\n7\n 8   filter 4 \n";
        AlgorithmCache mended(file, "GPU");
        QCOMPARE(mended.find("forward 1 2"), std::optional(5));
        QCOMPARE(mended.find("data 1"), std::optional<int>());
        QCOMPARE(mended.find("filter 4 "), std::optional(8));
        AlgorithmCache nowhere("/proc/none/algorithms.txt", "GPU");
        nowhere.put("a", 1);
        QCOMPARE(nowhere.find("a"), std::optional(1));
    }

    void whereTheCacheLies() {
        qputenv("XDG_CACHE_HOME", "/somewhere");
        QCOMPARE(algorithmCacheFile("NVIDIA H100 80GB, cuDNN 91900"), std::filesystem::path("/somewhere/convolab/gpu-NVIDIA-H100-80GB-cuDNN-91900.txt"));
        qputenv("XDG_CACHE_HOME", "relative");
        qputenv("HOME", "/their/folder");
        QCOMPARE(algorithmCacheFile("a"), std::filesystem::path("/their/folder/.cache/convolab/gpu-a.txt"));
        qunsetenv("XDG_CACHE_HOME");
        qunsetenv("HOME");
        QVERIFY(algorithmCacheFile("a").empty());
    }

    // On any machine: each library is there with a version, or there is a sentence.
    void theRealLibraries() {
        const BlasLibrary& blas = blasLibrary(13);
        const DnnLibrary& dnn = dnnLibrary();
        QCOMPARE(blas.table == nullptr, !blas.problem.empty());
        QCOMPARE(dnn.table == nullptr, !dnn.problem.empty());
        if (blas.table != nullptr) QVERIFY(blas.version >= 130000 && blas.version < 140000);
        else QVERIFY2(blas.problem.find("libcublasLt.so.13") != std::string::npos, blas.problem.c_str());
        if (dnn.table != nullptr) QVERIFY(dnn.version >= 90000 && dnn.version < 100000);
        else QVERIFY2(dnn.problem.find("libcudnn.so.9") != std::string::npos, dnn.problem.c_str());
    }
};

QTEST_GUILESS_MAIN(TestConvolutionLibrary)
#include "tst_convolution_library.moc"
