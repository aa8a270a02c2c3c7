#include "core/cpu/int8/packing.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace convolab::int8 {

namespace {

constexpr int kMostWeight = 128;      // 255 · 128 < 2^15
constexpr std::size_t kPartners = 24; // how far to look for a group to share a widening with

/// Four bytes of the dot product for every output of a block.
struct Group {
    std::int32_t offset = 0;
    std::array<std::int8_t, kBlock * kGroup> weights{};

    /// Per output and pair of weights: sum of the positive, and of the negative ones' sizes.
    struct Sums {
        std::array<std::int16_t, 4 * kBlock> values{};
    };
    Sums sums() const {
        Sums sums;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const int weight = weights[i];
            sums.values[2 * (i / 2) + (weight < 0 ? 1 : 0)] += static_cast<std::int16_t>(std::abs(weight));
        }
        return sums;
    }
};

bool fits(const Group::Sums& sums) { return std::ranges::all_of(sums.values, [](int sum) { return sum <= kMostWeight; }); }
bool fit(const Group::Sums& a, const Group::Sums& b) {
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        if (a.values[i] + b.values[i] > kMostWeight) return false;
    }
    return true;
}

/// A stretch of the input that lies in one piece, and the weights that meet it.
struct Run {
    std::int32_t offset;
    std::vector<std::int64_t> places;  // per byte: index within a filter's weights
};

std::vector<Run> runsOf(const Convolution& c, std::int64_t paddedWidth) {
    std::vector<Run> runs;
    const Window& w = c.window;
    const bool joined = c.groups == 1 && w.dilationWidth == 1;  // the taps of a row follow one another
    for (std::int64_t u = 0; u < w.kernelHeight; ++u) {
        for (std::int64_t v = 0; v < w.kernelWidth; ++v) {
            if (v == 0 || !joined) {
                const std::int64_t pixel = u * w.dilationHeight * paddedWidth + v * w.dilationWidth;
                runs.push_back({static_cast<std::int32_t>(pixel * c.input.channels()), {}});
            }
            for (std::int64_t k = 0; k < c.depth(); ++k) runs.back().places.push_back(k * w.taps() + u * w.kernelWidth + v);
        }
    }
    return runs;
}

std::vector<Group> groupsOf(const Convolution& c, const std::vector<Run>& runs, const PackedBlock& block) {
    std::vector<Group> groups;
    const std::int64_t filterSize = c.depth() * c.window.taps();
    for (const Run& run : runs) {
        for (std::size_t first = 0; first < run.places.size(); first += kGroup) {
            Group group;
            group.offset = run.offset + static_cast<std::int32_t>(first);
            const std::size_t count = std::min<std::size_t>(kGroup, run.places.size() - first);
            for (int o = 0; o < block.to.count; ++o) {
                for (std::size_t k = 0; k < count; ++k) {
                    const std::int64_t at = (block.to.first + o) * filterSize + run.places[first + k];
                    group.weights[static_cast<std::size_t>(o) * kGroup + k] = c.weight[static_cast<std::size_t>(at)];
                }
            }
            if (std::ranges::any_of(group.weights, [](int weight) { return weight != 0; })) groups.push_back(group);
        }
    }
    return groups;
}

/// Takes out the groups that could saturate.
std::vector<Group> takeUnsafe(std::vector<Group>& groups) {
    std::vector<Group> safe, unsafe;
    for (const Group& group : groups) (fits(group.sums()) ? safe : unsafe).push_back(group);
    groups = std::move(safe);
    return unsafe;
}

/// Groups that may share a widening, two by two, before the others. Returns how many pairs there are.
std::int64_t pairUp(std::vector<Group>& groups) {
    std::vector<Group::Sums> sums;
    for (const Group& group : groups) sums.push_back(group.sums());
    std::vector<Group> paired, alone;
    std::vector<bool> taken(groups.size());
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (taken[i]) continue;
        std::size_t partner = i + 1;
        const std::size_t last = std::min(groups.size(), i + 1 + kPartners);
        while (partner < last && (taken[partner] || !fit(sums[i], sums[partner]))) ++partner;
        if (partner >= last) {
            alone.push_back(groups[i]);
            continue;
        }
        taken[partner] = true;
        paired.push_back(groups[i]);
        paired.push_back(groups[partner]);
    }
    const auto pairs = static_cast<std::int64_t>(paired.size() / 2);
    paired.insert(paired.end(), alone.begin(), alone.end());
    groups = std::move(paired);
    return pairs;
}

std::int8_t* writeWide(const Group& group, int width, std::int8_t* target) {
    for (std::size_t pair = 0; pair < 2; ++pair) {
        for (std::size_t o = 0; o < static_cast<std::size_t>(width); ++o) {
            const std::size_t at = o * kGroup + 2 * pair;
            const std::array<std::int16_t, 2> two{group.weights[at], group.weights[at + 1]};
            std::memcpy(target, two.data(), sizeof two);
            target += sizeof two;
        }
    }
    return target;
}

void pack(std::vector<Group> groups, Isa isa, PackedBlock& block) {
    std::vector<Group> wide;
    if (isa == Isa::Avx2) {
        wide = takeUnsafe(groups);
        block.pairs = pairUp(groups);
    }
    block.singles = static_cast<std::int64_t>(groups.size()) - 2 * block.pairs;
    block.wide = static_cast<std::int64_t>(wide.size());
    const std::size_t bytes = static_cast<std::size_t>(block.to.width) * kGroup;
    block.weights = AlignedBuffer(((groups.size() + 2 * wide.size()) * bytes + sizeof(float) - 1) / sizeof(float));
    auto* target = reinterpret_cast<std::int8_t*>(block.weights.data());
    for (const Group& group : groups) {
        block.offsets.push_back(group.offset);
        std::memcpy(target, group.weights.data(), bytes);
        target += bytes;
    }
    for (const Group& group : wide) {
        block.offsets.push_back(group.offset);
        target = writeWide(group, block.to.width, target);
    }
}

}  // namespace

std::vector<PackedBlock> packWeights(const Convolution& c, std::int64_t paddedWidth, Isa isa) {
    const std::vector<Run> runs = runsOf(c, paddedWidth);
    std::vector<PackedBlock> blocks;
    for (OutputBlock& outputs : outputBlocks(c, isa != Isa::Avx512Vnni)) {
        PackedBlock block;
        block.to = std::move(outputs);
        block.inputOffset = block.to.first / (c.output.channels() / c.groups) * c.depth();
        pack(groupsOf(c, runs, block), isa, block);
        blocks.push_back(std::move(block));
    }
    return blocks;
}

}  // namespace convolab::int8
