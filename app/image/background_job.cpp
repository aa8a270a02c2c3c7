#include "app/image/background_job.h"

#include <QMetaObject>
#include <algorithm>
#include <atomic>
#include <thread>

namespace convolab {

namespace {

constexpr int kPollMs = 100;
constexpr double kFirstGuessSeconds = 0.5;

}  // namespace

struct BackgroundJob::Thread {
    std::atomic<bool> cancelled = false;
    std::atomic<double> share = 0.0;
    std::shared_ptr<Thread> before;  ///< is waited for, so that two works never overlap
    std::thread thread;

    void join() {
        if (thread.joinable()) thread.join();
    }
};

BackgroundJob::BackgroundJob(QObject* parent) : QObject(parent) {
    m_poll.setInterval(kPollMs);
    connect(&m_poll, &QTimer::timeout, this, &BackgroundJob::poll);
}

BackgroundJob::~BackgroundJob() {
    if (!m_thread) return;
    m_thread->cancelled = true;
    m_thread->join();
}

void BackgroundJob::run(const QString& title, Work work) {
    auto next = std::make_shared<Thread>();
    next->before = std::move(m_thread);
    if (next->before) next->before->cancelled = true;
    m_thread = next;
    m_title = title;
    m_error.clear();
    m_share = 0.0;
    m_state = State::Running;
    m_clock.start();
    m_poll.start();
    // The object joins its thread before it goes, so that `this` outlives the work.
    next->thread = std::thread([this, next = next.get(), work = std::move(work), ticket = ++m_ticket] {
        if (next->before) next->before->join();
        next->before.reset();
        const Context context{
            .progress = [next](double share) {
                next->share = share;
                return !next->cancelled;
            },
            .toUi = [this, ticket](std::function<void()> run) {
                QMetaObject::invokeMethod(this, [this, ticket, run = std::move(run)] { if (ticket == m_ticket) run(); }, Qt::QueuedConnection);
            }};
        Result<std::function<void()>> result = Error{ErrorCode::Cancelled, "cancelled", {}, {}};
        try {
            if (!next->cancelled) result = work(context);
        } catch (const std::exception& failure) {
            result = Error{ErrorCode::Internal, failure.what(), {}, {}};
        }
        QMetaObject::invokeMethod(this, [this, ticket, result = std::move(result)] { end(ticket, result); }, Qt::QueuedConnection);
    });
    emit changed();
}

void BackgroundJob::end(std::uint64_t ticket, const Result<std::function<void()>>& result) {
    if (ticket != m_ticket) return;
    m_poll.stop();
    if (result.ok()) {
        m_share = 1.0;
        m_state = State::Done;
        (*result)();
    } else if (result.error().code == ErrorCode::Cancelled) {
        m_state = State::Cancelled;
    } else {
        m_state = State::Failed;
        m_error = QString::fromStdString(result.error().sentence());
    }
    emit changed();
    emit finished();
}

void BackgroundJob::cancel() {
    if (m_thread) m_thread->cancelled = true;
}

void BackgroundJob::reset() {
    cancel();
    ++m_ticket;  // what still arrives is not wanted
    m_poll.stop();
    m_share = 0.0;
    m_error.clear();
    m_state = State::Idle;
    emit changed();
}

void BackgroundJob::poll() {
    m_share = std::clamp(m_thread->share.load(), 0.0, 1.0);
    emit changed();
}

double BackgroundJob::secondsRunning() const { return isRunning() ? static_cast<double>(m_clock.elapsed()) / 1000.0 : 0.0; }

std::optional<double> BackgroundJob::secondsLeft() const {
    const double seconds = secondsRunning();
    if (seconds < kFirstGuessSeconds || m_share <= 0.0) return std::nullopt;
    return seconds * (1.0 - m_share) / m_share;
}

}  // namespace convolab
