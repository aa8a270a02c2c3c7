#pragma once

#include <string>
#include <string_view>

#include "core/graph/network_spec.h"

namespace convolab {

/// {"format": 1, "name", "nodes": [{"id", "kind", "name", "attributes", "position"}], "edges": [{"from": [node, port],
/// "to": [node, port]}], "blocks": [...]}. Readable, stable order, independent of the locale.
std::string specToJson(const NetworkSpec& spec);
/// An unknown key is an error that names the nearest known word; so are unknown kinds, attributes, ids, ports, and a
/// format newer than this program's.
Result<NetworkSpec> specFromJson(std::string_view json);

}  // namespace convolab
