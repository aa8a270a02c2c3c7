#pragma once

#include "core/measure/layer_metric.h"

namespace convolab {

// One per file of this folder; registry.cpp lists them.
const LayerMetric& parametersMetric();
const LayerMetric& macsMetric();
const LayerMetric& movedMetric();
const LayerMetric& timeMetric();
const LayerMetric& energyMetric();

}  // namespace convolab
