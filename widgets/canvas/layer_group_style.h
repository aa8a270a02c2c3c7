// How a layer group looks and what its heading on the palette says.
#pragma once

#include "core/layers/layer_kind.h"
#include "widgets/theme/tokens.h"

#include <QString>

namespace convolab {

GroupColor groupColor(LayerGroup group);
GroupColor groupColorOfKind(const std::string& kindId);  // an unknown kind gets the colour of shape layers
QString groupTitle(LayerGroup group);

inline QString toQString(const std::string& text) { return QString::fromStdString(text); }

}  // namespace convolab
