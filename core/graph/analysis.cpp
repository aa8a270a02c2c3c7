#include "core/graph/analysis.h"

#include <algorithm>
#include <limits>

#include "core/graph/edits.h"
#include "core/graph/fixes.h"
#include "core/graph/graph_index.h"
#include "core/graph/structure_check.h"
#include "core/layers/softmax_kinds.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Entry = GraphIndex::Entry;

// Beyond these a network cannot be run anyway; below them no count overflows 63 bits.
constexpr std::int64_t kLargestActivation = std::int64_t{1} << 28;
constexpr std::int64_t kLargestParameter = std::int64_t{1} << 31;

/// The number of elements, or nothing if it exceeds `limit` or an extent is not positive.
std::optional<std::int64_t> boundedSize(const Shape& shape, std::int64_t limit) {
    std::int64_t product = 1;
    for (const std::int64_t extent : shape.extents()) {
        if (extent < 1 || extent > limit / product) return {};
        product *= extent;
    }
    return product;
}

std::int64_t saturatingSum(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

std::string withHint(const Error& error) { return error.hint.empty() ? error.message : error.message + ": " + error.hint; }

/// "A", "B", … "Z", then numbers.
std::string portLetter(std::size_t port) {
    return port < 26 ? std::string(1, static_cast<char>('A' + port)) : std::to_string(port);
}

class Analyzer {
  public:
    Analyzer(const NetworkSpec& spec, const AnalysisContext& context)
        : m_spec(spec), m_context(context), m_index(spec) {}

    Analysis run() {
        if (m_index.inputs.size() == 1) m_analysis.input = m_index.inputs.front()->id;
        if (m_index.outputs.size() == 1) m_analysis.output = m_index.outputs.front()->id;
        m_analysis.diagnostics = checkStructure(m_spec, m_index, m_context);
        for (const auto& [id, entry] : m_index.entries) {
            m_analysis.nodes[id].inputs.resize(entry.incoming.size());
        }
        for (const NodeId id : m_index.order) analyzeNode(m_index.at(id));
        collect();
        checkInput();
        checkSoftmax();
        checkOutput();
        return std::move(m_analysis);
    }

  private:
    Diagnostic& report(Severity severity, DiagnosticCode code, NodeId node, std::string title, std::string message) {
        Diagnostic diagnostic;
        diagnostic.severity = severity;
        diagnostic.code = code;
        diagnostic.node = node;
        diagnostic.title = std::move(title);
        diagnostic.message = std::move(message);
        m_analysis.diagnostics.push_back(std::move(diagnostic));
        return m_analysis.diagnostics.back();
    }

    void analyzeNode(const Entry& entry) {
        NodeAnalysis& result = m_analysis.nodes[entry.node->id];
        std::vector<Shape> shapes;
        for (std::size_t i = 0; i < entry.incoming.size(); ++i) {
            result.inputs[i] = m_analysis.nodes[entry.incoming[i]->from.node].output;
            if (result.inputs[i]) shapes.push_back(*result.inputs[i]);
        }
        if (entry.kind == nullptr) return;
        const auto attributes = completed(entry);
        const bool wired = static_cast<int>(entry.incoming.size()) >= entry.kind->minInputs;
        if (!attributes || !wired || shapes.size() != entry.incoming.size()) return;

        const Result<Shape> output = entry.kind->outputShape(*attributes, shapes);
        if (!output) {
            reportShapes(entry, *attributes, shapes, output.error());
            return;
        }
        if (!withinLimits(entry, *attributes, shapes, *output)) return;
        result.output = *output;
        result.cost = layerCost(*entry.kind, *attributes, shapes, *output);
    }

    /// The attributes with defaults; nothing, and a diagnostic for each wrong one, if they are not valid.
    std::optional<Attributes> completed(const Entry& entry) {
        const Node& node = *entry.node;
        Result<Attributes> complete = completeAttributes(entry.kind->attributes, node.attributes);
        if (complete) return std::move(complete).value();
        for (const auto& [key, value] : node.attributes.values()) {
            const auto& schemas = entry.kind->attributes;
            const auto schema = std::find_if(schemas.begin(), schemas.end(),
                                             [&](const AttributeSchema& candidate) { return candidate.key == key; });
            if (schema == schemas.end()) {
                const Error error = completeAttributes(schemas, {{key, value}}).error();
                report(Severity::Error, DiagnosticCode::BadAttribute, node.id, node.name + ": unknown attribute",
                       withHint(error))
                    .fixes.push_back(eraseAttributeFix(node, key));
                continue;
            }
            const Status status = validateAttribute(*schema, value);
            if (status) continue;
            report(Severity::Error, DiagnosticCode::BadAttribute, node.id,
                   node.name + ": " + toLower(schema->label) + " is not valid", withHint(status.error()))
                .fixes.push_back(setAttributeFix(
                    node, "Set " + toLower(schema->label) + " to " + attributeText(schema->defaultValue), key,
                    schema->defaultValue));
        }
        return {};
    }

    void reportShapes(const Entry& entry, const Attributes& attributes, const std::vector<Shape>& shapes,
                      const Error& error) {
        const Node& node = *entry.node;
        const bool merge = shapes.size() > 1;
        const std::string title =
            merge ? (shapes.size() == 2 ? ": the two inputs do not fit together" : ": the inputs do not fit together")
                  : (shapes.empty() ? ": the attributes do not fit together" : ": what arrives does not fit");
        std::string message = withHint(error);
        std::vector<std::array<std::string, 3>> details;
        std::vector<std::string> arriving;
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            const std::string& source = m_index.name(entry.incoming[i]->from.node);
            details.push_back({merge ? "Input " + portLetter(i) : "Input", source, shapes[i].text()});
            arriving.push_back(source + " gives " + shapes[i].text());
        }
        if (merge) message = join(arriving, ", ") + (error.hint.empty() ? "" : ": " + error.hint);
        Diagnostic& diagnostic =
            report(Severity::Error, merge ? DiagnosticCode::ShapesDisagree : DiagnosticCode::BadShape, node.id,
                   node.name + title, message);
        diagnostic.details = std::move(details);
        diagnostic.fixes = shapeFixes(m_spec, node, *entry.kind, attributes, shapes, m_context.classes);
    }

    bool withinLimits(const Entry& entry, const Attributes& attributes, const std::vector<Shape>& shapes,
                      const Shape& output) {
        const Node& node = *entry.node;
        if (!boundedSize(output, kLargestActivation)) {
            Diagnostic& diagnostic =
                report(Severity::Error, DiagnosticCode::BadShape, node.id, node.name + ": too large",
                       "the output " + output.text() + " has more than " + withThousands(kLargestActivation) +
                           " values per image: make it smaller");
            diagnostic.fixes = sizeFixes(entry);
            return false;
        }
        std::int64_t total = 0;
        for (const ParameterSpec& parameter : entry.kind->parameters(attributes, shapes)) {
            const auto size = boundedSize(parameter.shape, kLargestParameter);
            total = size ? saturatingSum(total, *size) : std::numeric_limits<std::int64_t>::max();
        }
        if (total <= kLargestParameter) return true;
        report(Severity::Error, DiagnosticCode::BadShape, node.id, node.name + ": too many parameters",
               "the layer would have more than " + withThousands(kLargestParameter) + " parameters: make it smaller")
            .fixes = sizeFixes(entry);
        return false;
    }

    std::vector<Fix> sizeFixes(const Entry& entry) const {
        if (entry.kind->group != LayerGroup::Input) return {removeFix(*entry.node)};
        return {setInputShapeFix(*entry.node, m_context.imageShape.value_or(Shape{1, 28, 28}))};
    }

    void collect() {
        for (const NodeId id : m_index.order) {
            const Entry& entry = m_index.at(id);
            if (!entry.fed || (m_analysis.output && !entry.needed)) continue;
            m_analysis.order.push_back(id);
            const Cost& cost = m_analysis.nodes[id].cost;
            Cost& total = m_analysis.total;
            total.parameters = saturatingSum(total.parameters, cost.parameters);
            total.macs = saturatingSum(total.macs, cost.macs);
            total.activationBytes = saturatingSum(total.activationBytes, cost.activationBytes);
            total.bytesMoved = saturatingSum(total.bytesMoved, cost.bytesMoved);
        }
    }

    std::string datasetName() const { return m_context.datasetTitle.empty() ? "the data set" : m_context.datasetTitle; }

    void checkInput() {
        if (!m_analysis.input) return;
        m_analysis.inputShape = m_analysis.nodes[m_analysis.input].output;
        if (!m_analysis.inputShape || !m_context.imageShape) return;
        const Shape& present = *m_analysis.inputShape;
        const Shape& wanted = *m_context.imageShape;
        // Smaller images are centred in zeros, and a vector takes the pixels in their order: only others cannot be fed.
        const bool fits = present == wanted || (present.isVector() && present.size() == wanted.size()) ||
                          (present.isImage() && wanted.isImage() &&
                                                present.channels() == wanted.channels() &&
                                                present.height() >= wanted.height() && present.width() >= wanted.width());
        if (fits) return;
        const Node& input = *m_index.at(m_analysis.input).node;
        Diagnostic& diagnostic =
            report(Severity::Error, DiagnosticCode::InputDisagrees, input.id, input.name + ": the images do not fit",
                   "the images of " + datasetName() + " are " + wanted.text() + ", the network takes " +
                       present.text() + ": set the input to " + wanted.text());
        diagnostic.details = {{"Images", datasetName(), wanted.text()}, {"Input", input.name, present.text()}};
        diagnostic.fixes.push_back(setInputShapeFix(input, wanted));
    }

    void checkSoftmax() {
        for (const NodeId id : m_index.order) {
            const Entry& entry = m_index.at(id);
            if (!isSoftmax(entry.node->kind) || entry.incoming.size() != 1) continue;
            const Node& before = *m_index.at(entry.incoming.front()->from.node).node;
            if (before.kind != "softmax") continue;
            report(Severity::Warning, DiagnosticCode::SoftmaxTwice, id, entry.node->name + ": a second softmax",
                   entry.node->name + " follows " + before.name +
                       "; two in a row flatten the probabilities and slow the training down: remove one")
                .fixes.push_back(removeFix(*entry.node));
        }
    }

    void checkOutput() {
        if (!m_analysis.output) return;
        const Entry& entry = m_index.at(m_analysis.output);
        const NodeAnalysis& output = m_analysis.nodes[m_analysis.output];
        if (!output.output) return;
        const Shape& arriving = *output.output;
        m_analysis.classes = static_cast<int>(arriving.size());
        const Node& node = *entry.node;
        if (m_context.classes && *m_context.classes != m_analysis.classes) {
            reportClasses(node, arriving, *m_context.classes);
        } else if (m_analysis.total.parameters == 0) {
            const int units = m_context.classes.value_or(10);
            report(Severity::Warning, DiagnosticCode::NoTrainableOutput, node.id, node.name + ": nothing to train",
                   "no layer before " + node.name + " has weights, so there is nothing to train: append a dense layer")
                .fixes.push_back(appendDenseFix(units));
        }
    }

    void reportClasses(const Node& output, const Shape& arriving, int classes) {
        const NodeId unitsLayer = unitsLayerBefore(m_spec, {output.id, 0});
        const Node* last = unitsLayer ? m_index.at(unitsLayer).node : nullptr;
        const std::string advice = last != nullptr
                                       ? "set " + last->name + " to " + withThousands(classes) + (classes == 1 ? " unit" : " units")
                                       : "append a dense layer with " + withThousands(classes) + (classes == 1 ? " unit" : " units");
        Diagnostic& diagnostic = report(
            Severity::Error, DiagnosticCode::ClassesDisagree, last != nullptr ? last->id : output.id,
            (last != nullptr ? last->name : output.name) + (classes == 1 ? ": not one value" : ": not one value per class"),
            withThousands(arriving.size()) + (arriving.size() == 1 ? " value leaves" : " values leave") + " the network, but " +
                datasetName() + (classes == 1 ? " wants one: " : " has " + withThousands(classes) + " classes: ") + advice);
        diagnostic.details = {{"Output", output.name, arriving.text()}, {"Classes", datasetName(), withThousands(classes)}};
        if (last != nullptr) {
            diagnostic.fixes.push_back(setAttributeFix(*last, "Set " + last->name + " to " + withThousands(classes) + (classes == 1 ? " unit" : " units"),
                                                       "units", std::int64_t{classes}));
        } else {
            diagnostic.fixes.push_back(appendDenseFix(classes));
        }
    }

    const NetworkSpec& m_spec;
    const AnalysisContext& m_context;
    GraphIndex m_index;
    Analysis m_analysis;
};

}  // namespace

bool Analysis::hasErrors() const { return errorCount() > 0; }

std::size_t Analysis::errorCount() const {
    return static_cast<std::size_t>(std::count_if(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) {
        return d.severity == Severity::Error;
    }));
}

const NodeAnalysis* Analysis::find(NodeId id) const {
    const auto found = nodes.find(id);
    return found == nodes.end() ? nullptr : &found->second;
}

Analysis analyze(const NetworkSpec& spec, const AnalysisContext& context) { return Analyzer(spec, context).run(); }

Status requireComplete(const NetworkSpec& spec, const Analysis& analysis) {
    for (const Diagnostic& diagnostic : analysis.diagnostics) {
        if (diagnostic.severity != Severity::Error) continue;
        const Node* node = spec.node(diagnostic.node);
        return Error{ErrorCode::InvalidSpec, diagnostic.message, node == nullptr ? std::string{} : node->name, {}};
    }
    return {};
}

}  // namespace convolab
