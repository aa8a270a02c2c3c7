#include <algorithm>
#include <vector>

#include "core/inspect/attribution/class_gradient.h"
#include "core/inspect/explanation_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 8;
constexpr int kMostSteps = 1000;

/// Σ over the path of the gradients at (k + ½) / steps · image, pixel by pixel.
Result<std::vector<double>> summedGradients(ClassGradient& gradient, const AttributionRequest& request,
                                            const Progress& progress) {
    const View<const float>& image = request.image;
    Tensor points(image.shape.withBatch(std::min<std::int64_t>(kBatch, request.steps)));
    std::vector<double> sums(static_cast<std::size_t>(image.size()), 0.0);
    for (std::int64_t first = 0; first < request.steps; first += points.shape()[0]) {
        CONVOLAB_RETURN_IF_ERROR(goOn(progress, static_cast<double>(first) / request.steps));
        const std::int64_t n = std::min(points.shape()[0], request.steps - first);
        for (std::int64_t k = 0; k < n; ++k) {
            const double share = (static_cast<double>(first + k) + 0.5) / request.steps;
            for (std::int64_t i = 0; i < image.size(); ++i) {
                points.data()[k * image.size() + i] =
                    static_cast<float>(share * static_cast<double>(image[i]));
            }
        }
        const View<const float> slopes = gradient.of({points.data(), image.shape.withBatch(n)});
        for (std::int64_t i = 0; i < slopes.size(); ++i)
            sums[static_cast<std::size_t>(i % image.size())] += slopes[i];
    }
    return sums;
}

/// Pixel × mean gradient on the straight line from the black image, by the midpoint rule; summed over the
/// channels (Sundararajan, Taly and Yan, 2017). The whole map adds up to logit(image) − logit(black):
/// "completeness".
Result<Attribution> runIntegratedGradients(const NetworkSpec& spec, const AttributionRequest& request,
                                           const Progress& progress) {
    if (request.steps < 1 || request.steps > kMostSteps) {
        return Error{ErrorCode::InvalidArgument, withThousands(request.steps) + " steps are not possible", "",
                     "choose 1 to " + withThousands(kMostSteps)};
    }
    CONVOLAB_ASSIGN(ClassGradient gradient,
                    ClassGradient::create(spec, request, std::min<std::int64_t>(kBatch, request.steps)));
    CONVOLAB_ASSIGN(const std::vector<double> sums, summedGradients(gradient, request, progress));
    const Tensor black(request.image.shape.withBatch(1));
    gradient.model().forward(black.view());
    const double difference = gradient.logit() - gradient.model().logits()[gradient.target()];

    Attribution result = emptyAttribution(gradient, request.image.shape);
    result.isSigned = true;
    const auto plane = static_cast<std::size_t>(result.map.size());
    double total = 0.0;
    for (std::size_t i = 0; i < plane; ++i) {
        double evidence = 0.0;
        for (std::size_t at = i; at < sums.size(); at += plane) {
            evidence += static_cast<double>(request.image.data[at]) * sums[at] / request.steps;
        }
        result.map.data()[i] = static_cast<float>(evidence);
        total += evidence;
    }
    result.note = "sum " + termText(total) + " of " + termText(difference);
    return result;
}

}  // namespace

const AttributionMethod& integratedGradientsMethod() {
    static const AttributionMethod method{"integrated-gradients", "Integrated gradients",
                                          "What each pixel adds to the class's score on the way from the "
                                          "black image; signed, and adds up to the difference",
                                          false, runIntegratedGradients};
    return method;
}

}  // namespace convolab
