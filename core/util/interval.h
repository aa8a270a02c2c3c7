#pragma once

#include <cstdint>

namespace convolab {

/// A share with its 95 % Wilson score interval (Wilson, J. Am. Stat. Assoc. 22, 1927), z = 1.96.
struct ShareInterval {
    double share = 0.0;  ///< hits / count
    double low = 0.0, high = 0.0;
    double halfWidth() const { return (high - low) / 2.0; }
};
ShareInterval wilsonInterval(std::int64_t hits, std::int64_t count);  ///< count 0: [0, 1]

}  // namespace convolab
