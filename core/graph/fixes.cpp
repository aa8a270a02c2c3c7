#include "core/graph/fixes.h"

#include <algorithm>
#include <set>

#include "core/graph/docking.h"
#include "core/graph/edits.h"
#include "core/graph/layout.h"
#include "core/graph/padding.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

constexpr int kUsualClasses = 10;

std::string unitsText(std::int64_t units) { return withThousands(units) + (units == 1 ? " unit" : " units"); }

Attributes denseAttributes(std::int64_t units) { return {{"units", units}}; }

bool accepts(const LayerKind& kind, const Attributes& attributes, std::span<const Shape> inputs) {
    return kind.outputShape(attributes, inputs).ok();
}

/// The stride with which a 1×1 convolution turns `from` into `to` = ceil(from / stride), or 0.
std::int64_t projectionStride(std::int64_t from, std::int64_t to) {
    if (to < 1 || from < to) return 0;
    const std::int64_t stride = (from + to - 1) / to;
    return (from + stride - 1) / stride == to ? stride : 0;
}

struct Projection {
    int port = 0;
    std::string kind;
    Attributes attributes;
    std::string label;  ///< "1×1 convolution, 32 filters, stride 2"
    Shape result;
};

/// The layer that brings input `port` from one shape to the other, if one layer can.
std::optional<Projection> project(int port, const Shape& from, const Shape& to) {
    if (from.isVector() && to.isVector()) {
        return Projection{port, "dense", denseAttributes(to.size()), "dense, " + unitsText(to.size()), to};
    }
    if (!from.isImage() || !to.isImage()) return {};
    const std::int64_t strideHeight = projectionStride(from.height(), to.height());
    const std::int64_t strideWidth = projectionStride(from.width(), to.width());
    if (strideHeight == 0 || strideWidth == 0) return {};
    Projection result{port, "conv2d", {}, {}, to};
    result.attributes = {{"filters", to.channels()},
                         {"kernel", Integers{1, 1}},
                         {"stride", Integers{strideHeight, strideWidth}},
                         {"pads", validPads()}};
    result.label = "1\u00D71 convolution, " + withThousands(to.channels()) + " filters";
    if (strideHeight != 1 || strideWidth != 1) {
        result.label += ", stride " + (strideHeight == strideWidth ? std::to_string(strideHeight)
                                                                   : attributeText(Integers{strideHeight, strideWidth}));
    }
    return result;
}

/// All projections onto the shape of the first of the smallest inputs. A concatenation keeps each input's channels,
/// which is tried first.
std::vector<Projection> projections(const LayerKind& kind, const Attributes& attributes,
                                    std::span<const Shape> inputs) {
    const auto smaller = [](const Shape& a, const Shape& b) {
        return a.height() * a.width() < b.height() * b.width();
    };
    const Shape target = *std::min_element(inputs.begin(), inputs.end(), smaller);
    for (const bool keepChannels : {true, false}) {
        std::vector<Projection> result;
        std::vector<Shape> shapes(inputs.begin(), inputs.end());
        bool possible = true;
        for (std::size_t port = 0; port < inputs.size(); ++port) {
            Shape wanted = target;
            if (keepChannels && inputs[port].isImage()) wanted[0] = inputs[port].channels();
            if (inputs[port] == wanted) continue;
            auto projection = project(static_cast<int>(port), inputs[port], wanted);
            possible = possible && projection.has_value();
            if (!projection) break;
            shapes[port] = wanted;
            result.push_back(std::move(*projection));
        }
        if (possible && !result.empty() && accepts(kind, attributes, shapes)) return result;
    }
    return {};
}

std::vector<Fix> mergeFixes(const NetworkSpec& spec, const Node& node, const LayerKind& kind,
                            const Attributes& attributes, std::span<const Shape> inputs) {
    std::vector<Fix> result;
    const NodeId id = node.id;
    if (auto found = projections(kind, attributes, inputs); !found.empty()) {
        std::string label = "Insert " + found.front().label;
        if (found.size() > 1) label = "Insert " + std::to_string(found.size()) + " projections";
        result.push_back({label, [id, found](NetworkSpec& edited) {
                              for (const Projection& projection : found) {
                                  insertBefore(edited, {id, projection.port}, projection.kind, projection.attributes);
                              }
                          }});
    }
    std::vector<Shape> flat;
    std::vector<int> images;
    for (std::size_t port = 0; port < inputs.size(); ++port) {
        flat.push_back(Shape{inputs[port].size()});
        if (inputs[port].isImage()) images.push_back(static_cast<int>(port));
    }
    if (!images.empty() && accepts(kind, attributes, flat)) {
        result.push_back({"Insert flatten", [id, images](NetworkSpec& edited) {
                              for (const int port : images) insertBefore(edited, {id, port}, "flatten");
                          }});
    }
    for (const Edge* edge : spec.edgesInto(id)) {
        if (inputs.size() == 2) {
            const NodeId kept = spec.edgesInto(id)[edge->to.port == 0 ? 1 : 0]->from.node;
            result.push_back({"Keep only " + spec.node(kept)->name, [id, dropped = edge->id](NetworkSpec& edited) {
                                  edited.disconnect(dropped);
                                  edited.removeNode(id, true);
                              }});
        } else {
            result.push_back(disconnectFix(spec, *edge));
        }
    }
    return result;
}

}  // namespace

Fix removeFix(const Node& node) {
    return {"Remove " + node.name, [id = node.id](NetworkSpec& edited) { edited.removeNode(id, true); }};
}

Fix disconnectFix(const NetworkSpec& spec, const Edge& edge) {
    return {"Remove the connection from " + spec.node(edge.from.node)->name + " to " + spec.node(edge.to.node)->name,
            [id = edge.id](NetworkSpec& edited) { edited.disconnect(id); }};
}

Fix connectFix(const NetworkSpec& spec, NodeId from, PortRef to) {
    return {"Connect " + spec.node(from)->name + " to " + spec.node(to.node)->name,
            [from, to](NetworkSpec& edited) { static_cast<void>(edited.connect({from, 0}, to)); }};
}

Fix addInputFix(const Shape& shape) {
    return {"Add an input, " + shape.text(), [shape](NetworkSpec& edited) {
                NodeId first;
                for (const NodeId id : edited.topologicalOrder()) {
                    const LayerKind* kind = findLayerKind(edited.node(id)->kind);
                    const bool open = kind != nullptr && kind->maxInputs != 0 && edited.edgesInto(id).empty();
                    const bool alone = edited.edgesOutOf(id).empty();
                    if (open && (!first || !alone)) first = id;
                    if (open && !alone) break;
                }
                const Position place = first ? edited.node(first)->position : Position{};
                if (first) makeRoom(edited, first, place.x);
                const NodeId added = edited.addNode("input", {{"shape", shape.extents()}}, {}, place);
                if (first) static_cast<void>(edited.connect({added, 0}, {first, 0}));
            }};
}

Fix addOutputFix(const NetworkSpec& spec) {
    const NodeId end = openEnd(spec);
    return {end ? "Add an output behind " + spec.node(end)->name : "Add an output", [end](NetworkSpec& edited) {
                if (end) {
                    appendAfter(edited, end, "output");
                } else {
                    edited.addNode("output");
                }
            }};
}

Fix removeExtraInputFix(const NetworkSpec& spec, const Node& extra, const Node& kept) {
    const bool feeds = !spec.edgesOutOf(extra.id).empty();
    return {"Remove " + extra.name + (feeds ? ", feed its layers from " + kept.name : ""),
            [from = extra.id, to = kept.id](NetworkSpec& edited) {
                std::vector<PortRef> targets;
                for (const Edge* edge : edited.edgesOutOf(from)) targets.push_back(edge->to);
                for (const PortRef target : targets) static_cast<void>(edited.connect({to, 0}, target, true));
                edited.removeNode(from, false);
            }};
}

Fix removeBranchFix(const NetworkSpec& spec, const Node& end) {
    std::vector<NodeId> branch{end.id};
    while (true) {
        const auto incoming = spec.edgesInto(branch.back());
        if (incoming.size() != 1) break;
        const NodeId previous = incoming.front()->from.node;
        const LayerKind* kind = findLayerKind(spec.node(previous)->kind);
        const bool ends = kind == nullptr || kind->group == LayerGroup::Input;
        if (ends || spec.edgesOutOf(previous).size() != 1 || branch.size() > spec.nodes().size()) break;
        branch.push_back(previous);
    }
    const std::string what = branch.size() == 1 ? end.name : "the branch that ends in " + end.name;
    return {"Remove " + what, [branch](NetworkSpec& edited) {
                for (const NodeId id : branch) edited.removeNode(id, false);
            }};
}

Fix joinEndFix(const Node& lonely) {
    return {"Connect " + lonely.name + " to the end", [id = lonely.id](NetworkSpec& edited) {
                const auto place = beforeOutput(edited);
                const Edge* last = place ? edited.edgeInto(*place) : nullptr;
                const NodeId end = last != nullptr ? last->from.node : openEnd(edited);
                if (end) {
                    const Position card = edited.node(dockHead(edited, end))->position;
                    makeRoom(edited, end, card.x + kCardStep);
                    edited.setPosition(id, {card.x + kCardStep, card.y});
                }
                if (last != nullptr) {
                    static_cast<void>(edited.insertOnEdge(id, last->id));
                    return;
                }
                if (end) static_cast<void>(edited.connect({end, 0}, {id, 0}));
                if (place) static_cast<void>(edited.connect({id, 0}, *place));
            }};
}

Fix setAttributeFix(const Node& node, const std::string& label, const std::string& key, AttributeValue value) {
    return {label, [id = node.id, key, value = std::move(value)](NetworkSpec& edited) {
                if (edited.node(id) != nullptr) edited.setAttribute(id, key, value);
            }};
}

Fix eraseAttributeFix(const Node& node, const std::string& key) {
    return {"Remove the attribute \"" + key + "\"", [id = node.id, key](NetworkSpec& edited) {
                edited.eraseAttribute(id, key);
            }};
}

Fix setInputShapeFix(const Node& input, const Shape& shape) {
    return {"Set " + input.name + " to " + shape.text(), [id = input.id, shape](NetworkSpec& edited) {
                edited.setAttribute(id, "shape", shape.extents());
                const auto channels = static_cast<std::size_t>(shape.channels());
                for (const char* key : {"mean", "std"}) {
                    const AttributeValue* value = edited.node(id)->attributes.find(key);
                    const auto* list = value == nullptr ? nullptr : std::get_if<std::vector<double>>(value);
                    if (list != nullptr && list->size() > 1 && list->size() != channels) edited.eraseAttribute(id, key);
                }
            }};
}

Fix appendDenseFix(int units) {
    return {"Append dense, " + unitsText(units), [units](NetworkSpec& edited) {
                if (const auto place = beforeOutput(edited)) insertBefore(edited, *place, "dense", denseAttributes(units));
            }};
}

Fix insertFlattenAndDenseFix(const Node& node, int units) {
    return {"Insert flatten and dense, " + unitsText(units), [id = node.id, units](NetworkSpec& edited) {
                const NodeId dense = insertBefore(edited, {id, 0}, "dense", denseAttributes(units));
                insertBefore(edited, {dense, 0}, "flatten");
            }};
}

std::vector<Fix> shapeFixes(const NetworkSpec& spec, const Node& node, const LayerKind& kind,
                            const Attributes& attributes, std::span<const Shape> inputs, std::optional<int> classes) {
    if (inputs.size() > 1) return mergeFixes(spec, node, kind, attributes, inputs);
    std::vector<Fix> result = kind.fixes(node, attributes, inputs);
    if (inputs.empty()) return result;
    const Shape flat[] = {Shape{inputs[0].size()}};
    if (inputs[0].isImage() && accepts(kind, attributes, flat)) {
        const bool perClass = kind.group == LayerGroup::Activation || kind.group == LayerGroup::Output;
        if (perClass) result.push_back(insertFlattenAndDenseFix(node, classes.value_or(kUsualClasses)));
        result.push_back(
            {"Insert flatten", [id = node.id](NetworkSpec& edited) { insertBefore(edited, {id, 0}, "flatten"); }});
    }
    const Edge* edge = spec.edgeInto({node.id, 0});
    const Node* before = edge == nullptr ? nullptr : spec.node(edge->from.node);
    // Where the kind has a repair of its own, the number of values is wrong, not that they are a vector.
    const bool wantsImage = inputs[0].isVector() && result.empty();
    if (wantsImage && before != nullptr && before->kind == "flatten") result.push_back(removeFix(*before));
    if (kind.group != LayerGroup::Output) result.push_back(removeFix(node));
    return result;
}

}  // namespace convolab
