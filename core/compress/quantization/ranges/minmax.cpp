#include "core/compress/quantization/range_rule.h"

namespace convolab {

RangeRule minmaxRange() {
    return {"minmax", "Min–max", "Covers every value that was seen: nothing is clipped, one outlier makes all steps coarse.",
            [](const ValueDistribution& seen, const GridForm&) { return ValueRange{seen.low, seen.high}; }};
}

}  // namespace convolab
