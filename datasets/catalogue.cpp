#include "datasets/catalogue.h"

#include <algorithm>

#include "core/util/text.h"
#include "datasets/cifar10.h"
#include "datasets/data_location.h"
#include "datasets/digits.h"
#include "datasets/houses.h"
#include "datasets/idx.h"
#include "datasets/letter_t.h"
#include "datasets/patterns.h"
#include "datasets/shapes.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMaximumGenerated = 1'000'000;

struct Entry {
    DatasetEntry entry;
    std::vector<std::string> files;  // any of them marks the folder; none: built in
    std::string folder;              // below a data root
    Result<DatasetPtr> (*open)(const fs::path& folder, const DatasetRequest& request);
};

Result<DatasetPtr> openDigits(const fs::path&, const DatasetRequest& request) {
    return makeDigits(request.seed, request.sizes.value_or(GeneratedSizes{}));
}

Result<DatasetPtr> openShapes(const fs::path&, const DatasetRequest& request) {
    return makeShapes(request.seed, request.sizes.value_or(kShapesSizes));
}

Result<DatasetPtr> openXor(const fs::path&, const DatasetRequest& request) { return makeXor(request.sizes.value_or(kXorSizes)); }

Result<DatasetPtr> openCodes(const fs::path&, const DatasetRequest& request) { return makeCodes(request.sizes.value_or(kCodesSizes)); }

Result<DatasetPtr> openThermometer(const fs::path&, const DatasetRequest& request) {
    return makeThermometer(request.sizes.value_or(kThermometerSizes));
}

Result<DatasetPtr> openLetterT(const fs::path&, const DatasetRequest& request) {
    return makeLetterT(request.seed, request.sizes.value_or(kLetterTSizes));
}

Result<DatasetPtr> openHouses(const fs::path&, const DatasetRequest& request) { return makeHouses(request.sizes.value_or(kHousesSizes)); }

Result<DatasetPtr> openMnist(const fs::path& folder, const DatasetRequest&) {
    DatasetInfo info{.id = "mnist", .title = "MNIST", .imageShape = {}, .classNames = {}, .source = {}};
    for (int digit = 0; digit < 10; ++digit) info.classNames.push_back(std::to_string(digit));
    return openIdxDataset(folder, std::move(info));
}

Result<DatasetPtr> openFashionMnist(const fs::path& folder, const DatasetRequest&) {
    return openIdxDataset(folder, {.id = "fashion-mnist",
                                   .title = "Fashion-MNIST",
                                   .imageShape = {},
                                   .classNames = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                  "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"},
                                   .source = {}});
}

Result<DatasetPtr> openCifar(const fs::path& folder, const DatasetRequest&) { return openCifar10(folder); }

std::vector<std::string> idxMarkers() {
    std::vector<std::string> names;
    for (const char* part : {"train", "t10k"}) {
        for (std::string& name : idxFileNames(std::string(part) + "-images", 3))
            names.push_back(std::move(name));
        for (std::string& name : idxFileNames(std::string(part) + "-labels", 1))
            names.push_back(std::move(name));
    }
    return names;
}

std::vector<std::string> cifarMarkers() {
    std::vector<std::string> names = cifar10TrainFiles();
    names.push_back(cifar10TestFile());
    return names;
}

const std::vector<Entry>& entries() {
    static const std::string kBuiltIn = "built in: the program draws it, there is nothing to get";
    static const std::vector<Entry> kEntries{
        {{"digits", "Digits", "handwritten-looking digits drawn by the program: 28×28 grey, 10 classes",
          kBuiltIn, true},
         {},
         {},
         openDigits},
        {{"shapes", "Shapes", "plane figures drawn by the program: 32×32 colour, 10 classes", kBuiltIn, true},
         {},
         {},
         openShapes},
        {{"xor", "XOR", "the four cases of exclusive or: 2 values, 2 classes, the same in every split", kBuiltIn, true}, {}, {}, openXor},
        {{"codes", "Eight codes", "one of eight values is 1: 8 values, 8 classes, the same in every split", kBuiltIn, true}, {}, {}, openCodes},
        {{"thermometer", "Thermometer", "0 to 7 ones from the right: 8 values, which the outputs give back, the same in every split", kBuiltIn, true},
         {},
         {},
         openThermometer},
        {{"letter-t", "Letter T", "a 5×5 T, its one-pixel errors and random patterns: one output, 1 for the T", kBuiltIn, true}, {}, {}, openLetterT},
        {{"houses", "House prices", "four houses, size in ft² to price in k$: a regression with one output, the same in every split", kBuiltIn, true,
          "k$"},
         {},
         {},
         openHouses},
        {{"mnist", "MNIST",
          "handwritten digits: 28×28 grey, 10 classes, 60,000 for training and 10,000 for testing",
          "get train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and "
          "t10k-labels-idx1-ubyte.gz (for example from ossci-datasets.s3.amazonaws.com/mnist), put them into "
          "a folder "
          "named mnist, and name the folder around it with --data-dir or $CONVOLAB_DATA",
          false},
         idxMarkers(),
         "mnist",
         openMnist},
        {{"fashion-mnist", "Fashion-MNIST",
          "photographs of clothes: 28×28 grey, 10 classes, 60,000 for training and 10,000 for testing",
          "get the four files from data/fashion of github.com/zalandoresearch/fashion-mnist, put them into a "
          "folder "
          "named fashion-mnist, and name the folder around it with --data-dir or $CONVOLAB_DATA",
          false},
         idxMarkers(),
         "fashion-mnist",
         openFashionMnist},
        {{"cifar-10", "CIFAR-10",
          "small photographs: 32×32 colour, 10 classes, 50,000 for training and 10,000 for testing",
          "get cifar-10-binary.tar.gz from www.cs.toronto.edu/~kriz/cifar.html, unpack it (it makes the "
          "folder "
          "cifar-10-batches-bin), and name the folder around it with --data-dir or $CONVOLAB_DATA",
          false},
         cifarMarkers(),
         "cifar-10-batches-bin",
         openCifar},
    };
    return kEntries;
}

const Entry* findEntry(const std::string& name) {
    const auto found = std::find_if(entries().begin(), entries().end(), [&](const Entry& candidate) {
        return normalizedName(candidate.entry.id) == normalizedName(name);
    });
    return found == entries().end() ? nullptr : &*found;
}

bool looksLikePath(const std::string& name) {
    std::error_code ignored;
    return name.find('/') != std::string::npos || name == "." || name == ".." || fs::exists(name, ignored);
}

Error unknownName(const std::string& name) {
    std::vector<std::string> ids;
    for (const Entry& entry : entries()) ids.push_back(entry.entry.id);
    return Error{ErrorCode::NotFound,
                 "there is no data set \"" + name + "\"",
                 {},
                 "did you mean \"" + nearestWord(name, ids) + "\"? There are " + join(ids, ", ") +
                     ", or name a folder of images by class"};
}

Status checkSizes(const GeneratedSizes& sizes) {
    for (const std::int64_t size : {sizes.train, sizes.validation, sizes.test}) {
        if (size >= 0 && size <= kMaximumGenerated) continue;
        return Error{ErrorCode::InvalidArgument,
                     "a split of " + withThousands(size) + " images cannot be drawn",
                     {},
                     "choose 0 to " + withThousands(kMaximumGenerated)};
    }
    return {};
}

}  // namespace

const std::vector<DatasetEntry>& datasetCatalogue() {
    static const std::vector<DatasetEntry> kCatalogue = [] {
        std::vector<DatasetEntry> catalogue;
        for (const Entry& entry : entries()) catalogue.push_back(entry.entry);
        return catalogue;
    }();
    return kCatalogue;
}

Result<DatasetPtr> openDataset(const DatasetRequest& request) {
    const Entry* entry = findEntry(request.name);
    if (entry == nullptr && looksLikePath(request.name)) {
        return openImageFolder(
            request.name, {.side = request.imageSide, .channels = request.channels, .seed = request.seed});
    }
    if (entry == nullptr) return unknownName(request.name);
    if (request.sizes) CONVOLAB_RETURN_IF_ERROR(checkSizes(*request.sizes));
    fs::path folder;
    if (!entry->entry.builtIn) {
        CONVOLAB_ASSIGN(folder, findDataFolder(request.dataDir, entry->entry.title, entry->folder,
                                               entry->files, entry->entry.howToGet));
    }
    return entry->open(folder, request);
}

std::optional<std::string> regressionUnit(const std::string& dataset) {
    const Entry* entry = findEntry(dataset);
    if (entry == nullptr || entry->entry.targetUnit.empty()) return {};
    return entry->entry.targetUnit;
}

bool datasetAvailable(const std::string& id, const fs::path& dataDir) {
    const Entry* entry = findEntry(id);
    return entry != nullptr &&
           (entry->entry.builtIn ||
            findDataFolder(dataDir, entry->entry.title, entry->folder, entry->files, {}).ok());
}

}  // namespace convolab
