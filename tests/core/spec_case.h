// Small networks and look-ups that the tests of the network share.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/graph/analysis.h"
#include "core/graph/network_spec.h"

namespace convolab::testing {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

struct Link {
    std::string from;
    std::string to;
};

/// Layers are called by their names; each link takes the target's next free port.
inline void link(NetworkSpec& spec, const std::vector<Link>& links) {
    for (const Link& entry : links) {
        const Node* from = spec.nodeByName(entry.from);
        const Node* to = spec.nodeByName(entry.to);
        const int port = static_cast<int>(spec.edgesInto(to->id).size());
        if (const auto edge = spec.connect({from->id, 0}, {to->id, port}); !edge) {
            throw std::runtime_error(edge.error().sentence());
        }
    }
}

inline NodeId idOf(const NetworkSpec& spec, const std::string& name) {
    const Node* node = spec.nodeByName(name);
    if (node == nullptr) throw std::runtime_error("no layer " + name);
    return node->id;
}

/// input (1×8×8) → Conv 1 (4 filters 3×3) → Relu → Flatten → Dense 1 (10) → Output
inline NetworkSpec smallChain() {
    NetworkSpec spec;
    spec.addNode("input", {{"shape", Integers{1, 8, 8}}}, "Input");
    spec.addNode("conv2d", {{"filters", std::int64_t{4}}}, "Conv 1");
    spec.addNode("relu", {}, "Relu 1");
    spec.addNode("flatten", {}, "Flatten 1");
    spec.addNode("dense", {{"units", std::int64_t{10}}}, "Dense 1");
    spec.addNode("output", {}, "Output");
    link(spec, {{"Input", "Conv 1"}, {"Conv 1", "Relu 1"}, {"Relu 1", "Flatten 1"}, {"Flatten 1", "Dense 1"},
                {"Dense 1", "Output"}});
    return spec;
}

inline const Diagnostic* findDiagnostic(const Analysis& analysis, DiagnosticCode code, NodeId node) {
    const auto found = std::find_if(analysis.diagnostics.begin(), analysis.diagnostics.end(),
                                    [&](const Diagnostic& d) { return d.code == code && d.node == node; });
    return found == analysis.diagnostics.end() ? nullptr : &*found;
}

}  // namespace convolab::testing
