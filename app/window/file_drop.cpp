#include "app/window/file_drop.h"

#include <QDropEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QUrl>
#include <QWidget>

namespace convolab {

FileDrop::FileDrop(QWidget* target, QStringList suffixes, std::function<void(const QString&)> take)
    : QObject(target), m_suffixes(std::move(suffixes)), m_take(std::move(take)) {
    target->setAcceptDrops(true);
    target->installEventFilter(this);
}

QString FileDrop::fileOf(const QMimeData& data) const {
    const QList<QUrl> urls = data.urls();
    if (urls.size() != 1 || !urls.front().isLocalFile()) return {};
    const QString file = urls.front().toLocalFile();
    return m_suffixes.contains(QFileInfo(file).suffix()) ? file : QString();
}

bool FileDrop::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
        case QEvent::DragEnter:
        case QEvent::DragMove:
        case QEvent::Drop: break;
        default: return QObject::eventFilter(watched, event);
    }
    auto* drop = static_cast<QDropEvent*>(event);
    const QString file = drop->mimeData() != nullptr ? fileOf(*drop->mimeData()) : QString();
    if (file.isEmpty()) return false;
    drop->setDropAction(Qt::CopyAction);
    drop->accept();
    if (event->type() == QEvent::Drop) m_take(file);
    return true;
}

}  // namespace convolab
