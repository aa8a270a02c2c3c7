#pragma once

#include <QObject>
#include <QString>
#include <functional>

class QMimeData;
class QWidget;

namespace convolab {

/// Lets a person drop one file of these kinds anywhere on a widget that no child takes it from.
class FileDrop : public QObject {
    Q_OBJECT

  public:
    FileDrop(QWidget* target, QStringList suffixes, std::function<void(const QString&)> take);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    QString fileOf(const QMimeData& data) const;  ///< empty: nothing for us

    QStringList m_suffixes;
    std::function<void(const QString&)> m_take;
};

}  // namespace convolab
