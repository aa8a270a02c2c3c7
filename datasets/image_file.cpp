#include "datasets/image_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/util/text.h"
#include "datasets/image_probe.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaximumFileBytes = std::uintmax_t{256} << 20;

Status checkProbe(const std::vector<std::uint8_t>& bytes) {
    const ImageProbe probe = probeImage(bytes);
    if (!probe.known) return {};
    if (probe.width > 0 && probe.height > kMaximumImagePixels / probe.width) {
        return imageFileError("is " + withThousands(probe.width) + "\u00D7" + withThousands(probe.height) +
                              " pixels, more than 64 million");
    }
    if (!probe.complete) return imageFileError("is truncated");
    return {};
}

}  // namespace

Error imageFileError(const std::string& reason, ErrorCode code) { return Error{code, reason, {}, {}}; }

Result<std::vector<std::uint8_t>> readImageFile(const fs::path& file) {
    std::error_code failure;
    if (!fs::is_regular_file(file, failure)) return imageFileError("is no regular file", ErrorCode::IoFailure);
    const std::uintmax_t size = fs::file_size(file, failure);
    if (failure) return imageFileError("cannot be read: " + failure.message(), ErrorCode::IoFailure);
    if (size == 0) return imageFileError("is empty");
    if (size > kMaximumFileBytes) return imageFileError("is larger than 256 MiB");
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    std::vector<std::uint8_t> bytes(size);
    if (!stream || !stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
        return imageFileError("cannot be read: " + std::string(std::strerror(errno)), ErrorCode::IoFailure);
    }
    CONVOLAB_RETURN_IF_ERROR(checkProbe(bytes));
    return bytes;
}

}  // namespace convolab
