#include "core/util/interval.h"

#include <algorithm>
#include <cmath>

namespace convolab {

ShareInterval wilsonInterval(std::int64_t hits, std::int64_t count) {
    if (count <= 0) return {0.0, 0.0, 1.0};
    constexpr double z = 1.959964;
    const auto n = static_cast<double>(count);
    const double share = static_cast<double>(hits) / n;
    const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return {share, std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace convolab
