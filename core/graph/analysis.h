#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/tensor/shape.h"

namespace convolab {

/// What one image costs in one layer.
struct Cost {
    std::int64_t parameters = 0;       ///< trainable
    std::int64_t macs = 0;             ///< multiply–accumulates of convolutions and dense layers
    std::int64_t activationBytes = 0;  ///< of the output, float32
    std::int64_t bytesMoved = 0;       ///< inputs + output + weights read once
};

enum class Severity { Error, Warning };

enum class DiagnosticCode {
    NoInput, SeveralInputs, NoOutput, SeveralOutputs, NoTrainableOutput, Cycle, Unconnected, MissingInput,
    UnknownKind, BadAttribute, BadShape, ShapesDisagree, ClassesDisagree, InputDisagrees, DeadEnd, SoftmaxTwice,
};

/// A repair that is itself an edit: `apply` changes a copy of the spec. The canvas draws the result as a preview.
struct Fix {
    std::string label;  ///< "Insert flatten", "Make the kernel 5×5"
    std::function<void(NetworkSpec&)> apply;
};

struct Diagnostic {
    Severity severity = Severity::Error;
    DiagnosticCode code = DiagnosticCode::BadShape;
    NodeId node;          ///< where; 0 = the whole network
    std::string title;    ///< "Add: the two inputs have different shapes"
    std::string message;  ///< one sentence with the numbers in it
    std::vector<std::array<std::string, 3>> details;  ///< rows (what, from where, shape or value)
    std::vector<Fix> fixes;                           ///< the first is the main one
};

/// What the data set demands; absent values are not checked.
struct AnalysisContext {
    std::optional<Shape> imageShape;  ///< images of the data set (C, H, W)
    std::optional<int> classes;
    std::string datasetTitle;
};

struct NodeAnalysis {
    std::vector<std::optional<Shape>> inputs;  ///< per port; empty optional = unknown
    std::optional<Shape> output;               ///< per image; absent where something before it is wrong
    Cost cost;
};

/// Everything that the canvas, the inspector and the compiler want to know about a spec. Computed in well under a
/// millisecond for networks of a hundred layers, so it may run on every keystroke.
struct Analysis {
    std::map<NodeId, NodeAnalysis> nodes;
    /// Execution order of the layers that the output needs (without one output: of all that the input feeds).
    /// Layers beside it change nothing and get a warning. Only complete without errors.
    std::vector<NodeId> order;
    std::vector<Diagnostic> diagnostics;
    Cost total;                 ///< of the layers in `order`
    NodeId input;    ///< 0 if there is not exactly one
    NodeId output;   ///< 0 if there is not exactly one
    std::optional<Shape> inputShape;
    int classes = 0;  ///< width of the output; 0 if unknown

    bool hasErrors() const;
    std::size_t errorCount() const;
    const NodeAnalysis* find(NodeId id) const;
};

Analysis analyze(const NetworkSpec& spec, const AnalysisContext& context = {});

/// The first error as an Error, or nothing: what stands between a spec and a Model.
Status requireComplete(const NetworkSpec& spec, const Analysis& analysis);

}  // namespace convolab
