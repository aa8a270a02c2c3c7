#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/util/result.h"

namespace convolab {

inline constexpr std::int64_t kMaximumImagePixels = 64'000'000;

/// The bytes of an image file that is worth decoding: readable, of a sane size, whole as far as its header tells. The
/// error's message is the bare reason ("is truncated").
Result<std::vector<std::uint8_t>> readImageFile(const std::filesystem::path& file);

/// A reason as an error.
Error imageFileError(const std::string& reason, ErrorCode code = ErrorCode::CorruptFile);

}  // namespace convolab
