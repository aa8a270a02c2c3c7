#include "datasets/generated.h"

#include <algorithm>
#include <future>
#include <numeric>
#include <thread>

#include "core/util/check.h"

namespace convolab {

namespace {

constexpr std::uint64_t kLabelStream = 0x100;  // major index: pixels of a split, or labels of a split
constexpr std::int64_t kMaximumThreads = 8;
constexpr std::int64_t kImagesWorthAThread = 256;

/// The labels of one block of `classes` images: each class once.
void shuffleBlock(std::uint64_t seed, std::uint64_t split, std::int64_t block,
                  std::span<std::uint8_t> labels) {
    std::iota(labels.begin(), labels.end(), std::uint8_t{0});
    RandomSequence random(seed, RandomStreamId::Data, kLabelStream + split,
                          static_cast<std::uint64_t>(block));
    for (std::size_t i = labels.size(); i > 1; --i) {
        std::swap(labels[i - 1], labels[random.below(static_cast<std::uint32_t>(i))]);
    }
}

ImageStore generateSplit(const DatasetInfo& info, std::int64_t count, std::uint64_t seed, std::uint64_t split,
                         const ImagePainter& paint) {
    const std::size_t pixelsPerImage = static_cast<std::size_t>(info.imageShape.size());
    const std::size_t classes = info.classNames.size();
    ImageStore store;
    store.labels.resize(static_cast<std::size_t>(count));
    store.pixels.resize(static_cast<std::size_t>(count) * pixelsPerImage);

    std::vector<std::uint8_t> block(classes);
    for (std::size_t first = 0; first < store.labels.size(); first += classes) {
        shuffleBlock(seed, split, static_cast<std::int64_t>(first / classes), block);
        std::copy_n(block.begin(), std::min(classes, store.labels.size() - first),
                    store.labels.begin() + static_cast<std::ptrdiff_t>(first));
    }

    const auto paintRange = [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            RandomSequence random(seed, RandomStreamId::Data, split, static_cast<std::uint64_t>(i));
            const std::size_t index = static_cast<std::size_t>(i);
            paint(store.labels[index], random,
                  {store.pixels.data() + index * pixelsPerImage, pixelsPerImage});
        }
    };
    const std::int64_t cores = std::max<std::int64_t>(std::thread::hardware_concurrency(), 1);
    const std::int64_t threads =
        std::clamp<std::int64_t>(count / kImagesWorthAThread, 1, std::min(cores, kMaximumThreads));
    std::vector<std::future<void>> parts;
    for (std::int64_t t = 1; t < threads; ++t) {
        parts.push_back(
            std::async(std::launch::async, paintRange, t * count / threads, (t + 1) * count / threads));
    }
    paintRange(0, count / threads);
    for (auto& part : parts) part.get();
    return store;
}

}  // namespace

DatasetPtr generateDataset(DatasetInfo info, const GeneratedSizes& sizes, std::uint64_t seed,
                           const ImagePainter& paint) {
    CONVOLAB_CHECK(sizes.train >= 0 && sizes.validation >= 0 && sizes.test >= 0, "sizes count from 0");
    ImageStore train = generateSplit(info, sizes.train, seed, 0, paint);
    ImageStore validation = generateSplit(info, sizes.validation, seed, 1, paint);
    ImageStore test = generateSplit(info, sizes.test, seed, 2, paint);
    return std::make_shared<MemoryDataset>(std::move(info), std::move(train), std::move(validation),
                                           std::move(test));
}

}  // namespace convolab
