#pragma once

#include <filesystem>

#include "core/data/dataset.h"

namespace convolab {

/// Writes a PNG that shows one row of images per class, the first `columns` of the split each, with the class
/// name and how many images it has below the row. `rows` limits the number of classes shown; 0 shows all.
/// Grey stays grey; images other than one or three channels are refused.
Status writeContactSheet(const Dataset& dataset, Split split, const std::filesystem::path& file,
                         int columns = 16, int rows = 0);

}  // namespace convolab
