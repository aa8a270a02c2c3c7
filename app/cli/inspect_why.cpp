// Views that need gradients: where the evidence is, and what excites a unit.
#include "app/cli/inspect_views.h"
#include "app/cli/picture_sheet.h"
#include "core/inspect/attribution.h"
#include "core/inspect/maximization.h"
#include "core/layers/softmax_kinds.h"
#include "core/tensor/npy.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

using Json = nlohmann::ordered_json;

Result<Json> showAttribution(const AttributionMethod& method, Inspection& inspection) {
    CONVOLAB_RETURN_IF_ERROR(inspection.checkUnit({}, inspection.analysis.classes, "class"));
    AttributionRequest request;
    request.weights = inspection.weights;
    request.image = inspection.image->pixels.view();
    request.target = static_cast<int>(inspection.unit.value_or(-1));
    request.layer = inspection.layer;
    request.steps = inspection.steps.value_or(request.steps);
    ProgressBar progress(inspection.console, method.id);
    const auto attribution = method.run(inspection.spec, request, [&](double share) {
        progress.update(share, "");
        return !interrupted();
    });
    progress.clear();
    if (!attribution.ok()) return attribution.error();
    const auto height = static_cast<int>(attribution->map.shape()[0]);
    const auto width = static_cast<int>(attribution->map.shape()[1]);
    ColorScale scale = ColorScale::of(attribution->map.span());
    scale.isSigned = attribution->isSigned;
    const PictureSheet image = imageSheet(request.image);
    inspection.console.result(method.label + " of class " + inspection.className(attribution->target) +
                              ", score " + valueText(attribution->logit) +
                              (attribution->note.empty() ? "" : "; " + attribution->note) + "  " + method.id +
                              ".png");
    CONVOLAB_RETURN_IF_ERROR(inspection.writeSheet(
        method.id, mosaicSheet({image, mapSheet(attribution->map.span(), height, width, scale),
                                overlaySheet(image, attribution->map.span(), scale)},
                               3)));
    CONVOLAB_RETURN_IF_ERROR(inspection.writeCsv(method.id, attribution->map.span(), width));
    CONVOLAB_RETURN_IF_ERROR(writeNpy(inspection.fileFor(method.id + ".npy"), attribution->map.view()));
    return Json{{"class", attribution->target}, {"score", attribution->logit}, {"note", attribution->note}};
}

namespace {

/// The layer whose values are the scores of the classes.
NodeId scoreLayer(const Inspection& inspection) {
    NodeId id = inspection.analysis.output;
    while (true) {
        const LayerKind& kind = *findLayerKind(inspection.spec.node(id)->kind);
        const bool passesOn = kind.group == LayerGroup::Output || isSoftmax(inspection.spec.node(id)->kind);
        const Edge* before = inspection.spec.edgeInto({id, 0});
        if (!passesOn || before == nullptr) return id;
        id = before->from.node;
    }
}

}  // namespace

Result<Json> showMaximized(Inspection& inspection) {
    MaximizationOptions options;
    options.layer = inspection.layer ? inspection.layer : scoreLayer(inspection);
    options.channel = inspection.unit.value_or(0);
    options.place = inspection.place;
    options.steps = inspection.steps.value_or(options.steps);
    options.seed = inspection.seed;
    CONVOLAB_ASSIGN(const auto maximizer,
                    ActivationMaximizer::create(inspection.spec, inspection.weights, options));
    const double start = maximizer->activation();
    ProgressBar progress(inspection.console, "maximising");
    while (!maximizer->finished() && !interrupted()) {
        CONVOLAB_RETURN_IF_ERROR(maximizer->runStep());
        progress.update(static_cast<double>(maximizer->step()) / options.steps,
                        valueText(maximizer->activation()));
    }
    progress.clear();
    const std::string& layer = inspection.spec.node(options.layer)->name;
    const std::string name =
        inspection.layerFile("maximize", options.layer) + "-" + std::to_string(options.channel);
    inspection.console.result(layer + ", unit " + withThousands(options.channel) + ": " + valueText(start) +
                              " → " + valueText(maximizer->activation()) + " after " +
                              withThousands(maximizer->step()) + " steps  " + name + ".png");
    const PictureSheet image = imageSheet(maximizer->image());
    CONVOLAB_RETURN_IF_ERROR(
        inspection.writeSheet(name, enlargedSheet(image, zoomOf(image.width, image.height))));
    CONVOLAB_RETURN_IF_ERROR(writeNpy(inspection.fileFor(name + ".npy"), maximizer->image()));
    return Json{{"layer", layer},
                {"unit", options.channel},
                {"start", start},
                {"activation", maximizer->activation()},
                {"steps", maximizer->step()}};
}

}  // namespace convolab
