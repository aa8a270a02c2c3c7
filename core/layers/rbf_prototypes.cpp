#include "core/layers/rbf_prototypes.h"

#include <array>
#include <string_view>

#include "core/util/random.h"

namespace convolab {

namespace {

constexpr std::int64_t kPixels = 84;

constexpr std::array<std::string_view, 10> kDigits{
    "..###..|.##.##.|##...##|##...##|##...##|##...##|##...##|##...##|##...##|##...##|.##.##.|..###..",
    "...##..|..###..|.####..|...##..|...##..|...##..|...##..|...##..|...##..|...##..|...##..|.######",
    ".#####.|##...##|##...##|.....##|.....##|....##.|...##..|..##...|.##....|##.....|##.....|#######",
    "#######|.....##|....##.|...##..|..####.|.....##|.....##|.....##|.....##|##...##|##...##|.#####.",
    ".....#.|....##.|...###.|..#.##.|.##.##.|.#..##.|##..##.|##..##.|#######|....##.|....##.|....##.",
    "#######|##.....|##.....|##.....|######.|##...##|.....##|.....##|.....##|##...##|##...##|.#####.",
    "..####.|.##....|##.....|##.....|##.###.|###..##|##...##|##...##|##...##|##...##|.##.##.|..###..",
    "#######|.....##|.....##|....##.|....##.|...##..|...##..|..##...|..##...|..##...|.##....|.##....",
    ".#####.|##...##|##...##|##...##|.##.##.|..###..|.##.##.|##...##|##...##|##...##|##...##|.#####.",
    "..###..|.##.##.|##...##|##...##|##...##|##...##|##..###|.###.##|.....##|.....##|....##.|.####..",
};

}  // namespace

std::vector<float> rbfPrototypes(std::int64_t units, std::int64_t inputs) {
    constexpr std::uint64_t kSeed = 1998;
    std::vector<float> codes;
    codes.reserve(static_cast<std::size_t>(units * inputs));
    for (std::int64_t unit = 0; unit < units; ++unit) {
        if (inputs == kPixels && unit < static_cast<std::int64_t>(kDigits.size())) {
            for (const char pixel : kDigits[static_cast<std::size_t>(unit)]) {
                if (pixel != '|') codes.push_back(pixel == '#' ? 1.0F : -1.0F);
            }
            continue;
        }
        RandomSequence random(kSeed, RandomStreamId::Initialisation, static_cast<std::uint64_t>(unit));
        for (std::int64_t i = 0; i < inputs; ++i) codes.push_back(random.below(2) == 0 ? -1.0F : 1.0F);
    }
    return codes;
}

}  // namespace convolab
