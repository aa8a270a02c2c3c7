#include "app/cli/bench/usual_cases.h"

#include <algorithm>

#include "core/graph/presets.h"

namespace convolab {

namespace {

constexpr std::int64_t kTrainingBatch = 64;  // of networks that are not in the table
constexpr std::int64_t kInferenceBatches[] = {1, 64};

struct UsualNetwork {
    const char* name;
    std::int64_t trainingBatch;  // 0: inference only
    int width;                   // 0: the preset has none
};

constexpr UsualNetwork kUsual[] = {
    {"conv20-conv50", 64, 0}, {"lenet-like", 32, 0}, {"vgg-small-bn", 64, 0}, {"resnet-20", 128, 0},
    {"mobilenet-v2-32", 64, 0}, {"dense-n", 128, 4096}, {"resnet-18", 0, 0},
};

// Trained on a GPU, where a small batch leaves most of it idle: small and large ones of each.
struct UsualOnGpu {
    const char* name;
    std::int64_t batch;
    int width;
};
constexpr UsualOnGpu kUsualOnGpu[] = {
    {"conv20-conv50", 64, 0}, {"conv20-conv50", 1024, 0}, {"resnet-20", 128, 0}, {"resnet-20", 1024, 0}, {"vgg-small-bn", 64, 0},
    {"resnet-18", 128, 0}, {"resnet-50", 128, 0}, {"dense-n", 64, 64}, {"dense-n", 64, 512}, {"dense-n", 64, 2048}, {"dense-n", 64, 8192},
};

bool isPreset(const std::string& name) {
    return std::any_of(presets().begin(), presets().end(), [&](const PresetInfo& preset) { return preset.name == name; });
}

const UsualNetwork* findUsual(const std::string& name) {
    const auto found = std::find_if(std::begin(kUsual), std::end(kUsual), [&](const auto& usual) { return name == usual.name; });
    return found == std::end(kUsual) ? nullptr : found;
}

void addCases(const CaseChoice& choice, const NetworkSource& source, std::int64_t usualBatch, std::vector<BenchCase>& cases) {
    const auto wanted = [&](StepTask task) {
        return choice.tasks.empty() || std::find(choice.tasks.begin(), choice.tasks.end(), task) != choice.tasks.end();
    };
    const auto add = [&](StepTask task, std::int64_t batch) {
        cases.push_back({.network = source.name, .spec = source.spec, .task = task, .batch = batch, .threads = choice.threads, .device = choice.device});
    };
    if (wanted(StepTask::Train) && usualBatch > 0) add(StepTask::Train, choice.batch > 0 ? choice.batch : usualBatch);
    if (!wanted(StepTask::Infer)) return;
    if (choice.batch > 0) return add(StepTask::Infer, choice.batch);
    for (const std::int64_t batch : kInferenceBatches) add(StepTask::Infer, batch);
}

Result<std::vector<BenchCase>> casesOnGpu(const CaseChoice& choice) {
    std::vector<BenchCase> cases;
    for (const UsualOnGpu& usual : kUsualOnGpu) {
        PresetChoice preset;
        preset.width = usual.width;
        CONVOLAB_ASSIGN(NetworkSource source, openNetwork(usual.name, preset));
        if (usual.width > 0) source.name += ", n = " + std::to_string(usual.width);
        CaseChoice one = choice;
        one.batch = choice.batch > 0 ? choice.batch : usual.batch;
        addCases(one, source, usual.batch, cases);
    }
    return cases;
}

}  // namespace

Result<std::vector<BenchCase>> benchCases(const CaseChoice& choice) {
    std::vector<BenchCase> cases;
    for (const std::string& name : choice.networks) {
        PresetChoice preset = choice.preset;
        const UsualNetwork* usual = findUsual(name);
        if (usual != nullptr && preset.width == 0) preset.width = usual->width;
        CONVOLAB_ASSIGN(const NetworkSource source, openNetwork(name, preset));
        // A network that is named is trained, too, unless only inference was asked for.
        addCases(choice, source, usual != nullptr && usual->trainingBatch > 0 ? usual->trainingBatch : kTrainingBatch, cases);
    }
    if (!choice.networks.empty()) return cases;
    if (choice.device != "cpu") return casesOnGpu(choice);
    for (const UsualNetwork& usual : kUsual) {
        if (!isPreset(usual.name)) continue;
        PresetChoice preset;
        preset.width = usual.width;
        CONVOLAB_ASSIGN(const NetworkSource source, openNetwork(usual.name, preset));
        addCases(choice, source, usual.trainingBatch, cases);
    }
    return cases;
}

}  // namespace convolab
