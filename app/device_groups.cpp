#include "app/device_groups.h"

#include <algorithm>

#include "core/backend/gpu_loader.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr const char* kAll = "cuda:all";

std::vector<std::string> wordsOf(const std::string& id) {
    std::vector<std::string> words{""};
    for (const char letter : id) {
        if (letter == ',') words.emplace_back();
        else words.back() += letter;
    }
    return words;
}

std::vector<Device> usable(const std::vector<Device>& gpus) {
    std::vector<Device> list;
    std::ranges::copy_if(gpus, std::back_inserter(list), [](const Device& gpu) { return !gpu.problem && gpu.ordinal >= 0; });
    return list;
}

/// Why GPUs cannot work together.
std::optional<Error> libraryProblem() {
    const auto& module = gpuModule();
    if (!module.ok()) return {};
    ConvolabGpuLibrary libraries[kGpuLibraries] = {};
    (*module)->libraries(&libraries);
    for (const ConvolabGpuLibrary& library : libraries) {
        if (std::string(library.name) != "NCCL" || library.version > 0) continue;
        return Error{ErrorCode::DeviceUnavailable, "several GPUs together need NCCL, which adds up their gradients: " + std::string(library.problem), {},
                     "install NCCL, from NVIDIA's packages for this system or as their wheel for Python, or train on one GPU"};
    }
    return {};
}

Device togetherOf(const std::vector<Device>& gpus) {
    Device group = gpus.front();
    group.id.clear();
    group.threads = 0;
    std::vector<std::string> names;
    for (const Device& gpu : gpus) {
        group.id += (group.id.empty() ? "" : ",") + gpu.id;
        group.threads += gpu.threads;
        group.ordinals.push_back(gpu.ordinal);
        names.push_back(gpu.description);
    }
    group.name = withThousands(static_cast<std::int64_t>(gpus.size())) + " GPUs together";
    if (group.emulated) group.name += " (host emulation)";
    group.description = group.name + ": " + join(names, "; ");
    group.problem = libraryProblem();
    return group;
}

}  // namespace

bool namesSeveral(const std::string& id) { return id == kAll || id.find(',') != std::string::npos; }

Status checkGroupWord(const std::string& id) {
    if (id == kAll) return {};
    const std::vector<std::string> words = wordsOf(id);
    for (const std::string& word : words) {
        const Error wrong{ErrorCode::InvalidArgument, "\"" + word + "\" in \"" + id + "\" is no GPU", {},
                          "name GPUs by their numbers, cuda:0,cuda:1, or all of them, cuda:all; \"convolab devices\" lists them"};
        if (word.find(':') == std::string::npos || word == kAll || !checkDeviceWord(word).ok()) return wrong;
        if (std::ranges::count(words, word) > 1) {
            return Error{ErrorCode::InvalidArgument, word + " is named twice in \"" + id + "\"", {}, "name each GPU once"};
        }
    }
    return {};
}

Result<Device> findGroup(const std::string& id, const std::vector<Device>& gpus) {
    CONVOLAB_RETURN_IF_ERROR(checkGroupWord(id));
    std::vector<Device> members;
    if (id == kAll) {
        members = usable(gpus);
        if (members.empty()) return *gpus.front().problem;
        if (members.size() == 1) return members.front();
    } else {
        for (const std::string& word : wordsOf(id)) {
            CONVOLAB_ASSIGN(Device member, findGpu(word, gpus));
            members.push_back(std::move(member));
        }
    }
    Device group = togetherOf(members);
    if (group.problem) return *group.problem;
    return group;
}

std::optional<Device> allGpus(const std::vector<Device>& gpus) {
    const std::vector<Device> members = usable(gpus);
    if (members.size() < 2) return {};
    Device group = togetherOf(members);
    group.description = "All GPUs (" + std::to_string(members.size()) + ")";
    return group;
}

}  // namespace convolab
