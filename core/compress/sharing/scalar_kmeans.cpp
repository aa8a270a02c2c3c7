#include "core/compress/sharing/scalar_kmeans.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>

#include "core/util/check.h"
#include "core/util/option_text.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kRefills = 32;

struct StartName {
    CodebookStart start;
    const char* name;
};
constexpr StartName kStartNames[] = {{CodebookStart::Linear, "linear"},
                                     {CodebookStart::Density, "density"},
                                     {CodebookStart::PlusPlus, "kmeans++"}};

/// A number whose order as an unsigned one is that of the finite floats.
std::uint32_t orderOf(float value) {
    const auto pattern = std::bit_cast<std::uint32_t>(value);
    return (pattern & 0x80000000U) != 0 ? ~pattern : pattern | 0x80000000U;
}
float valueOf(std::uint32_t order) {
    return std::bit_cast<float>((order & 0x80000000U) != 0 ? order & 0x7FFFFFFFU : ~order);
}

/// Radix sort in three passes of 11 bits: a tenth of the time of comparing, for hundreds of thousands of weights.
void sortFloats(std::vector<float>& values) {
    constexpr int kBits = 11;
    constexpr std::uint32_t kDigits = 1U << kBits;
    std::vector<std::uint32_t> from(values.size());
    std::vector<std::uint32_t> to(values.size());
    std::ranges::transform(values, from.begin(), orderOf);
    for (int shift = 0; shift < 32; shift += kBits) {
        std::array<std::size_t, kDigits> next{};
        for (const std::uint32_t key : from) ++next[(key >> shift) & (kDigits - 1)];
        std::exclusive_scan(next.begin(), next.end(), next.begin(), std::size_t{0});
        for (const std::uint32_t key : from) to[next[(key >> shift) & (kDigits - 1)]++] = key;
        std::swap(from, to);
    }
    std::ranges::transform(from, values.begin(), valueOf);
}

/// The different values, if there are at most `most`.
std::vector<double> fewDifferent(const std::vector<float>& sorted, std::size_t most) {
    std::vector<double> found;
    for (const float value : sorted) {
        if (!found.empty() && found.back() == value) continue;
        if (found.size() == most) return {};
        found.push_back(value);
    }
    return found;
}

}  // namespace

const char* codebookStartName(CodebookStart start) {
    for (const StartName& each : kStartNames) {
        if (each.start == start) return each.name;
    }
    CONVOLAB_CHECK(false, "a codebook start without a name");
    return "";
}

Result<CodebookStart> codebookStartFromName(std::string_view name) {
    std::vector<std::string> known;
    for (const StartName& each : kStartNames) {
        known.emplace_back(each.name);
        if (normalizedName(name) == normalizedName(each.name)) return each.start;
    }
    return unknownWord("start of a codebook", name, known);
}

std::vector<double> middlesOf(const std::vector<double>& centroids) {
    std::vector<double> middles;
    for (std::size_t k = 1; k < centroids.size(); ++k) middles.push_back(0.5 * (centroids[k - 1] + centroids[k]));
    return middles;
}

std::size_t nearestCentroid(const std::vector<double>& middles, double value) {
    return static_cast<std::size_t>(std::ranges::lower_bound(middles, value) - middles.begin());
}

ScalarKMeans::ScalarKMeans(std::vector<float> values, int clusters, CodebookStart start, std::uint64_t seed)
    : m_values(std::move(values)) {
    sortFloats(m_values);
    m_members.resize(m_values.size() + 1);
    std::iota(m_members.begin(), m_members.end(), std::int64_t{0});
    m_sums.reserve(m_values.size() + 1);
    m_sums.push_back(0.0);
    for (const float value : m_values) m_sums.push_back(m_sums.back() + value);
    begin(clusters, start, seed);
}

ScalarKMeans::ScalarKMeans(std::vector<float> ascending, std::span<const std::int64_t> counts, int clusters)
    : m_values(std::move(ascending)), m_members{0}, m_sums{0.0} {
    CONVOLAB_CHECK(counts.size() == m_values.size(), "a count for each value");
    for (std::size_t i = 0; i < counts.size(); ++i) {
        m_members.push_back(m_members.back() + counts[i]);
        m_sums.push_back(m_sums.back() + static_cast<double>(counts[i]) * m_values[i]);
    }
    begin(clusters, CodebookStart::Linear, 0);
}

void ScalarKMeans::begin(int clusters, CodebookStart start, std::uint64_t seed) {
    CONVOLAB_CHECK(clusters >= 1, "k-means needs a cluster");
    m_centroids = fewDifferent(m_values, static_cast<std::size_t>(clusters));
    m_exact = !m_centroids.empty() || m_values.empty();
    if (!m_exact) {
        m_centroids.resize(static_cast<std::size_t>(clusters));
        placeCentroids(start, seed);
    }
    assign();
}

void ScalarKMeans::placeCentroids(CodebookStart start, std::uint64_t seed) {
    const auto count = static_cast<double>(m_centroids.size());
    const double low = m_values.front();
    const double high = m_values.back();
    if (start == CodebookStart::PlusPlus) return startPlusPlus(seed);
    for (std::size_t k = 0; k < m_centroids.size(); ++k) {
        if (start == CodebookStart::Linear) {
            const double share = count > 1.0 ? static_cast<double>(k) / (count - 1.0) : 0.5;
            m_centroids[k] = low + share * (high - low);
        } else {
            const double share = (static_cast<double>(k) + 0.5) / count;
            m_centroids[k] = m_values[static_cast<std::size_t>(share * static_cast<double>(m_values.size()))];
        }
    }
}

void ScalarKMeans::startPlusPlus(std::uint64_t seed) {
    RandomSequence random(seed, RandomStreamId::Analysis);
    m_centroids[0] = m_values[random.below(static_cast<std::uint32_t>(m_values.size()))];
    std::vector<double> distances(m_values.size(), INFINITY);
    for (std::size_t k = 1; k < m_centroids.size(); ++k) {
        double total = 0.0;
        for (std::size_t i = 0; i < m_values.size(); ++i) {
            const double away = m_values[i] - m_centroids[k - 1];
            distances[i] = std::min(distances[i], away * away);
            total += distances[i];
        }
        double left = total * random.uniform();
        std::size_t chosen = 0;
        while (chosen + 1 < m_values.size() && left >= distances[chosen]) left -= distances[chosen++];
        m_centroids[k] = m_values[chosen];
    }
    std::ranges::sort(m_centroids);
}

void ScalarKMeans::assign() {
    m_begin.assign(1, 0);
    for (const double middle : middlesOf(m_centroids)) {
        const auto first = m_values.begin() + static_cast<std::ptrdiff_t>(m_begin.back());
        m_begin.push_back(static_cast<std::size_t>(std::upper_bound(first, m_values.end(), middle) - m_values.begin()));
    }
    if (!m_centroids.empty()) m_begin.push_back(m_values.size());
}

bool ScalarKMeans::refillEmpty() {
    std::vector<std::size_t> empty;
    std::vector<std::pair<double, double>> far;  // distance from its centroid, value: the ends of each cluster
    for (std::size_t k = 0; k < m_centroids.size(); ++k) {
        if (m_begin[k] == m_begin[k + 1]) {
            empty.push_back(k);
            continue;
        }
        for (const double value : {m_values[m_begin[k]], m_values[m_begin[k + 1] - 1]}) {
            const double away = std::abs(value - m_centroids[k]);
            if (away > 0.0) far.emplace_back(away, value);
        }
    }
    if (empty.empty() || far.empty()) return false;
    std::ranges::sort(far, std::greater<>());
    for (std::size_t i = 0; i < std::min(empty.size(), far.size()); ++i) m_centroids[empty[i]] = far[i].second;
    std::ranges::sort(m_centroids);
    assign();
    return true;
}

bool ScalarKMeans::step() {
    if (m_exact) return false;
    const std::vector<std::size_t> before = m_begin;
    for (std::size_t k = 0; k < m_centroids.size(); ++k) {
        if (m_begin[k] == m_begin[k + 1]) continue;
        const auto count = static_cast<double>(m_members[m_begin[k + 1]] - m_members[m_begin[k]]);
        const double mean = (m_sums[m_begin[k + 1]] - m_sums[m_begin[k]]) / count;
        m_centroids[k] = std::clamp<double>(mean, m_values[m_begin[k]], m_values[m_begin[k + 1] - 1]);
    }
    // An empty cluster lies where it was: between its neighbours' means, or past them.
    std::ranges::sort(m_centroids);
    assign();
    // Filling some can empty others; a few rounds settle it, and what stays empty is nobody's loss.
    for (int round = 0; round < kRefills && refillEmpty(); ++round) {
    }
    return m_begin != before;
}

int ScalarKMeans::run(int most) {
    int iterations = 0;
    while (iterations < most && step()) ++iterations;
    return iterations;
}

std::vector<std::int64_t> ScalarKMeans::counts() const {
    std::vector<std::int64_t> counts;
    for (std::size_t k = 0; k < m_centroids.size(); ++k) {
        counts.push_back(m_members[m_begin[k + 1]] - m_members[m_begin[k]]);
    }
    return counts;
}

double ScalarKMeans::squaredError() const {
    double error = 0.0;
    for (std::size_t k = 0; k < m_centroids.size(); ++k) {
        for (std::size_t i = m_begin[k]; i < m_begin[k + 1]; ++i) {
            const double away = m_values[i] - m_centroids[k];
            error += away * away * static_cast<double>(m_members[i + 1] - m_members[i]);
        }
    }
    return error;
}

}  // namespace convolab
