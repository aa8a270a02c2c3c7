# Attacks: one file per method, the attacker that runs them, robustness of a whole split.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/attack.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attack_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/attacker.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gradient.cpp
  ${CMAKE_CURRENT_LIST_DIR}/perturbation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/robustness.cpp
  ${CMAKE_CURRENT_LIST_DIR}/robustness_notes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/methods/ascent.cpp
  ${CMAKE_CURRENT_LIST_DIR}/methods/bim.cpp
  ${CMAKE_CURRENT_LIST_DIR}/methods/deepfool.cpp
  ${CMAKE_CURRENT_LIST_DIR}/methods/fgsm.cpp
  ${CMAKE_CURRENT_LIST_DIR}/methods/noise.cpp
  ${CMAKE_CURRENT_LIST_DIR}/methods/pgd.cpp
  ${CMAKE_CURRENT_LIST_DIR}/methods/registry.cpp)
