#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace convolab {

/// The contents of one IDX file of unsigned bytes: extents from the header, values row-major.
struct IdxFile {
    std::vector<std::int64_t> extents;
    std::vector<std::uint8_t> values;
};

/// Reads an IDX file of `dimensions` extents, plain or gzip. The format (Y. LeCun, "The MNIST database"):
/// big-endian u32 magic 0x0000 08 0d with d = dimensions, then d big-endian u32 extents, then the bytes.
/// Nothing that a file says about its size is believed before the bytes are there.
Result<IdxFile> readIdx(const std::filesystem::path& file, int dimensions);

/// The images (count × rows × columns) of one file with the labels of another, checked against each other.
struct IdxImages {
    ImageStore store;
    Shape imageShape;  ///< (1, rows, columns)
};
Result<IdxImages> readIdxImages(const std::filesystem::path& images, const std::filesystem::path& labels,
                                int classes);

/// The names under which `stem` ("train-images") with `dimensions` extents is published:
/// "train-images-idx3-ubyte" or "train-images.idx3-ubyte", each also with ".gz".
std::vector<std::string> idxFileNames(const std::string& stem, int dimensions);

/// Opens the four files train-images, train-labels, t10k-images, t10k-labels of `folder`; the last 5,000
/// training images become the validation split. `info` brings id, title and class names.
Result<DatasetPtr> openIdxDataset(const std::filesystem::path& folder, DatasetInfo info);

}  // namespace convolab
