#include <algorithm>
#include <cmath>

#include "core/graph/analysis.h"
#include "core/inspect/attribution/class_gradient.h"
#include "core/inspect/elementwise.h"

namespace convolab {

namespace {

/// The only layer behind `node`, or none.
const Node* onlySuccessor(const NetworkSpec& spec, NodeId node) {
    const auto edges = spec.edgesOutOf(node);
    return edges.size() == 1 ? spec.node(edges.front()->to.node) : nullptr;
}

/// The last convolution's maps as the rest of the network sees them: behind its docked layers, and behind the
/// add or concat that its branch leads to.
Result<NodeId> lastMaps(const NetworkSpec& spec, const Analysis& analysis) {
    NodeId layer;
    for (const NodeId id : analysis.order) {
        if (findLayerKind(spec.node(id)->kind)->group == LayerGroup::Convolution) layer = id;
    }
    if (!layer) {
        return Error{ErrorCode::Unsupported, "the network has no convolution, whose maps Grad-CAM weighs", "",
                     "saliency and integrated gradients work with every network"};
    }
    for (const Node* next = onlySuccessor(spec, layer); next != nullptr; next = onlySuccessor(spec, layer)) {
        const LayerKind& kind = *findLayerKind(next->kind);
        if (!isElementwise(kind) && kind.group != LayerGroup::Merge) break;
        layer = next->id;
    }
    return layer;
}

Result<NodeId> chosenMaps(const NetworkSpec& spec, const AttributionRequest& request) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    if (!request.layer) return lastMaps(spec, analysis);
    const Node* node = spec.node(request.layer);
    const bool used =
        std::find(analysis.order.begin(), analysis.order.end(), request.layer) != analysis.order.end();
    if (node == nullptr || !used) {
        return Error{ErrorCode::NotFound, "there is no such layer between input and output",
                     node == nullptr ? "" : node->name, "choose another"};
    }
    const Shape& shape = *analysis.find(request.layer)->output;
    if (!shape.isImage()) {
        return Error{ErrorCode::Unsupported,
                     "gives a vector of " + shape.text() + " values; Grad-CAM weighs maps", node->name,
                     "choose a convolution or a pooling"};
    }
    return request.layer;
}

/// Bilinear, with pixel centres at (i + ½) · scale − ½ and the border repeated (PyTorch's align_corners =
/// False).
Tensor enlarged(const Tensor& coarse, std::int64_t height, std::int64_t width) {
    const std::int64_t rows = coarse.shape()[0];
    const std::int64_t columns = coarse.shape()[1];
    Tensor result(Shape{height, width});
    const auto place = [](std::int64_t i, std::int64_t from, std::int64_t to) {
        return std::max(
            0.0, (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5);
    };
    for (std::int64_t i = 0; i < height; ++i) {
        const double y = place(i, rows, height);
        const auto top = static_cast<std::int64_t>(y);
        const std::int64_t bottom = std::min(top + 1, rows - 1);
        for (std::int64_t j = 0; j < width; ++j) {
            const double x = place(j, columns, width);
            const auto left = static_cast<std::int64_t>(x);
            const std::int64_t right = std::min(left + 1, columns - 1);
            const auto at = [&](std::int64_t row, std::int64_t column) {
                return static_cast<double>(coarse.data()[row * columns + column]);
            };
            const double upper = std::lerp(at(top, left), at(top, right), x - static_cast<double>(left));
            const double lower =
                std::lerp(at(bottom, left), at(bottom, right), x - static_cast<double>(left));
            result.data()[i * width + j] =
                static_cast<float>(std::lerp(upper, lower, y - static_cast<double>(top)));
        }
    }
    return result;
}

/// max(0, Σₖ αₖ Aₖ) with αₖ the mean of ∂ logit / ∂ Aₖ over map k (Selvaraju et al., 2017).
Result<Attribution> runGradCam(const NetworkSpec& spec, const AttributionRequest& request,
                               const Progress& progress) {
    CONVOLAB_ASSIGN(const NodeId layer, chosenMaps(spec, request));
    CONVOLAB_ASSIGN(ClassGradient gradient, ClassGradient::create(spec, request, 1, {layer}));
    CONVOLAB_RETURN_IF_ERROR(goOn(progress, 0.5));
    gradient.of({request.image.data, request.image.shape.withBatch(1)});
    const View<const float> maps = gradient.model().tap(layer);
    const View<const float> slopes = gradient.model().tapGradient(layer);
    const std::int64_t plane = maps.shape[2] * maps.shape[3];
    std::vector<double> weighed(static_cast<std::size_t>(plane), 0.0);
    for (std::int64_t k = 0; k < maps.shape[1]; ++k) {
        double alpha = 0.0;
        for (std::int64_t i = 0; i < plane; ++i) alpha += slopes[k * plane + i];
        alpha /= static_cast<double>(plane);
        for (std::int64_t i = 0; i < plane; ++i)
            weighed[static_cast<std::size_t>(i)] += alpha * maps[k * plane + i];
    }
    Attribution result = emptyAttribution(gradient, request.image.shape);
    result.coarse = Tensor(Shape{maps.shape[2], maps.shape[3]});
    std::transform(weighed.begin(), weighed.end(), result.coarse.data(),
                   [](double value) { return static_cast<float>(std::max(0.0, value)); });
    result.map = enlarged(result.coarse, result.map.shape()[0], result.map.shape()[1]);
    const auto most = std::max_element(result.coarse.span().begin(), result.coarse.span().end());
    result.note = "maps of " + spec.node(layer)->name + ", " + result.coarse.shape().text();
    if (*most == 0.0F) result.note += "; nothing in them speaks for this class";
    return result;
}

}  // namespace

const AttributionMethod& gradCamMethod() {
    static const AttributionMethod method{
        "gradcam", "Grad-CAM",
        "Which places of a layer's maps speak for the class: the maps weighed by their mean gradient", true,
        runGradCam};
    return method;
}

}  // namespace convolab
