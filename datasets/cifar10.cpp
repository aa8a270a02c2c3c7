#include "datasets/cifar10.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/util/text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPixels = 3 * 32 * 32;
constexpr std::size_t kRecord = kPixels + 1;
constexpr int kClasses = 10;
constexpr std::int64_t kPublishedTrainImages = 50000;
constexpr std::uintmax_t kMaximumBytes = std::uintmax_t{1} << 30;

Error corrupt(const fs::path& file, const std::string& what) {
    return Error{ErrorCode::CorruptFile, file.string() + " " + what, {}, "get the file again"};
}

Error unreadable(const fs::path& file, const std::string& reason) {
    return Error{ErrorCode::IoFailure, file.string() + " cannot be read: " + reason, {}, {}};
}

}  // namespace

std::vector<std::string> cifar10TrainFiles() {
    std::vector<std::string> names;
    for (int batch = 1; batch <= 5; ++batch) names.push_back("data_batch_" + std::to_string(batch) + ".bin");
    return names;
}

std::string cifar10TestFile() { return "test_batch.bin"; }

Status readCifar10File(const fs::path& file, ImageStore& store) {
    std::error_code failure;
    const std::uintmax_t bytes = fs::file_size(file, failure);
    if (failure) return unreadable(file, failure.message());
    if (bytes == 0) return corrupt(file, "is empty");
    if (bytes > kMaximumBytes) return corrupt(file, "is larger than 1 GiB, which no CIFAR-10 file is");
    if (bytes % kRecord != 0) {
        return corrupt(file, "has " + withThousands(static_cast<std::int64_t>(bytes)) +
                                 " bytes, which is no multiple of 3,073 (one label and 3×32×32 pixels)");
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return unreadable(file, std::strerror(errno));
    std::array<std::uint8_t, kRecord> record{};
    const auto records = static_cast<std::int64_t>(bytes / kRecord);
    store.pixels.reserve(store.pixels.size() + static_cast<std::size_t>(records) * kPixels);
    for (std::int64_t i = 0; i < records; ++i) {
        if (!stream.read(reinterpret_cast<char*>(record.data()), kRecord)) {
            return unreadable(file, "it ended while being read");
        }
        if (record[0] >= kClasses) {
            return corrupt(file, "says that image " + withThousands(i) + " has label " +
                                     std::to_string(record[0]) + "; the labels are 0 to 9");
        }
        store.labels.push_back(record[0]);
        store.pixels.insert(store.pixels.end(), record.begin() + 1, record.end());
    }
    return {};
}

Result<DatasetPtr> openCifar10(const fs::path& folder) {
    ImageStore train;
    for (const std::string& name : cifar10TrainFiles()) {
        std::error_code ignored;
        if (fs::exists(folder / name, ignored))
            CONVOLAB_RETURN_IF_ERROR(readCifar10File(folder / name, train));
    }
    if (train.labels.empty()) {
        return Error{ErrorCode::NotFound,
                     folder.string() + " has no training images",
                     {},
                     "put data_batch_1.bin to data_batch_5.bin there"};
    }
    std::error_code ignored;
    if (!fs::exists(folder / cifar10TestFile(), ignored)) {
        return Error{ErrorCode::NotFound,
                     folder.string() + " has no " + cifar10TestFile(),
                     {},
                     "put it there, beside the training files"};
    }
    ImageStore test;
    CONVOLAB_RETURN_IF_ERROR(readCifar10File(folder / cifar10TestFile(), test));

    DatasetInfo info;
    info.id = "cifar-10";
    info.title = "CIFAR-10";
    info.imageShape = Shape{3, 32, 32};
    info.classNames = {"airplane", "automobile", "bird",  "cat",  "deer",
                       "dog",      "frog",       "horse", "ship", "truck"};
    info.source = folder.string();
    const auto found = static_cast<std::int64_t>(train.labels.size());
    if (found < kPublishedTrainImages) {
        info.source += " (" + withThousands(found) + " of " + withThousands(kPublishedTrainImages) +
                       " training images found)";
    }
    ImageStore validation = splitOffValidation(train, kPixels);
    return DatasetPtr(std::make_shared<MemoryDataset>(std::move(info), std::move(train),
                                                      std::move(validation), std::move(test)));
}

}  // namespace convolab
