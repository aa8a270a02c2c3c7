#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// Where the centroids begin (Han et al. 2016, section 3.2, tries three). Linear does best there: large weights are few
/// and matter most, and only this start puts centroids near them.
enum class CodebookStart {
    Linear,    ///< evenly spaced between the smallest and the largest weight
    Density,   ///< evenly spaced in the cumulative distribution
    PlusPlus,  ///< seeded k-means++ (Arthur and Vassilvitskii 2007)
};
const char* codebookStartName(CodebookStart start);  ///< "linear", "density", "kmeans++"
Result<CodebookStart> codebookStartFromName(std::string_view name);

/// k-means of numbers on a line (Lloyd's algorithm), an iteration at a time so that one can watch. The values are sorted
/// once; a cluster is then a range and an iteration costs K · log n. The same arguments give the same clusters. A value
/// halfway between two centroids belongs to the lower one. Empty clusters restart at the values that are furthest
/// from their centroids; with no more different values than clusters, each value is a centroid of its own.
class ScalarKMeans {
  public:
    /// `values` are finite; `clusters` ≥ 1. With `counts`, each value stands for so many equal ones (a histogram's bins).
    ScalarKMeans(std::vector<float> values, int clusters, CodebookStart start = CodebookStart::Linear,
                 std::uint64_t seed = 0);
    ScalarKMeans(std::vector<float> ascending, std::span<const std::int64_t> counts, int clusters);

    /// Moves every centroid to the mean of its cluster; false where that changed no membership (converged).
    bool step();
    /// Steps until converged; the number of iterations.
    int run(int most = 1000);

    const std::vector<double>& centroids() const { return m_centroids; }  ///< ascending
    std::vector<std::int64_t> counts() const;                             ///< members of each
    double squaredError() const;                                          ///< Σ (value − its centroid)²

  private:
    void begin(int clusters, CodebookStart start, std::uint64_t seed);
    void placeCentroids(CodebookStart start, std::uint64_t seed);
    void startPlusPlus(std::uint64_t seed);
    void assign();
    bool refillEmpty();

    std::vector<float> m_values;          // ascending
    std::vector<std::int64_t> m_members;  // how many the first i values stand for
    std::vector<double> m_sums;           // of those
    std::vector<double> m_centroids;
    std::vector<std::size_t> m_begin;  // of each cluster in m_values; one more at the end
    bool m_exact = false;              // no more different values than clusters
};

/// Which of the ascending centroids is nearest to `value`; halfway, the lower one. `middles` are the K − 1 points halfway
/// between neighbours.
std::size_t nearestCentroid(const std::vector<double>& middles, double value);
std::vector<double> middlesOf(const std::vector<double>& centroids);

}  // namespace convolab
