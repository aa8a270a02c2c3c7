#pragma once

#include <vector>

#include "core/inspect/microscope.h"
#include "widgets/maps/value_rows.h"

namespace convolab {

/// The arithmetic of an explanation as rows: "Sum of products 4.31", "+ bias 0.13", "Before ReLU 1 4.44", "After ReLU 1
/// 4.44"; the last is strong.
std::vector<ValueRow> explanationRows(const ValueExplanation& explanation);

/// A number that stands alone, in the manner of these rows.
QString rowNumber(double value);

}  // namespace convolab
