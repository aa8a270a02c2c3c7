#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>

namespace convolab {

/// One adjustable number or switch of an optimizer or schedule: what the inspector, the JSON reader and
/// "NAME:key=value" texts show, read and check. `field` says where it lies in the spec struct.
template <class Spec>
struct RecipeOption {
    std::string key;    ///< snake_case, the same in JSON and on the command line
    std::string label;  ///< as in the window
    std::string help;   ///< one line
    std::variant<bool Spec::*, std::int64_t Spec::*, double Spec::*> field;
    double minimum = 0.0;
    double maximum = std::numeric_limits<double>::max();
    bool maximumExcluded = false;
};

}  // namespace convolab
