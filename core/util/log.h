#pragma once

#include <string>

namespace convolab {

/// A diary for those who look for the cause of something: on stderr, silent unless the environment variable CONVOLAB_LOG
/// names a level (debug, info, warn, error). What a person must know is never said only here. Thread-safe.
void logDebug(const std::string& text);
void logInfo(const std::string& text);
void logWarning(const std::string& text);

}  // namespace convolab
