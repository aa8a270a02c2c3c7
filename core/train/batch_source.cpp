#include "core/train/batch_source.h"

#include <algorithm>
#include <utility>

namespace convolab {

BatchSource::BatchSource(DatasetPtr dataset, std::int64_t batchSize) : m_dataset(std::move(dataset)), m_batchSize(batchSize) {}

void BatchSource::begin(const Recipe& recipe, BatchPosition position, DeviceData* device, bool wantedHere) {
    m_loader.reset();  // one prefetch thread at a time
    m_augmentations = recipe.augmentations;
    m_seed = recipe.seed;
    m_device = device;
    m_order.emplace(m_dataset->size(Split::Train), m_batchSize, m_seed);
    m_position = {position.epoch + position.batch / batchesPerEpoch(), position.batch % batchesPerEpoch()};
    if (m_device != nullptr) m_device->keepData(m_dataset, m_augmentations, m_seed);
    if (wantedHere || m_device == nullptr || !m_device->makesBatches(true)) makeLoader();
}

std::int64_t BatchSource::batchesPerEpoch() const { return m_order->batchesPerEpoch(); }

void BatchSource::makeLoader() {
    // Small batches are used up faster than a busy machine wakes the thread that makes them.
    constexpr std::int64_t kLeastDepth = 3, kMostDepth = 64, kPrefetchedFloats = 65536;
    const std::int64_t floats = std::max<std::int64_t>(1, m_batchSize * m_dataset->info().imageShape.size());
    const auto depth = static_cast<int>(std::clamp(kPrefetchedFloats / floats, kLeastDepth, kMostDepth));
    m_loader = std::make_unique<BatchLoader>(m_dataset, m_batchSize, m_seed, m_position, depth, m_augmentations);
}

const Batch& BatchSource::next() {
    if (named() && !m_device->makesBatches(true)) makeLoader();  // something else needed the room
    if (!named()) return m_loader->next();
    const std::span<const std::int64_t> places = m_order->batch(m_position.epoch, m_position.batch);
    m_places.assign(places.begin(), places.end());
    m_batch.count = static_cast<std::int64_t>(places.size());
    m_batch.epoch = m_position.epoch;
    m_batch.index = m_position.batch;
    m_batch.labels.clear();
    for (const std::int64_t place : places) m_batch.labels.push_back(m_dataset->label(Split::Train, place));
    if (++m_position.batch == batchesPerEpoch()) m_position = {m_position.epoch + 1, 0};
    return m_batch;
}

View<const float> BatchSource::forModel(const Batch& batch) {
    if (&batch != &m_batch) return {batch.images.data(), shapeOf(batch)};
    m_device->chooseImages({.split = Split::Train, .images = m_places, .augmented = true, .epoch = batch.epoch});
    return {nullptr, shapeOf(batch)};
}

View<const float> BatchSource::pixels(const Batch& batch) {
    if (&batch != &m_batch) return {batch.images.data(), shapeOf(batch)};
    Augmenter augmenter(m_augmentations, m_seed, m_dataset->info().picture());
    m_pixels.resize(static_cast<std::size_t>(shapeOf(batch).size()));
    makeBatch(*m_dataset, Split::Train, m_places, &augmenter, batch.epoch, m_pixels.data());
    return {m_pixels.data(), shapeOf(batch)};
}

}  // namespace convolab
