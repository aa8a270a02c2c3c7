#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/util/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace convolab {

/// One SQLite database. SQLite serialises the calls, so several threads may use it; transactions need a lock
/// around them. Errors come back as sentences that name the file.
class SqliteConnection {
  public:
    SqliteConnection() = default;
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    enum class Mode { ReadOnly, ReadWrite, Create };
    Status open(const std::filesystem::path& file, Mode mode);
    Status execute(const std::string& sql);
    Result<std::int64_t> integer(const std::string& sql);  ///< first column of the first row
    Status copyTo(SqliteConnection& other);                ///< everything, by SQLite's backup

    sqlite3* handle() { return m_handle; }
    Error error() const;  ///< of the latest call
    const std::filesystem::path& file() const { return m_file; }

  private:
    std::filesystem::path m_file;
    sqlite3* m_handle = nullptr;
};

/// A prepared statement. The first error sticks and stops everything after it; ask status() at the end.
class SqliteStatement {
  public:
    SqliteStatement(SqliteConnection& connection, const std::string& sql);
    ~SqliteStatement();
    SqliteStatement(const SqliteStatement&) = delete;
    SqliteStatement& operator=(const SqliteStatement&) = delete;

    /// Binds the next parameter, from left to right; text and blobs have to live until the statement has run.
    SqliteStatement& bind(std::int64_t value);
    SqliteStatement& bind(double value);
    SqliteStatement& bind(const std::string& value);
    SqliteStatement& bind(std::span<const float> blob);

    bool next();  ///< steps to the next row; false at the end or after an error
    void run();   ///< steps to the end, then makes the statement ready for new parameters
    Status status() const;

    // Of the current row.
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    std::vector<float> floats(int column) const;

  private:
    void check(int code);

    SqliteConnection& m_connection;
    sqlite3_stmt* m_statement = nullptr;
    int m_bound = 0;
    Status m_status;
};

}  // namespace convolab
