#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// The folders in which data sets are looked for, in order: `dataDir` (from --data-dir, may be empty),
/// $CONVOLAB_DATA, and the user's own ($XDG_DATA_HOME/convolab/data or ~/.local/share/convolab/data).
std::vector<std::filesystem::path> dataRoots(const std::filesystem::path& dataDir);

/// The first root/`subfolder` in which one of `fileNames` exists; otherwise a NotFound error that lists where
/// it was looked for, with `howToGet` as its hint.
Result<std::filesystem::path> findDataFolder(const std::filesystem::path& dataDir, const std::string& title,
                                             const std::string& subfolder,
                                             const std::vector<std::string>& fileNames,
                                             const std::string& howToGet);

}  // namespace convolab
