#include "core/project/write_queue.h"

#include <algorithm>

#include "core/util/log.h"

namespace convolab {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);
constexpr auto kRetryInterval = std::chrono::seconds(2);

}  // namespace

WriteQueue::WriteQueue(SqliteConnection& connection, std::mutex& transaction)
    : m_connection(connection), m_transaction(transaction) {
    m_thread = std::jthread([this](std::stop_token stop) { work(stop); });
}

WriteQueue::~WriteQueue() {
    m_thread.request_stop();
    m_changed.notify_all();
    m_thread.join();
}

void WriteQueue::add(const std::string& key, Write write) {
    {
        const std::lock_guard lock(m_mutex);
        if (!key.empty()) std::erase_if(m_waiting, [&](const Entry& entry) { return entry.key == key; });
        m_waiting.push_back({key, std::move(write)});
    }
    m_changed.notify_all();
}

Status WriteQueue::flush() {
    std::unique_lock lock(m_mutex);
    const std::int64_t ticket = ++m_flushesAsked;
    m_changed.notify_all();
    m_changed.wait(lock, [&] { return m_flushesDone >= ticket; });
    if (m_error) return *m_error;
    return {};
}

std::optional<Error> WriteQueue::lastError() const {
    const std::lock_guard lock(m_mutex);
    return m_error;
}

void WriteQueue::work(std::stop_token stop) {
    std::unique_lock lock(m_mutex);
    while (true) {
        const auto flushAsked = [&] { return m_flushesAsked > m_flushesDone; };
        m_changed.wait(lock, stop, [&] { return !m_waiting.empty() || flushAsked(); });
        std::deque<Entry> entries;
        entries.swap(m_waiting);
        const std::int64_t ticket = m_flushesAsked;
        lock.unlock();
        const Status written = entries.empty() ? Status{} : writeAll(entries);
        lock.lock();
        if (written.ok()) {
            m_error.reset();
        } else {
            m_error = written.error();
            logWarning("not saved: " + m_error->sentence());
            putBack(std::move(entries));
        }
        m_flushesDone = ticket;
        m_changed.notify_all();
        if (stop.stop_requested() && (m_waiting.empty() || m_error)) return;
        m_changed.wait_for(lock, stop, m_error ? kRetryInterval : kInterval, flushAsked);
    }
}

Status WriteQueue::writeAll(const std::deque<Entry>& entries) {
    const std::lock_guard transaction(m_transaction);
    CONVOLAB_RETURN_IF_ERROR(m_connection.execute("BEGIN IMMEDIATE"));
    Status status;
    for (const Entry& entry : entries) {
        status = entry.write(m_connection);
        if (!status.ok()) break;
    }
    if (status.ok()) status = m_connection.execute("COMMIT");
    // SQLite has rolled back by itself after some errors; then this one is refused, which is as good.
    if (!status.ok()) static_cast<void>(m_connection.execute("ROLLBACK"));
    return status;
}

void WriteQueue::putBack(std::deque<Entry> entries) {
    std::erase_if(entries, [&](const Entry& old) {
        return !old.key.empty() &&
               std::ranges::any_of(m_waiting, [&](const Entry& newer) { return newer.key == old.key; });
    });
    std::ranges::move(m_waiting, std::back_inserter(entries));
    m_waiting = std::move(entries);
}

}  // namespace convolab
