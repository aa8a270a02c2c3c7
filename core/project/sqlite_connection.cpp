#include "core/project/sqlite_connection.h"

#include <sqlite3.h>

#include <cstring>

namespace convolab {

namespace {

constexpr int kBusyMilliseconds = 250;

Error sentenceFor(int code, const std::filesystem::path& path, const char* detail) {
    const std::string file = path.string();
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorCode::IoFailure,
                    file + " is open in another window or program",
                    {},
                    "close it there, or work on a copy"};
        case SQLITE_FULL:
            return {ErrorCode::IoFailure,
                    "the disk that holds " + file + " is full",
                    {},
                    "free some space; nothing is lost while the program runs"};
        case SQLITE_NOTADB:
            return {ErrorCode::CorruptFile, file + " is not a Convolab document", {}, {}};
        case SQLITE_CORRUPT:
            return {ErrorCode::CorruptFile, file + " is truncated or damaged", {}, "use a copy from before"};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {ErrorCode::IoFailure,
                    file + " cannot be written",
                    {},
                    "check its permissions, or save a copy elsewhere"};
        case SQLITE_CANTOPEN:
            return {
                ErrorCode::IoFailure, file + " cannot be opened", {}, "check the folder and its permissions"};
        case SQLITE_IOERR:
            return {ErrorCode::IoFailure,
                    "the disk refused to write " + file,
                    {},
                    "check the disk and its space; nothing is lost while the program runs"};
        case SQLITE_NOMEM:
            return {ErrorCode::OutOfMemory, "there is not enough memory to work on " + file, {}, {}};
        default:
            return {ErrorCode::IoFailure, file + ": " + detail, {}, {}};
    }
}

}  // namespace

SqliteConnection::~SqliteConnection() { sqlite3_close(m_handle); }

Status SqliteConnection::open(const std::filesystem::path& file, Mode mode) {
    m_file = file;
    int flags = SQLITE_OPEN_FULLMUTEX;
    flags |= mode == Mode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (mode == Mode::Create) flags |= SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(file.c_str(), &m_handle, flags, nullptr) != SQLITE_OK) return error();
    sqlite3_busy_timeout(m_handle, kBusyMilliseconds);
    // Documents come from other people: their schema may not call functions.
    sqlite3_db_config(m_handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(m_handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    return {};
}

Status SqliteConnection::execute(const std::string& sql) {
    if (sqlite3_exec(m_handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error();
    return {};
}

Result<std::int64_t> SqliteConnection::integer(const std::string& sql) {
    SqliteStatement statement(*this, sql);
    const std::int64_t value = statement.next() ? statement.integer(0) : 0;
    CONVOLAB_RETURN_IF_ERROR(statement.status());
    return value;
}

Status SqliteConnection::copyTo(SqliteConnection& other) {
    sqlite3_backup* backup = sqlite3_backup_init(other.m_handle, "main", m_handle, "main");
    if (backup == nullptr) return other.error();
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) return other.error();
    return {};
}

Error SqliteConnection::error() const {
    if (m_handle == nullptr) return sentenceFor(SQLITE_NOMEM, m_file, "");
    return sentenceFor(sqlite3_errcode(m_handle), m_file, sqlite3_errmsg(m_handle));
}

SqliteStatement::SqliteStatement(SqliteConnection& connection, const std::string& sql)
    : m_connection(connection) {
    check(sqlite3_prepare_v2(connection.handle(), sql.c_str(), -1, &m_statement, nullptr));
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(m_statement); }

void SqliteStatement::check(int code) {
    if (m_status.ok() && code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        m_status = m_connection.error();
    }
}

SqliteStatement& SqliteStatement::bind(std::int64_t value) {
    if (m_status.ok()) check(sqlite3_bind_int64(m_statement, ++m_bound, value));
    return *this;
}

SqliteStatement& SqliteStatement::bind(double value) {
    if (m_status.ok()) check(sqlite3_bind_double(m_statement, ++m_bound, value));
    return *this;
}

SqliteStatement& SqliteStatement::bind(const std::string& value) {
    if (m_status.ok()) {
        check(sqlite3_bind_text64(m_statement, ++m_bound, value.data(), value.size(), SQLITE_STATIC,
                                  SQLITE_UTF8));
    }
    return *this;
}

SqliteStatement& SqliteStatement::bind(std::span<const float> blob) {
    // An empty blob is not NULL.
    const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
    if (m_status.ok())
        check(sqlite3_bind_blob64(m_statement, ++m_bound, data, blob.size_bytes(), SQLITE_STATIC));
    return *this;
}

bool SqliteStatement::next() {
    if (!m_status.ok()) return false;
    const int code = sqlite3_step(m_statement);
    check(code);
    return code == SQLITE_ROW;
}

void SqliteStatement::run() {
    while (next()) {
    }
    if (m_status.ok()) check(sqlite3_reset(m_statement));
    m_bound = 0;
}

Status SqliteStatement::status() const { return m_status; }

std::int64_t SqliteStatement::integer(int column) const { return sqlite3_column_int64(m_statement, column); }
double SqliteStatement::real(int column) const { return sqlite3_column_double(m_statement, column); }

std::string SqliteStatement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(m_statement, column);
    return text == nullptr ? std::string{}
                           : std::string(reinterpret_cast<const char*>(text),
                                         static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column)));
}

std::vector<float> SqliteStatement::floats(int column) const {
    const void* blob = sqlite3_column_blob(m_statement, column);
    std::vector<float> values(static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column)) /
                              sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), blob, values.size() * sizeof(float));
    return values;
}

}  // namespace convolab
