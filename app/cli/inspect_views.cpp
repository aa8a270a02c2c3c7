#include "app/cli/inspect_views.h"

#include <algorithm>

#include "app/cli/picture_sheet.h"
#include "core/inspect/attribution.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "datasets/png_file.h"

namespace convolab {

namespace {

std::vector<InspectView> makeViews() {
    std::vector<InspectView> views{
        {"maps", "What each layer makes of the image, one tile per map; --layer, --unit for one of them",
         true, false, showMaps},
        {"kernels", "The weights of a convolution: colour for three input channels, else a row per filter",
         false, true, showKernels}};
    for (const AttributionMethod* method : attributionMethods()) {
        views.push_back({method->id, method->help + "; --unit: the class (default: the predicted one)", true,
                         method->needsConvolution,
                         [method](Inspection& inspection) { return showAttribution(*method, inspection); }});
    }
    views.push_back({"maximize",
                     "The image that excites a unit most, by gradient ascent; --layer, --unit, --at, --steps",
                     false, false, showMaximized});
    views.push_back({"receptive-field", "Which pixels one value of a layer sees; --layer, --unit, --at", true,
                     true, showReceptiveField});
    return views;
}

}  // namespace

std::filesystem::path Inspection::fileFor(const std::string& name) {
    files.push_back((out / name).string());
    return files.back();
}

Status Inspection::writeSheet(const std::string& name, const PictureSheet& sheet) {
    return writePng(fileFor(name + ".png"), sheet.width, sheet.height, sheet.rgb);
}

Status Inspection::writeCsv(const std::string& name, std::span<const float> values, std::int64_t width) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        text += formatNumber(values[i], 9);
        text += (i + 1) % static_cast<std::size_t>(width) == 0 ? "\n" : ",";
    }
    return writeFileAtomically(fileFor(name + ".csv"), text);
}

Status Inspection::checkUnit(NodeId of, std::int64_t count, const char* what) const {
    if (!unit || *unit < count) return {};
    return Error{ErrorCode::InvalidArgument,
                 std::string("there is no ") + what + " " + withThousands(*unit) +
                     ", they are counted from 0 to " + withThousands(count - 1),
                 of ? spec.node(of)->name : "", "choose one of them with --unit"};
}

std::string Inspection::layerFile(const std::string& what, NodeId node) const {
    std::string name = toLower(spec.node(node)->name);
    std::ranges::replace_if(
        name, [](char c) { return c == ' ' || c == '/' || c == '\\'; }, '_');
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
