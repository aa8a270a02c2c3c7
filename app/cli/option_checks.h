#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/util/result.h"

namespace convolab {

// What an option takes, checked while the arguments are read: a wrong value is bad usage, answered with a
// sentence that has the nearest valid word or the range in it, before anything is opened.

inline constexpr std::int64_t kAnyCount = std::numeric_limits<std::int64_t>::max();

CLI::Validator oneOf(std::vector<std::string> words);
CLI::Validator wholeNumber(std::int64_t minimum, std::int64_t maximum = kAnyCount);
CLI::Validator notNegative();    ///< a finite number, 0 or more
CLI::Validator shareBelowOne();  ///< 0 ≤ x < 1
CLI::Validator modelWord();      ///< a preset's name or a .convolab, .packed or .json path; files are not opened
CLI::Validator dataWord();       ///< a data set's name or a path; files are not opened
CLI::Validator deviceWord();
CLI::Validator precisionWord();
/// --device ID, "cpu" if not given; `what`: "Where to train".
void addDeviceOption(CLI::App& app, std::string& id, const std::string& what);
CLI::Validator optimizerWord();
CLI::Validator scheduleWord();
CLI::Validator attackWord();
CLI::Validator epsilonList();  ///< "0.1", "8/255", or several with commas; lengths of L2 may be above 1
CLI::Validator lengthWord();   ///< one of them
CLI::Validator rangeTestWord();
CLI::Validator classWeightsWord();
CLI::Validator augmentationWord();  ///< or "none"
CLI::Validator adversarialWord();  ///< or "none"
CLI::Validator shapeWord();
CLI::Validator placeWord();      ///< "ROW,COLUMN"

/// "3,5" → row 3, column 5.
Result<std::pair<std::int64_t, std::int64_t>> parsePlace(const std::string& text);

}  // namespace convolab
