#include <algorithm>
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
            const bool known = std::ranges::any_of(
                all, [&](const auto& other) { return other.storedKey() == option.storedKey(); });
            if (!known) all.push_back(option);
        }
    }
    return all;
}

template <class Spec>
Json partToJson(const Spec& spec, const std::vector<RecipeOption<Spec>>& options) {
    Json json;
    json["kind"] = spec.kind;
    for (const auto& option : options) {
        std::visit([&](auto field) { json[option.storedKey()] = spec.*field; }, option.field);
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
Status read(const std::string& key, const Json& value, std::vector<double>& field) {
    if (!value.is_array() || !std::ranges::all_of(value, [](const Json& item) { return item.is_number(); })) {
        return wrongType(key, value, "a list of numbers");
    }
    field = value.get<std::vector<double>>();
    return {};
}
Status read(const std::string& key, const Json& value, ClassWeights& field) {
    field = {};
    if (value.is_null()) return {};
    if (!value.is_string()) return read(key, value, field.values);
    CONVOLAB_ASSIGN(field, parseClassWeights(value.get<std::string>()));
    return {};
}
Status read(const std::string& key, const Json& value, std::vector<AugmentationSpec>& field) {
    field.clear();
    if (!value.is_array()) return wrongType(key, value, "a list of texts such as \"shift:x=0.1\"");
    for (const Json& item : value) {
        std::string text;
        CONVOLAB_RETURN_IF_ERROR(read(key, item, text));
        CONVOLAB_ASSIGN(AugmentationSpec spec, parseAugmentation(text));
        field.push_back(std::move(spec));
    }
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
            if (candidate.storedKey() == key) option = &candidate;
        }
        if (option == nullptr) {
            std::vector<std::string> known{"kind"};
            for (const auto& candidate : options) known.push_back(candidate.storedKey());
            return unknownWord("key of \"" + what + "\"", key, known);
        }
        CONVOLAB_RETURN_IF_ERROR(std::visit([&, &entry = value, name = what + "." + key](
                                                auto field) { return read(name, entry, spec.*field); },
                                            option->field));
    }
    return {};
}

// The keys that hold one value each; the parts with options of their own stand apart.
using RecipeField =
    std::variant<std::string Recipe::*, std::int64_t Recipe::*, std::uint64_t Recipe::*, double Recipe::*, bool Recipe::*,
                 std::optional<std::int64_t> Recipe::*, LossKind Recipe::*, ClassWeights Recipe::*,
                 std::optional<AdversarialSpec> Recipe::*, std::vector<AugmentationSpec> Recipe::*>;

const std::vector<std::pair<std::string, RecipeField>>& recipeFields() {
    static const std::vector<std::pair<std::string, RecipeField>> fields = {
        {"dataset", &Recipe::dataset},
        {"batch_size", &Recipe::batchSize},
        {"epochs", &Recipe::epochs},
        {"steps", &Recipe::steps},
        {"rate", &Recipe::rate},
        {"weight_decay", &Recipe::weightDecay},
        {"l1", &Recipe::l1},
        {"l2", &Recipe::l2},
        {"clip_norm", &Recipe::clipNorm},
        {"clip_value", &Recipe::clipValue},
        {"averaging", &Recipe::averaging},
        {"loss", &Recipe::loss},
        {"label_smoothing", &Recipe::labelSmoothing},
        {"class_weights", &Recipe::classWeights},
        {"seed", &Recipe::seed},
        {"validation_every", &Recipe::validationEvery},
        {"keep_best", &Recipe::keepBest},
        {"early_stopping", &Recipe::earlyStopping},
        {"adversarial", &Recipe::adversarial},
        {"augment", &Recipe::augmentations}};
    return fields;
}

Status readField(const std::string& key, const Json& value, Recipe& recipe) {
    if (key == "optimizer") {
        return readPart(key, value, allOptions<Optimizer, OptimizerSpec>(optimizers()), recipe.optimizer);
    }
    if (key == "schedule") {
        return readPart(key, value, allOptions<Schedule, ScheduleSpec>(schedules()), recipe.schedule);
    }
    std::vector<std::string> known{"optimizer", "schedule"};
    for (const auto& [name, field] : recipeFields()) {
        if (name == key) return std::visit([&](auto member) { return read(key, value, recipe.*member); }, field);
        known.push_back(name);
    }
    return unknownWord("key of the recipe", key, known);
}

Status readRecipe(const Json& json, Recipe& recipe) {
    for (const auto& [key, value] : json.items()) CONVOLAB_RETURN_IF_ERROR(readField(key, value, recipe));
    return {};
}

Json asJson(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(nullptr); }
Json asJson(LossKind kind) {
    const auto* found = std::ranges::find(kLossNames, kind, &LossName::kind);
    return found->name;
}
Json asJson(const ClassWeights& weights) {
    if (!weights.isOn()) return nullptr;
    return weights.balanced ? Json("balanced") : Json(weights.values);
}
Json asJson(const std::optional<AdversarialSpec>& spec) { return spec ? Json(adversarialText(*spec)) : Json(nullptr); }
Json asJson(const std::vector<AugmentationSpec>& specs) {
    Json list = Json::array();
    for (const AugmentationSpec& spec : specs) list.push_back(augmentationText(spec));
    return list;
}
template <class Value>
Json asJson(const Value& value) {
    return Json(value);
}

}  // namespace

std::string recipeToJson(const Recipe& recipe) {
    Json json;
    for (const auto& [name, field] : recipeFields()) {
        std::visit([&](auto member) { json[name] = asJson(recipe.*member); }, field);
    }
    if (!recipe.adversarial) json.erase("adversarial");  // as recipes read before there was any
    json["optimizer"] = partToJson(recipe.optimizer, allOptions<Optimizer, OptimizerSpec>(optimizers()));
    json["schedule"] = partToJson(recipe.schedule, allOptions<Schedule, ScheduleSpec>(schedules()));
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
