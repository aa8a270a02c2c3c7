#pragma once

#include <memory>
#include <vector>

#include "core/inspect/attribution.h"
#include "core/model/model.h"

namespace convolab {

/// d(logit of the explained class)/d(pixels), by a model of its own in evaluation mode. Checks image and
/// class.
class ClassGradient {
  public:
    /// `taps`: layers whose outputs and gradients are wanted as well.
    static Result<ClassGradient> create(const NetworkSpec& spec, const AttributionRequest& request,
                                        std::int64_t maximumBatch = 1, std::vector<NodeId> taps = {});

    int target() const { return m_target; }
    double logit() const { return m_logit; }  ///< of the request's image
    Model& model() { return *m_model; }
    /// Of a batch (n, C, H, W), valid until the next call; model().logits(), tap() and tapGradient() go with
    /// it.
    View<const float> of(View<const float> images);

  private:
    std::unique_ptr<Model> m_model;
    int m_target = 0;
    double m_logit = 0.0;
    Tensor m_seed;  // (maximum n, classes): 1 at the target
};

/// An Attribution with a map of zeros for the request's image, (H, W) or, for a vector, (1, n), and target
/// and logit filled in.
Attribution emptyAttribution(const ClassGradient& gradient, const Shape& image);

Status goOn(const Progress& progress,
            double share);  ///< an error with ErrorCode::Cancelled once `progress` says so

}  // namespace convolab
