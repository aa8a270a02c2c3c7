#pragma once

namespace convolab {

/// The one compute team: as many OpenMP threads as physical cores, the same number in window and command line. All
/// parallel loops of the CPU backend use it. Set before the first model is compiled; results are bit-identical per
/// build, instruction set and thread count.
int physicalCores();
int computeThreads();
void setComputeThreads(int threads);  ///< 1 … 256; 0 = physicalCores()

/// "AVX-512", "AVX2", "SSE4.1": what oneDNN will use on this processor.
const char* instructionSet();

}  // namespace convolab
