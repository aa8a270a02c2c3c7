#pragma once

#include <QString>
#include <cstdint>

#include "core/data/dataset.h"

namespace convolab {

/// "97.20 ± 1.05 % on the first 1,000 of 5,000 validation images": share with its 95 % interval, split and number. The
/// clause about the first is there only where not all were looked at.
QString accuracyText(std::int64_t correct, std::int64_t images, Split split, std::int64_t ofAll);

}  // namespace convolab
