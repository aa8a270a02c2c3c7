#include <nlohmann/json.hpp>

#include "core/compress/compression_recipe.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;
constexpr CompressionAction kActions[] = {CompressionAction::Prune, CompressionAction::Train, CompressionAction::Share,
                                          CompressionAction::Quantize, CompressionAction::Code};

std::string textOf(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Error wrongType(const std::string& key, const Json& value, const std::string& wanted) {
    const std::string found = value.is_structured() ? "a list or an object" : textOf(value);
    return {ErrorCode::InvalidArgument, "\"" + key + "\" is " + found, {}, "it has to be " + wanted};
}

Status read(const std::string& key, const Json& value, std::string& field) {
    if (!value.is_string()) return wrongType(key, value, "a text");
    field = value.get<std::string>();
    return {};
}

Status read(const std::string& key, const Json& value, double& field) {
    if (!value.is_number()) return wrongType(key, value, "a number");
    field = value.get<double>();
    return {};
}

Status read(const std::string& key, const Json& value, std::int64_t& field) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
        return wrongType(key, value, "a whole number that is not negative");
    }
    field = value.get<std::int64_t>();
    return {};
}

Status read(const std::string& key, const Json& value, PruningSchedule& field) {
    std::string word;
    CONVOLAB_RETURN_IF_ERROR(read(key, value, word));
    std::vector<std::string> known;
    for (const PruningSchedule schedule : {PruningSchedule::OneShot, PruningSchedule::Gradual}) {
        known.emplace_back(pruningScheduleName(schedule));
        if (normalizedName(word) != normalizedName(known.back())) continue;
        field = schedule;
        return {};
    }
    return unknownWord("pruning schedule", word, known);
}

Result<CompressionAction> readAction(const Json& json) {
    std::string word;
    if (!json.contains("step")) {
        return Error{ErrorCode::InvalidArgument, "it has no \"step\"", {}, "say prune, train, share, quantize or code"};
    }
    CONVOLAB_RETURN_IF_ERROR(read("step", json["step"], word));
    std::vector<std::string> known;
    for (const CompressionAction action : kActions) {
        known.emplace_back(compressionActionName(action));
        if (word == known.back()) return action;
    }
    return unknownWord("step", word, known);
}

std::vector<std::string> keysOf(CompressionAction action) {
    switch (action) {
        case CompressionAction::Prune:
            return {"step", "plan", "schedule", "initial_sparsity", "prune_every", "ramp_share", "training"};
        case CompressionAction::Train: return {"step", "training"};
        case CompressionAction::Share: return {"step", "plan", "start"};
        case CompressionAction::Quantize: return {"step", "plan"};
        case CompressionAction::Code: return {"step", "coder"};
    }
    return {};
}

Status readField(const std::string& key, const Json& value, const NetworkSpec& spec, CompressionStep& step) {
    if (key == "schedule") return read(key, value, step.schedule);
    if (key == "initial_sparsity") return read(key, value, step.initialSparsity);
    if (key == "prune_every") return read(key, value, step.pruneEvery);
    if (key == "ramp_share") return read(key, value, step.rampShare);
    if (key == "coder") return read(key, value, step.coder);
    if (key == "plan") {
        CONVOLAB_ASSIGN(step.plan, planFromJson(textOf(value), spec));
    } else if (key == "training") {
        CONVOLAB_ASSIGN(step.training, recipeFromJson(textOf(value)));
    } else if (key == "start") {
        std::string word;
        CONVOLAB_RETURN_IF_ERROR(read(key, value, word));
        CONVOLAB_ASSIGN(step.start, codebookStartFromName(word));
    }
    return {};
}

Status readStep(const Json& json, const NetworkSpec& spec, CompressionStep& step) {
    if (!json.is_object()) return wrongType("step", json, "an object with \"step\" in it");
    CONVOLAB_ASSIGN(step.action, readAction(json));
    const std::vector<std::string> keys = keysOf(step.action);
    for (const auto& [key, value] : json.items()) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            return unknownWord("key of the step", key, keys);
        }
        CONVOLAB_RETURN_IF_ERROR(readField(key, value, spec, step));
    }
    return {};
}

Status readSteps(const Json& json, const NetworkSpec& spec, std::vector<CompressionStep>& steps) {
    if (!json.is_array()) return wrongType("steps", json, "a list of steps");
    for (const Json& each : json) {
        const Status status = readStep(each, spec, steps.emplace_back());
        if (status.ok()) continue;
        Error error = status.error();
        error.message = "step " + std::to_string(steps.size()) + ": " + error.message;
        return error;
    }
    return {};
}

Status readFormat(const Json& value) {
    if (!value.is_number_integer()) return wrongType("format", value, "a whole number");
    if (value.get<std::int64_t>() == kFormat) return {};
    return Error{ErrorCode::UnsupportedVersion,
                 "the compression recipe has format " + textOf(value) + ", this version reads format 1", {},
                 "use a newer version of the program"};
}

/// As recipeToJson writes it, without the data set: that is said when the recipe is replayed.
Json trainingJson(const Recipe& training) {
    Json json = Json::parse(recipeToJson(training));
    json.erase("dataset");
    return json;
}

Json stepJson(const CompressionStep& step, const NetworkSpec& spec) {
    Json json = {{"step", compressionActionName(step.action)}};
    const bool prunes = step.action == CompressionAction::Prune;
    if (prunes || step.action == CompressionAction::Share || step.action == CompressionAction::Quantize) json["plan"] = Json::parse(planToJson(step.plan, spec));
    if (prunes && step.training) {
        json["schedule"] = pruningScheduleName(step.schedule);
        json["initial_sparsity"] = step.initialSparsity;
        json["prune_every"] = step.pruneEvery;
        json["ramp_share"] = step.rampShare;
    }
    const bool trains = prunes || step.action == CompressionAction::Train;
    if (trains && step.training) json["training"] = trainingJson(*step.training);
    if (step.action == CompressionAction::Share) json["start"] = codebookStartName(step.start);
    if (step.action == CompressionAction::Code) json["coder"] = step.coder;
    return json;
}

}  // namespace

std::string compressionRecipeToJson(const CompressionRecipe& recipe, const NetworkSpec& spec) {
    Json json = {{"format", kFormat}, {"name", recipe.name}, {"steps", Json::array()}};
    for (const CompressionStep& step : recipe.steps) json["steps"].push_back(stepJson(step, spec));
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Result<CompressionRecipe> compressionRecipeFromJson(std::string_view text, const NetworkSpec& spec) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        return Error{ErrorCode::CorruptFile, "the compression recipe is not a JSON object", {}, "is the file complete?"};
    }
    CompressionRecipe recipe;
    for (const auto& [key, value] : json.items()) {
        Status status;
        if (key == "format")
            status = readFormat(value);
        else if (key == "name")
            status = read(key, value, recipe.name);
        else if (key == "steps")
            status = readSteps(value, spec, recipe.steps);
        else
            status = unknownWord("key of the compression recipe", key, {"format", "name", "steps"});
        CONVOLAB_RETURN_IF_ERROR(status);
    }
    CONVOLAB_RETURN_IF_ERROR(validateCompressionRecipe(recipe, spec));
    return recipe;
}

}  // namespace convolab
