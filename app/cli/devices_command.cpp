#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/option_checks.h"
#include "app/device_groups.h"
#include "app/quantized_device.h"
#include "core/backend/device_checks.h"
#include "core/util/left_out.h"
#include "core/util/text.h"

namespace convolab {

namespace {

struct DevicesOptions {
    bool check = false;
    std::string device = "cuda", precision = "float32";
};

std::string padded(const std::string& text, std::size_t width) { return text + std::string(width > text.size() ? width - text.size() : 0, ' '); }

/// Of a device without a problem.
std::vector<std::string> precisionsOf(const Device& device) {
    std::vector<std::string> words;
    for (const Precision& precision : precisions()) {
        if (!precisionProblem(device, precision.value)) words.emplace_back(precision.word);
    }
    return words;
}

int listDevices(const Console& console) {
    std::vector<Device> all = devices();
    const std::vector<Device> gpus = gpuDevices();
    all.insert(all.end(), gpus.begin(), gpus.end());
    if (auto together = allGpus(gpus)) {
        together->id = "cuda:all";
        all.push_back(std::move(*together));
    }
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::size_t width = 0;
    for (const Device& device : all) width = std::max(width, device.id.size());
    for (const Device& device : all) {
        console.result(padded(device.id, width) + "  " + device.description);
        if (device.problem) console.result(std::string(width + 2, ' ') + "not available: " + device.problem->sentence());
        else console.result(std::string(width + 2, ' ') + "trains in " + join(precisionsOf(device), ", "));
        nlohmann::ordered_json row = {{"id", device.id}, {"name", device.name}, {"available", !device.problem}};
        if (device.threads > 0) row["threads"] = device.threads;
        if (!device.instructionSet.empty()) row["instruction_set"] = device.instructionSet;
        if (device.emulated) row["emulated"] = true;
        if (!device.problem) row["precisions"] = precisionsOf(device);
        if (device.problem) row["reason"] = device.problem->sentence();
        list.push_back(row);
    }
    nlohmann::ordered_json without = nlohmann::ordered_json::array();
    for (const LeftOut& row : leftOut()) {
        console.message("built without " + row.library + ": " + row.costs);
        without.push_back(row.library);
    }
    console.object({{"event", "done"}, {"devices", list}, {"built_without", without}});
    return kExitDone;
}

int checkDevice(const DevicesOptions& options, const Console& console) {
    watchInterrupts();
    const auto device = findDevice(options.device, options.precision);
    if (!device.ok()) return console.fail(device.error());
    if (!device->ordinals.empty()) {
        return console.fail({ErrorCode::Unsupported, "the checks are of one GPU, not of several together", {}, "check one after the other: --device cuda:0, then cuda:1"});
    }
    console.message(device->id + "  " + device->description + precisionSuffix(*device));
    const TrainingDevice training = trainingDevice(*device);
    std::vector<DeviceCheck> checks = deviceChecks(device->precision);
    checks.push_back(integerCheck(integersOn(*device)));
    std::size_t width = 0, failed = 0;
    for (const DeviceCheck& check : checks) width = std::max(width, check.name.size());
    for (const DeviceCheck& check : checks) {
        if (interrupted()) return kExitInterrupted;
        const std::string wrong = runDeviceCheck(check, training.compile);
        failed += wrong.empty() ? 0 : 1;
        console.result((wrong.empty() ? "ok      " : "FAILED  ") + padded(check.name, width) + "  " + (wrong.empty() ? check.what : wrong));
        nlohmann::ordered_json row = {{"event", "check"}, {"name", check.name}, {"passed", wrong.empty()}};
        if (!wrong.empty()) row["reason"] = wrong;
        console.object(row);
    }
    console.object({{"event", "done"}, {"device", device->id}, {"emulated", device->emulated}, {"precision", precisionOf(device->precision).word}, {"checks", checks.size()}, {"failed", failed}});
    if (failed == 0) return kExitDone;
    return console.fail({ErrorCode::DeviceUnavailable, std::to_string(failed) + " of " + std::to_string(checks.size()) + " checks failed on " + runName(*device),
                         {}, "do not train on it; report the lines above with the output of \"convolab devices\" and nvidia-smi"});
}

}  // namespace

std::function<int(const Console&)> setUpDevices(CLI::App& app) {
    auto options = std::make_shared<DevicesOptions>();
    CLI::Option* check = app.add_flag("--check", options->check,
                                      "Run what a device must do right, one line per check: every layer kind forward and backward against the "
                                      "reference, ten steps against the CPU, the same bits twice, out of memory");
    app.add_option("--device", options->device, "The device to check (default cuda, the first GPU that works)")
        ->check(deviceWord())
        ->option_text("ID")
        ->needs(check);
    app.add_option("--precision", options->precision, "Check the device in float32, tf32, bf16 or fp16 (default float32)")
        ->check(precisionWord())
        ->option_text("NAME")
        ->needs(check);
    return [options](const Console& console) { return options->check ? checkDevice(*options, console) : listDevices(console); };
}

}  // namespace convolab
