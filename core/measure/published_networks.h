#pragma once

#include <vector>

#include "core/measure/layer_work.h"

namespace convolab {

/// Krizhevsky et al. 2012 (two groups, input 3×227×227; 60,965,224 parameters, 724 M MACs) as work alone, for energy on
/// paper: convolutions and dense layers; pooling and normalisation, which have no weights, are left out.
std::vector<LayerWork> alexNet2012();

}  // namespace convolab
