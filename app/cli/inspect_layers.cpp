// Views of a layer itself: its maps, its kernels, what it sees.
#include <algorithm>
#include <cmath>

#include "app/cli/inspect_views.h"
#include "app/cli/picture_sheet.h"
#include "core/inspect/receptive_field.h"
#include "core/tensor/npy.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFrame = 2;  // pixels
constexpr int kLongestRow = 32;

bool isConvolution(const NetworkSpec& spec, NodeId id) {
    return findLayerKind(spec.node(id)->kind)->group == LayerGroup::Convolution;
}

std::vector<NodeId> convolutions(const Inspection& inspection) {
    std::vector<NodeId> found;
    std::ranges::copy_if(inspection.analysis.order, std::back_inserter(found),
                         [&](NodeId id) { return isConvolution(inspection.spec, id); });
    return found;
}

/// A few values as one row, many in nearly square rows.
PictureSheet vectorSheet(std::span<const float> values, const ColorScale& scale) {
    const auto count = static_cast<int>(values.size());
    const int width = count <= kLongestRow ? count : static_cast<int>(std::ceil(std::sqrt(count)));
    const int height = (count + width - 1) / width;
    std::vector<float> cells(static_cast<std::size_t>(width * height), 0.0F);
    std::ranges::copy(values, cells.begin());
    return mapSheet(cells, height, width, scale);
}

Status writeMaps(Inspection& inspection, NodeId layer) {
    const Tensor& output = inspection.snapshot->outputs.at(layer);
    const Shape& shape = output.shape();
    const bool image = shape.isImage();
    CONVOLAB_RETURN_IF_ERROR(inspection.checkUnit(layer, shape.channels(), image ? "map" : "unit"));
    const ColorScale scale = ColorScale::of(output.span());
    const auto plane = static_cast<std::size_t>(shape.height() * shape.width());
    const std::int64_t first = image ? inspection.unit.value_or(0) : 0;
    const std::int64_t count = !image || inspection.unit ? 1 : shape.channels();
    std::vector<PictureSheet> tiles;
    if (!image) tiles.push_back(vectorSheet(output.span(), scale));
    for (std::int64_t c = first; image && c < first + count; ++c) {
        tiles.push_back(mapSheet(output.span().subspan(static_cast<std::size_t>(c) * plane, plane),
                                 static_cast<int>(shape.height()), static_cast<int>(shape.width()), scale));
    }
    std::string name = inspection.layerFile("maps", layer);
    if (inspection.unit) name += "-" + std::to_string(*inspection.unit);
    inspection.console.result(inspection.spec.node(layer)->name + "  " + shape.text() + ", " +
                              (scale.isSigned ? "±" : "0 … ") + valueText(scale.limit) + "  " + name +
                              ".png");
    CONVOLAB_RETURN_IF_ERROR(inspection.writeSheet(name, mosaicSheet(tiles)));
    if (inspection.unit && image) {
        return inspection.writeCsv(
            name, output.span().subspan(static_cast<std::size_t>(first) * plane, plane), shape.width());
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

}  // namespace

Result<Json> showMaps(Inspection& inspection) {
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

namespace {

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

}  // namespace

Result<Json> showKernels(Inspection& inspection) {
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
    CONVOLAB_RETURN_IF_ERROR(inspection.checkUnit(layer, weights.shape[0], "filter"));
    std::string name = inspection.layerFile("kernels", layer);
    if (inspection.unit) name += "-" + std::to_string(*inspection.unit);
    const double limit = ColorScale::of({weights.data, static_cast<std::size_t>(weights.size())}).limit;
    inspection.console.result(node.name + "  filters × channels × rows × columns " + weights.shape.text() +
                              ", ±" + valueText(limit) + "  " + name + ".png");
    CONVOLAB_RETURN_IF_ERROR(inspection.writeSheet(name, kernelSheet(inspection, weights)));
    if (inspection.unit) {
        const std::int64_t each = weights.size() / weights.shape[0];
        const std::span<const float> own(weights.data + *inspection.unit * each,
                                         static_cast<std::size_t>(each));
        CONVOLAB_RETURN_IF_ERROR(inspection.writeCsv(name, own, weights.shape[3]));
    } else {
        CONVOLAB_RETURN_IF_ERROR(writeNpy(inspection.fileFor(name + ".npy"), weights));
    }
    return Json{{"layer", node.name}, {"shape", weights.shape.extents()}, {"limit", limit}};
}

namespace {

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

}  // namespace

Result<Json> showReceptiveField(Inspection& inspection) {
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
    const std::string seen =
        inside.height() <= 0 || inside.width() <= 0
            ? "only padding"
            : "rows " + std::to_string(inside.top) + " to " + std::to_string(inside.bottom) + ", columns " +
                  std::to_string(inside.left) + " to " + std::to_string(inside.right) + " (" +
                  withThousands(field.height()) + "×" + withThousands(field.width()) + " with the padding)";
    inspection.console.result(name + ", map " + withThousands(value.channel) + " at row " +
                              withThousands(row) + ", column " + withThousands(column) + " sees " + seen +
                              "  " + file + ".png");
    CONVOLAB_RETURN_IF_ERROR(inspection.writeSheet(file, framedSheet(imageSheet(pixels), inside)));
    return Json{{"layer", name},          {"unit", value.channel}, {"row", row},
                {"column", column},       {"top", field.top},      {"left", field.left},
                {"bottom", field.bottom}, {"right", field.right}};
}

}  // namespace convolab
