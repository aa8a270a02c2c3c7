// How fast pruning answers, and what a thinned network gains:
//   bench_pruning TRAINED.convolab [THINNED.convolab] [--data mnist] [--pairs 300]
// Accuracy of new masks on 1,000 validation images (what follows a slider), sensitivity of every layer at 8 sparsities, and
// the latency of both networks at batch 1 and 64 in alternating pairs, medians.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/compress/sensitivity.h"
#include "core/compress/sparsity.h"
#include "core/project/project_file.h"
#include "datasets/catalogue.h"

namespace {

using namespace convolab;

template <class T>
T must(Result<T> result) {
    if (result.ok()) return std::move(result).value();
    std::fprintf(stderr, "%s\n", result.error().sentence().c_str());
    std::exit(1);
}

void must(const Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s\n", status.error().sentence().c_str());
    std::exit(1);
}

struct Trained {
    NetworkSpec spec;
    WeightSet weights;
};

Trained readDocument(const std::string& file) {
    const auto project = must(ProjectFile::open(file));
    const auto runs = must(project->readRuns());
    auto weights = runs.empty() ? std::nullopt : must(project->readBestWeights(runs.back().id));
    if (!weights) {
        std::fprintf(stderr, "%s has no trained weights\n", file.c_str());
        std::exit(1);
    }
    return {must(project->readSpec()), std::move(*weights)};
}

double millisecondsOf(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void measureAnswers(const Trained& network, const Dataset& dataset) {
    const auto quick = must(QuickAccuracy::create(network.spec, dataset));
    std::vector<double> times;
    for (int i = 0; i < 40; ++i) {
        times.push_back(millisecondsOf([&] {
            const auto plan = must(uniformPlan(network.spec, "magnitude", Granularity::Weight, 0.5 + 0.01 * i));
            must(quick->measure(network.weights, must(makeMasks(network.spec, network.weights, plan))));
        }));
    }
    std::printf("masks and accuracy on %lld images: median %.1f ms, longest %.1f ms\n", static_cast<long long>(quick->images()),
                median(times), *std::ranges::max_element(times));
    std::optional<Sensitivity> sensitivity;
    const double milliseconds = millisecondsOf([&] { sensitivity = must(measureSensitivity(network.spec, network.weights, dataset)); });
    std::printf("sensitivity, %zu layers at 8 sparsities: %.2f s\n", sensitivity->curves.size(), milliseconds / 1000.0);
}

void measureLatency(const Trained& dense, const Trained& thinned, std::int64_t batch, int pairs) {
    CompileOptions options;
    options.maximumBatch = batch;
    const auto first = must(Model::compile(dense.spec, options));
    const auto second = must(Model::compile(thinned.spec, options));
    must(first->bind(dense.weights));
    must(second->bind(thinned.weights));
    Tensor images(first->inputShape().withBatch(batch));
    for (std::int64_t i = 0; i < images.size(); ++i) images.data()[i] = static_cast<float>(i % 97) / 97.0F;
    std::vector<double> times[2];
    for (int i = -10; i < pairs; ++i) {
        const double a = millisecondsOf([&] { first->forward(images.view()); });
        const double b = millisecondsOf([&] { second->forward(images.view()); });
        if (i < 0) continue;  // warm up
        times[0].push_back(a);
        times[1].push_back(b);
    }
    std::printf("batch %lld: dense %.3f ms, thinned %.3f ms, %.2f times as fast (medians of %d alternating pairs)\n",
                static_cast<long long>(batch), median(times[0]), median(times[1]), median(times[0]) / median(times[1]), pairs);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> files;
    std::string data = "mnist";
    int pairs = 300;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--data") == 0 && i + 1 < argc) data = argv[++i];
        else if (std::strcmp(argv[i], "--pairs") == 0 && i + 1 < argc) pairs = std::max(1, std::atoi(argv[++i]));
        else files.emplace_back(argv[i]);
    }
    if (files.empty()) {
        std::fprintf(stderr, "bench_pruning TRAINED.convolab [THINNED.convolab] [--data mnist] [--pairs 300]\n");
        return 2;
    }
    const Trained dense = readDocument(files[0]);
    const DatasetPtr dataset = must(fitted(must(openDataset({.name = data})), *analyze(dense.spec).inputShape));
    measureAnswers(dense, *dataset);
    if (files.size() < 2) return 0;
    const Trained thinned = readDocument(files[1]);
    for (const std::int64_t batch : {1, 64}) measureLatency(dense, thinned, batch, pairs);
    return 0;
}
