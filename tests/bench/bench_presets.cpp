// What each preset costs on this computer, one process each: time to build and analyse it, a forward pass of one image, a
// training step of one image, and the largest memory that the process ever held (VmHWM, over all of it).
//   bench_presets [NAME …]         one line of JSON each; without names all presets
//   bench_presets --one NAME       that one, in this process
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/graph/presets.h"
#include "core/model/model.h"
#include "core/util/text.h"

namespace {

using namespace convolab;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

[[noreturn]] void stop(const std::string& message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(2);
}

std::unique_ptr<Model> compiled(const NetworkSpec& spec, bool training) {
    CompileOptions options;
    options.maximumBatch = 1;
    options.training = training;
    auto model = Model::compile(spec, options);
    if (!model.ok()) stop(model.error().sentence());
    if (const Status bound = (*model)->bind(initialWeights(spec, analyze(spec), 42)); !bound.ok()) stop(bound.error().sentence());
    return std::move(model).value();
}

void measureOne(const std::string& name) {
    const auto start = Clock::now();
    const auto spec = makePreset(name);
    if (!spec.ok()) stop(spec.error().sentence());
    const Analysis analysis = analyze(*spec);
    const double building = since(start);
    std::vector<float> image(static_cast<std::size_t>(analysis.inputShape->size()), 0.5F);
    std::vector<std::int64_t> extents{1};
    for (const std::int64_t extent : analysis.inputShape->extents()) extents.push_back(extent);
    const Shape shape(extents);

    double forward = 0.0, step = 0.0;
    {
        const auto model = compiled(*spec, false);
        static_cast<void>(model->forward({image.data(), shape}));
        const auto begin = Clock::now();
        static_cast<void>(model->forward({image.data(), shape}));
        forward = since(begin);
    }
    {
        const auto model = compiled(*spec, true);
        const std::vector<int> labels{0};
        static_cast<void>(model->trainStep({image.data(), shape}, labels, 0));
        const auto begin = Clock::now();
        static_cast<void>(model->trainStep({image.data(), shape}, labels, 1));
        step = since(begin);
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"preset\": \"%s\", \"parameters\": %lld, \"macs\": %lld, \"build_seconds\": %.4f, \"forward_seconds\": %.4f, "
                "\"step_seconds\": %.4f, \"peak_bytes\": %lld}\n",
                name.c_str(), static_cast<long long>(analysis.total.parameters), static_cast<long long>(analysis.total.macs),
                building, forward, step, static_cast<long long>(usage.ru_maxrss) * 1024);
}

}  // namespace

int main(int argc, char** argv) {
    limitSpinning(argv);
    if (argc == 3 && std::strcmp(argv[1], "--one") == 0) {
        measureOne(argv[2]);
        return 0;
    }
    std::vector<std::string> names(argv + 1, argv + argc);
    if (names.empty()) {
        for (const PresetInfo& preset : presets()) names.push_back(preset.name);
    }
    for (const std::string& name : names) {
        const std::string command = "\"" + std::string(argv[0]) + "\" --one " + name;
        if (std::system(command.c_str()) != 0) return 1;
    }
    return 0;
}
