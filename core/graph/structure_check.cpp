#include "core/graph/structure_check.h"

#include <algorithm>
#include <set>

#include "core/graph/edits.h"
#include "core/graph/fixes.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Entry = GraphIndex::Entry;

const Shape kUsualInput{1, 28, 28};

Diagnostic make(Severity severity, DiagnosticCode code, NodeId node, std::string title, std::string message) {
    Diagnostic diagnostic;
    diagnostic.severity = severity;
    diagnostic.code = code;
    diagnostic.node = node;
    diagnostic.title = std::move(title);
    diagnostic.message = std::move(message);
    return diagnostic;
}

std::string namesOf(const std::vector<const Node*>& nodes) {
    std::vector<std::string> names;
    for (const Node* node : nodes) names.push_back(node->name);
    return join(names, ", ");
}

class StructureCheck {
  public:
    StructureCheck(const NetworkSpec& spec, const GraphIndex& index, const AnalysisContext& context)
        : m_spec(spec), m_index(index), m_context(context), m_openEnd(openEnd(spec)) {}

    std::vector<Diagnostic> run() {
        checkKinds();
        checkInputs();
        checkOutputs();
        checkLoops();
        if (!m_index.inputs.empty()) {
            for (const Node& node : m_spec.nodes()) checkConnections(m_index.at(node.id));
        }
        checkDeadEnds();
        return std::move(m_found);
    }

  private:
    void checkKinds() {
        std::vector<std::string> known;
        for (const LayerKind* kind : layerKinds()) known.push_back(kind->id);
        for (const Node& node : m_spec.nodes()) {
            if (m_index.at(node.id).kind != nullptr) continue;
            Diagnostic diagnostic =
                make(Severity::Error, DiagnosticCode::UnknownKind, node.id, node.name + ": unknown kind of layer",
                     "there is no kind of layer called \"" + node.kind + "\"; the nearest is \"" +
                         nearestWord(node.kind, known) + "\"");
            diagnostic.fixes.push_back(removeFix(node));
            m_found.push_back(std::move(diagnostic));
        }
    }

    void checkInputs() {
        const auto& inputs = m_index.inputs;
        if (inputs.empty()) {
            Diagnostic diagnostic = make(Severity::Error, DiagnosticCode::NoInput, {}, "The network has no input",
                                         "the network has no input layer: add one, it says how large the images are");
            diagnostic.fixes.push_back(addInputFix(m_context.imageShape.value_or(kUsualInput)));
            m_found.push_back(std::move(diagnostic));
        }
        for (std::size_t i = 1; i < inputs.size(); ++i) {
            Diagnostic diagnostic = make(
                Severity::Error, DiagnosticCode::SeveralInputs, inputs[i]->id,
                inputs[i]->name + ": the network has an input already",
                "the network has " + std::to_string(inputs.size()) + " inputs (" + namesOf(inputs) +
                    "), it can take one: remove " + inputs[i]->name);
            diagnostic.fixes.push_back(removeExtraInputFix(m_spec, *inputs[i], *inputs[0]));
            m_found.push_back(std::move(diagnostic));
        }
    }

    void checkOutputs() {
        const auto& outputs = m_index.outputs;
        if (outputs.empty()) {
            const std::string where = m_openEnd ? " behind " + m_index.name(m_openEnd) : "";
            Diagnostic diagnostic =
                make(Severity::Error, DiagnosticCode::NoOutput, {}, "The network has no output",
                     "the network has no output layer: add one" + where + ", its values are compared with the labels");
            diagnostic.fixes.push_back(addOutputFix(m_spec));
            m_found.push_back(std::move(diagnostic));
        }
        for (std::size_t i = 1; i < outputs.size(); ++i) {
            Diagnostic diagnostic = make(
                Severity::Error, DiagnosticCode::SeveralOutputs, outputs[i]->id,
                outputs[i]->name + ": the network has an output already",
                "the network has " + std::to_string(outputs.size()) + " outputs (" + namesOf(outputs) +
                    "), it can train one: remove " + outputs[i]->name);
            diagnostic.fixes.push_back(removeFix(*outputs[i]));
            m_found.push_back(std::move(diagnostic));
        }
    }

    /// One diagnostic per edge that closes a loop (back edges of depth-first walks, from the input first, so that the
    /// edge that leads back is named rather than one that leads on): without them there is none.
    void checkLoops() {
        if (m_index.order.size() == m_spec.nodes().size()) return;
        for (const Node* input : m_index.inputs) walk(input->id);
        for (const Node& node : m_spec.nodes()) {
            if (!m_index.at(node.id).sorted) walk(node.id);
        }
    }

    void walk(NodeId start) {
        struct Step {
            NodeId node;
            std::size_t next = 0;
        };
        std::vector<Step> path;
        if (!m_walked.contains(start)) path.push_back({start});
        while (!path.empty()) {
            const Entry& entry = m_index.at(path.back().node);
            if (path.back().next == entry.outgoing.size()) {
                m_walked.insert(path.back().node);
                path.pop_back();
                continue;
            }
            const Edge& edge = *entry.outgoing[path.back().next++];
            if (m_walked.contains(edge.to.node)) continue;
            const auto again = std::find_if(path.begin(), path.end(),
                                            [&](const Step& step) { return step.node == edge.to.node; });
            if (again == path.end()) {
                path.push_back({edge.to.node});
                continue;
            }
            std::vector<std::string> names;
            for (auto step = again; step != path.end(); ++step) names.push_back(m_index.name(step->node));
            reportLoop(edge, std::move(names));
        }
    }

    void reportLoop(const Edge& closing, std::vector<std::string> names) {
        names.push_back(m_index.name(closing.to.node));
        constexpr std::size_t kMostNames = 6;
        if (names.size() > kMostNames) names.erase(names.begin() + 2, names.end() - 3), names[1] = "…";
        Diagnostic diagnostic =
            make(Severity::Error, DiagnosticCode::Cycle, closing.to.node,
                 m_index.name(closing.to.node) + ": part of a loop",
                 join(names, " → ") + " is a loop: remove the connection from " + m_index.name(closing.from.node) +
                     " to " + m_index.name(closing.to.node));
        diagnostic.fixes.push_back(disconnectFix(m_spec, closing));
        m_found.push_back(std::move(diagnostic));
    }

    /// The layer that `target` could get its missing input from: the loose end of the network, otherwise its input.
    NodeId candidateFor(NodeId target) const {
        for (const NodeId candidate : {m_openEnd, m_index.inputs.front()->id}) {
            if (candidate && candidate != target && !m_spec.reaches(target, candidate)) return candidate;
        }
        return {};
    }

    void checkConnections(const Entry& entry) {
        if (entry.kind == nullptr || entry.kind->maxInputs == 0 || !entry.sorted) return;
        const Node& node = *entry.node;
        const auto arriving = static_cast<int>(entry.incoming.size());
        const bool isOutput = entry.kind->group == LayerGroup::Output;
        if (arriving == 0 && entry.outgoing.empty() && !isOutput) {
            Diagnostic diagnostic = make(Severity::Warning, DiagnosticCode::Unconnected, node.id,
                                         node.name + ": not connected",
                                         node.name + " is not connected, so it has no effect: connect or remove it");
            if (entry.kind->minInputs == 1) diagnostic.fixes.push_back(joinEndFix(node));
            diagnostic.fixes.push_back(removeFix(node));
            m_found.push_back(std::move(diagnostic));
            return;
        }
        if (arriving >= entry.kind->minInputs) return;
        const bool matters = entry.needed || m_index.outputs.empty();
        Diagnostic diagnostic =
            make(matters ? Severity::Error : Severity::Warning,
                 matters ? DiagnosticCode::MissingInput : DiagnosticCode::Unconnected, node.id,
                 node.name + ": input missing", missingSentence(node, *entry.kind, arriving, matters));
        if (const NodeId source = candidateFor(node.id)) {
            diagnostic.fixes.push_back(connectFix(m_spec, source, {node.id, arriving}));
        }
        if (!isOutput) diagnostic.fixes.push_back(removeFix(node));
        m_found.push_back(std::move(diagnostic));
    }

    static std::string missingSentence(const Node& node, const LayerKind& kind, int arriving, bool matters) {
        if (kind.minInputs > 1) {
            return node.name + " has " + (arriving == 0 ? "no input" : std::to_string(arriving) + " input") +
                   ", it needs at least " + std::to_string(kind.minInputs) + ": connect another layer to it";
        }
        return "nothing arrives at " + node.name + (matters ? "" : ", so it and what follows have no effect") +
               ": connect a layer to its input";
    }

    void checkDeadEnds() {
        if (m_index.outputs.size() != 1 || !m_index.at(m_index.outputs.front()->id).fed) return;
        for (const Node& node : m_spec.nodes()) {
            const Entry& entry = m_index.at(node.id);
            if (!entry.fed || entry.needed || !entry.outgoing.empty()) continue;
            const bool extraInput = entry.kind != nullptr && entry.kind->group == LayerGroup::Input;
            if (extraInput) continue;
            Diagnostic diagnostic =
                make(Severity::Warning, DiagnosticCode::DeadEnd, node.id, node.name + ": leads nowhere",
                     "the values of " + node.name + " reach no output, so they have no effect: connect or remove it");
            diagnostic.fixes.push_back(removeBranchFix(m_spec, node));
            m_found.push_back(std::move(diagnostic));
        }
    }

    const NetworkSpec& m_spec;
    const GraphIndex& m_index;
    const AnalysisContext& m_context;
    NodeId m_openEnd;
    std::set<NodeId> m_walked;
    std::vector<Diagnostic> m_found;
};

}  // namespace

std::vector<Diagnostic> checkStructure(const NetworkSpec& spec, const GraphIndex& index,
                                       const AnalysisContext& context) {
    return StructureCheck(spec, index, context).run();
}

}  // namespace convolab
