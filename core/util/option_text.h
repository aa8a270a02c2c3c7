#pragma once

#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/util/result.h"

namespace convolab {

// Options with parts, as people type them: "NAME[:key=value,…]".

/// The whole text as a number with '.', whatever the locale; nothing else than that number.
template <class Number>
std::optional<Number> parseNumber(std::string_view text) {
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<bool> parseSwitch(std::string_view text);  ///< true/on/yes/1, false/off/no/0

/// "unknown optimizer "adm"", with the nearest word as the hint.
Error unknownWord(const std::string& what, std::string_view word, const std::vector<std::string>& known);

/// The part before the colon.
std::string_view optionName(std::string_view text);
/// Calls `set` with each key and value behind the colon; an error for a part without a value, or the first of `set`.
Status forEachOption(std::string_view text,
                     const std::function<Status(std::string_view key, std::string_view value)>& set);

}  // namespace convolab
