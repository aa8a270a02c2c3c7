#pragma once

#include "core/layers/layer_kind.h"

namespace convolab {

/// Attribute of every normalisation by mean and variance.
inline AttributeSchema varianceEpsilonAttribute() {
    AttributeSchema schema;
    schema.key = "epsilon";
    schema.label = "Epsilon";
    schema.type = AttributeType::Real;
    schema.defaultValue = 1e-5;
    schema.minimum = 1e-12;
    schema.maximum = 1.0;
    schema.help = "Added to the variance, so that nothing is divided by 0";
    schema.section = "Statistics";
    return schema;
}

}  // namespace convolab
