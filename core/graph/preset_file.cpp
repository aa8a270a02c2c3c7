#include "core/graph/preset_file.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/graph/block_edits.h"
#include "core/graph/blocks/block_kind.h"
#include "core/graph/padding.h"
#include "core/layers/layer_kind.h"
#include "core/util/check.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;
using Integers = std::vector<std::int64_t>;

Json parse(const EmbeddedPreset& preset) {
    Json parsed = Json::parse(preset.json, nullptr, false);
    CONVOLAB_CHECK(parsed.is_object(), "the preset " + std::string(preset.name) + " is not valid JSON");
    return parsed;
}

/// Adds layers and blocks one behind the other and follows the shapes.
class PresetBuilder {
  public:
    PresetBuilder(const Shape& input, Attributes normalisation, int classes, int width) : m_shape(input), m_classes(classes), m_width(width) {
        normalisation.set("shape", input.extents());
        m_last = spec.addNode("input", std::move(normalisation));
    }

    /// "relu", {"conv2d": {…}}, {"fire": {…}, "times": 2} or "classifier".
    Status add(const Json& entry) {
        const std::string kind = entry.is_string() ? entry.get<std::string>() : entry.begin().key();
        const Json attributes = entry.is_string() ? Json::object() : entry.begin().value();
        for (int left = entry.is_object() ? entry.value("times", 1) : 1; left > 0; --left) {
            if (Status added = addOne(kind, attributes); !added) return added;
        }
        return {};
    }

    NetworkSpec spec;

  private:
    Status addOne(const std::string& kind, const Json& attributes) {
        if (kind == "classifier") {
            addLayer("dense", {{"units", std::int64_t{m_classes}}});
            addLayer("softmax", {});
            addLayer("output", {});
            return {};
        }
        if (const BlockKind* block = findBlockKind(kind)) return addBlockOf(*block, attributes);
        const LayerKind* layer = findLayerKind(kind);
        CONVOLAB_CHECK(layer != nullptr, "a preset names the unknown kind " + kind);
        Attributes values = read(layer->attributes, attributes);
        completeWindow(*layer, attributes, values);
        addLayer(kind, std::move(values));
        return {};
    }

    void addLayer(const std::string& kind, Attributes attributes) {
        if (kind == "dense" && m_shape && m_shape->isImage()) addLayer("flatten", {});
        const LayerKind& layer = *findLayerKind(kind);
        const bool pools = layer.group == LayerGroup::Pooling && attributes.has("kernel");
        const NodeId added = spec.addNode(kind, std::move(attributes), pools ? spec.freeName("Pool") : std::string{});
        static_cast<void>(spec.connect({m_last, 0}, {added, 0}));
        m_shape = behind(*spec.node(added), m_shape ? std::vector<Shape>{*m_shape} : std::vector<Shape>{});
        m_last = added;
    }

    Status addBlockOf(const BlockKind& kind, const Json& attributes) {
        CONVOLAB_ASSIGN(const std::string name, addBlock(spec, kind.id, PortRef{m_last, 0}, m_shape, read(kind.parameters, attributes)));
        const Block& block = *blockNamed(spec, name);
        std::map<NodeId, std::optional<Shape>> shapes{{m_last, m_shape}};
        for (const NodeId id : block.nodes) {
            std::vector<Shape> inputs;
            for (const Edge* edge : spec.edgesInto(id)) {
                if (const auto& shape = shapes[edge->from.node]) inputs.push_back(*shape);
            }
            shapes[id] = behind(*spec.node(id), inputs);
        }
        m_last = block.nodes.back();
        m_shape = shapes[m_last];
        return {};
    }

    /// The shape behind a layer; nothing where the layer does not fit.
    static std::optional<Shape> behind(const Node& node, const std::vector<Shape>& inputs) {
        const LayerKind& kind = *findLayerKind(node.kind);
        const Result<Attributes> attributes = completeAttributes(kind.attributes, node.attributes);
        if (!attributes || static_cast<int>(inputs.size()) < kind.minInputs) return {};
        const Result<Shape> output = kind.outputShape(*attributes, inputs);
        return output ? std::optional(*output) : std::nullopt;
    }

    Attributes read(const std::vector<AttributeSchema>& schemas, const Json& values) const {
        Attributes result;
        for (const auto& [key, value] : values.items()) {
            const auto schema = std::find_if(schemas.begin(), schemas.end(), [&, wanted = key](const AttributeSchema& each) { return each.key == wanted; });
            CONVOLAB_CHECK(schema != schemas.end(), "a preset names the unknown attribute " + key);
            if (value != "same") result.set(key, readValue(*schema, value));
        }
        return result;
    }

    AttributeValue readValue(const AttributeSchema& schema, const Json& value) const {
        if (value == "classes") return std::int64_t{m_classes};
        if (value == "width") return std::int64_t{m_width};
        switch (schema.type) {
            case AttributeType::Bool: return value.get<bool>();
            case AttributeType::Integer: return value.get<std::int64_t>();
            case AttributeType::Real: return value.get<double>();
            case AttributeType::Choice: return value.get<std::string>();
            case AttributeType::RealList: return value.get<std::vector<double>>();
            case AttributeType::IntegerPair: return value.is_array() ? value.get<Integers>() : Integers(2, value.get<std::int64_t>());
            case AttributeType::Padding: return value.is_array() ? value.get<Integers>() : Integers(4, value.get<std::int64_t>());
            case AttributeType::ImageShape: break;
        }
        return value.get<Integers>();
    }

    /// Windows are written down whole: a pooling steps by its kernel, a convolution by 1; *same* follows the shape.
    void completeWindow(const LayerKind& kind, const Json& written, Attributes& values) const {
        if (!values.has("kernel")) return;
        const bool pools = kind.group == LayerGroup::Pooling;
        if (!values.has("stride")) values.set("stride", pools ? values.integers("kernel") : Integers{1, 1});
        if (values.has("pads") || (pools && !written.contains("pads"))) return;
        const bool same = written.value("pads", Json{}) == "same" && m_shape && m_shape->isImage();
        values.set("pads", same ? samePads(*m_shape, {values.integers("kernel"), values.integers("stride"), {1, 1}}) : validPads());
    }

    std::optional<Shape> m_shape;  ///< of what leaves the last layer, while it is known
    int m_classes;
    int m_width;
    NodeId m_last;
};

std::string withWidth(std::string text, int width) {
    const std::string mark = "{width}";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) text.replace(at, mark.size(), std::to_string(width));
    return text;
}

}  // namespace

PresetInfo readPresetInfo(const EmbeddedPreset& preset) {
    const Json file = parse(preset);
    PresetInfo info;
    info.name = preset.name;
    info.title = file.at("title").get<std::string>();
    info.group = file.at("group").get<std::string>();
    info.description = file.at("description").get<std::string>();
    info.purpose = file.at("purpose").get<std::string>();
    info.year = file.value("year", 0);
    info.source = file.at("source").get<std::string>();
    info.input = Shape(file.at("input").get<Integers>());
    info.classes = file.at("classes").get<int>();
    info.width = file.value("width", 0);
    info.parameters = file.at("parameters").get<std::int64_t>();
    info.macs = file.at("macs").get<std::int64_t>();
    if (file.contains("training")) info.training = file.at("training").dump();
    return info;
}

Result<NetworkSpec> buildPreset(const EmbeddedPreset& preset, const Shape& input, int classes, int width) {
    const Json file = parse(preset);
    Attributes normalisation;
    for (const char* key : {"mean", "std"}) {
        if (file.contains(key)) normalisation.set(key, file.at(key).get<std::vector<double>>());
    }
    PresetBuilder builder(input, normalisation, classes, width);
    for (const Json& entry : file.at("layers")) {
        if (Status added = builder.add(entry); !added) return added.error();
    }
    builder.spec.name = withWidth(file.value("network", file.at("title").get<std::string>()), width);
    return builder.spec;
}

}  // namespace convolab
