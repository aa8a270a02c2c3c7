#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace convolab {

enum class ChannelRule {
    Majority,  ///< grey if most of the images are grey, otherwise colour
    Grey,
    Colour,
};

struct ImageFolderOptions {
    int side = 32;  ///< images become side × side: the largest centred square, then averaged down (or
                    ///< interpolated up)
    ChannelRule channels = ChannelRule::Majority;
    std::uint64_t seed = 1;  ///< of the split
};

struct SkippedFile {
    std::string file;  ///< relative to the folder
    std::string reason;
};

/// Opens a folder of images. Either `folder`/CLASS/… (split 80/10/10 within each class, in the order of a
/// seeded hash of the file names), or `folder`/train/CLASS/… with validation (or val) and test beside train;
/// of those that are missing a tenth of train each is made. Labels follow the sorted names of the class
/// folders. Hidden files are ignored; files that cannot be used are skipped and listed. Links to folders
/// within a class are not followed.
Result<DatasetPtr> openImageFolder(const std::filesystem::path& folder,
                                   const ImageFolderOptions& options = {});

/// What openImageFolder left out, with the reasons; empty for every other data set.
const std::vector<SkippedFile>& skippedFiles(const Dataset& dataset);

}  // namespace convolab
