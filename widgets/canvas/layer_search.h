// Finds kinds of layers and blocks by what a person types: parts of the label, title, id or group. In palette order.
#pragma once

#include "core/layers/layer_kind.h"

#include <QString>

#include <string>
#include <vector>

namespace convolab {

// Ids of LayerKinds, each followed by its KindPresets, then of BlockKinds; a label that begins with the text comes first.
std::vector<std::string> matchingKindIds(const QString& text);

}  // namespace convolab
