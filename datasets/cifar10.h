#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace convolab {

/// The published names of the binary version: data_batch_1.bin … data_batch_5.bin (train), then
/// test_batch.bin.
std::vector<std::string> cifar10TrainFiles();
std::string cifar10TestFile();

/// Reads one file of the binary version (A. Krizhevsky, "Learning multiple layers of features from tiny
/// images", 2009): records of 3,073 bytes, one label 0 … 9, then 32×32 red, green and blue values. Appends to
/// `store`.
Status readCifar10File(const std::filesystem::path& file, ImageStore& store);

/// Opens `folder` with those training files that are present; info().source says how many images that makes.
/// The end of the training images becomes the validation split.
Result<DatasetPtr> openCifar10(const std::filesystem::path& folder);

}  // namespace convolab
