#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/project/kept_version.h"
#include "core/train/training_loop.h"

namespace convolab {

struct RunInfo {
    std::int64_t id = 0;
    std::string title;      ///< "run 4"
    std::string recipeJson;
    std::string specJson;   ///< the network as it was trained
    std::string state;      ///< running, paused, done, cancelled, failed
    std::string startedAt;  ///< ISO 8601, UTC
    std::string device;     ///< on which it began; History::moves tells where it went
    double bestAccuracy = -1.0;
};

/// A `.convolab` document: one SQLite file with the network, its layout, the recipe, every run's metrics and
/// checkpoints. Written as things happen by one writer thread; WAL while open, folded back on close, so that a single
/// file lies at rest. application_id 0x434C4142 ("CLAB"), user_version = format. All functions are called from one
/// thread; writes are queued and errors appear in lastError().
class ProjectFile {
  public:
    static constexpr int kFormatVersion = 5;
    /// Fine-tuned weights of tried points: above this, those of the oldest points go.
    static constexpr std::int64_t kTriedWeightBytes = 64 << 20;

    /// Sentences for: no such file, newer version, truncated file, a text file, another program's database, a folder,
    /// open somewhere else. A file of an older format is brought to this one's. A file that cannot be written is opened for reading: readOnly(). Runs that a crash left
    /// "running" become "paused": they go on from their last checkpoint.
    static Result<std::unique_ptr<ProjectFile>> open(const std::filesystem::path& file);
    static Result<std::unique_ptr<ProjectFile>> create(const std::filesystem::path& file);  ///< replaces atomically
    virtual ~ProjectFile() = default;  ///< writes what is queued and folds the log back

    virtual const std::filesystem::path& path() const = 0;
    virtual bool readOnly() const = 0;  ///< writes then only set lastError()

    // Reading first waits for the queued writes.
    virtual Result<NetworkSpec> readSpec() = 0;
    virtual Result<Recipe> readRecipe() = 0;
    virtual Result<std::vector<RunInfo>> readRuns() = 0;
    virtual Result<History> readHistory(std::int64_t run) = 0;
    virtual Result<std::optional<Checkpoint>> readLastCheckpoint(std::int64_t run) = 0;
    virtual Result<std::optional<WeightSet>> readBestWeights(std::int64_t run) = 0;
    virtual Result<std::optional<std::string>> readSetting(const std::string& key) = 0;
    virtual Result<std::vector<VersionInfo>> readVersions() = 0;  ///< oldest first
    virtual Result<WeightSet> readVersionWeights(std::int64_t id) = 0;  ///< in the layout of that version's network
    virtual Result<std::vector<TriedPoint>> readTriedPoints() = 0;      ///< oldest first
    /// `spec` is the network that the point was tried on. NotFound where only the plan is left.
    virtual Result<WeightSet> readTriedWeights(std::int64_t id, const NetworkSpec& spec) = 0;

    virtual void writeSpec(const NetworkSpec& spec) = 0;
    virtual void writeRecipe(const Recipe& recipe) = 0;
    virtual void writeSetting(const std::string& key, const std::string& value) = 0;
    /// An empty title: "run 4".
    virtual std::int64_t beginRun(const NetworkSpec& spec, const Recipe& recipe, const std::string& device,
                                  const std::string& title = {}) = 0;
    /// Rows of steps that are there already (replayed after a crash) replace them; moves behind the first of them go.
    virtual void appendMetrics(std::int64_t run, const History& rows) = 0;
    virtual void writeCheckpoint(std::int64_t run, const Checkpoint& checkpoint) = 0;  ///< with its best weights
    virtual void writeBestWeights(std::int64_t run, const WeightSet& weights) = 0;
    virtual void endRun(std::int64_t run, const std::string& state, double bestAccuracy) = 0;

    /// `version.id` and `createdAt` are set here; returns the id.
    virtual std::int64_t writeVersion(VersionInfo version, WeightSetPtr weights) = 0;
    virtual void renameVersion(std::int64_t id, const std::string& name) = 0;
    virtual void removeVersion(std::int64_t id) = 0;
    /// The same for a tried point; `weights` only of a fine-tuned one, else null.
    virtual std::int64_t writeTriedPoint(TriedPoint point, WeightSetPtr weights) = 0;
    virtual void removeTriedPoint(std::int64_t id) = 0;

    virtual Status flush() = 0;  ///< waits until everything queued is on disk, or the attempt failed
    /// Why the latest attempt to write failed (a full disk …); none once everything has been written. What could not
    /// be written stays queued and is tried again every two seconds.
    virtual std::optional<Error> lastError() const = 0;
    /// A complete copy at another path, atomically.
    virtual Status saveCopy(const std::filesystem::path& file) = 0;
};

}  // namespace convolab
