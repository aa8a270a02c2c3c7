#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/blocks/block_kind.h"

namespace convolab {

// Pieces that several kinds of block are made of.

/// A convolution inside a block: square kernel, pads that keep the size at stride 1.
struct BlockConv {
    std::int64_t filters = 64;
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::int64_t groups = 1;
    bool bias = false;  ///< batch norm behind it has a shift of its own
};

int addConv(BlockPlan& plan, int from, const BlockConv& conv);
int addNorm(BlockPlan& plan, int from, double epsilon = 1e-5);
/// Convolution, batch norm and, if given, an activation.
int addConvNorm(BlockPlan& plan, int from, const BlockConv& conv, const std::string& activation = "relu");

/// How the input reaches the sum of a residual block: as it is where it has the wanted channels and the stride is 1, else
/// by a 1×1 convolution with batch norm. Returns the shortcut's end.
int addShortcut(BlockPlan& plan, const std::optional<Shape>& input, std::int64_t channels, std::int64_t stride);
/// Inputs that lead to the one and the other.
std::vector<std::optional<Shape>> shortcutInputs(std::int64_t channels);

// Reading parameters off layers.

/// The n-th layer of a kind, or null.
const BlockLayer* nthOfKind(const std::vector<BlockLayer>& layers, const std::string& kind, std::size_t n);
/// How many filters and which stride the n-th convolution has; 0 if there is none.
std::int64_t filtersOf(const std::vector<BlockLayer>& layers, std::size_t n);
std::int64_t strideOf(const std::vector<BlockLayer>& layers, std::size_t n);

// Descriptions of parameters.
AttributeSchema countParameter(const std::string& key, const std::string& label, std::int64_t value,
                               std::vector<std::int64_t> common, const std::string& help);
AttributeSchema strideParameter();

/// "64 filters, stride 2"
std::string filtersText(std::int64_t filters, std::int64_t stride);

}  // namespace convolab
