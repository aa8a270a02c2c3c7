#include "core/inspect/attribution/class_gradient.h"

#include <algorithm>

#include "core/inspect/image_check.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

Result<ClassGradient> ClassGradient::create(const NetworkSpec& spec, const AttributionRequest& request,
                                            std::int64_t maximumBatch, std::vector<NodeId> taps) {
    CONVOLAB_CHECK(request.weights != nullptr, "weights are needed");
    CompileOptions options;
    options.maximumBatch = maximumBatch;
    options.differentiable = true;
    options.taps = std::move(taps);
    ClassGradient result;
    CONVOLAB_ASSIGN(result.m_model, Model::compile(spec, options));
    Model& model = *result.m_model;
    CONVOLAB_RETURN_IF_ERROR(model.bind(*request.weights));
    CONVOLAB_RETURN_IF_ERROR(requireImage(request.image, model.inputShape()));
    model.forward({request.image.data, request.image.shape.withBatch(1)});
    const View<const float> logits = model.logits();
    if (request.target >= logits.size()) {
        return Error{ErrorCode::InvalidArgument,
                     "there is no class " + withThousands(request.target) + ", they are counted from 0 to " +
                         withThousands(logits.size() - 1),
                     "", "choose one of them"};
    }
    result.m_target =
        request.target >= 0
            ? request.target
            : static_cast<int>(std::max_element(logits.data, logits.data + logits.size()) - logits.data);
    result.m_logit = logits[result.m_target];
    result.m_seed = Tensor(Shape{maximumBatch, logits.size()});
    for (std::int64_t n = 0; n < maximumBatch; ++n)
        result.m_seed.data()[n * logits.size() + result.m_target] = 1.0F;
    return result;
}

View<const float> ClassGradient::of(View<const float> images) {
    m_model->forward(images);
    m_model->backward({m_seed.data(), Shape{images.shape[0], m_seed.shape()[1]}});
    return m_model->inputGradient();
}

Attribution emptyAttribution(const ClassGradient& gradient, const Shape& image) {
    Attribution result;
    result.map = Tensor(image.isImage() ? Shape{image.height(), image.width()} : Shape{1, image.size()});
    result.target = gradient.target();
    result.logit = gradient.logit();
    return result;
}

Status goOn(const Progress& progress, double share) {
    if (!progress || progress(share)) return {};
    return Error{ErrorCode::Cancelled, "the attribution was cancelled", {}, {}};
}

}  // namespace convolab
