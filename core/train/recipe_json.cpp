#include <nlohmann/json.hpp>

#include "core/train/recipe_checks.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

struct LossName {
    LossKind kind;
    const char* name;
};
constexpr LossName kLossNames[] = {{LossKind::CrossEntropy, "cross_entropy"},
                                   {LossKind::MeanSquaredError, "mean_squared_error"}};

// Every option of every kind, each key once: a recipe remembers what was set for a kind that is not chosen
// now.
template <class Item, class Spec>
std::vector<RecipeOption<Spec>> allOptions(const std::vector<const Item*>& items) {
    std::vector<RecipeOption<Spec>> all;
    for (const Item* item : items) {
        for (const auto& option : item->options) {
            const auto keys = keysOf(all);
            if (std::find(keys.begin(), keys.end(), option.key) == keys.end()) all.push_back(option);
        }
    }
    return all;
}

template <class Spec>
Json partToJson(const Spec& spec, const std::vector<RecipeOption<Spec>>& options) {
    Json json;
    json["kind"] = spec.kind;
    for (const auto& option : options) {
        std::visit([&](auto field) { json[option.key] = spec.*field; }, option.field);
    }
    return json;
}

Error wrongType(const std::string& key, const Json& value, const std::string& wanted) {
    return {ErrorCode::InvalidArgument,
            "\"" + key + "\" of the recipe is " + value.dump(),
            {},
            "it has to be " + wanted};
}

Status read(const std::string& key, const Json& value, bool& field) {
    if (!value.is_boolean()) return wrongType(key, value, "true or false");
    field = value.get<bool>();
    return {};
}
Status read(const std::string& key, const Json& value, double& field) {
    if (!value.is_number()) return wrongType(key, value, "a number");
    field = value.get<double>();
    return {};
}
Status read(const std::string& key, const Json& value, std::int64_t& field) {
    if (!value.is_number_integer()) return wrongType(key, value, "a whole number");
    field = value.get<std::int64_t>();
    return {};
}
Status read(const std::string& key, const Json& value, std::uint64_t& field) {
    if (!value.is_number_unsigned()) return wrongType(key, value, "a whole number that is not negative");
    field = value.get<std::uint64_t>();
    return {};
}
Status read(const std::string& key, const Json& value, std::string& field) {
    if (!value.is_string()) return wrongType(key, value, "a text");
    field = value.get<std::string>();
    return {};
}
Status read(const std::string& key, const Json& value, std::optional<std::int64_t>& field) {
    field.reset();
    if (value.is_null()) return {};
    return read(key, value, field.emplace());
}
Status read(const std::string& key, const Json& value, std::optional<AdversarialSpec>& field) {
    field.reset();
    if (value.is_null()) return {};
    std::string text;
    CONVOLAB_RETURN_IF_ERROR(read(key, value, text));
    CONVOLAB_ASSIGN(field, parseAdversarial(text));
    return {};
}
Status read(const std::string& key, const Json& value, LossKind& field) {
    std::string word;
    CONVOLAB_RETURN_IF_ERROR(read(key, value, word));
    std::vector<std::string> known;
    for (const LossName& loss : kLossNames) {
        known.emplace_back(loss.name);
        if (word == loss.name) {
            field = loss.kind;
            return {};
        }
    }
    return unknownWord("loss", word, known);
}

template <class Spec>
Status readPart(const std::string& what, const Json& json, const std::vector<RecipeOption<Spec>>& options,
                Spec& spec) {
    if (!json.is_object()) return wrongType(what, json, "an object with \"kind\" and options");
    for (const auto& [key, value] : json.items()) {
        if (key == "kind") {
            CONVOLAB_RETURN_IF_ERROR(read(what + ".kind", value, spec.kind));
            continue;
        }
        const RecipeOption<Spec>* option = nullptr;
        for (const auto& candidate : options) {
            if (candidate.key == key) option = &candidate;
        }
        if (option == nullptr) {
            auto known = keysOf(options);
            known.insert(known.begin(), "kind");
            return unknownWord("key of \"" + what + "\"", key, known);
        }
        CONVOLAB_RETURN_IF_ERROR(std::visit([&, &entry = value, name = what + "." + key](
                                                auto field) { return read(name, entry, spec.*field); },
                                            option->field));
    }
    return {};
}

Status readRecipe(const Json& json, Recipe& recipe) {
    static const std::vector<std::string> kKeys = {
        "dataset",  "batch_size",   "epochs", "steps", "optimizer", "rate",
        "schedule", "weight_decay", "loss",   "seed",  "keep_best", "validation_every", "adversarial"};
    for (const auto& [key, value] : json.items()) {
        Status status;
        if (key == "dataset")
            status = read(key, value, recipe.dataset);
        else if (key == "batch_size")
            status = read(key, value, recipe.batchSize);
        else if (key == "epochs")
            status = read(key, value, recipe.epochs);
        else if (key == "steps")
            status = read(key, value, recipe.steps);
        else if (key == "optimizer") {
            status =
                readPart(key, value, allOptions<Optimizer, OptimizerSpec>(optimizers()), recipe.optimizer);
        } else if (key == "rate")
            status = read(key, value, recipe.rate);
        else if (key == "weight_decay")
            status = read(key, value, recipe.weightDecay);
        else if (key == "schedule") {
            status = readPart(key, value, allOptions<Schedule, ScheduleSpec>(schedules()), recipe.schedule);
        } else if (key == "loss")
            status = read(key, value, recipe.loss);
        else if (key == "seed")
            status = read(key, value, recipe.seed);
        else if (key == "validation_every")
            status = read(key, value, recipe.validationEvery);
        else if (key == "keep_best")
            status = read(key, value, recipe.keepBest);
        else if (key == "adversarial")
            status = read(key, value, recipe.adversarial);
        else
            status = unknownWord("key of the recipe", key, kKeys);
        CONVOLAB_RETURN_IF_ERROR(status);
    }
    return {};
}

}  // namespace

std::string recipeToJson(const Recipe& recipe) {
    Json json;
    json["dataset"] = recipe.dataset;
    json["batch_size"] = recipe.batchSize;
    json["epochs"] = recipe.epochs;
    json["steps"] = recipe.steps ? Json(*recipe.steps) : Json(nullptr);
    json["optimizer"] = partToJson(recipe.optimizer, allOptions<Optimizer, OptimizerSpec>(optimizers()));
    json["rate"] = recipe.rate;
    json["weight_decay"] = recipe.weightDecay;
    json["schedule"] = partToJson(recipe.schedule, allOptions<Schedule, ScheduleSpec>(schedules()));
    for (const LossName& loss : kLossNames) {
        if (loss.kind == recipe.loss) json["loss"] = loss.name;
    }
    json["seed"] = recipe.seed;
    json["validation_every"] = recipe.validationEvery;
    json["keep_best"] = recipe.keepBest;
    if (recipe.adversarial) json["adversarial"] = adversarialText(*recipe.adversarial);
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Result<Recipe> recipeFromJson(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        return Error{ErrorCode::CorruptFile, "the recipe is not a JSON object", {}, {}};
    }
    Recipe recipe;
    CONVOLAB_RETURN_IF_ERROR(readRecipe(json, recipe));
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(recipe));
    return recipe;
}

}  // namespace convolab
