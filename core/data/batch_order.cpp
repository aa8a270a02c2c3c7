#include "core/data/batch_order.h"

#include <algorithm>

#include "core/util/random.h"

namespace convolab {

void makeBatch(const Dataset& dataset, Split split, std::span<const std::int64_t> places, Augmenter* augmenter, std::int64_t epoch, float* pixels) {
    const std::int64_t each = dataset.info().imageShape.size();
    for (const std::int64_t place : places) {
        const std::span<float> image(pixels, static_cast<std::size_t>(each));
        dataset.image(split, place, image);
        if (augmenter != nullptr) augmenter->apply(image, epoch, place);
        pixels += each;
    }
}

std::span<const std::int64_t> BatchOrder::batch(std::int64_t epoch, std::int64_t index) {
    if (m_epoch != epoch) {
        m_order = permutation(m_images, m_seed, RandomStreamId::Shuffle, static_cast<std::uint64_t>(epoch));
        m_epoch = epoch;
    }
    const std::int64_t first = index * m_batchSize;
    return std::span<const std::int64_t>(m_order).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(std::min(m_batchSize, m_images - first)));
}

}  // namespace convolab
