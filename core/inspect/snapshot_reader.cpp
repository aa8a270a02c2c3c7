#include "core/inspect/snapshot_reader.h"

#include "core/layers/rearranging.h"
#include "core/model/fusion.h"
#include "core/util/text.h"

namespace convolab {

namespace {

/// "row 9 of 0 to 4"
Error outOfRange(const Node& node, const char* what, std::int64_t index, std::int64_t count) {
    return {ErrorCode::InvalidArgument,
            std::string("there is no ") + what + " " + withThousands(index) +
                ", they are counted from 0 to " + withThousands(count - 1),
            node.name, ""};
}

/// Where index k of a flattened vector lies in `shape`.
ValueRef unflattened(NodeId node, const Shape& shape, std::int64_t k) {
    const std::int64_t plane = shape.height() * shape.width();
    return {node, k / plane, k % plane / shape.width(), k % shape.width()};
}

}  // namespace

Result<const Node*> SnapshotReader::checked(const ValueRef& value) const {
    const Node* node = spec.node(value.node);
    if (node == nullptr || findLayerKind(node->kind) == nullptr) {
        return Error{ErrorCode::NotFound, "there is no layer with number " + std::to_string(value.node.value),
                     "", ""};
    }
    CONVOLAB_ASSIGN(const View<const float> values, output(value.node));
    const Shape& shape = values.shape;
    if (value.channel < 0 || value.channel >= shape.channels()) {
        return outOfRange(*node, shape.isImage() ? "map" : "unit", value.channel, shape.channels());
    }
    if (value.row < 0 || value.row >= shape.height())
        return outOfRange(*node, "row", value.row, shape.height());
    if (value.column < 0 || value.column >= shape.width()) {
        return outOfRange(*node, "column", value.column, shape.width());
    }
    return node;
}

Error SnapshotReader::stale(const Node& node) const {
    return {ErrorCode::NotFound, "the activations belong to another network", node.name,
            "run the image again"};
}

Attributes SnapshotReader::attributes(const Node& node) const { return attributesOf(spec, node.id); }

Result<View<const float>> SnapshotReader::output(NodeId id) const {
    const auto found = snapshot.outputs.find(id);
    const Node* node = spec.node(id);
    if (found == snapshot.outputs.end()) {
        return Error{ErrorCode::NotFound, "its output was not kept", node == nullptr ? "" : node->name,
                     "run the image with this layer"};
    }
    return found->second.view();
}

Result<View<const float>> SnapshotReader::input(const Node& node) const {
    const Edge* edge = spec.edgeInto({node.id, 0});
    if (edge == nullptr) return Error{ErrorCode::InvalidSpec, "nothing feeds it", node.name, "connect it"};
    return output(edge->from.node);
}

Result<View<const float>> SnapshotReader::parameter(const Node& node, const std::string& name) const {
    const ParameterEntry* entry = snapshot.weights == nullptr || snapshot.weights->layout == nullptr
                                      ? nullptr
                                      : snapshot.weights->layout->find(node.id, name);
    if (entry == nullptr) return stale(node);
    return View<const float>{snapshot.weights->values(*entry).data(), entry->spec.shape};
}

Result<double> SnapshotReader::value(const ValueRef& ref) const {
    CONVOLAB_ASSIGN(const View<const float> values, output(ref.node));
    const Shape& shape = values.shape;
    const bool inside =
        ref.channel < shape.channels() && ref.row < shape.height() && ref.column < shape.width();
    if (!inside) return stale(*spec.node(ref.node));
    return static_cast<double>(values[(ref.channel * shape.height() + ref.row) * shape.width() + ref.column]);
}

Result<double> SnapshotReader::inputValue(const Node& node, const ValueRef& ref) const {
    const Edge* edge = spec.edgeInto({node.id, 0});
    if (edge == nullptr) return Error{ErrorCode::InvalidSpec, "nothing feeds it", node.name, "connect it"};
    return value({edge->from.node, ref.channel, ref.row, ref.column});
}

Result<std::vector<ValueRef>> SnapshotReader::sources(const Node& node, const ValueRef& ref) const {
    std::vector<ValueRef> result;
    std::int64_t before = 0;  // channels of a concat's earlier inputs
    for (const Edge* edge : spec.edgesInto(node.id)) {
        const NodeId from = edge->from.node;
        CONVOLAB_ASSIGN(const View<const float> values, output(from));
        if (const Rearranging* moved = asRearranging(*findLayerKind(node.kind))) {
            const auto attributes = completeAttributes(findLayerKind(node.kind)->attributes, node.attributes);
            if (!attributes.ok() || !moved->copies(*attributes)) return result;
            const Shape& made = snapshot.outputs.at(node.id).shape();
            const auto place = moved->sourceOf(*attributes, values.shape, made, {ref.channel, ref.row, ref.column});
            if (place) result.push_back({from, place->channel, place->row, place->column});
            return result;
        }
        if (node.kind == "flatten") return std::vector{unflattened(from, values.shape, ref.channel)};
        if (node.kind == "concat") {
            const std::int64_t channel = ref.channel - before;
            before += values.shape.channels();
            if (channel >= 0 && ref.channel < before)
                return std::vector{ValueRef{from, channel, ref.row, ref.column}};
        } else if (node.kind == "multiply") {
            const bool gate = values.shape.height() == 1 && values.shape.width() == 1;
            result.push_back({from, ref.channel, gate ? 0 : ref.row, gate ? 0 : ref.column});
        } else if (node.kind == "add" || node.kind == "dropout" || node.kind == "output") {
            result.push_back({from, ref.channel, ref.row, ref.column});
        }
    }
    return result;
}

std::string SnapshotReader::placeText(const ValueRef& ref) const {
    const bool image = snapshot.outputs.at(ref.node).shape().isImage();
    std::string text =
        spec.node(ref.node)->name + (image ? ", map " : ", unit ") + withThousands(ref.channel);
    if (image) text += ", row " + withThousands(ref.row) + ", column " + withThousands(ref.column);
    return text;
}

}  // namespace convolab
