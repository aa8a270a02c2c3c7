#pragma once

namespace convolab {

/// The one compute team: as many OpenMP threads as physical cores, the same number in window and command line. All
/// parallel loops of the CPU backend use it. Set before the first model is compiled; results are bit-identical per
/// build, instruction set and thread count.
int physicalCores();   ///< that this process may use (affinity and control group respected)
int computeThreads();
void setComputeThreads(int threads);  ///< 1 … 256; 0 = physicalCores()

/// "AVX-512", "AVX2", "SSE4.1": what oneDNN will use on this processor.
const char* instructionSet();

/// Holds the team: one thread computes at a time, the others wait in the order of their arrival, so that a short
/// request runs between two training steps. The model's own functions take it. A thread that holds it may take it again:
/// several short calls then wait for one turn instead of one each (keep that below some 20 ms). OpenMP keeps a team per
/// calling thread, therefore the constructor also sets this thread's team size.
class ComputeGuard {
  public:
    ComputeGuard();
    ~ComputeGuard();
    ComputeGuard(const ComputeGuard&) = delete;
    ComputeGuard& operator=(const ComputeGuard&) = delete;
};

/// Seconds that the calling thread's latest ComputeGuard waited for its turn: what a timing of a model's function leaves
/// out while a training shares the team.
double lastComputeWait();

/// First thing in main: bounds how long waiting OpenMP threads spin (about a tenth of a millisecond). By default they
/// spin for several, and one busy program beside ours makes a training step ten times as long. The OpenMP library
/// reads this only while it is loaded, so the program is started again, once, with GOMP_SPINCOUNT set; a person's own
/// GOMP_SPINCOUNT or OMP_WAIT_POLICY is respected.
void limitSpinning(char** argv);

/// Sets the calling thread's team size (primitives must be created for the size that they run with).
void useComputeTeam();

}  // namespace convolab
