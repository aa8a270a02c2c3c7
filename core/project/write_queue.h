#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/project/sqlite_connection.h"

namespace convolab {

/// The one thread that writes to a document. Waiting writes go to the disk together in one transaction, a few
/// times a second. If that fails they stay queued in their order and are tried again. The destructor tries a
/// last time.
class WriteQueue {
  public:
    using Write = std::function<Status(SqliteConnection&)>;

    /// `transaction` is held while writing; readers on other threads hold it too.
    WriteQueue(SqliteConnection& connection, std::mutex& transaction);
    ~WriteQueue();

    /// A write with a key takes the place of a waiting one with the same key; empty: none.
    void add(const std::string& key, Write write);
    Status flush();  ///< waits until everything added so far has been tried
    std::optional<Error> lastError() const;

  private:
    struct Entry {
        std::string key;
        Write write;
    };
    void work(std::stop_token stop);
    Status writeAll(const std::deque<Entry>& entries);
    void putBack(std::deque<Entry> entries);

    SqliteConnection& m_connection;
    std::mutex& m_transaction;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Entry> m_waiting;
    std::int64_t m_flushesAsked = 0;
    std::int64_t m_flushesDone = 0;
    std::optional<Error> m_error;
    std::jthread m_thread;
};

}  // namespace convolab
