#include "core/util/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace convolab {

std::string withThousands(std::int64_t value) {
    const bool negative = value < 0;
    std::string digits = std::to_string(negative ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
    for (auto position = static_cast<std::ptrdiff_t>(digits.size()) - 3; position > 0; position -= 3) {
        digits.insert(static_cast<std::size_t>(position), 1, ',');
    }
    return (negative ? "\u2212" : "") + digits;
}

std::string formatNumber(double value, int significant) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "infinity" : "-infinity";
    char buffer[64];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, significant);
    return std::string(buffer, result.ptr);
}

std::string formatBytes(double bytes) {
    static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (bytes >= 1024.0 && unit + 1 < std::size(kUnits)) {
        bytes /= 1024.0;
        ++unit;
    }
    const int digits = unit == 0 || bytes >= 100.0 ? 0 : (bytes >= 10.0 ? 1 : 2);
    char buffer[64];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, bytes, std::chars_format::fixed, digits);
    return std::string(buffer, result.ptr) + " " + kUnits[unit];
}

std::string toLower(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

std::string normalizedName(std::string_view text) {
    std::string name = toLower(text);
    std::erase_if(name, [](char c) { return c == ' ' || c == '_' || c == '-'; });
    return name;
}

namespace {

std::size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearestWord(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string wanted = toLower(word);
    const auto best = std::min_element(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
        return editDistance(wanted, toLower(a)) < editDistance(wanted, toLower(b));
    });
    return best == candidates.end() ? std::string{} : *best;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += separator;
        text += parts[i];
    }
    return text;
}

}  // namespace convolab
