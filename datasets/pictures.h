#pragma once

#include <optional>

#include "core/util/result.h"

namespace convolab {

/// Why no image file can be read or written: the program was built without OpenCV. None where they can; else everything in
/// this folder that reads, fits or writes pictures answers with the same.
std::optional<Error> picturesMissing();

}  // namespace convolab
