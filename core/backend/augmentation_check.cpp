#include "core/backend/augmentation_check.h"

#include <algorithm>
#include <cmath>

#include "core/graph/example_network.h"
#include "core/train/device_data.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kImages = 12, kBatch = 5, kEpoch = 2;
constexpr std::uint64_t kSeed = 7;
constexpr double kTolerance = 1e-5;  // sines and logarithms round otherwise

const Shape kPicture{3, 12, 10};

DatasetPtr colouredNoise() {
    DatasetInfo info;
    info.id = info.title = "coloured noise";
    info.imageShape = kPicture;
    info.classNames = {"any"};
    ImageStore store;
    RandomSequence random(kSeed, RandomStreamId::Data);
    for (std::int64_t i = 0; i < kImages * kPicture.size(); ++i) store.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    store.labels.assign(static_cast<std::size_t>(kImages), 0);
    return std::make_shared<MemoryDataset>(info, std::move(store), ImageStore{}, ImageStore{});
}

/// Whose output is its input.
NetworkSpec imagesThemselves() {
    NetworkSpec spec;
    const NodeId input = append(spec, {}, "input", {{"shape", kPicture.extents()}});
    append(spec, append(spec, input, "flatten"), "output");
    return spec;
}

std::string batchDiffers(Model& model, DeviceData& device, const DatasetPtr& dataset, const std::vector<AugmentationSpec>& specs) {
    const std::string name = specs.empty() ? "plain images" : specs.size() == 1 ? specs.front().kind : "all augmentations";
    device.keepData(dataset, specs, kSeed);
    if (!device.makesBatches(true)) return name + ": " + device.dataNote();
    const std::vector<std::int64_t> places{11, 0, 4, 4, 7};
    device.chooseImages({.split = Split::Train, .images = places, .augmented = true, .epoch = kEpoch});
    const std::span<const float> got = model.forward({nullptr, kPicture.withBatch(kBatch)}).span();
    Augmenter augmenter(specs, kSeed, kPicture);
    const auto each = static_cast<std::size_t>(kPicture.size());
    std::vector<float> expected(each);
    for (std::size_t i = 0; i < places.size(); ++i) {
        dataset->image(Split::Train, places[i], expected);
        augmenter.apply(expected, kEpoch, places[i]);
        for (std::size_t k = 0; k < each; ++k) {
            const float value = got[i * each + k];
            if (std::abs(value - expected[k]) <= kTolerance) continue;
            return name + ": a value is " + formatNumber(static_cast<double>(value), 6) + ", not " + formatNumber(static_cast<double>(expected[k]), 6);
        }
    }
    return {};
}

}  // namespace

std::string augmentationDiffers(const CompileModel& device) {
    CompileOptions options;
    options.maximumBatch = kBatch;
    auto model = device(imagesThemselves(), options);
    if (!model.ok()) return model.error().sentence();
    auto* data = dynamic_cast<DeviceData*>(model->get());
    if (data == nullptr) return {};
    const DatasetPtr dataset = colouredNoise();
    std::vector<std::vector<AugmentationSpec>> chains(1);
    std::vector<AugmentationSpec> all;
    for (const Augmentation* kind : augmentations()) {
        all.push_back(standardAugmentation(*kind));
        chains.push_back({all.back()});
    }
    chains.push_back(all);
    for (const auto& chain : chains) {
        const std::string found = batchDiffers(**model, *data, dataset, chain);
        if (!found.empty()) return found;
    }
    return {};
}

}  // namespace convolab
