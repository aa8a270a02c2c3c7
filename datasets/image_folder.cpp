#include "datasets/image_folder.h"

#include <algorithm>
#include <array>
#include <future>
#include <map>
#include <optional>
#include <thread>

#include "core/util/random.h"
#include "core/util/text.h"
#include "datasets/image_decoder.h"
#include "datasets/pictures.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaximumClasses = 256;  // labels are bytes
constexpr std::size_t kMinimumPerClass = 3;   // one for each split
constexpr std::size_t kPartOfSplit = 10;      // validation and test are a tenth each
constexpr int kMaximumSide = 1024;
constexpr std::int64_t kMaximumBytes = std::int64_t{4} << 30;

class ImageFolderDataset : public MemoryDataset {
  public:
    ImageFolderDataset(DatasetInfo info, std::array<ImageStore, 3> splits, std::vector<SkippedFile> skipped)
        : MemoryDataset(std::move(info), std::move(splits[0]), std::move(splits[1]), std::move(splits[2])),
          m_skipped(std::move(skipped)) {}
    const std::vector<SkippedFile>& skipped() const { return m_skipped; }

  private:
    std::vector<SkippedFile> m_skipped;
};

struct Candidate {
    fs::path file;
    std::string relativeName;
    std::size_t label = 0;
    int split = -1;  // given by the folder, or −1: to be drawn
    std::optional<DecodedImage> image;
    std::string failure;
};

/// Collects the files of one folder of images; everything that it learns ends in these lists.
struct Collection {
    fs::path root;
    std::vector<std::string> classNames;
    std::vector<Candidate> files;
    std::vector<SkippedFile> skipped;

    std::string relative(const fs::path& path) const { return path.lexically_relative(root).string(); }
    void skip(const fs::path& path, const std::string& why) { skipped.push_back({relative(path), why}); }
};

bool isHidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// Visible sub-folders, sorted by name. A link back to the folder itself or to one around it is left out.
std::vector<fs::path> subfolders(const fs::path& folder) {
    std::vector<fs::path> result;
    std::error_code failure;
    const std::string here = (fs::weakly_canonical(folder, failure) / "").string();
    for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
        std::error_code ignored;
        if (isHidden(it->path()) || !it->is_directory(ignored)) continue;
        const std::string target = (fs::weakly_canonical(it->path(), ignored) / "").string();
        if (!here.starts_with(target)) result.push_back(it->path());
    }
    std::sort(result.begin(), result.end());
    return result;
}

void collectClass(Collection& collection, const fs::path& folder, std::size_t label, int split) {
    std::error_code failure;
    std::vector<fs::path> files;
    for (fs::recursive_directory_iterator it(folder, failure), end; !failure && it != end;
         it.increment(failure)) {
        std::error_code ignored;
        if (isHidden(it->path())) {
            it.disable_recursion_pending();
        } else if (!it->is_directory(ignored)) {
            files.push_back(it->path());
        }
    }
    if (failure) collection.skip(folder, "cannot be read to its end: " + failure.message());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        collection.files.push_back({file, collection.relative(file), label, split, {}, {}});
    }
}

std::optional<fs::path> firstFolder(const fs::path& root, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        std::error_code ignored;
        if (fs::is_directory(root / name, ignored)) return root / name;
    }
    return std::nullopt;
}

Error folderError(const std::string& message, const std::string& hint) {
    return Error{ErrorCode::InvalidArgument, message, {}, hint};
}

Status collect(Collection& collection) {
    const std::optional<fs::path> train = firstFolder(collection.root, {"train"});
    const fs::path classRoot = train.value_or(collection.root);
    const std::vector<fs::path> folders = subfolders(classRoot);
    if (folders.size() < 2) {
        return folderError(classRoot.string() + " has " + std::to_string(folders.size()) +
                               (folders.size() == 1 ? " class folder" : " class folders"),
                           "give it one sub-folder of images for each class, at least 2");
    }
    if (folders.size() > kMaximumClasses) {
        return folderError(classRoot.string() + " has " +
                               withThousands(static_cast<std::int64_t>(folders.size())) + " class folders",
                           "use at most 256 classes");
    }
    for (const fs::path& folder : folders) {
        collectClass(collection, folder, collection.classNames.size(), train ? 0 : -1);
        collection.classNames.push_back(folder.filename().string());
    }
    if (!train) return {};
    const std::array<std::optional<fs::path>, 2> others{firstFolder(collection.root, {"validation", "val"}),
                                                        firstFolder(collection.root, {"test"})};
    for (std::size_t i = 0; i < others.size(); ++i) {
        if (!others[i]) continue;
        for (const fs::path& folder : subfolders(*others[i])) {
            const auto& names = collection.classNames;
            const auto found = std::find(names.begin(), names.end(), folder.filename().string());
            if (found == names.end())
                collection.skip(folder, "is no class of the train folder");
            else
                collectClass(collection, folder, static_cast<std::size_t>(found - names.begin()),
                             static_cast<int>(i) + 1);
        }
    }
    return {};
}

void decodeAll(Collection& collection, int side) {
    std::vector<Candidate>& files = collection.files;
    const std::size_t workers = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
    const auto decodeEvery = [&](std::size_t first) {
        for (std::size_t i = first; i < files.size(); i += workers) {
            Result<DecodedImage> image = decodeImageFile(files[i].file, side);
            if (image)
                files[i].image = std::move(image).value();
            else
                files[i].failure = image.error().message;
        }
    };
    std::vector<std::future<void>> parts;
    for (std::size_t worker = 1; worker < workers; ++worker) {
        parts.push_back(std::async(std::launch::async, decodeEvery, worker));
    }
    decodeEvery(0);
    for (auto& part : parts) part.get();
    for (const Candidate& file : files) {
        if (!file.image) collection.skip(file.file, file.failure);
    }
    std::erase_if(files, [](const Candidate& file) { return !file.image; });
}

/// FNV-1a over the name, then Philox with the seed: any change of either gives another order.
std::uint64_t seededHash(const std::string& name, std::uint64_t seed) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    RandomSequence random(seed, RandomStreamId::Data, hash);
    const std::uint64_t high = random.next();
    return high << 32 | random.next();
}

/// Gives a split to those files that have none yet: per class, a tenth (at least one) for each split that is
/// missing.
void drawSplits(Collection& collection, std::uint64_t seed) {
    std::array<bool, 3> given{};
    for (const Candidate& file : collection.files) {
        if (file.split >= 0) given[static_cast<std::size_t>(file.split)] = true;
    }
    std::map<std::size_t, std::vector<std::pair<std::uint64_t, Candidate*>>> byClass;
    for (Candidate& file : collection.files) {
        if (file.split <= 0) byClass[file.label].emplace_back(seededHash(file.relativeName, seed), &file);
    }
    for (auto& [label, members] : byClass) {
        std::sort(members.begin(), members.end());
        const std::size_t part = std::max<std::size_t>(members.size() / kPartOfSplit, 1);
        for (std::size_t i = 0; i < members.size(); ++i) {
            int split = 0;
            if (!given[1] && i < part)
                split = 1;
            else if (!given[2] && i < part * (given[1] ? 1 : 2))
                split = 2;
            members[i].second->split = split;
        }
    }
}

Status checkCounts(const Collection& collection) {
    const bool fixedTrain = std::any_of(collection.files.begin(), collection.files.end(),
                                        [](const Candidate& file) { return file.split == 0; });
    for (std::size_t label = 0; label < collection.classNames.size(); ++label) {
        const auto usable = static_cast<std::size_t>(
            std::count_if(collection.files.begin(), collection.files.end(),
                          [&](const Candidate& file) { return file.label == label && file.split <= 0; }));
        if (usable >= kMinimumPerClass) continue;
        std::string message = "class \"" + collection.classNames[label] + "\" of " +
                              collection.root.string() + " has " + std::to_string(usable) +
                              (usable == 1 ? " usable image" : " usable images") +
                              (fixedTrain ? " in train" : "");
        if (!collection.skipped.empty()) {
            message +=
                "; skipped: " + collection.skipped.front().file + " " + collection.skipped.front().reason;
            if (collection.skipped.size() > 1) {
                message += " and " + withThousands(static_cast<std::int64_t>(collection.skipped.size()) - 1) +
                           " more";
            }
        }
        return folderError(message, "each class needs at least 3 images");
    }
    return {};
}

/// ITU-R BT.601 luma of the three planes.
void appendGrey(std::vector<std::uint8_t>& target, const std::vector<std::uint8_t>& rgb) {
    const std::size_t count = rgb.size() / 3;
    for (std::size_t i = 0; i < count; ++i) {
        const int luma = 299 * rgb[i] + 587 * rgb[count + i] + 114 * rgb[2 * count + i];
        target.push_back(static_cast<std::uint8_t>((luma + 500) / 1000));
    }
}

bool useGrey(const Collection& collection, ChannelRule rule) {
    if (rule != ChannelRule::Majority) return rule == ChannelRule::Grey;
    const auto grey = std::count_if(collection.files.begin(), collection.files.end(),
                                    [](const Candidate& file) { return file.image->isGrey; });
    return 2 * grey > static_cast<std::ptrdiff_t>(collection.files.size());
}

std::string summary(const Collection& collection) {
    std::string text = collection.root.string() + ": " +
                       withThousands(static_cast<std::int64_t>(collection.files.size())) + " images in " +
                       std::to_string(collection.classNames.size()) + " classes";
    const auto skipped = static_cast<std::int64_t>(collection.skipped.size());
    if (skipped > 0) {
        text += ", " + withThousands(skipped) +
                (skipped == 1 ? " file skipped (" : " files skipped (first: ") +
                collection.skipped.front().file + " " + collection.skipped.front().reason + ")";
    }
    return text;
}

}  // namespace

Result<DatasetPtr> openImageFolder(const fs::path& folder, const ImageFolderOptions& options) {
    std::error_code failure;
    if (!fs::is_directory(folder, failure)) {
        return Error{
            ErrorCode::NotFound, folder.string() + " is no folder", {}, "name a folder of images by class"};
    }
    if (options.side < 1 || options.side > kMaximumSide) {
        return folderError("an image side of " + std::to_string(options.side) + " pixels is not possible",
                           "choose 1 to 1,024");
    }
    if (const auto missing = picturesMissing()) return *missing;
    Collection collection;
    collection.root = folder;
    CONVOLAB_RETURN_IF_ERROR(collect(collection));
    const std::int64_t pixels = std::int64_t{options.side} * options.side;
    if (static_cast<std::int64_t>(collection.files.size()) > kMaximumBytes / (3 * pixels)) {
        return folderError(withThousands(static_cast<std::int64_t>(collection.files.size())) + " images of " +
                               std::to_string(options.side) + " pixels a side need more than 4 GiB",
                           "use smaller images or fewer files");
    }
    decodeAll(collection, options.side);
    CONVOLAB_RETURN_IF_ERROR(checkCounts(collection));
    drawSplits(collection, options.seed);

    const bool grey = useGrey(collection, options.channels);
    std::array<ImageStore, 3> splits;
    for (const Candidate& file : collection.files) {
        ImageStore& store = splits[static_cast<std::size_t>(file.split)];
        store.labels.push_back(static_cast<std::uint8_t>(file.label));
        if (grey)
            appendGrey(store.pixels, file.image->pixels);
        else
            store.pixels.insert(store.pixels.end(), file.image->pixels.begin(), file.image->pixels.end());
    }
    DatasetInfo info;
    info.id = folder.string();
    const fs::path named = fs::weakly_canonical(folder, failure);
    info.title = (named.has_filename() ? named : named.parent_path()).filename().string();
    info.imageShape = Shape{grey ? 1 : 3, options.side, options.side};
    info.classNames = collection.classNames;
    info.source = summary(collection);
    return DatasetPtr(std::make_shared<ImageFolderDataset>(std::move(info), std::move(splits),
                                                           std::move(collection.skipped)));
}

const std::vector<SkippedFile>& skippedFiles(const Dataset& dataset) {
    static const std::vector<SkippedFile> kNone;
    const auto* images = dynamic_cast<const ImageFolderDataset*>(&dataset);
    return images == nullptr ? kNone : images->skipped();
}

}  // namespace convolab
