#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/train/training_loop.h"

namespace convolab {

struct RunInfo {
    std::int64_t id = 0;
    std::string title;      ///< "run 4"
    std::string recipeJson;
    std::string specJson;   ///< the network as it was trained
    std::string state;      ///< running, paused, done, cancelled, failed
    std::string startedAt;  ///< ISO 8601, UTC
    std::string device;
    double bestAccuracy = -1.0;
};

/// A `.convolab` document: one SQLite file with the network, its layout, the recipe, every run's metrics and
/// checkpoints. Written as things happen by one writer thread; WAL while open, folded back on close, so that a single
/// file lies at rest. application_id 0x434C4142 ("CLAB"), user_version = format. All functions are called from one
/// thread; writes are queued and errors appear in lastError().
class ProjectFile {
  public:
    static constexpr int kFormatVersion = 1;

    /// Opens or creates. Sentences for: newer version, truncated file, a text file, not writable, locked by another.
    static Result<std::unique_ptr<ProjectFile>> open(const std::filesystem::path& file);
    static Result<std::unique_ptr<ProjectFile>> create(const std::filesystem::path& file);  ///< replaces atomically
    virtual ~ProjectFile() = default;

    virtual const std::filesystem::path& path() const = 0;
    virtual Result<NetworkSpec> readSpec() = 0;
    virtual Result<Recipe> readRecipe() = 0;
    virtual Result<std::vector<RunInfo>> readRuns() = 0;
    virtual Result<History> readHistory(std::int64_t run) = 0;
    virtual Result<std::optional<Checkpoint>> readLastCheckpoint(std::int64_t run) = 0;
    virtual Result<std::optional<WeightSet>> readBestWeights(std::int64_t run) = 0;

    virtual void writeSpec(const NetworkSpec& spec) = 0;
    virtual void writeRecipe(const Recipe& recipe) = 0;
    virtual std::int64_t beginRun(const NetworkSpec& spec, const Recipe& recipe, const std::string& device) = 0;
    virtual void appendMetrics(std::int64_t run, const History& rows) = 0;
    virtual void writeCheckpoint(std::int64_t run, const Checkpoint& checkpoint) = 0;
    virtual void writeBestWeights(std::int64_t run, const WeightSet& weights) = 0;
    virtual void endRun(std::int64_t run, const std::string& state, double bestAccuracy) = 0;

    virtual Status flush() = 0;  ///< waits until everything queued is on disk
    virtual std::optional<Error> lastError() const = 0;
    /// A complete copy at another path, atomically.
    virtual Status saveCopy(const std::filesystem::path& file) = 0;
};

}  // namespace convolab
