#include "app/cli/bench/comparison.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "core/graph/analysis.h"
#include "core/interop/onnx_export.h"
#include "core/model/weights.h"
#include "core/util/text.h"

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
    std::optional<RunningContender> contender;  // gone when it has failed
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
        CONVOLAB_RETURN_IF_ERROR(enterAll());
        for (int round = 0; round < m_options.rounds && goesOn(); ++round) runRound(round);
        return summary();
    }

  private:
    /// Ours has not failed, and nobody has stopped us.
    bool goesOn() const { return !m_row.interrupted && !m_runners.empty() && m_runners.front().contender; }

    Status enterAll() {
        std::vector<Contender> contenders{Contender{}};
        for (const Contender& peer : m_options.peers) {
            if (m_what.task == StepTask::Infer || peer.trains) contenders.push_back(peer);
        }
        for (const Contender& contender : contenders) {
            Status entered = contender.engine == "onnxruntime" ? writeOnnx() : Status{};
            if (entered.ok()) entered = enter(contender);
            if (!entered.ok() && entered.error().code == ErrorCode::NotFound && !contender.isOurs()) {
                Error error = entered.error();
                error.node = contender.engine;
                return error;
            }
            if (!entered.ok()) leaveOut(contender.name, entered.error());
            if (!goesOn()) break;
        }
        return {};
    }

    void leaveOut(const std::string& name, const Error& error) {
        if (error.code == ErrorCode::Cancelled) m_row.interrupted = true;
        else m_row.leftOut.push_back({name, error.sentence(), error.code != ErrorCode::Unsupported});
    }

    Status writeOnnx() {
        const WeightSet weights = initialWeights(m_what.spec, analyze(m_what.spec), 0);
        const auto written = exportOnnx(m_what.spec, weights, m_workplace.file());
        return written.ok() ? Status{} : written.error();
    }

    /// Starts a contender, warms it up and finds out how many steps fill a run.
    Status enter(const Contender& contender) {
        CONVOLAB_ASSIGN(auto running, RunningContender::start(contender, m_what, m_workplace.file(), m_options.process));
        CONVOLAB_RETURN_IF_ERROR(checked(running.run(2)));
        CONVOLAB_ASSIGN(const Sample first, running.run(3));
        const double fitting = m_options.seconds / std::max(first.seconds, 1e-7);
        const auto steps = static_cast<std::int64_t>(std::clamp(fitting, 3.0, static_cast<double>(kMostSteps)));
        m_row.versions[running.name()] = running.version();
        m_runners.push_back({std::move(running), steps});
        return {};
    }

    static Status checked(const Result<Sample>& sample) { return sample.ok() ? Status{} : sample.error(); }

    void runRound(int round) {
        for (std::size_t i = 0; i < m_runners.size() && goesOn(); ++i) {
            Runner& runner = m_runners[i];
            if (!runner.contender) continue;
            std::this_thread::sleep_for(kPause);
            const Result<Sample> sample = runner.contender->run(runner.steps);
            if (sample.ok()) {
                runner.seconds.push_back(sample->seconds);
                runner.peakBytes = std::max(runner.peakBytes, sample->peakBytes);
            } else {
                leaveOut(runner.contender->name(), sample.error());
                if (!m_row.interrupted) runner.contender.reset();
            }
            if (m_progress) {
                m_progress((static_cast<double>(round) + static_cast<double>(i + 1) / static_cast<double>(m_runners.size())) / m_options.rounds);
            }
        }
    }

    ComparisonRow summary() {
        m_row.versions.erase("");
        if (m_runners.empty() || !m_runners.front().contender) return std::move(m_row);
        std::vector<Runner*> alive;
        for (Runner& runner : m_runners) {
            if (runner.contender) alive.push_back(&runner);
        }
        // An interrupt may have ended the last round in its middle.
        std::size_t rounds = alive.front()->seconds.size();
        for (const Runner* runner : alive) rounds = std::min(rounds, runner->seconds.size());
        m_row.rounds = static_cast<int>(rounds);
        if (rounds == 0) return std::move(m_row);
        std::vector<double> ratios;
        for (std::size_t round = 0; round < rounds; ++round) {
            double best = INFINITY;
            for (std::size_t i = 1; i < alive.size(); ++i) best = std::min(best, alive[i]->seconds[round]);
            ratios.push_back(best / alive.front()->seconds[round]);
        }
        for (Runner* runner : alive) {
            const std::string& name = runner->contender->name();
            runner->seconds.resize(rounds);
            (name.empty() ? m_row.ours : m_row.peers[name]) = median(runner->seconds);
            (name.empty() ? m_row.ourBytes : m_row.peerBytes[name]) = runner->peakBytes;
        }
        if (alive.size() > 1) m_row.ratio = median(ratios);
        return std::move(m_row);
    }

    const BenchCase& m_what;
    const ComparisonOptions& m_options;
    const std::function<void(double)>& m_progress;
    Workplace m_workplace;
    std::vector<Runner> m_runners;  // ours first, unless it could not start
    ComparisonRow m_row;
};

}  // namespace

std::string LeftOut::text() const {
    std::string who = name.empty() ? "our own process" : name;
    std::replace(who.begin(), who.end(), '_', ' ');
    return who + ": " + why;
}

bool ComparisonRow::complete() const {
    return !interrupted && std::none_of(leftOut.begin(), leftOut.end(), [](const LeftOut& one) { return one.failed; });
}

std::string ComparisonRow::name() const {
    return what.network + ", " + stepTaskName(what.task) + ", batch " + withThousands(what.batch);
}

Result<ComparisonRow> compare(const BenchCase& what, const ComparisonOptions& options,
                              const std::function<void(double)>& progress) {
    return Comparison(what, options, progress).run();
}

}  // namespace convolab
