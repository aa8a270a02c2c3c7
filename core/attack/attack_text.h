#pragma once

#include <string>
#include <string_view>

#include "core/attack/attack.h"

namespace convolab {

/// "0.1", "8/255" → a share in [0, 1]; an error says what is wrong with anything else.
Result<double> parseEpsilon(std::string_view text);
/// Both forms: "0.031 (8/255)".
std::string epsilonText(double epsilon);
/// "METHOD[:key=value,…]" with eps, norm, step, steps, restarts, random_start, target, seed.
Result<AttackSpec> parseAttack(std::string_view text, AttackSpec base = {});
/// The other way round: the method with what differs from its defaults; always with eps.
std::string attackText(const AttackSpec& spec);

}  // namespace convolab
