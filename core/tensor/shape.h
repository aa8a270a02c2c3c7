#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace convolab {

/// Extents of a dense tensor, slowest first. Per-image shapes carry no batch: an image or map is (C, H, W), a vector
/// (n). Weights of a convolution are (O, I, H, W), of a dense layer (out, in).
class Shape {
  public:
    Shape() = default;
    Shape(std::initializer_list<std::int64_t> extents) : m_extents(extents) {}
    explicit Shape(std::vector<std::int64_t> extents) : m_extents(std::move(extents)) {}

    int rank() const { return static_cast<int>(m_extents.size()); }
    std::int64_t operator[](int axis) const { return m_extents[static_cast<std::size_t>(axis)]; }
    std::int64_t& operator[](int axis) { return m_extents[static_cast<std::size_t>(axis)]; }
    const std::vector<std::int64_t>& extents() const { return m_extents; }

    /// Number of elements; 1 for rank 0.
    std::int64_t size() const {
        std::int64_t product = 1;
        for (const std::int64_t extent : m_extents) product *= extent;
        return product;
    }

    /// This per-image shape with a batch of `n` in front.
    Shape withBatch(std::int64_t n) const {
        std::vector<std::int64_t> extents{n};
        extents.insert(extents.end(), m_extents.begin(), m_extents.end());
        return Shape(std::move(extents));
    }

    bool isImage() const { return rank() == 3; }
    bool isVector() const { return rank() == 1; }
    // For (C, H, W); a vector counts as (n, 1, 1).
    std::int64_t channels() const { return rank() == 0 ? 0 : m_extents[0]; }
    std::int64_t height() const { return rank() == 3 ? m_extents[1] : 1; }
    std::int64_t width() const { return rank() == 3 ? m_extents[2] : 1; }

    /// "6×30×30"
    std::string text() const {
        std::string result;
        for (std::size_t i = 0; i < m_extents.size(); ++i) {
            if (i > 0) result += "\u00D7";
            result += std::to_string(m_extents[i]);
        }
        return result;
    }

    bool operator==(const Shape&) const = default;

  private:
    std::vector<std::int64_t> m_extents;
};

}  // namespace convolab
