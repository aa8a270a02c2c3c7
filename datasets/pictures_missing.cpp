// In place of the files that use OpenCV where the program is built without it: a picture is answered with a sentence.
#include "core/util/left_out.h"
#include "datasets/contact_sheet.h"
#include "datasets/drawing.h"
#include "datasets/image_decoder.h"
#include "datasets/image_for_network.h"
#include "datasets/picture.h"
#include "datasets/pictures.h"
#include "datasets/png_file.h"

namespace convolab {

namespace fs = std::filesystem;

std::optional<Error> picturesMissing() { return leftOutError("OpenCV", "reading and writing image files"); }

Result<DecodedImage> decodeImageFile(const fs::path& /*file*/, int /*side*/) { return *picturesMissing(); }
Result<Picture> readPicture(const fs::path& /*file*/) { return *picturesMissing(); }
Result<NetworkImage> imageForNetwork(const Picture& /*picture*/, const Shape& /*input*/, const Shape& /*content*/) {
    return *picturesMissing();
}
Result<Tensor> drawingForNetwork(const Picture& /*pad*/, bool /*digits*/, const Shape& /*input*/, const Shape& /*content*/) {
    return *picturesMissing();
}
Status writePng(const fs::path& /*file*/, int /*width*/, int /*height*/, std::span<const std::uint8_t> /*rgb*/) {
    return *picturesMissing();
}
Status writeContactSheet(const Dataset& /*dataset*/, Split /*split*/, const fs::path& /*file*/, int /*columns*/, int /*rows*/) {
    return *picturesMissing();
}

}  // namespace convolab
