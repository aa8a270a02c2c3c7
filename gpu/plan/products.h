#pragma once

#include "gpu/plan/op_rules.h"

namespace convolab::gpu {

/// Adds the launches of a product by tiles: the product, and behind it the sum of its splits.
template <class Problem>
void addTiled(const OpRun& run, const ProductChoice& choice, const Problem& problem) {
    auto* scratch = reinterpret_cast<SumOf<Problem>*>(run.at.scratch);
    const auto add = [&]<int side>(std::integral_constant<int, side>) {
        run.add(TiledProduct<Problem, side>{problem, choice.rowTiles, choice.columnTiles, choice.splits, choice.each, scratch, run.factors}, choice.blocks);
    };
    if (choice.side == 64) add(std::integral_constant<int, 64>{});
    else add(std::integral_constant<int, 128>{});
    if (choice.splits == 1) return;
    run.add(SumSplits<Problem>{problem, scratch, choice.splits}, static_cast<Index>(problem.groups) * problem.rows * problem.columns);
}

/// Adds `count` sums of `terms` numbers each: by blocks of threads where that pays, else the plain body.
template <class Terms, class Plain>
void addSum(const OpRun& run, const Plain& plain, Index terms, Index count) {
    if (sumsByBlocks(run.kernels, terms)) run.add(BlockSum<Terms>{Terms{{}, plain}}, count);
    else run.add(plain, count);
}

/// Adds what is done to the classes of `n` images: by a block per image where there are many, else by a thread.
template <class Classes, class Plain>
void addClasses(Kernels kernels, const Plain& plain, Index n, std::vector<Launch>& launches) {
    if (sumsByBlocks(kernels, plain.classes)) launches.push_back(launchOf(BlockOfClasses<Classes>{{plain}, plain.classes}, n));
    else launches.push_back(launchOf(plain, n));
}

}  // namespace convolab::gpu
