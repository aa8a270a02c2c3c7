# Attacks: one file per method, the attacker that runs them, robustness of a whole split.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/attack.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attack_text.cpp)
