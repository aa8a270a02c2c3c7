#pragma once

#include <optional>

#include "core/util/result.h"

namespace convolab {

/// Why there are no `.convolab` documents: the program was built without SQLite. None where there are; else
/// ProjectFile::open and create answer with the same.
std::optional<Error> documentsMissing();

}  // namespace convolab
