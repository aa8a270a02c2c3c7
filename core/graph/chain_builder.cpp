#include "core/graph/chain_builder.h"

#include <utility>

#include "core/graph/layout.h"
#include "core/graph/padding.h"
#include "core/layers/layer_kind.h"
#include "core/util/check.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

std::optional<Shape> shapeBehind(const Node& node, const std::optional<Shape>& before) {
    const LayerKind* kind = findLayerKind(node.kind);
    CONVOLAB_CHECK(kind != nullptr, "unknown kind " + node.kind);
    const Result<Attributes> attributes = completeAttributes(kind->attributes, node.attributes);
    if (!attributes || (kind->maxInputs != 0 && !before)) return {};
    std::vector<Shape> inputs;
    if (kind->maxInputs != 0) inputs.push_back(*before);
    const Result<Shape> output = kind->outputShape(*attributes, inputs);
    if (!output) return {};
    return *output;
}

}  // namespace

ChainBuilder::ChainBuilder(std::string title) { m_spec.name = std::move(title); }

ChainBuilder& ChainBuilder::add(const std::string& kind, Attributes attributes, const std::string& name) {
    const NodeId added = m_spec.addNode(kind, std::move(attributes), name);
    if (m_last) {
        const auto connected = m_spec.connect({m_last, 0}, {added, 0});
        CONVOLAB_CHECK(connected.ok(), connected ? std::string{} : connected.error().sentence());
    }
    m_shape = shapeBehind(*m_spec.node(added), m_shape);
    m_last = added;
    return *this;
}

ChainBuilder& ChainBuilder::input(const Shape& shape) { return add("input", {{"shape", shape.extents()}}); }

ChainBuilder& ChainBuilder::conv(const Conv& conv) {
    const Integers kernel{conv.kernel, conv.kernel};
    const Integers stride{conv.stride, conv.stride};
    const bool same = conv.pads == Pads::Same && m_shape;
    const Integers pads = same ? samePads(*m_shape, WindowGeometry{kernel, stride, {1, 1}}) : validPads();
    return add("conv2d", {{"filters", conv.filters}, {"kernel", kernel}, {"stride", stride}, {"pads", pads}});
}

ChainBuilder& ChainBuilder::pool(const std::string& kind, std::int64_t size) {
    const Integers window{size, size};
    return add(kind, {{"kernel", window}, {"stride", window}}, m_spec.freeName("Pool"));
}

ChainBuilder& ChainBuilder::maxPool(std::int64_t size) { return pool("max_pool", size); }
ChainBuilder& ChainBuilder::avgPool(std::int64_t size) { return pool("avg_pool", size); }
ChainBuilder& ChainBuilder::relu() { return add("relu"); }
ChainBuilder& ChainBuilder::dropout(double rate) { return add("dropout", {{"rate", rate}}); }

ChainBuilder& ChainBuilder::dense(std::int64_t units) {
    if (m_shape && m_shape->isImage()) add("flatten");
    return add("dense", {{"units", units}});
}

ChainBuilder& ChainBuilder::classifier(std::int64_t classes) { return dense(classes).add("softmax").add("output"); }

NetworkSpec ChainBuilder::build() const {
    NetworkSpec result = m_spec;
    autoLayout(result);
    return result;
}

}  // namespace convolab
