#include "app/cli/bench/comparison.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "core/graph/analysis.h"
#include "core/interop/onnx_export.h"
#include "core/model/weights.h"

namespace convolab {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostSteps = 2000;  // of one run
constexpr auto kPause = std::chrono::milliseconds(30);  // until the threads of the one before have stopped spinning

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// A folder for the ONNX file that vanishes.
class Workplace {
  public:
    Workplace() {
        std::string pattern = (fs::temp_directory_path() / "convolab-bench-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr) m_folder = pattern;
    }
    ~Workplace() {
        std::error_code ignored;
        if (!m_folder.empty()) fs::remove_all(m_folder, ignored);
    }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    fs::path file() const { return m_folder / "network.onnx"; }

  private:
    fs::path m_folder;
};

struct Runner {
    RunningContender contender;
    std::int64_t steps = 1;
    std::vector<double> seconds = {};
    std::int64_t peakBytes = 0;
};

class Comparison {
  public:
    Comparison(const BenchCase& what, const ComparisonOptions& options, const std::function<void(double)>& progress)
        : m_what(what), m_options(options), m_progress(progress) {
        m_row.what = what;
    }

    Result<ComparisonRow> run() {
        CONVOLAB_RETURN_IF_ERROR(writeOnnx());
        CONVOLAB_RETURN_IF_ERROR(enter({}));
        for (const Contender& peer : m_options.peers) {
            if (m_what.task == StepTask::Train && !peer.trains) continue;
            const Status entered = enter(peer);
            if (entered.ok()) continue;
            Error error = entered.error();
            if (error.code == ErrorCode::Cancelled) return error;
            if (error.code == ErrorCode::NotFound) {
                error.node = peer.engine;
                return error;
            }
            m_row.notes.push_back(error.sentence());
        }
        for (int round = 0; round < m_options.rounds; ++round) {
            CONVOLAB_RETURN_IF_ERROR(runRound(round));
        }
        return summary();
    }

  private:
    Status writeOnnx() {
        const bool wanted = std::any_of(m_options.peers.begin(), m_options.peers.end(),
                                        [&](const Contender& peer) { return peer.engine == "onnxruntime"; });
        if (!wanted || m_what.task == StepTask::Train) return {};
        const WeightSet weights = initialWeights(m_what.spec, analyze(m_what.spec), 0);
        const auto written = exportOnnx(m_what.spec, weights, m_workplace.file());
        return written.ok() ? Status{} : written.error();
    }

    /// Starts a contender, warms it up and finds out how many steps fill a run.
    Status enter(const Contender& contender) {
        CONVOLAB_ASSIGN(auto running, RunningContender::start(contender, m_what, m_workplace.file(), m_options.python, m_options.loud));
        CONVOLAB_RETURN_IF_ERROR(checked(running.run(2)));
        CONVOLAB_ASSIGN(const Sample first, running.run(3));
        const double fitting = m_options.seconds / std::max(first.seconds, 1e-7);
        const auto steps = static_cast<std::int64_t>(std::clamp(fitting, 3.0, static_cast<double>(kMostSteps)));
        m_row.versions[running.name()] = running.version();
        m_runners.push_back({std::move(running), steps});
        return {};
    }

    static Status checked(const Result<Sample>& sample) { return sample.ok() ? Status{} : sample.error(); }

    Status runRound(int round) {
        for (std::size_t i = 0; i < m_runners.size(); ++i) {
            Runner& runner = m_runners[i];
            std::this_thread::sleep_for(kPause);
            CONVOLAB_ASSIGN(const Sample sample, runner.contender.run(runner.steps));
            runner.seconds.push_back(sample.seconds);
            runner.peakBytes = std::max(runner.peakBytes, sample.peakBytes);
            if (m_progress) {
                m_progress((static_cast<double>(round) + static_cast<double>(i + 1) / static_cast<double>(m_runners.size())) / m_options.rounds);
            }
        }
        return {};
    }

    ComparisonRow summary() {
        const Runner& ours = m_runners.front();
        m_row.ours = median(ours.seconds);
        m_row.ourBytes = ours.peakBytes;
        std::vector<double> ratios;
        for (std::size_t round = 0; round < ours.seconds.size(); ++round) {
            double best = INFINITY;
            for (std::size_t i = 1; i < m_runners.size(); ++i) best = std::min(best, m_runners[i].seconds[round]);
            ratios.push_back(best / ours.seconds[round]);
        }
        for (std::size_t i = 1; i < m_runners.size(); ++i) {
            m_row.peers[m_runners[i].contender.name()] = median(m_runners[i].seconds);
            m_row.peerBytes[m_runners[i].contender.name()] = m_runners[i].peakBytes;
        }
        if (m_runners.size() > 1) m_row.ratio = median(ratios);
        m_row.versions.erase("");
        return std::move(m_row);
    }

    const BenchCase& m_what;
    const ComparisonOptions& m_options;
    const std::function<void(double)>& m_progress;
    Workplace m_workplace;
    std::vector<Runner> m_runners;  // ours first
    ComparisonRow m_row;
};

}  // namespace

Result<ComparisonRow> compare(const BenchCase& what, const ComparisonOptions& options,
                              const std::function<void(double)>& progress) {
    return Comparison(what, options, progress).run();
}

}  // namespace convolab
