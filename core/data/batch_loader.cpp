#include "core/data/batch_loader.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "core/data/batch_order.h"
#include "core/util/check.h"
#include "core/util/random.h"

namespace convolab {

namespace {

constexpr int kPrefetchNice = 5;

/// On Linux the nice value belongs to a thread; failing to lower it costs speed only.
void lowerPriorityOfThisThread() {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kPrefetchNice);
}

}  // namespace

BatchLoader::BatchLoader(DatasetPtr dataset, std::int64_t batchSize, std::uint64_t seed, BatchPosition start,
                         int depth, const std::vector<AugmentationSpec>& augmentations)
    : m_dataset(std::move(dataset)),
      m_batchSize(batchSize),
      m_seed(seed),
      m_augmenter(augmentations, seed, m_dataset->info().picture()),
      m_position(start) {
    CONVOLAB_CHECK(m_dataset->size(Split::Train) > 0, "training needs at least one image");
    CONVOLAB_CHECK(m_batchSize > 0, "a batch holds at least one image");
    CONVOLAB_CHECK(start.epoch >= 0 && start.batch >= 0, "a position counts from 0");
    m_position.epoch += m_position.batch / batchesPerEpoch();
    m_position.batch %= batchesPerEpoch();

    // A batch never needs more room than the whole set.
    const std::int64_t room = std::min(m_batchSize, m_dataset->size(Split::Train));
    for (int i = 0; i < std::max(depth, 1); ++i) {
        Batch& batch = m_free.emplace_back();
        batch.images = Tensor(m_dataset->info().imageShape.withBatch(room));
        batch.labels.reserve(static_cast<std::size_t>(room));
    }
    m_thread = std::jthread([this](std::stop_token stop) { produce(std::move(stop)); });
}

BatchLoader::~BatchLoader() {
    m_thread.request_stop();
    m_thread.join();
}

std::int64_t BatchLoader::batchesPerEpoch() const {
    return (m_dataset->size(Split::Train) + m_batchSize - 1) / m_batchSize;
}

const Batch& BatchLoader::next() {
    std::unique_lock lock(m_mutex);
    if (m_current.count > 0) {
        m_current.count = 0;
        m_free.push_back(std::move(m_current));
        m_current = Batch{};
        m_changed.notify_all();
    }
    m_changed.wait(lock, [this] { return !m_ready.empty() || m_failure; });
    if (m_ready.empty()) std::rethrow_exception(m_failure);
    m_current = std::move(m_ready.front());
    m_ready.pop_front();
    return m_current;
}

void BatchLoader::produce(std::stop_token stop) {
    lowerPriorityOfThisThread();
    try {
        while (true) {
            Batch batch;
            {
                std::unique_lock lock(m_mutex);
                if (!m_changed.wait(lock, stop, [this] { return !m_free.empty(); }) || stop.stop_requested())
                    return;
                batch = std::move(m_free.front());
                m_free.pop_front();
            }
            fill(batch);
            advance();
            {
                const std::lock_guard lock(m_mutex);
                m_ready.push_back(std::move(batch));
            }
            m_changed.notify_all();
        }
    } catch (...) {
        {
            const std::lock_guard lock(m_mutex);
            m_failure = std::current_exception();
        }
        m_changed.notify_all();
    }
}

void BatchLoader::fill(Batch& batch) {
    const std::int64_t images = m_dataset->size(Split::Train);
    if (m_orderEpoch != m_position.epoch) {
        m_order = permutation(images, m_seed, RandomStreamId::Shuffle,
                              static_cast<std::uint64_t>(m_position.epoch));
        m_orderEpoch = m_position.epoch;
    }
    const std::int64_t first = m_position.batch * m_batchSize;
    batch.epoch = m_position.epoch;
    batch.index = m_position.batch;
    batch.count = std::min(m_batchSize, images - first);
    const auto places = std::span<const std::int64_t>(m_order).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(batch.count));
    makeBatch(*m_dataset, Split::Train, places, &m_augmenter, m_position.epoch, batch.images.data());
    batch.labels.clear();
    for (const std::int64_t place : places) batch.labels.push_back(m_dataset->label(Split::Train, place));
}

void BatchLoader::advance() {
    if (++m_position.batch == batchesPerEpoch()) {
        m_position.batch = 0;
        ++m_position.epoch;
    }
}

}  // namespace convolab
