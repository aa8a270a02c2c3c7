# Compression plans, pruning criteria, masks; shared weights, coders, the packed file; recipes.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/channel_map.cpp
  ${CMAKE_CURRENT_LIST_DIR}/constant_channels.cpp
  ${CMAKE_CURRENT_LIST_DIR}/masks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/plan.cpp
  ${CMAKE_CURRENT_LIST_DIR}/plan_json.cpp
  ${CMAKE_CURRENT_LIST_DIR}/pruning_run.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quick_accuracy.cpp
  ${CMAKE_CURRENT_LIST_DIR}/removable_channels.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sensitivity.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sparsity.cpp
  ${CMAKE_CURRENT_LIST_DIR}/to_dense.cpp
  ${CMAKE_CURRENT_LIST_DIR}/weight_groups.cpp
  ${CMAKE_CURRENT_LIST_DIR}/criteria/magnitude.cpp
  ${CMAKE_CURRENT_LIST_DIR}/criteria/random.cpp
  ${CMAKE_CURRENT_LIST_DIR}/criteria/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/compression_recipe.cpp
  ${CMAKE_CURRENT_LIST_DIR}/compression_recipe_json.cpp
  ${CMAKE_CURRENT_LIST_DIR}/compression_run.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sharing/codebook.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sharing/scalar_kmeans.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sharing/sharing_constraint.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/bit_stream.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/huffman.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/packed_file.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/packed_frame.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/packed_size.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/relative_index.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/size_estimate.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/tensor_contents.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/weight_coder.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/coder_parts.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/dense.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/huffman_codes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/index_width.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/packed.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/packed_indices.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/registry.cpp
  ${CMAKE_CURRENT_LIST_DIR}/coding/coders/sparse.cpp)

# Quantisation.
target_sources(convolab_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/quantization/calibration.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/document_quantization.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/fine_tuning.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/float_layer.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/integer_model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/integer_network.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/lowering.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/quantization_error.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/quantized_model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/quantizer.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/range_rule.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/ranges/minmax.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/ranges/mse.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/ranges/percentile.cpp
  ${CMAKE_CURRENT_LIST_DIR}/quantization/weights_only_model.cpp)
