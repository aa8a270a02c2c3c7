#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convolab {

/// Numbers and words as people read them; never depends on the locale.
std::string withThousands(std::int64_t value);  ///< 81194 → "81,194"; minus is U+2212
std::string formatNumber(double value, int significant = 6);  ///< shortest form with '.', for JSON-like text and messages
std::string formatBytes(double bytes);          ///< "317 KiB", "1.29 MiB"
std::string toLower(std::string_view text);
/// Lower case without spaces, underscores and hyphens: how layer names given by hand are compared.
std::string normalizedName(std::string_view text);
/// The candidate with the smallest edit distance to `word`; empty if there are none.
std::string nearestWord(std::string_view word, const std::vector<std::string>& candidates);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace convolab
