#include "datasets/patterns.h"

#include "core/data/targets.h"
#include "core/util/check.h"

namespace convolab {

namespace {

struct Pattern {
    std::vector<std::uint8_t> values;  ///< 0 or 1
    std::uint8_t label = 0;
};

ImageStore repeated(const std::vector<Pattern>& patterns, std::int64_t count) {
    CONVOLAB_CHECK(count >= 0, "sizes count from 0");
    ImageStore store;
    for (std::int64_t i = 0; i < count; ++i) {
        const Pattern& pattern = patterns[static_cast<std::size_t>(i) % patterns.size()];
        for (const std::uint8_t value : pattern.values) store.pixels.push_back(static_cast<std::uint8_t>(255 * value));
        store.labels.push_back(pattern.label);
    }
    return store;
}

DatasetPtr made(DatasetInfo info, const std::vector<Pattern>& patterns, const GeneratedSizes& sizes) {
    info.imageShape = Shape{1, 1, static_cast<std::int64_t>(patterns.front().values.size())};
    info.source = "written down by the program; all splits are the same cases";
    return std::make_shared<MemoryDataset>(std::move(info), repeated(patterns, sizes.train), repeated(patterns, sizes.validation),
                                           repeated(patterns, sizes.test));
}

}  // namespace

DatasetPtr makeXor(const GeneratedSizes& sizes) {
    DatasetInfo info;
    info.id = "xor";
    info.title = "XOR";
    info.classNames = {"equal", "different"};
    return made(std::move(info), {{{0, 0}, 0}, {{0, 1}, 1}, {{1, 0}, 1}, {{1, 1}, 0}}, sizes);
}

DatasetPtr makeCodes(const GeneratedSizes& sizes) {
    constexpr std::size_t kCodes = 8;
    DatasetInfo info;
    info.id = "codes";
    info.title = "Eight codes";
    std::vector<Pattern> patterns;
    for (std::size_t k = 0; k < kCodes; ++k) {
        Pattern pattern{std::vector<std::uint8_t>(kCodes, 0), static_cast<std::uint8_t>(k)};
        pattern.values[k] = 1;
        patterns.push_back(std::move(pattern));
        std::string name(kCodes, '0');
        name[k] = '1';
        info.classNames.push_back(std::move(name));
    }
    return made(std::move(info), patterns, sizes);
}

DatasetPtr makeThermometer(const GeneratedSizes& sizes) {
    constexpr std::size_t kLength = 8;
    DatasetInfo info;
    info.id = "thermometer";
    info.title = "Thermometer";
    Targets targets;
    std::vector<Pattern> patterns;
    for (std::size_t ones = 0; ones < kLength; ++ones) {
        Pattern pattern{std::vector<std::uint8_t>(kLength - ones, 0), static_cast<std::uint8_t>(ones)};
        pattern.values.resize(kLength, 1);
        targets.values.insert(targets.values.end(), pattern.values.begin(), pattern.values.end());
        info.classNames.push_back(std::string(kLength - ones, '0') + std::string(ones, '1'));
        patterns.push_back(std::move(pattern));
    }
    return withTargets(made(std::move(info), patterns, sizes), std::move(targets));
}

}  // namespace convolab
