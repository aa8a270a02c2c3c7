#include "app/lenses/look_inside/latest_task.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

namespace convolab {

void LatestTask::run(Work work) {
    if (m_busy) {
        m_next = std::move(work);
        return;
    }
    begin(std::move(work));
}

void LatestTask::begin(Work work) {
    m_busy = true;
    QThreadPool::globalInstance()->start([self = QPointer<LatestTask>(this), work = std::move(work)] {
        std::function<void()> deliver = work();
        QMetaObject::invokeMethod(qApp, [self, deliver = std::move(deliver)] {
            if (!self) return;
            self->m_busy = false;
            // The next wish starts first: it computes while this result is painted.
            if (self->m_next) self->begin(std::exchange(self->m_next, std::nullopt).value());
            deliver();
        }, Qt::QueuedConnection);
    });
}

}  // namespace convolab
