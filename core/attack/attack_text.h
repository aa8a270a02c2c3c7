#pragma once

#include <string>
#include <string_view>

#include "core/attack/attack.h"

namespace convolab {

/// "0.1", "8/255" → a share in [0, 1], or for L2 a length of at least 0; an error says what is wrong with anything else.
Result<double> parseEpsilon(std::string_view text, AttackNorm norm = AttackNorm::Linf);
/// Several, with commas between them.
Result<std::vector<double>> parseEpsilons(std::string_view text, AttackNorm norm = AttackNorm::Linf);
/// Both forms: "0.031 (8/255)"; "0.31 (79.05/255)".
std::string epsilonText(double epsilon);
/// "METHOD[:key=value,…]" with eps, norm, step, steps, restarts, random_start, target, seed. ε, step also as "8/255".
Result<AttackSpec> parseAttack(std::string_view text, AttackSpec base = {});
/// The other way round: the method with what differs from its defaults; always with eps. Read back it is the same spec.
std::string attackText(const AttackSpec& spec);

}  // namespace convolab
