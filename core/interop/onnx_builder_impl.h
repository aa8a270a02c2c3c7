#pragma once

// For the .cpp files of this folder only: the protobuf types behind OnnxBuilder.

#include <map>
#include <set>
#include <string>

#include <onnx/onnx_pb.h>

#include "core/interop/onnx_builder.h"

namespace convolab {

struct OnnxBuilder::Impl {
    onnx::ModelProto model;
    std::set<std::string> tensorNames;
    std::set<std::string> nodeNames;
    std::map<std::string, std::string> sources;  ///< from connectThrough

    onnx::GraphProto& graph() { return *model.mutable_graph(); }
    /// The tensor that really carries the values of `name`.
    const std::string& resolved(const std::string& name) const;
    /// The node that produces a tensor; null for graph inputs and initialisers.
    const onnx::NodeProto* producer(const std::string& tensor);
    /// Renames a tensor in all nodes.
    void renameTensor(const std::string& from, const std::string& to);
};

}  // namespace convolab
