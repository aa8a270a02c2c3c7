#pragma once

#include <cstdint>
#include <string>

namespace convolab {

/// Keys of settings in a document's file that several parts of the window read and write.
namespace settings {

inline constexpr const char* kCurrentRun = "current_run";
/// The plan that lies over the network in the Compress lens, as JSON.
inline constexpr const char* kCompressOverlay = "compress_overlay";
/// Of a run: a training that goes on leaves weights of 0 at 0.
inline std::string keepsZeros(std::int64_t run) { return "keeps_zeros_" + std::to_string(run); }
/// Of a run: it was never trained here, a command or a file made it; a training goes on from its weights.
inline std::string made(std::int64_t run) { return "made_" + std::to_string(run); }
/// In which a GPU trains the document's networks: "fp16".
inline constexpr const char* kPrecision = "precision";
inline constexpr const char* kYes = "yes";

}  // namespace settings

}  // namespace convolab
