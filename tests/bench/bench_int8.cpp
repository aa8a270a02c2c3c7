// Inference in integers beside our own float32, in alternating pairs on synthetic images and weights: medians and their
// ratio; --layers adds each layer's shortest time.
//   bench_int8 --network vgg --batch 8 --threads 1 --pairs 15 [--layers] [--bits 8] [--portable]
// --network: vgg (the convolutions of VGG-small on 32×32 images, without dense layers), thin-N (three 3×3 convolutions of N
// filters), pointwise-N (three 1×1), depthwise-N (N channels, each with filters of its own), or a preset's name.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "core/compress/quantization/quantized_model.h"
#include "core/cpu/compute_team.h"
#include "core/graph/chain_builder.h"
#include "core/graph/presets.h"
#include "core/model/operation_times.h"
#include "core/util/random.h"

namespace {

using namespace convolab;

struct Settings {
    std::string network = "vgg";
    int batch = 8;
    int threads = 0;
    int pairs = 15;
    int bits = 8;
    bool layers = false;
    bool portable = false;
};

[[noreturn]] void stop(const std::string& message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(2);
}

Settings parse(int argc, char** argv) {
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string key = argv[i];
        if (key == "--layers") {
            settings.layers = true;
            continue;
        }
        if (key == "--portable") {
            settings.portable = true;
            continue;
        }
        if (i + 1 == argc) stop(key + " needs a value");
        const std::string value = argv[++i];
        if (key == "--network") settings.network = value;
        else if (key == "--batch") settings.batch = std::atoi(value.c_str());
        else if (key == "--threads") settings.threads = std::atoi(value.c_str());
        else if (key == "--pairs") settings.pairs = std::atoi(value.c_str());
        else if (key == "--bits") settings.bits = std::atoi(value.c_str());
        else stop("unknown option " + key);
    }
    if (settings.batch < 1 || settings.pairs < 1) stop("--batch and --pairs must be at least 1");
    return settings;
}

NetworkSpec vggConvolutions() {
    ChainBuilder builder("VGG-small, convolutions");
    builder.input({3, 32, 32});
    const auto conv = [&](std::int64_t filters) {
        builder.conv({.filters = filters, .kernel = 3, .stride = 1, .pads = ChainBuilder::Pads::Same}).relu();
    };
    for (const std::int64_t filters : {64, 64}) conv(filters);
    builder.maxPool(2);
    for (const std::int64_t filters : {128, 128}) conv(filters);
    builder.maxPool(2);
    for (const std::int64_t filters : {256, 256, 256}) conv(filters);
    builder.maxPool(2).add("global_avg_pool").classifier(10);
    return builder.build();
}

/// Few products for each value: where integers begin to bring something.
NetworkSpec thin(const std::string& kind, std::int64_t filters) {
    ChainBuilder builder(kind + ", " + std::to_string(filters) + " filters");
    builder.input({kind == "thin" ? 1 : filters, 28, 28});
    const std::int64_t kernel = kind == "pointwise" ? 1 : 3, pad = kernel / 2;
    const std::int64_t groups = kind == "depthwise" ? filters : 1;
    for (int layer = 0; layer < 3; ++layer) {
        using Integers = std::vector<std::int64_t>;
        builder.add("conv2d", {{"filters", filters},
                               {"kernel", Integers{kernel, kernel}},
                               {"pads", Integers{pad, pad, pad, pad}},
                               {"groups", groups}});
        builder.relu();
    }
    builder.maxPool(2).add("global_avg_pool").classifier(10);
    return builder.build();
}

NetworkSpec networkNamed(const std::string& name) {
    if (name == "vgg") return vggConvolutions();
    const std::size_t dash = name.find('-');
    const std::string kind = name.substr(0, dash);
    if (dash != std::string::npos && (kind == "thin" || kind == "pointwise" || kind == "depthwise")) {
        const int filters = std::atoi(name.c_str() + dash + 1);
        if (filters < 1) stop("write the number of filters, for example " + kind + "-16");
        return thin(kind, filters);
    }
    auto preset = makePreset(name);
    if (!preset.ok()) stop(preset.error().sentence());
    return std::move(preset).value();
}

Tensor randomImages(const Shape& shape, std::int64_t n) {
    Tensor images(shape.withBatch(n));
    RandomSequence random(1, RandomStreamId::Data);
    for (float& value : images.span()) value = random.uniform();
    return images;
}

/// Distributed as those of trained networks: normal within a filter, filters of different sizes. On grids that reach up to
/// each filter's largest weight, most integers are then small, which evenly distributed ones are not.
WeightSet trainedLike(const NetworkSpec& spec, const Analysis& analysis) {
    WeightSet weights = initialWeights(spec, analysis, 1);
    for (const ParameterEntry& entry : weights.layout->entries) {
        const Shape& shape = entry.spec.shape;
        if (shape.rank() < 2) continue;
        RandomSequence random(2, RandomStreamId::Data, 0, entry.offset);
        const std::int64_t filterSize = shape.size() / shape[0];
        float* weight = weights.parameters.data() + entry.offset;
        for (std::int64_t filter = 0; filter < shape[0]; ++filter) {
            const float deviation = std::sqrt(2.0F / static_cast<float>(filterSize)) * std::exp(0.3F * random.normal());
            for (std::int64_t k = 0; k < filterSize; ++k) *weight++ = deviation * random.normal();
        }
    }
    return weights;
}

/// Ranges as a calibration would give them, from one batch.
ActivationRanges rangesOf(const NetworkSpec& spec, const WeightSet& weights, const Tensor& images) {
    CompileOptions options;
    options.maximumBatch = images.shape()[0];
    options.taps = quantizedActivations(spec, analyze(spec));
    auto model = std::move(Model::compile(spec, options)).value();
    if (!model->bind(weights).ok()) stop("the weights do not fit");
    model->forward(images.view());
    ActivationRanges ranges;
    for (const NodeId node : options.taps) {
        const auto [low, high] = std::ranges::minmax(model->tap(node).span());
        ranges.ranges[node] = {low, high};
    }
    return ranges;
}

double now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// One thread: its processor time, which other programs disturb less; else wall time.
template <class Run>
double secondsOf(Run&& run) {
    const clockid_t clock = computeThreads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    const double begin = now(clock);
    run();
    return now(clock) - begin;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void keepShortest(std::vector<double>& shortest, const std::vector<double>& seconds) {
    if (shortest.empty()) shortest = seconds;
    for (std::size_t i = 0; i < seconds.size(); ++i) shortest[i] = std::min(shortest[i], seconds[i]);
}

/// The shortest of all runs: a layer is so short that other programs only ever make it longer.
void printLayers(const Settings& settings, const Analysis& analysis, Model& exact, QuantizedModel& rounded, const Tensor& images) {
    const std::vector<Operation> operations = operationsOf(exact);
    std::vector<double> seconds(operations.size()), exactShortest, roundedShortest;
    for (int pair = 0; pair < settings.pairs; ++pair) {
        timedForward(exact, images.view(), seconds);
        keepShortest(exactShortest, seconds);
        rounded.forward(images.view());
        keepShortest(roundedShortest, rounded.layerSeconds());
    }
    std::printf("%-16s %11s %11s %6s %8s\n", "layer", "float32, ms", "integers, ms", "ratio", "GMAC/s");
    double exactSum = 0.0, roundedSum = 0.0;
    const auto rows = rounded.plan();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        double own = 0.0;
        for (std::size_t k = 0; k < operations.size(); ++k) {
            if (operations[k].node == rows[i].node && operations[k].runs) own += exactShortest[k];
        }
        const double macs = static_cast<double>(analysis.find(rows[i].node)->cost.macs) * settings.batch;
        if (macs > 0.0) exactSum += own, roundedSum += roundedShortest[i];
        std::printf("%-16s %11.3f %11.3f %6.2f %8.1f  %s\n", rows[i].name.c_str(), 1e3 * own, 1e3 * roundedShortest[i],
                    roundedShortest[i] > 0.0 ? own / roundedShortest[i] : 0.0,
                    roundedShortest[i] > 0.0 ? macs / roundedShortest[i] * 1e-9 : 0.0, rows[i].implementation.c_str());
    }
    std::printf("layers with weights: %.3f ms in float32, %.3f ms in integers, ratio %.2f\n", 1e3 * exactSum,
                1e3 * roundedSum, exactSum / roundedSum);
}

}  // namespace

int main(int argc, char** argv) {
    limitSpinning(argv);
    const Settings settings = parse(argc, argv);
    setComputeThreads(settings.threads);
    const NetworkSpec spec = networkNamed(settings.network);
    const Analysis analysis = analyze(spec);
    const WeightSet weights = trainedLike(spec, analysis);
    const Tensor images = randomImages(*analysis.inputShape, settings.batch);
    CompressionPlan plan;
    for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = settings.bits;

    CompileOptions options;
    options.maximumBatch = settings.batch;
    auto exact = std::move(Model::compile(spec, options)).value();
    if (!exact->bind(weights).ok()) stop("the weights do not fit");
    const ActivationRanges ranges = rangesOf(spec, weights, images);
    const int8::Isa isa = settings.portable ? int8::Isa::Portable : int8::fastestIsa();
    auto made = QuantizedModel::make(spec, weights, plan, ranges, {.maximumBatch = settings.batch, .isa = isa});
    if (!made.ok()) stop(made.error().sentence());
    const auto rounded = std::move(made).value();

    std::vector<double> exactSeconds, roundedSeconds, ratios;
    for (int pair = -2; pair < settings.pairs; ++pair) {
        const double a = secondsOf([&] { exact->forward(images.view()); });
        const double b = secondsOf([&] { rounded->forward(images.view()); });
        if (pair < 0) continue;  // warming up
        exactSeconds.push_back(a);
        roundedSeconds.push_back(b);
        ratios.push_back(a / b);
    }
    const double macs = static_cast<double>(analysis.total.macs) * settings.batch;
    std::printf("%s, batch %d, %d threads, %s, %d bits\n", spec.name.c_str(), settings.batch, computeThreads(),
                int8::isaName(isa), settings.bits);
    std::printf("float32  %8.3f ms  %6.1f GMAC/s\n", 1e3 * median(exactSeconds), macs / median(exactSeconds) * 1e-9);
    std::printf("integers %8.3f ms  %6.1f GMAC/s\n", 1e3 * median(roundedSeconds), macs / median(roundedSeconds) * 1e-9);
    std::printf("float32 / integers, median of %d pairs: %.2f\n", settings.pairs, median(ratios));
    const IntegerNetwork network = makeIntegerNetwork(spec, weights, plan, ranges).value();
    std::int64_t values = 0;
    for (const IntegerLayer& layer : network.layers) values += layer.output.size();
    const std::string slower = slowerInIntegers(network, settings.batch, isa);
    std::printf("%.0f multiplications per value; %s\n",
                static_cast<double>(network.integerMacs()) / static_cast<double>(values),
                slower.empty() ? "expected to be faster in integers" : slower.c_str());
    if (settings.layers) printLayers(settings, analysis, *exact, *rounded, images);
    return 0;
}
