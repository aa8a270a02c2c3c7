#include "app/cli/inspect_image.h"

#include <filesystem>

#include "core/util/option_text.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"
#include "datasets/image_for_network.h"
#include "datasets/picture.h"

namespace convolab {

namespace {

namespace fs = std::filesystem;

/// "mnist:validation:7"
struct DatasetPlace {
    std::string name;
    std::string split = "test";
    std::int64_t index = 0;
};

std::optional<DatasetPlace> placeOf(const std::string& word) {
    const auto last = word.rfind(':');
    if (last == std::string::npos || last == 0) return {};
    const auto index = parseNumber<std::int64_t>(std::string_view(word).substr(last + 1));
    if (!index) return {};
    DatasetPlace place;
    place.index = *index;
    place.name = word.substr(0, last);
    const auto middle = place.name.rfind(':');
    if (middle != std::string::npos && middle > 0) {
        place.split = place.name.substr(middle + 1);
        place.name = place.name.substr(0, middle);
    }
    return place;
}

Result<InspectedImage> fromDataset(const DatasetPlace& place, const std::string& dataDir,
                                   const Shape& input) {
    CONVOLAB_ASSIGN(const Split split, splitFromName(place.split));
    CONVOLAB_ASSIGN(const DatasetPtr dataset, openDataset({.name = place.name, .dataDir = dataDir}));
    const std::int64_t size = dataset->size(split);
    if (place.index < 0 || place.index >= size) {
        return Error{ErrorCode::InvalidArgument,
                     dataset->info().title + " has " + withThousands(size) + " " + splitName(split) +
                         " images, not image " + withThousands(place.index),
                     "", size > 0 ? "choose 0 to " + withThousands(size - 1) : "choose another split"};
    }
    CONVOLAB_ASSIGN(const DatasetPtr images, fitted(dataset, input));
    InspectedImage image;
    image.text = place.name + " " + splitName(split) + " image " + withThousands(place.index);
    image.pixels = Tensor(input);
    images->image(split, place.index, image.pixels.span());
    image.label = images->label(split, place.index);
    image.classNames = images->info().classNames;
    return image;
}

/// The data set that a document was trained on, if its files are here: it says how large its images are and
/// what the classes are called.
DatasetPtr trainedOn(const NetworkSource& network, const std::string& dataDir) {
    if (!network.recipe || network.recipe->dataset.empty()) return nullptr;
    DatasetRequest request{.name = network.recipe->dataset, .dataDir = dataDir};
    request.sizes = GeneratedSizes{1, 1, 1};
    auto opened = openDataset(request);
    return opened.ok() ? std::move(opened).value() : nullptr;
}

Result<InspectedImage> fromFile(const fs::path& file, const std::string& dataDir,
                                const NetworkSource& network, const Shape& input) {
    CONVOLAB_ASSIGN(const Picture picture, readPicture(file));
    const DatasetPtr dataset = trainedOn(network, dataDir);
    const Shape content =
        dataset != nullptr && fitted(dataset, input).ok() ? dataset->info().imageShape : Shape{};
    CONVOLAB_ASSIGN(NetworkImage fittedImage, imageForNetwork(picture, input, content));
    InspectedImage image;
    image.text = file.filename().string();
    image.how = std::move(fittedImage.how);
    image.pixels = std::move(fittedImage.pixels);
    if (dataset != nullptr) image.classNames = dataset->info().classNames;
    return image;
}

}  // namespace

Result<InspectedImage> openInspectedImage(const std::string& word, const std::string& dataDir,
                                          const NetworkSource& network, const Shape& input) {
    std::error_code ignored;
    const auto place = placeOf(word);
    if (place && !fs::exists(word, ignored)) return fromDataset(*place, dataDir, input);
    if (!fs::exists(word, ignored)) {
        return Error{ErrorCode::NotFound, "there is no file \"" + word + "\"", "",
                     "give an image file, or an image of a data set such as mnist:7 or mnist:validation:7"};
    }
    return fromFile(word, dataDir, network, input);
}

}  // namespace convolab
