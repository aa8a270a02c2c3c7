#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/augmentation.h"
#include "core/data/dataset.h"

namespace convolab {

/// A batch by the places of its images in a split, training or validation.
struct ChosenImages {
    Split split = Split::Train;
    std::span<const std::int64_t> images;
    bool augmented = false;
    std::int64_t epoch = 0;  ///< that augmented images are seen in
};

/// A model whose device can keep the images of a data set: a batch then is named, not sent. It has the bits that BatchLoader would
/// make, or differs by rounding where a device computes functions otherwise. All may throw DeviceLost.
class DeviceData {
  public:
    virtual ~DeviceData() = default;
    /// Brings the training and validation images to the device, if they are not there yet, and says how training images are changed
    /// (core/data/augmentation.h). What finds no room or has no form there stays in main memory.
    virtual void keepData(DatasetPtr dataset, const std::vector<AugmentationSpec>& augmentations, std::uint64_t seed) = 0;
    /// Whether batches are made on the device now, augmented ones or those that are as the data set holds them. It may end at any
    /// step, where something else needs the memory.
    virtual bool makesBatches(bool augmented) const = 0;
    /// "images on the device, augmented there", or that they are not and why not; empty before keepData().
    virtual std::string dataNote() const = 0;
    /// The batch of the next calls that get a view without data (data == nullptr) and the shape of the batch. Needs
    /// keepData(). What the device does not make is made here, on the calling thread.
    virtual void chooseImages(const ChosenImages& chosen) = 0;
};

}  // namespace convolab
