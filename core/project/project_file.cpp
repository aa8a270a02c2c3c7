#include "core/project/project_file.h"

#include <unistd.h>

#include <ctime>
#include <map>
#include <mutex>

#include "core/graph/spec_json.h"
#include "core/project/checkpoint_rows.h"
#include "core/project/documents.h"
#include "core/project/move_rows.h"
#include "core/project/project_schema.h"
#include "core/project/version_rows.h"
#include "core/project/write_queue.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

std::string utcNow() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

Status insertEvaluations(SqliteConnection& connection, std::int64_t run, const std::string& split,
                         const std::vector<EvaluationMetrics>& rows) {
    SqliteStatement insert(connection, "INSERT OR REPLACE INTO evaluations VALUES(?,?,?,?,?,?,?)");
    for (const EvaluationMetrics& row : rows) {
        insert.bind(run)
            .bind(split)
            .bind(row.step)
            .bind(row.epoch)
            .bind(row.loss)
            .bind(row.accuracy)
            .bind(row.images);
        insert.run();
    }
    return insert.status();
}

Status insertHistory(SqliteConnection& connection, std::int64_t run, const History& rows) {
    SqliteStatement insert(connection, "INSERT OR REPLACE INTO steps VALUES(?,?,?,?,?,?,?,?)");
    for (const StepMetrics& row : rows.steps) {
        insert.bind(run).bind(row.step).bind(row.epoch).bind(row.loss).bind(row.accuracy).bind(row.rate);
        insert.bind(row.seconds).bind(row.images);
        insert.run();
    }
    CONVOLAB_RETURN_IF_ERROR(insert.status());
    CONVOLAB_RETURN_IF_ERROR(insertEvaluations(connection, run, "validation", rows.validation));
    CONVOLAB_RETURN_IF_ERROR(insertEvaluations(connection, run, "train_clean", rows.trainClean));
    SqliteStatement robust(connection, "INSERT OR REPLACE INTO robustness VALUES(?,?,?,?,?,?)");
    for (const RobustMetrics& row : rows.robust) {
        robust.bind(run).bind(row.step).bind(row.epoch).bind(row.fgsm).bind(row.pgd).bind(row.images);
        robust.run();
    }
    CONVOLAB_RETURN_IF_ERROR(robust.status());
    return insertMoves(connection, run, rows);
}

class SqliteProjectFile : public ProjectFile {
  public:
    ~SqliteProjectFile() override {
        m_queue.reset();
        if (!m_readOnly) static_cast<void>(m_connection.execute("PRAGMA journal_mode=DELETE"));
    }

    Status openFile(const fs::path& file);

    const fs::path& path() const override { return m_path; }
    bool readOnly() const override { return m_readOnly; }

    Result<NetworkSpec> readSpec() override;
    Result<Recipe> readRecipe() override;
    Result<std::vector<RunInfo>> readRuns() override;
    Result<History> readHistory(std::int64_t run) override;
    Result<std::optional<Checkpoint>> readLastCheckpoint(std::int64_t run) override;
    Result<std::optional<WeightSet>> readBestWeights(std::int64_t run) override;
    Result<std::optional<std::string>> readSetting(const std::string& key) override;
    Result<std::vector<VersionInfo>> readVersions() override;
    Result<WeightSet> readVersionWeights(std::int64_t id) override;
    Result<std::vector<TriedPoint>> readTriedPoints() override;
    Result<WeightSet> readTriedWeights(std::int64_t id, const NetworkSpec& spec) override;

    void writeSpec(const NetworkSpec& spec) override;
    void writeRecipe(const Recipe& recipe) override;
    void writeSetting(const std::string& key, const std::string& value) override;
    std::int64_t beginRun(const NetworkSpec& spec, const Recipe& recipe, const std::string& device,
                          const std::string& title) override;
    void appendMetrics(std::int64_t run, const History& rows) override;
    void writeCheckpoint(std::int64_t run, const Checkpoint& checkpoint) override;
    void writeBestWeights(std::int64_t run, const WeightSet& weights) override;
    void endRun(std::int64_t run, const std::string& state, double bestAccuracy) override;
    std::int64_t writeVersion(VersionInfo version, WeightSetPtr weights) override;
    void renameVersion(std::int64_t id, const std::string& name) override;
    void removeVersion(std::int64_t id) override;
    std::int64_t writeTriedPoint(TriedPoint point, WeightSetPtr weights) override;
    void removeTriedPoint(std::int64_t id) override;

    Status flush() override;
    std::optional<Error> lastError() const override;
    Status saveCopy(const fs::path& file) override;

  private:
    Status becomeWriter();
    void enqueue(const std::string& key, WriteQueue::Write write);
    void queueBest(std::int64_t run, WeightSetPtr weights);
    std::unique_lock<std::mutex> readLock();
    Result<std::optional<std::string>> readText(const std::string& sql, const std::string& key);
    Result<LayoutPtr> layoutOf(std::int64_t run);
    Result<std::int64_t> nextId(const std::string& table);
    void removeRow(const std::string& table, std::int64_t id);

    fs::path m_path;
    bool m_readOnly = false;
    std::optional<Error> m_readOnlyError;
    std::int64_t m_nextRun = 1, m_nextVersion = 1, m_nextTried = 1;
    std::map<std::int64_t, std::int64_t> m_bestSteps;  // per run: the step of the best weights queued last
    SqliteConnection m_connection;
    std::mutex m_transaction;
    std::unique_ptr<WriteQueue> m_queue;
};

Status SqliteProjectFile::openFile(const fs::path& file) {
    m_path = file;
    CONVOLAB_RETURN_IF_ERROR(requireDocumentFile(file));
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    m_readOnly = ::access(file.c_str(), W_OK) != 0 || ::access(folder.c_str(), W_OK) != 0;
    const auto mode = m_readOnly ? SqliteConnection::Mode::ReadOnly : SqliteConnection::Mode::ReadWrite;
    CONVOLAB_RETURN_IF_ERROR(m_connection.open(file, mode));
    // Before the first access: the log then needs no shared memory, and a second program is told that it is
    // in use.
    if (!m_readOnly) CONVOLAB_RETURN_IF_ERROR(m_connection.execute("PRAGMA locking_mode=EXCLUSIVE"));
    CONVOLAB_RETURN_IF_ERROR(requireDocument(m_connection));
    CONVOLAB_ASSIGN(m_nextRun, nextId("runs"));
    CONVOLAB_ASSIGN(m_nextVersion, nextId("versions"));
    CONVOLAB_ASSIGN(m_nextTried, nextId("tried"));
    return m_readOnly ? Status{} : becomeWriter();
}

Result<std::int64_t> SqliteProjectFile::nextId(const std::string& table) {
    CONVOLAB_ASSIGN(const bool there, hasTable(m_connection, table));
    if (!there) return std::int64_t{1};
    return m_connection.integer("SELECT coalesce(max(id), 0) + 1 FROM " + table);
}

Status SqliteProjectFile::becomeWriter() {
    const std::string journal = onNetworkFileSystem(m_path) ? "DELETE" : "WAL";
    // FULL: what has been committed survives a pulled plug. There are at most four commits a second.
    CONVOLAB_RETURN_IF_ERROR(
        m_connection.execute("PRAGMA journal_mode=" + journal + "; PRAGMA synchronous=FULL"));
    CONVOLAB_RETURN_IF_ERROR(migrateDocument(m_connection));
    CONVOLAB_RETURN_IF_ERROR(
        m_connection.execute("UPDATE runs SET state = 'paused' WHERE state = 'running'"));
    m_queue = std::make_unique<WriteQueue>(m_connection, m_transaction);
    return {};
}

void SqliteProjectFile::enqueue(const std::string& key, WriteQueue::Write write) {
    if (m_queue) {
        m_queue->add(key, std::move(write));
        return;
    }
    m_readOnlyError = Error{ErrorCode::IoFailure,
                            m_path.string() + " is read-only, changes are not saved",
                            {},
                            "save a copy under another name"};
}

Status SqliteProjectFile::flush() {
    if (m_queue) return m_queue->flush();
    return m_readOnlyError ? Status(*m_readOnlyError) : Status{};
}

std::optional<Error> SqliteProjectFile::lastError() const {
    return m_queue ? m_queue->lastError() : m_readOnlyError;
}

// Reads see what was queued before them; what a full disk keeps back is with the caller anyway.
std::unique_lock<std::mutex> SqliteProjectFile::readLock() {
    static_cast<void>(flush());
    return std::unique_lock(m_transaction);
}

Result<std::optional<std::string>> SqliteProjectFile::readText(const std::string& sql,
                                                               const std::string& key) {
    const auto lock = readLock();
    SqliteStatement select(m_connection, sql);
    if (!key.empty()) select.bind(key);
    std::optional<std::string> text;
    if (select.next()) text = select.text(0);
    CONVOLAB_RETURN_IF_ERROR(select.status());
    return text;
}

Result<NetworkSpec> SqliteProjectFile::readSpec() {
    CONVOLAB_ASSIGN(const auto text, readText("SELECT spec FROM network", {}));
    if (!text) return Error{ErrorCode::NotFound, m_path.string() + " holds no network yet", {}, {}};
    return specFromJson(*text);
}

Result<Recipe> SqliteProjectFile::readRecipe() {
    CONVOLAB_ASSIGN(const auto text, readText("SELECT json FROM recipe", {}));
    if (!text) return Recipe{};
    return recipeFromJson(*text);
}

Result<std::optional<std::string>> SqliteProjectFile::readSetting(const std::string& key) {
    return readText("SELECT value FROM settings WHERE key = ?", key);
}

Result<std::vector<RunInfo>> SqliteProjectFile::readRuns() {
    const auto lock = readLock();
    SqliteStatement select(
        m_connection,
        "SELECT id, title, recipe, spec, state, started_at, device, best_accuracy FROM runs ORDER BY id");
    std::vector<RunInfo> runs;
    while (select.next()) {
        runs.push_back({select.integer(0), select.text(1), select.text(2), select.text(3), select.text(4),
                        select.text(5), select.text(6), select.real(7)});
    }
    CONVOLAB_RETURN_IF_ERROR(select.status());
    return runs;
}

Result<History> SqliteProjectFile::readHistory(std::int64_t run) {
    const auto lock = readLock();
    History history;
    SqliteStatement steps(
        m_connection,
        "SELECT step, epoch, loss, accuracy, rate, seconds, images FROM steps WHERE run = ? ORDER BY step");
    steps.bind(run);
    while (steps.next()) {
        history.steps.push_back({steps.integer(0), steps.real(1), steps.real(2), steps.real(3), steps.real(4),
                                 steps.real(5), steps.integer(6)});
    }
    CONVOLAB_RETURN_IF_ERROR(steps.status());
    SqliteStatement rows(
        m_connection,
        "SELECT split, step, epoch, loss, accuracy, images FROM evaluations WHERE run = ? ORDER BY step");
    rows.bind(run);
    while (rows.next()) {
        auto& list = rows.text(0) == "validation" ? history.validation : history.trainClean;
        list.push_back({rows.integer(1), rows.real(2), rows.real(3), rows.real(4), rows.integer(5)});
    }
    CONVOLAB_RETURN_IF_ERROR(rows.status());
    CONVOLAB_RETURN_IF_ERROR(readMoves(m_connection, run, history));
    CONVOLAB_ASSIGN(const bool robustness, hasTable(m_connection, "robustness"));
    if (!robustness) return history;
    SqliteStatement robust(m_connection,
                           "SELECT step, epoch, fgsm, pgd, images FROM robustness WHERE run = ? ORDER BY step");
    robust.bind(run);
    while (robust.next()) {
        history.robust.push_back({robust.integer(0), robust.real(1), robust.real(2), robust.real(3), robust.integer(4)});
    }
    CONVOLAB_RETURN_IF_ERROR(robust.status());
    return history;
}

// With the transaction lock held.
Result<LayoutPtr> SqliteProjectFile::layoutOf(std::int64_t run) {
    SqliteStatement select(m_connection, "SELECT spec FROM runs WHERE id = ?");
    select.bind(run);
    if (!select.next()) {
        CONVOLAB_RETURN_IF_ERROR(select.status());
        return Error{ErrorCode::NotFound, m_path.string() + " has no run " + std::to_string(run), {}, {}};
    }
    return layoutOfSpec(select.text(0));
}

Result<std::optional<Checkpoint>> SqliteProjectFile::readLastCheckpoint(std::int64_t run) {
    const auto lock = readLock();
    CONVOLAB_ASSIGN(const LayoutPtr layout, layoutOf(run));
    return readLastRow(m_connection, run, layout);
}

Result<std::optional<WeightSet>> SqliteProjectFile::readBestWeights(std::int64_t run) {
    const auto lock = readLock();
    CONVOLAB_ASSIGN(const LayoutPtr layout, layoutOf(run));
    return readBestRow(m_connection, run, layout);
}

void SqliteProjectFile::writeSpec(const NetworkSpec& spec) {
    enqueue("network", [json = specToJson(spec)](SqliteConnection& connection) {
        SqliteStatement insert(connection, "INSERT OR REPLACE INTO network VALUES(1, ?)");
        insert.bind(json).run();
        return insert.status();
    });
}

void SqliteProjectFile::writeRecipe(const Recipe& recipe) {
    enqueue("recipe", [json = recipeToJson(recipe)](SqliteConnection& connection) {
        SqliteStatement insert(connection, "INSERT OR REPLACE INTO recipe VALUES(1, ?)");
        insert.bind(json).run();
        return insert.status();
    });
}

void SqliteProjectFile::writeSetting(const std::string& key, const std::string& value) {
    enqueue("setting:" + key, [key, value](SqliteConnection& connection) {
        SqliteStatement insert(connection, "INSERT OR REPLACE INTO settings VALUES(?, ?)");
        insert.bind(key).bind(value).run();
        return insert.status();
    });
}

std::int64_t SqliteProjectFile::beginRun(const NetworkSpec& spec, const Recipe& recipe,
                                         const std::string& device, const std::string& title) {
    const std::int64_t run = m_nextRun++;
    enqueue({}, [run, device, started = utcNow(), title = title.empty() ? "run " + std::to_string(run) : title,
                 specText = specToJson(spec),
                 recipeText = recipeToJson(recipe)](SqliteConnection& connection) {
        SqliteStatement insert(connection, "INSERT OR REPLACE INTO runs VALUES(?,?,?,?,'running',?,?,-1)");
        insert.bind(run).bind(title).bind(recipeText).bind(specText).bind(started).bind(device).run();
        return insert.status();
    });
    return run;
}

void SqliteProjectFile::appendMetrics(std::int64_t run, const History& rows) {
    enqueue({}, [run, rows](SqliteConnection& connection) { return insertHistory(connection, run, rows); });
}

void SqliteProjectFile::writeCheckpoint(std::int64_t run, const Checkpoint& checkpoint) {
    if (checkpoint.best) queueBest(run, checkpoint.best);
    enqueue("last:" + std::to_string(run),
            [run, copy = std::make_shared<const Checkpoint>(checkpoint)](SqliteConnection& connection) {
                return writeLastCheckpoint(connection, run, *copy);
            });
}

void SqliteProjectFile::writeBestWeights(std::int64_t run, const WeightSet& weights) {
    queueBest(run, std::make_shared<const WeightSet>(weights));
}

void SqliteProjectFile::queueBest(std::int64_t run, WeightSetPtr weights) {
    const auto known = m_bestSteps.find(run);
    if (known != m_bestSteps.end() && known->second == weights->step) return;
    m_bestSteps[run] = weights->step;
    enqueue("best:" + std::to_string(run), [run, weights](SqliteConnection& connection) {
        return writeBestCheckpoint(connection, run, *weights);
    });
}

void SqliteProjectFile::endRun(std::int64_t run, const std::string& state, double bestAccuracy) {
    enqueue({}, [run, state, bestAccuracy](SqliteConnection& connection) {
        SqliteStatement update(connection, "UPDATE runs SET state = ?, best_accuracy = ? WHERE id = ?");
        update.bind(state).bind(bestAccuracy).bind(run).run();
        return update.status();
    });
}

Result<std::vector<VersionInfo>> SqliteProjectFile::readVersions() {
    const auto lock = readLock();
    return selectVersions(m_connection);
}

Result<WeightSet> SqliteProjectFile::readVersionWeights(std::int64_t id) {
    const auto lock = readLock();
    return selectVersionWeights(m_connection, id);
}

Result<std::vector<TriedPoint>> SqliteProjectFile::readTriedPoints() {
    const auto lock = readLock();
    return selectTried(m_connection);
}

Result<WeightSet> SqliteProjectFile::readTriedWeights(std::int64_t id, const NetworkSpec& spec) {
    CONVOLAB_ASSIGN(const LayoutPtr layout, layoutOfSpec(specToJson(spec)));
    const auto lock = readLock();
    return selectTriedWeights(m_connection, id, layout);
}

std::int64_t SqliteProjectFile::writeVersion(VersionInfo version, WeightSetPtr weights) {
    version.id = m_nextVersion++;
    version.createdAt = utcNow();
    enqueue({}, [version, weights](SqliteConnection& connection) { return insertVersion(connection, version, *weights); });
    return version.id;
}

void SqliteProjectFile::renameVersion(std::int64_t id, const std::string& name) {
    enqueue({}, [id, name](SqliteConnection& connection) {
        SqliteStatement update(connection, "UPDATE versions SET name = ? WHERE id = ?");
        update.bind(name).bind(id).run();
        return update.status();
    });
}

void SqliteProjectFile::removeVersion(std::int64_t id) { removeRow("versions", id); }

std::int64_t SqliteProjectFile::writeTriedPoint(TriedPoint point, WeightSetPtr weights) {
    point.id = m_nextTried++;
    point.createdAt = utcNow();
    enqueue({}, [point, weights](SqliteConnection& connection) {
        const Status inserted = insertTried(connection, point, weights.get());
        return inserted.ok() && weights ? thinTried(connection, kTriedWeightBytes) : inserted;
    });
    return point.id;
}

void SqliteProjectFile::removeTriedPoint(std::int64_t id) { removeRow("tried", id); }

void SqliteProjectFile::removeRow(const std::string& table, std::int64_t id) {
    enqueue({}, [table, id](SqliteConnection& connection) {
        SqliteStatement remove(connection, "DELETE FROM " + table + " WHERE id = ?");
        remove.bind(id).run();
        return remove.status();
    });
}

Status SqliteProjectFile::saveCopy(const fs::path& file) {
    std::error_code problem;
    if (fs::equivalent(file, m_path, problem)) return flush();
    if (fs::is_directory(file, problem)) {
        return Error{ErrorCode::InvalidArgument, file.string() + " is a folder", {}, "give a file name"};
    }
    CONVOLAB_RETURN_IF_ERROR(requireNotOpen(file));
    if (m_queue) CONVOLAB_RETURN_IF_ERROR(m_queue->flush());
    const fs::path temporary = temporaryBeside(file);
    Status copied;
    {
        SqliteConnection copy;
        copied = copy.open(temporary, SqliteConnection::Mode::Create);
        const std::lock_guard lock(m_transaction);
        if (copied.ok()) copied = m_connection.copyTo(copy);
        if (copied.ok()) copied = copy.execute("PRAGMA journal_mode=DELETE");
    }
    if (copied.ok()) return replaceFile(temporary, file);
    fs::remove(temporary, problem);
    Error error = copied.error();
    error.message = file.string() + " could not be written";
    error.hint = "check the folder, its permissions and the space on its disk";
    return error;
}

}  // namespace

std::optional<Error> documentsMissing() { return {}; }

Result<std::unique_ptr<ProjectFile>> ProjectFile::open(const fs::path& file) {
    auto project = std::make_unique<SqliteProjectFile>();
    CONVOLAB_RETURN_IF_ERROR(project->openFile(file));
    return std::unique_ptr<ProjectFile>(std::move(project));
}

Result<std::unique_ptr<ProjectFile>> ProjectFile::create(const fs::path& file) {
    std::error_code problem;
    if (fs::is_directory(file, problem)) {
        return Error{ErrorCode::InvalidArgument, file.string() + " is a folder", {}, "give a file name"};
    }
    CONVOLAB_RETURN_IF_ERROR(requireNotOpen(file));
    const fs::path temporary = temporaryBeside(file);
    fs::remove(temporary, problem);
    if (const Status written = writeEmptyDocument(temporary); !written.ok()) {
        fs::remove(temporary, problem);
        return Error{ErrorCode::IoFailure,
                     file.string() + " could not be written",
                     {},
                     "check the folder, its permissions and the space on its disk"};
    }
    CONVOLAB_RETURN_IF_ERROR(replaceFile(temporary, file));
    return open(file);
}

}  // namespace convolab
