#include "core/project/project_schema.h"

#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "core/project/project_file.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kApplicationId = 0x434C4142;  // "CLAB"

constexpr const char* kSchema = R"(
CREATE TABLE network(id INTEGER PRIMARY KEY CHECK(id = 1), spec TEXT NOT NULL);
CREATE TABLE recipe(id INTEGER PRIMARY KEY CHECK(id = 1), json TEXT NOT NULL);
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE runs(id INTEGER PRIMARY KEY, title TEXT NOT NULL, recipe TEXT NOT NULL, spec TEXT NOT NULL,
  state TEXT NOT NULL, started_at TEXT NOT NULL, device TEXT NOT NULL, best_accuracy REAL NOT NULL);
CREATE TABLE steps(run INTEGER, step INTEGER, epoch REAL, loss REAL, accuracy REAL, rate REAL, seconds REAL,
  images INTEGER, PRIMARY KEY(run, step)) WITHOUT ROWID;
CREATE TABLE evaluations(run INTEGER, split TEXT, step INTEGER, epoch REAL, loss REAL, accuracy REAL, images INTEGER,
  PRIMARY KEY(run, split, step)) WITHOUT ROWID;
CREATE TABLE checkpoints(run INTEGER, role TEXT, step INTEGER, position_epoch INTEGER, position_batch INTEGER,
  seconds REAL, best_accuracy REAL, best_step INTEGER, parameters BLOB, statistics BLOB, optimizer BLOB,
  PRIMARY KEY(run, role));
)";

// Since format 2: robustness while training adversarially.
constexpr const char* kRobustnessTable = R"(
CREATE TABLE robustness(run INTEGER, step INTEGER, epoch REAL, fgsm REAL, pgd REAL, images INTEGER,
  PRIMARY KEY(run, step)) WITHOUT ROWID;
)";

// Since format 3: versions that were kept, and the compression plans that were tried.
constexpr const char* kVersionTables = R"(
CREATE TABLE versions(id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, spec TEXT NOT NULL, plan TEXT NOT NULL,
  note TEXT NOT NULL, created_at TEXT NOT NULL, step INTEGER NOT NULL, parameters BLOB NOT NULL, statistics BLOB NOT NULL);
CREATE TABLE tried(id INTEGER PRIMARY KEY, network TEXT NOT NULL, base TEXT NOT NULL, plan TEXT NOT NULL, bytes INTEGER NOT NULL,
  accuracy REAL NOT NULL, split TEXT NOT NULL, images INTEGER NOT NULL, fine_tuned INTEGER NOT NULL, created_at TEXT NOT NULL,
  step INTEGER NOT NULL, parameters BLOB NOT NULL, statistics BLOB NOT NULL);
)";

// Since format 4: what a checkpoint remembers beside weights and optimizer.
constexpr const char* kMemoryTable = R"(
CREATE TABLE training_memory(run INTEGER PRIMARY KEY, averaged BLOB, plateau_factor REAL, plateau_best REAL,
  plateau_waited INTEGER, plateau_cooldown INTEGER, stopping_best REAL, stopping_waited INTEGER);
)";

// Since format 5: between which steps a run went on on another device.
constexpr const char* kMoveTable = R"(
CREATE TABLE moves(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL, from_device TEXT NOT NULL,
  to_device TEXT NOT NULL);
)";

std::string firstBytes(const fs::path& file, std::size_t count) {
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(count, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    return bytes;
}

// SQLite said that this is no database of its own: what is it then?
Error describeForeignFile(const fs::path& file) {
    const std::string begin = firstBytes(file, 64);
    if (begin.starts_with("SQLite format 3")) {
        return {
            ErrorCode::CorruptFile, file.string() + " is truncated or damaged", {}, "use a copy from before"};
    }
    const bool text = std::ranges::none_of(begin, [](char c) {
        return static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\r' && c != '\t';
    });
    return {
        ErrorCode::CorruptFile,
        file.string() + (text ? " is a text file, not a Convolab document" : " is not a Convolab document"),
        {},
        "choose a file that ends in .convolab"};
}

}  // namespace

Status requireDocumentFile(const fs::path& file) {
    std::error_code problem;
    const fs::file_status status = fs::status(file, problem);
    if (status.type() == fs::file_type::not_found) {
        return Error{
            ErrorCode::NotFound, "there is no file " + file.string(), {}, "check the name and the folder"};
    }
    if (problem) return Error{ErrorCode::IoFailure, file.string() + ": " + problem.message(), {}, {}};
    if (status.type() == fs::file_type::directory) {
        return Error{
            ErrorCode::InvalidArgument, file.string() + " is a folder, not a Convolab document", {}, {}};
    }
    if (status.type() != fs::file_type::regular) {
        return Error{ErrorCode::InvalidArgument, file.string() + " is not an ordinary file", {}, {}};
    }
    if (fs::file_size(file, problem) == 0) {
        return Error{ErrorCode::CorruptFile, file.string() + " is empty", {}, "use a copy from before"};
    }
    if (::access(file.c_str(), R_OK) != 0) {
        return Error{ErrorCode::IoFailure, file.string() + " cannot be read", {}, "check its permissions"};
    }
    return {};
}

Status requireDocument(SqliteConnection& connection) {
    const fs::path& file = connection.file();
    const Result<std::int64_t> application = connection.integer("PRAGMA application_id");
    if (!application.ok()) {
        const Error error = application.error();
        // Any other error may mean that somebody has it open; reading it ourselves would then drop that lock.
        const bool foreign = error.code == ErrorCode::CorruptFile;
        return foreign ? describeForeignFile(file) : error;
    }
    // Of a file shorter than its first page SQLite makes an empty database.
    CONVOLAB_ASSIGN(const std::int64_t pages, connection.integer("PRAGMA page_count"));
    if (pages == 0) return describeForeignFile(file);
    if (*application != kApplicationId) {
        return Error{ErrorCode::CorruptFile,
                     file.string() + " is a database of another program",
                     {},
                     "choose a file that ends in .convolab"};
    }
    CONVOLAB_ASSIGN(const std::int64_t version, connection.integer("PRAGMA user_version"));
    if (version > ProjectFile::kFormatVersion) {
        return Error{ErrorCode::UnsupportedVersion,
                     file.string() + " was written by a newer version of Convolab (format " +
                         std::to_string(version) + "; this one reads up to " +
                         std::to_string(ProjectFile::kFormatVersion) + ")",
                     {},
                     "open it with the newer version"};
    }
    CONVOLAB_ASSIGN(
        const std::int64_t tables,
        connection.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN "
                           "('network','recipe','settings','runs','steps','evaluations','checkpoints')"));
    CONVOLAB_ASSIGN(const bool robustness, hasTable(connection, "robustness"));
    CONVOLAB_ASSIGN(const bool versions, hasTable(connection, "versions"));
    CONVOLAB_ASSIGN(const bool tried, hasTable(connection, "tried"));
    CONVOLAB_ASSIGN(const bool memory, hasTable(connection, "training_memory"));
    CONVOLAB_ASSIGN(const bool moves, hasTable(connection, "moves"));
    if (version < 1 || tables != 7 || (version >= 2 && !robustness) || (version >= 3 && !(versions && tried)) ||
        (version >= 4 && !memory) || (version >= 5 && !moves)) {
        return Error{ErrorCode::CorruptFile,
                     file.string() + " is damaged: tables are missing",
                     {},
                     "use a copy from before"};
    }
    return {};
}

Status writeEmptyDocument(const fs::path& file) {
    SqliteConnection connection;
    CONVOLAB_RETURN_IF_ERROR(connection.open(file, SqliteConnection::Mode::Create));
    return connection.execute("BEGIN IMMEDIATE; PRAGMA application_id=" + std::to_string(kApplicationId) +
                              "; PRAGMA user_version=" + std::to_string(ProjectFile::kFormatVersion) + ";" +
                              kSchema + kRobustnessTable + kVersionTables + kMemoryTable + kMoveTable + "COMMIT");
}

Result<bool> hasTable(SqliteConnection& connection, const std::string& name) {
    SqliteStatement select(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?");
    select.bind(name);
    const bool there = select.next() && select.integer(0) == 1;
    CONVOLAB_RETURN_IF_ERROR(select.status());
    return there;
}

Status migrateDocument(SqliteConnection& connection) {
    CONVOLAB_ASSIGN(const std::int64_t version, connection.integer("PRAGMA user_version"));
    if (version >= ProjectFile::kFormatVersion) return {};
    std::string steps;
    if (version < 2) steps += kRobustnessTable;
    if (version < 3) steps += kVersionTables;
    if (version < 4) steps += kMemoryTable;
    if (version < 5) steps += kMoveTable;
    return connection.execute("BEGIN IMMEDIATE;" + steps + "PRAGMA user_version=" +
                              std::to_string(ProjectFile::kFormatVersion) + "; COMMIT");
}

Status requireNotOpen(const fs::path& file) {
    std::error_code problem;
    if (!fs::is_regular_file(file, problem)) return {};
    SqliteConnection connection;
    CONVOLAB_RETURN_IF_ERROR(connection.open(file, SqliteConnection::Mode::ReadOnly));
    const auto read = connection.integer("SELECT count(*) FROM sqlite_schema");
    const bool held = !read.ok() && read.error().code == ErrorCode::IoFailure;
    return held ? Status(read.error()) : Status{};
}

fs::path temporaryBeside(const fs::path& file) {
    fs::path temporary = file;
    temporary += ".tmp-" + std::to_string(::getpid());
    return temporary;
}

Status replaceFile(const fs::path& from, const fs::path& file) {
    std::error_code problem;
    for (const char* suffix : {"-wal", "-shm", "-journal"})
        fs::remove(fs::path(file.string() + suffix), problem);
    fs::rename(from, file, problem);
    if (problem) {
        std::error_code ignored;
        fs::remove(from, ignored);
        return Error{ErrorCode::IoFailure,
                     file.string() + " cannot be written: " + problem.message(),
                     {},
                     "choose another folder"};
    }
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY); descriptor >= 0) {
        ::fsync(descriptor);
        ::close(descriptor);
    }
    return {};
}

bool onNetworkFileSystem(const fs::path& file) {
    struct statfs info {};
    if (::statfs(file.c_str(), &info) != 0) return false;
    // From linux/magic.h and fs/smb: NFS, SMB 1, CIFS, SMB 2, FUSE, Coda, AFS, 9P, Ceph.
    constexpr std::array<std::uint32_t, 9> kNetwork = {
        0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x65735546, 0x73757245, 0x5346414F, 0x01021997, 0x00C36400};
    return std::ranges::find(kNetwork, static_cast<std::uint32_t>(info.f_type)) != kNetwork.end();
}

}  // namespace convolab
