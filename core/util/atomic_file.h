#pragma once

#include <filesystem>
#include <string_view>

#include "core/util/result.h"

namespace convolab {

/// Writes `content` to a temporary file beside `file`, syncs it and renames it: a reader never sees half a file, and an
/// old file survives a full disk. The error says what stood in the way.
Status writeFileAtomically(const std::filesystem::path& file, std::string_view content);

/// Makes the folder with its parents; the error says why not (a file of that name, no permission, full disk).
Status makeFolder(const std::filesystem::path& folder);

}  // namespace convolab
