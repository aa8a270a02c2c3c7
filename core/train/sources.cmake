# Recipe, optimizers, schedules, the training loop and its thread.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/adversarial_training.cpp
  ${CMAKE_CURRENT_LIST_DIR}/averaged_weights.cpp
  ${CMAKE_CURRENT_LIST_DIR}/batch_source.cpp
  ${CMAKE_CURRENT_LIST_DIR}/evaluate.cpp
  ${CMAKE_CURRENT_LIST_DIR}/finite.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gradients.cpp
  ${CMAKE_CURRENT_LIST_DIR}/history.cpp
  ${CMAKE_CURRENT_LIST_DIR}/loss_targets.cpp
  ${CMAKE_CURRENT_LIST_DIR}/preset_recipe.cpp
  ${CMAKE_CURRENT_LIST_DIR}/rate_range.cpp
  ${CMAKE_CURRENT_LIST_DIR}/recipe.cpp
  ${CMAKE_CURRENT_LIST_DIR}/recipe_adversarial.cpp
  ${CMAKE_CURRENT_LIST_DIR}/recipe_fit.cpp
  ${CMAKE_CURRENT_LIST_DIR}/recipe_json.cpp
  ${CMAKE_CURRENT_LIST_DIR}/recipe_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/recipe_words.cpp
  ${CMAKE_CURRENT_LIST_DIR}/split_meter.cpp
  ${CMAKE_CURRENT_LIST_DIR}/trainer.cpp
  ${CMAKE_CURRENT_LIST_DIR}/training_loop.cpp
  ${CMAKE_CURRENT_LIST_DIR}/training_loop_ahead.cpp
  ${CMAKE_CURRENT_LIST_DIR}/training_loop_scaling.cpp
  ${CMAKE_CURRENT_LIST_DIR}/training_loop_state.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/adagrad.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/adam.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/adamw.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/rmsprop.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/sgd.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/constant.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/cosine.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/exponential.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/multi_step.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/one_cycle.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/plateau.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/step.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schedules/warmup.cpp)

# The element-wise updates: let the compiler vectorise loops of unknown length, and √ without errno.
if(CONVOLAB_SANITIZE)
  set(_update_options -DCONVOLAB_PLAIN_LOOPS)
else()
  set(_update_options -O3 -fno-math-errno)
endif()
set_source_files_properties(
  ${CMAKE_CURRENT_LIST_DIR}/finite.cpp
  ${CMAKE_CURRENT_LIST_DIR}/gradients.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/adagrad.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/adam.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/rmsprop.cpp
  ${CMAKE_CURRENT_LIST_DIR}/optimizers/sgd.cpp
  PROPERTIES COMPILE_OPTIONS "${_update_options}")
