#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <optional>

namespace convolab {

/// Short computations whose newest wish counts (a pointer that moves, a network that trains): one at a time on a thread of
/// the pool; a wish that has not begun gives way to a newer one. `done` gets the result on the UI thread, unless the task
/// has gone.
class LatestTask : public QObject {
    Q_OBJECT

  public:
    using QObject::QObject;

    /// `work` touches nothing of the window.
    template <class T>
    void start(std::function<T()> work, std::function<void(T)> done) {
        run([work = std::move(work), done = std::move(done)]() -> std::function<void()> {
            auto value = std::make_shared<T>(work());
            return [done, value] { done(std::move(*value)); };
        });
    }

  private:
    using Work = std::function<std::function<void()>()>;
    void run(Work work);
    void begin(Work work);

    std::optional<Work> m_next;
    bool m_busy = false;
};

}  // namespace convolab
