#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <optional>

#include "core/inspect/predictions.h"
#include "core/util/result.h"

namespace convolab {

/// One long computation on a thread of its own: progress, remaining time, cancel, and four ends that are told apart. A
/// new start cancels the one before. UI thread only; `work` runs on the job's thread and touches nothing of the window.
class BackgroundJob : public QObject {
    Q_OBJECT

  public:
    enum class State { Idle, Running, Done, Cancelled, Failed };

    /// What a work is given. Both may be called from the job's thread only.
    struct Context {
        Progress progress;                                  ///< false: return an error with ErrorCode::Cancelled soon
        std::function<void(std::function<void()>)> toUi;    ///< runs a function on the UI thread, in order; dropped once a newer job has started
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

    State state() const { return m_state; }
    bool isRunning() const { return m_state == State::Running; }
    QString title() const { return m_title; }
    double share() const { return m_share; }              ///< 0 … 1
    std::optional<double> secondsLeft() const;            ///< from the pace so far; nothing in the first half second
    double secondsRunning() const;
    QString error() const { return m_error; }             ///< of Failed

  signals:
    void changed();    ///< state or share
    void finished();   ///< state() says how it ended

  private:
    using Work = std::function<Result<std::function<void()>>(const Context&)>;
    void run(const QString& title, Work work);
    void end(State state, const QString& error);

    struct Thread;
    std::unique_ptr<Thread> m_thread;
    std::uint64_t m_ticket = 0;
    QString m_title, m_error;
    QElapsedTimer m_clock;
    double m_share = 0.0;
    State m_state = State::Idle;
};

}  // namespace convolab
