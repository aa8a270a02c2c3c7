#pragma once

#include <QString>
#include <cstdint>
#include <string>

#include "core/data/dataset.h"

namespace convolab {

/// "97.20 ± 1.05 %": a share with its 95 % interval, for where split and number stand beside it.
std::string shareText(std::int64_t hits, std::int64_t count);
/// "97.20 ± 1.05 % on the first 1,000 of 5,000 validation images": share with its 95 % interval, split and number. The
/// clause about the first is there only where not all were looked at.
QString accuracyText(std::int64_t correct, std::int64_t images, Split split, std::int64_t ofAll);

}  // namespace convolab
