#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "datasets/generated.h"
#include "datasets/image_folder.h"

namespace convolab {

/// One line of the list of data sets that can be opened by name.
struct DatasetEntry {
    std::string id;           ///< "fashion-mnist"
    std::string title;        ///< "Fashion-MNIST"
    std::string description;  ///< one line
    std::string howToGet;     ///< one sentence; for the built-in sets, that there is nothing to get
    bool builtIn = false;     ///< drawn by the program, always there
    std::string targetUnit = {};  ///< of a regression: the unit of what it estimates
};

const std::vector<DatasetEntry>& datasetCatalogue();

struct DatasetRequest {
    std::string name;  ///< an id of the catalogue, or the path of a folder of images by class
    std::filesystem::path dataDir = {};  ///< from --data-dir; searched first, may be empty
    std::uint64_t seed =
        1;  ///< of generated sets and folder splits; not the run's: keep it, so that runs compare
    std::optional<GeneratedSizes> sizes = {};      ///< of generated sets; otherwise their own default
    int imageSide = 32;                            ///< of folders of images
    ChannelRule channels = ChannelRule::Majority;  ///< of folders of images
};

/// Opens a data set. Unknown names are answered with the nearest one, missing files with where they were
/// looked for and how to get them.
Result<DatasetPtr> openDataset(const DatasetRequest& request);

/// The unit of what a regression on this data set estimates; nothing for sets of classes and for unknown names.
std::optional<std::string> regressionUnit(const std::string& dataset);

/// Whether openDataset would find files for this id, without reading them.
bool datasetAvailable(const std::string& id, const std::filesystem::path& dataDir = {});

}  // namespace convolab
