#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/network_source.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// What --image names, as the network sees it.
struct InspectedImage {
    std::string text;  ///< "mnist test image 7", "cat.png"
    std::string how;   ///< what fitting a file to the input took; may be empty
    Tensor pixels;     ///< (C, H, W)
    std::optional<int> label;
    std::vector<std::string> classNames;  ///< empty where unknown
};

/// `word`: an image file, D:INDEX (a test image) or D:SPLIT:INDEX.
Result<InspectedImage> openInspectedImage(const std::string& word, const std::string& dataDir,
                                          const NetworkSource& network, const Shape& input);

}  // namespace convolab
