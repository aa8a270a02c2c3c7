// Time of one training step: forward, backward and the update by SGD with momentum, on synthetic images in memory.
//   bench_training --network conv20-conv50 --batch 64 --threads 2 --steps 200 --json
// prints {"seconds_per_step": median, "peak_rss_bytes": n}; without --json also the share of this computer's measured peak.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "core/measure/machine_peak.h"
#include "core/model/model.h"
#include "core/util/random.h"

namespace {

using namespace convolab;

struct Settings {
    std::string network = "conv20-conv50";
    int batch = 64;
    int threads = 0;
    int steps = 200;
    bool json = false;
    bool plan = false;
};

[[noreturn]] void stop(const std::string& message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(2);
}

Settings parse(int argc, char** argv) {
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string key = argv[i];
        if (key == "--json" || key == "--plan") {
            (key == "--json" ? settings.json : settings.plan) = true;
            continue;
        }
        if (i + 1 == argc) stop(key + " needs a value");
        const std::string value = argv[++i];
        if (key == "--network") settings.network = value;
        else if (key == "--batch") settings.batch = std::atoi(value.c_str());
        else if (key == "--threads") settings.threads = std::atoi(value.c_str());
        else if (key == "--steps") settings.steps = std::atoi(value.c_str());
        else stop("unknown option " + key);
    }
    if (settings.batch < 1 || settings.steps < 1) stop("--batch and --steps must be at least 1");
    return settings;
}

/// w ← w − rate · v, v ← 0.9 v + gradient, in one pass.
void updateMomentum(std::span<float> weights, std::span<const float> gradients, std::vector<float>& velocity) {
    constexpr float kMomentum = 0.9F;
    constexpr float kRate = 0.01F;
    const auto count = static_cast<std::int64_t>(weights.size());
    float* v = velocity.data();
#pragma omp parallel for simd schedule(static) num_threads(computeThreads())
    for (std::int64_t i = 0; i < count; ++i) {
        v[i] = kMomentum * v[i] + gradients[static_cast<std::size_t>(i)];
        weights[static_cast<std::size_t>(i)] -= kRate * v[i];
    }
}

}  // namespace

int main(int argc, char** argv) {
    limitSpinning(argv);
    const Settings settings = parse(argc, argv);
    setComputeThreads(settings.threads);
    const auto spec = makePreset(settings.network);
    if (!spec.ok()) stop(spec.error().sentence());
    CompileOptions options;
    options.maximumBatch = settings.batch;
    options.training = true;
    auto compiled = Model::compile(*spec, options);
    if (!compiled.ok()) stop(compiled.error().sentence());
    Model& model = **compiled;
    if (settings.plan) {
        for (const LayerPlan& row : model.plan()) {
            std::printf("%-18s %-10s %s\n", row.name.c_str(), tierName(row.tier), row.implementation.c_str());
        }
    }

    Tensor images(model.inputShape().withBatch(settings.batch));
    RandomSequence random(1, RandomStreamId::Data);
    for (float& value : images.span()) value = random.uniform();
    std::vector<int> labels(static_cast<std::size_t>(settings.batch));
    for (int& label : labels) label = static_cast<int>(random.below(static_cast<std::uint32_t>(model.outputShape().size())));
    std::vector<float> velocity(model.parameters().size());

    constexpr int kWarmUp = 10;
    std::vector<double> seconds;
    for (int step = 0; step < kWarmUp + settings.steps; ++step) {
        const auto start = std::chrono::steady_clock::now();
        model.trainStep(images.view(), labels, static_cast<std::uint64_t>(step));
        updateMomentum(model.parameters(), model.gradients(), velocity);
        if (step >= kWarmUp) {
            seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        }
    }
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const long peak = usage.ru_maxrss * 1024L;
    if (settings.json) {
        std::printf("{\"seconds_per_step\": %.9f, \"peak_rss_bytes\": %ld}\n", *middle, peak);
        return 0;
    }
    const auto machine = MachinePeakCache().obtain();
    if (!machine.ok()) stop(machine.error().sentence());
    // Backward computes as much again for the inputs and for the weights.
    const double flop = 3.0 * 2.0 * static_cast<double>(analyze(*spec).total.macs) * settings.batch;
    std::printf("%.1f GFLOP/s, %.0f %% of %.1f on %d threads\n", flop / *middle / 1e9, 100.0 * flop / *middle / machine->flops,
                machine->flops / 1e9, machine->threads);
    std::printf("%s, batch %d: %.3f ms per step (fastest %.3f), peak %ld MiB\n", settings.network.c_str(),
                settings.batch, 1e3 * *middle, 1e3 * *std::min_element(seconds.begin(), seconds.end()), peak >> 20);
    return 0;
}
