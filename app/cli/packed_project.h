#pragma once

#include <filesystem>
#include <memory>

#include "core/project/project_file.h"

namespace convolab {

/// A document's stand-in for a training where the program has none (documentsMissing): of all that is written it keeps the
/// network with its best weights, as the packed file `file`, as soon as there are some. Nothing else can be read back.
std::unique_ptr<ProjectFile> makePackedProject(const std::filesystem::path& file);

}  // namespace convolab
