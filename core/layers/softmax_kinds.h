#pragma once

#include <string>

namespace convolab {

/// Softmax and its logarithm: the end of a classifier, whose inputs are the logits.
inline bool isSoftmax(const std::string& kindId) { return kindId == "softmax" || kindId == "log_softmax"; }

}  // namespace convolab
