// Finds layer kinds by what a person types: parts of the label, title, id or group. In palette order.
#pragma once

#include "core/layers/layer_kind.h"

#include <QString>

#include <vector>

namespace convolab {

std::vector<const LayerKind*> matchingKinds(const QString& text);

}  // namespace convolab
