#pragma once

#include <vector>

namespace convolab {

/// A model whose mean squared error can aim at other values than 1 for the label's output and 0 for the others.
class TakesOutputTargets {
  public:
    virtual ~TakesOutputTargets() = default;
    /// labels × outputs, a row for each label (core/data/targets.h), from the next trainStep or evaluate on; labels then count
    /// rows, and an image is right where no other label's row is nearer. Empty: 1 at the label's place, else 0.
    virtual void setOutputTargets(std::vector<float> rows) = 0;
};

}  // namespace convolab
