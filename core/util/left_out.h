#pragma once

#include <string>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// A library that the program can do without, and was built without.
struct LeftOut {
    std::string library;   ///< "SQLite"
    std::string packages;  ///< Debian's names: "libsqlite3-dev"
    std::string costs;     ///< what that means, as half a sentence: "no .convolab documents; …"
};

/// From the build: what CMake did not find, or was told to leave out. Empty where everything is there.
const std::vector<LeftOut>& leftOut();

/// For what cannot be done without `library`: "`what` needs SQLite, which this program was built without: `instead`, or
/// install libsqlite3-dev and build again". `instead` may be empty.
Error leftOutError(const std::string& library, const std::string& what, const std::string& instead = {});

}  // namespace convolab
