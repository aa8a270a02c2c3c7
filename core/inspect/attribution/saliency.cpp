#include <algorithm>
#include <cmath>

#include "core/inspect/attribution/class_gradient.h"

namespace convolab {

namespace {

/// |∂ logit / ∂ pixel|, the largest over the channels (Simonyan, Vedaldi and Zisserman, 2014).
Result<Attribution> runSaliency(const NetworkSpec& spec, const AttributionRequest& request,
                                const Progress& progress) {
    CONVOLAB_ASSIGN(ClassGradient gradient, ClassGradient::create(spec, request));
    CONVOLAB_RETURN_IF_ERROR(goOn(progress, 0.5));
    const View<const float> slopes = gradient.of({request.image.data, request.image.shape.withBatch(1)});
    Attribution result = emptyAttribution(gradient, request.image.shape);
    const std::int64_t plane = result.map.size();
    for (std::int64_t i = 0; i < slopes.size(); ++i) {
        float& most = result.map.data()[i % plane];
        most = std::max(most, std::abs(slopes[i]));
    }
    return result;
}

}  // namespace

const AttributionMethod& saliencyMethod() {
    static const AttributionMethod method{
        "saliency", "Saliency (gradient)",
        "How much the class's score changes with each pixel: |gradient|, the largest over the colours", false,
        runSaliency};
    return method;
}

}  // namespace convolab
