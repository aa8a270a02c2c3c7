#include "core/interop/onnx_builder.h"

#include <bit>

#include "core/interop/onnx_builder_impl.h"
#include "core/util/check.h"

namespace convolab {

namespace {

// raw_data is little-endian.
static_assert(std::endian::native == std::endian::little);

std::string freeName(std::set<std::string>& taken, const std::string& base) {
    std::string name = base;
    for (int number = 2; !taken.insert(name).second; ++number) name = base + " " + std::to_string(number);
    return name;
}

template <class T>
void fillInitializer(onnx::TensorProto& tensor, const std::string& name, const Shape& shape, int type,
                     std::span<const T> values) {
    CONVOLAB_CHECK(shape.size() == static_cast<std::int64_t>(values.size()), name);
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t extent : shape.extents()) tensor.add_dims(extent);
    tensor.set_raw_data(values.data(), values.size_bytes());
}

struct AttributeWriter {
    onnx::AttributeProto& attribute;

    void operator()(std::int64_t value) const {
        attribute.set_type(onnx::AttributeProto::INT);
        attribute.set_i(value);
    }
    void operator()(float value) const {
        attribute.set_type(onnx::AttributeProto::FLOAT);
        attribute.set_f(value);
    }
    void operator()(const std::string& value) const {
        attribute.set_type(onnx::AttributeProto::STRING);
        attribute.set_s(value);
    }
    void operator()(const std::vector<std::int64_t>& values) const {
        attribute.set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t value : values) attribute.add_ints(value);
    }
};

}  // namespace

OnnxBuilder::OnnxBuilder() : m_impl(std::make_unique<Impl>()) {}
OnnxBuilder::~OnnxBuilder() = default;

std::string OnnxBuilder::addInitializer(const std::string& name, const Shape& shape, std::span<const float> values) {
    std::string unique = uniqueName(name);
    fillInitializer(*m_impl->graph().add_initializer(), unique, shape, onnx::TensorProto::FLOAT, values);
    return unique;
}

std::string OnnxBuilder::addInitializer(const std::string& name, std::span<const std::int64_t> values) {
    std::string unique = uniqueName(name);
    fillInitializer(*m_impl->graph().add_initializer(), unique, Shape{static_cast<std::int64_t>(values.size())},
                    onnx::TensorProto::INT64, values);
    return unique;
}

std::string OnnxBuilder::addInitializer(const std::string& name, const Shape& shape, std::span<const std::int8_t> values) {
    std::string unique = uniqueName(name);
    fillInitializer(*m_impl->graph().add_initializer(), unique, shape, onnx::TensorProto::INT8, values);
    return unique;
}

std::string OnnxBuilder::addInitializer(const std::string& name, const Shape& shape, std::span<const std::uint8_t> values) {
    std::string unique = uniqueName(name);
    fillInitializer(*m_impl->graph().add_initializer(), unique, shape, onnx::TensorProto::UINT8, values);
    return unique;
}

std::string OnnxBuilder::addInitializer(const std::string& name, const Shape& shape, std::span<const std::int32_t> values) {
    std::string unique = uniqueName(name);
    fillInitializer(*m_impl->graph().add_initializer(), unique, shape, onnx::TensorProto::INT32, values);
    return unique;
}

void OnnxBuilder::addNode(const std::string& type, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs, const std::string& name,
                          const std::vector<OnnxAttribute>& attributes) {
    onnx::NodeProto& node = *m_impl->graph().add_node();
    node.set_op_type(type);
    node.set_name(freeName(m_impl->nodeNames, name));
    for (const std::string& input : inputs) node.add_input(m_impl->resolved(input));
    for (const std::string& output : outputs) node.add_output(output);
    for (const auto& [key, value] : attributes) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(key);
        std::visit(AttributeWriter{attribute}, value);
    }
}

void OnnxBuilder::connectThrough(const std::string& source, const std::string& tensor) {
    m_impl->sources[tensor] = m_impl->resolved(source);
}

std::string OnnxBuilder::uniqueName(const std::string& base) { return freeName(m_impl->tensorNames, base); }

const std::string& OnnxBuilder::Impl::resolved(const std::string& name) const {
    const auto found = sources.find(name);
    return found == sources.end() ? name : found->second;
}

const onnx::NodeProto* OnnxBuilder::Impl::producer(const std::string& tensor) {
    for (const onnx::NodeProto& node : graph().node()) {
        for (const std::string& output : node.output()) {
            if (output == tensor) return &node;
        }
    }
    return nullptr;
}

void OnnxBuilder::Impl::renameTensor(const std::string& from, const std::string& to) {
    for (onnx::NodeProto& node : *graph().mutable_node()) {
        for (std::string& input : *node.mutable_input()) {
            if (input == from) input = to;
        }
        for (std::string& output : *node.mutable_output()) {
            if (output == from) output = to;
        }
    }
}

}  // namespace convolab
