#pragma once

#include <string>
#include <vector>

namespace convolab {

/// Text in aligned columns, measured in code points.
class Table {
  public:
    /// `alignRight`: per column, 1 for numbers.
    Table(std::vector<std::string> header, std::vector<int> alignRight);
    void row(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    void separator() { m_rows.emplace_back(); }
    std::vector<std::string> lines() const;

  private:
    std::vector<int> m_alignRight;
    std::vector<std::vector<std::string>> m_rows;
};

}  // namespace convolab
