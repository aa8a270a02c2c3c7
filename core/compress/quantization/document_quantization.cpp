#include "core/compress/quantization/document_quantization.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/project/project_file.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr const char* kPlanSetting = "compression_plan";
constexpr const char* kRangesSetting = "quantization";
constexpr const char* kRunSetting = "quantization_run";
constexpr int kFormat = 1;

Error corrupt(const std::string& what, const std::string& layer = {}) {
    return {ErrorCode::CorruptFile, "the calibrated ranges cannot be read: " + what, layer, "quantise the network again"};
}

bool isNumber(const nlohmann::json& value) { return value.is_number() && std::isfinite(value.get<double>()); }

}  // namespace

std::string rangesToJson(const ActivationRanges& ranges, const NetworkSpec& spec) {
    nlohmann::ordered_json layers = nlohmann::ordered_json::object();
    for (const auto& [id, range] : ranges.ranges) {
        if (const Node* node = spec.node(id)) layers[node->name] = {range.low, range.high};
    }
    return nlohmann::ordered_json{{"format", kFormat}, {"images", ranges.images}, {"ranges", layers}}.dump(1);
}

Result<ActivationRanges> rangesFromJson(std::string_view text, const NetworkSpec& spec) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("format") || !json["format"].is_number_integer()) return corrupt("they are no JSON object with a format");
    if (json["format"].get<std::int64_t>() > kFormat) {
        return Error{ErrorCode::UnsupportedVersion, "the calibrated ranges were written by a newer version", "", "update Convolab"};
    }
    if (!json.contains("ranges") || !json["ranges"].is_object()) return corrupt("there are none");
    ActivationRanges ranges;
    if (json.contains("images") && json["images"].is_number_integer()) ranges.images = json["images"].get<std::int64_t>();
    for (const auto& [name, range] : json["ranges"].items()) {
        const Node* node = spec.nodeByName(name);
        if (node == nullptr) return corrupt("the network has no layer \"" + name + "\"");
        if (!range.is_array() || range.size() != 2 || !isNumber(range[0]) || !isNumber(range[1])) return corrupt("a range is two numbers", name);
        ranges.ranges[node->id] = {range[0].get<float>(), range[1].get<float>()};
    }
    return ranges;
}

Result<std::optional<DocumentQuantization>> readQuantization(ProjectFile& project, const NetworkSpec& spec) {
    std::optional<DocumentQuantization> found;
    CONVOLAB_ASSIGN(const auto ranges, project.readSetting(kRangesSetting));
    if (!ranges || ranges->empty()) return found;
    CONVOLAB_ASSIGN(const auto run, project.readSetting(kRunSetting));
    CONVOLAB_ASSIGN(const auto runs, project.readRuns());
    // Another run since: its weights are others, and float32.
    if (run && (runs.empty() || *run != std::to_string(runs.back().id))) return found;
    CONVOLAB_ASSIGN(const auto plan, project.readSetting(kPlanSetting));
    if (!plan) return corrupt("the plan that belongs to them is missing");
    found.emplace();
    CONVOLAB_ASSIGN(found->plan, planFromJson(*plan, spec));
    CONVOLAB_ASSIGN(found->ranges, rangesFromJson(*ranges, spec));
    return found;
}

void writeQuantization(ProjectFile& project, const NetworkSpec& spec, std::int64_t run, const DocumentQuantization& quantization) {
    project.writeSetting(kPlanSetting, planToJson(quantization.plan, spec));
    project.writeSetting(kRangesSetting, rangesToJson(quantization.ranges, spec));
    project.writeSetting(kRunSetting, std::to_string(run));
}

}  // namespace convolab
