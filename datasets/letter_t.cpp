#include "datasets/letter_t.h"

#include <algorithm>

#include "core/data/targets.h"
#include "core/util/check.h"

namespace convolab {

namespace {

using Pattern = std::array<std::uint8_t, kLetterT.size()>;

Pattern withWrongPixel(std::size_t pixel) {
    Pattern pattern = kLetterT;
    pattern[pixel] = static_cast<std::uint8_t>(1 - pattern[pixel]);
    return pattern;
}

Pattern randomPattern(RandomSequence& random) {
    Pattern pattern{};
    do {
        for (std::uint8_t& value : pattern) value = static_cast<std::uint8_t>(random.below(2));
    } while (pattern == kLetterT);
    return pattern;
}

Pattern patternOf(std::uint64_t seed, std::uint64_t split, std::int64_t index) {
    if (index % 4 == 0) return kLetterT;
    if (index % 4 == 1) return withWrongPixel(static_cast<std::size_t>(index / 4) % kLetterT.size());
    RandomSequence random(seed, RandomStreamId::Data, split, static_cast<std::uint64_t>(index));
    return randomPattern(random);
}

ImageStore makeSplit(std::uint64_t seed, std::uint64_t split, std::int64_t count) {
    CONVOLAB_CHECK(count >= 0, "sizes count from 0");
    ImageStore store;
    for (std::int64_t i = 0; i < count; ++i) {
        const Pattern pattern = patternOf(seed, split, i);
        for (const std::uint8_t value : pattern) store.pixels.push_back(static_cast<std::uint8_t>(255 * value));
        store.labels.push_back(pattern == kLetterT ? 1 : 0);
    }
    return store;
}

}  // namespace

DatasetPtr makeLetterT(std::uint64_t seed, const GeneratedSizes& sizes) {
    DatasetInfo info;
    info.id = "letter-t";
    info.title = "Letter T";
    info.imageShape = Shape{1, 5, 5};
    info.classNames = {"other", "T"};
    info.source = "the T, its 25 one-pixel errors and random patterns, drawn by the program";
    return withTargets(std::make_shared<MemoryDataset>(std::move(info), makeSplit(seed, 0, sizes.train), makeSplit(seed, 1, sizes.validation),
                                                       makeSplit(seed, 2, sizes.test)),
                       {.values = {0.0F, 1.0F}});
}

}  // namespace convolab
