#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/tensor/shape.h"
#include "core/util/result.h"

namespace convolab {

enum class Split { Train, Validation, Test };

const char* splitName(Split split);                     ///< "train", "validation", "test"
Result<Split> splitFromName(const std::string& name);   ///< names the valid words

struct DatasetInfo {
    std::string id;                        ///< "digits", "mnist", or a folder's path
    std::string title;                     ///< "MNIST digits"
    Shape imageShape;                      ///< (C, H, W)
    std::vector<std::string> classNames;   ///< one per label, label = index
    std::string source;                    ///< where it came from, one line
    Shape pictureShape = {};               ///< (C, H, W) that `fitted` made vectors of; empty where imageShape says it

    /// What lies in the pixels: (C, H, W), or the vector itself where it never was an image.
    const Shape& picture() const { return pictureShape.rank() > 0 ? pictureShape : imageShape; }
};

/// Labelled images in three fixed splits. Immutable and thread-safe once made. Validation is the last 5,000 training
/// images of the source whatever the seed (10 % for sets under 50,000 training images, unless the set brings its own).
class Dataset {
  public:
    virtual ~Dataset() = default;
    virtual const DatasetInfo& info() const = 0;
    virtual std::int64_t size(Split split) const = 0;
    /// Writes C×H×W values in [0, 1] to `pixels`. `index` is 0 … size(split) − 1.
    virtual void image(Split split, std::int64_t index, std::span<float> pixels) const = 0;
    virtual int label(Split split, std::int64_t index) const = 0;

    int classes() const { return static_cast<int>(info().classNames.size()); }
};

using DatasetPtr = std::shared_ptr<const Dataset>;

/// 8-bit pixels of one split, kept in memory: images × C × H × W, row-major, 255 = 1.0.
struct ImageStore {
    std::vector<std::uint8_t> pixels;
    std::vector<std::uint8_t> labels;
};

/// A data set that lies in memory as 8-bit pixels (all built-in loaders make one).
class MemoryDataset : public Dataset {
  public:
    MemoryDataset(DatasetInfo info, ImageStore train, ImageStore validation, ImageStore test);

    const DatasetInfo& info() const override { return m_info; }
    std::int64_t size(Split split) const override;
    void image(Split split, std::int64_t index, std::span<float> pixels) const override;
    int label(Split split, std::int64_t index) const override;

  private:
    const ImageStore& store(Split split) const;

    DatasetInfo m_info;
    ImageStore m_train, m_validation, m_test;
};

/// Cuts the validation images off the end of `train`: the last 5,000, or 10 % when there are fewer than 50,000.
ImageStore splitOffValidation(ImageStore& train, std::int64_t pixelsPerImage);

/// The first `limit` images of the train split (and of the others: at most `limit` each).
DatasetPtr limited(DatasetPtr dataset, std::int64_t limit);
/// Indices of a seeded sample of a split, balanced by class as far as the classes allow, in ascending order. A larger
/// sample of the same seed contains the smaller ones.
std::vector<std::int64_t> balancedSample(const Dataset& dataset, Split split, std::int64_t count, std::uint64_t seed);
/// A seeded sample of `count` train images, balanced by class (the others unchanged).
DatasetPtr sampled(DatasetPtr dataset, std::int64_t count, std::uint64_t seed);

/// `dataset` as a network with this input shape sees it: unchanged if the shapes agree; smaller images are centred in
/// zeros (28×28 → 32×32 pads 2 on each side), never resized. Error if channels differ or the images are larger.
Result<DatasetPtr> fitted(DatasetPtr dataset, const Shape& inputShape);

}  // namespace convolab
