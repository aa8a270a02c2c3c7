#pragma once

#include <string>

namespace convolab {

/// The style sheet of the report: the window's colours, following the reader's light or dark preference, in
/// one column on a telephone. Of everything drawn twice, .light/.dark and .wide/.narrow, it shows one.
std::string reportStyle();

}  // namespace convolab
