#include "core/graph/spec_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/layers/layer_kind.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;
using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kLargestText = std::size_t{16} << 20;
constexpr std::size_t kLongestList = 5000;
constexpr int kDeepestNesting = 16;
constexpr std::size_t kLongestName = 200;
constexpr double kLargestPosition = 1e9;

Error corrupt(std::string message, std::string hint = {}, std::string node = {}) {
    return Error{ErrorCode::CorruptFile, std::move(message), std::move(node), std::move(hint)};
}

// ---- writing

Json toJson(const AttributeValue& value) {
    return std::visit([](const auto& content) { return Json(content); }, value);
}

/// Whole numbers without a trailing ".0": positions and means read better so.
std::string scalarText(const Json& value) {
    if (value.is_number_float()) {
        const double number = value.get<double>();
        if (number == std::floor(number) && std::abs(number) < 1e15) {
            return std::to_string(static_cast<std::int64_t>(number));
        }
    }
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// One line, with a space after each comma and colon.
std::string lineText(const Json& value) {
    std::vector<std::string> parts;
    if (value.is_object()) {
        for (const auto& [key, content] : value.items()) {
            parts.push_back(scalarText(Json(key)) + ": " + lineText(content));
        }
        return "{" + join(parts, ", ") + "}";
    }
    if (value.is_array()) {
        for (const Json& content : value) parts.push_back(lineText(content));
        return "[" + join(parts, ", ") + "]";
    }
    return scalarText(value);
}

std::string listText(const std::vector<Json>& items) {
    std::vector<std::string> lines;
    for (const Json& item : items) lines.push_back("\n    " + lineText(item));
    return lines.empty() ? "[]" : "[" + join(lines, ",") + "\n  ]";
}

Json nodeJson(const Node& node) {
    Json attributes = Json::object();
    for (const auto& [key, value] : node.attributes.values()) attributes[key] = toJson(value);
    return Json{{"id", node.id.value},
                {"kind", node.kind},
                {"name", node.name},
                {"attributes", std::move(attributes)},
                {"position", Json::array({node.position.x, node.position.y})}};
}

// ---- reading

/// Refuses what the parser would take too literally: too long a text, nesting that no network needs.
Status checkText(std::string_view text) {
    if (text.size() > kLargestText) {
        return corrupt("the text has " + formatBytes(static_cast<double>(text.size())) + ", a network has at most " +
                       formatBytes(static_cast<double>(kLargestText)));
    }
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted) {
            if (text[i] == '\\') ++i;
            else if (text[i] == '"') quoted = false;
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '[' || text[i] == '{') {
            if (++depth > kDeepestNesting) return corrupt("the brackets are nested more than 16 deep, a network needs 5");
        } else if (text[i] == ']' || text[i] == '}') {
            --depth;
        }
    }
    return {};
}

std::string lineOf(std::string_view text, std::size_t byte) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
    return withThousands(1 + std::count(text.begin(), end, '\n'));
}

Result<Json> parseText(std::string_view text) {
    if (Status status = checkText(text); !status) return status.error();
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
    try {
        Json parsed = Json::parse(text, watch);
        if (!repeated.empty()) return corrupt("the key \"" + repeated + "\" stands twice in one place");
        return parsed;
    } catch (const Json::parse_error& error) {
        if (error.byte >= text.size()) {
            return corrupt("the text ends too early, in line " + lineOf(text, text.size()), "is the file complete?");
        }
        return corrupt("line " + lineOf(text, error.byte) + " is not valid JSON",
                       "look for a missing comma, quote or bracket");
    } catch (const Json::exception&) {
        return corrupt("the text holds a number that is too large");
    }
}

std::string typeWord(const Json& value) {
    if (value.is_null()) return "nothing (null)";
    if (value.is_boolean()) return "true or false";
    if (value.is_string()) return "a text";
    if (value.is_array()) return "a list";
    if (value.is_object()) return "an object";
    return value.is_number_float() ? "a number with a fraction" : "a whole number";
}

Error wrongType(const std::string& where, const std::string& wanted, const Json& found) {
    return corrupt(where + " should be " + wanted + ", but is " + typeWord(found));
}

Status checkKeys(const Json& object, const std::string& where, const std::vector<std::string>& known,
                 const std::vector<std::string>& required) {
    if (!object.is_object()) return wrongType(where, "an object", object);
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        return corrupt("unknown key \"" + key + "\" in " + where,
                       "did you mean \"" + nearestWord(key, known) + "\"?");
    }
    for (const std::string& key : required) {
        if (!object.contains(key)) return corrupt("\"" + key + "\" is missing in " + where);
    }
    return {};
}

Result<std::int64_t> readInteger(const Json& value, const std::string& where) {
    if (!value.is_number_integer()) return wrongType(where, "a whole number", value);
    const bool tooLarge = value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
    if (tooLarge) return corrupt(where + " is too large a number");
    return value.get<std::int64_t>();
}

Result<double> readReal(const Json& value, const std::string& where) {
    if (!value.is_number()) return wrongType(where, "a number", value);
    const double number = value.get<double>();
    if (!std::isfinite(number)) return corrupt(where + " is too large a number");
    return number;
}

Result<std::string> readText(const Json& value, const std::string& where) {
    if (!value.is_string()) return wrongType(where, "a text", value);
    std::string text = value.get<std::string>();
    if (text.size() > kLongestName) return corrupt(where + " is longer than 200 characters");
    return text;
}

Result<std::int32_t> readId(const Json& value, const std::string& where) {
    const auto id = readInteger(value, where);
    if (!id) return id.error();
    if (*id < 1 || *id > 1'000'000'000) return corrupt(where + " is " + withThousands(*id), "ids lie from 1 to 1,000,000,000");
    return static_cast<std::int32_t>(*id);
}

template <class T, class Read>
Result<std::vector<T>> readList(const Json& value, const std::string& where, Read read) {
    if (!value.is_array()) return wrongType(where, "a list", value);
    std::vector<T> list;
    for (const Json& element : value) {
        const auto content = read(element, "an element of " + where);
        if (!content) return content.error();
        list.push_back(*content);
    }
    return list;
}

template <class T>
Result<AttributeValue> asAttribute(const Result<T>& read) {
    if (!read) return read.error();
    return AttributeValue(*read);
}

Result<AttributeValue> readAttribute(const AttributeSchema& schema, const Json& value) {
    const std::string where = "\"" + schema.key + "\"";
    switch (schema.type) {
        case AttributeType::Bool:
            if (!value.is_boolean()) return wrongType(where, "true or false", value);
            return AttributeValue(value.get<bool>());
        case AttributeType::Integer: return asAttribute(readInteger(value, where));
        case AttributeType::Real: return asAttribute(readReal(value, where));
        case AttributeType::Choice: return asAttribute(readText(value, where));
        case AttributeType::RealList: return asAttribute(readList<double>(value, where, readReal));
        case AttributeType::IntegerPair:
        case AttributeType::Padding:
        case AttributeType::ImageShape: return asAttribute(readList<std::int64_t>(value, where, readInteger));
    }
    return corrupt(where + " cannot be read");
}

Result<Attributes> readAttributes(const LayerKind& kind, const Json& object) {
    std::vector<std::string> known;
    for (const AttributeSchema& schema : kind.attributes) known.push_back(schema.key);
    if (known.empty() && object.is_object() && !object.empty()) {
        return corrupt("unknown attribute \"" + object.begin().key() + "\"", "layers of kind " + kind.id + " have none");
    }
    if (Status status = checkKeys(object, "\"attributes\"", known, {}); !status) return status.error();
    Attributes attributes;
    for (const AttributeSchema& schema : kind.attributes) {
        if (!object.contains(schema.key)) continue;
        auto value = readAttribute(schema, object.at(schema.key));
        if (!value) return value.error();
        if (Status status = validateAttributeType(schema, *value); !status) return status.error();
        attributes.set(schema.key, std::move(value).value());
    }
    return attributes;
}

Result<Position> readPosition(const Json& value) {
    const auto list = readList<double>(value, "\"position\"", readReal);
    if (!list) return list.error();
    const bool fits = list->size() == 2 && std::abs((*list)[0]) <= kLargestPosition &&
                      std::abs((*list)[1]) <= kLargestPosition;
    if (!fits) return corrupt("\"position\" should be two numbers, x and y");
    return Position{(*list)[0], (*list)[1]};
}

Result<Node> readNode(const Json& object, const std::string& where) {
    const Status keys = checkKeys(object, where, {"id", "kind", "name", "attributes", "position"}, {"id", "kind", "name"});
    if (!keys) return keys.error();
    const auto id = readId(object.at("id"), "\"id\" in " + where);
    if (!id) return id.error();
    auto name = readText(object.at("name"), "\"name\" in " + where);
    if (!name) return name.error();
    const auto named = [&name](Error error) {
        error.node = *name;
        return error;
    };
    const auto kindId = readText(object.at("kind"), "\"kind\"");
    if (!kindId) return named(kindId.error());
    const LayerKind* kind = findLayerKind(*kindId);
    if (kind == nullptr) {
        std::vector<std::string> known;
        for (const LayerKind* candidate : layerKinds()) known.push_back(candidate->id);
        return named(corrupt("unknown kind \"" + *kindId + "\"", "did you mean \"" + nearestWord(*kindId, known) + "\"?"));
    }
    Node node{NodeId{*id}, *kindId, *name, {}, {}};
    if (object.contains("attributes")) {
        auto attributes = readAttributes(*kind, object.at("attributes"));
        if (!attributes) return named(attributes.error());
        node.attributes = std::move(attributes).value();
    }
    if (object.contains("position")) {
        const auto position = readPosition(object.at("position"));
        if (!position) return named(position.error());
        node.position = *position;
    }
    return node;
}

Result<PortRef> readPort(const Json& value, const std::string& where) {
    const auto list = readList<std::int64_t>(value, where, readInteger);
    if (!list) return list.error();
    constexpr std::int64_t kMostPorts = 10000;
    const bool fits = list->size() == 2 && (*list)[0] >= 1 && (*list)[0] <= 1'000'000'000 && (*list)[1] >= 0 &&
                      (*list)[1] < kMostPorts;
    if (!fits) return corrupt(where + " should be a layer's id and a port's number, as in [1, 0]");
    return PortRef{NodeId{static_cast<std::int32_t>((*list)[0])}, static_cast<int>((*list)[1])};
}

Status readEdge(const Json& object, const std::string& where, NetworkSpec& spec) {
    if (Status keys = checkKeys(object, where, {"from", "to"}, {"from", "to"}); !keys) return keys;
    const auto from = readPort(object.at("from"), "\"from\" in " + where);
    if (!from) return from.error();
    const auto to = readPort(object.at("to"), "\"to\" in " + where);
    if (!to) return to.error();
    Status inserted = spec.insertEdge(Edge{{}, *from, *to});
    if (inserted) return {};
    const Error& reason = inserted.error();
    return corrupt(where + ": " + (reason.node.empty() ? "" : reason.node + " ") + reason.message, reason.hint);
}

Status readBlock(const Json& object, const std::string& where, NetworkSpec& spec) {
    if (Status keys = checkKeys(object, where, {"name", "nodes"}, {"name", "nodes"}); !keys) return keys;
    const auto name = readText(object.at("name"), "\"name\" in " + where);
    if (!name) return name.error();
    const auto ids = readList<std::int32_t>(object.at("nodes"), "\"nodes\" in " + where, readId);
    if (!ids) return ids.error();
    Block block{*name, {}};
    for (const std::int32_t id : *ids) {
        if (spec.node(NodeId{id}) == nullptr) {
            return corrupt("the block \"" + *name + "\" names the layer " + std::to_string(id) + ", which does not exist");
        }
        block.nodes.push_back(NodeId{id});
    }
    spec.blocks().push_back(std::move(block));
    return {};
}

Status checkFormat(const Json& root) {
    if (Status keys = checkKeys(root, "the network", {"format", "name", "nodes", "edges", "blocks"}, {"format"}); !keys) {
        return keys;
    }
    const auto format = readInteger(root.at("format"), "\"format\"");
    if (!format) return format.error();
    if (*format > kFormat) {
        return Error{ErrorCode::UnsupportedVersion,
                     "the network is written in format " + withThousands(*format) + ", this program reads format 1", {},
                     "open it with a newer version"};
    }
    if (*format < kFormat) return corrupt("\"format\" is " + withThousands(*format) + ", it should be 1");
    return {};
}

/// Calls `read(element, "nodes[3]", spec)` for each element of a list that may be absent.
template <class Read>
Status readEach(const Json& root, const std::string& key, Read read) {
    if (!root.contains(key)) return {};
    const Json& list = root.at(key);
    if (!list.is_array()) return wrongType("\"" + key + "\"", "a list", list);
    if (list.size() > kLongestList) {
        return corrupt("\"" + key + "\" has " + withThousands(static_cast<std::int64_t>(list.size())) +
                       " entries, at most 5,000 can be read");
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (Status status = read(list[i], key + "[" + std::to_string(i) + "]"); !status) return status;
    }
    return {};
}

Result<NetworkSpec> readSpec(const Json& root) {
    // A newer format may have keys that this program does not know: say that first.
    if (root.is_object() && root.contains("format") && root.at("format").is_number_integer()) {
        Json head = Json::object();
        head["format"] = root.at("format");
        if (Status format = checkFormat(head); !format) return format.error();
    }
    if (Status format = checkFormat(root); !format) return format.error();
    NetworkSpec spec;
    if (root.contains("name")) {
        auto name = readText(root.at("name"), "\"name\"");
        if (!name) return name.error();
        spec.name = std::move(name).value();
    }
    Status status = readEach(root, "nodes", [&](const Json& value, const std::string& where) -> Status {
        auto node = readNode(value, where);
        if (!node) return node.error();
        Status inserted = spec.insertNode(std::move(node).value());
        return inserted ? Status{} : corrupt(inserted.error().message, inserted.error().hint, inserted.error().node);
    });
    if (!status) return status.error();
    status = readEach(root, "edges", [&](const Json& value, const std::string& where) -> Status {
        return readEdge(value, where, spec);
    });
    if (!status) return status.error();
    spec.closePortGaps();
    status = readEach(root, "blocks", [&](const Json& value, const std::string& where) -> Status {
        return readBlock(value, where, spec);
    });
    if (!status) return status.error();
    return spec;
}

}  // namespace

std::string specToJson(const NetworkSpec& spec) {
    std::vector<Json> nodes;
    std::vector<Json> edges;
    std::vector<Json> blocks;
    for (const Node& node : spec.nodes()) nodes.push_back(nodeJson(node));
    for (const Edge& edge : spec.edges()) {
        edges.push_back(Json{{"from", Json::array({edge.from.node.value, edge.from.port})},
                             {"to", Json::array({edge.to.node.value, edge.to.port})}});
    }
    for (const Block& block : spec.blocks()) {
        Json ids = Json::array();
        for (const NodeId id : block.nodes) ids.push_back(id.value);
        blocks.push_back(Json{{"name", block.name}, {"nodes", std::move(ids)}});
    }
    return "{\n  \"format\": " + std::to_string(kFormat) + ",\n  \"name\": " + scalarText(Json(spec.name)) +
           ",\n  \"nodes\": " + listText(nodes) + ",\n  \"edges\": " + listText(edges) +
           ",\n  \"blocks\": " + listText(blocks) + "\n}\n";
}

Result<NetworkSpec> specFromJson(std::string_view json) {
    try {
        const Result<Json> root = parseText(json);
        if (!root) return root.error();
        return readSpec(*root);
    } catch (const std::exception& error) {
        return corrupt(std::string("the network cannot be read: ") + error.what());
    }
}

}  // namespace convolab
