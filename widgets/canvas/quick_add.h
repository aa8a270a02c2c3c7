// The list of layers at the pointer: type to search, Enter adds.
#pragma once

#include "widgets/theme/theme.h"

#include <QFrame>
#include <QIcon>
#include <QPointF>

class QLineEdit;
class QListWidget;

namespace convolab {

class QuickAdd : public QFrame {
    Q_OBJECT

public:
    QuickAdd(const Theme& theme, QWidget* parent);
    void open(QPoint at, QPointF place);  // in the parent; `place` is handed back with the choice

signals:
    void chosen(const QString& kind, QPointF place);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void filter(const QString& text);
    void offer(const std::string& id, const std::string& label, const std::string& title, const std::string& help, const QIcon& icon);
    void choose();

    const Theme& m_theme;
    QLineEdit* m_search;
    QListWidget* m_list;
    QPointF m_place;
};

}  // namespace convolab
