#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace convolab {

/// One adjustable number or switch of an optimizer or schedule: what the inspector, the JSON reader and
/// "NAME:key=value" texts show, read and check. `field` says where it lies in the spec struct.
template <class Spec>
struct RecipeOption {
    std::string key;    ///< snake_case, the same in JSON and on the command line
    std::string label;  ///< as in the window
    std::string help;   ///< one line
    std::variant<bool Spec::*, std::int64_t Spec::*, double Spec::*, std::vector<double> Spec::*> field;
    double minimum = 0.0;  ///< of each number, if it is a list
    double maximum = std::numeric_limits<double>::max();
    bool maximumExcluded = false;
    std::string stored = {};  ///< the key in JSON where two kinds have options of the same name; empty: `key`

    const std::string& storedKey() const { return stored.empty() ? key : stored; }
};

}  // namespace convolab
