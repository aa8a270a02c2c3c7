#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/bench/line_process.h"
#include "core/graph/network_spec.h"
#include "core/measure/timed_steps.h"

namespace convolab {

/// One measurement: who is fastest at this?
struct BenchCase {
    std::string network;  ///< as it was asked for: "conv20-conv50"
    NetworkSpec spec;
    StepTask task = StepTask::Train;
    std::int64_t batch = 1;
    int threads = 1;
    std::string device = "cpu";  ///< or "cuda:0": all sides compute there, with the network and the peers' images in its memory
};

/// Someone who can run a case: this program, or a library under Python.
struct Contender {
    std::string name;        ///< in tables and JSON: "pytorch_eager"; empty: ours
    std::string engine;      ///< for the Python side: "pytorch", "onnxruntime"
    bool channelsLast = false;
    bool compile = false;
    bool graphs = false;       ///< compiled, and the step recorded as CUDA graphs
    bool keepsMemory = false;  ///< glibc told to keep freed memory: PyTorch gains much by it
    bool trains = true;

    bool isOurs() const { return name.empty(); }
};

/// The peers behind the words of --against ("pytorch", "onnxruntime"); `compile` adds torch.compile, on a GPU also with CUDA graphs.
std::vector<Contender> peersFor(const std::vector<std::string>& words, bool compile, bool onGpu = false);

/// "MALLOC_TRIM_THRESHOLD_=1073741824 ...": the environment of those that keep freed memory.
std::string keptMemoryText();

struct PeerOptions {
    std::string python = "python3";
    double timeout = 600.0;  ///< seconds that one answer may take
    bool loud = false;       ///< what the processes say goes to stderr
};

struct Sample {
    double seconds = 0.0;         ///< of the median step
    std::int64_t peakBytes = 0;   ///< resident memory that the network has brought, on a GPU memory there, at its largest
};

/// A contender as a process of its own, ours too, so that all are treated alike.
class RunningContender {
  public:
    /// Builds the network there. `file` is the case as an ONNX file. Codes of errors: NotFound, the library is not installed;
    /// Unsupported, it cannot run this network; Cancelled; anything else, it failed, and the message says how.
    static Result<RunningContender> start(const Contender& contender, const BenchCase& what, const std::filesystem::path& file,
                                          const PeerOptions& options);
    const std::string& name() const { return m_name; }
    const std::string& version() const { return m_version; }
    Result<Sample> run(std::int64_t steps);

  private:
    RunningContender(std::string name, LineProcess process, double timeout)
        : m_name(std::move(name)), m_process(std::move(process)), m_timeout(timeout) {}
    std::string m_name, m_version;
    LineProcess m_process;
    double m_timeout;
};

/// Our side: answers the lines of RunningContender on stdin until it ends.
int serveBench();

}  // namespace convolab
