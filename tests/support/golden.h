// Numbers from elsewhere (tests/golden/<topic>.json) for tests; see tests/golden/README.md for their form.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace convolab::testing {

// A flat array, last index fastest; shapes as (N, C, H, W), weights (O, I, H, W) or [out, in].
struct GoldenArray {
    std::vector<std::int64_t> shape;
    std::vector<double> data;

    std::vector<float> floats() const { return {data.begin(), data.end()}; }
};

inline void from_json(const nlohmann::json& json, GoldenArray& array) {
    json.at("shape").get_to(array.shape);
    json.at("data").get_to(array.data);
}

// The whole file; throws std::runtime_error when it cannot be read.
inline nlohmann::json goldenFile(const std::string& topic) {
    const std::string path = std::string(CONVOLAB_SOURCE_DIR) + "/tests/golden/" + topic + ".json";
    std::ifstream file(path);
    if (!file) throw std::runtime_error("no golden numbers at " + path);
    return nlohmann::json::parse(file);
}

// The cases of a topic, in the file's order.
inline nlohmann::json goldenCases(const std::string& topic) { return goldenFile(topic).at("cases"); }

// One case by its name; throws std::runtime_error when there is none.
inline nlohmann::json goldenCase(const std::string& topic, const std::string& name) {
    for (const nlohmann::json& entry : goldenCases(topic)) {
        if (entry.at("name") == name) return entry;
    }
    throw std::runtime_error("no case " + name + " in golden numbers of " + topic);
}

// The largest |ours - theirs| / max(1, |theirs|); infinity when the sizes differ or ours is not a number.
template <typename Number>
double largestDifference(std::span<const Number> ours, const std::vector<double>& theirs) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (ours.size() != theirs.size()) return kInfinity;
    double largest = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        const double difference =
            std::abs(static_cast<double>(ours[i]) - theirs[i]) / std::max(1.0, std::abs(theirs[i]));
        if (!(difference <= largest)) largest = std::isnan(difference) ? kInfinity : difference;
    }
    return largest;
}

}  // namespace convolab::testing
