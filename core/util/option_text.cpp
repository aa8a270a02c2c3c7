#include "core/util/option_text.h"

#include "core/util/text.h"

namespace convolab {

std::optional<bool> parseSwitch(std::string_view text) {
    const std::string word = toLower(text);
    if (word == "true" || word == "on" || word == "yes" || word == "1") return true;
    if (word == "false" || word == "off" || word == "no" || word == "0") return false;
    return std::nullopt;
}

Error unknownWord(const std::string& what, std::string_view word, const std::vector<std::string>& known) {
    std::string hint = "did you mean \"" + nearestWord(word, known) + "\"? There are " + join(known, ", ");
    if (known.empty()) hint.clear();
    return {ErrorCode::InvalidArgument,
            "unknown " + what + " \"" + std::string(word) + "\"",
            {},
            std::move(hint)};
}

std::string_view optionName(std::string_view text) { return text.substr(0, text.find(':')); }

Status forEachOption(std::string_view text,
                     const std::function<Status(std::string_view, std::string_view)>& set) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return {};
    std::string_view rest = text.substr(colon + 1);
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) {
            return Error{ErrorCode::InvalidArgument,
                         "\"" + std::string(part) + "\" in \"" + std::string(text) + "\" has no value",
                         {},
                         "write it as " + toLower(text.substr(0, colon)) + ":key=value,key=value"};
        }
        CONVOLAB_RETURN_IF_ERROR(set(part.substr(0, equals), part.substr(equals + 1)));
    }
    return {};
}

}  // namespace convolab
