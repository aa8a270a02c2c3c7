#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/backend/gpu_module.h"
#include "core/train/device_data.h"

namespace convolab {

/// The data set of a session on a GPU: which of it lies there, and what does not. Calls of the C interface return as there;
/// too little memory is no failure here but a note.
class HeldData {
  public:
    HeldData(const ConvolabGpuSessionCalls& calls, ConvolabGpuSession* session) : m_calls(calls), m_session(session) {}

    std::int32_t keep(DatasetPtr dataset, const std::vector<AugmentationSpec>& augmentations, std::uint64_t seed, ConvolabGpuFailure* failure);
    bool makesBatches(bool augmented) const { return m_held && (!augmented || m_augments); }
    const std::string& note() const { return m_note; }
    std::int32_t choose(const ChosenImages& chosen, ConvolabGpuFailure* failure);
    /// Of the batch that is chosen.
    std::int64_t chosen() const { return static_cast<std::int64_t>(m_places.size()); }
    bool chosenIsThere() const { return makesBatches(m_augmented); }
    const float* makeHere();  ///< the same batch in main memory
    /// The images have given way to something else.
    void dropped();

  private:
    std::int32_t upload(ConvolabGpuFailure* failure);
    std::optional<std::int32_t> uploadAs(bool bytes, ConvolabGpuFailure* failure);
    std::int32_t augment(ConvolabGpuFailure* failure);
    std::int64_t count() const { return m_dataset->size(Split::Train) + m_dataset->size(Split::Validation); }
    void read(std::int64_t place, std::span<float> pixels) const;

    const ConvolabGpuSessionCalls& m_calls;
    ConvolabGpuSession* m_session;
    DatasetPtr m_dataset;
    std::vector<AugmentationSpec> m_augmentations;
    std::uint64_t m_seed = 0;
    std::optional<Augmenter> m_augmenter;
    bool m_held = false, m_augments = false;
    std::string m_note;

    // The chosen batch.
    Split m_split = Split::Train;
    std::vector<std::int64_t> m_chosen;  ///< in the split
    std::vector<std::int32_t> m_places;  ///< on the device
    bool m_augmented = false;
    std::int64_t m_epoch = 0;
    std::vector<float> m_batch;
};

}  // namespace convolab
