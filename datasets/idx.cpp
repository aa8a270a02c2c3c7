#include "datasets/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/util/text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kUnsignedBytes = 0x08;
constexpr std::int64_t kMaximumSide = 4096;
constexpr std::int64_t kMaximumBytes = std::int64_t{4} << 30;
constexpr std::size_t kChunk = std::size_t{1} << 20;
const char* const kGetAgain = "get the file again";

Error corrupt(const fs::path& file, const std::string& what, const std::string& hint = kGetAgain) {
    return Error{ErrorCode::CorruptFile, file.string() + " " + what, {}, hint};
}

struct CloseGzip {
    void operator()(gzFile file) const { gzclose_r(file); }
};
using GzipReader = std::unique_ptr<gzFile_s, CloseGzip>;

/// Reads up to `count` bytes; fewer only at the end of the data.
Result<std::size_t> readBytes(gzFile reader, const fs::path& file, std::uint8_t* target, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
        const int got = gzread(reader, target + done, static_cast<unsigned>(std::min(count - done, kChunk)));
        int code = Z_OK;
        const char* text = gzerror(reader, &code);
        if (code == Z_ERRNO) {
            return Error{
                ErrorCode::IoFailure, file.string() + " cannot be read: " + std::strerror(errno), {}, {}};
        }
        if (code == Z_BUF_ERROR) return corrupt(file, "is a gzip file that ends too early");
        if (got < 0 || code < 0) return corrupt(file, "is a damaged gzip file (" + std::string(text) + ")");
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

std::uint32_t bigEndian(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           bytes[3];
}

std::string hexadecimal(std::uint32_t value) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text = "0x";
    for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[value >> shift & 15U];
    return text;
}

Result<std::vector<std::int64_t>> readHeader(gzFile reader, const fs::path& file, int dimensions) {
    std::array<std::uint8_t, 4 * 5> header{};
    const std::size_t length = 4 * (static_cast<std::size_t>(dimensions) + 1);
    CONVOLAB_ASSIGN(const std::size_t got, readBytes(reader, file, header.data(), length));
    if (got < 4) return corrupt(file, "is truncated: it holds " + std::to_string(got) + " bytes");
    const std::uint32_t magic = bigEndian(header.data());
    const std::uint32_t wanted = kUnsignedBytes << 8 | static_cast<std::uint32_t>(dimensions);
    if (magic != wanted) {
        return corrupt(file,
                       "begins with the magic number " + hexadecimal(magic) + " instead of " +
                           hexadecimal(wanted) +
                           " (IDX, unsigned bytes, dimensions: " + std::to_string(dimensions) + ")",
                       "check that this is the right file, or get it again");
    }
    if (got < length) return corrupt(file, "is truncated within its header");
    std::vector<std::int64_t> extents;
    for (std::size_t i = 4; i < length; i += 4) extents.push_back(bigEndian(header.data() + i));
    return extents;
}

/// Product of the extents, or an error for sizes that no such file has.
Result<std::int64_t> announcedBytes(const fs::path& file, const std::vector<std::int64_t>& extents) {
    const std::string text = Shape(extents).text();
    if (extents[0] == 0) return corrupt(file, "holds no images: its header says " + text);
    std::int64_t bytes = extents[0];
    for (std::size_t i = 1; i < extents.size(); ++i) {
        if (extents[i] < 1 || extents[i] > kMaximumSide) {
            return corrupt(file, "announces a size of " + text + "; a side is 1 to 4,096 pixels");
        }
        if (bytes > kMaximumBytes / extents[i])
            bytes = kMaximumBytes + 1;
        else
            bytes *= extents[i];
    }
    if (bytes > kMaximumBytes) return corrupt(file, "announces a size of " + text + ", more than 4 GiB");
    return bytes;
}

}  // namespace

Result<IdxFile> readIdx(const fs::path& file, int dimensions) {
    errno = 0;
    const GzipReader reader(gzopen(file.c_str(), "rb"));
    if (!reader) {
        return Error{
            ErrorCode::IoFailure, file.string() + " cannot be opened: " + std::strerror(errno), {}, {}};
    }
    gzbuffer(reader.get(), 1U << 18);
    IdxFile result;
    CONVOLAB_ASSIGN(result.extents, readHeader(reader.get(), file, dimensions));
    CONVOLAB_ASSIGN(const std::int64_t announced, announcedBytes(file, result.extents));

    const auto wanted = static_cast<std::size_t>(announced);
    while (result.values.size() < wanted) {
        const std::size_t before = result.values.size();
        const std::size_t step = std::min(wanted - before, std::max(kChunk, before));
        result.values.resize(before + step);
        CONVOLAB_ASSIGN(const std::size_t got,
                        readBytes(reader.get(), file, result.values.data() + before, step));
        if (got < step) {
            return corrupt(file, "is truncated: " + Shape(result.extents).text() + " needs " +
                                     withThousands(announced) + " bytes after the header, there are " +
                                     withThousands(static_cast<std::int64_t>(before + got)));
        }
    }
    // Reading past the end also makes zlib compare the checksum.
    std::uint8_t extra = 0;
    CONVOLAB_ASSIGN(const std::size_t trailing, readBytes(reader.get(), file, &extra, 1));
    if (trailing > 0) {
        return corrupt(file,
                       "holds more bytes than its header announces (" + Shape(result.extents).text() + ")");
    }
    return result;
}

Result<IdxImages> readIdxImages(const fs::path& images, const fs::path& labels, int classes) {
    CONVOLAB_ASSIGN(IdxFile pixels, readIdx(images, 3));
    CONVOLAB_ASSIGN(IdxFile marks, readIdx(labels, 1));
    if (pixels.extents[0] != marks.extents[0]) {
        return Error{ErrorCode::CorruptFile,
                     images.string() + " holds " + withThousands(pixels.extents[0]) + " images, " +
                         labels.filename().string() + " " + withThousands(marks.extents[0]) + " labels",
                     {},
                     "the two files have to belong together; get both again"};
    }
    const auto outside = std::find_if(marks.values.begin(), marks.values.end(),
                                      [&](std::uint8_t label) { return static_cast<int>(label) >= classes; });
    if (outside != marks.values.end()) {
        return corrupt(labels, "says that image " + withThousands(outside - marks.values.begin()) +
                                   " has label " + std::to_string(*outside) + "; the labels are 0 to " +
                                   std::to_string(classes - 1));
    }
    IdxImages result;
    result.imageShape = Shape{1, pixels.extents[1], pixels.extents[2]};
    result.store.pixels = std::move(pixels.values);
    result.store.labels = std::move(marks.values);
    return result;
}

std::vector<std::string> idxFileNames(const std::string& stem, int dimensions) {
    const std::string type = "idx" + std::to_string(dimensions) + "-ubyte";
    return {stem + "-" + type, stem + "-" + type + ".gz", stem + "." + type, stem + "." + type + ".gz"};
}

namespace {

Result<fs::path> findIdxFile(const fs::path& folder, const std::string& stem, int dimensions,
                             const std::string& title) {
    const std::vector<std::string> names = idxFileNames(stem, dimensions);
    for (const std::string& name : names) {
        std::error_code ignored;
        if (fs::exists(folder / name, ignored)) return folder / name;
    }
    return Error{
        ErrorCode::NotFound,
        title + " is incomplete: " + folder.string() + " has no " + names.front() + " (plain or .gz)",
        {},
        "put all four files into that folder"};
}

Result<IdxImages> readPair(const fs::path& folder, const std::string& stem, const DatasetInfo& info) {
    CONVOLAB_ASSIGN(const fs::path images, findIdxFile(folder, stem + "-images", 3, info.title));
    CONVOLAB_ASSIGN(const fs::path labels, findIdxFile(folder, stem + "-labels", 1, info.title));
    return readIdxImages(images, labels, static_cast<int>(info.classNames.size()));
}

}  // namespace

Result<DatasetPtr> openIdxDataset(const fs::path& folder, DatasetInfo info) {
    CONVOLAB_ASSIGN(IdxImages train, readPair(folder, "train", info));
    CONVOLAB_ASSIGN(IdxImages test, readPair(folder, "t10k", info));
    if (train.imageShape != test.imageShape) {
        return Error{ErrorCode::CorruptFile,
                     "the training images in " + folder.string() + " are " + train.imageShape.text() +
                         ", the test images " + test.imageShape.text(),
                     {},
                     "the files have to belong together; get them again"};
    }
    info.imageShape = train.imageShape;
    info.source = folder.string();
    ImageStore validation = splitOffValidation(train.store, info.imageShape.size());
    return DatasetPtr(std::make_shared<MemoryDataset>(std::move(info), std::move(train.store),
                                                      std::move(validation), std::move(test.store)));
}

}  // namespace convolab
