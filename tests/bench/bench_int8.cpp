// Inference in integers beside our own float32, in alternating pairs on synthetic images: medians and their ratio.
//   bench_int8 --network vgg --batch 8 --threads 1 --pairs 15 [--layers] [--bits 8]
// --network: vgg (the convolutions of VGG-small on 32×32 images, without dense layers) or a preset's name.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "core/compress/quantization/quantized_model.h"
#include "core/cpu/compute_team.h"
#include "core/graph/chain_builder.h"
#include "core/graph/presets.h"
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

Tensor randomImages(const Shape& shape, std::int64_t n) {
    Tensor images(shape.withBatch(n));
    RandomSequence random(1, RandomStreamId::Data);
    for (float& value : images.span()) value = random.uniform();
    return images;
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

}  // namespace

int main(int argc, char** argv) {
    limitSpinning(argv);
    const Settings settings = parse(argc, argv);
    setComputeThreads(settings.threads);
    NetworkSpec spec = vggConvolutions();
    if (settings.network != "vgg") {
        auto preset = makePreset(settings.network);
        if (!preset.ok()) stop(preset.error().sentence());
        spec = std::move(preset).value();
    }
    const Analysis analysis = analyze(spec);
    const WeightSet weights = initialWeights(spec, analysis, 1);
    const Tensor images = randomImages(*analysis.inputShape, settings.batch);
    CompressionPlan plan;
    for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = settings.bits;

    CompileOptions options;
    options.maximumBatch = settings.batch;
    auto exact = std::move(Model::compile(spec, options)).value();
    if (!exact->bind(weights).ok()) stop("the weights do not fit");
    const ActivationRanges ranges = rangesOf(spec, weights, images);
    auto made = QuantizedModel::make(spec, weights, plan, ranges, {.maximumBatch = settings.batch});
    if (!made.ok()) stop(made.error().sentence());
    const auto rounded = std::move(made).value();

    std::vector<double> exactSeconds, roundedSeconds, ratios;
    std::vector<std::vector<double>> layers;
    for (int pair = -2; pair < settings.pairs; ++pair) {
        const double a = secondsOf([&] { exact->forward(images.view()); });
        const double b = secondsOf([&] { rounded->forward(images.view()); });
        if (pair < 0) continue;  // warming up
        exactSeconds.push_back(a);
        roundedSeconds.push_back(b);
        ratios.push_back(a / b);
        layers.push_back(rounded->layerSeconds());
    }
    const double macs = static_cast<double>(analysis.total.macs) * settings.batch;
    std::printf("%s, batch %d, %d threads, %s, %d bits\n", spec.name.c_str(), settings.batch, computeThreads(),
                int8::isaName(int8::fastestIsa()), settings.bits);
    std::printf("float32  %8.3f ms  %6.1f GMAC/s\n", 1e3 * median(exactSeconds), macs / median(exactSeconds) * 1e-9);
    std::printf("integers %8.3f ms  %6.1f GMAC/s\n", 1e3 * median(roundedSeconds), macs / median(roundedSeconds) * 1e-9);
    std::printf("float32 / integers, median of %d pairs: %.2f\n", settings.pairs, median(ratios));
    if (!settings.layers) return 0;
    const auto rows = rounded->plan();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::vector<double> seconds;
        for (const auto& run : layers) seconds.push_back(run[i]);
        const double own = static_cast<double>(analysis.find(rows[i].node)->cost.macs) * settings.batch;
        std::printf("%-16s %8.3f ms  %6.1f GMAC/s  %s\n", rows[i].name.c_str(), 1e3 * median(seconds),
                    own / median(seconds) * 1e-9, rows[i].implementation.c_str());
    }
    return 0;
}
