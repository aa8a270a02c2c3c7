#include <nlohmann/json.hpp>
#include <set>

#include "core/compress/plan.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;

Error wrongType(const std::string& where, const std::string& wanted, const Json& found) {
    const std::string text = found.is_structured() ? "a list or an object" : found.dump(-1, ' ', false, Json::error_handler_t::replace);
    return {ErrorCode::InvalidArgument, where + " is " + text, {}, "it has to be " + wanted};
}

Status read(const std::string& where, const Json& value, bool& field) {
    if (!value.is_boolean()) return wrongType(where, "true or false", value);
    field = value.get<bool>();
    return {};
}
Status read(const std::string& where, const Json& value, double& field) {
    if (!value.is_number()) return wrongType(where, "a number", value);
    field = value.get<double>();
    return {};
}
Status read(const std::string& where, const Json& value, std::int64_t& field) {
    const bool fits = value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX});
    if (!fits) return wrongType(where, "a whole number", value);
    field = value.get<std::int64_t>();
    return {};
}
Status read(const std::string& where, const Json& value, int& field) {
    std::int64_t number = 0;
    CONVOLAB_RETURN_IF_ERROR(read(where, value, number));
    if (number < INT32_MIN || number > INT32_MAX) return wrongType(where, "a smaller number", value);
    field = static_cast<int>(number);
    return {};
}
Status read(const std::string& where, const Json& value, std::uint64_t& field) {
    if (!value.is_number_unsigned()) return wrongType(where, "a whole number that is not negative", value);
    field = value.get<std::uint64_t>();
    return {};
}
Status read(const std::string& where, const Json& value, std::string& field) {
    if (!value.is_string()) return wrongType(where, "a text", value);
    field = value.get<std::string>();
    return {};
}
Status read(const std::string& where, const Json& value, Granularity& field) {
    std::string word;
    CONVOLAB_RETURN_IF_ERROR(read(where, value, word));
    CONVOLAB_ASSIGN(field, granularityFromName(word));
    return {};
}
Status read(const std::string& where, const Json& value, WeightLevels& field) {
    std::string word;
    CONVOLAB_RETURN_IF_ERROR(read(where, value, word));
    CONVOLAB_ASSIGN(field, weightLevelsFromName(word));
    return {};
}

/// Each key of `object` is looked up and read by `field(key, value)`, which answers nothing for a key it does not know.
template <class Field>
Status readObject(const Json& object, const std::string& what, const std::vector<std::string>& keys, Field field) {
    if (!object.is_object()) return wrongType(what, "an object", object);
    for (const auto& [key, value] : object.items()) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) return unknownWord("key of " + what, key, keys);
        CONVOLAB_RETURN_IF_ERROR(field(key, "\"" + key + "\" of " + what, value));
    }
    return {};
}

Status readLayer(const std::string& name, const Json& json, LayerCompression& layer) {
    return readObject(json, "layer \"" + name + "\"", {"sparsity", "granularity", "bits", "levels"},
                      [&](const std::string& key, const std::string& where, const Json& value) -> Status {
                          if (key == "sparsity") return read(where, value, layer.sparsity);
                          if (key == "granularity") return read(where, value, layer.granularity);
                          if (key == "bits") return read(where, value, layer.bits);
                          return read(where, value, layer.levels);
                      });
}

Status readLayers(const Json& json, const NetworkSpec& spec, std::map<NodeId, LayerCompression>& layers) {
    if (!json.is_object()) return wrongType("\"layers\" of the plan", "an object with a key per layer", json);
    std::vector<std::string> names;
    const std::vector<NodeId> known = compressibleLayers(spec);
    for (const NodeId id : known) names.push_back(spec.node(id)->name);
    for (const auto& [name, value] : json.items()) {
        const Node* node = spec.nodeByName(name);
        if (node == nullptr || std::find(known.begin(), known.end(), node->id) == known.end()) {
            return unknownWord("layer", name, names);
        }
        const auto [place, fresh] = layers.try_emplace(node->id);
        if (!fresh) return Error{ErrorCode::InvalidArgument, "the plan names it twice", node->name, "keep one of the two"};
        CONVOLAB_RETURN_IF_ERROR(readLayer(name, value, place->second));
    }
    return {};
}

Status readQuantization(const Json& json, QuantizationSettings& settings) {
    return readObject(json, "\"quantization\"", {"per_channel", "activation_bits", "range", "calibration_images"},
                      [&](const std::string& key, const std::string& where, const Json& value) -> Status {
                          if (key == "per_channel") return read(where, value, settings.perChannel);
                          if (key == "activation_bits") return read(where, value, settings.activationBits);
                          if (key == "range") return read(where, value, settings.range);
                          return read(where, value, settings.calibrationImages);
                      });
}

Status readFormat(const std::string& where, const Json& value) {
    std::int64_t format = 0;
    CONVOLAB_RETURN_IF_ERROR(read(where, value, format));
    if (format == kFormat) return {};
    return Error{ErrorCode::UnsupportedVersion, "the plan has format " + withThousands(format) + ", this version reads format 1",
                 {}, "use a newer version of the program"};
}

Status readPlan(const Json& json, const NetworkSpec& spec, CompressionPlan& plan) {
    return readObject(json, "the plan", {"format", "criterion", "seed", "layers", "quantization"},
                      [&](const std::string& key, const std::string& where, const Json& value) -> Status {
                          if (key == "format") return readFormat(where, value);
                          if (key == "criterion") return read(where, value, plan.criterion);
                          if (key == "seed") return read(where, value, plan.seed);
                          if (key == "layers") return readLayers(value, spec, plan.layers);
                          return readQuantization(value, plan.quantization);
                      });
}

/// The text as JSON; a key that stands twice in one object is refused, since one of the two would be lost.
Result<Json> parse(std::string_view text) {
    std::vector<std::set<std::string>> keys;
    std::string repeated;
    const Json::parser_callback_t watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
            repeated = parsed.get<std::string>();
        }
        return true;
    };
    Json json = Json::parse(text, watch, false);
    if (!json.is_object()) return Error{ErrorCode::CorruptFile, "the plan is not a JSON object", {}, "is the file complete?"};
    if (!repeated.empty()) {
        return Error{ErrorCode::CorruptFile, "\"" + repeated + "\" stands twice in one place of the plan", {}, "keep one of the two"};
    }
    return json;
}

}  // namespace

std::string planToJson(const CompressionPlan& plan, const NetworkSpec& spec) {
    Json layers = Json::object();
    for (const NodeId id : compressibleLayers(spec)) {
        const auto found = plan.layers.find(id);
        if (found == plan.layers.end()) continue;
        const LayerCompression& layer = found->second;
        layers[spec.node(id)->name] = {{"sparsity", layer.sparsity},
                                       {"granularity", granularityName(layer.granularity)},
                                       {"bits", layer.bits},
                                       {"levels", weightLevelsName(layer.levels)}};
    }
    const QuantizationSettings& quantization = plan.quantization;
    const Json json = {{"format", kFormat},
                       {"criterion", plan.criterion},
                       {"seed", plan.seed},
                       {"layers", layers},
                       {"quantization",
                        {{"per_channel", quantization.perChannel},
                         {"activation_bits", quantization.activationBits},
                         {"range", quantization.range},
                         {"calibration_images", quantization.calibrationImages}}}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Result<CompressionPlan> planFromJson(std::string_view text, const NetworkSpec& spec) {
    CONVOLAB_ASSIGN(const Json json, parse(text));
    CompressionPlan plan;
    CONVOLAB_RETURN_IF_ERROR(readPlan(json, spec, plan));
    CONVOLAB_RETURN_IF_ERROR(validatePlan(plan, spec));
    return plan;
}

}  // namespace convolab
