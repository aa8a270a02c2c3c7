#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>
#include <functional>
#include <memory>
#include <optional>

#include "core/inspect/predictions.h"
#include "core/util/result.h"

namespace convolab {

/// One long computation on a thread of its own: progress, remaining time, cancel, and four ends that are told apart. A
/// new start cancels the one before and waits for its end on the new thread. UI thread only; the work runs on the job's
/// thread and touches nothing of the window.
class BackgroundJob : public QObject {
    Q_OBJECT

  public:
    enum class State { Idle, Running, Done, Cancelled, Failed };

    /// What a work is given; to be used on the job's thread only.
    struct Context {
        Progress progress;  ///< takes a share; false: return an error with ErrorCode::Cancelled soon
        /// Runs a function on the UI thread, in order; dropped once a newer job has started. For results on the way.
        std::function<void(std::function<void()>)> toUi;
    };

    explicit BackgroundJob(QObject* parent = nullptr);
    ~BackgroundJob() override;  ///< cancels and joins

    /// `work` returns its result or an error; `done` gets the result on the UI thread before finished() is emitted.
    template <class T>
    void start(const QString& title, std::function<Result<T>(const Context&)> work, std::function<void(T)> done) {
        run(title, [work = std::move(work), done = std::move(done)](const Context& context) -> Result<std::function<void()>> {
            Result<T> result = work(context);
            if (!result.ok()) return result.error();
            auto value = std::make_shared<T>(std::move(result).value());
            return std::function<void()>([done, value] { done(std::move(*value)); });
        });
    }
    void cancel();  ///< honoured at the next call of progress
    void reset();   ///< cancels, and back to Idle at once

    State state() const { return m_state; }
    bool isRunning() const { return m_state == State::Running; }
    QString title() const { return m_title; }
    double share() const { return m_share; }   ///< 0 … 1
    double secondsRunning() const;             ///< 0 unless running
    std::optional<double> secondsLeft() const; ///< from the pace so far; nothing in the first half second
    QString error() const { return m_error; }  ///< of Failed

  signals:
    void changed();   ///< state or share, ten times a second at most
    void finished();  ///< state() says how it ended

  private:
    using Work = std::function<Result<std::function<void()>>(const Context&)>;
    struct Thread;
    void run(const QString& title, Work work);
    void end(std::uint64_t ticket, const Result<std::function<void()>>& result);
    void poll();

    std::shared_ptr<Thread> m_thread;
    std::uint64_t m_ticket = 0;
    QString m_title, m_error;
    QElapsedTimer m_clock;
    QTimer m_poll;
    double m_share = 0.0;
    State m_state = State::Idle;
};

}  // namespace convolab
