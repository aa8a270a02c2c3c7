#include "app/cli/inspect_views.h"

#include <algorithm>

#include "app/cli/picture_sheet.h"
#include "core/inspect/attribution.h"
#include "core/inspect/maximization.h"
#include "core/inspect/receptive_field.h"
#include "core/tensor/npy_file.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "datasets/png_file.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFrame = 2;  // pixels

Status writeSheet(Inspection& inspection, const std::string& name, const PictureSheet& sheet) {
    return writePng(inspection.fileFor(name + ".png"), sheet.width, sheet.height, sheet.rgb);
}

/// One map as rows of numbers.
Status writeCsv(Inspection& inspection, const std::string& name, std::span<const float> values, std::int64_t width) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        text += formatNumber(values[i], 9);
        text += (i + 1) % static_cast<std::size_t>(width) == 0 ? "\n" : ",";
    }
    return writeFileAtomically(inspection.fileFor(name + ".csv"), text);
}

bool isConvolution(const NetworkSpec& spec, NodeId id) {
    return findLayerKind(spec.node(id)->kind)->group == LayerGroup::Convolution;
}

std::vector<NodeId> convolutions(const Inspection& inspection) {
    std::vector<NodeId> found;
    std::ranges::copy_if(inspection.analysis.order, std::back_inserter(found),
                         [&](NodeId id) { return isConvolution(inspection.spec, id); });
    return found;
}

Status checkUnit(const Inspection& inspection, NodeId layer, std::int64_t count, const char* what) {
    if (!inspection.unit || *inspection.unit < count) return {};
    return Error{ErrorCode::InvalidArgument,
                 std::string("there is no ") + what + " " + withThousands(*inspection.unit) + ", they are counted from 0 to " +
                     withThousands(count - 1),
                 layer ? inspection.spec.node(layer)->name : "", "choose one of them with --unit"};
}

// ---- maps

Status writeMaps(Inspection& inspection, NodeId layer) {
    const Tensor& output = inspection.snapshot->outputs.at(layer);
    const Shape& shape = output.shape();
    const bool image = shape.isImage();
    CONVOLAB_RETURN_IF_ERROR(checkUnit(inspection, layer, shape.channels(), image ? "map" : "unit"));
    const std::int64_t height = shape.height();
    const std::int64_t width = image ? shape.width() : shape.size();
    const ColorScale scale = ColorScale::of(output.span());
    const auto plane = static_cast<std::size_t>(height * width);
    const std::int64_t first = image ? inspection.unit.value_or(0) : 0;
    const std::int64_t count = !image || inspection.unit ? 1 : shape.channels();
    std::vector<PictureSheet> tiles;
    for (std::int64_t c = first; c < first + count; ++c) {
        tiles.push_back(mapSheet(output.span().subspan(static_cast<std::size_t>(c) * plane, plane), static_cast<int>(height),
                                 static_cast<int>(width), scale));
    }
    std::string name = inspection.layerFile("maps", layer);
    if (inspection.unit) name += "-" + std::to_string(*inspection.unit);
    inspection.console.result(inspection.spec.node(layer)->name + "  " + shape.text() + ", " + (scale.isSigned ? "±" : "0 … ") +
                              valueText(scale.limit) + "  " + name + ".png");
    CONVOLAB_RETURN_IF_ERROR(writeSheet(inspection, name, mosaicSheet(tiles)));
    if (inspection.unit && image) {
        return writeCsv(inspection, name, output.span().subspan(static_cast<std::size_t>(first) * plane, plane), width);
    }
    return writeNpy(inspection.fileFor(name + ".npy"), output.view());
}

/// Those that give maps; in a network without any, those that give values.
std::vector<NodeId> shownLayers(const Inspection& inspection) {
    std::vector<NodeId> maps;
    std::vector<NodeId> vectors;
    for (const NodeId id : inspection.analysis.order) {
        if (id == inspection.analysis.input) continue;
        (inspection.analysis.find(id)->output->isImage() ? maps : vectors).push_back(id);
    }
    return maps.empty() ? vectors : maps;
}

Result<Json> runMaps(Inspection& inspection) {
    std::vector<NodeId> layers{inspection.layer};
    if (!inspection.layer) {
        layers = shownLayers(inspection);
        if (inspection.unit) {
            return Error{ErrorCode::InvalidArgument, "--unit needs a layer", "", "say which with --layer"};
        }
    }
    Json rows = Json::array();
    for (const NodeId layer : layers) {
        CONVOLAB_RETURN_IF_ERROR(writeMaps(inspection, layer));
        const Tensor& output = inspection.snapshot->outputs.at(layer);
        const auto [low, high] = std::minmax_element(output.span().begin(), output.span().end());
        rows.push_back({{"layer", inspection.spec.node(layer)->name},
                        {"shape", output.shape().extents()},
                        {"low", *low},
                        {"high", *high}});
    }
    return Json{{"layers", rows}};
}

// ---- kernels

PictureSheet kernelSheet(const Inspection& inspection, const View<const float>& weights) {
    const auto depth = static_cast<std::size_t>(weights.shape[1]);
    const auto height = static_cast<int>(weights.shape[2]);
    const auto width = static_cast<int>(weights.shape[3]);
    const auto plane = static_cast<std::size_t>(height * width);
    const std::span<const float> all(weights.data, static_cast<std::size_t>(weights.size()));
    const double limit = ColorScale::of(all).limit;
    const bool colour = depth == 3;
    std::vector<PictureSheet> tiles;
    const auto first = static_cast<std::size_t>(inspection.unit.value_or(0));
    const std::size_t last = inspection.unit ? first + 1 : static_cast<std::size_t>(weights.shape[0]);
    for (std::size_t filter = first; filter < last; ++filter) {
        const auto own = all.subspan(filter * depth * plane, depth * plane);
        if (colour) tiles.push_back(colorKernelSheet(own, height, width, limit));
        for (std::size_t c = 0; c < depth && !colour; ++c) {
            tiles.push_back(mapSheet(own.subspan(c * plane, plane), height, width, {true, limit}));
        }
    }
    // Deeper layers: one row per filter, one column per input channel.
    return mosaicSheet(tiles, colour || depth == 1 ? 0 : static_cast<int>(depth));
}

Result<Json> runKernels(Inspection& inspection) {
    const std::vector<NodeId> all = convolutions(inspection);
    const NodeId layer = inspection.layer ? inspection.layer : all.front();
    const Node& node = *inspection.spec.node(layer);
    if (!isConvolution(inspection.spec, layer)) {
        std::vector<std::string> names;
        for (const NodeId id : all) names.push_back(inspection.spec.node(id)->name);
        return Error{ErrorCode::Unsupported, "has no kernels", node.name, "choose " + join(names, ", ")};
    }
    const ParameterEntry& entry = *inspection.weights->layout->find(layer, "weight");
    const View<const float> weights{inspection.weights->values(entry).data(), entry.spec.shape};
    CONVOLAB_RETURN_IF_ERROR(checkUnit(inspection, layer, weights.shape[0], "filter"));
    std::string name = inspection.layerFile("kernels", layer);
    if (inspection.unit) name += "-" + std::to_string(*inspection.unit);
    const double limit = ColorScale::of({weights.data, static_cast<std::size_t>(weights.size())}).limit;
    inspection.console.result(node.name + "  filters × channels × rows × columns " + weights.shape.text() + ", ±" +
                              valueText(limit) + "  " + name + ".png");
    CONVOLAB_RETURN_IF_ERROR(writeSheet(inspection, name, kernelSheet(inspection, weights)));
    if (inspection.unit) {
        const std::int64_t each = weights.size() / weights.shape[0];
        const std::span<const float> own(weights.data + *inspection.unit * each, static_cast<std::size_t>(each));
        CONVOLAB_RETURN_IF_ERROR(writeCsv(inspection, name, own, weights.shape[3]));
    } else {
        CONVOLAB_RETURN_IF_ERROR(writeNpy(inspection.fileFor(name + ".npy"), weights));
    }
    return Json{{"layer", node.name}, {"shape", weights.shape.extents()}, {"limit", limit}};
}

// ---- attribution

Result<Json> runAttribution(const AttributionMethod& method, Inspection& inspection) {
    CONVOLAB_RETURN_IF_ERROR(checkUnit(inspection, {}, inspection.analysis.classes, "class"));
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
    inspection.console.result(method.label + " of class " + inspection.className(attribution->target) + ", score " +
                              valueText(attribution->logit) + (attribution->note.empty() ? "" : "; " + attribution->note) + "  " +
                              method.id + ".png");
    CONVOLAB_RETURN_IF_ERROR(writeSheet(
        inspection, method.id,
        mosaicSheet({image, mapSheet(attribution->map.span(), height, width, scale), overlaySheet(image, attribution->map.span(), scale)}, 3)));
    CONVOLAB_RETURN_IF_ERROR(writeCsv(inspection, method.id, attribution->map.span(), width));
    CONVOLAB_RETURN_IF_ERROR(writeNpy(inspection.fileFor(method.id + ".npy"), attribution->map.view()));
    return Json{{"class", attribution->target}, {"score", attribution->logit}, {"note", attribution->note}};
}

// ---- maximisation

/// The layer whose values are the scores of the classes.
NodeId scoreLayer(const Inspection& inspection) {
    NodeId id = inspection.analysis.output;
    while (true) {
        const LayerKind& kind = *findLayerKind(inspection.spec.node(id)->kind);
        const bool passesOn = kind.group == LayerGroup::Output || inspection.spec.node(id)->kind == "softmax";
        const Edge* before = inspection.spec.edgeInto({id, 0});
        if (!passesOn || before == nullptr) return id;
        id = before->from.node;
    }
}

Result<Json> runMaximize(Inspection& inspection) {
    MaximizationOptions options;
    options.layer = inspection.layer ? inspection.layer : scoreLayer(inspection);
    options.channel = inspection.unit.value_or(0);
    options.place = inspection.place;
    options.steps = inspection.steps.value_or(options.steps);
    options.seed = inspection.seed;
    CONVOLAB_ASSIGN(const auto maximizer, ActivationMaximizer::create(inspection.spec, inspection.weights, options));
    const double start = maximizer->activation();
    ProgressBar progress(inspection.console, "maximising");
    while (!maximizer->finished() && !interrupted()) {
        CONVOLAB_RETURN_IF_ERROR(maximizer->runStep());
        progress.update(static_cast<double>(maximizer->step()) / options.steps, valueText(maximizer->activation()));
    }
    progress.clear();
    const std::string& layer = inspection.spec.node(options.layer)->name;
    const std::string name = inspection.layerFile("maximize", options.layer) + "-" + std::to_string(options.channel);
    inspection.console.result(layer + ", unit " + withThousands(options.channel) + ": " + valueText(start) + " → " +
                              valueText(maximizer->activation()) + " after " + withThousands(maximizer->step()) + " steps  " +
                              name + ".png");
    const PictureSheet image = imageSheet(maximizer->image());
    CONVOLAB_RETURN_IF_ERROR(writeSheet(inspection, name, enlargedSheet(image, zoomOf(image.width, image.height))));
    CONVOLAB_RETURN_IF_ERROR(writeNpy(inspection.fileFor(name + ".npy"), maximizer->image()));
    return Json{{"layer", layer}, {"unit", options.channel}, {"start", start}, {"activation", maximizer->activation()},
                {"steps", maximizer->step()}};
}

// ---- receptive field

/// The image enlarged, with a frame around the pixels that are seen.
PictureSheet framedSheet(const PictureSheet& image, const PixelRect& seen) {
    const int zoom = zoomOf(image.width, image.height);
    PictureSheet sheet = enlargedSheet(image, zoom);
    const auto left = static_cast<int>(seen.left) * zoom;
    const auto top = static_cast<int>(seen.top) * zoom;
    const auto right = static_cast<int>(seen.right + 1) * zoom - 1;
    const auto bottom = static_cast<int>(seen.bottom + 1) * zoom - 1;
    for (int y = top; y <= bottom; ++y) {
        for (int x = left; x <= right; ++x) {
            const int edge = std::min({x - left, right - x, y - top, bottom - y});
            if (edge < kFrame) sheet.set(x, y, tokens(ThemeMode::Dark).accent);
        }
    }
    return sheet;
}

Result<Json> runReceptiveField(Inspection& inspection) {
    NodeId layer = inspection.layer;
    for (const NodeId id : inspection.analysis.order) {
        const bool image = inspection.analysis.find(id)->output->isImage();
        if (!inspection.layer && image) layer = id;
    }
    const Shape& shape = *inspection.analysis.find(layer)->output;
    const auto [row, column] = inspection.place.value_or(std::pair(shape.height() / 2, shape.width() / 2));
    const ValueRef value{layer, inspection.unit.value_or(0), row, column};
    CONVOLAB_ASSIGN(const PixelRect field, receptiveField(inspection.spec, inspection.analysis, value));
    const View<const float> pixels = inspection.image->pixels.view();
    const Shape& input = pixels.shape;
    const PixelRect inside = field.clipped(input.height(), input.isImage() ? input.width() : 1);
    const std::string& name = inspection.spec.node(layer)->name;
    const std::string file = inspection.layerFile("receptive-field", layer);
    inspection.console.result(name + ", map " + withThousands(value.channel) + " at row " + withThousands(row) + ", column " +
                              withThousands(column) + " sees rows " + std::to_string(inside.top) + " to " +
                              std::to_string(inside.bottom) + ", columns " + std::to_string(inside.left) + " to " +
                              std::to_string(inside.right) + " (" + withThousands(field.height()) + "×" +
                              withThousands(field.width()) + " with the padding)  " + file + ".png");
    CONVOLAB_RETURN_IF_ERROR(writeSheet(inspection, file, framedSheet(imageSheet(pixels), inside)));
    return Json{{"layer", name}, {"unit", value.channel}, {"row", row}, {"column", column},
                {"top", field.top}, {"left", field.left}, {"bottom", field.bottom}, {"right", field.right}};
}

std::vector<InspectView> makeViews() {
    std::vector<InspectView> views{
        {"maps", "What each layer makes of the image, one tile per map; --layer, --unit for one of them", true, false, runMaps},
        {"kernels", "The weights of a convolution: colour for three input channels, else a row per filter", false, true, runKernels}};
    for (const AttributionMethod* method : attributionMethods()) {
        views.push_back({method->id, method->help + "; --unit: the class (default: the predicted one)", true,
                         method->needsConvolution, [method](Inspection& inspection) { return runAttribution(*method, inspection); }});
    }
    views.push_back({"maximize", "The image that excites a unit most, by gradient ascent; --layer, --unit, --at, --steps", false,
                     false, runMaximize});
    views.push_back({"receptive-field", "Which pixels one value of a layer sees; --layer, --unit, --at", true, true,
                     runReceptiveField});
    return views;
}

}  // namespace

std::filesystem::path Inspection::fileFor(const std::string& name) {
    files.push_back((out / name).string());
    return files.back();
}

std::string Inspection::layerFile(const std::string& what, NodeId node) const {
    std::string name = toLower(spec.node(node)->name);
    std::ranges::replace_if(name, [](char c) { return c == ' ' || c == '/' || c == '\\'; }, '_');
    return what + "-" + name;
}

std::string Inspection::className(int index) const {
    const std::string number = std::to_string(index);
    if (!image || index >= static_cast<int>(image->classNames.size())) return number;
    const std::string& name = image->classNames[static_cast<std::size_t>(index)];
    return name == number ? number : name + " (" + number + ")";
}

const std::vector<InspectView>& inspectViews() {
    static const std::vector<InspectView> views = makeViews();
    return views;
}

const InspectView* findInspectView(const std::string& id) {
    const auto found = std::ranges::find(inspectViews(), id, &InspectView::id);
    return found == inspectViews().end() ? nullptr : &*found;
}

}  // namespace convolab
