#include "app/lenses/look_inside/matrix_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace convolab {

namespace {

using Rows = std::vector<std::vector<float>>;

Error refusal(std::string message, std::string hint) { return {ErrorCode::InvalidArgument, std::move(message), "", std::move(hint)}; }

std::string withPlainMinus(std::string text) {
    const std::string minus = "\u2212";
    for (std::size_t at = text.find(minus); at != std::string::npos; at = text.find(minus)) text.replace(at, minus.size(), "-");
    return text;
}

std::optional<double> plainNumber(const std::string& word) {
    const char* first = word.data() + (word.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, problem] = std::from_chars(first, word.data() + word.size(), value);
    if (problem != std::errc{} || end != word.data() + word.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<double> number(const std::string& word) {
    const std::size_t slash = word.find('/');
    if (slash == std::string::npos) return plainNumber(word);
    const auto above = plainNumber(word.substr(0, slash)), below = plainNumber(word.substr(slash + 1));
    if (!above || !below || *below == 0) return std::nullopt;
    return *above / *below;
}

Status readRow(const std::string& line, Rows& rows) {
    std::vector<float> row;
    std::string spaced = line;
    for (char& c : spaced)
        if (c == ',' || c == '\t') c = ' ';
    std::istringstream words(spaced);
    for (std::string word; words >> word;) {
        const auto value = number(word);
        if (!value) return refusal("\u201C" + word + "\u201D in row " + std::to_string(rows.size()) + " is not a number", "write numbers with spaces between them");
        row.push_back(static_cast<float>(*value));
    }
    if (!row.empty()) rows.push_back(std::move(row));
    return {};
}

Status addChannel(std::vector<Rows>& channels, Rows rows) {
    if (rows.empty()) return {};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].size() == rows[0].size()) continue;
        return refusal("row " + std::to_string(i) + " has " + std::to_string(rows[i].size()) + " numbers, row 0 has " + std::to_string(rows[0].size()),
                       "give every row the same number");
    }
    if (!channels.empty() && (channels[0].size() != rows.size() || channels[0][0].size() != rows[0].size())) {
        return refusal("channel " + std::to_string(channels.size()) + " is " + std::to_string(rows.size()) + "\u00D7" + std::to_string(rows[0].size()) +
                           ", channel 0 is " + std::to_string(channels[0].size()) + "\u00D7" + std::to_string(channels[0][0].size()),
                       "make all channels equally large");
    }
    channels.push_back(std::move(rows));
    return {};
}

}  // namespace

Result<Tensor> matrixFromText(const std::string& text) {
    std::vector<Rows> channels;
    Rows rows;
    std::istringstream lines(withPlainMinus(text));
    for (std::string line; std::getline(lines, line);) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            CONVOLAB_RETURN_IF_ERROR(addChannel(channels, std::exchange(rows, {})));
            continue;
        }
        for (std::size_t at = line.find(" / "); at != std::string::npos; at = line.find(" / ")) {
            CONVOLAB_RETURN_IF_ERROR(readRow(line.substr(0, at), rows));
            line.erase(0, at + 3);
        }
        CONVOLAB_RETURN_IF_ERROR(readRow(line, rows));
    }
    CONVOLAB_RETURN_IF_ERROR(addChannel(channels, std::move(rows)));
    if (channels.empty()) return refusal("there are no numbers", "type rows of numbers");
    Tensor result(Shape{static_cast<std::int64_t>(channels.size()), static_cast<std::int64_t>(channels[0].size()),
                        static_cast<std::int64_t>(channels[0][0].size())});
    float* next = result.data();
    for (const Rows& channel : channels)
        for (const auto& row : channel) next = std::copy(row.begin(), row.end(), next);
    return result;
}

std::string matrixText(View<const float> maps) {
    std::string result;
    std::int64_t at = 0;
    for (std::int64_t channel = 0; channel < maps.shape.channels(); ++channel) {
        if (channel > 0) result += "\n";
        for (std::int64_t row = 0; row < maps.shape.height(); ++row) {
            for (std::int64_t column = 0; column < maps.shape.width(); ++column) {
                char number[64];
                const auto end = std::to_chars(number, number + sizeof number, maps[at++]).ptr;
                result += (column > 0 ? " " : "") + std::string(number, end);
            }
            result += "\n";
        }
    }
    return result;
}

}  // namespace convolab
