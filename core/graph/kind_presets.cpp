#include "core/graph/kind_presets.h"

#include <algorithm>

#include "core/graph/analysis.h"

namespace convolab {

namespace {

/// As many filters and groups as maps arrive; 3×3, *same*.
void makeDepthwise(NetworkSpec& spec, NodeId node) {
    constexpr std::int64_t kUnconnected = 16;
    const Analysis analysis = analyze(spec);
    const NodeAnalysis* found = analysis.find(node);
    const bool known = found != nullptr && !found->inputs.empty() && found->inputs.front() && found->inputs.front()->isImage();
    const std::int64_t channels = known ? found->inputs.front()->channels() : kUnconnected;
    spec.setAttribute(node, "filters", channels);
    spec.setAttribute(node, "groups", channels);
    spec.setAttribute(node, "pads", std::vector<std::int64_t>{1, 1, 1, 1});
}

}  // namespace

const std::vector<KindPreset>& kindPresets() {
    static const std::vector<KindPreset> presets{
        {"depthwise_conv", "Depthwise", "Depthwise convolution",
         "A convolution with as many groups as channels: it filters each map by itself. With a 1\u00D71 convolution behind it, "
         "it replaces a full one for a fraction of the products (MobileNet, 2017).",
         "conv2d"}};
    return presets;
}

const KindPreset* findKindPreset(const std::string& id) {
    const auto& all = kindPresets();
    const auto found = std::find_if(all.begin(), all.end(), [&](const KindPreset& preset) { return preset.id == id; });
    return found == all.end() ? nullptr : &*found;
}

std::string kindOfPreset(const std::string& id) {
    const KindPreset* preset = findKindPreset(id);
    return preset == nullptr ? id : preset->kind;
}

void applyKindPreset(NetworkSpec& spec, NodeId node, const std::string& id) {
    if (id == "depthwise_conv") makeDepthwise(spec, node);
}

}  // namespace convolab
