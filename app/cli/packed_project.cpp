#include "app/cli/packed_project.h"

#include "core/compress/coding/packed_file.h"
#include "core/project/documents.h"
#include "core/util/atomic_file.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

class PackedProject final : public ProjectFile {
  public:
    explicit PackedProject(fs::path file) : m_file(std::move(file)) {}

    const fs::path& path() const override { return m_file; }
    bool readOnly() const override { return false; }

    Result<NetworkSpec> readSpec() override { return *documentsMissing(); }
    Result<Recipe> readRecipe() override { return *documentsMissing(); }
    Result<std::vector<RunInfo>> readRuns() override { return *documentsMissing(); }
    Result<History> readHistory(std::int64_t) override { return *documentsMissing(); }
    Result<std::optional<Checkpoint>> readLastCheckpoint(std::int64_t) override { return *documentsMissing(); }
    Result<std::optional<WeightSet>> readBestWeights(std::int64_t) override { return *documentsMissing(); }
    Result<std::optional<std::string>> readSetting(const std::string&) override { return *documentsMissing(); }
    Result<std::vector<VersionInfo>> readVersions() override { return *documentsMissing(); }
    Result<WeightSet> readVersionWeights(std::int64_t) override { return *documentsMissing(); }
    Result<std::vector<TriedPoint>> readTriedPoints() override { return *documentsMissing(); }
    Result<WeightSet> readTriedWeights(std::int64_t, const NetworkSpec&) override { return *documentsMissing(); }

    void writeSpec(const NetworkSpec& spec) override { m_spec = spec; }
    void writeRecipe(const Recipe&) override {}
    void writeSetting(const std::string&, const std::string&) override {}
    std::int64_t beginRun(const NetworkSpec& spec, const Recipe&, const std::string&, const std::string&) override {
        m_spec = spec;
        return 1;
    }
    void appendMetrics(std::int64_t, const History&) override {}
    void writeCheckpoint(std::int64_t run, const Checkpoint& checkpoint) override {
        if (checkpoint.best) writeBestWeights(run, *checkpoint.best);
    }
    void writeBestWeights(std::int64_t, const WeightSet& weights) override {
        // The plain coder: floats as they are, in no time.
        const auto bytes = packNetwork({m_spec, weights, {}}, *weightCoders().front());
        const Status written = bytes.ok() ? writeFileAtomically(m_file, *bytes) : Status(bytes.error());
        m_error = written.ok() ? std::nullopt : std::optional(written.error());
    }
    void endRun(std::int64_t, const std::string&, double) override {}

    std::int64_t writeVersion(VersionInfo, WeightSetPtr) override { return 0; }
    void renameVersion(std::int64_t, const std::string&) override {}
    void removeVersion(std::int64_t) override {}
    std::int64_t writeTriedPoint(TriedPoint, WeightSetPtr) override { return 0; }
    void removeTriedPoint(std::int64_t) override {}

    Status flush() override { return m_error ? Status(*m_error) : Status(); }
    std::optional<Error> lastError() const override { return m_error; }
    Status saveCopy(const fs::path&) override { return *documentsMissing(); }

  private:
    fs::path m_file;
    NetworkSpec m_spec;
    std::optional<Error> m_error;
};

}  // namespace

std::unique_ptr<ProjectFile> makePackedProject(const fs::path& file) { return std::make_unique<PackedProject>(file); }

}  // namespace convolab
