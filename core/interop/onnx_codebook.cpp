#include "core/interop/onnx_codebook.h"

#include <algorithm>
#include <cstring>

#include "core/interop/onnx_builder_impl.h"
#include "core/util/check.h"

namespace convolab {

namespace {

constexpr std::size_t kMostByteCodes = 256;

/// The initialiser that holds these values.
onnx::TensorProto& tensorOf(onnx::GraphProto& graph, int first, std::span<const float> values) {
    for (int i = first; i < graph.initializer_size(); ++i) {
        onnx::TensorProto& tensor = *graph.mutable_initializer(i);
        const std::string& raw = tensor.raw_data();
        if (raw.size() == values.size_bytes() && std::memcmp(raw.data(), values.data(), raw.size()) == 0) return tensor;
    }
    CONVOLAB_CHECK(false, "a layer with a codebook wrote no weights");
    return *graph.mutable_initializer(first);
}

template <class Code>
std::string rawCodes(const Codebook& codebook) {
    std::vector<Code> codes(codebook.codes.size());
    const auto pruned = static_cast<Code>(codebook.centroids.size());
    std::ranges::transform(codebook.codes, codes.begin(), [pruned](std::int16_t code) {
        return code == kPrunedCode ? pruned : static_cast<Code>(code);
    });
    return {reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(Code)};
}

}  // namespace

void writeAsCodebook(OnnxBuilder& builder, int firstInitializer, int firstNode, const std::string& layer,
                     std::span<const float> weights, const Codebook& codebook) {
    onnx::GraphProto& graph = builder.impl().graph();
    onnx::TensorProto& tensor = tensorOf(graph, firstInitializer, weights);
    const std::string weightName = tensor.name();
    std::vector<float> entries = codebook.centroids;
    if (codebook.kept() < static_cast<std::int64_t>(codebook.codes.size())) entries.push_back(0.0F);
    const bool bytes = entries.size() <= kMostByteCodes;

    const std::string codes = builder.uniqueName(layer + ".codes");
    tensor.set_name(codes);
    tensor.set_data_type(bytes ? onnx::TensorProto::UINT8 : onnx::TensorProto::UINT16);
    tensor.set_raw_data(bytes ? rawCodes<std::uint8_t>(codebook) : rawCodes<std::uint16_t>(codebook));
    const std::string table =
        builder.addInitializer(layer + ".codebook", Shape{static_cast<std::int64_t>(entries.size())}, entries);
    const std::string indices = builder.uniqueName(layer + ".indices");
    builder.addNode("Cast", {codes}, {indices}, layer + ".indices",
                    {{"to", std::int64_t{onnx::TensorProto::INT32}}});
    builder.addNode("Gather", {table, indices}, {weightName}, weightName, {{"axis", std::int64_t{0}}});
    // What a node reads stands before it.
    auto& nodes = *graph.mutable_node();
    for (int i = nodes.size() - 2; i < nodes.size(); ++i) {
        nodes[i].set_doc_string("weights of " + layer + ": " + std::to_string(codebook.centroids.size()) + " shared values");
    }
    std::rotate(nodes.pointer_begin() + firstNode, nodes.pointer_end() - 2, nodes.pointer_end());
}

}  // namespace convolab
