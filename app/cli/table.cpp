#include "app/cli/table.h"

#include <algorithm>

namespace convolab {

namespace {

std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Table::Table(std::vector<std::string> header, std::vector<int> alignRight)
    : m_alignRight(std::move(alignRight)) {
    m_rows.push_back(std::move(header));
    separator();
}

std::vector<std::string> Table::lines() const {
    std::vector<std::size_t> widths(m_alignRight.size(), 0);
    for (const auto& row : m_rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    }
    std::vector<std::string> result;
    for (const auto& row : m_rows) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (i > 0) line += "  ";
            if (row.empty()) {
                for (std::size_t j = 0; j < widths[i]; ++j) line += "─";
                continue;
            }
            const std::string padding(widths[i] - width(row[i]), ' ');
            line += m_alignRight[i] != 0 ? padding + row[i] : row[i] + padding;
        }
        while (line.ends_with(' ')) line.pop_back();
        result.push_back(line);
    }
    return result;
}

}  // namespace convolab
