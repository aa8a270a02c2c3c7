#include "core/graph/blocks/block_kind.h"

#include <algorithm>
#include <utility>

#include "core/util/check.h"

namespace convolab {

std::unique_ptr<BlockKind> makeBlockKind_basic_residual();
std::unique_ptr<BlockKind> makeBlockKind_bottleneck_residual();
std::unique_ptr<BlockKind> makeBlockKind_inverted_residual();
std::unique_ptr<BlockKind> makeBlockKind_inception_v1();
std::unique_ptr<BlockKind> makeBlockKind_fire();
std::unique_ptr<BlockKind> makeBlockKind_dense_block();

int BlockPlan::add(std::string kind, Attributes attributes, std::vector<int> from) {
    const int place = static_cast<int>(m_layers.size());
    for (const int source : from) CONVOLAB_CHECK(source >= kBlockInput && source < place, "a block's layer reads a later one");
    m_layers.push_back({std::move(kind), std::move(attributes), std::move(from)});
    return place;
}

std::vector<std::optional<Shape>> BlockKind::assumedInputs(const Attributes&, const std::optional<Shape>& input) const { return {input}; }

Attributes BlockKind::fitted(const Shape&) const { return {}; }

const std::vector<const BlockKind*>& blockKinds() {
    static const std::vector<std::unique_ptr<BlockKind>> owned = [] {
        std::vector<std::unique_ptr<BlockKind>> kinds;
        kinds.push_back(makeBlockKind_basic_residual());
        kinds.push_back(makeBlockKind_bottleneck_residual());
        kinds.push_back(makeBlockKind_inverted_residual());
        kinds.push_back(makeBlockKind_inception_v1());
        kinds.push_back(makeBlockKind_fire());
        kinds.push_back(makeBlockKind_dense_block());
        return kinds;
    }();
    static const std::vector<const BlockKind*> kinds = [] {
        std::vector<const BlockKind*> pointers;
        for (const auto& kind : owned) pointers.push_back(kind.get());
        return pointers;
    }();
    return kinds;
}

const BlockKind* findBlockKind(const std::string& id) {
    const auto& kinds = blockKinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const BlockKind* kind) { return kind->id == id; });
    return found == kinds.end() ? nullptr : *found;
}

}  // namespace convolab
