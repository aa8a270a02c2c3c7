#include "core/backend/held_data.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/backend/gpu_augmentation.h"
#include "core/data/batch_order.h"
#include "core/util/check.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::size_t kPieceFloats = std::size_t{1} << 20;  // read, and brought to the device, at a time

/// The value as a byte, if it is what the data set makes of one.
std::optional<std::uint8_t> byteOf(float value) {
    const float scaled = value * 255.0F + 0.5F;
    if (!(scaled >= 0.0F && scaled < 256.0F)) return {};
    const auto byte = static_cast<std::uint8_t>(scaled);
    return static_cast<float>(byte) / 255.0F == value ? std::optional(byte) : std::nullopt;
}

bool toBytes(std::span<const float> values, std::span<std::uint8_t> bytes) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto byte = byteOf(values[i]);
        if (!byte) return false;
        bytes[i] = *byte;
    }
    return true;
}

std::string noRoom(const char* what, const ConvolabGpuFailure& failure) {
    const auto text = [](std::uint64_t bytes) { return formatBytes(static_cast<double>(bytes)); };
    return std::string("images from main memory: the GPU has no room for ") + what +
           (failure.neededBytes > 0 ? " (" + text(failure.neededBytes) + " with a reserve, " + text(failure.freeBytes) + " are free)" : "");
}

}  // namespace

std::int32_t HeldData::keep(DatasetPtr dataset, const std::vector<AugmentationSpec>& augmentations, std::uint64_t seed, ConvolabGpuFailure* failure) {
    if (dataset != m_dataset || !m_held) {
        m_dataset = std::move(dataset);
        m_augmentations.clear();
        m_augmenter.reset();
        m_held = m_augments = false;
        if (upload(failure) == 0) return 0;
    } else if (augmentations == m_augmentations && seed == m_seed) {
        return 1;
    }
    m_augmentations = augmentations;
    m_seed = seed;
    m_augmenter.emplace(augmentations, seed, m_dataset->info().picture());
    return m_held ? augment(failure) : 1;
}

std::int32_t HeldData::upload(ConvolabGpuFailure* failure) {
    if (count() > std::numeric_limits<std::int32_t>::max()) {
        m_note = "images from main memory: there are too many of them";
        return 1;
    }
    for (const bool bytes : {true, false}) {
        if (const auto done = uploadAs(bytes, failure)) return *done;
    }
    return 1;
}

/// Nothing: as bytes it cannot be done.
std::optional<std::int32_t> HeldData::uploadAs(bool bytes, ConvolabGpuFailure* failure) {
    const Shape& picture = m_dataset->info().picture();
    const ConvolabGpuImages images{
        .count = count(), .channels = picture.channels(), .height = picture.height(), .width = picture.width(), .bytes = bytes ? 1 : 0};
    const auto each = static_cast<std::size_t>(picture.size());
    const auto pieceImages = static_cast<std::int64_t>(std::max<std::size_t>(1, kPieceFloats / each));
    std::vector<float> values(static_cast<std::size_t>(std::min(pieceImages, count())) * each);
    std::vector<std::uint8_t> packed(bytes ? values.size() : 0);
    bool room = false;
    for (std::int64_t first = 0; first < count(); first += pieceImages) {
        const std::int64_t here = std::min(pieceImages, count() - first);
        const std::span piece = std::span(values).first(static_cast<std::size_t>(here) * each);
        for (std::int64_t i = 0; i < here; ++i) read(first + i, piece.subspan(static_cast<std::size_t>(i) * each, each));
        if (bytes && !toBytes(piece, packed)) return {};
        if (!std::exchange(room, true) && m_calls.holdImages(m_session, &images, failure) == 0) {
            if (failure->state != kGpuOutOfMemory) return 0;
            m_note = noRoom("the data set", *failure);
            return 1;
        }
        const void* from = bytes ? static_cast<const void*>(packed.data()) : piece.data();
        if (m_calls.writeImages(m_session, first, here, from, failure) == 0) return 0;
    }
    m_held = room;
    m_note = "images on the GPU";
    return 1;
}

std::int32_t HeldData::augment(ConvolabGpuFailure* failure) {
    m_augments = false;
    m_note = "images on the GPU";
    const auto chain = describeGpuAugmentations(m_augmentations, m_dataset->info().picture());
    if (!chain.ok()) {
        m_note = "training images from main memory: " + chain.error().message;
        return 1;
    }
    if (m_calls.setAugmentations(m_session, chain->data(), static_cast<std::int32_t>(chain->size()), failure) == 0) {
        if (failure->state == kGpuNoImages) {
            dropped();
            return 1;
        }
        if (failure->state != kGpuOutOfMemory) return 0;
        m_note = "training " + noRoom("their augmentation", *failure);
        return 1;
    }
    m_augments = true;
    if (!chain->empty()) m_note += ", augmented there";
    return 1;
}

std::int32_t HeldData::choose(const ChosenImages& chosen, ConvolabGpuFailure* failure) {
    CONVOLAB_CHECK(m_dataset != nullptr && chosen.split != Split::Test, "only training and validation images of a kept data set can be chosen");
    const std::int64_t before = chosen.split == Split::Train ? 0 : m_dataset->size(Split::Train), size = m_dataset->size(chosen.split);
    m_split = chosen.split;
    m_chosen.assign(chosen.images.begin(), chosen.images.end());
    m_places.clear();
    for (const std::int64_t image : m_chosen) {
        CONVOLAB_CHECK(image >= 0 && image < size, "an image is chosen that the split does not have");
        m_places.push_back(static_cast<std::int32_t>(before + image));  // validation images lie behind the training images
    }
    m_augmented = chosen.augmented && !m_augmentations.empty();
    m_epoch = chosen.epoch;
    if (!chosenIsThere()) return 1;
    const auto key = randomKey(m_seed, RandomStreamId::Augmentation, static_cast<std::uint64_t>(m_epoch));
    const ConvolabGpuChoice choice{.places = m_places.data(), .count = this->chosen(), .augmented = m_augmented ? 1 : 0, .key = {key[0], key[1]}};
    if (m_calls.chooseImages(m_session, &choice, failure) != 0) return 1;
    if (failure->state != kGpuNoImages) return 0;
    dropped();
    return 1;
}

const float* HeldData::makeHere() {
    m_batch.resize(m_chosen.size() * static_cast<std::size_t>(m_dataset->info().imageShape.size()));
    makeBatch(*m_dataset, m_split, m_chosen, m_augmented ? &*m_augmenter : nullptr, m_epoch, m_batch.data());
    return m_batch.data();
}

void HeldData::dropped() {
    m_held = m_augments = false;
    m_note = "images from main memory: on the GPU the optimizer needed their room";
}

void HeldData::read(std::int64_t place, std::span<float> pixels) const {
    const std::int64_t training = m_dataset->size(Split::Train);
    if (place < training) m_dataset->image(Split::Train, place, pixels);
    else m_dataset->image(Split::Validation, place - training, pixels);
}

}  // namespace convolab
