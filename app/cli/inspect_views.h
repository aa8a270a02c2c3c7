#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/console.h"
#include "app/cli/inspect_image.h"
#include "core/graph/analysis.h"
#include "core/inspect/activations.h"

namespace convolab {

struct AttributionMethod;
struct PictureSheet;

/// One inspection on its way: what was asked for, and the files that it has written.
struct Inspection {
    const Console& console;
    const NetworkSpec& spec;
    const Analysis& analysis;
    WeightSetPtr weights;
    std::optional<InspectedImage> image;
    ActivationSnapshotPtr snapshot;  ///< with an image
    std::filesystem::path out;       ///< a folder that exists

    NodeId layer;                                                ///< 0: not given
    std::optional<std::int64_t> unit;                            ///< map, unit or class
    std::optional<std::pair<std::int64_t, std::int64_t>> place;  ///< row, column
    std::optional<int> steps;
    std::uint64_t seed = 0;
    std::vector<std::string> files;

    /// "gradcam.png": beside the others; remembered in `files`.
    std::filesystem::path fileFor(const std::string& name);
    Status writeSheet(const std::string& name, const PictureSheet& sheet);  ///< name.png
    /// name.csv: rows of `width` numbers.
    Status writeCsv(const std::string& name, std::span<const float> values, std::int64_t width);
    /// --unit, if given, is one of `count`; else an error with the range, of the layer `of` if there is one.
    Status checkUnit(NodeId of, std::int64_t count, const char* what) const;
    std::string layerFile(const std::string& what, NodeId node) const;  ///< "maps-conv_1"
    std::string className(int index) const;                             ///< "7", "cat (3)"
};

/// One answer to --what. Returns what its JSON object says beside the common keys; prints its lines itself.
struct InspectView {
    std::string id;
    std::string help;
    bool needsImage = true;
    bool needsConvolution = false;
    std::function<Result<nlohmann::ordered_json>(Inspection&)> run;
};

// What they run.
Result<nlohmann::ordered_json> showMaps(Inspection& inspection);
Result<nlohmann::ordered_json> showKernels(Inspection& inspection);
Result<nlohmann::ordered_json> showReceptiveField(Inspection& inspection);
Result<nlohmann::ordered_json> showAttribution(const AttributionMethod& method, Inspection& inspection);
Result<nlohmann::ordered_json> showMaximized(Inspection& inspection);

/// All of them; every attribution method of core/inspect is one by being registered there.
const std::vector<InspectView>& inspectViews();
const InspectView* findInspectView(const std::string& id);

}  // namespace convolab
