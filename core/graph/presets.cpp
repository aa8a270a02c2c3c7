#include "core/graph/presets.h"

#include <algorithm>

#include "core/graph/analysis.h"
#include "core/graph/chain_builder.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kUsualWidth = 512;
constexpr int kLargestClassCount = 65536;

/// What a builder gets: the options with the preset's own values filled in.
struct Wish {
    std::string title;
    Shape input;
    int classes = 10;
    int width = kUsualWidth;
};

struct Preset {
    PresetInfo info;
    bool hasWidth = false;
    NetworkSpec (*build)(const Wish&);
};

/// A classroom network after LeCun et al. 1998, with 3×3 kernels and average pooling: 81,194 parameters.
NetworkSpec buildLenetLike(const Wish& wish) {
    return ChainBuilder(wish.title)
        .input(wish.input)
        .conv({.filters = 6}).relu().avgPool(2)
        .conv({.filters = 16}).relu().avgPool(2)
        .dense(120).relu()
        .dense(84).relu()
        .classifier(wish.classes)
        .build();
}

/// Caffe's MNIST example, which papers on compression call "LeNet-5": 431,080 parameters.
NetworkSpec buildConv20Conv50(const Wish& wish) {
    return ChainBuilder(wish.title)
        .input(wish.input)
        .conv({.filters = 20, .kernel = 5}).relu().maxPool(2)
        .conv({.filters = 50, .kernel = 5}).relu().maxPool(2)
        .dense(500).relu()
        .classifier(wish.classes)
        .build();
}

/// TensorFlow's MNIST tutorial: 3,274,634 parameters.
NetworkSpec buildConv32Conv64(const Wish& wish) {
    using Pads = ChainBuilder::Pads;
    return ChainBuilder(wish.title)
        .input(wish.input)
        .conv({.filters = 32, .kernel = 5, .pads = Pads::Same}).relu().maxPool(2)
        .conv({.filters = 64, .kernel = 5, .pads = Pads::Same}).relu().maxPool(2)
        .dense(1024).relu().dropout(0.4)
        .classifier(wish.classes)
        .build();
}

/// Madry et al. 2018, "Towards deep learning models resistant to adversarial attacks", MNIST: 3,274,634 parameters.
NetworkSpec buildMadryMnist(const Wish& wish) {
    using Pads = ChainBuilder::Pads;
    return ChainBuilder(wish.title)
        .input(wish.input)
        .conv({.filters = 32, .kernel = 5, .pads = Pads::Same}).relu().maxPool(2)
        .conv({.filters = 64, .kernel = 5, .pads = Pads::Same}).relu().maxPool(2)
        .dense(1024).relu()
        .classifier(wish.classes)
        .build();
}

NetworkSpec buildMlp(const Wish& wish) {
    return ChainBuilder(wish.title)
        .input(wish.input)
        .dense(512).relu()
        .dense(256).relu()
        .classifier(wish.classes)
        .build();
}

NetworkSpec buildDenseN(const Wish& wish) {
    return ChainBuilder(wish.title)
        .input(wish.input)
        .dense(wish.width).relu().dropout(0.5)
        .dense(wish.width).relu().dropout(0.5)
        .classifier(wish.classes)
        .build();
}

const std::vector<Preset>& table() {
    static const std::vector<Preset> presets{
        {{"lenet-like", "LeNet-like", "Two small convolutions with average pooling, three dense layers", {1, 32, 32}},
         false, buildLenetLike},
        {{"conv20-conv50", "Conv 20, conv 50", "Two 5×5 convolutions with max pooling, dense 500", {1, 28, 28}},
         false, buildConv20Conv50},
        {{"conv32-conv64", "Conv 32, conv 64", "Two 5×5 convolutions (same), dense 1,024 with dropout", {1, 28, 28}},
         false, buildConv32Conv64},
        {{"madry-mnist", "Madry MNIST", "Conv 32, conv 64, dense 1,024: the network of adversarial training", {1, 28, 28}},
         false, buildMadryMnist},
        {{"mlp-512-256", "Perceptron 512-256", "Two dense layers, no convolution", {1, 28, 28}}, false, buildMlp},
        {{"dense-n", "Dense n-n", "Two dense layers of a chosen width with dropout", {1, 28, 28}}, true, buildDenseN},
    };
    return presets;
}

Error invalid(std::string message, std::string hint) {
    return Error{ErrorCode::InvalidArgument, std::move(message), {}, std::move(hint)};
}

Status checkOptions(const Preset& preset, const PresetOptions& options) {
    if (options.classes && (*options.classes < 1 || *options.classes > kLargestClassCount)) {
        return invalid(withThousands(*options.classes) + " classes", "choose 1 to " + withThousands(kLargestClassCount));
    }
    if (options.width && !preset.hasWidth) {
        return invalid("the preset \"" + preset.info.name + "\" has no width", "leave it out, or use dense-n");
    }
    if (options.input) {
        const auto& extents = options.input->extents();
        const bool positive = std::all_of(extents.begin(), extents.end(), [](std::int64_t e) { return e > 0; });
        if ((extents.size() != 1 && extents.size() != 3) || !positive) {
            return invalid("the input shape \"" + options.input->text() + "\" is not usable",
                           "give one number of values, or channels, height and width, as in 1,28,28");
        }
    }
    return {};
}

}  // namespace

const std::vector<PresetInfo>& presets() {
    static const std::vector<PresetInfo> infos = [] {
        std::vector<PresetInfo> result;
        for (const Preset& preset : table()) result.push_back(preset.info);
        return result;
    }();
    return infos;
}

Result<NetworkSpec> makePreset(const std::string& name, const PresetOptions& options) {
    const auto& all = table();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Preset& preset) { return preset.info.name == name; });
    if (found == all.end()) {
        std::vector<std::string> names;
        for (const Preset& preset : all) names.push_back(preset.info.name);
        return Error{ErrorCode::NotFound, "there is no preset \"" + name + "\"", {},
                     "did you mean \"" + nearestWord(name, names) + "\"?"};
    }
    if (Status status = checkOptions(*found, options); !status) return status.error();

    Wish wish{found->info.title, options.input.value_or(found->info.input),
              options.classes.value_or(found->info.classes), options.width.value_or(kUsualWidth)};
    if (found->hasWidth) {
        const std::string width = std::to_string(wish.width);
        wish.title = "Dense " + width + "-" + width;
    }
    NetworkSpec spec = found->build(wish);
    const Status complete = requireComplete(spec, analyze(spec));
    if (!complete) {
        return invalid("the preset \"" + name + "\" cannot be built with input " + wish.input.text() + ": " +
                           complete.error().sentence(),
                       "");
    }
    return spec;
}

}  // namespace convolab
